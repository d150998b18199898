"""Shows what Keras does when you write `Dense(64, activation='relu')`.

from densetrace import trace, Dense

with trace() as t:
    Dense(64, activation="relu")
print(t.tree())
"""

from typing import TYPE_CHECKING, Any

from densetrace._version import __version__
from densetrace.system.lazy import on_demand

if TYPE_CHECKING:
    from densetrace.api import Trace, explain, load, run, trace
    from densetrace.keras import Input, Model, Sequential
    from densetrace.keras.layers import Dense, Layer
    from densetrace.system.errors import RequestError

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

__getattr__ = on_demand(
    __name__,
    {
        "Dense": "densetrace.keras.layers",
        "Input": "densetrace.keras",
        "Layer": "densetrace.keras.layers",
        "Model": "densetrace.keras",
        "RequestError": "densetrace.system.errors",
        "Sequential": "densetrace.keras",
        "Trace": "densetrace.api",
        "explain": "densetrace.api",
        "load": "densetrace.api",
        "run": "densetrace.api",
        "trace": "densetrace.api",
    },
)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load_ipython_extension(ipython: Any) -> None:
    """Register the cell magic `%%densetrace`; called by `%load_ext densetrace` in a notebook."""
    from densetrace import notebook

    notebook.load_ipython_extension(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """Unregister the cell magic; called by `%unload_ext densetrace`."""
    from densetrace import notebook

    notebook.unload_ipython_extension(ipython)
