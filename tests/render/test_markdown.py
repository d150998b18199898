"""The Markdown report: code blocks and code spans, and nothing from a trace outside them."""

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from densetrace.render.markdown import render_markdown
from densetrace.render.markdown_text import code, fenced
from densetrace.render.outline import View
from densetrace.render.tree import render_text
from tests.conftest import Golden
from tests.render.hostile import NAMES, hostile_step_trace, table_traces
from tests.render.shared import dense, failing

WORDS = {"Recorded by ", ", which follows ", " step by step.", "."}
"""All that a report says outside code."""


def tokens(document: str) -> list[Token]:
    # Everything that GitHub reads as markup, links without brackets included, but mentions.
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    flat: list[Token] = []
    for token in reader.parse(document):
        flat += [token, *(token.children or [])]
    return flat


def blocks(document: str) -> list[str]:
    return [token.content for token in tokens(document) if token.type == "fence"]


@pytest.mark.parametrize("make", [dense, failing])
def test_it_looks_as_agreed(make: "type[object]", golden: Golden) -> None:
    golden(f"share/{make.__name__}.md", render_markdown(make()))  # type: ignore[arg-type] # a function that makes a trace


def test_it_holds_the_tree_of_the_terminal() -> None:
    _, *in_terminal = render_text(dense()).split("\n\n")
    assert "\n".join(blocks(render_markdown(dense()))) == "\n".join(
        part.rstrip("\n") + "\n" for part in in_terminal
    )


def test_a_level_can_be_chosen() -> None:
    assert "deserialize_keras_object" in render_markdown(dense(), View("framework"))
    assert "given units=64" in render_markdown(dense(), View("user"))


@pytest.mark.parametrize("words", ["x", "`", "``", "a`b", "`a", "a``` `b`", " ", "  x  ", "\\`"])
def test_a_code_span_holds_whatever_it_is_given(words: str) -> None:
    [span] = [token for token in tokens(code(words)) if token.type == "code_inline"]
    assert span.content == words


@pytest.mark.parametrize("block", ["```\nx\n", "````\n", "~~~\n", "    x\n", "\n\n", "# x\n"])
def test_a_code_block_holds_whatever_it_is_given(block: str) -> None:
    [only] = tokens(fenced([block]))
    assert only.content == block


def check(document: str) -> None:
    kinds = {token.type for token in tokens(document)}
    assert kinds <= {
        "heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline", "text",
        "code_inline", "fence",
    }  # fmt: skip
    said = {token.content for token in tokens(document) if token.type == "text"}
    assert said <= WORDS | {""}
    assert all(line.isprintable() for line in document.split("\n"))


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_hostile_names_stay_in_code(name: str) -> None:
    check(render_markdown(hostile_step_trace(name)))


def test_all_of_the_hostile_table_stays_in_code() -> None:
    for made in table_traces():
        check(render_markdown(made))
