"""Limits of expressions and runs, and errors that name a position in an expression."""

from typing import NoReturn

from densetrace.system.errors import RequestError, shown

MAX_CHARACTERS = 100_000
MAX_PIECES = 10_000
MAX_NESTING = 100
MAX_INTEGER_BITS = 64
MAX_NUMBER_CHARACTERS = 400
MAX_NUMBERS = 26_000_000
LARGEST_SEED = 2**32 - 1
MOST_STEPS = 200_000
"""The default limit of recorded steps, which take less than 200 MB."""

LIMITS = (
    f"Limits: {MAX_CHARACTERS:,} characters; {MAX_PIECES:,} names, values and brackets in total; "
    f"brackets nested {MAX_NESTING} deep; {MAX_INTEGER_BITS}-bit integers; {MAX_NUMBERS:,} numbers "
    "in all weights and results together."
)

EXCERPT_CHARACTERS = 40


def refuse(source: str, index: int, problem: str, hint: str = "") -> NoReturn:
    """Raise a RequestError with the problem, its position and the text at the position."""
    rest = source[index:]
    received = f" Received: {shown(rest, EXCERPT_CHARACTERS)}" if rest else ""
    raise RequestError(f"{problem} ({position(source, index)}).{received}", hint)


def position(source: str, index: int) -> str:
    """`column 7`, or `line 2, column 7` in a source of several lines; both count from 1."""
    column = index - source.rfind("\n", 0, index)
    line = source.count("\n", 0, index) + 1
    return f"line {line}, column {column}" if "\n" in source else f"column {column}"
