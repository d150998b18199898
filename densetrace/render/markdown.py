"""A trace as Markdown, for a report or an issue.

What came from the trace stands in code blocks and code spans only. Nothing in there is read as
markup, nobody is mentioned, nothing becomes a link; and the tree keeps its shape.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from densetrace.data.trace import Trace
from densetrace.render.markdown_text import code, fenced
from densetrace.render.outline import View
from densetrace.render.phases import source_text
from densetrace.render.tree import Tree
from densetrace.system.escape import visible

WIDTH: Final = 80


def chunks(trace: Trace, view: View, width: int = WIDTH) -> Iterator[str]:
    """The text of the document, piece by piece; the tree is `width` columns wide."""
    yield f"## {code(source_text(trace) or 'trace')}\n\n"
    recorded = _recorded_by(trace)
    if recorded:
        yield f"{recorded}\n\n"
    # A tree is blocks with an empty line between them: the title, the phases, the summary.
    blocks = _blocks(Tree(trace, view).chunks(width))
    next(blocks)
    for number, block in enumerate(blocks):
        yield ("\n" if number else "") + fenced(block)


def render_markdown(trace: Trace, view: View | None = None, width: int = WIDTH) -> str:
    """The document as one text."""
    return "".join(chunks(trace, view or View(), width))


def _recorded_by(trace: Trace) -> str:
    name, version, follows = (trace.engine.get(key) for key in ("name", "version", "follows"))
    told = " ".join(visible(part) for part in (name, version) if isinstance(part, str))
    if not told:
        return ""
    if isinstance(follows, str):
        return f"Recorded by {code(told)}, which follows {code(follows)} step by step."
    return f"Recorded by {code(told)}."


def _blocks(lines: Iterable[str]) -> Iterator[list[str]]:
    block: list[str] = []
    for line in lines:
        if line == "\n":
            yield block
            block = []
        else:
            block.append(line)
    yield block
