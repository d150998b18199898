"""A trace in a notebook, shown as HTML or text when its cell ends, unless it was shown before."""

from importlib import import_module
from typing import Any, Final

from densetrace.data.trace import Trace
from densetrace.render.html_fragment import render_fragment
from densetrace.render.outline import View
from densetrace.render.tree import readable_text

_shown: Final[set[int]] = set()
"""The ids of the traces that the running cell has shown."""


def mimebundle(trace: Trace) -> dict[str, str]:
    """The forms for a front end to choose from: HTML, and text where it cannot show HTML."""
    _shown.add(id(trace))
    return {"text/plain": readable_text(trace, View()), "text/html": render_fragment(trace)}


def show_after_cell(trace: Trace, shell: Any) -> None:
    """Show a trace when the running cell of `shell` has ended, unless it was shown by then."""

    def show(*_: Any) -> None:
        shell.events.unregister("post_run_cell", show)
        if id(trace) not in _shown:
            display(trace)
        _shown.discard(id(trace))

    shell.events.register("post_run_cell", show)


def display(trace: Trace) -> None:
    """Show a trace below the running cell."""
    import_module("IPython.display").display(trace)
