"""The names an expression may use, in every common spelling, and the objects they refer to.

The registry of names (`densetrace/data/names.py`) lists them. No other name of a stack's modules
can be reached from an expression. A spelling is looked up when it is used; all of them are
generated only for a hint.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

from densetrace.data.names import in_expressions, public, results
from densetrace.engines import Engine
from densetrace.engines.engine import FOLLOWS
from densetrace.system.errors import did_you_mean, shown
from densetrace.system.lazy import imported

MODULES: Final = {
    "layers": "keras.layers",
    "models": "keras.models",
    "initializers": "keras.initializers",
    "regularizers": "keras.regularizers",
    "constraints": "keras.constraints",
    "activations": "keras.activations",
    "nn": "tf.nn",
}
"""The public modules an expression can use, by their names in an expression."""

KERAS_ROOTS = ("keras", "tf.keras", "tensorflow.keras", "tf_keras")
TENSORFLOW_ROOTS = ("tf", "tensorflow")

TOP_OF_TENSORFLOW = ("initializers", "nn")
VALUES_ONLY = ("activations", "nn")
MAKES_THE_RESULT = ("layers", "models")

KNOWN = (
    "You can use Sequential, the layers that `densetrace names layers` lists, and the objects that "
    "they accept as arguments. Strings need quotes."
)
RUN_SCRIPT = "densetrace run script.py"
REMEDIES = {
    "true": "Write True.",
    "false": "Write False.",
    "none": "Write None.",
    "null": "Write None.",
    "nil": "Write None.",
    "inf": "Infinity is written 1e999.",
    "Infinity": "Infinity is written 1e999.",
    "nan": "NaN cannot be written in an expression.",
    "NaN": "NaN cannot be written in an expression.",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """The object of a spelling: `value` is `name` in the module `module` of the stack."""

    module: str
    name: str
    value: object

    @property
    def callable(self) -> bool:
        """Whether an expression may call it: an activation is a value, never called."""
        return self.module not in VALUES_ONLY

    @property
    def makes_the_result(self) -> bool:
        """Whether calling it returns a layer or a model, as the outermost call must."""
        return self.module in MAKES_THE_RESULT and self.name != "Input"


class Names:
    """The allow-list of one stack: spelling -> Entry.

    Args:
        find: returns an object of the stack by module (`layers`, `nn`, ...) and name, or None if
            the stack lacks it.
        layers: the names of the layers, if the stack has more than ours.
        title: what the stack is called, such as `keras 3.15.1`, if it is not ours.
    """

    def __init__(
        self, find: Callable[[str, str], object], layers: Iterable[str] = (), title: str = ""
    ) -> None:
        self._find = find
        self._title = title
        self._layers = dict.fromkeys(layers)
        self._found: dict[str, Entry] = {}

    def __contains__(self, spelling: object) -> bool:
        return isinstance(spelling, str) and self._entry(spelling) is not None

    def __iter__(self) -> Iterator[str]:
        """Every spelling."""
        for module in MODULES:
            for name in self._names_in(module):
                if (entry := self._entry(f"{module}.{name}")) is not None:
                    yield from _spellings(entry)

    def __getitem__(self, spelling: str) -> Entry:
        entry = self._entry(spelling)
        if entry is None:
            raise KeyError(spelling)
        return entry

    def _entry(self, spelling: str) -> Entry | None:
        entry = self._found.get(spelling)
        if entry is None:
            prefix, _, name = spelling.rpartition(".")
            for module in _modules(prefix, name):
                value = self._find(module, name) if name in self._names_in(module) else None
                if value is not None:
                    entry = self._found[spelling] = Entry(module, name, value)
                    break
        return entry

    def _names_in(self, module: str) -> Collection[str]:
        if module == "layers" and self._layers:
            return {"Input": None} | self._layers
        return in_expressions(MODULES[module])

    def problem(self, spelling: str) -> str:
        """What is wrong with an unknown name."""
        if self._lacks(spelling):
            return f"{self._title} has no {shown(spelling)}"
        if self.hint(spelling).endswith(RUN_SCRIPT):
            return f"{shown(spelling)} is not allowed in an expression"
        if self._is_string(spelling):
            return f"{spelling} needs quotes"
        return f"{shown(spelling)} is not a name that densetrace knows"

    def _lacks(self, spelling: str) -> bool:
        """Whether densetrace has this name, and only this stack lacks it."""
        return bool(self._title) and spelling in names()

    def hint(self, spelling: str) -> str:
        """What to type instead of an unknown name."""
        if self._lacks(spelling):
            return f"It is a name of {FOLLOWS}, which densetrace follows."
        if spelling in REMEDIES:
            return REMEDIES[spelling]
        prefix, _, last = spelling.rpartition(".")
        if not self._layers and (why_not := _of_keras(last)):
            return why_not
        if self._is_string(spelling):
            return f"Write '{spelling}', or keras.activations.{spelling}."
        if odd := next((character for character in last if not character.isascii()), ""):
            looks_like = did_you_mean(last, self._bare)
            return f"{looks_like} It holds {odd} (U+{ord(odd):04X}).".strip()
        if prefix and (module := self._module_of(last)):
            return f"Did you mean keras.{module}.{last}?"
        strings = self._names_in("activations") if last.islower() and not prefix else ()
        if guess := did_you_mean(last, strings):
            return guess.replace("mean ", "mean '").replace("?", "'?")
        # A long prefix makes any two dotted names similar, so only their last parts are compared.
        parts = (name.rpartition(".") for name in self)
        siblings = [name for before, _, name in parts if before == prefix]
        if guess := did_you_mean(last, siblings):
            return guess.replace("mean ", f"mean {prefix}.") if prefix else guess
        return did_you_mean(last, self._bare) or KNOWN

    def _is_string(self, spelling: str) -> bool:
        """Whether an argument may be this name as a string: a function has no bare name here."""
        return "." not in spelling and f"keras.activations.{spelling}" in self

    @cached_property
    def _bare(self) -> list[str]:
        return sorted(spelling for spelling in self if "." not in spelling)

    def _module_of(self, name: str) -> str:
        entry = self._entry(name) or self._entry(f"activations.{name}")
        return entry.module if entry else ""


def _of_keras(name: str) -> str:
    """What to do about a layer or model of Keras 2.14 that no expression can use; else empty."""
    offered = {**public("keras.layers"), **public("keras.models")}
    if name in offered:
        return "" if offered[name].expression else f"{name} needs a script: {RUN_SCRIPT}"
    if name in results("layers"):
        return f"Keras itself creates {name}, for a model that a script makes: {RUN_SCRIPT}"
    from densetrace.sources.script.real_names import real_names

    if not name[:1].isupper() or name not in real_names().names_in("keras.layers"):
        return ""
    return "Keras 2.14 has it, densetrace does not. See it on a real Keras: --engine tf_keras."


@cache
def names() -> Names:
    """The names of densetrace's own stack."""
    return Names(_ours)


def _ours(module: str, name: str) -> object:
    found = in_expressions(MODULES[module])[name]
    return imported(found.module, found.own)


def names_of(engine: Engine) -> Names:
    """The names an expression may use with this engine."""
    if not engine.is_real:
        return names()

    def installed(module: str, name: str) -> object:
        found = engine.nn if module == "nn" else getattr(engine.keras, module, None)
        return getattr(found, name, None)

    return Names(installed, engine.layers(), engine.title)


def _modules(prefix: str, name: str) -> Iterable[str]:
    """The modules in which a name with this prefix is looked up."""
    if not prefix:
        # The later module takes precedence: Keras has a layer and an initializer named Identity.
        return [module for module in reversed(MODULES) if module not in VALUES_ONLY]
    if prefix in KERAS_ROOTS:
        return MODULES if name in in_expressions("keras") else ()
    root, _, module = prefix.rpartition(".")
    return [module] if module in MODULES and root in _roots(module) else ()


def _spellings(entry: Entry) -> Iterator[str]:
    """Every spelling of a name, the inverse of `_modules`."""
    if entry.callable:
        yield entry.name
    if entry.name in in_expressions("keras"):
        yield from (f"{root}.{entry.name}" for root in KERAS_ROOTS)
    for root in _roots(entry.module):
        yield f"{root}.{entry.module}.{entry.name}".removeprefix(".")


def _roots(module: str) -> tuple[str, ...]:
    """The prefixes allowed before the name of a module."""
    of_keras = () if module == "nn" else KERAS_ROOTS
    return ("", *of_keras, *(TENSORFLOW_ROOTS if module in TOP_OF_TENSORFLOW else ()))
