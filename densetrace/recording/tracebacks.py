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
"""A `raise`, and a call that passes on the user's arguments, which may be the wrong ones."""
_OF_ERRORS: Final = vars(BaseException)
_TRACEBACK: Final = _OF_ERRORS["__traceback__"]
"""Attributes of exceptions, read past what a user's class may define."""

_LIBRARIES: Final = sys.stdlib_module_names | {"numpy"}


class _Switch(threading.local):
    """Whether tracebacks are filtered: for each thread, as in TensorFlow.

    `last` has the ids of the last exception that was looked at and of its first entry then, and
    whether it was a fault. The next wrapper that the exception leaves looks no further than that:
    so an exception that leaves many wrappers takes linear time.
    """

    is_on = True
    last: tuple[int, int, bool] = (0, 0, False)


switch: Final = _Switch()


def filter_traceback(error: BaseException) -> bool:
    """Remove our frames from the traceback of an exception that leaves a wrapper.

    The wrapper's own frame stays: Python adds it again. Frames of the user's code and of other
    libraries stay. The traceback of an exception that led to this one is filtered too if our code
    caught it.

    Returns:
        Whether it was filtered. Not if filtering is switched off, or if the error is probably a
        fault of our code.
    """
    start = _TRACEBACK.__get__(error)
    if not switch.is_on or start is None:
        return False
    is_fault = _is_fault(error)
    switch.last = (id(error), id(start), is_fault)
    if is_fault:
        return False
    _skip_ours(start)
    for one in _linked(error):
        start = _TRACEBACK.__get__(one)
        if start is None or not _is_ours(start):
            break  # the user's code caught it
        if not _is_fault(one):
            _skip_ours(start)
            _TRACEBACK.__set__(one, start.tb_next)
    return True


def hide_own_frames(error: BaseException) -> None:
    """Remove our frames after the first from the traceback that a `with` block ends with."""
    traceback = _TRACEBACK.__get__(error)
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
    before, seen, known = switch.last
    start = _TRACEBACK.__get__(error)
    for entry in _entries(start):
        # Not the first entry: what another exception had as its first may have the same id.
        is_other = entry is not start and _is_of_wrapper(entry)
        if is_other and id(entry) == seen and id(error) == before:
            return known
        package = str(entry.tb_frame.f_globals.get("__name__")).partition(".")[0]
        if package not in _LIBRARIES:
            innermost = entry
    if innermost is None or not _is_ours(innermost) or issubclass(type(error), RecursionError):
        return False
    if _is_of_wrapper(innermost):
        return False  # it was filtered already
    instruction = innermost.tb_frame.f_code.co_code[innermost.tb_lasti]
    return issubclass(type(error), AssertionError) or instruction not in _NOT_A_FAULT


def _is_of_wrapper(entry: TracebackType) -> bool:
    return entry.tb_frame.f_code.co_filename == HOOK_FILE


def _entries(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _linked(error: BaseException) -> Iterator[BaseException]:
    """The exceptions that led to an error and are shown above it, the nearest first."""
    seen = {id(error)}
    one: BaseException | None = error
    while one is not None:
        following: BaseException | None = _OF_ERRORS["__cause__"].__get__(one)
        if following is None and not _OF_ERRORS["__suppress_context__"].__get__(one):
            following = _OF_ERRORS["__context__"].__get__(one)
        one = following
        if one is None or id(one) in seen:
            return
        seen.add(id(one))
        yield one
