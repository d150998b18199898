"""The tables of docs/performance.md: written from what was measured, the words around them kept."""

import os
import platform
import re
from collections.abc import Sequence
from importlib.metadata import version

from tests.benchmarks.figures import Figure, Row
from tests.docs.made import DOCS

PAGE = DOCS / "performance.md"
HEAD = "| what | median (range) | target | met |\n|---|---|---|---|\n"


def table(figures: Sequence[Figure], rows: Sequence[Row], measured_on: str) -> str:
    """A line for each figure, measured or not, and what it was measured on."""
    found = {row.figure.what: row for row in rows}
    lines = [_line(figure, found.get(figure.what)) for figure in figures]
    return f"{HEAD}{''.join(lines)}\nMeasured on {measured_on}.\n"


def _line(figure: Figure, row: Row | None) -> str:
    if row is None:
        told = "not measured"
        met = f"{' and '.join(figure.missing)} was not installed" if figure.missing else ""
    else:
        told = str(row)
        met = "" if row.met is None else "yes" if row.met else "no"
    notes = [figure.note, row.note if row else ""]
    last = ": ".join(filter(None, [met, "; ".join(filter(None, notes))]))
    return f"| {figure.what} | {told} | {figure.target} | {last} |\n"


def machine() -> str:
    """What the figures depend on, without saying whose machine it is."""
    numpy = version("numpy")
    python = f"{platform.python_implementation()} {platform.python_version()}"
    processors = f"{os.cpu_count()} processors"
    return f"{python}, NumPy {numpy}, {platform.system()} {platform.machine()}, {processors}"


def shown_figures(page: str, topic: str) -> list[tuple[str, str]]:
    """What the table of a topic has figures of: each with its target."""
    lines = _block(topic).findall(page)[0][1].splitlines()
    cells = [line.split("|") for line in lines if line.startswith("|")]
    return [(what.strip(), target.strip()) for _, what, _, target, *_ in cells[2:]]


def with_table(page: str, topic: str, text: str) -> str:
    """The page with the table of this topic exchanged.

    Raises:
        ValueError: when the page has no place for it.
    """
    changed, places = _block(topic).subn(lambda found: f"{found[1]}\n{text}\n{found[3]}", page)
    if places != 1:
        raise ValueError(f"{PAGE.name} needs one place for a table: <!-- figures: {topic} -->")
    return changed


def _block(topic: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- figures: {topic} -->\n)(.*?)(<!-- end of figures -->)", re.DOTALL)
