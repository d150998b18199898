"""The stack that runs an expression or a script."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from densetrace.data.names import OF_LAYERS
from densetrace.data.trace import generation_of
from densetrace.data.values import Value

OWN = "densetrace"

FOLLOWS = "Keras 2.14"
"""The Keras version that our own stack mirrors."""

READS_FILES = ("IntegerLookup", "StringLookup", "TFSMLayer", "TextVectorization")
"""Layers of a real Keras that open a file by name: not allowed in expressions, which may come from
an untrusted source."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A stack that runs layers: our own, or an installed Keras.

    `keras` has the public modules as attributes (`keras.layers`, `keras.initializers`, ...).
    `hook` returns a context manager within which the stack reports to the active recorder. `nn` has
    the activations of TensorFlow; None where the stack computes with something else. `backend` is
    the library that computes, such as `tensorflow`, and `library` its version; both are empty for
    our own stack.
    """

    name: str
    version: str
    keras: Any
    hook: Callable[[], AbstractContextManager[object]]
    nn: Any = None
    backend: str = ""
    library: str = ""

    @property
    def title(self) -> str:
        """Such as `tf_keras 2.21.0`."""
        return f"{self.name} {self.version}"

    def describe(self) -> dict[str, Value]:
        """The `engine` of a trace."""
        described: dict[str, Value] = {"name": self.name, "version": self.version}
        if not self.is_real:
            return described | {"follows": FOLLOWS}
        if self.generation == 2:
            return described | {self.backend: self.library}
        return described | {"backend": self.backend, self.backend: self.library}

    @property
    def generation(self) -> int:
        """2 for a Keras 2 and our own stack, 3 for Keras 3."""
        return generation_of(self.name, self.version)

    @property
    def is_real(self) -> bool:
        """Whether it is an installed Keras, not our own stack."""
        return self.name != OWN

    def hooked(self) -> AbstractContextManager[object]:
        """A context manager within which the stack reports each step to the active recorder."""
        return self.hook()

    def clear_session(self) -> None:
        """Forget the names given so far: the next `Dense` is `dense` again."""
        (self.keras.utils if self.generation == 3 else self.keras.backend).clear_session()

    def set_seed(self, seed: int) -> None:
        """Set the seed of the stack's random numbers."""
        self.keras.utils.set_random_seed(seed)

    def lookup_names(self) -> frozenset[str]:
        """Every name that a string can resolve to in a lookup of this stack.

        Keras looks an identifier up among all globals of the module that defines the `get()`,
        imports and helpers included, and among the registered custom objects.
        """
        custom = frozenset(self.keras.utils.get_custom_objects())
        return custom.union(*(_globals_of(getattr(self.keras, name).get) for name in OF_LAYERS))

    def layers(self) -> list[str]:
        """The names of the layers that an expression may create with this engine."""
        layers = self.keras.layers
        public = [name for name in dir(layers) if not name.startswith("_")]
        return [
            name
            for name in public
            if name not in READS_FILES and _is_layer(getattr(layers, name, None), layers.Layer)
        ]


def _globals_of(get: Any) -> frozenset[str]:
    """The globals of the module that defines a `get()`, without those that Keras 3 lists in a table
    of what it finds: there it finds nothing else."""
    names = vars(sys.modules[get.__module__])
    listed = names.get("ALL_OBJECTS_DICT")
    return frozenset(names).difference(listed if type(listed) is dict else ())


def _is_layer(found: object, base: type) -> bool:
    return isinstance(found, type) and issubclass(found, base)


def version_of(module: ModuleType) -> str:
    """The version a module says it has."""
    return str(getattr(module, "__version__", "unknown"))
