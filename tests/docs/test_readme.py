"""The commands and the code of the README run, and its picture is the output."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

import densetrace
from densetrace.cli.commands import app
from densetrace.cli.explain import USUAL_SEED
from densetrace.render.svg import render_svg

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PICTURE = ROOT / "docs" / "explain.svg"
COMMANDS = re.findall(r"^    densetrace (.+)$", README, re.MULTILINE)
DIFFERS_OR_FAILS = ("rleu", "diff ")
"""A text in each example that is expected to end with exit code 1."""


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_readme_does_what_it_promises(command: str) -> None:
    ended = CliRunner().invoke(app, shlex.split(command), input="q\n")
    expected = 1 if any(sign in command + " " for sign in DIFFERS_OR_FAILS) else 0
    assert ended.exit_code == expected
    assert ended.stdout.strip()


def test_there_are_five_things_to_try() -> None:
    assert len(COMMANDS) == 5


def test_the_code_of_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    [code] = re.findall(r"```python\n(.+?)```", README, re.DOTALL)
    exec(code, {})
    printed = capsys.readouterr().out
    assert "activation = activations.get('relu') → function relu" in printed
    [operations] = re.findall(r"```text\n(.+?)```", README, re.DOTALL)
    assert printed.endswith(operations)


def test_the_picture_is_what_the_command_prints(request: pytest.FixtureRequest) -> None:
    made = render_svg(densetrace.explain("Dense(64, activation='relu')", seed=USUAL_SEED))
    if request.config.getoption("--update-goldens"):
        PICTURE.write_text(made, encoding="utf-8")
    assert PICTURE.read_text(encoding="utf-8") == made
    assert "http" not in made.replace("http://www.w3.org/2000/svg", "")


def test_every_link_leads_somewhere() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_ci_runs_the_second_command_word_for_word() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "grep -m 1 'pytest'" in script
    assert README.count("-m pytest") == 1
