"""Small helpers of the whole stack. Follows keras 2.14 utils/generic_utils.py."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def to_list(x: Any) -> list[Any]:
    """A list as it is, and anything else in a list."""
    return x if isinstance(x, list) else [x]


def to_snake_case(name: str) -> str:
    """A class name as a variable name: `SimpleDense` is `simple_dense`."""
    spaced = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    snake = re.sub("([a-z])([A-Z])", r"\1_\2", spaced).lower()
    return "private" + snake if snake.startswith("_") else snake


def default(method: F) -> F:
    """Mark a method as `Layer`'s own, so that a subclass's override can be told from it."""
    method._is_default = True  # type: ignore[attr-defined] # the mark that is_default looks for
    return method


def is_default(method: Callable[..., Any]) -> bool:
    """Whether a method is `Layer`'s own."""
    return getattr(method, "_is_default", False)
