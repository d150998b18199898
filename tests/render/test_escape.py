"""Whatever a name holds, it is shown and never obeyed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from densetrace.kinds.spans import Span
from densetrace.system.escape import shortened, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("\x9b31m", "\\x9b31m"),
        ("a\rb\nc\td", "a\\rb\\nc\\td"),
        ("\u202eevil", "\\u202eevil"),
        ("a\u200bb\ufeff", "a\\u200bb\\ufeff"),
        ("\ud800", "\\ud800"),
        ("\uffff", "\\uffff"),
        ("\u2028", "\\u2028"),
        ("\xa0", "\\xa0"),
        ("\u3164", "\\u3164"),
        ("\U000e0041", "\\U000e0041"),
        ("\ufe0f", "\\ufe0f"),
    ],
)
def test_what_cannot_be_seen_is_spelled_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    "text", ["dense", "漢字", "\uff24\uff45", "é", "e\u0301", "नमस्ते", "[red]x[/red]"]
)
def test_what_people_write_is_left_alone(text: str) -> None:
    assert visible(text) == text


def test_accents_do_not_pile_up() -> None:
    assert visible("a" + "\u0301" * 50).count("\u0301") == 2
    assert visible("'\u0301") == "'\\u0301"


@given(st.text())
def test_nothing_that_moves_a_cursor_is_left(text: str) -> None:
    assert visible(text).isprintable()
    assert visible(visible(text)) == visible(text)


@given(st.text())
def test_no_part_of_any_line_can_hold_more_than_safe_text(text: str) -> None:
    shown = Span(text).text
    categories = {unicodedata.category(character) for character in shown}
    assert not categories & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def test_long_text_tells_how_long_it_was() -> None:
    assert shortened("a" * 100, 100) == "a" * 100
    assert shortened("a" * 3000, 60) == "a" * 40 + "... (3,000 characters)"
