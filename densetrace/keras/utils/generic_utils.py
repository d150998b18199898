"""Small helpers for the whole stack. Follows keras 2.14 utils/generic_utils.py."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def to_list(x: Any) -> list[Any]:
    """Return a list unchanged, and any other value in a list.

    Follows keras 2.14 utils/generic_utils.py, to_list.
    """
    return x if isinstance(x, list) else [x]


def to_snake_case(name: str) -> str:
    """Return a class name in snake case: `SimpleDense` becomes `simple_dense`.

    Follows keras 2.14 utils/generic_utils.py, to_snake_case.
    """
    spaced = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    snake = re.sub("([a-z])([A-Z])", r"\1_\2", spaced).lower()
    return "private" + snake if snake.startswith("_") else snake


def default(method: F) -> F:
    """Mark a method as a default implementation, so that `is_default` detects an override.

    Follows keras 2.14 utils/generic_utils.py, default.
    """
    method._is_default = True  # type: ignore[attr-defined] # the mark that is_default looks for
    return method


def is_default(method: Callable[..., Any]) -> bool:
    """Return whether a method is marked as a default implementation.

    Follows keras 2.14 utils/generic_utils.py, is_default.
    """
    return getattr(method, "_is_default", False)
