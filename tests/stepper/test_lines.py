"""Without a terminal the piped keys are run, and each step is printed."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import Result

from tests.cli.running import invoke, run
from tests.stepper import numbers
from tests.stepper.program import DENSE

SCRIPT = """\
from tensorflow.keras.layers import Dense

layer = Dense(3)
print("made")
layer.build((2, 4))
"""


def step(*arguments: str, keys: str | bytes = "") -> Result:
    return invoke("step", *arguments, stdin=keys)


def places(output: str) -> list[int]:
    return [int(line.split()[1]) for line in output.splitlines() if line.startswith("Step ")]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("", [numbers.NEW]),
        ("jjk", [numbers.NEW, numbers.LAYOUT, numbers.LAYER_INIT, numbers.LAYOUT]),
        ("j\nj\nk\n", [numbers.NEW, numbers.LAYOUT, numbers.LAYER_INIT, numbers.LAYOUT]),
        ("\n\n", [numbers.NEW, numbers.LAYOUT, numbers.LAYER_INIT]),
        ("next\nout\n", [numbers.NEW, numbers.LAYOUT]),
        ("/matmul\n.\n", [numbers.NEW, numbers.MATMUL]),
        ("amatmul\nakernel\n", [numbers.NEW, numbers.KERNEL]),
        ("a\nkernel\n.\n", [numbers.NEW, numbers.KERNEL, numbers.MATMUL]),
        (f"{numbers.KERNEL}\nlL", [numbers.NEW, numbers.KERNEL, numbers.KERNEL, numbers.KERNEL]),
        ("G", [numbers.NEW, numbers.LAST]),
        ("qj", [numbers.NEW]),
        ("\x1b[B\x1b[A", [numbers.NEW, numbers.LAYOUT, numbers.NEW]),
    ],
)
def test_piped_keys_are_run(keys: str, expected: list[int]) -> None:
    done = step(DENSE, keys=keys)
    assert (done.exit_code, done.stderr) == (0, "")
    assert places(done.stdout) == expected


def test_the_end_tells_how_to_come_back_and_that_works() -> None:
    kept = numbers.KERNEL_INITIALIZER
    done = step(DENSE, "--level", "framework", "--input-shape", "5", keys=str(kept))
    assert done.stdout.splitlines()[-1].strip() == (
        f'densetrace step "{DENSE}" --input-shape 5 --at {kept} --level framework'
    )
    again = step(DENSE, "--input-shape", "5", "--at", str(kept), "--level", "framework")
    assert places(again.stdout) == [kept]


@pytest.mark.parametrize("level", ["user", "author", "framework"])
def test_the_numbers_of_successive_stops_leave_no_gap(level: str) -> None:
    output = step(DENSE, "--level", level, keys="n\n" * numbers.COUNT).stdout
    shown = re.findall(
        r"^Step (\d+) of \d+(?:, with steps? (\d+)(?: to (\d+))?)?[,.]", output, re.M
    )
    expected = 1
    for number, first, last in shown:
        assert int(number) == expected
        assert not first or int(first) == expected + 1
        expected = int(last or first or number) + 1
    assert expected == numbers.COUNT + 1


def test_a_step_is_told_in_sentences_without_drawing() -> None:
    output = step(DENSE, keys=f"{numbers.KERNEL}\nv\nm\n").stdout
    for line in (
        f"Step {numbers.KERNEL} of {numbers.COUNT}, with steps {numbers.KERNEL + 1} to "
        f"{numbers.BIAS - 1}, inside step {numbers.BUILD}. "
        "Phase 2 first call: dense(x), x = f32[2,3]. Level author.",
        "kernel = add_weight('kernel') returns f32[3,64]",
        "Changed: dense.kernel = f32[3,64] (new)",
        "Attributes of dense so far:",
        "units = 64",
        f"After it: step {numbers.BIAS}, bias = add_weight('bias') returns f32[64]",
    ):
        assert line in output.splitlines()
    assert not set("├└│─→✗\x1b") & set(output)


def test_help_tells_every_key() -> None:
    output = step(DENSE, keys="?").stdout
    assert "q or quit: quit, and show how to come back here." in output
    assert "l or closer: next level: user, author, framework." in output


def test_help_tells_what_keys_do_in_lines() -> None:
    output = step(DENSE, keys="?").stdout.splitlines()
    assert "Enter alone, j n Down or next: next step (also Right)." in output
    assert "toggle-fold: fold or unfold." in output
    assert not [
        line for line in output if line.startswith(("Enter or ", "Space", "Ctrl-L", "b or"))
    ]
    for line, expected in (("", [1, 2]), ("37", [1, 37])):
        assert places(step(DENSE, keys=f"{line}\n").stdout) == expected
    assert "The steps inside are folded." in step(DENSE, keys="4\ntoggle-fold\n").stdout


def test_a_script_is_run_and_stepped_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lesson.py").write_text(SCRIPT)
    done = step("lesson.py", keys="3\n/build\n")
    assert done.stdout.startswith("made\n")
    assert "Phase line 3 layer = Dense(3)." in done.stdout
    assert done.stdout.rstrip().endswith(
        f"densetrace step lesson.py --at {places(done.stdout)[-1]}"
    )


def test_a_saved_trace_is_stepped_through_as_if_just_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    import densetrace

    densetrace.explain(DENSE, seed=0).save(tmp_path / "trace.json")
    saved = step("trace.json", keys="G").stdout
    fresh = step(DENSE, "--seed", "0", keys="G").stdout
    assert saved.splitlines()[:-1] == fresh.splitlines()[:-1]
    assert saved.splitlines()[-1].strip() == f"densetrace step trace.json --at {numbers.LAST}"


def test_a_failing_layer_is_walked_to_its_failure() -> None:
    done = step("Dense(-1)", keys="j")
    assert done.exit_code == 1
    assert "ValueError: Received an invalid value for `units`" in done.stdout
    assert done.stderr.startswith("The layer raised ValueError")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([DENSE, "--at", "0"], f"Steps go from 1 to {numbers.COUNT}. Received: --at 0."),
        ([DENSE, "--at", "99"], f"Steps go from 1 to {numbers.COUNT}. Received: --at 99."),
        ([DENSE, "--format", "screen"], "The screen needs a terminal"),
        (["Dnse(3)"], "Did you mean"),
        (["nowhere.json"], "File not found: nowhere.json"),
        (["nowhere.py"], "nowhere.py"),
        (["nowhere.json", "--seed", "1"], "--seed cannot change it"),
    ],
)
def test_a_wrong_request_is_answered_in_words(arguments: list[str], problem: str) -> None:
    done = step(*arguments)
    assert done.exit_code == 2
    assert problem in done.stderr
    assert "Traceback" not in done.stderr


def test_a_script_without_keras_has_no_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.py").write_text("print('hello')\n")
    done = step("empty.py")
    assert done.exit_code == 2
    assert "no Keras code ran" in done.stderr


def test_bytes_that_are_no_text_are_no_keys() -> None:
    done = run("step", DENSE, stdin=b"j\n\xff\xfe\nj\n")
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr


def test_the_command_that_comes_back_has_its_flags_as_flags() -> None:
    for options in (["--fit"], ["--fit", "--batches", "all"]):
        done = step("Dense(2)", *options, keys="jjq")
        command = shlex.split(done.stdout.strip().splitlines()[-1])
        assert command[:3] == ["densetrace", "step", "Dense(2)"]
        assert command[3:-2] == options
        again = invoke(*command[1:], stdin="q\n")
        assert again.exit_code == 0, again.output
