"""Which frames are densetrace's own: a script's author is shown the others."""

import sys
from pathlib import Path
from types import FrameType
from typing import Final

_PACKAGE: Final = Path(__file__).parent.parent.parent
_HIDDEN: Final = ("<densetrace", "<frozen importlib", "<frozen runpy")


def is_ours(file: str) -> bool:
    """Whether a code object's file is densetrace's own, or the import machinery's."""
    return file.startswith(_HIDDEN) or Path(file).is_relative_to(_PACKAGE)


def caller() -> tuple[str, int] | None:
    """The file and line of the innermost frame that is not densetrace's own."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and is_ours(frame.f_code.co_filename):
        frame = frame.f_back
    return None if frame is None else (frame.f_code.co_filename, frame.f_lineno)
