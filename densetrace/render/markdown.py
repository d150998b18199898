"""A trace as Markdown, for a report or an issue.

What came from the trace stands in code blocks and code spans only. Nothing in there is read as
markup, nobody is mentioned, nothing becomes a link; and the tree keeps its shape.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from densetrace.escape import visible
from densetrace.render.outline import View
from densetrace.render.phases import source_text
from densetrace.render.tree import Tree
from densetrace.trace import Trace

WIDTH: Final = 80

_BACKTICKS: Final = re.compile("`+")


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


def code(words: str) -> str:
    """A code span that holds these words, whatever they are."""
    fence = "`" * (_longest_run(words) + 1)
    # A reader takes one space off each end, unless there is nothing else.
    ends = words[:1] + words[-1:]
    space = " " if "`" in ends or (ends == "  " and words.strip(" ")) else ""
    return f"{fence}{space}{words}{space}{fence}"


def fenced(lines: Iterable[str]) -> str:
    """A code block that holds these lines, whatever they are."""
    block = "".join(lines)
    fence = "`" * max(3, _longest_run(block) + 1)
    return f"{fence}text\n{block}{fence}\n"


def _recorded_by(trace: Trace) -> str:
    name, version, follows = (trace.engine.get(key) for key in ("name", "version", "follows"))
    told = " ".join(visible(part) for part in (name, version) if isinstance(part, str))
    if not told:
        return ""
    if isinstance(follows, str):
        return f"Recorded by {code(told)}, which follows {code(visible(follows))} step by step."
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


def _longest_run(words: str) -> int:
    return max(map(len, _BACKTICKS.findall(words)), default=0)
