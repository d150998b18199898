"""The parts of `--help` below the options: the exit codes and the environment variables."""

from collections.abc import Mapping
from shutil import get_terminal_size
from textwrap import wrap
from typing import Final

from densetrace.system.exit_codes import DONE, INTERRUPTED, RAISED, REFUSED, TERMINATED

_WIDTH: Final = min(get_terminal_size().columns, 80) - 2
"""The cells of a line of `--help`, which is no wider than 80."""

_INDENT: Final = "  "
_LEAST: Final = 20
"""A text beside a term takes at least this many cells, also in a very narrow terminal."""

VARIABLES: Final = {
    "NO_COLOR=1": "no colour",
    "FORCE_COLOR=1": "colour, also into a pipe or a file",
    "COLUMNS=N": "the width of the output",
    "TERM=dumb": "plain characters, and no pager: for a terminal without cursor control",
    "ACCESSIBLE=1": "labelled lines for a screen reader, as --format plain",
    "DENSETRACE_PAGER": "the pager for long output, else PAGER, else less; set it to cat for none",
    "DENSETRACE_LINKS": "1: source lines are links in every terminal; 0: in none",
}
"""The environment variables of all commands, and what each does."""


def exit_codes(
    *,
    done: str = "done",
    raised: str = "",
    refused: str = "",
    terminated: str = "",
    others: str = "",
) -> str:
    """The exit codes of a command, one a line. Every command can be interrupted, and refuse an
    invalid request; `refused` adds a reason of its own."""
    reasons = ", ".join(filter(None, ("the request is invalid", refused)))
    codes = {
        str(DONE): done,
        str(RAISED): raised,
        str(REFUSED): f"{reasons}, or the output cannot be written",
        str(INTERRUPTED): "interrupted (Ctrl-C)",
        str(TERMINATED): terminated,
        "N": others,
    }
    return listed("Exit codes:", {code: meaning for code, meaning in codes.items() if meaning})


def listed(title: str, meanings: Mapping[str, str]) -> str:
    """A list with a title, whose lines `--help` does not join."""
    column = max(map(len, meanings)) + len(_INDENT)
    lines = [title]
    for term, meaning in meanings.items():
        lines += wrap(
            meaning,
            max(_WIDTH, column + _LEAST),
            initial_indent=_INDENT + term.ljust(column),
            subsequent_indent=_INDENT + " " * column,
        )
    return "\n".join(("\b", *lines))
