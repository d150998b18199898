"""docs/architecture.md lists every package of densetrace, and no other."""

import re

from tests.docs.pages import DOCS, ROOT

NOT_LISTED = ("__init__.py", "__main__.py", "__pycache__", "_version.py", "py.typed")


def test_the_table_has_every_package() -> None:
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    table = page.partition("## The packages")[2].partition("## ")[0]
    rows = "".join(re.findall(r"^\|(.+?)\|", table, re.MULTILINE))
    told = re.findall(r"`([\w.]+/?)`", rows)
    package = ROOT / "densetrace"
    there = [
        entry.name + "/" * entry.is_dir()
        for entry in package.iterdir()
        if entry.name not in NOT_LISTED
    ]
    assert sorted(told) == sorted(there)
