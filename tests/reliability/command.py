"""Runs the command in a worker process that serves many requests and is restarted if it ends."""

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
"""A warning as Python prints it, with its source line if there is one."""

ALLOWED_SECONDS = 2.0
ALLOWED_KIB = 300 * 1024
REQUESTS = 1000
"""Requests per worker: caches of libraries would otherwise count as memory of one command."""
PATIENCE = 30.0
"""Seconds after which a worker counts as hanging, even on a busy machine."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The exit code, output, CPU seconds and peak memory of a request."""

    code: object
    stdout: str
    stderr: str
    fault: str
    seconds: float
    kib: int


class Command:
    """Runs the command in `folder`, one request after another.

    A request that takes more than `patience` seconds counts as hanging.
    """

    def __init__(self, folder: Path, patience: float = PATIENCE) -> None:
        self.folder = folder
        self.patience = patience
        self._process: subprocess.Popen[bytes] | None = None
        self._answered = 0

    def run(self, *arguments: str, stdin: str = "") -> Measured:
        """Run the command once.

        Raises:
            AssertionError: if the worker ended or did not answer.
        """
        if self._answered == REQUESTS:
            self.end()
        process = self._process = self._process or self._begin()
        request = json.dumps({"arguments": arguments, "stdin": stdin}) + "\n"
        try:
            answer = _answer(process, request.encode("ascii"), self.patience)
        except BaseException:  # such as the time limit: the next request would read this answer
            self.end()
            raise
        if not answer:
            self.end()
            raise AssertionError(f"no answer, and exit code {process.returncode}: {arguments!r}")
        self._answered += 1
        return Measured(**json.loads(answer))

    def end(self) -> None:
        """Kill the worker, if there is one."""
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
            # One thread, so that the CPU time does not depend on the number of cores.
            env=environment({"OPENBLAS_NUM_THREADS": "1", "COLUMNS": "80"}),
        )


def _answer(process: "subprocess.Popen[bytes]", request: bytes, patience: float) -> bytes:
    """Return the answer of the worker; nothing if it has ended or does not answer in time."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(request)
    process.stdin.flush()
    ready, _, _ = select.select([process.stdout], [], [], patience)
    return process.stdout.readline() if ready else b""


def ended_well(measured: Measured, request: Sequence[object] = ()) -> None:
    """Check the exit code (0, 1 or 2), time, memory and messages of a run."""
    assert measured.fault == "", request
    assert measured.code in (0, 1, 2), (request, measured)
    assert "Traceback" not in measured.stderr, request
    assert "RuntimeWarning" not in measured.stderr, (request, measured.stderr)
    assert measured.seconds < ALLOWED_SECONDS, (request, measured.seconds)
    assert measured.kib < ALLOWED_KIB, (request, measured.kib)
    if measured.code == 2:
        # Keras may warn about a layer before the refusal.
        refusal = WARNING.sub("", measured.stderr)
        assert refusal.startswith("Error: "), (request, measured.stderr)
        # A quiz about the steps before the refusal may follow it.
        assert len(refusal.partition("\nQuiz: ")[0]) < 1500, request


def nothing_left_in(folder: Path) -> None:
    assert os.listdir(folder) == []
