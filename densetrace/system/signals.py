"""What an interrupt does to the command: it ends the process at once. It is raised as an exception
only where something must be cleaned up, or where the user's own code runs.

Raised anywhere else, it would leave libraries half loaded, and some of them swallow it or raise
another error instead. As a library densetrace leaves interrupts alone.
"""

import functools
import os
import select
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TextIO

from densetrace.system import activity, streams
from densetrace.system.exit_codes import INTERRUPTED


def end_at_once() -> None:
    """Let interrupts end the process from now on, with exit code 130 and no message.

    Where they are ignored, as under `nohup` and a shell's `&`, they stay ignored.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def raise_interrupts() -> bool:
    """Raise KeyboardInterrupt for interrupts from now on, if they would end the process. Returns
    whether they would have."""
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGINT) is not _end:
        return False
    signal.signal(signal.SIGINT, signal.default_int_handler)
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


def _end(number: int, frame: FrameType | None) -> None:
    activity.erase()
    os._exit(INTERRUPTED)
