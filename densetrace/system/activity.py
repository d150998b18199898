"""Long work reports here what it is doing; an installed display shows it.

The command installs one (`densetrace.terminal.progress`). As a library densetrace has no display,
and `activity` does nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol, TypeAlias

_MEGABYTE: Final = 1_000_000


class Display(Protocol):
    """Shows one activity until `end`; `erase` clears its line for other output."""

    def erase(self) -> None: ...

    def end(self) -> None: ...


Start: TypeAlias = Callable[[str, Callable[[], str] | None], Display]
"""Starts the display of an activity, given its name and a function that returns its progress."""

_start: Start | None = None
_shown: Display | None = None


def show_with(start: Start | None) -> None:
    """Install the display of activities, or remove it with None."""
    global _start
    _start = start


@contextmanager
def activity(name: str, amount: Callable[[], str] | None = None) -> Iterator[None]:
    """Announce what a `with` block does. An activity inside another one is not shown.

    Args:
        name: the work, such as `Recording`.
        amount: returns how much is done so far. While it returns the same text, nothing is shown:
            the program may be waiting for an answer.
    """
    global _shown
    if _start is None or _shown is not None:
        yield
        return
    shown = _shown = _start(name, amount)
    try:
        yield
    finally:
        _shown = None
        shown.end()


def counted(texts: Iterable[str], name: str, *, to_its_end: bool) -> Iterable[str]:
    """Yield the texts and announce the number of characters so far: until the last text, or only
    until the first."""
    return texts if _start is None else _counted(texts, name, to_its_end)


def _counted(texts: Iterable[str], name: str, to_its_end: bool) -> Iterator[str]:
    size = 0
    rest = iter(texts)
    with activity(name, (lambda: f"{size / _MEGABYTE:,.1f} MB") if to_its_end else None):
        for text in rest:
            size += len(text)
            yield text
            if not to_its_end:
                break
    yield from rest


def erase() -> None:
    """Clear the display's line for other output."""
    if _shown is not None:
        _shown.erase()
