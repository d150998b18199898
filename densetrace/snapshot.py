"""Turns a live object into a `Value`: a bounded copy that never raises and never runs long.

Scalars are kept as they are, arrays as shape, dtype and a few elements, containers as their first
items, instances by class, label and (for the framework's own classes) config. Only cheap, known
operations touch the object: no `repr`, no `==`, no iteration of unknown types.
"""

import functools
import math
from collections.abc import Callable, Hashable
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, Final, cast

import numpy as np

from densetrace.values import (
    Binary,
    Class,
    Function,
    Instance,
    Items,
    Mapping,
    Number,
    Opaque,
    Tensor,
    Text,
    Value,
    text,
)

TEXT_LIMIT: Final = 200
ITEM_LIMIT: Final = 20
ELEMENT_LIMIT: Final = 4
DEPTH_LIMIT: Final = 6
DIGIT_LIMIT: Final = 64
"""Strings longer, containers larger, nesting deeper and integers wider (in bits) than this are
told in part; arrays are told by this many elements."""

_OWN_PACKAGES: Final = ("densetrace", "keras", "tf_keras")
_TENSOR_PACKAGES: Final = (*_OWN_PACKAGES, "tensorflow")
_CALLABLES: Final = (FunctionType, BuiltinFunctionType, MethodType, np.ufunc)

Labeller = Callable[[object], str]
"""Gives an object the name that it keeps throughout a trace."""


def snapshot(value: object, label: Labeller, depth: int = 0) -> Value:
    """What `value` is now, in bounded size. `label` names instances."""
    # Exact types first: they are most of what is seen, and their methods are known.
    if value is None or value is True or value is False:
        return value
    kind = type(value)
    if kind is str:
        return _text(value)  # type: ignore[arg-type] # its exact type was just checked
    if kind is int:
        return _integer(value)  # type: ignore[arg-type] # as above
    if kind is float:
        return _real(value)  # type: ignore[arg-type] # as above
    try:
        return _record(value, kind, label, depth)
    except Exception:
        # An object may lie or fail in any of its attributes. Its type is known all the same.
        return Opaque(_type_name(kind))


def _record(value: Any, kind: type, label: Labeller, depth: int) -> Value:
    if kind is tuple or kind is list or kind is set or kind is frozenset:
        return _items(value, kind.__name__, label, depth)
    if kind is dict:
        return _mapping(value, label, depth)
    if isinstance(value, np.ndarray | np.generic):
        return _array(value)
    if isinstance(value, type):
        return Class(value.__name__, public_module(value.__module__))
    if isinstance(value, _CALLABLES):
        return _function(value)
    if isinstance(value, str):
        return _text(str.__str__(value))
    if isinstance(value, bytes | bytearray):
        start = bytes(value[:TEXT_LIMIT]).decode("latin-1")
        return Binary(start, len(value))
    if isinstance(value, complex):
        return Number(complex.__repr__(value))
    if isinstance(value, tuple | list):
        return _items(value, "tuple" if isinstance(value, tuple) else "list", label, depth)
    if isinstance(value, dict):
        return _mapping(value, label, depth)
    if isinstance(value, np.dtype):
        return value.name
    tensor = _tensor(value)
    if tensor is not None:
        return tensor
    # TensorFlow's shapes and dtypes are values to people, and plain ones in our stack.
    if kind.__module__.startswith("tensorflow."):
        if kind.__name__ == "TensorShape":
            return None if value.rank is None else _items(tuple(value), "tuple", label, depth)
        if kind.__name__ == "DType":
            return str(value.name)
    if not hasattr(kind, "__dict__") and kind.__module__ == "builtins":
        return Opaque(_type_name(kind))
    config = _config(value)
    # What an input spec demands says more than a number would.
    name = _demands(config) if config and kind.__name__ == "InputSpec" else label(value)
    return Instance(kind.__name__, public_module(kind.__module__), name, config)


def _text(value: str) -> Value:
    # A lone surrogate cannot be written as UTF-8, so it is spelled out.
    if not value.isascii():
        value = value.encode("utf-8", "backslashreplace").decode("utf-8")
    return value if len(value) <= TEXT_LIMIT else Text(value[:TEXT_LIMIT], len(value))


def _integer(value: int) -> Value:
    if value.bit_length() <= DIGIT_LIMIT:
        return value
    return Number(f"{'-' if value < 0 else ''}2**{value.bit_length() - 1} or more")


def _real(value: float) -> Value:
    return value if math.isfinite(value) else Number(repr(value))


def _items(value: Any, kind: str, label: Labeller, depth: int) -> Value:
    length = len(value)
    if depth >= DEPTH_LIMIT:
        return Items(kind, (), length)
    first = list(value)[:ITEM_LIMIT] if length <= ITEM_LIMIT else _first(value, ITEM_LIMIT)
    return Items(kind, tuple([snapshot(item, label, depth + 1) for item in first]), length)


def _mapping(value: dict[Any, Any], label: Labeller, depth: int) -> Mapping:
    length = len(value)
    if depth >= DEPTH_LIMIT:
        return Mapping((), length)
    pairs = _first(value.items(), ITEM_LIMIT)
    entries = [
        (snapshot(key, label, depth + 1), snapshot(item, label, depth + 1)) for key, item in pairs
    ]
    return Mapping(tuple(entries), length)


def _first(items: Any, count: int) -> list[Any]:
    return [item for item, _ in zip(items, range(count), strict=False)]


def _array(value: np.ndarray[Any, Any] | np.generic) -> Value:
    array = np.asarray(value)
    return Tensor(array.shape, array.dtype.name, _elements(array))


def _elements(array: np.ndarray[Any, Any]) -> tuple[Value, ...]:
    """The first elements in row-major order, rounded to what float32 holds."""
    if array.dtype.kind not in "biuf" or array.size == 0:
        return ()
    index = tuple(slice(0, ELEMENT_LIMIT) if axis == array.ndim - 1 else slice(0, 1)
                  for axis in range(array.ndim))  # fmt: skip
    return tuple(_element(element) for element in array[index].ravel()[:ELEMENT_LIMIT].tolist())


def _element(element: object) -> Value:
    return float(f"{element:.7g}") if _finite(element) else snapshot(element, str)


def _finite(element: object) -> bool:
    return type(element) is float and math.isfinite(element)


def _tensor(value: Any) -> Tensor | None:
    """A symbolic tensor, a variable, or another framework's tensor: it has a shape and a dtype."""
    kind = type(value)
    if not _is_tensor_class(cast(Hashable, kind)):
        return None
    dtype = getattr(value.dtype, "name", None) or str(value.dtype)
    shape = tuple(None if size is None else int(size) for size in value.shape)
    if not hasattr(kind, "numpy"):
        return Tensor(shape, dtype, symbolic=True)
    return Tensor(shape, dtype, _numbers_of(value))


def _numbers_of(tensor: Any) -> tuple[Value, ...]:
    """The first elements of a framework's tensor, if it has numbers now: a variable that is met
    while a graph is being made has none to give."""
    try:
        array = tensor.numpy()
    except Exception:
        return ()
    return _elements(np.asarray(array)) if isinstance(array, np.ndarray | np.generic) else ()


@functools.cache
def _is_tensor_class(kind: Hashable) -> bool:
    """Whether a framework's own class stands behind an object's shape and dtype: a person's own
    properties are never run."""
    return any(
        base.__module__.partition(".")[0] in _TENSOR_PACKAGES
        and hasattr(base, "shape")
        and hasattr(base, "dtype")
        for base in getattr(kind, "__mro__", ())
    )


def _function(value: Any) -> Function:
    name = getattr(value, "__name__", type(value).__name__)
    return Function(str(name), public_module(str(getattr(value, "__module__", None) or "")))


def _config(value: Any) -> Mapping | None:
    """What the framework's own `get_config` says. That of a person's class is never run: it could
    do anything, and tracing must change nothing. Nor that of a layer, which is long."""
    get_config = getattr(type(value), "get_config", None)
    if not isinstance(get_config, FunctionType) or hasattr(type(value), "add_weight"):
        return None
    if get_config.__module__.partition(".")[0] not in _OWN_PACKAGES:
        return None
    try:
        config = get_config(value)
    except Exception:  # the base class of a person's own regularizer has none to give
        return None
    return _mapping(config, str, DEPTH_LIMIT - 2) if isinstance(config, dict) else None


def _demands(config: Mapping) -> str:
    """An input spec as it would be written: `InputSpec(min_ndim=2, axes={-1: 3})`."""
    made = [
        f"{name}={text(value)}"
        for name, value in config.entries
        if value is not None and not (isinstance(value, Mapping) and value.length == 0)
    ]
    return f"InputSpec({', '.join(made)})"


def _type_name(kind: type) -> str:
    module = public_module(kind.__module__)
    return kind.__name__ if module == "builtins" else f"{module}.{kind.__name__}"


def public_module(module: str | None) -> str:
    """A module's name as Keras spells it: `densetrace.keras.activations` and
    `keras.src.activations` are both `keras.activations`. Code that was run without a module of its
    own counts as `__main__`."""
    if module is None:
        return "__main__"
    for package in ("densetrace.keras", "keras.src", "tf_keras.src", "tf_keras"):
        if module == package or module.startswith(package + "."):
            return "keras" + module[len(package) :]
    return module
