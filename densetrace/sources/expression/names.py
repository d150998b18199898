"""The names an expression may use, in every spelling people paste, and what each one stands for.

The names are listed here one by one. A stack is asked for these names and no others, so nothing
that merely lies about in one of its modules can be reached from an expression.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from densetrace.sources.script.public import (
    ACTIVATIONS,
    CONSTRAINTS,
    INITIALIZERS,
    NN,
    REGULARIZERS,
)
from densetrace.system.errors import did_you_mean

# The rooms of Keras that an expression reaches, and what it may name there.
ROOMS = {
    "layers": "Dense ELU Input InputLayer Layer LeakyReLU PReLU ReLU Softmax ThresholdedReLU",
    "models": "Sequential",
    "initializers": INITIALIZERS,
    "regularizers": REGULARIZERS,
    "constraints": CONSTRAINTS,
    "activations": ACTIVATIONS,
    "nn": NN,
}
KERAS_ROOTS = ("keras", "tf.keras", "tensorflow.keras", "tf_keras")
TENSORFLOW_ROOTS = ("tf", "tensorflow")

TOP_OF_KERAS = ("Input", "Sequential")
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

    `keras` has the rooms as attributes (`keras.layers`, `keras.initializers`, ...) and `nn` the
    activations of TensorFlow: those of our mirror, or installed ones; `layers` names the layers of
    a stack that has more than ours. A name that a stack lacks is simply not known there.
    """

    def __init__(self, keras: object, nn: object = None, layers: Iterable[str] = ()) -> None:
        rooms = ROOMS | {"layers": " ".join(("Input", *layers))} if layers else ROOMS
        self._entries = dict(_spellings(rooms, keras, nn))
        self._bare = sorted(spelling for spelling in self._entries if "." not in spelling)

    def __contains__(self, spelling: object) -> bool:
        return spelling in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __getitem__(self, spelling: str) -> Entry:
        return self._entries[spelling]

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
        parts = (name.rpartition(".") for name in self._entries)
        beside = [name for before, _, name in parts if before == prefix]
        if guess := did_you_mean(last, beside):
            return guess.replace("mean ", f"mean {prefix}.") if prefix else guess
        return did_you_mean(last, self._bare) or KNOWN

    def _room_of(self, name: str) -> str:
        entry = self._entries.get(name) or self._entries.get(f"activations.{name}")
        return entry.room if entry else ""


@cache
def names() -> Names:
    """The names of densetrace's own stack."""
    from densetrace.sources.script.standins import tree

    tensorflow = tree("tensorflow")
    return Names(tensorflow["tensorflow.keras"], tensorflow["tensorflow.nn"])


def _spellings(rooms: dict[str, str], keras: object, nn: object) -> Iterator[tuple[str, Entry]]:
    for room, listed in rooms.items():
        found_in = nn if room == "nn" else getattr(keras, room, None)
        for word in listed.split():
            name = word.partition("=")[0]
            value = getattr(found_in, name, None)
            if value is not None:
                entry = Entry(room, name, value)
                yield from ((spelling, entry) for spelling in _spelled(entry))


def _spelled(entry: Entry) -> Iterator[str]:
    yield f"{entry.room}.{entry.name}"
    if entry.callable:
        yield entry.name
    if entry.room != "nn":
        yield from (f"{root}.{entry.room}.{entry.name}" for root in KERAS_ROOTS)
    if entry.name in TOP_OF_KERAS:
        yield from (f"{root}.{entry.name}" for root in KERAS_ROOTS)
    if entry.room in TOP_OF_TENSORFLOW:
        yield from (f"{root}.{entry.room}.{entry.name}" for root in TENSORFLOW_ROOTS)
