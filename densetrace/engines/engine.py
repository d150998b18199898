"""What a stack that runs an expression or a script is, whichever it is."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from densetrace.data.names import OF_LAYERS
from densetrace.data.values import Value

FOLLOWS = "Keras 2.14"
"""The Keras that our own stack follows."""

READS_FILES = ("IntegerLookup", "StringLookup", "TFSMLayer", "TextVectorization")
"""Layers of a real Keras that open a file whose name they are given: not for expressions, which may
come from anybody."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A stack that runs layers: our own, or an installed Keras.

    `keras` has the public rooms as attributes (`keras.layers`, `keras.initializers`, ...), `nn` the
    activations of TensorFlow. `library` is the TensorFlow it runs on; empty for our own stack.
    `hook` makes a context manager within which the stack reports to the active recorder.
    """

    name: str
    version: str
    library: str
    keras: Any
    nn: Any
    hook: Callable[[], AbstractContextManager[object]]

    @property
    def title(self) -> str:
        """Such as `tf_keras 2.21.0`."""
        return f"{self.name} {self.version}"

    def describe(self) -> dict[str, Value]:
        """What a trace says of its engine."""
        described: dict[str, Value] = {"name": self.name, "version": self.version}
        return described | ({"tensorflow": self.library} if self.is_real else {"follows": FOLLOWS})

    @property
    def is_real(self) -> bool:
        """Whether it is an installed Keras, not our own stack."""
        return bool(self.library)

    def hooked(self) -> AbstractContextManager[object]:
        """Within it the stack reports each step to the active recorder; afterwards no more."""
        return self.hook()

    def clear_session(self) -> None:
        """Forget the names given so far: the next `Dense` is `dense` again."""
        self.keras.backend.clear_session()

    def set_seed(self, seed: int) -> None:
        """Make the random numbers drawn from now on repeat themselves."""
        self.keras.utils.set_random_seed(seed)

    def lookup_names(self) -> frozenset[str]:
        """Every name that a string can resolve to in a lookup of this stack.

        Keras looks an identifier up among all globals of the module that has the `get()`, its
        imports and helpers included, and among the registered custom objects.
        """
        modules = (sys.modules[getattr(self.keras, room).get.__module__] for room in OF_LAYERS)
        return frozenset().union(self.keras.utils.get_custom_objects(), *map(vars, modules))

    def layers(self) -> list[str]:
        """The names of the layers that an expression may make with this engine."""
        room = self.keras.layers
        public = [name for name in dir(room) if not name.startswith("_")]
        return [
            name
            for name in public
            if name not in READS_FILES and _is_layer(getattr(room, name, None), room.Layer)
        ]


def _is_layer(found: object, base: type) -> bool:
    return isinstance(found, type) and issubclass(found, base)


def version_of(module: ModuleType) -> str:
    """The version a module says it has."""
    return str(getattr(module, "__version__", "unknown"))
