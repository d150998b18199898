"""Tracebacks without densetrace's own frames, as Keras and TensorFlow leave out theirs.

Every wrapper (`densetrace.recording.wrapper`) filters the exceptions that leave it. An error that
Python itself found in our code is probably a fault of ours: its traceback stays whole.
"""

import os
import sys
import threading
from collections.abc import Iterator
from opcode import opmap
from pathlib import Path
from types import TracebackType
from typing import Final

HOOK_FILE: Final = "<densetrace hook>"
"""The file name that wrappers show in a traceback."""

_OURS: Final = (str(Path(__file__).parents[1]) + os.sep, "<densetrace")
_NOT_A_FAULT: Final = (opmap["RAISE_VARARGS"], opmap["CALL_FUNCTION_EX"])
"""A `raise`, and a call that passes on the person's arguments, which may be the wrong ones."""
_LIBRARIES: Final = sys.stdlib_module_names | {"numpy"}


class _Switch(threading.local):
    """Whether tracebacks are filtered: for each thread, as in TensorFlow."""

    is_on = True


switch: Final = _Switch()


def filter_traceback(error: BaseException) -> bool:
    """Remove our frames from the traceback of an exception that leaves a wrapper.

    The wrapper's own frame stays: Python adds it again. Frames of yours and of other libraries
    stay. The traceback of an exception that led to this one is filtered too if our code caught it.

    Returns:
        Whether it was filtered. Not if filtering is switched off, or if the error is probably a
        fault of our code.
    """
    start = error.__traceback__
    if not switch.is_on or start is None or _is_fault(error):
        return False
    _skip_ours(start)
    for one in _linked(error):
        start = one.__traceback__
        if start is None or not _is_ours(start):
            break  # the person's code caught it
        if not _is_fault(one):
            _skip_ours(start)
            one.__traceback__ = start.tb_next
    return True


def hide_own_frames(error: BaseException) -> None:
    """Remove our frames after the first from the traceback that a `with` block ends with."""
    traceback = error.__traceback__
    if switch.is_on and not _is_fault(error):
        while traceback is not None:
            _skip_ours(traceback)
            traceback = traceback.tb_next


def _skip_ours(traceback: TracebackType) -> None:
    """Link a traceback entry to the next one that is not ours."""
    following = traceback.tb_next
    while following is not None and _is_ours(following):
        following = following.tb_next
    traceback.tb_next = following


def _is_ours(entry: TracebackType) -> bool:
    return entry.tb_frame.f_code.co_filename.startswith(_OURS)


def _is_fault(error: BaseException) -> bool:
    """Whether Python found an error in our code, or in a library that our code called: it is none
    that our code raised."""
    innermost = None
    entry = error.__traceback__
    while entry is not None:
        package = str(entry.tb_frame.f_globals.get("__name__")).partition(".")[0]
        if package not in _LIBRARIES:
            innermost = entry
        entry = entry.tb_next
    if innermost is None or not _is_ours(innermost) or isinstance(error, RecursionError):
        return False
    code = innermost.tb_frame.f_code
    if code.co_filename == HOOK_FILE:
        return False  # a wrapper has filtered it already
    return isinstance(error, AssertionError) or code.co_code[innermost.tb_lasti] not in _NOT_A_FAULT


def _linked(error: BaseException) -> Iterator[BaseException]:
    """The exceptions that led to an error and are shown above it, the nearest first."""
    seen = {id(error)}
    one: BaseException | None = error
    while one is not None:
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
        if one is None or id(one) in seen:
            return
        seen.add(id(one))
        yield one
