"""Source lines in a notebook, where code has no file: a cell is named by its number, `In[3]`.

IPython is never imported: inside a notebook it is already loaded.
"""

import sys
from pathlib import Path, PurePath
from types import FrameType
from typing import Any

from densetrace.recording.source_lines import SourceLines
from densetrace.recording.wrapper import HOOK_FILE
from densetrace.system.files import working_folder

_MARIMO_CELL = "__marimo__cell_"
_PACKAGE = str(Path(__file__).parents[1])


class CellLines(SourceLines):
    """Source lines in a notebook: `In[3]` instead of IPython's file name for a cell."""

    def _file_name(self, path: PurePath) -> str:
        if _MARIMO_CELL in path.name:
            return "marimo cell"  # its cells have no numbers
        return cell_name(str(path)) or super()._file_name(path)


def shell() -> Any:
    """The IPython shell that runs this process, or None."""
    module = sys.modules.get("IPython")
    return None if module is None else module.get_ipython()


def cell_name(filename: str) -> str | None:
    """`In[3]` for the file name of the third cell; None for any other file."""
    compiler = getattr(shell(), "compile", None)
    number = getattr(compiler, "_filename_map", {}).get(filename)
    return None if number is None else f"In[{number}]"


def running_cell() -> int:
    """The number of the cell that is running. IPython has counted on by then."""
    frame: FrameType | None = sys._getframe(1)
    numbers = getattr(getattr(shell(), "compile", None), "_filename_map", {})
    while frame is not None:
        if frame.f_code.co_filename in numbers:
            return int(numbers[frame.f_code.co_filename])
        frame = frame.f_back
    return int(getattr(shell(), "execution_count", 0))


def hide_own_frames(error: BaseException) -> None:
    """Remove the frames of this package from a traceback after its first: in a notebook, the user's
    own lines are enough, as with Keras's own traceback filter."""
    traceback = error.__traceback__
    while traceback is not None:
        following = traceback.tb_next
        while following is not None and _is_own(following.tb_frame.f_code.co_filename):
            following = following.tb_next
        traceback.tb_next = following
        traceback = following


def _is_own(filename: str) -> bool:
    return filename == HOOK_FILE or filename.startswith(_PACKAGE)


def is_cell(frame: FrameType) -> bool:
    """Whether a frame is the top level of a cell, not a function that a cell calls."""
    return frame.f_code.co_name == "<module>" and cell_name(frame.f_code.co_filename) is not None


def source_lines() -> SourceLines:
    """What resolves source lines here: in a notebook, files are named by cell."""
    is_notebook = shell() is not None or "marimo" in sys.modules
    return (CellLines if is_notebook else SourceLines)(home=working_folder())
