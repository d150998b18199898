"""`densetrace diff` says of each of its two runs what ended it: once, and of which."""

from pathlib import Path

import pytest

import densetrace
from tests.cli.running import invoke

TOO_BIG = "Dense(200000000)"
BIGGER = "Sequential([Dense(4), Dense(300000000)])"


def of_each(stderr: str) -> list[str]:
    """Which runs the messages are about, in order."""
    return [line.split()[2] for line in stderr.splitlines() if line.startswith("Error: In ")]


@pytest.fixture
def refused(tmp_path: Path) -> str:
    path = tmp_path / "refused.py"
    path.write_text("import keras\nkeras.layers.Dense(3)\nkeras.layers.Conv3D()\n")
    return str(path)


def test_each_refusal_is_said_once_and_in_order(refused: str, tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    densetrace.explain(BIGGER).save(saved)
    runs = (TOO_BIG, BIGGER, refused, str(saved))
    for first in runs:
        for second in runs:
            ended = invoke("diff", first, second)
            assert ended.exit_code == 2
            assert of_each(ended.stderr) == ["A:", "B:"]
            assert ended.stderr.count("Error: ") == 2


def test_only_the_one_that_is_refused_is_named(refused: str) -> None:
    for first, second, name in ((refused, "Dense(3)", "A:"), ("Dense(3)", refused, "B:")):
        ended = invoke("diff", first, second)
        assert (ended.exit_code, of_each(ended.stderr)) == (2, [name])
        assert ended.stdout


def test_what_cannot_be_run_at_all_is_named_too(refused: str) -> None:
    ended = invoke("diff", "Dnse(3)", "Dense(3)")
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert ended.stderr.startswith("Error: In A: Dnse is not a name that densetrace knows")
    assert "Did you mean Dense?" in ended.stderr
    ended = invoke("diff", refused, "Dnse(3)")
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert of_each(ended.stderr) == ["A:", "B:"]


def test_what_is_wrong_with_an_option_is_said_of_neither() -> None:
    ended = invoke("diff", "Dense(3)", "Dense(4)", "--input-shape", "x")
    assert ended.stderr.startswith("Error: A shape consists of positive whole numbers")


def test_a_traceback_names_its_run(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("1 / 0\n")
    stderr = invoke("diff", str(path), "Dense(3)").stderr
    assert stderr.startswith("In A: Traceback (most recent call last):\n")


def test_an_exception_is_a_difference_and_a_refusal_is_an_invalid_request() -> None:
    raising = "Dense(4, activation='rleu')"
    codes = [invoke("diff", *two).exit_code for two in (
        ("Dense(4)", "Dense(4)"), (raising, "Dense(4)"), (raising, raising), (TOO_BIG, "Dense(4)")
    )]  # fmt: skip
    assert codes == [0, 1, 0, 2]
    said = " ".join(invoke("diff", "--help").stdout.split())
    assert "0 the same 1 different 2 the request is invalid, densetrace refuses to run" in said
    assert "the two are the same if both raise after the same steps" in said
