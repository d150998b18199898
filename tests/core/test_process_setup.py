"""Processes that tests start have default signals and no settings of the user's terminal, shell,
language and Python, however pytest was started."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")

STARTED_BY = """
import os, signal, sys
for name in ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGTSTP", "SIGCHLD", "SIGWINCH"):
    signal.signal(getattr(signal, name), signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGTERM])
os.umask(0o077)
os.execv(sys.executable, [sys.executable, "-c", sys.argv[1], sys.argv[2]])
"""
PYTEST = """
import os, signal, subprocess, sys
from tests.process_setup import set_up_process
set_up_process()
os.kill(os.getpid(), signal.SIGHUP)  # as under nohup, this process outlives its terminal
subprocess.run([sys.executable, "-c", sys.argv[1]], check=True)
"""
TEST = """
import json, os, signal
ignored = [n for n in signal.valid_signals() if signal.getsignal(n) is signal.SIG_IGN]
blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])
names = [signal.Signals(n).name for n in (*ignored, *blocked)]
print(json.dumps([sorted(names), os.umask(0), dict(os.environ)]))
"""
PERSONAL = dict.fromkeys(
    (
        "TERM", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "PAGER", "LANG", "LC_CTYPE", "SHELL",
        "PYTHONWARNINGS", "PYTHONIOENCODING", "ACCESSIBLE", "TERMINAL_WIDTH", "TTY_COMPATIBLE",
        "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION",
    ),
    "1",
)  # fmt: skip


@pytest.fixture(scope="module")
def report() -> tuple[list[str], int, dict[str, str]]:
    """The ignored and blocked signals, umask and environment of a process that a test starts."""
    around = environment({**PERSONAL, "PYTHONWARNINGS": "ignore", "PYTHONIOENCODING": "ascii"})
    ended = subprocess.run(
        [sys.executable, "-c", STARTED_BY, PYTEST, TEST],
        env=around, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    printed: Any = json.loads(ended.stdout)
    return tuple(printed)


def test_signals_have_their_default_actions(report: tuple[list[str], int, dict[str, str]]) -> None:
    assert report[0] == ["SIGPIPE", "SIGXFSZ"]  # Python itself ignores these


def test_the_umask_lets_others_read_files(report: tuple[list[str], int, dict[str, str]]) -> None:
    assert report[1] == 0o022


def test_settings_of_the_user_are_removed(report: tuple[list[str], int, dict[str, str]]) -> None:
    around = report[2]
    assert set(PERSONAL).isdisjoint(around)
    assert around["LC_ALL"] == "C.UTF-8"
    assert "PATH" in around


def test_the_process_of_the_tests_is_set_up_too() -> None:
    assert set(PERSONAL).isdisjoint(os.environ)
    assert Path(os.environ["HOME"]).name.startswith("home")


def test_a_test_has_a_time_limit() -> None:
    assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
