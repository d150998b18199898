"""The arguments of a script, and whether anything looked at them.

A script whose text names `argv` reads them itself, and gets a plain list. One that does not may
still leave them to a library, such as argparse: its list notes when it is read.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

_READING: Final = (
    *("__getitem__", "__iter__", "__len__", "__contains__", "__reversed__", "__repr__"),
    *("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__add__", "__mul__", "__rmul__"),
    *("copy", "count", "index", "pop", "remove", "sort", "reverse"),
)
"""The methods of a list by which its elements are read."""


class WatchedArguments(list[str]):
    """A `sys.argv` that notes when it is read."""

    was_read: bool = False


def _noting(name: str) -> Callable[..., Any]:
    read = getattr(list, name)

    def method(self: WatchedArguments, *arguments: Any, **keywords: Any) -> Any:
        # The first one is the script's own name, which argparse reads before it is asked for more.
        self.was_read |= name != "__getitem__" or arguments[0] != 0
        return read(self, *arguments, **keywords)

    method.__name__ = name
    return method


for _name in _READING:
    setattr(WatchedArguments, _name, _noting(_name))


def arguments_for(path: str, text: str, arguments: Sequence[str]) -> list[str]:
    """The `sys.argv` of the script at `path` that has this text."""
    argv = [path, *arguments]
    return argv if not arguments or "argv" in text else WatchedArguments(argv)


def were_read(argv: list[str]) -> bool:
    """Whether something read the arguments that `arguments_for` made, as far as can be known."""
    return not isinstance(argv, WatchedArguments) or argv.was_read
