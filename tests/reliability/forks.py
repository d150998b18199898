"""Runs the command many times, each in a process forked from one that has imported everything.

The forked process has real streams, runs the entry point and exits like any Python process. Run as
a script, this module is the process that forks.
"""

import fcntl
import gc
import io
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.cli.running import environment

LONGEST: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Ended:
    """The exit code and the output of a run."""

    code: int
    stdout: bytes
    stderr: bytes


@dataclass(slots=True)
class Forks:
    """Runs the command in forked processes, and can close its output pipe early."""

    _link: socket.socket = field(init=False)
    _server: "subprocess.Popen[bytes]" = field(init=False)

    def __post_init__(self) -> None:
        self._link, child_end = socket.socketpair()
        arguments = [sys.executable, "-m", "tests.reliability.forks", str(child_end.fileno())]
        self._server = subprocess.Popen(
            arguments, pass_fds=[child_end.fileno()], env=environment({"TERM": "xterm-256color"})
        )
        child_end.close()

    def close(self) -> None:
        """End the forking process."""
        self._link.close()
        self._server.wait()

    def run(
        self,
        arguments: Sequence[str],
        *,
        stdin: bytes = b"",
        reads: int | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
        encoding: str = "utf-8",
        changes: Mapping[str, str] | None = None,
    ) -> Ended:
        """Run the command.

        Args:
            arguments: the words after the name of the command.
            stdin: the piped input.
            reads: the number of bytes of output to read before closing the pipe; None reads all.
            stdout: a file descriptor for standard output instead of a pipe.
            stderr: a file descriptor for standard error instead of a pipe.
            encoding: the encoding of the streams.
            changes: environment variables to set.
        """
        request = [list(arguments), encoding, dict(changes or {})]
        keys_read, keys_write = os.pipe()
        out_read, out_write = os.pipe()
        if hasattr(fcntl, "F_SETPIPE_SZ"):  # the smallest pipe, so that a writer blocks
            fcntl.fcntl(out_write, fcntl.F_SETPIPE_SZ, 4096)
        messages_read, messages_write = os.pipe()
        given = [
            keys_read,
            out_write if stdout is None else stdout,
            messages_write if stderr is None else stderr,
        ]
        socket.send_fds(self._link, [json.dumps(request).encode()], given)
        for end in (keys_read, out_write, messages_write):
            os.close(end)
        with os.fdopen(keys_write, "wb") as keys:
            keys.write(stdin)  # fits into the pipe
        with os.fdopen(out_read, "rb", buffering=0) as output:
            # With 0 bytes, the pipe is closed before the first byte is written.
            seen = _read(output, LONGEST if reads is None else reads)
        with os.fdopen(messages_read, "rb", buffering=0) as messages:
            said = _read(messages, LONGEST)
        return Ended(int(self._link.recv(100)), seen, said)


def _read(stream: Any, most: int) -> bytes:
    data = b""
    while len(data) < most and (block := stream.read(most - len(data))):
        data += block
    return data


def _serve(link: socket.socket) -> tuple[list[str], str, dict[str, str]]:
    """Fork for each request, and return the request in the new process."""
    while True:
        message, streams, _, _ = socket.recv_fds(link, LONGEST, 3)
        if not message:
            os._exit(0)
        process = os.fork()
        if process == 0:
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
                os.close(stream)
            link.close()
            arguments, encoding, changes = json.loads(message)
            return arguments, encoding, changes
        for stream in streams:
            os.close(stream)
        _, status = os.waitpid(process, 0)
        link.send(str(os.waitstatus_to_exitcode(status)).encode())


def _load_everything() -> None:
    import importlib
    import pkgutil

    import rich.console
    import rich.tree

    import densetrace

    assert rich.console
    assert rich.tree
    for found in pkgutil.walk_packages(densetrace.__path__, "densetrace."):
        importlib.import_module(found.name)


if __name__ == "__main__":
    _load_everything()
    gc.freeze()
    arguments, encoding, changes = _serve(socket.socket(fileno=int(sys.argv[1])))
    sys.argv = ["densetrace", *arguments]
    os.environ.update(changes)
    sys.stdin, sys.stdout, sys.stderr = (
        io.TextIOWrapper(open(number, mode, closefd=False), encoding=encoding)  # noqa: SIM115 - stays open
        for number, mode in ((0, "rb"), (1, "wb"), (2, "wb"))
    )
    from densetrace.__main__ import main

    main()
