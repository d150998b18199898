"""The layers, and the names that each `get()` finds, one row per object."""

from collections.abc import Iterator, Mapping
from typing import Final

from densetrace.kinds.spans import Span
from densetrace.render.layout import NARROWEST, Styled, block

WIDEST_NAME: Final = 26
INDENT: Final = 4


def lines(registries: Mapping[str, Mapping[str, str]], width: int) -> Iterator[Styled]:
    """One block per registry: each object under one of its names, with its aliases beside it."""
    for registry, names in registries.items():
        by_object = _by_object(names)
        if registry != next(iter(registries)):
            yield []
        width = max(width, NARROWEST)
        found_by = registry if registry == "layers" else f"{registry}.get"
        heading = Span(found_by, "call"), Span(f"  {_count(names, by_object)}", "aside")
        yield from block(heading, width, rest=" " * INDENT)
        column = min(WIDEST_NAME, max(map(len, by_object), default=0)) + 4
        for name, aliases in by_object.items():
            yield from _row(name, aliases, column, width)


def _by_object(names: Mapping[str, str]) -> dict[str, list[str]]:
    """One name of each object -> its aliases. The key is the object's own name where `get()` finds
    that."""
    names_of: dict[str, list[str]] = {}
    for name, target in names.items():
        names_of.setdefault(target, []).append(name)
    by_object = {}
    for target, all_names in names_of.items():
        first = target if target in all_names else min(all_names)
        by_object[first] = sorted(name for name in all_names if name != first)
    return dict(sorted(by_object.items(), key=lambda pair: pair[0].lower()))


def _count(names: Mapping[str, str], by_object: Mapping[str, list[str]]) -> str:
    if len(by_object) == len(names):
        return f"{len(names)} names"
    return f"{len(names)} names for {len(by_object)} objects (aliases on the right)"


def _row(name: str, aliases: list[str], column: int, width: int) -> Iterator[Styled]:
    shown = Span("  " + name).text
    if width < column + NARROWEST or len(shown) > column - 2:
        yield [(shown, "result")]
        column, shown = min(column, 6), ""
        if not aliases:
            return
    if not aliases:
        yield [(shown, "result")]
        return
    first, rest = shown.ljust(column), " " * column
    yield from block([Span(", ".join(aliases))], width, first=first, rest=rest, role="result")
