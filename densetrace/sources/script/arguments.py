"""The arguments of a script, and whether they were read.

A script whose text contains `argv` gets a plain list. Any other script may leave the arguments to a
library such as argparse, so it gets a list that notes when it is read.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

_READING: Final = (
    *("__getitem__", "__iter__", "__len__", "__contains__", "__reversed__", "__repr__"),
    *("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__add__", "__mul__", "__rmul__"),
    *("copy", "count", "index", "pop", "remove", "sort", "reverse"),
)
"""The methods that read the elements of a list."""


class WatchedArguments(list[str]):
    """A `sys.argv` that notes when it is read."""

    was_read: bool = False


def _noting_reads(name: str) -> Callable[..., Any]:
    read = getattr(list, name)

    def method(self: WatchedArguments, *arguments: Any, **keywords: Any) -> Any:
        # The first element is the name of the script, which argparse always reads.
        self.was_read |= name != "__getitem__" or arguments[0] != 0
        return read(self, *arguments, **keywords)

    method.__name__ = name
    return method


for _name in _READING:
    setattr(WatchedArguments, _name, _noting_reads(_name))


def arguments_for(path: str, text: str, arguments: Sequence[str]) -> list[str]:
    """The `sys.argv` of the script at `path` that has this text."""
    argv = [path, *arguments]
    return argv if not arguments or "argv" in text else WatchedArguments(argv)


def were_read(argv: list[str]) -> bool:
    """Whether the arguments from `arguments_for` were read; True for a plain list."""
    return not isinstance(argv, WatchedArguments) or argv.was_read
