"""The code of a person in a trace: the lines of each file with steps, and its statements."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from densetrace.data.trace import Trace
from densetrace.data.values import Items, Text, Value, string_of
from densetrace.data.values import Mapping as Dict

if TYPE_CHECKING:
    import ast

ENTRY: Final = "code"
"""The entry of `Trace.source` that has the code."""

MOST_FILES: Final = 20
MOST_LINES: Final = 5_000
"""A file with more lines is left out: a trace stays small beside it."""

LONGEST_LINE: Final = 200
"""Of a longer line only the start is kept, as of every text in a trace."""


def code_value(files: Mapping[str, Iterable[str]]) -> Value:
    """The lines of files as a value: file name -> its lines."""
    kept = [(name, list(lines)) for name, lines in files.items()]
    fitting = [(name, _lines_value(lines)) for name, lines in kept if len(lines) <= MOST_LINES]
    return Dict(tuple(fitting[:MOST_FILES]), len(kept))


def _lines_value(lines: list[str]) -> Items:
    texts = [line.rstrip("\r\n") for line in lines]
    cut = [
        text if len(text) <= LONGEST_LINE else Text(text[:LONGEST_LINE], len(text))
        for text in texts
    ]
    return Items("list", tuple(cut), len(cut))


def code_of(trace: Trace) -> dict[str, tuple[str, ...]]:
    """The lines of each file of the person, by its name in the steps; empty if none is recorded."""
    held = trace.source.get(ENTRY)
    if not isinstance(held, Dict):
        return {}
    return {
        name: tuple(map(string_of, lines.items))
        for name, lines in held.entries
        if isinstance(name, str) and isinstance(lines, Items) and lines.length == len(lines.items)
    }


def statements(lines: Iterable[str]) -> dict[int, tuple[int, int]]:
    """The first and the last line of the innermost statement on each line, from 1.

    A statement with a body (`for`, `def`) counts with its head only. Lines without a statement are
    left out, and so is everything if the lines are not Python.
    """
    import ast  # only a page needs it

    try:
        tree = ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    found: dict[int, tuple[int, int]] = {}
    for first, last in _spans(tree):
        found.update(dict.fromkeys(range(first, last + 1), (first, last)))
    return found


def _spans(tree: "ast.Module") -> Iterator[tuple[int, int]]:
    """The lines of each statement, outer ones before those inside them."""
    import ast

    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        children = list(ast.iter_child_nodes(node))
        waiting.extend(reversed(children))
        if not isinstance(node, ast.stmt):
            continue
        decorators = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(each.lineno for each in decorators)])
        body = getattr(node, "body", None) or getattr(node, "cases", None)
        last = node.end_lineno or node.lineno
        if body:
            inner = body[0].pattern if isinstance(body[0], ast.match_case) else body[0]
            last = max(first, min(last, inner.lineno - 1)) if inner.lineno > first else first
        yield first, last
