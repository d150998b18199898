"""A trace in a notebook: it shows itself, and `%%densetrace` traces a cell.

Nothing here loads IPython: it is there already, or nobody is in a notebook. `with trace() as t:` in
a cell is enough: when the cell has ended, a trace that was not shown by then shows itself.
"""

import ast
import sys
from importlib import import_module
from pathlib import PurePath
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

from densetrace.errors import shown
from densetrace.files import working_folder
from densetrace.places import Places

if TYPE_CHECKING:
    from densetrace.api import Trace

_shown: Final[set[int]] = set()
"""The traces that were shown in the cell that runs, by identity."""


class CellPlaces(Places):
    """Places in a notebook: a cell is told as `In[3]`, not as the file that stands for it."""

    def _called(self, path: PurePath) -> str:
        return cell_name(str(path)) or super()._called(path)


def shell() -> Any:
    """The IPython that runs this, or None."""
    module = sys.modules.get("IPython")
    return None if module is None else module.get_ipython()


def cell_name(filename: str) -> str | None:
    """`In[3]` for the file name of the third cell; None for any other file."""
    compiler = getattr(shell(), "compile", None)
    number = getattr(compiler, "_filename_map", {}).get(filename)
    return None if number is None else f"In[{number}]"


def is_cell(frame: FrameType) -> bool:
    """Whether this code stands in a cell itself, not in a function that a cell calls."""
    return frame.f_code.co_name == "<module>" and cell_name(frame.f_code.co_filename) is not None


def places() -> Places:
    """How lines are told: in a notebook, by cell."""
    return (Places if shell() is None else CellPlaces)(home=working_folder())


def mimebundle(trace: "Trace") -> dict[str, str]:
    """What a front end may choose from: HTML, and text for those that show none."""
    from densetrace.render.fitting import fitting_text
    from densetrace.render.html_fragment import render_fragment
    from densetrace.render.outline import View

    _shown.add(id(trace))
    return {"text/plain": fitting_text(trace, View()), "text/html": render_fragment(trace)}


def show_after_cell(trace: "Trace") -> None:
    """Show a trace when the cell that runs has ended, unless it was shown by then."""
    running = shell()

    def show(*_: Any) -> None:
        running.events.unregister("post_run_cell", show)
        if id(trace) not in _shown:
            _display(trace)
        _shown.discard(id(trace))

    running.events.register("post_run_cell", show)


def _display(trace: "Trace") -> None:
    import_module("IPython.display").display(trace)


def load_ipython_extension(ipython: Any) -> None:
    """What `%load_ext densetrace` does: makes the cell magic `%%densetrace` known."""
    ipython.register_magic_function(trace_cell, "cell", "densetrace")


def unload_ipython_extension(ipython: Any) -> None:
    """What `%unload_ext densetrace` does."""
    ipython.magics_manager.magics["cell"].pop("densetrace", None)


def trace_cell(line: str, cell: str) -> Any:
    """Trace this cell and show its steps.

    %%densetrace [NAME]

    With NAME, the trace is kept in a variable of that name. The last expression of the cell is its
    value, as in any cell; an exception ends the cell, and the steps up to there are shown.
    """
    name = line.strip()
    if name and not name.isidentifier():
        raise import_module("IPython.core.error").UsageError(
            "After %%densetrace comes the name of a variable, or nothing. "
            f"Received: {shown(name)}. Type it like: %%densetrace t"
        )
    from densetrace.api import trace

    running = shell()
    first, last = _compiled(running, cell)
    value = None
    recorded = None
    try:
        with trace() as recorded:
            exec(first, running.user_ns)  # noqa: S102 - the cell is what somebody wants run
            if last is not None:
                value = eval(last, running.user_ns)  # noqa: S307 - as above
    finally:
        if recorded is not None:
            if name:
                running.user_ns[name] = recorded
            _display(recorded)
    return value


def _compiled(running: Any, cell: str) -> tuple[Any, Any]:
    """The code of a cell, and of the expression at its end if there is one."""
    source = running.transform_cell(cell)
    filename = running.compile.cache(source, running.execution_count, raw_code=cell)
    tree = running.transform_ast(ast.parse(source, filename))
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = compile(ast.Expression(tree.body.pop().value), filename, "eval")
    return compile(tree, filename, "exec"), last
