"""docs/contributing.md, followed word for word in a copy of the project."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT, agree, blocks, changed, typed, updated_output

PAGE = DOCS / "contributing.md"
EXAMPLES = ("Add a hook point", "Add a kind of step", "Add a lesson", "Add a renderer")
COPIED = ("densetrace", "tests", "docs")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the project to modify."""
    passed_over = shutil.ignore_patterns("__pycache__", "_build", ".*")
    for name in COPIED:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=passed_over)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def type_in(folder: Path, command: str) -> tuple[int, str]:
    """Run a command with the densetrace of the copy; return its exit code and output."""
    program, *rest = shlex.split(command)
    start = {"densetrace": [sys.executable, "-m", "densetrace"], "python": [sys.executable]}
    ended = subprocess.run(
        [*start[program], *rest],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "80"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    return ended.returncode, ended.stdout


@pytest.mark.parametrize("title", EXAMPLES)
def test_an_example_works_as_the_page_says(
    title: str, copy: Path, request: pytest.FixtureRequest
) -> None:
    page = PAGE.read_text(encoding="utf-8")
    section = page.partition(f"## {title}\n")[2]
    section = re.split(r"^## (?:Add|$)", section, flags=re.MULTILINE)[0]
    assert section
    for block in blocks(section):
        if block.language == "diff":
            assert block.file, f"no file is named before:\n{block.text}"
            path = copy / block.file
            path.write_text(changed(path.read_text("utf-8"), block.text), "utf-8")
        elif block.file:
            path = copy / block.file
            assert not path.exists()
            path.write_text(block.text, "utf-8")
        elif block.language == "console":
            told = ""
            for one in typed(block.text):
                code, shown = type_in(copy, one.command)
                assert code == 0, f"{one.command}\n{shown}"
                output = (
                    one.output if agree(one.output, shown) else updated_output(one.output, shown)
                )
                told += f"$ {one.command}\n{output}"
            if request.config.getoption("--update-goldens") and told != block.text:
                page = page.replace(block.text, told)
                PAGE.write_text(page, encoding="utf-8")
                continue
            assert told == block.text, f"the page tells:\n{block.text}\nand this comes:\n{told}"


def test_each_way_to_add_something_is_followed() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert tuple(re.findall(r"^## (Add .+)$", page, re.MULTILINE)) == EXAMPLES
