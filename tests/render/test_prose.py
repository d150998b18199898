"""The prose of a lesson has the blocks that CommonMark says it has."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from densetrace.render.prose import paragraphs
from densetrace.teach.course import builtin, names
from densetrace.teach.lesson import Prose

READER = MarkdownIt("commonmark")
MARKS = ("", "", "0. ", "1. ", "2. ", "1) ", "2026. ", "- ", "+ ", "* ", "### ", "-5 ", "0.5 ", "#")
LINES = st.builds("{}{}".format, st.sampled_from(MARKS), st.sampled_from(("a", "b c")))
TEXTS = st.lists(LINES | st.just(""), max_size=6).map("\n".join)


def ours(text: str) -> list[tuple[str, str]]:
    """Kind and words of each block."""
    return [(one.kind, " ".join(one.text.split())) for one in paragraphs(text)]


def theirs(text: str) -> list[tuple[str, str]]:
    """The same as CommonMark has it."""
    kinds = {"paragraph_open": "paragraph", "heading_open": "heading", "fence": "verbatim"}
    found = []
    tokens = READER.parse(text)
    for number, token in enumerate(tokens):
        if token.type in kinds:
            inside = token if token.type == "fence" else tokens[number + 1]
            kind = "item" if token.level else kinds[token.type]
            found.append((kind, " ".join(inside.content.split())))
    return found


@given(TEXTS)
@settings(max_examples=500, deadline=None)
def test_the_blocks_are_those_of_commonmark(text: str) -> None:
    assert ours(text) == theirs(text)


@pytest.mark.parametrize("name", names())
def test_so_are_those_of_each_lesson(name: str) -> None:
    for page in builtin(name).pages:
        for piece in page.pieces:
            if isinstance(piece, Prose):
                assert ours(piece.text) == theirs(piece.text)


def test_a_sentence_that_goes_on_with_a_number_is_no_list() -> None:
    assert ours("-0.5 becomes\n0. The check") == [("paragraph", "-0.5 becomes 0. The check")]
    assert [one.mark for one in paragraphs("3. c\n4. d")] == ["3.", "4."]
