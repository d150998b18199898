"""Keras's own functions on symbolic tensors: a function that cannot compute with them becomes a
layer.

Follows tensorflow/python/util/dispatch.py, add_dispatch_support, which keras 2.14 puts around its
losses, activations and backend functions.
"""

import functools
import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any, Final, TypeVar, cast

from densetrace.data import names
from densetrace.keras import _exports
from densetrace.recording.hooks import traced
from densetrace.system.lazy import imported
from densetrace.tensorflow.symbolic import current_graph, handler_of

F = TypeVar("F", bound=Callable[..., Any])

_BACKEND: Final = "densetrace.keras.backend"
_SUPPORTED: Final[set[tuple[str, str]]] = set()
"""The module and the name of each function."""


def add_dispatch_support(function: F) -> F:
    """Make a function that fails on symbolic tensors one layer, which calls it on graph tensors.

    A function that only calls operations on its tensors does not fail: each operation becomes a
    layer. But `binary_crossentropy` asks its argument for the operation that computed it, which
    symbolic tensors refuse, so the whole function becomes a layer.

    Follows tensorflow/python/util/dispatch.py, add_dispatch_support.
    """

    @functools.wraps(function)
    def dispatched(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (TypeError, ValueError):
            handler = None
            if current_graph() is None:
                handler = handler_of(args) or handler_of(kwargs.values())
            if handler is None:
                raise
            public = vars(sys.modules[function.__module__])[function.__name__]  # with its hooks
            return handler(f"keras.{function.__name__}", public, args, kwargs)

    _SUPPORTED.add((function.__module__, function.__name__))
    return cast(F, dispatched)


def traced_with_dispatch(kind: str) -> Callable[[F], F]:
    """Make a function with dispatch support a hook point, as `traced` does."""

    def decorate(function: F) -> F:
        return traced(kind, runner=add_dispatch_support(function))(function)

    return decorate


def get_canonical_name_for_symbol(function: Any) -> str | None:
    """Return the name by which a config saves one of these functions, or None for any other."""
    if not _is_supported(function):
        return None
    if function.__module__ == _BACKEND:
        return f"keras.backend.{function.__name__}"
    return _exports.get_canonical_name_for_symbol(function)


def get_symbol_from_name(name: str) -> Any:
    """Return the one of these functions that has this public name, or None."""
    module, _, own = name.rpartition(".")
    if module == "keras.backend" and own in names.public(module):
        function = imported(_BACKEND, own)
    else:
        function = _exports.get_symbol_from_name(name)
    return function if _is_supported(function) else None


def _is_supported(function: Any) -> bool:
    home = getattr(function, "__module__", None), getattr(function, "__name__", None)
    return isinstance(function, FunctionType) and home in _SUPPORTED
