"""docs/performance.md shows all figures that the benchmarks measure."""

import re
from pathlib import Path

import pytest

from tests import benchmarks
from tests.benchmarks.__main__ import show_figures
from tests.benchmarks.page import PAGE, shown_figures
from tests.benchmarks.topics import TOPICS, load


@pytest.mark.parametrize("name", TOPICS)
def test_a_table_shows_the_figures_of_its_topic(name: str) -> None:
    figures = [(figure.what, figure.target) for figure in load(name).figures]
    assert figures
    assert len(set(figures)) == len(figures)
    shown = shown_figures(PAGE.read_text(encoding="utf-8"), name)
    assert shown == figures, f"run: python -m tests.benchmarks --only {name} --write"


@pytest.mark.parametrize("name", TOPICS)
def test_the_list_has_what_the_table_shows(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    show_figures(name)
    listed = capsys.readouterr().out
    for what, target in shown_figures(PAGE.read_text(encoding="utf-8"), name):
        assert f"  {what}: {target}" in listed


def test_each_module_that_measures_is_a_topic() -> None:
    [folder] = benchmarks.__path__
    measuring = {
        path.stem for path in Path(folder).glob("*.py") if "\nFIGURES" in path.read_text("utf-8")
    }
    assert measuring == set(TOPICS)


def test_each_table_is_of_a_topic() -> None:
    tables = re.findall(r"<!-- figures: (\w+) -->", PAGE.read_text(encoding="utf-8"))
    assert sorted(tables) == sorted(TOPICS)
