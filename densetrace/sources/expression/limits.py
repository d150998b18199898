"""The stated bounds of what is handed over, and how a place in it is named when it is refused."""

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
"""Of what somebody hands over to be run, so many steps are kept unless told otherwise: they take
less than 200 MB."""

LIMITS = (
    f"Bounds: {MAX_CHARACTERS:,} characters, {MAX_PIECES:,} names, values and brackets, brackets "
    f"nested {MAX_NESTING} deep, integers of {MAX_INTEGER_BITS} bits, {MAX_NUMBERS:,} "
    "numbers computed, those of the weights included."
)

EXCERPT_CHARACTERS = 40


def refuse(source: str, index: int, problem: str, hint: str = "") -> NoReturn:
    """Raise the RequestError that says what is wrong, where, and what stands there."""
    rest = source[index:]
    received = f" Received: {shown(rest, EXCERPT_CHARACTERS)}" if rest else ""
    raise RequestError(f"{problem} ({place(source, index)}).{received}", hint)


def place(source: str, index: int) -> str:
    """`column 7`, or `line 2, column 7` in a source of several lines; both count from 1."""
    column = index - source.rfind("\n", 0, index)
    line = source.count("\n", 0, index) + 1
    return f"line {line}, column {column}" if "\n" in source else f"column {column}"
