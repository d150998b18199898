"""A trace as Markdown, for a report or an issue.

Text from the trace goes only into code blocks and code spans. There it is not read as markup, does
not mention users and makes no links, and the tree keeps its shape.
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
    # A tree is blocks separated by empty lines: the title, the phases, the summary.
    blocks = _blocks(Tree(trace, view).chunks(width))
    next(blocks)
    for number, block in enumerate(blocks):
        yield ("\n" if number else "") + fenced(block)


def render_markdown(trace: Trace, view: View | None = None, width: int = WIDTH) -> str:
    """The document as one text."""
    return "".join(chunks(trace, view or View(), width))


def _recorded_by(trace: Trace) -> str:
    name, version, follows = (trace.engine.get(key) for key in ("name", "version", "follows"))
    engine = " ".join(visible(word) for word in (name, version) if isinstance(word, str))
    if not engine:
        return ""
    if isinstance(follows, str):
        return f"Recorded by {code(engine)}, which follows {code(follows)} step by step."
    return f"Recorded by {code(engine)}."


def _blocks(lines: Iterable[str]) -> Iterator[list[str]]:
    block: list[str] = []
    for line in lines:
        if line == "\n":
            yield block
            block = []
        else:
            block.append(line)
    yield block
