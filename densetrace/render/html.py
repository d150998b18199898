"""A trace as one HTML file: a stepper for any browser, which makes no request.

The trace is JSON in an element that browsers do not run; the script adds it to the page as text
only.
"""

from collections.abc import Iterator
from html import escape
from typing import Final

from densetrace.data.trace import Trace
from densetrace.render.html_data import page_data
from densetrace.render.html_page import page
from densetrace.render.outline import View
from densetrace.render.phases import source_text
from densetrace.render.tree import Tree
from densetrace.system.escape import visible

SCRIPTS: Final = (
    "look.js",
    "model.js",
    "list.js",
    "heat.js",
    "detail.js",
    "headings.js",
    "code.js",
    "rows.js",
    "moves.js",
    "player.js",
    "keys.js",
    "page.js",
)
STYLES: Final = ("base.css", "page.css")
WITHOUT_SCRIPT: Final = 500
"""How many lines of the tree a page shows as text where scripts are turned off."""


def chunks(trace: Trace, view: View) -> Iterator[str]:
    """The text of the page, piece by piece."""
    follows = trace.engine.get("follows")
    known = isinstance(follows, str)
    contents = {
        "title": escape(source_text(trace) or "trace"),
        "follows": escape(visible(f"follows {follows} step by step")) if known else "",
        "data": page_data(trace, view),
        "tree": _tree(trace, view),
    }
    return page("page.html", STYLES, SCRIPTS, contents)


def render_html(trace: Trace, view: View | None = None) -> str:
    """The page as one text."""
    return "".join(chunks(trace, view or View()))


def _tree(trace: Trace, view: View) -> Iterator[str]:
    for number, line in enumerate(Tree(trace, view).chunks(80)):
        if number == WITHOUT_SCRIPT:
            yield "...\n"
            return
        yield escape(line)
