"""The options of the blocks of a lesson, and their values."""

from collections.abc import Mapping
from typing import Final

from densetrace.data.schema import KINDS
from densetrace.system.errors import did_you_mean, quoted, shown
from densetrace.teach.asserts import PartError

_RUN_OPTIONS: Final = ("until", "input-shape", "input")
_VIEW_OPTIONS: Final = ("level", "only", "depth", "show")
_TRAINING_OPTIONS: Final = ("fit", "batches")

OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "trace": (*_RUN_OPTIONS, "seed", *_TRAINING_OPTIONS, *_VIEW_OPTIONS),
    "python": ("batches", *_VIEW_OPTIONS),
    "diff": (*_RUN_OPTIONS, "fit", "show"),
    "why": ("target", *_RUN_OPTIONS, "seed", *_TRAINING_OPTIONS, "show"),
    "quiz": ("count", "topic", "seed", "fit"),
}
"""The options of each language of blocks."""

_NUMBERS: Final = ("depth", "seed", "count")
_CHOICES: Final = {
    "show": ("all", "trace", "output", "nothing"),
    "level": ("user", "author", "framework"),
    "until": ("new", "init", "build", "call"),
    "fit": ("yes", "no"),
}


def read_options(language: str, words: list[str]) -> dict[str, str]:
    """The options after the language of a fence.

    Raises:
        PartError: if one of them is not an option of such a block.
    """
    options = dict(_option(language, word) for word in words)
    if language == "why" and "target" not in options:
        raise PartError("A why block needs a target: ```why target=kernel")
    return options


def _option(language: str, word: str) -> tuple[str, str]:
    name, _, value = word.partition("=")
    allowed = OPTIONS[language]
    if name not in allowed or not value:
        raise PartError(
            f"An option of a {language} block is one of {', '.join(allowed)}, written as "
            f"{allowed[0]}=... Received: {quoted(word)}.",
            did_you_mean(name, allowed) if name not in allowed else "",
        )
    choices = _CHOICES.get(name, ())
    if choices and value not in choices:
        raise PartError(
            f"{name} is one of {', '.join(choices)}. Received: {name}={quoted(value)}.",
            did_you_mean(value, choices),
        )
    if name in _NUMBERS and not _is_number(value):
        raise PartError(f"{name} is a whole number. Received: {name}={quoted(value)}.")
    if name == "batches" and value != "all" and not _is_number(value):
        raise PartError(f"batches is a whole number or all. Received: batches={shown(value)}.")
    for kind in value.split(",") if name == "only" else ():
        if kind not in KINDS:
            raise PartError(
                f"There is no kind of step called {quoted(kind)}. Kinds: {', '.join(KINDS)}.",
                did_you_mean(kind, KINDS),
            )
    return name, value


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdecimal() and len(value) < 9
