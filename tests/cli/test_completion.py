"""Tab completes commands, options and the words that they take, in each shell that typer knows."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from densetrace.data.names import listed
from densetrace.data.schema import KINDS
from densetrace.engines import ENGINES
from densetrace.teach import quiz
from densetrace.teach.course import names, titles
from densetrace.teach.glossary import GLOSSARY
from tests.cli.running import command, environment, run

BASH = shutil.which("bash")


def answer(shell: str, typed: str) -> str:
    """What a shell receives when Tab is pressed after this."""
    words = typed.split(" ")
    asked = {
        "_DENSETRACE_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(words) - 1),
        "_TYPER_COMPLETE_ARGS": typed,
        "_TYPER_COMPLETE_WORD_TO_COMPLETE": words[-1],
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    ended = subprocess.run(
        command([]), env=environment(asked), capture_output=True, text=True, check=True, timeout=60
    )
    assert ended.stderr == ""
    return ended.stdout


def offered(typed: str) -> list[str]:
    """The words that bash receives."""
    return answer("bash", typed).splitlines()


def test_commands() -> None:
    assert offered("densetrace ") == [
        "explain", "run", "step", "quiz", "diff", "why", "verify", "names", "demo", "glossary",
    ]  # fmt: skip
    assert offered("densetrace ex") == ["explain"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("densetrace names ", listed()),
        ("densetrace names l", ["layers", "losses"]),
        ("densetrace demo ", names()),
        ("densetrace glossary ", [*GLOSSARY, "notation"]),
        ("densetrace glossary fan", ["fan-in", "fan-out"]),
        ("densetrace quiz lesson.py --topic ", (*quiz.TOPICS, *(kind.name for kind in quiz.KINDS))),
        ("densetrace explain --engine ", ENGINES),
        ("densetrace verify --engine ", ["tf_keras", "keras"]),
        ("densetrace explain --level ", ["user", "author", "framework"]),
        ("densetrace diff --format ", ["tree", "plain", "json", "html"]),
        ("densetrace why --format ", ["tree", "plain", "json"]),
        ("densetrace step trace.json --format ", ["screen", "plain"]),
        ("densetrace explain --until b", ["build"]),
        ("densetrace explain --only ", KINDS),
        ("densetrace explain --only get,add_", ["get,add_weight"]),
        ("densetrace explain --input", ["--input-shape", "--input"]),
        ("densetrace demo --p", ["--pages"]),
        ("densetrace --show", ["--show-completion"]),
    ],
)
def test_the_words_that_an_argument_or_an_option_takes(typed: str, words: list[str]) -> None:
    assert offered(typed) == list(words)


@pytest.mark.parametrize(
    "typed",
    [
        "densetrace explain ",
        "densetrace explain tra",
        "densetrace run le",
        "densetrace diff one.json tw",
        "densetrace demo mine",
        "densetrace explain trace.json -o ",
    ],
)
def test_where_a_file_may_stand_nothing_is_offered_and_the_shell_offers_files(typed: str) -> None:
    assert [word for word in offered(typed) if word] == []


@pytest.mark.parametrize(
    ("shell", "form"),
    [
        ("zsh", '"lookups":"{title}"'),
        ("fish", "lookups\t{title}"),
        ("powershell", "lookups:::{title}"),
    ],
)
def test_other_shells_are_told_what_a_word_means(shell: str, form: str) -> None:
    assert form.format(title=titles()["lookups"]) in answer(shell, "densetrace demo look")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell", "pwsh"])
def test_every_shell_gets_its_script(shell: str) -> None:
    ended = run("--show-completion", shell, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"_DENSETRACE_COMPLETE" in ended.stdout


# -- a real shell ----------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with `densetrace` on the path, and completion installed for bash as a person does."""
    script = tmp_path / "bin" / "densetrace"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m densetrace "$@"\n')
    script.chmod(0o755)
    (tmp_path / "trace-of-mine.json").write_text("{}")
    return tmp_path


@pytest.fixture
def typed_in_bash(home: Path) -> Callable[[str], str]:
    """The command line of a bash after typing a text and Tab."""
    if BASH is None:
        pytest.skip("needs bash")
    around = environment({"HOME": str(home), "TERM": "dumb", "PATH": f"{home}/bin:/usr/bin:/bin"})
    installed = subprocess.run(
        [BASH, "-c", "densetrace --install-completion; true"],
        env=around, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert "bash completion installed" in installed.stdout, installed.stderr

    def typed(text: str) -> str:
        shell = pexpect.spawn(
            BASH, ["-i"], env=around, encoding="utf-8", timeout=30, cwd=str(home)
        )  # fmt: skip
        try:
            shell.sendline("PS1=; bind 'set enable-bracketed-paste off'; echo rea''dy")
            shell.expect("ready\r\n")
            # Ctrl-A and Ctrl-E go to both ends of the completed line, which bash then echoes.
            shell.send(f"{text}\t\x01echo [\x05]\n")
            shell.expect(r"\n\[(.*?) ?\]\r\n")
            assert isinstance(shell.match, re.Match)
            return str(shell.match[1])
        finally:
            shell.close(force=True)

    return typed


@pytest.mark.parametrize(
    ("text", "completed"),
    [
        ("densetrace expl", "densetrace explain"),
        ("densetrace names act", "densetrace names activations"),
        ("densetrace explain trace-of", "densetrace explain trace-of-mine.json"),
        ("densetrace explain 'D(4)' --for", "densetrace explain D(4) --format"),
        ("densetrace explain 'D(4)' --format ma", "densetrace explain D(4) --format markdown"),
    ],
)  # fmt: skip
def test_bash_completes(typed_in_bash: Callable[[str], str], text: str, completed: str) -> None:
    assert typed_in_bash(text) == completed
