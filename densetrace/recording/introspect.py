"""Introspection that runs no user code: facts of a class, signatures of functions.

Any attribute of a user's class or metaclass may raise, lie or never return. Only the slots of
`type` itself are read here, once for each class.
"""

import functools
import inspect
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FunctionType, GetSetDescriptorType, MethodType
from typing import Any, Final, TypeVar

from densetrace.system.real_home import PART, defining_module

K = TypeVar("K")
T = TypeVar("T")

MOST_CACHED: Final = 4096
"""A cache of this many objects is cleared."""

_name: Final = vars(type)["__name__"].__get__
_mro: Final = vars(type)["__mro__"].__get__
_namespace: Final = vars(type)["__dict__"].__get__

OURS: Final = ("densetrace", "keras", "tf_keras")
BACKENDS: Final = ("jax", "jaxlib", "torch")
FRAMEWORKS: Final = (*OURS, "tensorflow", *BACKENDS)
"""The packages of the stacks; `FRAMEWORKS` adds TensorFlow, on which they are built, and the other
backends of Keras 3."""

_PACKAGES: Final = ("densetrace.keras", "keras.src", "tf_keras.src", "tf_keras")
_SKIPS_ASSIGN: Final = frozenset({"Model", "InputLayer"})


def per_object(compute: Callable[[K], T]) -> Callable[[K], T]:
    """Cache `compute`, a function of a class, a function or a code object, by object identity.

    The cache keeps no object alive, and runs neither an object's `__hash__` nor its `__eq__` (for a
    class, those of its metaclass).
    """
    known: dict[int, tuple[Callable[[], Any], T]] = {}

    @functools.wraps(compute)
    def cached(about: K) -> T:
        try:
            reference, value = known[id(about)]
            if reference() is about:
                return value
        except KeyError:
            pass
        value = compute(about)
        if len(known) >= MOST_CACHED:
            known.clear()
        known[id(about)] = weakref.ref(about), value
        return value

    return cached


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """Facts of a class: its name, its module as Keras spells it, the names of the classes in its
    `__mro__`, whether it is a layer or a variable, whether its attribute sets are not traced
    (bookkeeping), and a function that returns an instance's `__dict__`."""

    name: str
    module: str
    lineage: tuple[str, ...]
    is_layer: bool
    is_variable: bool
    skips_assign: bool
    attributes: Callable[[Any], dict[str, Any]]


@per_object
def facts_of(cls: type) -> ClassFacts:
    """The facts of a class."""
    bases = mro(cls)
    lineage = tuple(_name(base) for base in bases)
    stores = [
        stored
        for base in reversed(bases)
        if type(stored := _namespace(base).get("__dict__")) is GetSetDescriptorType
    ]
    return ClassFacts(
        name=_name(cls),
        module=public_module(defining_module(cls)),
        lineage=lineage,
        # Legacy optimizers have the method too.
        is_layer=find_in_class(cls, "add_weight") is not None and "OptimizerV2" not in lineage,
        is_variable="Variable" in lineage or "ResourceVariable" in lineage,
        skips_assign=not _SKIPS_ASSIGN.isdisjoint(lineage),
        attributes=stores[0].__get__ if stores else _no_attributes,
    )


def mro(cls: type) -> tuple[type, ...]:
    """The `__mro__` of a class."""
    bases: tuple[type, ...] = _mro(cls)
    return bases


def derives(cls: type, base: type) -> bool:
    """Whether a class is `base` or inherits from it, without asking its metaclass."""
    return type.__subclasscheck__(base, cls)


def package_of(cls: type) -> str:
    """The package that a class was defined in."""
    return defining_module(cls).partition(".")[0]


def is_symbolic(cls: type) -> bool:
    """Whether a tensor of this class holds no data: a Keras tensor, or one inside a graph."""
    facts = facts_of(cls)
    if facts.module.startswith("tensorflow.python."):
        return facts.name in ("Tensor", "SymbolicTensor")
    return not _SYMBOLIC.isdisjoint(facts.lineage)


_SYMBOLIC: Final = frozenset(("KerasTensor", "Symbol", "Tracer"))
"""Classes of tensors without data: of Keras, of the mirrored stack, and of JAX while it traces."""


def leaves(value: object) -> Iterator[object]:
    """The objects in nested lists, tuples and dicts of Python's own classes."""
    waiting = [value]
    while waiting:
        one: Any = waiting.pop()
        kind = type(one)
        if kind is list or kind is tuple:
            waiting.extend(reversed(one))
        elif kind is dict:
            waiting.extend(reversed(one.values()))
        else:
            yield one


def find_in_class(cls: type, name: str) -> Any:
    """The attribute of a class or its bases, unbound; None when there is none."""
    for base in mro(cls):
        namespace = _namespace(base)
        if name in namespace:
            return namespace[name]
    return None


def attributes_of(value: object) -> dict[str, Any]:
    """The `__dict__` of an object; empty when it has none."""
    return facts_of(type(value)).attributes(value)


def _no_attributes(value: object) -> dict[str, Any]:
    return {}


@functools.lru_cache(maxsize=1024)
def public_module(module: str | None) -> str:
    """A module's name as Keras spells it: `densetrace.keras.activations` and
    `keras.src.activations` are both `keras.activations`. Code without a module is in
    `__main__`."""
    if module is None:
        return "__main__"
    for package in _PACKAGES:
        if module == package or module.startswith(package + "."):
            return "keras" + PART.sub(r".\1", module[len(package) :])
    if module.startswith("densetrace.tensorflow"):
        return module.removeprefix("densetrace.")
    return module


def getfullargspec(function: Any) -> inspect.FullArgSpec:
    """As `inspect.getfullargspec`, cached for functions; callers must not change the result.

    Raises:
        TypeError: when `function` is not a function.
    """
    plain = function.__func__ if type(function) is MethodType else function
    return _argspec(plain) if type(plain) is FunctionType else inspect.getfullargspec(function)


@per_object
def _argspec(function: FunctionType) -> inspect.FullArgSpec:
    return inspect.getfullargspec(function)
