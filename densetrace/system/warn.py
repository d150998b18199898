"""Warnings at the line of the person whose code caused them, not at a line of densetrace."""

import os
import sys
import warnings
from pathlib import Path
from types import FrameType
from typing import Final

_OURS: Final = (str(Path(__file__).parents[1]) + os.sep, "<densetrace")


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Issue a warning at the innermost line outside densetrace."""
    level, frame = 2, sys._getframe(1)
    while frame.f_code.co_filename.startswith(_OURS):
        outer: FrameType | None = frame.f_back
        if outer is None:
            break
        level, frame = level + 1, outer
    warnings.warn(message, category, stacklevel=level)
