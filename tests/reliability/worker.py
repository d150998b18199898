"""Runs the command repeatedly in one process and measures each run.

Each line of input is a request, `{"arguments": [...], "stdin": text}` as JSON; each line of output
is a `Measured` as JSON. If the process ends or hangs, the current request is to blame.
"""

import contextlib
import gc
import io
import json
import os
import resource
import sys
import time
import traceback
import warnings
from typing import Any, Final

from typer.main import get_command

from densetrace.cli.commands import app

COMMAND: Final = get_command(app)
"""Created once, as in a process that runs one command."""

ADDRESS_SPACE = 3 * 2**30
"""Bytes of address space, which protects the machine that runs the tests."""


def peak_kib() -> int:
    """Return the peak memory of this process since `forget_peak`, in KiB."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def forget_peak() -> None:
    with open("/proc/self/clear_refs", "w", encoding="ascii") as references:
        references.write("5")


def run(arguments: list[str], stdin: str) -> dict[str, Any]:
    streams = [
        io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", errors=errors)
        for data, errors in ((stdin.encode("utf-8", "surrogatepass"), "strict"),
                             (b"", "strict"), (b"", "backslashreplace"))
    ]  # fmt: skip
    kept = sys.stdin, sys.stdout, sys.stderr
    sys.stdin, sys.stdout, sys.stderr = streams
    fault = ""
    gc.collect()
    gc.freeze()  # collecting the imported modules takes too long
    forget_peak()
    started = time.process_time()
    try:
        COMMAND(arguments)
        code: object = 0
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        code, fault = None, traceback.format_exc()
    finally:
        seconds = time.process_time() - started
        sys.stdin, sys.stdout, sys.stderr = kept
    texts = []
    for stream in streams[1:]:
        with contextlib.suppress(ValueError):
            stream.flush()
        texts.append(stream.buffer.getvalue().decode("utf-8", "replace"))
    return {
        "code": code, "stdout": texts[0], "stderr": texts[1], "fault": fault,
        "seconds": seconds, "kib": peak_kib(),
    }  # fmt: skip


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # output that bypasses sys.stdout is not an answer
    warnings.simplefilter("always", RuntimeWarning)  # warnings of NumPy must not appear
    for line in sys.stdin:
        request = json.loads(line)
        answers.write(json.dumps(run(request["arguments"], request["stdin"])) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
