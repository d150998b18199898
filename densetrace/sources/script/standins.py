"""Stand-ins for `tensorflow` and `keras`: modules that exist while a script runs on our stack.

A stand-in offers the public names of the real module that our stack has, and imports each one
when it is asked for. Another name of the real module is a placeholder, which raises when it is
used. A name that the real module lacks raises what Python raises for a missing name (so a script's
own `try ... except ImportError` and `hasattr` work as on Keras), in a form that remembers the
dotted name.
"""

import importlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from importlib.machinery import ModuleSpec
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Final

from densetrace.data.names import SAME_IN_TENSORFLOW, Name, modules, public
from densetrace.engines import Engine
from densetrace.sources.script.placeholders import NotProvidedError, Placeholder
from densetrace.system.lazy import imported

if TYPE_CHECKING:
    from densetrace.sources.script.real_names import RealNames

KERAS_VERSION: Final = "2.14.0"
TENSORFLOW_VERSION: Final = "2.14.1"

ROOTS = ("tensorflow", "keras", "tf_keras")
_VERSIONS: Final = dict.fromkeys(("keras", "tf_keras", "tensorflow.keras"), KERAS_VERSION) | {
    "tensorflow": TENSORFLOW_VERSION
}

refusals: Final[list[NotProvidedError]] = []
"""The uses of placeholders that were refused since the stand-ins were put in place."""


class NotProvided:
    """Mixed into the exception raised for a name that the real module lacks, too."""

    dotted: str


class AttributeNotProvidedError(NotProvided, AttributeError):
    """`keras.layers.Conv9D`: the module is there, the name is not."""

    def __init__(self, dotted: str) -> None:
        super().__init__(f"densetrace does not provide {short(dotted)}")
        self.dotted = dotted


class ImportNotProvidedError(NotProvided, ImportError):
    """`import keras.dataset`, `from keras.layers import Conv9D`."""

    def __init__(self, dotted: str) -> None:
        super().__init__(f"densetrace does not provide {short(dotted)}", name=dotted)
        self.dotted = dotted


def short(dotted: str) -> str:
    """A name as people say it: `tf.data` for `tensorflow.data`."""
    root, dot, rest = dotted.partition(".")
    return f"tf{dot}{rest}" if root == "tensorflow" else dotted


class StandIn(ModuleType):
    """A module whose public names are found in our stack when they are first used.

    `provided` has what our stack has for each name: where it is, or the object itself.
    """

    def __init__(self, name: str, provided: Mapping[str, object], version: str = "") -> None:
        super().__init__(name, f"densetrace's stand-in for {name}.")
        self.__spec__ = ModuleSpec(name, None, is_package=True)
        self.__package__ = name
        self.__path__: list[str] = []
        self._provided = provided
        if version:
            self.__version__ = version

    def __getattr__(self, name: str) -> object:
        if name == "__all__":
            return sorted(self._names())
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        if name in self._provided:
            made = self._provided[name]
            value = imported(made.module, made.own) if isinstance(made, Name) else made
        else:
            value = self._not_provided(name)
        setattr(self, name, value)
        return value

    def _not_provided(self, name: str) -> object:
        dotted = f"{self.__name__}.{name}"
        real = _real_names()
        if real.is_module(dotted):
            return importlib.import_module(dotted)
        if not real.may_have(dotted):
            raise AttributeNotProvidedError(dotted)
        return Placeholder(dotted, refusals.append)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._names()})

    def _names(self) -> set[str]:
        """All public names of the real module."""
        return {*self._provided, *_real_names().names_in(self.__name__)}


def _real_names() -> "RealNames":
    from densetrace.sources.script.real_names import real_names

    return real_names()


def is_provided(value: object) -> bool:
    """Whether something is a stand-in, or of our stack: it came by the name of the real one."""
    kind = type(value)  # an object that is loaded on demand is not asked for its class
    if issubclass(kind, type):
        module = type.__getattribute__(value, "__module__")
    else:
        module = value.__module__ if isinstance(value, FunctionType) else None
    ours = type(module) is str and module.startswith(("densetrace.keras", "densetrace.tensorflow"))
    return kind in (StandIn, Placeholder) or ours


class _Finder:
    """Answers for every module of TensorFlow and Keras that is not yet there: one that the real
    library has is an empty stand-in."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] not in ROOTS:
            return None
        if not _real_names().is_module(name):
            raise ImportNotProvidedError(name)
        return ModuleSpec(name, self, is_package=True)  # type: ignore[arg-type] # it loads, too

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return StandIn(spec.name, {})

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run."""


def provided_by(engine: Engine | None) -> AbstractContextManager[None]:
    """Let `import keras` find an engine: a Keras that is installed, or else the stand-ins."""
    return called_keras(engine) if engine is not None and engine.is_real else stand_ins()


@contextmanager
def stand_ins() -> Iterator[None]:
    """Put the stand-ins where `import` finds them; afterwards put back what was there."""
    finder = _Finder()
    real = _taken_out()
    sys.modules.update(tree("tensorflow") | tree("keras") | tree("tf_keras"))
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path[:] = [other for other in sys.meta_path if other is not finder]
        _taken_out()
        sys.modules.update(real)
        refusals.clear()  # they hold on to the script's frames


@contextmanager
def called_keras(engine: Engine) -> Iterator[None]:
    """Let `import keras` find the Keras of this engine; afterwards put back what was there."""
    package = engine.keras.__name__
    if package == "keras":
        yield
        return
    names = [name for name in sys.modules if name.partition(".")[0] == "keras"]
    real = {name: sys.modules.pop(name) for name in names}
    rooms = {
        f"keras.{room}": getattr(engine.keras, room, None) for room in modules("keras") if room
    }
    found = {name: module for name, module in rooms.items() if isinstance(module, ModuleType)}
    sys.modules.update({"keras": engine.keras} | found)
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "keras"]:
            del sys.modules[name]
        sys.modules.update(real)


def _taken_out() -> dict[str, ModuleType]:
    """Remove every module of TensorFlow and Keras from `sys.modules`, and return them."""
    names = [name for name in sys.modules if name.partition(".")[0] in ROOTS]
    return {name: sys.modules.pop(name) for name in names}


def tree(root: str) -> dict[str, StandIn]:
    """The stand-in called `root` and its submodules, by full name."""
    listed: dict[str, Mapping[str, object]] = {}
    if root == "tensorflow":
        from densetrace.tensorflow import exports

        listed |= {f"{root}.{path}".rstrip("."): names for path, names in exports.modules().items()}
        listed |= {f"{root}.{name}": public(f"tf.{name}") for name in SAME_IN_TENSORFLOW}
    keras = "tensorflow.keras" if root == "tensorflow" else root
    for path in modules("keras"):
        listed[f"{keras}.{path}".rstrip(".")] = public(f"keras.{path}".rstrip("."))
    for name in list(listed):
        while (name := name.rpartition(".")[0]) and name not in listed:
            listed[name] = {}
    tree: dict[str, StandIn] = {}
    for name in sorted(listed):
        module = tree[name] = StandIn(name, listed[name], _VERSIONS.get(name, ""))
        parent, _, last = name.rpartition(".")
        if parent:
            setattr(tree[parent], last, module)
    return tree
