"""The command in a worker: one process for many requests, begun anew when a request ends it."""

import json
import os
import re
import select
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.cli.running import environment

WARNING = re.compile(r"^.*: UserWarning: .*\n(?:  .*\n)?", re.MULTILINE)
"""A warning as Python prints it, with its line where there is one."""

ALLOWED_SECONDS = 2.0
ALLOWED_KIB = 300 * 1024
REQUESTS = 1000
"""A worker is begun anew after so many: what libraries cache is not what one command needs."""
PATIENCE = 30.0
"""Seconds: a worker that has not answered by then hangs, however busy the machine is."""


@dataclass(frozen=True, slots=True)
class Measured:
    """How a request ended, the seconds of processor time it took, and the most memory it held."""

    code: object
    stdout: str
    stderr: str
    fault: str
    seconds: float
    kib: int


class Command:
    """Runs the command in `folder`, request by request. `patience` is how many seconds each of them
    may take before the worker counts as hanging."""

    def __init__(self, folder: Path, patience: float = PATIENCE) -> None:
        self.folder = folder
        self.patience = patience
        self._process: subprocess.Popen[bytes] | None = None
        self._answered = 0

    def run(self, *arguments: str, stdin: str = "") -> Measured:
        """One run of the command.

        Raises:
            AssertionError: when the process was ended by it, or did not answer.
        """
        if self._answered == REQUESTS:
            self.end()
        process = self._process = self._process or self._begin()
        request = json.dumps({"arguments": arguments, "stdin": stdin}) + "\n"
        try:
            answer = _answer(process, request.encode("ascii"), self.patience)
        except BaseException:  # such as the test's time limit: the answer would be the next one's
            self.end()
            raise
        if not answer:
            self.end()
            raise AssertionError(f"no answer, and exit code {process.returncode}: {arguments!r}")
        self._answered += 1
        return Measured(**json.loads(answer))

    def end(self) -> None:
        """End the worker, if there is one."""
        if self._process is None:
            return
        self._process.kill()
        self._process.communicate()
        self._process = None
        self._answered = 0

    def _begin(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=self.folder,
            # One thread: what is measured is the work, not how many cores shared it.
            env=environment({"OPENBLAS_NUM_THREADS": "1", "COLUMNS": "80"}),
        )


def _answer(process: "subprocess.Popen[bytes]", request: bytes, patience: float) -> bytes:
    """What the worker answers; nothing when it has ended, or does not answer."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(request)
    process.stdin.flush()
    ready, _, _ = select.select([process.stdout], [], [], patience)
    return process.stdout.readline() if ready else b""


def ended_well(measured: Measured, said: Sequence[object] = ()) -> None:
    """A run ended with exit code 0, 1 or 2, in time and memory, and a refusal is a sentence."""
    assert measured.fault == "", said
    assert measured.code in (0, 1, 2), (said, measured)
    assert "Traceback" not in measured.stderr, said
    assert "RuntimeWarning" not in measured.stderr, (said, measured.stderr)
    assert measured.seconds < ALLOWED_SECONDS, (said, measured.seconds)
    assert measured.kib < ALLOWED_KIB, (said, measured.kib)
    if measured.code == 2:
        # Keras warns of some layers before anything fails.
        refusal = WARNING.sub("", measured.stderr)
        assert refusal.startswith("Error: "), (said, measured.stderr)
        # A quiz on what was recorded before the refusal may follow it.
        assert len(refusal.partition("\nQuiz: ")[0]) < 1500, said


def nothing_left_in(folder: Path) -> None:
    assert os.listdir(folder) == []
