"""Stand-ins for `tensorflow` and `keras`: modules that exist while a script runs on our stack.

A stand-in has the public names of the real module that our stack has, and imports each one on
first use. Other names of the real module are placeholders, which raise when they are used. A name
that the real module lacks raises the usual exception for a missing name, with the dotted name, so a
script's own `try ... except ImportError` and `hasattr` work as on Keras.
"""

import importlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final

from densetrace.data.names import SAME_IN_TENSORFLOW, Name, modules, public, usual_spelling
from densetrace.engines import Engine
from densetrace.sources.script.frames import caller
from densetrace.sources.script.placeholders import NotProvidedError, Placeholder
from densetrace.system.lazy import imported
from densetrace.system.real_home import classes_in, defining_module, is_home, real_homes
from densetrace.tensorflow.missing import NotInDensetraceError

if TYPE_CHECKING:
    from densetrace.sources.script.real_names import RealNames

KERAS_VERSION: Final = "2.14.0"
TENSORFLOW_VERSION: Final = "2.14.1"

ROOTS = ("tensorflow", "keras", "tf_keras")
_VERSIONS: Final = {
    "keras": KERAS_VERSION,
    "tf_keras": KERAS_VERSION,
    "tensorflow": TENSORFLOW_VERSION,
}
"""The modules that have a `__version__`; `tf.keras` has none in TensorFlow 2.14."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A use of something that densetrace lacks; `at` is the file and the line that used it."""

    error: NotProvidedError | NotInDensetraceError
    at: tuple[str, int] | None


refusals: Final[list[Refusal]] = []
"""The first refusal since the stand-ins were put in place, if there was one."""


def _note(error: NotProvidedError | NotInDensetraceError) -> None:
    if not refusals:  # an error holds on to frames, and a loop may catch one each time
        refusals.append(Refusal(error, caller()))


class NotProvided:
    """Mixin of the exceptions for names that the real module lacks, too."""

    dotted: str
    _keras_call_info_injected = True  # layers leave it as it is


class AttributeNotProvidedError(NotProvided, AttributeError):
    """`keras.layers.Conv9D`: the module is there, the name is not."""

    def __init__(self, dotted: str) -> None:
        super().__init__(f"densetrace does not provide {usual_spelling(dotted)}")
        self.dotted = dotted


class ImportNotProvidedError(NotProvided, ImportError):
    """`import keras.dataset`, `from keras.layers import Conv9D`."""

    def __init__(self, dotted: str) -> None:
        super().__init__(f"densetrace does not provide {usual_spelling(dotted)}", name=dotted)
        self.dotted = dotted


class StandIn(ModuleType):
    """A module whose public names are imported from our stack on first use.

    `provided` maps each name to the place of its object in our stack, or to the object itself.
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
        if name == "__version__":
            raise AttributeError(
                f"module {self.__name__!r} has no attribute '__version__': write "
                "keras.__version__ or tf.__version__"
            )
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
        return Placeholder(dotted, _note)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._names()})

    def _names(self) -> set[str]:
        """All public names of the real module."""
        return {*self._provided, *_real_names().names_in(self.__name__)}


def _real_names() -> "RealNames":
    from densetrace.sources.script.real_names import real_names

    return real_names()


def is_provided(value: object) -> bool:
    """Whether an object is a stand-in, a placeholder, or of our stack."""
    kind = type(value)  # `__class__` could trigger lazy loading
    if issubclass(kind, type):
        module: str | None = defining_module(value)  # type: ignore[arg-type] # a class
    else:
        module = value.__module__ if isinstance(value, FunctionType) else None
    ours = type(module) is str and module.startswith(("densetrace.keras", "densetrace.tensorflow"))
    return kind in (StandIn, Placeholder) or ours


class ModuleNotProvidedError(ImportNotProvidedError, ModuleNotFoundError):
    """`import keras.dataset`: the module itself is missing."""


class _Finder:
    """Finds the other modules of TensorFlow and Keras: a module of the real library becomes a
    stand-in with the classes that have their real home there, which `pickle` imports."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] not in ROOTS:
            return None
        if not _real_names().is_module(name) and not is_home(name):
            raise ModuleNotProvidedError(name)
        return ModuleSpec(name, self, is_package=True)  # type: ignore[arg-type] # it is also a loader

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return StandIn(spec.name, classes_in(spec.name))

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: a stand-in has no code."""


def provided_by(engine: Engine | None) -> AbstractContextManager[None]:
    """Make `import keras` find an engine: an installed Keras, or the stand-ins."""
    return installed_as_keras(engine) if engine is not None and engine.is_real else stand_ins()


@contextmanager
def stand_ins() -> Iterator[None]:
    """Put the stand-ins into `sys.modules`; restore the previous modules afterwards."""
    real = _removed_modules()
    sys.modules.update(tree("tensorflow") | tree("keras") | tree("tf_keras"))
    NotInDensetraceError.on_raise = _note
    try:
        with asked_first(_Finder()), real_homes():
            yield
    finally:
        NotInDensetraceError.on_raise = None
        _removed_modules()
        sys.modules.update(real)
        refusals.clear()  # they refer to frames of the script
        if cached := sys.modules.get("densetrace.keras.datasets._cached"):
            cached.forget_notices()
        if backend := sys.modules.get("densetrace.keras.backend"):
            backend._LEARNING_PHASE.clear()


@contextmanager
def asked_first(finder: Any) -> Iterator[None]:
    """Put a module finder at the front of `sys.meta_path` for the length of a `with` block."""
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path[:] = [other for other in sys.meta_path if other is not finder]


@contextmanager
def installed_as_keras(engine: Engine) -> Iterator[None]:
    """Make `import keras` find the Keras of this engine; restore earlier modules afterwards."""
    package = engine.keras.__name__
    if package == "keras":
        yield
        return
    names = [name for name in sys.modules if name.partition(".")[0] == "keras"]
    real = {name: sys.modules.pop(name) for name in names}
    submodules = {
        f"keras.{path}": getattr(engine.keras, path, None) for path in modules("keras") if path
    }
    found = {name: module for name, module in submodules.items() if isinstance(module, ModuleType)}
    sys.modules.update({"keras": engine.keras} | found)
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "keras"]:
            del sys.modules[name]
        sys.modules.update(real)


def _removed_modules() -> dict[str, ModuleType]:
    """Remove all modules of TensorFlow and Keras from `sys.modules` and return them."""
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
