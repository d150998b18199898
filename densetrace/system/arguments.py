"""Checks of the arguments of public functions: a wrong one is refused in one sentence, instead of
an error from deep inside that names neither the argument nor what to write.
"""

import operator
import os
from collections.abc import Callable
from typing import Any

from densetrace.system.errors import RequestError, quoted, shown


def refusal(rule: str, given: object, example: str = "") -> RequestError:
    """The error for an argument: the rule, what was received, and what to write instead."""
    hint = f"For example: {example}" if example else ""
    return RequestError(f"{rule} Received: {received(given)}.", hint)


def received(given: object) -> str:
    """An argument for a message: a string in quotes, anything else as Python writes it."""
    try:
        return quoted(given) if isinstance(given, str) else shown(repr(given))
    except Exception:  # its class may raise anything
        return shown(f"an object of {type(given).__name__}")


def word(given: object) -> str:
    """An argument as a word that may be misspelled; empty if it is no string."""
    return given if isinstance(given, str) else ""


def text(rule: str, given: object, example: str = "") -> str:
    """A string.

    Raises:
        RequestError: when it is anything else.
    """
    if not isinstance(given, str):
        raise refusal(rule, given, example)
    return given


def path(rule: str, given: object, example: str = "") -> str | os.PathLike[str]:
    """A path: a string or a path object.

    Raises:
        RequestError: when it is anything else, such as bytes.
    """
    if not isinstance(given, str) and not isinstance(_file_system_path(given), str):
        raise refusal(rule, given, example)
    return given  # type: ignore[return-value] # as checked


def _file_system_path(given: object) -> object:
    try:
        return os.fspath(given)  # type: ignore[call-overload] # anything may be given
    except TypeError:
        return None


def number(rule: str, given: object, example: str = "", least: int = 0) -> int:
    """A whole number from `least`, also one of NumPy; True is none.

    Raises:
        RequestError: when it is anything else, or less.
    """
    try:
        whole = operator.index(given)  # type: ignore[arg-type] # anything may be given
    except TypeError:
        raise refusal(rule, given, example) from None
    if isinstance(given, bool) or whole < least:
        raise refusal(rule, given, example)
    return whole


def function(rule: str, given: object, example: str = "") -> Callable[..., Any]:
    """A function, or anything else that can be called.

    Raises:
        RequestError: when it cannot be called.
    """
    if not callable(given):
        raise refusal(rule, given, example)
    return given
