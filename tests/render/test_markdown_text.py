"""What is escaped is shown by a Markdown reader as it was, wherever a line is put."""

from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from densetrace.render.markdown_text import escaped
from densetrace.system.escape import visible

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
PLACES = {
    "a paragraph": ("{}", "<p>{}</p>\n"),
    "the second line of one": ("x\n{}", "<p>x\n{}</p>\n"),
    "an item": ("- {}", "<ul>\n<li>{}</li>\n</ul>\n"),
    "a cell": ("| a |\n|---|\n| {} |", "<tbody>\n<tr>\n<td>{}</td>\n</tr>\n</tbody>\n</table>\n"),
}
TEXTS = st.text(st.sampled_from(" -+=*_`~<>[](){}!#|\\&$.)\n\t01ab;:"), min_size=1, max_size=12)


def check(text: str) -> None:
    shown = visible(text).strip(" ")
    for place, (document, expected) in PLACES.items():
        if shown:
            html = READER.render(document.format(escaped(text)))
            assert unescape(html).endswith(expected.format(shown)), (place, text, html)


@pytest.mark.parametrize(
    "text",
    ["0. The", "1. one", "12) x", "7.", "- x", "-", "---", "+ x", "===", "=", "# x", "> x", "    x",
     "| x |", "&amp;", "<b>", "a_b_c", "-5", "0.5", "1.5.", "*x*", "~~x~~", "```", "![x](y)"],
)  # fmt: skip
def test_nothing_is_markup(text: str) -> None:
    check(text)


@given(TEXTS)
@settings(max_examples=500, deadline=None)
def test_nothing_is_markup_in_any_text(text: str) -> None:
    check(text)


def test_numbers_stay_readable() -> None:
    assert [escaped(text) for text in ("-0.5", "0.5", "3", "1.0")] == ["-0.5", "0.5", "3", "1.0"]
