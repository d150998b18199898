"""Pages of docs/ that are made from code: what makes each, and how it is written anew."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

DOCS: Final = Path(__file__).parents[2] / "docs"


def told(module: str, source: str) -> str:
    """The line that says where a page comes from."""
    return f"This page is made from {source} by `python -m {module}`; a test keeps the two equal.\n"


def write(path: Path, page: Callable[[], str]) -> None:
    """Write a page anew."""
    path.write_text(page(), encoding="utf-8")
