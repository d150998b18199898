"""Shows long output of a terminal in a pager, as git does.

The pager is `DENSETRACE_PAGER`, else `PAGER`, else less; empty or `cat` means none. What fits on
the screen is printed, and so is all where no such program exists. Links stay in the text only if
the pager is known to pass them on.
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import chain, islice
from typing import IO, Final, TextIO

from densetrace.terminal import links

_DEFAULTS: Final = {"LESS": "FRX", "LV": "-c"}
"""Lets less and lv show colours, where the person has not set their options."""

_RAW_COLOURS: Final = re.compile(
    r"-?[aABcCeEfFgGiIJKLmMnNqQsSuUVwWX~]*+R[^r]*+|--RAW-CONTROL-CHARS"
)
"""The option -R of less, alone or after options without a value, and without -r."""

_VERSION: Final = re.compile(r"less (\d{1,9})\b")
_FIRST_WITH_LINKS: Final = 566


def command(environment: Mapping[str, str]) -> list[str]:
    """The command of the pager; empty if there is none."""
    asked = environment.get("DENSETRACE_PAGER", environment.get("PAGER", "less"))
    try:
        words = shlex.split(asked)
    except ValueError:  # a quote is not closed
        return []
    if not words or words == ["cat"]:
        return []
    return words if shutil.which(words[0], path=environment.get("PATH")) else []


def rows_of(stream: TextIO) -> int:
    """The rows of a terminal; 0 for any other stream."""
    try:
        return os.get_terminal_size(stream.fileno()).lines if stream.isatty() else 0
    except (OSError, ValueError, AttributeError):
        return 0


def shown(
    lines: Iterable[str],
    stream: TextIO,
    environment: Mapping[str, str] = os.environ,
    *,
    have_links: bool = False,
) -> Iterable[str]:
    """Show lines in the pager, if they are more than the rows of the terminal. Returns the lines
    that are still to be printed: all where there is no terminal or pager, else none."""
    rows = rows_of(stream)
    words = command(environment) if rows else []
    if not words:
        return lines
    rest = iter(lines)
    first = list(islice(rest, rows))
    everything: Iterable[str] = chain(first, rest)
    if len(first) < rows:
        return everything
    try:
        process = subprocess.Popen(
            words, stdin=subprocess.PIPE, env={**_DEFAULTS, **environment}, stdout=stream.fileno()
        )
    except OSError:
        return everything
    encoding = stream.encoding or "utf-8"
    assert process.stdin is not None
    if have_links and not passes_links(words, environment):
        everything = map(links.removed, everything)
    with _interrupts_left_to_pager():
        try:
            _feed(everything, process.stdin, encoding)
        finally:
            with suppress(OSError):
                process.stdin.close()
            process.wait()
    return ()


def passes_links(words: list[str], environment: Mapping[str, str]) -> bool:
    """Whether a pager passes links on: less does since version 566, with its option -R."""
    if os.path.basename(words[0]) not in ("less", "less.exe"):
        return False
    options = [*environment.get("LESS", _DEFAULTS["LESS"]).split(), *words[1:]]
    if not any(_RAW_COLOURS.fullmatch(option) for option in options):
        return False
    if any(option.startswith(("-r", "--raw")) for option in options):
        return False
    try:
        answer = subprocess.run(
            [words[0], "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=5
        )
    except (OSError, subprocess.SubprocessError):
        return False
    version = _VERSION.match(answer.stdout.decode("ascii", "replace"))
    return version is not None and int(version[1]) >= _FIRST_WITH_LINKS


def _feed(lines: Iterable[str], pipe: IO[bytes], encoding: str) -> None:
    """Write lines until the person quits the pager."""
    with suppress(BrokenPipeError):
        for line in lines:
            pipe.write(line.encode(encoding, "backslashreplace"))


@contextmanager
def _interrupts_left_to_pager() -> Iterator[None]:
    """Ignore Ctrl-C in a `with` block: in a pager it stops a search."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
