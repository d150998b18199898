"""The pictures of pages in docs: where they are, their size, and that they can be taken again."""

import re
import struct
from pathlib import Path

import pytest

from tests.browser.driving import chromium
from tests.docs.pictures import DOCS, HEIGHT, WIDTH, pictures, take

MOST_BYTES = 200_000


def size_of(file: Path) -> tuple[int, int]:
    """The width and the height of a PNG file."""
    data = file.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def test_each_picture_is_on_a_page_and_small(tmp_path: Path) -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in DOCS.glob("*.md"))
    shown = re.findall(r"!\[[^\]]+\]\((\w[\w-]*\.png)\)", pages)
    assert sorted(shown) == sorted(picture.file for picture in pictures(tmp_path))
    assert sorted(shown) == sorted(file.name for file in DOCS.glob("*.png"))
    for name in shown:
        assert size_of(DOCS / name) == (WIDTH, HEIGHT)
        assert (DOCS / name).stat().st_size < MOST_BYTES


def test_they_can_be_taken_again(tmp_path: Path) -> None:
    pytest.importorskip("playwright", reason="playwright is not installed")
    if chromium() is None:
        pytest.skip("no Chromium here; DENSETRACE_CHROMIUM may name one")
    take(tmp_path)
    for file in DOCS.glob("*.png"):
        assert size_of(tmp_path / file.name) == (WIDTH, HEIGHT)
