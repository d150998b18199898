"""The scripts in docs/examples run, and their headers let `uv run` install what they need."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

from tests.cli.running import environment

ROOT: Final = Path(__file__).parents[2]
EXAMPLES: Final = sorted((ROOT / "docs" / "examples").glob("*.py"))
PRINTS: Final = {
    "compare": ("equal steps", "Wrote diff.html."),
    "lookups": ("keras.activations.get('relu') -> relu", "keras.regularizers.get('l2') -> L2#1"),
    "own_layer": ("factor = add_weight('factor')", "Why scale.factor is f32[3]"),
    "training_step": ("dense/kernel:0", "before: (", "after:  ("),
}
"""What each example prints, among other things."""

_HEADER: Final = re.compile(r"(?m)^# /// script\n((?:#(?: .*)?\n)+?)# ///$")


def header(script: Path) -> dict[str, Any]:
    """The metadata of a script (PEP 723)."""
    [block] = _HEADER.findall(script.read_text(encoding="utf-8"))
    return tomllib.loads("".join(line[2:] or "\n" for line in block.splitlines(keepends=True)))


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda script: script.stem)
def test_an_example_names_the_project_and_its_python(script: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = header(script)
    assert found["dependencies"] == [project["name"]]
    assert found["requires-python"] == project["requires-python"]
    path = found["tool"]["uv"]["sources"][project["name"]]["path"]
    assert (script.parent / path).resolve() == ROOT


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda script: script.stem)
def test_an_example_runs(script: Path, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True, encoding="utf-8", cwd=tmp_path, check=False, timeout=60,
        env=environment({"COLUMNS": "80", "PYTHONPATH": str(ROOT)}),
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
    for words in PRINTS[script.stem]:
        assert words in ended.stdout
    for written in tmp_path.iterdir():
        assert written.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_the_documentation_lists_each_example() -> None:
    page = (ROOT / "docs" / "howto.md").read_text(encoding="utf-8")
    assert EXAMPLES
    for script in EXAMPLES:
        assert f"(examples/{script.name})" in page
