"""Runs the command: in this process for speed, or as people do, in one of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from typer.testing import CliRunner, Result

from densetrace.cli.commands import app


def invoke(*arguments: str, stdin: str | bytes | None = None, **environment: str) -> Result:
    """The command in this process."""
    result = CliRunner().invoke(app, list(arguments), input=stdin, env=environment)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def environment(changes: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process that finds the package; tests/process_setup.py cleans it."""
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **changes}


def command(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "densetrace", *arguments]


@contextmanager
def killed_on_failure(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Kill a process where the test fails that talks with it, or takes too long: to leave a `with`
    block of it waits for its end."""
    try:
        yield
    except BaseException:
        process.kill()
        raise


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
