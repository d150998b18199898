"""What an interrupt does to the command: it ends the process at once. It is raised as an exception
only where something must be cleaned up, or where the user's own code runs.

Raised anywhere else, it would leave libraries half loaded, and some of them swallow it or raise
another error instead. Python itself swallows what is raised while an object is deleted; there it is
raised again a moment later. As a library densetrace leaves interrupts alone.
"""

import functools
import os
import select
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, TextIO

from densetrace.system import activity, streams
from densetrace.system.exit_codes import INTERRUPTED

_SECONDS_UNTIL_AGAIN: Final = 0.05


def end_at_once() -> None:
    """Let interrupts end the process from now on, with exit code 130 and no message.

    Where they are ignored, as under `nohup` and a shell's `&`, they stay ignored.
    """
    if signal.getsignal(signal.SIGINT) in (signal.default_int_handler, signal.SIG_DFL):
        signal.signal(signal.SIGINT, _end)


def raise_interrupts() -> bool:
    """Raise KeyboardInterrupt for interrupts from now on, if they would end the process. Returns
    whether they would have."""
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGINT) is not _end:
        return False
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = _raise_again
    return True


class Terminated(BaseException):
    """SIGTERM asked the process to end. Not an Exception, as KeyboardInterrupt is none."""


@contextmanager
def termination_raised() -> Iterator[None]:
    """Raise `Terminated` at the first SIGTERM in a `with` block, so that a trace can be saved.

    A second SIGTERM, a SIGTERM in a forked process and a `Terminated` that is not caught in the
    block end the process as usual. Where SIGTERM is already handled or ignored, nothing changes.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    _end_forked_processes()
    signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    except Terminated:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTERM)
        raise
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _terminate(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)
    raise Terminated("SIGTERM")


@functools.cache
def _end_forked_processes() -> None:
    """From now on, let SIGTERM end forked processes that inherit `_terminate`.

    Python drops a signal that a process gets before its fork is complete, so SIGTERM is blocked
    until then.
    """
    if not hasattr(os, "register_at_fork"):
        return
    masks: dict[int, set[int]] = {}  # of blocked signals, by thread

    def block() -> None:
        if signal.getsignal(signal.SIGTERM) is _terminate:
            blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
            masks[threading.get_ident()] = {*blocked}

    def unblock() -> None:
        mask = masks.pop(threading.get_ident(), None)
        if mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def unblock_in_child() -> None:
        if signal.getsignal(signal.SIGTERM) is _terminate:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        unblock()

    os.register_at_fork(before=block, after_in_parent=unblock, after_in_child=unblock_in_child)


@contextmanager
def interrupts_raised() -> Iterator[None]:
    """Raise KeyboardInterrupt for interrupts within a `with` block."""
    ended_process = raise_interrupts()
    try:
        yield
    finally:
        if ended_process:
            signal.signal(signal.SIGINT, _end)


def wait_for_input(stream: TextIO) -> None:
    """Wait until a terminal has input. An interrupt ends the wait, even one just before it.

    Reading alone does not do that: Python runs signal handlers between its own instructions, so
    after a signal just before the read the program would wait for the next key.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    before = signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    try:
        while stream.fileno() not in select.select([stream.fileno(), read_end], [], [])[0]:
            os.read(read_end, 512)
    finally:
        signal.set_wakeup_fd(before)
        os.close(read_end)
        os.close(write_end)


def ignore_interrupts_at_exit() -> None:
    """Ignore SIGINT from here on and flush the streams; runs after a script's own atexit calls."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    streams.flush()


def _raise_again(swallowed: "sys.UnraisableHookArgs") -> None:
    """Report an exception that Python cannot raise, as it does; raise an interrupt again."""
    if issubclass(swallowed.exc_type, KeyboardInterrupt):
        # Later and by another thread: raised in here it would be swallowed too.
        again = threading.Timer(_SECONDS_UNTIL_AGAIN, _interrupt_main)
        again.daemon = True
        again.start()
    else:
        sys.__unraisablehook__(swallowed)


def _interrupt_main() -> None:
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        signal.raise_signal(signal.SIGINT)


def _end(number: int, frame: FrameType | None) -> None:
    activity.erase()
    os._exit(INTERRUPTED)
