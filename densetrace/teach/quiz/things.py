"""How options name what they are about, all in the same style, so that none stands out."""

from collections.abc import Iterable, Iterator
from typing import Final

from densetrace.data.names import found, usual
from densetrace.data.values import Class, Function, Instance, Text, Value
from densetrace.data.wording import plain, told
from densetrace.teach.quiz.model import Option

_GIVE_FUNCTIONS: Final = ("activations", "losses", "metrics")


def thing(value: Value) -> str:
    """A value with what it is: `an instance of Zeros`, `the function relu`."""
    match value:
        case Function(name):
            return f"the function {plain(name)}"
        case Class(name):
            return f"the class {plain(name)}"
        case Instance(cls):
            return f"an instance of {plain(cls)}"
        case str() | Text():
            return f"the string {told(value)}"
    return told(value)


def class_named(registry: str, name: str) -> str:
    """The class that a name stands for in a lookup. Where it stands for none, the name is spelled
    as classes are."""
    made = found(registry).get(name)
    own = made.own if made else name
    return "".join(part[:1].upper() + part[1:] for part in own.split("_") if part)


def neighbours(registry: str, besides: Iterable[str]) -> Iterator[str]:
    """What other names of a registry give, as options: near enough to be plausible."""
    taken = {name.lower().replace("_", "") for name in besides}
    for name in usual(registry):
        if name.replace("_", "") not in taken:
            yield (
                f"the function {name}"
                if registry in _GIVE_FUNCTIONS
                else f"an instance of {class_named(registry, name)}"
            )


def untold(texts: Iterable[str]) -> Iterator[Option]:
    """Wrong options that reveal no misconception we know of."""
    return (Option(text) for text in texts)


def ordinal(number: int) -> str:
    """`first`, `second`, ... for small numbers."""
    return ("first", "second", "third", "fourth", "fifth")[number] if number < 5 else f"{number}th"


def counted(names: Iterable[str]) -> str:
    """`kernel and bias`, the kernel first, as a person thinks of them."""
    listed = [
        plain(name)
        for name in sorted(names, key=lambda name: (not name.startswith("kernel"), name))
    ]
    if len(listed) < 2:
        return "".join(listed)
    return f"{', '.join(listed[:-1])} and {listed[-1]}"
