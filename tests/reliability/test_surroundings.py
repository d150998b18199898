"""Terminals of every kind and width, and encodings: the same text and the same exit code."""

import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.cli.running import command, environment, invoke
from tests.reliability.forks import Forks
from tests.reliability.test_pipes import MODEL

KEYS = "a\nb\n?\nskip\n" * 9
COMMANDS: Final[dict[str, tuple[list[str], str]]] = {
    "tree": (["explain", MODEL, "--seed", "1"], ""),
    "user": (["explain", MODEL, "--seed", "1", "--level", "user"], ""),
    "framework": (["explain", MODEL, "--seed", "1", "--level", "framework"], ""),
    "plain": (["explain", MODEL, "--seed", "1", "--format", "plain"], ""),
    "markdown": (["explain", MODEL, "--seed", "1", "--format", "markdown"], ""),
    "svg": (["explain", MODEL, "--seed", "1", "--format", "svg"], ""),
    "failing": (["explain", "Dense(-1)"], ""),
    "refused": (["explain", "Dnse(3)"], ""),
    "usage": (["explain", "Dense(3)", "--levle", "user"], ""),
    "why": (["why", MODEL, "dense_1.kernel"], ""),
    "diff": (["diff", "Dense(3)", "Dense(3, activation='relu')"], ""),
    "quiz": (["quiz", "Dense(3)", "--seed", "1"], KEYS),
    "demo": (["demo", "losses-come-late"], ""),
    "demo list": (["demo"], ""),
    "names": (["names"], ""),
    "glossary": (["glossary"], ""),
    "step": (["step", "Dense(3)"], "jjj/matmul\n.\nvmG?\n"),
    "run": (["run", str(Path(__file__).parent / "script.py")], ""),
}

FITTED: Final = ("tree", "user", "framework", "failing", "why", "diff", "glossary", "run")
"""Commands whose output fits any width from 20 columns."""

WIDTHS: Final = ["0", "1", "5", "20", "33", "1000", "junk", "-20", "", "9" * 300, "8e1", "\x1b[2J"]


NUMBERS: Final = re.compile(
    r" *\((?:min |all |-?[\d.]+(?:e[-+]?\d+)? to )[^()]*\)|(?<=\]) = \[[-\d., e+\[\]]*\]"
)
"""The numbers of a tensor, which follow its shape where there is room for them."""

PICTURE: Final = re.compile(r"Layers\s+of\s.*?(?=\n *layer\s)", re.DOTALL)
"""The heading of the layers of a model, which has the picture where there is room for it."""


def letters(text: str) -> str:
    """Return the letters of a text, without what is only shown where there is room, escapes, and x,
    which ASCII output uses for drawing."""
    without = PICTURE.sub("", NUMBERS.sub("", text))
    return re.sub(r"\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|[^A-Za-wyz]", "", without)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_width_changes_no_exit_code_and_loses_no_text(name: str) -> None:
    arguments, keys = COMMANDS[name]
    usual = invoke(*arguments, stdin=keys, COLUMNS="80")
    for columns in WIDTHS:
        here = invoke(*arguments, stdin=keys, COLUMNS=columns, LINES=columns)
        assert (here.exit_code, here.stderr) == (usual.exit_code, usual.stderr)
        number = int(columns) if columns in ("1", "5", "20", "33", "1000") else None
        if number is None:
            assert here.stdout == usual.stdout, columns
            continue
        if name in FITTED:
            longest = max((len(line) for line in here.stdout.splitlines()), default=0)
            assert longest <= max(number, 20), columns
        if name == "svg":  # the drawing depends on the width
            continue
        if name == "diff":  # the two sides may be in columns
            assert sorted(letters(here.stdout)) == sorted(letters(usual.stdout))
        else:
            assert letters(here.stdout) == letters(usual.stdout), columns


@pytest.mark.parametrize("name", COMMANDS)
def test_terminal_settings_change_no_exit_code(name: str, forks: Forks) -> None:
    arguments, keys = COMMANDS[name]
    usual = forks.run(arguments, stdin=keys.encode())
    for changes in (
        {"TERM": "dumb"},
        {"TERM": ""},
        {"NO_COLOR": "1"},
        {"FORCE_COLOR": "1"},
        {"ACCESSIBLE": "1"},
    ):
        here = forks.run(arguments, stdin=keys.encode(), changes=changes)
        assert (here.code, here.stderr) == (usual.code, usual.stderr), changes
        text = here.stdout.decode()
        if changes in ({"NO_COLOR": "1"}, {"TERM": ""}):
            assert here.stdout == usual.stdout
        if "FORCE_COLOR" in changes:
            plain = re.sub(r" *\x1b\[[0-9;]*m *(?=\n)|\x1b\[[0-9;]*m", "", text)
            assert plain.split() == usual.stdout.decode().split()
        else:
            assert "\x1b" not in text
        if changes in ({"TERM": "dumb"}, {"ACCESSIBLE": "1"}) and name not in ("svg", "markdown"):
            assert not set(text) & set("├└│─")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
@pytest.mark.parametrize("name", COMMANDS)
def test_an_encoding_loses_no_text(name: str, encoding: str, forks: Forks) -> None:
    arguments, keys = COMMANDS[name]
    usual = forks.run(arguments, stdin=keys.encode(), encoding="utf-8")
    here = forks.run(arguments, stdin=keys.encode(), encoding=encoding)
    assert here.code == usual.code
    if name in ("svg", "markdown"):  # files are always UTF-8
        assert here.stdout == usual.stdout
        return
    assert letters(here.stdout.decode(encoding)) == letters(usual.stdout.decode())
    assert letters(here.stderr.decode(encoding)) == letters(usual.stderr.decode())


@pytest.mark.parametrize(
    "changes", [{"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
)
def test_an_ascii_locale_gets_ascii_output(changes: dict[str, str]) -> None:
    done = subprocess.run(
        command(["explain", r"Dense(3, name='\xe9')"]),
        capture_output=True,
        env=environment(changes),
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    if "PYTHONUTF8" in changes:
        assert done.stdout.isascii()
        assert b"\\xe9" in done.stdout
    else:
        assert "├─" in done.stdout.decode()
