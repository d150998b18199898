"""The width of text is rich's, whether rich is asked or not."""

import sys

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len as cells_by_rich

from densetrace.render.cells import NARROW, cell_len


def test_every_narrow_character_takes_one_column() -> None:
    narrow = [chr(code) for code in range(sys.maxunicode) if NARROW.fullmatch(chr(code))]
    assert len(narrow) > 1000
    assert {cells_by_rich(character) for character in narrow} == {1}


@given(st.text())
def test_any_text_is_as_wide_as_rich_says(text: str) -> None:
    assert cell_len(text) == cells_by_rich(text)
