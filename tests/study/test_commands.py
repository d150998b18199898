"""`densetrace diff` and `densetrace why`: arguments, outputs and exit codes."""

import json
from pathlib import Path

import pytest

from densetrace import api
from densetrace.system.errors import quoted
from tests.cli.running import invoke
from tests.study.lessons import SCRIPT

DENSE, RELU = "Dense(64)", "Dense(64, activation='relu')"


class TestDiff:
    @pytest.mark.parametrize(("other", "code"), [(DENSE, 0), (RELU, 1), ("Dence(64)", 2)])
    def test_the_exit_code_tells_the_same_from_different(self, other: str, code: int) -> None:
        assert invoke("diff", DENSE, other).exit_code == code

    def test_the_result_goes_to_standard_output_and_nothing_to_standard_error(self) -> None:
        result = invoke("diff", DENSE, RELU)
        assert result.stderr == ""
        assert result.stdout == api.explain(DENSE, seed=1).diff(api.explain(RELU, seed=1))
        assert len(result.stdout.splitlines()) <= 26

    def test_two_expressions_draw_the_same_random_numbers(self) -> None:
        stdout = " ".join(invoke("diff", DENSE, RELU).stdout.split())
        assert "The weights are the same; the output has the same shape" in stdout
        assert "The two traces are the same" in invoke("diff", DENSE, DENSE).stdout
        assert "same; " not in invoke("diff", DENSE, RELU, "--until", "init").stdout

    def test_a_narrow_terminal_gets_both_sides_below_each_other(self) -> None:
        assert (
            "+ Layer.__new__(Dense, 64, activation='relu')"
            in invoke("diff", DENSE, RELU, COLUMNS="60").stdout
        )

    def test_expressions_scripts_and_saved_traces_can_be_compared(self, tmp_path: Path) -> None:
        saved, lesson = tmp_path / "saved.json", tmp_path / "lesson.py"
        api.explain(DENSE).save(saved)
        lesson.write_text(SCRIPT + "print('hello')\n", encoding="utf-8")
        assert invoke("diff", DENSE, str(saved)).exit_code == 0
        assert invoke("diff", "-", str(saved), stdin=DENSE).exit_code == 0
        result = invoke("diff", str(lesson), str(lesson))
        assert (result.exit_code, result.stderr) == (0, "hello\nhello\n")
        assert "hello" not in result.stdout
        assert invoke("diff", str(lesson), DENSE).exit_code == 1

    def test_options_hold_for_both_sides(self) -> None:
        result = invoke("diff", DENSE, RELU, "--until", "build")
        assert "relu(f32" not in result.stdout
        assert invoke("diff", DENSE, "Dense(64)", "--input-shape", "5").exit_code == 0

    def test_as_data(self, tmp_path: Path) -> None:
        data = json.loads(invoke("diff", DENSE, RELU, "--format", "json").stdout)
        assert data["same"] is False
        file = tmp_path / "diff.json"
        result = invoke("diff", DENSE, RELU, "-o", str(file))
        assert (result.exit_code, result.stdout) == (1, "")
        assert json.loads(file.read_text(encoding="utf-8")) == data

    def test_for_a_screen_reader(self) -> None:
        assert invoke("diff", DENSE, RELU, ACCESSIBLE="1").stdout.startswith("Left: Dense(64)\n")


class TestWhy:
    def test_the_result_goes_to_standard_output(self) -> None:
        result = invoke("why", RELU, "kernel")
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout.startswith("Why dense.kernel is f32[3,64]\n")

    def test_it_is_a_method_of_a_trace_too(self) -> None:
        trace = api.explain(RELU)
        assert trace.why("activation") == invoke("why", RELU, "activation").stdout

    def test_of_a_script_and_of_a_saved_trace(self, tmp_path: Path) -> None:
        saved, lesson = tmp_path / "saved.json", tmp_path / "lesson.py"
        api.explain(RELU).save(saved)
        lesson.write_text(SCRIPT, encoding="utf-8")
        assert "your width=4" in invoke("why", str(lesson), "doubled").stdout
        assert "your units=64" in invoke("why", str(saved), "units").stdout

    def test_of_a_layer_that_raised_it_answers_and_ends_as_the_layer_did(self) -> None:
        result = invoke("why", "Dense(4, activation='nope')", "units")
        assert result.exit_code == 1
        assert "units = 4" in result.stdout
        assert "The layer raised ValueError" in result.stderr

    def test_as_data_and_flat(self) -> None:
        assert json.loads(invoke("why", RELU, "kernel", "--format", "json").stdout)["links"]
        assert "Link 1 of 6, step 1 of" in invoke("why", RELU, "kernel", "--format", "plain").stdout


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["why", DENSE, "krnel"], "Did you mean kernel?"),
        (
            ["why", DENSE, "kernel", "-o", "x.html"],
            ".txt (tree), none (tree). Received: -o 'x.html'",
        ),
        (["why", DENSE], "Missing argument 'TARGET'"),
        (["why", "nowhere.json", "kernel"], "File not found: nowhere.json"),
        (["why", "nowhere.py", "kernel"], "File not found: nowhere.py"),
        (["diff", DENSE], "Missing argument 'B'"),
        (["diff", "-", "-"], "Only one of the two"),
        (["diff", DENSE, RELU, "--until", "biuld"], "build"),
        (["diff", "nowhere.json", RELU, "--until", "build"], "--until cannot change it"),
    ],
)
def test_a_wrong_request_says_what_to_type(arguments: list[str], hint: str) -> None:
    result = invoke(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert hint in result.stderr
    assert "Traceback" not in result.stderr


def test_a_target_with_a_space_has_to_be_quoted() -> None:
    result = invoke("why", "trace.json", "fit", "2.loss")
    assert result.exit_code == 2
    assert "Quote a target with a space, too: densetrace why trace.json '" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("kernel", "a.json"), "Did you swap them? Try densetrace why a.json kernel"),
        (("dense/kernel", "b.py"), "Did you swap them? Try densetrace why b.py dense/kernel"),
        (("units", DENSE), f"Did you swap them? Try densetrace why '{DENSE}' units"),
        (("epoch", "2"), "Try densetrace why trace.json 'epoch 2'"),
    ],
)
def test_arguments_of_why_in_the_wrong_order(arguments: tuple[str, str], hint: str) -> None:
    result = invoke("why", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        "Error: The expression or file comes first, then the target. Received: "
        + " ".join(map(quoted, arguments)),
        hint,
    ]
