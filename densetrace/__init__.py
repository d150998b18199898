"""densetrace shows what really happens when somebody writes `Dense(64, activation='relu')`.

from densetrace import trace, Dense

with trace() as t:
    Dense(64, activation="relu")
print(t.tree())
"""

from typing import TYPE_CHECKING, Any

# The module `densetrace.trace` has to be loaded before the function takes its name in this
# package: loading a submodule binds it here, and it is `trace()` that people import.
import densetrace.trace  # noqa: F401 - loaded for the reason above
from densetrace._version import __version__
from densetrace.api import Trace, explain, load, run, trace
from densetrace.errors import RequestError

if TYPE_CHECKING:
    from densetrace.keras import Input, Model, Sequential
    from densetrace.keras.layers import Dense, Layer

__all__ = [
    "Dense",
    "Input",
    "Layer",
    "Model",
    "RequestError",
    "Sequential",
    "Trace",
    "__version__",
    "explain",
    "load",
    "run",
    "trace",
]

_FROM_THE_STACK = {
    "Dense": "densetrace.keras.layers",
    "Input": "densetrace.keras",
    "Layer": "densetrace.keras.layers",
    "Model": "densetrace.keras",
    "Sequential": "densetrace.keras",
}


def load_ipython_extension(ipython: Any) -> None:
    """What `%load_ext densetrace` does in a notebook: makes `%%densetrace` known."""
    from densetrace import notebook

    notebook.load_ipython_extension(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """What `%unload_ext densetrace` does."""
    from densetrace import notebook

    notebook.unload_ipython_extension(ipython)


def __getattr__(name: str) -> Any:
    """Load the stack, and NumPy with it, when one of its classes is first asked for."""
    if name not in _FROM_THE_STACK:
        raise AttributeError(f"module 'densetrace' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_FROM_THE_STACK[name]), name)
