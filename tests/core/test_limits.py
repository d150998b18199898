"""A test that hangs fails by name, and some cases of many can be chosen."""

import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.limits import chosen

PROJECT = Path(__file__).parents[2]
HANGS = """
def test_that_catches_everything():
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass

def test_after_it():
    pass
"""


def run_pytest(path: Path, *options: str) -> str:
    """Run pytest with the project's conftest on a file elsewhere, and return what it prints."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-c", "/dev/null"]
    return subprocess.run(
        [*command, f"--rootdir={path.parent}", *options, str(path)],
        cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
    ).stdout  # fmt: skip


def test_a_test_that_catches_its_time_limit_fails_by_name(tmp_path: Path) -> None:
    path = tmp_path / "test_hangs.py"
    path.write_text(HANGS)
    printed = run_pytest(path, "-n", "1", "--timeout", "0.5")
    assert "crashed while running 'test_hangs.py::test_that_catches_everything'" in printed
    assert "1 failed, 1 passed" in printed


def test_cases_are_chosen_of_each_test(tmp_path: Path) -> None:
    path = tmp_path / "test_cases.py"
    path.write_text(
        "import pytest\n"
        "@pytest.mark.parametrize('n', range(100))\n"
        "def test_many(n): pass\n"
        "def test_one(): pass\n"
    )
    assert "4 passed, 97 deselected" in run_pytest(path, "--cases", "3")
    assert "--cases is at least 1. Received: 0." in run_pytest(path, "--cases", "0")


@given(st.integers(1, 9), st.integers(1, 50))
def test_a_choice_is_of_the_size_asked_for_and_begins_with_the_first(most: int, count: int) -> None:
    names = [f"test_a[{n}]" for n in range(count)]
    run = chosen([*names, "test_b"], most)
    assert len(run) == min(most, count) + 1
    assert {"test_a[0]", "test_b"} <= run
