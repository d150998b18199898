"""Wording of options in one style, so that no option stands out."""

from collections.abc import Iterable, Iterator
from typing import Final

from densetrace.data.names import found, usual
from densetrace.data.values import Value
from densetrace.data.wording import described, joined
from densetrace.teach.quiz.model import Option

_GIVE_FUNCTIONS: Final = ("activations", "losses", "metrics")


def class_named(registry: str, name: str) -> str:
    """The class that a name refers to in a lookup. Any other name is written in camel case."""
    made = found(registry).get(name)
    own = made.own if made else name
    return "".join(part[:1].upper() + part[1:] for part in own.split("_") if part)


def neighbours(registry: str, besides: Iterable[str]) -> Iterator[str]:
    """The results of other names of a registry, as plausible options."""
    taken = {name.lower().replace("_", "") for name in besides}
    for name in usual(registry):
        if name.replace("_", "") not in taken:
            yield (
                f"the function {name}"
                if registry in _GIVE_FUNCTIONS
                else f"an instance of {class_named(registry, name)}"
            )


NOTHING: Final = "the value None"
"""An option for None that does not repeat a `None` in the question."""


def as_option(value: Value) -> str:
    """A value as an option."""
    return NOTHING if value is None else described(value)


def only_wrong(texts: Iterable[str]) -> Iterator[Option]:
    """Wrong options that reveal no known misconception."""
    return (Option(text) for text in texts)


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 unit`, `64 units`."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def fed(shape: tuple[int | None, ...]) -> str:
    """An input with its shape in parts: `2 examples of shape (3,)`. So no option repeats it."""
    if len(shape) < 2:
        return f"a tensor of shape {shape}"
    batch, rest = shape[0], shape[1:]
    examples = "any number of examples" if batch is None else counted(batch, "example")
    return f"{examples} of shape {rest}"


def fed_together(shapes: list[tuple[int | None, ...]]) -> str:
    """Several inputs, as `fed` has one."""
    batches = {shape[0] if shape else 0 for shape in shapes}
    batch = batches.pop() if len(batches) == 1 else None
    if len(shapes) == 1:
        return fed(shapes[0])
    if batch is None or min(map(len, shapes)) < 2:
        return f"tensors of shapes {joined(map(str, shapes))}"
    rest = joined(str(shape[1:]) for shape in shapes)
    return f"{len(shapes)} inputs with {counted(batch, 'example')} each, of shapes {rest}"


_ORDINALS: Final = ("first", "second", "third", "fourth", "fifth")
_ENDINGS: Final = {1: "st", 2: "nd", 3: "rd"}


def ordinal(number: int) -> str:
    """The ordinal of an index from 0: `first`, `second`, ..., `6th`, `21st`."""
    if 0 <= number < len(_ORDINALS):
        return _ORDINALS[number]
    count = number + 1
    ending = "th" if count % 100 in (11, 12, 13) else _ENDINGS.get(count % 10, "th")
    return f"{count}{ending}"
