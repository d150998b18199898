"""The public names of Keras 2.14, TensorFlow 2.14 and Keras 3, and hints for missing names.

The names are data, gathered from installed packages by tests/sources/gather_names.py. They are read
when a script first uses a name that densetrace lacks.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final, TypeAlias

from densetrace.data.names import public, usual_spelling
from densetrace.sources.script import old_paths
from densetrace.system.errors import did_you_mean, shown

REAL_ENGINE: Final = "run the script on a real Keras with --engine tf_keras."

NOT_PROVIDED: Final = ", which densetrace does not provide."

_OPERATIONS: Final = ("ops", "random")
"""Modules of Keras 3 whose names are in TensorFlow, not Keras, for Keras 2."""
LINE_SHOWN: Final = 300
"""The longest hint; a line may name many things."""
_SECONDARY: Final = ("experimental", "legacy", "compat", "raw_ops")

Modules: TypeAlias = dict[str, frozenset[str] | None]
"""The names in each public module by its path, with submodules; None if they are not listed."""


@dataclass(frozen=True)
class RealNames:
    """The names of each library. A module is named by its path in the library: `layers`, or empty
    for the library itself."""

    data: dict[str, Any]

    @cached_property
    def keras(self) -> Modules:
        """Keras 2.14."""
        return _modules(self.data["keras"]["modules"], {})

    @cached_property
    def tensorflow(self) -> Modules:
        """TensorFlow 2.14, without its `tf.keras`."""
        return _modules(self.data["tensorflow"]["modules"], self.keras)

    @cached_property
    def keras3(self) -> Modules:
        """The names of Keras 3 that Keras 2.14 lacks."""
        return _modules(self.data["keras3"]["modules"], {})

    def members(self, cls: str) -> frozenset[str]:
        """The public attributes that a class of Keras 2.14 defines: `Model` has `fit`."""
        return frozenset(self.data["members"].get(cls, "").split())

    def is_module(self, dotted: str) -> bool:
        """Whether Keras 2.14 or TensorFlow 2.14 has this module."""
        modules, path = self._located(dotted)
        return path in modules

    def names_in(self, dotted: str) -> frozenset[str]:
        """The public names of a module; empty if it is unknown or its names are not listed."""
        modules, path = self._located(dotted)
        return modules.get(path) or frozenset()

    def may_have(self, dotted: str) -> bool:
        """Whether Keras 2.14 or TensorFlow 2.14 has this name, or may have it."""
        modules, path = self._located(dotted)
        return path in modules or _has(modules, path) or _is_unlisted(modules, path)

    def refusal(self, dotted: str, line: str = "") -> tuple[str, str]:
        """What is said of a name that densetrace lacks, used in this line, and a hint. A name that
        no library has may be misspelled: then the first is the name that is meant."""
        modules, path = self._located(dotted)
        if hint := self.hint(dotted, line):
            return NOT_PROVIDED, hint
        library = self._library(modules)
        instead = self._instead(dotted, modules, path)
        if instead.startswith("Did"):
            spelled = shown(usual_spelling(dotted))
            return f": d{instead[1:]}", f"{library} has no public name {spelled}."
        return f", which is not a public name of {library}.", instead

    def hint(self, dotted: str, line: str = "") -> str:
        """A hint for a name that some library has, or had; else empty."""
        modules, path = self._located(dotted)
        library = self._library(modules)
        if _is_unlisted(modules, path):
            return f"{library} may have it: {REAL_ENGINE}"
        if self.may_have(dotted):
            return f"{library} has it: {REAL_ENGINE}"
        if old := old_paths.instead(_root(dotted), path, line, self._has_in_keras):
            return shown(old, LINE_SHOWN)
        if modules is self.keras and (_has(self.keras3, path) or path in self.keras3):
            instead = self._same_name(dotted, path, of_keras3=True)
            if instead:
                return f"It is a Keras 3 name; in {library} write {instead}."
            return f"It is a Keras 3 name; {library} has tf and keras.backend for that."
        return ""

    def _library(self, modules: Modules) -> str:
        return "TensorFlow 2.14" if modules is self.tensorflow else "Keras 2.14"

    def _has_in_keras(self, module: str, name: str) -> bool:
        return _has(self.keras, f"{module}.{name}".strip("."))

    def _instead(self, dotted: str, modules: Modules, path: str) -> str:
        """A suggestion for a name that no library has."""
        if same := self._same_name(dotted, path):
            return f"Write {same}."
        parent, _, name = path.rpartition(".")
        while parent not in modules:
            parent, _, name = parent.rpartition(".")
        module = shown(usual_spelling(f"{_root(dotted)}.{parent}".rstrip(".")))
        if guess := did_you_mean(name, sorted(modules[parent] or ())):
            return guess.replace("mean ", f"mean {module}.")
        return f"Look in {module}{' and tf.keras' if module == 'tf' else ''}."

    def _same_name(self, dotted: str, path: str, *, of_keras3: bool = False) -> str:
        """The same name elsewhere in Keras 2.14 or TensorFlow 2.14, with the prefix of `dotted`.
        TensorFlow is searched only for names of TensorFlow or Keras 3."""
        parent, _, name = path.rpartition(".")
        is_bare_tensorflow = _root(dotted) == "tensorflow" and not parent
        first_tensorflow = is_bare_tensorflow or parent.partition(".")[0] in _OPERATIONS
        found: list[tuple[bool, bool, int, str]] = []
        libraries = [(self.keras, "keras", _keras_root(dotted))]
        if of_keras3 or _root(dotted) == "tensorflow":
            libraries.append((self.tensorflow, "tf", "tf"))
        for modules, library, root in libraries:
            from_tensorflow = modules is self.tensorflow
            for module, names in modules.items():
                if names is None or name not in names or f"{module}.{name}" in modules:
                    continue
                if not any(part in _SECONDARY for part in module.split(".")):
                    spelled = ".".join(filter(None, (root, module, name)))
                    lacks = name not in _offered(library, module)
                    found.append(
                        (lacks, from_tensorflow != first_tensorflow, len(spelled), spelled)
                    )
        return shown(usual_spelling(min(found)[3])) if found else ""

    def _located(self, dotted: str) -> tuple[Modules, str]:
        """The library that a name belongs to, and its path in that library."""
        root = _root(dotted)
        modules = self.tensorflow if root == "tensorflow" else self.keras
        return modules, dotted[len(root) + 1 :]


def _offered(library: str, module: str) -> Collection[str]:
    """The names of a module that densetrace has."""
    if library == "keras":
        return public(f"keras.{module}".rstrip("."))
    from densetrace.tensorflow import exports

    return exports.modules().get(module, {})


@cache
def real_names() -> RealNames:
    """The names, read from the data file once."""
    import json
    from importlib.resources import files

    text = (files(__package__) / "real_names.json").read_text("utf-8")
    return RealNames(json.loads(text))


def _modules(listed: dict[str, str], keras: Modules) -> Modules:
    modules: Modules = {}
    for path, names in listed.items():
        if names.startswith("= keras."):
            modules[path] = keras[names.removeprefix("= keras.")]
        else:
            modules[path] = None if names == "*" else frozenset(names.split())
    for path in listed:
        parent, _, name = path.rpartition(".")
        names_of_parent = modules.get(parent)
        if name and names_of_parent is not None:
            modules[parent] = names_of_parent | {name}
    return modules


def _has(modules: Modules, path: str) -> bool:
    parent, _, name = path.rpartition(".")
    return name in (modules.get(parent) or ())


def _is_unlisted(modules: Modules, path: str) -> bool:
    """Whether a name belongs to a module whose names are not listed."""
    return any(parent in modules and modules[parent] is None for parent in _parent_modules(path))


def _parent_modules(path: str) -> Iterator[str]:
    parent = path.rpartition(".")[0]
    while parent:
        yield parent
        parent = parent.rpartition(".")[0]


def _root(dotted: str) -> str:
    """The library of a name: keras, tf_keras, tensorflow, or tensorflow.keras."""
    root, _, rest = dotted.partition(".")
    return "tensorflow.keras" if root == "tensorflow" and f"{rest}.".startswith("keras.") else root


def _keras_root(dotted: str) -> str:
    root = _root(dotted)
    return "tf.keras" if root in ("tensorflow", "tensorflow.keras") else root
