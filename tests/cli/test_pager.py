"""A tree or list that is longer than the terminal goes through a pager, and nothing else does."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from densetrace.terminal import pager

ROWS = 10
LONG = "Dense(64, activation='relu')"


def on_terminal(*arguments: str, rows: int = ROWS, **environment: str) -> str:
    """What a terminal of few rows shows of a command."""
    import fcntl
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, 80, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "densetrace", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env=dict(os.environ, TERM="xterm", **environment),
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65536):
            shown += piece
    except OSError:  # the other end is closed
        pass
    finally:
        os.close(ours)
        assert process.wait(60) == 0, shown
    return shown.decode()


def script(folder: Path, body: str) -> str:
    path = folder / "pager"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def marking(tmp_path: Path) -> str:
    """A pager that says that it ran."""
    return script(tmp_path, "echo PAGED; cat")


def test_a_long_tree_goes_through_the_pager(marking: str) -> None:
    shown = on_terminal("explain", LONG, DENSETRACE_PAGER=marking)
    assert shown.startswith("PAGED")
    assert "57 steps" in shown


@pytest.mark.parametrize(("command", "end"), [("names", "TruePositives"), ("glossary", "wrapper")])
def test_so_does_a_long_list(marking: str, command: str, end: str) -> None:
    shown = on_terminal(command, DENSETRACE_PAGER=marking)
    assert shown.startswith("PAGED")
    assert end in shown
    assert "PAGED" not in on_terminal(command, rows=2000, DENSETRACE_PAGER=marking)
    assert "PAGED" not in on_terminal(command, DENSETRACE_PAGER=marking, ACCESSIBLE="1")


def test_the_variable_of_densetrace_goes_before_that_of_all_programs(marking: str) -> None:
    assert "PAGED" not in on_terminal("explain", LONG, DENSETRACE_PAGER="", PAGER=marking)


@pytest.mark.parametrize("arguments", [("--no-pager",), ("-o", "t.json")])
def test_no_pager_where_none_is_needed(
    marking: str, arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    monkeypatch.chdir(tmp_path)
    assert "PAGED" not in on_terminal("explain", LONG, *arguments, DENSETRACE_PAGER=marking)


def test_none_where_the_terminal_shows_all(marking: str) -> None:
    assert "PAGED" not in on_terminal("explain", LONG, rows=100, DENSETRACE_PAGER=marking)


def test_none_for_a_screen_reader(marking: str) -> None:
    assert "PAGED" not in on_terminal("explain", LONG, DENSETRACE_PAGER=marking, ACCESSIBLE="1")


def test_none_in_a_pipe(marking: str) -> None:
    environment = dict(os.environ, DENSETRACE_PAGER=marking)
    command = [sys.executable, "-m", "densetrace", "explain", LONG]
    shown = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert "PAGED" not in shown.stdout


def test_quitting_early_is_no_error(tmp_path: Path) -> None:
    shown = on_terminal("explain", LONG, DENSETRACE_PAGER=script(tmp_path, "head -n 1"))
    assert "step by step" in shown
    assert "Traceback" not in shown
    assert "57 steps" not in shown


@pytest.mark.parametrize("asked", ["no-such-pager", "'", "", "cat"])
def test_without_such_a_program_the_tree_is_printed(asked: str) -> None:
    assert "57 steps" in on_terminal("explain", LONG, DENSETRACE_PAGER=asked)


def test_less_is_the_usual_pager(tmp_path: Path) -> None:
    less = tmp_path / "less"
    less.touch(0o755)
    assert pager.command({"PATH": str(tmp_path)}) == ["less"]
    assert pager.command({"PATH": str(tmp_path), "PAGER": "less -S"}) == ["less", "-S"]
    assert pager.command({"PATH": ""}) == []
