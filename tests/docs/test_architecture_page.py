"""docs/architecture.md names every room of the house, and no other."""

import re

from tests.docs.pages import DOCS, ROOT

NO_ROOMS = ("__init__.py", "__main__.py", "__pycache__", "_version.py", "py.typed")


def test_the_table_has_every_room() -> None:
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    table = page.partition("## The rooms")[2].partition("## ")[0]
    rows = "".join(re.findall(r"^\|(.+?)\|", table, re.MULTILINE))
    told = re.findall(r"`([\w.]+/?)`", rows)
    house = ROOT / "densetrace"
    there = [
        entry.name + "/" * entry.is_dir() for entry in house.iterdir() if entry.name not in NO_ROOMS
    ]
    assert sorted(told) == sorted(there)
