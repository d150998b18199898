"""Source lines in a notebook, where code has no file: a cell is named by its number, `In[3]`.

IPython is never imported: inside a notebook it is already loaded.
"""

import sys
from pathlib import PurePath
from types import FrameType
from typing import Any

from densetrace.recording.source_lines import Places
from densetrace.system.files import working_folder


class CellPlaces(Places):
    """Places in a notebook: `In[3]` instead of the file name that IPython compiles a cell under."""

    def _called(self, path: PurePath) -> str:
        return cell_name(str(path)) or super()._called(path)


def shell() -> Any:
    """The IPython shell that runs this process, or None."""
    module = sys.modules.get("IPython")
    return None if module is None else module.get_ipython()


def cell_name(filename: str) -> str | None:
    """`In[3]` for the file name of the third cell; None for any other file."""
    compiler = getattr(shell(), "compile", None)
    number = getattr(compiler, "_filename_map", {}).get(filename)
    return None if number is None else f"In[{number}]"


def is_cell(frame: FrameType) -> bool:
    """Whether a frame is the top level of a cell, not a function that a cell calls."""
    return frame.f_code.co_name == "<module>" and cell_name(frame.f_code.co_filename) is not None


def places() -> Places:
    """How source lines are named here: in a notebook, by cell."""
    return (Places if shell() is None else CellPlaces)(home=working_folder())
