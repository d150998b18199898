"""No line of a paragraph in a Markdown file looks like a list, a heading or a quote."""

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "docs", ROOT / "densetrace", ROOT / "tests")
FILES = [
    ROOT / "README.md",
    *(
        path
        for folder in FOLDERS
        for path in sorted(folder.rglob("*.md"))
        if "_build" not in path.parts
    ),
]
MARK = re.compile(r" *(?:[-+*>]|#{1,6}|[0-9]{1,9}[.)]|[-=]+|[:~`]{3,}.*)(?:\s|$)")
"""The beginning of a block. CommonMark reads some of these, such as "0.", as text within a
paragraph; other parsers do not."""

BLOCKS = {"bullet_list_open", "ordered_list_open", "heading_open", "blockquote_open", "hr"}


def misread(text: str) -> list[str]:
    """The lines of a paragraph that begin as a list, heading or quote does, or that begin one
    without an empty line before it."""
    lines = text.splitlines()
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    prose = {
        line
        for token in tokens
        if token.type == "paragraph_open" and token.map
        for line in range(*token.map)
    }
    found = []
    for token in tokens:
        if token.map is None:
            continue
        first, last = token.map
        if token.type in BLOCKS and first - 1 in prose:
            found.append(lines[first])
        elif token.type == "heading_open" and token.markup in ("-", "="):
            found.append(lines[last - 1])
        elif token.type == "inline":
            _, *continued = token.content.split("\n")
            found += [line for line in continued if MARK.match(line)]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_line_of_a_paragraph_begins_as_another_block(path: Path) -> None:
    assert misread(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line", ["0. The", "1. The", "12) The", "- five", "+ five", "* five", "# 5", "> 0", "---", "="]
)
def test_each_kind_would_be_seen(line: str) -> None:
    assert misread(f"It becomes\n{line}\n") == [line]
    assert [one.strip() for one in misread(f"- It becomes\n  {line}\n")] == [line]


@pytest.mark.parametrize("line", ["-5 is", "0.5 is", "#1 is", "1.5", "*stress*", "--only"])
def test_other_lines_are_not(line: str) -> None:
    assert misread(f"It becomes\n{line} and\nmore\n") == []


@pytest.mark.parametrize("text", ["1. one\n2. two\n", "Two:\n\n- one\n- two\n", "# A\n\nB\n"])
def test_lists_and_headings_of_their_own_are_not(text: str) -> None:
    assert misread(text) == []
