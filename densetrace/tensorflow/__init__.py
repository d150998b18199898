"""The part of TensorFlow that Keras calls, in NumPy.

`import densetrace.tensorflow as tf` gives what `import tensorflow as tf` gives, as far as it is
here: `tf.matmul`, `tf.nn.relu`, `tf.GradientTape`. Names are looked up when they are used.
"""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any


@cache
def _surface() -> SimpleNamespace:
    from densetrace.tensorflow.exports import modules

    top = SimpleNamespace()
    for path, names in sorted(modules().items()):
        at = top
        for part in filter(None, path.split(".")):
            if not hasattr(at, part):
                setattr(at, part, SimpleNamespace())
            at = getattr(at, part)
        for name, value in names.items():
            if not isinstance(getattr(at, name, None), SimpleNamespace):
                setattr(at, name, value)
    return top


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    if find_spec(f"{__name__}.{name}") is not None:
        return import_module(f"{__name__}.{name}")
    try:
        value = getattr(_surface(), name)
    except AttributeError:
        raise AttributeError(f"module 'tensorflow' has no attribute {name!r}") from None
    globals()[name] = value
    return value
