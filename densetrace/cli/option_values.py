"""Parses the values of options."""

import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final, Literal

from densetrace.system import files
from densetrace.system.errors import RequestError, quoted

if TYPE_CHECKING:
    from densetrace.kinds.kind import Level
    from densetrace.render.outline import View

MAX_CHARACTERS: Final = 100_000
MAX_DIMENSIONS: Final = 32

_BY_SUFFIX: Final = {
    ".json": "json",
    ".html": "html",
    ".htm": "html",
    ".svg": "svg",
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "tree",
    "": "tree",
}
_ANSWERS: Final = ("tree", "plain", "json")
_UNKNOWN: Final = ("None", "?", "none")


def input_shape(text: str) -> tuple[int | None, ...]:
    """Parse a shape such as `28,28,1` or `(None, 28, 28, 1)`; the batch dimension comes first.

    Raises:
        RequestError: when it is not a shape.
    """
    inside = text.strip()
    if inside[:1] + inside[-1:] in ("()", "[]"):
        inside = inside[1:-1]
    words = [word.strip() for word in inside.removesuffix(",").split(",")] if inside.strip() else []
    sizes = tuple(None if word in _UNKNOWN else _size(word, text) for word in words)
    shape = sizes if sizes[:1] == (None,) else (None, *sizes)
    if len(shape) > MAX_DIMENSIONS:
        raise RequestError(
            f"A shape has at most {MAX_DIMENSIONS} dimensions. "
            f"Received: --input-shape {quoted(text)}."
        )
    return shape


def _size(word: str, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", word) or int(word) < 1:
        raise RequestError(
            "A shape consists of positive whole numbers; None stands for any size. "
            f"Received: --input-shape {quoted(text)}.",
            "Type it like: --input-shape 3 or --input-shape None,28,28,1.",
        )
    return int(word)


def batches(text: str | None) -> int | Literal["all"]:
    """Parse how many batches are recorded in full: a number, or `all`.

    Raises:
        RequestError: when it is neither.
    """
    if text is None:
        return 1
    word = text.strip()
    if word == "all":
        return "all"
    if not re.fullmatch(r"[0-9]{1,9}", word):
        raise RequestError(
            f"The batches to record in full are a number from 0, or all. "
            f"Received: --batches {quoted(text)}.",
            "Type it like: --batches 3 or --batches all.",
        )
    return int(word)


_POINT: Final = re.compile(r"(?<!\d)\.(?=\d)|(?<=\d)\.(?!\d)")
"""A point that has a digit on one side only, as in `.5` and `1.`: valid in Python, not in JSON."""


def _with_zeros(point: re.Match[str]) -> str:
    before = point.string[point.start() - 1 : point.start()]
    return ".0" if before.isdigit() else "0."


def numbers(text: str) -> Any:
    """Parse lists of numbers such as `[[1, 2, 3], [4, 5, 6]]`; a tuple counts as a list.

    Raises:
        RequestError: when it is not a list.
    """
    import json

    try:
        if len(text) > MAX_CHARACTERS:
            raise ValueError("it is too long")
        listed = re.sub(r",\s*+(?=[\])])", "", text).replace("(", "[").replace(")", "]")
        parsed = json.loads(_POINT.sub(_with_zeros, listed))
        if not isinstance(parsed, list):
            raise ValueError("it is not a list")
    except (ValueError, RecursionError) as error:
        raise RequestError(
            f"An input is a list of numbers in brackets. Received: --input {quoted(text)}.",
            'Type it like: --input "[[1, 2, 3], [4, 5, 6]]".',
        ) from error
    return parsed


def sample(
    shapes: Sequence[str] | None, inputs: Sequence[str] | None
) -> tuple[list[tuple[int | None, ...]] | None, Any]:
    """Parse `--input-shape` and `--input`, of which at most one may be given, for several inputs
    once for each. Returns the shapes, and the numbers: a tuple of them for several inputs.

    Raises:
        RequestError: when both are given, or one cannot be parsed.
    """
    if shapes and inputs:
        raise RequestError("--input already has a shape. Pass either --input or --input-shape.")
    given = tuple(map(numbers, inputs or ()))
    return (
        [input_shape(shape) for shape in shapes] if shapes else None,
        (given if len(given) > 1 else given[0]) if given else None,
    )


def misplaced(arguments: Sequence[str], declared: Iterable[Any]) -> list[str]:
    """The arguments of a script that look like declared options, each with its value."""
    by_name = {name: option for option in declared for name in getattr(option, "opts", ())}
    found: list[str] = []
    waiting = list(reversed(arguments))
    while waiting:
        word = waiting.pop()
        name, has_value, _ = word.partition("=")
        option = by_name.get(name) if name.startswith("-") else None
        if option is None and name[:2] in by_name and not name.startswith("--"):
            option, has_value = by_name[name[:2]], name[2:]  # -ox.html
        if option is None:
            continue
        takes_next = not has_value and not getattr(option, "is_flag", False)
        if takes_next and not waiting:
            continue  # without a value it is not one of our options
        found.append(word)
        if takes_next:
            found.append(waiting.pop())
    return found


def kinds(text: str | None) -> frozenset[str]:
    """Parse the kinds of steps in `get,build`.

    Raises:
        RequestError: when there are none.
    """
    found = frozenset((text or "").replace(",", " ").split())
    if text is not None and not found:
        raise RequestError(
            f"--only takes kinds of steps. Received: --only {quoted(text)}.",
            "Type it like: --only get or --only get,build.",
        )
    return found


def view(level: "Level", only: str | None, depth: int | None, *, heatmaps: bool) -> "View":
    """The view for `--level`, `--only`, `--depth` and `--heatmaps`.

    Raises:
        RequestError: when `only` has an unknown kind.
    """
    from densetrace.render.outline import View

    return View(level, kinds(only), depth, heatmaps)


def format_for(chosen: str | None, path: str | None, accessible: bool) -> str:
    """The chosen format, else that of the file's suffix, else the tree, or plain lines if
    `ACCESSIBLE` is set.

    Raises:
        RequestError: when no format has the file's suffix.
    """
    return _format_for(chosen, path, accessible, tuple(_BY_SUFFIX.values()))


def answer_format(
    chosen: str | None, path: str | None, accessible: bool, *, has_page: bool = False
) -> str:
    """Like `format_for`, for answers, whose format is tree, plain or JSON, or HTML if there is a
    page of the answer.

    Raises:
        RequestError: when none of these formats has the file's suffix.
    """
    return _format_for(chosen, path, accessible, (*_ANSWERS, "html") if has_page else _ANSWERS)


def _format_for(
    chosen: str | None, path: str | None, accessible: bool, formats: Collection[str]
) -> str:
    if chosen is not None:
        return chosen
    form = _BY_SUFFIX.get(PurePath(path or "").suffix.lower(), "")
    if form not in formats and path is not None and not files.is_replaced(path):
        form = "tree"  # the name of a pipe or a device gives no format
    if form not in formats:
        owned = [f"{one or 'none'} ({of})" for one, of in _BY_SUFFIX.items() if of in formats]
        raise RequestError(
            f"The suffix of FILE gives the format: {', '.join(owned)}. "
            f"Received: -o {quoted(path or '')}.",
            "Choose one of these, or add --format, which works with any name.",
        )
    return "plain" if accessible and form == "tree" else form
