"""The layers, and the names that each `get()` finds, one row per object."""

from collections.abc import Iterator, Mapping
from typing import Final

from densetrace.data.values import counted
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
    """The usual name of each object -> its aliases: the object's own name, also in lower case,
    where `get()` finds that."""
    names_of: dict[str, list[str]] = {}
    for name, target in names.items():
        names_of.setdefault(target, []).append(name)
    by_object = {}
    for target, all_names in names_of.items():
        own = (name for name in (target, target.lower()) if name in all_names)
        first = next(own, min(all_names))
        by_object[first] = sorted(name for name in all_names if name != first)
    return dict(sorted(by_object.items(), key=lambda pair: pair[0].lower()))


def _count(names: Mapping[str, str], by_object: Mapping[str, list[str]]) -> str:
    if len(by_object) == len(names):
        return f"{len(names)} names"
    return f"{len(names)} names for {_found(names, len(by_object))} (aliases on the right)"


def _found(names: Mapping[str, str], count: int) -> str:
    """How many classes, functions or both: a class begins with a capital letter."""
    classes = sum(1 for target in set(names.values()) if target[:1].isupper())
    functions = count - classes
    parts = (
        f"{classes} class{'' if classes == 1 else 'es'}" if classes else "",
        counted(functions, "function") if functions else "",
    )
    return " and ".join(filter(None, parts))


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
