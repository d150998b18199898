"""What each `get()` can find: the names in rows, by the object that they give."""

from collections.abc import Iterator, Mapping
from typing import Final

from densetrace.kinds.spans import Part
from densetrace.render.layout import NARROWEST, Styled, block

WIDEST_NAME: Final = 26
INDENT: Final = 4


def lines(registries: Mapping[str, Mapping[str, str]], width: int) -> Iterator[Styled]:
    """A block a registry: each object by one of its names, and beside it the others."""
    for registry, names in registries.items():
        found = _by_object(names)
        if registry != next(iter(registries)):
            yield []
        width = max(width, NARROWEST)
        heading = Part(f"{registry}.get", "call"), Part(f"  {_counted(names, found)}", "aside")
        yield from block(heading, width, rest=" " * INDENT)
        column = min(WIDEST_NAME, max(map(len, found), default=0)) + 4
        for name, others in found.items():
            yield from _row(name, others, column, width)


def _by_object(names: Mapping[str, str]) -> dict[str, list[str]]:
    """One name of each object -> its other names. It is the object's own, if that is found."""
    aliases: dict[str, list[str]] = {}
    for name, given in names.items():
        aliases.setdefault(given, []).append(name)
    found = {}
    for given, all_names in aliases.items():
        first = given if given in all_names else min(all_names)
        found[first] = sorted(name for name in all_names if name != first)
    return dict(sorted(found.items(), key=lambda pair: pair[0].lower()))


def _counted(names: Mapping[str, str], found: Mapping[str, list[str]]) -> str:
    if len(found) == len(names):
        return f"{len(names)} names"
    return f"{len(names)} names of {len(found)} objects; other names of an object stand beside it"


def _row(name: str, others: list[str], column: int, width: int) -> Iterator[Styled]:
    shown = Part("  " + name).text
    if width < column + NARROWEST or len(shown) > column - 2:
        yield [(shown, "result")]
        column, shown = min(column, 6), ""
        if not others:
            return
    if not others:
        yield [(shown, "result")]
        return
    first, rest = shown.ljust(column), " " * column
    yield from block([Part(", ".join(others))], width, first=first, rest=rest, role="result")
