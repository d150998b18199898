"""The page of a step is complete in itself."""

import subprocess
from pathlib import Path

import pytest

from densetrace.stepper.handout import page, save
from densetrace.stepper.source import Sources
from densetrace.system.errors import RequestError
from densetrace.system.escape import visible
from densetrace.terminal.command_line import command_line
from tests.stepper import numbers
from tests.stepper.timelines import session


def test_a_page_tells_the_step_in_full() -> None:
    text = page(
        session(at=numbers.KERNEL), Sources(), f'densetrace step "Dense(64)" --at {numbers.KERNEL}'
    )
    for said in (
        f"# Step {numbers.KERNEL} of {numbers.COUNT}",
        "kernel = add_weight('kernel') → f32[3,64]",
        "**What happens.** dense creates the weight kernel",
        "**Why.**",
        "**Where in Keras.**",
        "**Caused by** `densetrace/keras/layers/core/dense.py:",
        "self.kernel = self.add_weight(",
        "| new | kernel | f32\\[3,64\\] |",
        f'densetrace step "Dense(64)" --at {numbers.KERNEL}',
    ):
        assert said in text


def test_nothing_in_a_page_is_markup_that_we_did_not_write() -> None:
    expression = "Dense(3, name='<script>`x`|*_[a](b)')"
    for number in range(1, 12):
        for line in page(session(expression, at=number), Sources(), "x").splitlines():
            outside_code = "" if "`" in line and "\\`" not in line else line
            assert "<script>" not in outside_code.replace("\\<script\\>", "")


def test_a_page_never_replaces_another(tmp_path: Path) -> None:
    names = [save(f"{count}\n", 17, tmp_path).name for count in range(3)]
    assert names == ["densetrace-step-17.md", "densetrace-step-17-2.md", "densetrace-step-17-3.md"]
    assert (tmp_path / names[0]).read_text() == "0\n"


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="there is no folder"):
        save("x", 1, tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["densetrace", "step", "lesson.py"], "densetrace step lesson.py"),
        (["step", "Dense(1, name='a')"], "step \"Dense(1, name='a')\""),
        (["step", 'Dense(1, name="a")'], "step 'Dense(1, name=\"a\")'"),
        (["step", "a'$x"], "step 'a'\"'\"'$x'"),
        (["step", ""], "step ''"),
    ],
)
def test_a_command_can_be_typed_into_a_shell(words: list[str], line: str) -> None:
    import shlex

    assert command_line(words) == line
    assert shlex.split(line) == words


def test_a_command_with_odd_characters_is_escaped_once_and_can_be_typed() -> None:
    word = "e" + "\u0301" * 4 + "\x1b\u3164\n'\\ é"
    line = command_line(["printf", "%s", word])
    assert visible(line) == line
    shell = ["bash", "-c", line]
    assert subprocess.run(shell, capture_output=True, check=True).stdout.decode() == word
