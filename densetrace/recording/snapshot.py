"""Turns a live object into a `Value`: a bounded copy that never raises and never runs long.

Scalars are kept as they are, arrays as shape, dtype and a few elements, containers as their first
items, instances by class, label and (for the framework's own classes) config. The reader of a class
is chosen once. No code of a user's class runs: no `repr`, no `==`, no `len`, no property; a user's
subclass of list or str is read by the methods of Python's own class.
"""

import functools
import math
from collections.abc import Callable, Iterable
from itertools import islice
from types import (
    BuiltinFunctionType,
    EllipsisType,
    FunctionType,
    MethodType,
    NoneType,
    WrapperDescriptorType,
)
from typing import Any, Final, TypeAlias, get_args

import numpy as np

from densetrace.data.values import (
    Binary,
    Class,
    Function,
    Instance,
    Items,
    Mapping,
    Number,
    Opaque,
    Record,
    Text,
    Value,
    text,
)
from densetrace.data.wording import demands, keywords
from densetrace.recording import arrays, optimizer_settings
from densetrace.recording.introspect import (
    BACKENDS,
    FRAMEWORKS,
    OURS,
    attributes_of,
    derives,
    facts_of,
    find_in_class,
    is_symbolic,
    package_of,
    per_object,
    public_module,
)

TEXT_LIMIT: Final = 200
ITEM_LIMIT: Final = 32
DIGIT_LIMIT: Final = 64
"""The most characters of a string, items of a container and bits of an integer that are kept."""

_BIG: Final = 2**DIGIT_LIMIT

ROOM: Final = 4096
LEAST_ROOM: Final = 4
"""The room of an object is about how many values its snapshot may hold. A container divides it
among its items; with less than `LEAST_ROOM`, it keeps its length alone. So a snapshot of any object
holds a few thousand values, nested at most six deep."""

_CONFIG_ROOM: Final = 80

MESSAGE_LIMIT: Final = 2000
"""This many characters of an exception's message are read."""

_TRUSTED: Final = (*FRAMEWORKS, "builtins", "collections")
"""Packages whose containers are read by their own `__len__` and `__iter__`."""

Labeller: TypeAlias = Callable[[object], str]
"""Returns the label of an object, the same throughout a trace."""

Taken: TypeAlias = Value | tuple[Any, ...]
"""A Value, or (function, *args) to build one later."""

Reader: TypeAlias = Callable[[Any, Labeller, int], Taken]
"""Reads an object of one class, within this much room."""


def snapshot(value: object, label: Labeller, room: int = ROOM) -> Value:
    """A bounded copy of `value` as it is now. `label` names instances."""
    return finished(take(value, label, room))


def take(value: object, label: Labeller, room: int = ROOM) -> Taken:
    """Copy the mutable part of `value` now; `finished` builds the Value later."""
    # The commonest values first.
    if value is None or value is True or value is False:
        return value
    kind = type(value)
    if kind is str:
        if value.isascii() and len(value) <= TEXT_LIMIT:  # type: ignore[attr-defined, arg-type] # its exact type was just checked
            return value  # type: ignore[return-value] # as above
    elif kind is int and -_BIG < value < _BIG:  # type: ignore[operator] # as above
        return value  # type: ignore[return-value] # as above
    try:
        read = _BUILT_IN.get(id(kind)) or _reader(kind)
        return read(value, label, room)
    except Exception:
        # Any attribute of an object may fail; its type is always known.
        return _opaque(kind)


def take_each(values: dict[str, Any], label: Labeller) -> dict[str, Taken]:
    """As `take`, for each value of a dict, in place. It does not call `take`, which would cost as
    much again as to read most values."""
    for name, value in values.items():
        if value is None or (type(value) is str and value.isascii() and len(value) <= TEXT_LIMIT):
            continue
        kind = type(value)
        try:
            read = _BUILT_IN.get(id(kind)) or _reader(kind)
            values[name] = read(value, label, ROOM)
        except Exception:
            values[name] = _opaque(kind)
    return values


def finished(taken: Taken) -> Value:
    """Build the value that `take` prepared."""
    if type(taken) is not tuple:
        return taken  # type: ignore[return-value] # no value is a tuple
    make, *parts = taken
    value: Value = make(*parts)
    return value


@per_object
def _reader(kind: type) -> Reader:
    """The reader of a class."""
    if derives(kind, np.ndarray) or derives(kind, np.generic):
        return _array
    if derives(kind, type):
        return _class
    trusted = package_of(kind) in _TRUSTED
    for base, reader in _READERS.items():
        if derives(kind, base) and base not in _ONLY_EXACT:
            return _TRUSTED_READERS.get(base, reader) if trusted else reader
    if derives(kind, np.dtype):
        return _dtype
    if facts_of(kind).name == "TensorShape" and package_of(kind) in FRAMEWORKS:
        return _shape
    own = _OF_OUR_TENSORFLOW.get(facts_of(kind).module)
    if own is not None and package_of(kind) == "densetrace":
        return own
    if package_of(kind) in BACKENDS and arrays.is_tensor_class(kind):
        return _symbolic if is_symbolic(kind) else _of_backend
    if arrays.is_tensor_class(kind):
        # A variable of mixed precision passes `numpy` on to the variable that it wraps.
        has_data = find_in_class(kind, "numpy") or "Variable" in facts_of(kind).lineage
        return _tensor if has_data else _symbolic
    if package_of(kind) == "tensorflow":
        return _of_tensorflow(kind)
    return _instance_reader(kind)


def _opaque(kind: type) -> Opaque:
    facts = facts_of(kind)
    return Opaque(facts.name if facts.module == "builtins" else f"{facts.module}.{facts.name}")


def message_of(error: BaseException) -> str:
    """The message of an exception, read without running a user's code: instead of a user's
    `__str__`, the arguments are read."""
    kind = type(error)
    arguments = _arguments(error)
    method = find_in_class(kind, "__str__")
    if type(method) is WrapperDescriptorType:
        readable = all(id(type(argument)) in _PLAIN for argument in arguments)
    else:
        module = getattr(method, "__module__", None) or ""
        readable = module.partition(".")[0] in FRAMEWORKS
    if readable or derives(kind, BaseExceptionGroup):
        message = str(error)
    elif len(arguments) == 1:
        value = snapshot(arguments[0], name_of_class)
        message = value if isinstance(value, str) else text(value)
    else:
        message = text(snapshot(arguments, name_of_class)) if arguments else ""
    kept = _text(message[:MESSAGE_LIMIT], name_of_class, 0)
    return f"{kept.start[:-3]}..." if isinstance(kept, Text) else str(kept)


def name_text(name: str) -> str:
    """A name as a trace keeps it: the start of a long one, lone surrogates escaped."""
    kept = _text(name, name_of_class, 0)
    return kept.start if isinstance(kept, Text) else str(kept)


_arguments: Final = vars(BaseException)["args"].__get__
_PLAIN: Final = frozenset(map(id, (str, int, float, bool, NoneType)))


def name_of_class(value: object) -> str:
    """The label of an object where there is no trace."""
    return facts_of(type(value)).name


# -- scalars ---------------------------------------------------------------------------------------


def _text(value: str, label: Labeller, room: int) -> Value:
    length = str.__len__(value)
    start = str.__getitem__(value, _START) if length > TEXT_LIMIT else str.__str__(value)
    # A lone surrogate has no UTF-8 form, so it is escaped.
    if not start.isascii():
        start = start.encode("utf-8", "backslashreplace").decode("utf-8")
    if max(length, len(start)) <= TEXT_LIMIT:
        return start
    return Text(start[:TEXT_LIMIT], max(length, len(start)))


def _integer(value: int, label: Labeller, room: int) -> Value:
    if value.bit_length() <= DIGIT_LIMIT:
        return value
    return Number(f"{'-' if value < 0 else ''}2**{value.bit_length() - 1} or more")


def _real(value: float, label: Labeller, room: int) -> Value:
    return value if math.isfinite(value) else Number(repr(value))


def _complex(value: complex, label: Labeller, room: int) -> Value:
    return Number(complex.__repr__(value))


def _bytes(value: bytes, label: Labeller, room: int) -> Value:
    return Binary(bytes.__getitem__(value, _START).decode("latin-1"), bytes.__len__(value))


def _bytearray(value: bytearray, label: Labeller, room: int) -> Value:
    start = bytearray.__getitem__(value, _START)
    return Binary(start.decode("latin-1"), bytearray.__len__(value))


_START: Final = slice(0, TEXT_LIMIT)


# -- containers ------------------------------------------------------------------------------------


def _items_of(base: Any) -> Reader:
    """Reads objects of `base` (a list, tuple or set) and of classes derived from it."""
    name: str = base.__name__

    none = Items(name, (), 0)

    def read(value: Any, label: Labeller, room: int) -> Taken:
        length = base.__len__(value)
        return _items(name, length, base.__iter__(value), label, room) if length else none

    return read


def _items(name: str, length: int, items: Iterable[Any], label: Labeller, room: int) -> Taken:
    if room < LEAST_ROOM:
        return Items, name, (), length
    shown = min(length, room, ITEM_LIMIT)
    share = room // max(shown, LEAST_ROOM)
    return _list_of, name, [take(item, label, share) for item in islice(items, shown)], length


def _list_of(name: str, items: list[Taken], length: int) -> Items:
    return Items(name, tuple(map(finished, items)), length)


def _trusted_list(value: Any, label: Labeller, room: int) -> Taken:
    """Read a list of TensorFlow, which does not keep its items in the list itself."""
    return _items("list", len(value), value, label, room)


def _mapping(value: dict[Any, Any], label: Labeller, room: int) -> Taken:
    length = dict.__len__(value)
    return _entries(length, dict.items(value), label, room) if length else _EMPTY


def _trusted_mapping(value: Any, label: Labeller, room: int) -> Taken:
    return _entries(len(value), value.items(), label, room)


def _entries(length: int, pairs: Iterable[Any], label: Labeller, room: int) -> Taken:
    if room < LEAST_ROOM:
        return Mapping, (), length
    shown = min(length, room, ITEM_LIMIT)
    share = room // max(shown, LEAST_ROOM)
    entries = [
        (take(key, label, share), take(item, label, share)) for key, item in islice(pairs, shown)
    ]
    return _mapping_of, entries, length


def _mapping_of(entries: list[tuple[Taken, Taken]], length: int) -> Mapping:
    return Mapping(tuple([(finished(key), finished(item)) for key, item in entries]), length)


_EMPTY: Final = Mapping((), 0)


def _slice(value: slice, label: Labeller, room: int) -> Value:
    """A slice as it is written in an index, such as `1:`, as the label of an instance."""
    parts = [value.start, value.stop] + ([] if value.step is None else [value.step])
    return Instance("slice", "builtins", ":".join(map(_bound, parts)))


def _bound(part: object) -> str:
    if part is None:
        return ""
    return str(part) if type(part) is int and part.bit_length() <= DIGIT_LIMIT else "?"


def _ellipsis(value: object, label: Labeller, room: int) -> Value:
    return Instance("ellipsis", "builtins", "...")


# -- functions and classes -------------------------------------------------------------------------


def _class(value: type, label: Labeller, room: int) -> Value:
    facts = facts_of(value)
    return Class(facts.name, facts.module)


def _function(value: Any, label: Labeller, room: int) -> Value:
    name, module = value.__name__, value.__module__
    return _named(name if type(name) is str else "?", module if type(module) is str else "")


def _method(value: MethodType, label: Labeller, room: int) -> Value:
    function = value.__func__
    if isinstance(function, FunctionType | BuiltinFunctionType):
        return _function(function, label, room)
    return Function("method", "")  # its `__func__` is not a real function


@functools.lru_cache(maxsize=1024)
def _named(name: str, module: str) -> Function:
    return Function(name, public_module(module))


# -- arrays and tensors ----------------------------------------------------------------------------


def _array(value: Any, label: Labeller, room: int) -> Taken:
    return arrays.read(value)


def _variable(value: Any, label: Labeller, room: int) -> Taken:
    return arrays.read_variable(value)


def _tensor(value: Any, label: Labeller, room: int) -> Taken:
    return arrays.read_tensor(value)


def _of_backend(value: Any, label: Labeller, room: int) -> Taken:
    array = arrays.number_array(value)
    return arrays.read_symbolic(value) if array is None else arrays.read(array)


def _symbolic(value: Any, label: Labeller, room: int) -> Taken:
    return arrays.read_symbolic(value)


def _our_tensor(value: Any, label: Labeller, room: int) -> Taken:
    return arrays.read_held(object.__getattribute__(value, "_array"))


def _whole(value: arrays.Whole, label: Labeller, room: int) -> Taken:
    found = arrays.read_whole(value)
    if found is None and not hasattr(value.variable, "numpy"):
        return take(value.variable, label, room)  # slices of a tensor have no array of their own
    return found


def _our_dtype(value: Any, label: Labeller, room: int) -> Taken:
    name: str = value.name
    return name


_OF_OUR_TENSORFLOW: Final[dict[str, Reader]] = {
    "tensorflow.tensor": _our_tensor,
    "tensorflow.variables": _variable,
    "tensorflow.symbolic": _symbolic,
    "keras.engine.keras_tensor": _symbolic,
    "tensorflow.dtypes": _our_dtype,
}
"""The modules of our own tensors, and how their objects are read."""


def _dtype(value: np.dtype[Any], label: Labeller, room: int) -> Taken:
    return arrays.dtype_name(value)


def _shape(value: Any, label: Labeller, room: int) -> Taken:
    """A TensorShape as a tuple of its sizes; None if their number is unknown."""
    return None if value.rank is None else take(tuple(value), label, room)


def _of_tensorflow(kind: type) -> Reader:
    """The reader of a TensorFlow class: a dtype becomes its name, as in the mirrored stack, and a
    wrapper of a tracked container is read as that container."""
    facts = facts_of(kind)
    if facts.name == "DType":
        return lambda value, label, room: str(value.name)
    if "ObjectProxy" in facts.lineage:
        return lambda value, label, room: take(value.__wrapped__, label, room)
    return _instance_reader(kind)


def _as_it_is(value: Value, label: Labeller, room: int) -> Taken:
    return value


# -- other objects ---------------------------------------------------------------------------------


def _instance_reader(kind: type) -> Reader:
    facts = facts_of(kind)
    name, module, get_config = facts.name, facts.module, _own_get_config(kind)
    asks_attributes = not _ASK_ATTRIBUTES.isdisjoint(facts.lineage)
    is_optimizer = optimizer_settings.is_optimizer(kind)

    def read(value: Any, label: Labeller, room: int) -> Taken:
        config = None
        if get_config is not None and not (asks_attributes and _has_foreign_attribute(value)):
            config = _config(value, get_config)
        if is_optimizer:
            config = _of_optimizer(value, config, label)
        # An input spec is labelled by its demands, not by a count.
        instance_label = "" if config and name == "InputSpec" else label(value)
        return _instance, name, module, instance_label, config

    return read


def _instance(name: str, module: str, label: str, config: dict[str, Any] | None) -> Instance:
    if config is None:
        return Instance(name, module, label)
    kept: Any = finished(_entries(len(config), config.items(), name_of_class, _CONFIG_ROOM))
    return Instance(name, module, label or _demands(kept), kept)


def _own_get_config(kind: type) -> Callable[[Any], object] | None:
    """The `get_config` of a framework's class. It is never run on a user's class, not even an
    inherited one, since it could run any code there; nor on a layer, whose config is long."""
    get_config = find_in_class(kind, "get_config")
    if not isinstance(get_config, FunctionType) or facts_of(kind).is_layer:
        return None
    return get_config if package_of(kind) in OURS else None


def _config(value: Any, get_config: Callable[[Any], object]) -> dict[str, Any] | None:
    """The config of an object, as values that no longer change."""
    try:
        config = get_config(value)
    except Exception:  # a base class has no config
        return None
    return _settled(config) if isinstance(config, dict) else None


def _of_optimizer(
    value: Any, config: dict[str, Any] | None, label: Labeller
) -> dict[str, Any] | None:
    """The settings of an optimizer. One that it wraps has the label that its steps have; a schedule
    is an object with its own settings."""
    settings = optimizer_settings.with_objects(value, config)
    inner = settings.get("inner_optimizer")
    if inner is not None:
        settings["inner_optimizer"] = snapshot(inner, label, _CONFIG_ROOM)
    return _settled(settings) or None


def _settled(config: dict[str, Any]) -> dict[str, Any]:
    return {
        name: item if id(type(item)) in _PLAIN else snapshot(item, name_of_class, _CONFIG_ROOM // 4)
        for name, item in config.items()
    }


_ASK_ATTRIBUTES: Final = frozenset({"Optimizer", "OptimizerV2", "Metric"})
"""Classes whose `get_config` calls that of their attributes, such as a schedule."""


def _has_foreign_attribute(value: Any) -> bool:
    return any(_is_foreign(type(attribute)) for attribute in attributes_of(value).values())


@per_object
def _is_foreign(kind: type) -> bool:
    """Whether a class has a `get_config` that may be a user's."""
    has_config = find_in_class(kind, "get_config") is not None
    return has_config and package_of(kind) not in OURS


def _demands(config: Mapping) -> str:
    """An input spec as it would be written: `InputSpec(min_ndim=2, axes={-1: 3})`."""
    return f"InputSpec({keywords(demands(config).items(), text)})"


_READERS: Final[dict[type, Reader]] = {
    str: _text,
    int: _integer,
    float: _real,
    tuple: _items_of(tuple),
    list: _items_of(list),
    set: _items_of(set),
    frozenset: _items_of(frozenset),
    dict: _mapping,
    slice: _slice,
    EllipsisType: _ellipsis,
    FunctionType: _function,
    BuiltinFunctionType: _function,
    MethodType: _method,
    np.ufunc: _function,
    bytes: _bytes,
    bytearray: _bytearray,
    complex: _complex,
}
"""The readers of these classes and their subclasses."""

_ONLY_EXACT: Final = (int, float, set, frozenset)
"""An object of a subclass of these is stored as an instance: mostly a member of an enumeration."""

_BUILT_IN: Final[dict[int, Reader]] = {
    id(kind): reader
    for kind, reader in (
        _READERS
        | dict.fromkeys((NoneType, bool, *get_args(Record)), _as_it_is)
        | {arrays.Whole: _whole}
    ).items()
}
"""The readers of exactly these classes, by id; most objects are of one of them."""

_TRUSTED_READERS: Final[dict[type, Reader]] = {list: _trusted_list, dict: _trusted_mapping}
