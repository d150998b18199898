"""`tf.Module`: an object that finds the variables and modules among its attributes.

Follows tensorflow/python/module/module.py.
"""

import functools
import re
from abc import ABCMeta
from collections.abc import Callable, Iterator
from typing import Any, Final

from densetrace.system.real_home import known_as
from densetrace.tensorflow.nest import flatten
from densetrace.tensorflow.operation import export
from densetrace.tensorflow.scopes import current_name_scope, name_scope
from densetrace.tensorflow.variables import Variable

_WORD: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@export("Module")
@known_as("tensorflow.python.module.module")
class Module(metaclass=ABCMeta):  # noqa: B024 - for its subclass hook
    """A container of variables and of other modules. A layer of Keras is one too.

    Args:
        name: its name, a Python identifier; that of its class in lower case unless given.

    Raises:
        ValueError: when the name is no identifier.
    """

    # DEPARTS: in TensorFlow, a layer inherits from Module; here it only passes for one.
    @classmethod
    def __subclasshook__(cls, other: type) -> Any:
        is_layer = cls is Module and all(hasattr(other, name) for name in _OF_A_LAYER)
        return True if is_layer else NotImplemented

    def __init__(self, name: str | None = None) -> None:
        if name is None:
            name = _WORD.sub("_", type(self).__name__).lower()
        if not str(name).isidentifier():
            raise ValueError(
                f"{name!r} is not a valid module name. Module names must be valid Python "
                "identifiers (e.g. a valid class name)."
            )
        self._name = name
        self._scope_name = f"{current_name_scope()}{name}/"

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def name_scope(self) -> Any:
        """The name scope of its variables, for a `with` statement."""
        return name_scope(self._scope_name)

    @property
    def variables(self) -> tuple[Any, ...]:
        """Its variables and those of its submodules: its own first, by the names of attributes."""
        return tuple(self._flatten(lambda leaf: isinstance(leaf, Variable), "variables"))

    @property
    def trainable_variables(self) -> tuple[Any, ...]:
        """Those of its variables that are trainable."""
        return tuple(
            self._flatten(
                lambda leaf: isinstance(leaf, Variable) and leaf.trainable, "trainable_variables"
            )
        )

    @property
    def non_trainable_variables(self) -> tuple[Any, ...]:
        """Those of its variables that are not trainable."""
        return tuple(
            self._flatten(
                lambda leaf: isinstance(leaf, Variable) and not leaf.trainable,
                "non_trainable_variables",
            )
        )

    @property
    def submodules(self) -> tuple[Any, ...]:
        """The modules among its attributes, and those among theirs."""
        return tuple(self._flatten(lambda leaf: isinstance(leaf, Module), "submodules"))

    def _flatten(self, wanted: Callable[[Any], bool], of_layers: str) -> Iterator[Any]:
        return _leaves(self, wanted, of_layers, {id(self)})

    @classmethod
    def with_name_scope(cls, method: Callable[..., Any]) -> Callable[..., Any]:
        """Decorate a method that is to run in the name scope of its module."""

        @functools.wraps(method)
        def scoped(self: Any, *args: Any, **kwargs: Any) -> Any:
            with self.name_scope:
                return method(self, *args, **kwargs)

        return scoped


_OF_A_LAYER: Final = ("add_weight", "trainable_variables", "submodules")


def _leaves(
    module: Any, wanted: Callable[[Any], bool], of_layers: str, seen: set[int]
) -> Iterator[Any]:
    """The requested attributes of a module, then of its submodules, each once."""
    inner: list[Any] = []
    for name in sorted(vars(module)):
        for leaf in _flat(vars(module)[name]):
            if id(leaf) in seen:
                continue
            if wanted(leaf):
                seen.add(id(leaf))
                yield leaf
            if isinstance(leaf, Module):
                seen.add(id(leaf))
                inner.append(leaf)
    for one in inner:
        if Module in type(one).__mro__:  # no layer, which lists its own
            yield from _leaves(one, wanted, of_layers, seen)
            continue
        for found in getattr(one, of_layers):
            if id(found) not in seen:
                seen.add(id(found))
                yield found


def _flat(attribute: Any) -> list[Any]:
    try:
        return flatten(attribute)
    except TypeError:  # a dict whose keys cannot be sorted holds no modules
        return []
