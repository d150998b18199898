"""Text is laid out in lines of a width: wrapped, cut, padded, in two columns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from densetrace.kinds.spans import Span, plain_text
from densetrace.render.cells import cell_len
from densetrace.render.layout import (
    Columns,
    Styled,
    block,
    cut,
    pad,
    rule,
    side_by_side,
    size_of,
    texts,
    wrap,
)
from densetrace.render.theme import UNICODE, Signs, ascii_signs

ASCII = ascii_signs()
SIGNS = st.sampled_from((UNICODE, ASCII))
TEXTS = st.text(max_size=60)


def line_of(styled: Styled) -> str:
    return "".join(text for text, _ in styled)


@given(st.text(max_size=80), st.integers(2, 40), st.integers(2, 40))
def test_wrapping_loses_nothing_but_spaces(words: str, first: int, rest: int) -> None:
    span = Span(words)
    lines = list(wrap([span], first, rest))
    assert "".join(run for line in lines for run, _ in line).replace(" ", "") == (
        span.text.replace(" ", "")
    )
    for number, line in enumerate(lines):
        assert sum(cell_len(run) for run, _ in line) <= (rest if number else first)


def test_an_arrow_keeps_its_result_and_an_aside_stays_whole() -> None:
    spans = [Span("a" * 10), Span(" "), Span("→", "arrow"), Span(" "), Span("b b", "result")]
    lines = [plain_text(map(Span, [run for run, _ in line])) for line in wrap(spans, 12, 12)]
    assert lines == ["a" * 10, "→ b b"]
    for cross in ("✗", "x"):
        failed = [Span("a" * 10), Span("  "), Span(cross, "error"), Span(" failed", "error")]
        assert [line_of(line) for line in wrap(failed, 12, 12)] == ["a" * 10, f"{cross} failed"]
    aside = [Span("a" * 8), Span("  (was b)", "aside")]
    assert [line[0][0] for line in wrap(aside, 12, 12)] == ["a" * 8, "(was b)"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call(first=1,second=2)", ["call(", "first=1,", "second=2)"]),
        ("abcdefghijklmno", ["abcdefghij", "klmno"]),
        ("a abcdefghijklmno", ["a", "abcdefghij", "klmno"]),
        ("a.name.of()`", ["a.name.of(", ")`"]),
        ("[1.25,2.25,3.25]", ["[1.25,", "2.25,3.25]"]),
    ],
)
def test_a_long_word_is_broken_behind_a_bracket_or_a_comma(text: str, expected: list[str]) -> None:
    assert [line_of(line) for line in wrap([Span(text)], 10, 10)] == expected


def test_a_call_is_broken_before_an_argument_that_fits_into_the_next_line() -> None:
    spans = [Span("Container", "call"), Span("(y_true=1,", "value"), Span(" b)", "value")]
    assert [line_of(line) for line in wrap(spans, 14, 14)] == ["Container(", "y_true=1, b)"]
    spans = [Span("Container", "call"), Span("anything", "value")]
    assert [line_of(line) for line in wrap(spans, 12, 12)] == ["Container", "anything"]


@given(TEXTS, st.integers(8, 40), SIGNS)
def test_a_block_has_its_prefixes_and_its_width(words: str, width: int, signs: Signs) -> None:
    first, *others = map(line_of, block([Span(words)], width, signs, first="1  ", rest="    "))
    assert first.startswith("1  ")
    assert all(line.startswith("    ") for line in others)
    assert all(cell_len(line) <= width for line in (first, *others))


@given(st.lists(TEXTS, max_size=3), st.integers(-2, 40), SIGNS)
def test_a_cut_line_has_its_width_and_an_ellipsis(
    words: list[str], width: int, signs: Signs
) -> None:
    spans = [Span(word) for word in words]
    line, whole = line_of(cut(spans, width, signs)), signs.fit(plain_text(spans))
    assert cell_len(line) <= max(0, width)
    if cell_len(whole) <= width:
        assert line == whole
    else:
        assert line.endswith(signs.fit("…")[: max(0, width)])


def test_padding_and_rules_fill_a_width() -> None:
    assert line_of(pad([("ab", "text")], 4)) == "ab  "
    assert line_of(pad([("abcde", "text")], 4)) == "abcde"
    assert line_of(rule([Span("map", "name")], 12)) == "── map ─────"
    assert line_of(rule([], 4, ASCII)) == "----"
    assert size_of(rule([Span("漢" * 20)], 11)) == 11


def test_columns_are_as_long_as_the_longer_one() -> None:
    left: list[Styled] = [[("a", "text")]]
    right: list[Styled] = [[("b", "text")], [("c", "text")]]
    drawn = side_by_side(left, right, 3, [("|", "guide")], [("+", "guide")])
    assert list(texts(drawn)) == ["a  +b\n", "   |c\n"]


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (72, ["  left" + " " * 29 + "~   right"]),
        (71, ["-   left", "+   right"]),
    ],
)
def test_columns_are_stacked_where_there_is_no_room(width: int, lines: list[str]) -> None:
    row = Columns.of(width, UNICODE).row("~", [Span("left")], [Span("right")], 2)
    assert [text.rstrip() for text in texts(row)] == lines
    assert Columns.of(1, UNICODE).width == 20


def test_a_line_that_is_broken_keeps_its_indentation() -> None:
    words = [("  ", "text"), ("kernel", "name"), ("  [1, 2] → [3, 4]", "text")]
    lines = ["".join(text for text, _ in line) for line in wrap(words, 16, 12)]
    assert lines == ["  kernel  [1, 2]", "→ [3, 4]"]


@pytest.mark.parametrize("width", [5, 1, 0, -3])
def test_a_word_ends_also_where_there_is_no_room(width: int) -> None:
    lines = list(wrap([Span("name(a,b)")], width, width))
    assert "".join(text for line in lines for text, _ in line) == "name(a,b)"


def test_a_gap_that_does_not_fit_ends_the_line() -> None:
    words = [Span("article-1                "), Span("The article")]
    lines = ["".join(text for text, _ in line) for line in wrap(words, 14, 14)]
    assert lines == ["article-1", "The article"]
