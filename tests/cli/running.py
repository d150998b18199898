"""Runs the command: in this process for speed, or as people do, in one of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from typer.testing import CliRunner, Result

from densetrace.cli.commands import app

CLEAN: dict[str, str | None] = dict.fromkeys(
    ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "TERM", "ACCESSIBLE", "PYTHONIOENCODING")
)


def invoke(*arguments: str, stdin: str | bytes | None = None, **environment: str) -> Result:
    """The command in this process, without what our own terminal says of itself."""
    result = CliRunner().invoke(app, list(arguments), input=stdin, env={**CLEAN, **environment})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def environment(changes: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without what our own terminal says of itself."""
    kept = {name: value for name, value in os.environ.items() if name not in CLEAN}
    root = str(Path(__file__).parents[2])
    return kept | {"PYTHONPATH": root} | dict(changes)


def command(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "densetrace", *arguments]


def run(
    *arguments: str, cwd: Path | None = None, stdin: bytes = b"", **changes: str
) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own."""
    return subprocess.run(
        command(arguments),
        input=stdin,
        capture_output=True,
        timeout=60,
        cwd=cwd,
        env=environment(changes),
        check=False,
    )
