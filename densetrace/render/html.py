"""A trace as one HTML file: a stepper for any browser, which makes no request.

Its content security policy allows one script and one style, by their hashes, and no request. The
trace is JSON in an element that browsers do not run; the script adds it to the page as text only.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import Final

from densetrace.data.trace import Trace
from densetrace.render.html_data import page_data
from densetrace.render.outline import View
from densetrace.render.phases import source_text
from densetrace.render.tree import Tree
from densetrace.system.escape import visible

SCRIPTS: Final = (
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
WITHOUT_SCRIPT: Final = 500
"""How many lines of the tree a page shows as text where scripts are turned off."""

_PLACEHOLDER: Final = re.compile(r"\{\{(\w+)\}\}")


def chunks(trace: Trace, view: View) -> Iterator[str]:
    """The text of the page, piece by piece."""
    script = "".join(map(_page_file, SCRIPTS))
    style = _page_file("page.css")
    follows = trace.engine.get("follows")
    contents = {
        "title": escape(source_text(trace) or "trace"),
        "follows": escape(visible(f"follows {follows} step by step"))
        if isinstance(follows, str)
        else "",
        "policy": _policy(script, style),
        "script": script,
        "style": style,
    }
    # One pass: a placeholder in inserted text is never replaced.
    position = 0
    template = _page_file("page.html")
    for gap in _PLACEHOLDER.finditer(template):
        yield template[position : gap.start()]
        position = gap.end()
        if gap[1] == "data":
            yield page_data(trace, view)
        elif gap[1] == "tree":
            yield from _tree(trace, view)
        else:
            yield contents[gap[1]]
    yield template[position:]


def render_html(trace: Trace, view: View | None = None) -> str:
    """The page as one text."""
    return "".join(chunks(trace, view or View()))


def _policy(script: str, style: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _hash(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


@cache
def _page_file(name: str) -> str:
    return (files(__package__) / "page" / name).read_text("utf-8")


def _tree(trace: Trace, view: View) -> Iterator[str]:
    for number, line in enumerate(Tree(trace, view).chunks(80)):
        if number == WITHOUT_SCRIPT:
            yield "...\n"
            return
        yield escape(line)
