"""Pages of docs/ that are generated from code."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

DOCS: Final = Path(__file__).parents[2] / "docs"


def told(module: str, source: str) -> str:
    """The line that says what generates a page."""
    made = f"`python -m {module}` generates this page from {source}"
    return f"{made}; a test checks that it is current.\n"


def write(path: Path, page: Callable[[], str]) -> None:
    """Write a generated page."""
    path.write_text(page(), encoding="utf-8")
