"""The part of TensorFlow that Keras calls, in NumPy.

`import densetrace.tensorflow as tf` gives what `import tensorflow as tf` gives, as far as it is
here: `tf.matmul`, `tf.nn.relu`, `tf.GradientTape`. Names are looked up when they are used. The
modules that layers use are imported for the first name, the others for the first name that is not
among those.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any


class _Namespace:
    """A module of TensorFlow below `tf`, such as `tf.linalg`."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        value = _lookup(self._path, name)
        setattr(self, name, value)
        return value

    def __dir__(self) -> list[str]:
        return _names(self._path)

    def __repr__(self) -> str:
        return f"<module 'tensorflow.{self._path}'>"


def _lookup(module: str, name: str) -> Any:
    """The object called `name` in the module at the path `module` below `tf`.

    Raises:
        AttributeError: when the module has no such name.
    """
    from densetrace.tensorflow import exports

    path = f"{module}.{name}".removeprefix(".")
    used = exports.of_a_layer(path)
    if used is not None:
        return used
    if any(one.startswith(f"{path}.") for one in exports.OF_A_LAYER):
        return _Namespace(path)
    for listed in (exports.loaded_first, exports.loaded_for_training, exports.modules):
        names = listed()
        if any(f"{other}.".startswith(f"{path}.") for other in names):
            return _Namespace(path)
        if name in names.get(module, {}):
            return names[module][name]
    where = f"tensorflow.{module}".removesuffix(".")
    raise AttributeError(f"module {where!r} has no attribute {name!r}")


def _names(module: str) -> list[str]:
    """The names in the module at the path `module` below `tf`, in alphabetical order."""
    from densetrace.tensorflow import exports

    start = f"{module}.".removeprefix(".")
    below = {
        path.removeprefix(start).partition(".")[0]
        for path in exports.modules()
        if path.startswith(start)
    }
    return sorted(below.union(exports.modules().get(module, {})) - {""})


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    if find_spec(f"{__name__}.{name}") is not None:
        return import_module(f"{__name__}.{name}")
    value = globals()[name] = _lookup("", name)
    return value


def __dir__() -> list[str]:
    return _names("")
