"""The names an expression may use, in every spelling people paste, and what each one stands for.

The registry of names (`densetrace/data/names.py`) says which names these are. A stack is asked for
them and no others, so nothing that merely lies about in one of its modules can be reached from an
expression. A spelling is looked up when it is met; all of them are gone through for a hint only.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

from densetrace.data.names import in_expressions
from densetrace.engines import Engine
from densetrace.system.errors import did_you_mean
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
"""The public modules that an expression reaches, by the names that it may give them."""

KERAS_ROOTS = ("keras", "tf.keras", "tensorflow.keras", "tf_keras")
TENSORFLOW_ROOTS = ("tf", "tensorflow")

TOP_OF_TENSORFLOW = ("initializers", "nn")
VALUES_ONLY = ("activations", "nn")
MAKES_THE_RESULT = ("layers", "models")

KNOWN = "Known are Dense, Sequential, InputLayer and what they take; a text is put in quotes."
REMEDIES = {
    "true": "Write True.",
    "false": "Write False.",
    "none": "Write None.",
    "null": "Write None.",
    "nil": "Write None.",
    "inf": "Infinity is written 1e999.",
    "Infinity": "Infinity is written 1e999.",
    "nan": "There is no way to write a NaN.",
    "NaN": "There is no way to write a NaN.",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What a spelling stands for: `value`, found in `room` of the stack under `name`."""

    room: str
    name: str
    value: object

    @property
    def callable(self) -> bool:
        """Whether an expression may call it: an activation is a value, never called."""
        return self.room not in VALUES_ONLY

    @property
    def makes_the_result(self) -> bool:
        """Whether calling it gives a layer or a model, as the outermost call must."""
        return self.room in MAKES_THE_RESULT and self.name != "Input"


class Names:
    """The allow-list of one stack: spelling -> Entry.

    Args:
        find: gives what the stack has in a room (`layers`, `nn`, ...) by a name, or None: a name
            that a stack lacks is simply not known there.
        layers: the names of the layers of a stack that has more than ours.
    """

    def __init__(self, find: Callable[[str, str], object], layers: Iterable[str] = ()) -> None:
        self._find = find
        self._layers = dict.fromkeys(layers)
        self._met: dict[str, Entry] = {}

    def __contains__(self, spelling: object) -> bool:
        return isinstance(spelling, str) and self._entry(spelling) is not None

    def __iter__(self) -> Iterator[str]:
        """Every spelling."""
        for room in MODULES:
            for name in self._names_in(room):
                if (entry := self._entry(f"{room}.{name}")) is not None:
                    yield from _spelled(entry)

    def __getitem__(self, spelling: str) -> Entry:
        entry = self._entry(spelling)
        if entry is None:
            raise KeyError(spelling)
        return entry

    def _entry(self, spelling: str) -> Entry | None:
        entry = self._met.get(spelling)
        if entry is None:
            prefix, _, name = spelling.rpartition(".")
            for room in _rooms(prefix, name):
                value = self._find(room, name) if name in self._names_in(room) else None
                if value is not None:
                    entry = self._met[spelling] = Entry(room, name, value)
                    break
        return entry

    def _names_in(self, room: str) -> Collection[str]:
        if room == "layers" and self._layers:
            return {"Input": None} | self._layers
        return in_expressions(MODULES[room])

    def hint(self, spelling: str) -> str:
        """What to type instead of an unknown name."""
        if spelling in REMEDIES:
            return REMEDIES[spelling]
        prefix, _, last = spelling.rpartition(".")
        if not prefix and f"keras.activations.{spelling}" in self:
            return f"Quote it: '{spelling}'. Or write keras.activations.{spelling}."
        if odd := next((character for character in last if not character.isascii()), ""):
            looks_like = did_you_mean(last, self._bare)
            return f"{looks_like} It holds {odd} (U+{ord(odd):04X}).".strip()
        if prefix and (room := self._room_of(last)):
            return f"Did you mean keras.{room}.{last}?"
        # A long prefix makes any two dotted names alike, so only their last parts are compared.
        parts = (name.rpartition(".") for name in self)
        beside = [name for before, _, name in parts if before == prefix]
        if guess := did_you_mean(last, beside):
            return guess.replace("mean ", f"mean {prefix}.") if prefix else guess
        return did_you_mean(last, self._bare) or KNOWN

    @cached_property
    def _bare(self) -> list[str]:
        return sorted(spelling for spelling in self if "." not in spelling)

    def _room_of(self, name: str) -> str:
        entry = self._entry(name) or self._entry(f"activations.{name}")
        return entry.room if entry else ""


@cache
def names() -> Names:
    """The names of densetrace's own stack."""
    return Names(_our_own)


def _our_own(room: str, name: str) -> object:
    found = in_expressions(MODULES[room])[name]
    return imported(found.module, found.own)


def names_of(engine: Engine) -> Names:
    """The names an expression may use on this stack."""
    if not engine.is_real:
        return names()

    def installed(room: str, name: str) -> object:
        module = engine.nn if room == "nn" else getattr(engine.keras, room, None)
        return getattr(module, name, None)

    return Names(installed, engine.layers())


def _rooms(prefix: str, name: str) -> Iterable[str]:
    """The rooms in which a name is looked for that has this prefix."""
    if not prefix:
        # Of two rooms the later: Keras has a layer and an initializer that are called Identity.
        return [room for room in reversed(MODULES) if room not in VALUES_ONLY]
    if prefix in KERAS_ROOTS:
        return MODULES if name in in_expressions("keras") else ()
    root, _, room = prefix.rpartition(".")
    return [room] if room in MODULES and root in _roots(room) else ()


def _spelled(entry: Entry) -> Iterator[str]:
    """Every spelling of a name, the reverse of `_rooms`."""
    if entry.callable:
        yield entry.name
    if entry.name in in_expressions("keras"):
        yield from (f"{root}.{entry.name}" for root in KERAS_ROOTS)
    for root in _roots(entry.room):
        yield f"{root}.{entry.room}.{entry.name}".removeprefix(".")


def _roots(room: str) -> tuple[str, ...]:
    """What may precede the name of a room."""
    of_keras = () if room == "nn" else KERAS_ROOTS
    return ("", *of_keras, *(TENSORFLOW_ROOTS if room in TOP_OF_TENSORFLOW else ()))
