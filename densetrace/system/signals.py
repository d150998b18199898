"""What an interrupt does to the command: it ends it at once, and is raised only where something is
under way that has to be put right, or where somebody's own code runs.

Raised anywhere, it would find libraries half loaded, and some of them make another error of it or
swallow it. As a library densetrace leaves interrupts alone.
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
    """Let interrupts end the program from now on, with exit code 130 and no word.

    Not where whoever started it wants them to be ignored, as `nohup` and a shell's `&` do.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def raise_them() -> bool:
    """Let interrupts be KeyboardInterrupts from now on, if they were to end the program; whether
    they were."""
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGINT) is not _end:
        return False
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return True


class Terminated(BaseException):
    """SIGTERM asked the program to end. Like KeyboardInterrupt it is no error."""


@contextmanager
def termination_raised() -> Iterator[None]:
    """Raise `Terminated` at the first SIGTERM in a `with` block, so that a trace can be saved.

    A second SIGTERM, a SIGTERM in a forked process and a `Terminated` that nobody in the block
    catches end the process as usual. Where SIGTERM is already handled or ignored, nothing changes.
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
def raised() -> Iterator[None]:
    """For the length of a `with` block let interrupts be KeyboardInterrupts."""
    were_to_end = raise_them()
    try:
        yield
    finally:
        if were_to_end:
            signal.signal(signal.SIGINT, _end)


def wait_for_input(stream: TextIO) -> None:
    """Wait until a terminal has input. An interrupt ends the wait, also one that comes just before.

    Reading alone does not do that: Python runs a signal handler between two instructions of its
    own, so a signal after the last of them leaves the program waiting for the next key.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    woken, waking = os.pipe()
    os.set_blocking(waking, False)
    before = signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
    try:
        while stream.fileno() not in select.select([stream.fileno(), woken], [], [])[0]:
            os.read(woken, 512)
    finally:
        signal.set_wakeup_fd(before)
        os.close(woken)
        os.close(waking)


def come_too_late() -> None:
    """The last that is done, after whatever a script has asked to be done at the end: from now on
    an interrupt changes nothing."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    streams.empty()


def _end(number: int, frame: FrameType | None) -> None:
    activity.erase()
    os._exit(INTERRUPTED)
