"""Distinguish densetrace's own frames from those of a script and its libraries."""

import os
import sys
from pathlib import Path
from types import FrameType
from typing import Final

# Strings, not paths: `caller` runs while a script may have replaced any function of Python's.
_OURS: Final = (
    str(Path(__file__).parents[2]) + os.sep,
    "<densetrace",
    "<frozen importlib",
    "<frozen runpy",
)


def is_ours(file: str) -> bool:
    """Whether a code object's file belongs to densetrace or to the import machinery."""
    return file.startswith(_OURS)


def caller() -> tuple[str, int] | None:
    """The file and line of the innermost frame that is not densetrace's own."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and is_ours(frame.f_code.co_filename):
        frame = frame.f_back
    return None if frame is None else (frame.f_code.co_filename, frame.f_lineno)
