"""Pages of docs/ that are generated from code."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

DOCS: Final = Path(__file__).parents[2] / "docs"


def told(module: str, source: str) -> str:
    """The line that says what generates a page."""
    return f"This page is made from {source} by `python -m {module}`; a test keeps the two equal.\n"


def write(path: Path, page: Callable[[], str]) -> None:
    """Write a generated page."""
    path.write_text(page(), encoding="utf-8")
