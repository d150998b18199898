"""The lessons that come with densetrace, in the order in which a class takes them."""

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from densetrace.system.errors import RequestError, did_you_mean, shown

if TYPE_CHECKING:
    from densetrace.teach.lesson import Lesson

ORDER: Final = (
    "article",
    "new-before-init",
    "lookups",
    "two-roads",
    "layout",
    "lazy-build",
    "symbols-and-data",
    "glorot",
    "losses-come-late",
    "silent-mistakes",
    "your-own-layer",
    "config-round-trip",
)
"""A lesson that is not named here comes after these, by the alphabet."""

SUFFIXES: Final = (".md", ".markdown")


def names() -> tuple[str, ...]:
    """The names of all built-in lessons."""
    folder = files("densetrace.teach") / "lessons"
    there = {entry.name[:-3] for entry in folder.iterdir() if entry.name.endswith(".md")}
    ordered = [name for name in ORDER if name in there]
    return (*ordered, *sorted(there - set(ORDER)))


def titles() -> dict[str, str]:
    """The title of each built-in lesson, which is its first heading, by name."""
    return {name: _title(name) for name in names()}


def builtin(name: str) -> "Lesson":
    """The built-in lesson of this name."""
    from densetrace.teach.lesson_reader import read_lesson

    return read_lesson(_text(name), name, f"{name}.md", name)


def find_lesson(named: str) -> "Lesson":
    """A built-in lesson by name, or a person's own by its file.

    Raises:
        RequestError: when there is none, or it is broken.
    """
    if named.lower().endswith(SUFFIXES):
        from densetrace.teach.lesson_reader import load_lesson

        return load_lesson(Path(named))
    there = names()
    if named in there:
        return builtin(named)
    raise RequestError(
        f"There is no lesson called {shown(named)}. Lessons: {', '.join(there)}.",
        did_you_mean(named, there) or "A lesson of your own is a file: densetrace demo mine.md",
    )


def _title(name: str) -> str:
    """The title, without reading the rest: a list of lessons runs none of them."""
    headings = (line[2:] for line in _text(name).splitlines() if line.startswith("# "))
    return next(headings, name)


def _text(name: str) -> str:
    return (files("densetrace.teach") / "lessons" / f"{name}.md").read_text(encoding="utf-8")
