"""The lesson in docs/lessons.md runs, and its outputs are those of densetrace."""

import re
from pathlib import Path

import pytest

from densetrace.teach.asserts import read_asserts
from densetrace.teach.course import builtin, names
from densetrace.teach.lesson_options import OPTIONS
from tests.cli.running import invoke

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "lessons.md").read_text(encoding="utf-8")
LESSON, MISSING = re.findall(r"````markdown\n(.+?)````", PAGE, re.DOTALL)
BROKEN, MENDED, WRONG = re.findall(r"```console\n\$ densetrace (.+?)\n(.+?)```", PAGE, re.DOTALL)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def mended() -> str:
    lesson: str = LESSON
    return lesson.replace("## Investigate\n", f"## Investigate\n\n{MISSING}")


def test_the_broken_lesson_is_told_as_the_page_says() -> None:
    Path("mine.md").write_text(LESSON)
    ended = invoke(*BROKEN[0].split())
    assert (ended.exit_code, ended.stderr) == (2, BROKEN[1])


def test_the_mended_lesson_comes_true_as_the_page_says() -> None:
    Path("mine.md").write_text(mended())
    ended = invoke(*MENDED[0].split())
    assert (ended.exit_code, ended.stdout) == (0, MENDED[1])


def test_a_failure_looks_as_the_page_says() -> None:
    lesson = "# Wrong\n\n```trace\nDense(2, 'relu')\n```\n\n```expect\n"
    wrong = 'assert step("get", registry="activations").result == "tanh"\n```\n'
    Path("wrong.md").write_text(lesson + wrong)
    ended = invoke(*WRONG[0].split())
    assert (ended.exit_code, ended.stderr) == (1, WRONG[1])


@pytest.mark.parametrize(
    "typed", re.findall(r"^\| `densetrace (demo mine.md.*?)` \|", PAGE, re.MULTILINE)
)
def test_every_command_of_the_page_does_something(typed: str) -> None:
    Path("mine.md").write_text(mended())
    ended = invoke(*typed.split(), stdin="q\n")
    assert ended.exit_code == 0
    assert ended.stdout or Path("mine.html").exists()


def test_every_expectation_of_the_page_can_be_written() -> None:
    table = PAGE.partition("## What it expects")[2].partition("You can use these names")[0]
    lines = re.findall(r"^\| `(.+?)` \|", table, re.MULTILINE)
    assert len(lines) >= 10
    for line in lines:
        assert read_asserts(line)


def test_the_options_of_the_page_are_those_there_are() -> None:
    rows = re.findall(r"^\| `(\w+)` \| .+? \| (.+) \|$", PAGE, re.MULTILINE)
    told = {name: re.findall(r"`([\w-]+)`", options) for name, options in rows}
    assert told == {name: list(options) for name, options in OPTIONS.items()}


def test_a_lesson_for_everybody_is_listed_once_its_file_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As the page says: the file goes into densetrace/teach/lessons/. Here that is a copy.
    folder = tmp_path / "lessons"
    folder.mkdir()
    for name in names()[:2]:
        (folder / f"{name}.md").write_text("# Title\n")
    (folder / "use-bias.md").write_text(mended())
    monkeypatch.setattr("densetrace.teach.course.files", lambda package: tmp_path)
    assert names()[-1] == "use-bias"
    assert builtin("use-bias").title == "What use_bias changes"
    assert invoke("demo", "use-bias", "--check").exit_code == 0
