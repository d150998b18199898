"""The built-in lessons, in the order of a course."""

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from densetrace.system.errors import RequestError, did_you_mean, quoted, shown

if TYPE_CHECKING:
    from densetrace.teach.lesson import Lesson

ORDER: Final = (
    "article-1",
    "article-2",
    "article-3",
    "new-before-init",
    "lookups",
    "two-deserializers",
    "layout",
    "lazy-build",
    "symbols-and-data",
    "flatten-and-friends",
    "functional",
    "glorot",
    "one-step-of-training",
    "how-far-a-step-goes",
    "losses-come-late",
    "where-settings-act-1",
    "where-settings-act-2",
    "which-accuracy",
    "python-runs-twice",
    "optimizers-side-by-side",
    "silent-mistakes",
    "your-own-layer",
    "config-round-trip",
    "keras-2-and-3",
)
"""Other lessons follow in alphabetical order."""

SUFFIXES: Final = (".md", ".markdown")


def names() -> tuple[str, ...]:
    """The names of all built-in lessons."""
    folder = files("densetrace.teach") / "lessons"
    available = {entry.name[:-3] for entry in folder.iterdir() if entry.name.endswith(".md")}
    ordered = [name for name in ORDER if name in available]
    return (*ordered, *sorted(available - set(ORDER)))


def titles() -> dict[str, str]:
    """The title (the first heading) of each built-in lesson, by name."""
    return {name: _title(name) for name in names()}


def builtin(name: str) -> "Lesson":
    """The built-in lesson of this name."""
    from densetrace.teach.lesson_reader import read_lesson

    return read_lesson(_text(name), name, f"{name}.md", name)


def find_lesson(name: str) -> "Lesson":
    """A built-in lesson by name, or your own by file.

    Raises:
        RequestError: if there is none, or it is broken.
    """
    if name.lower().endswith(SUFFIXES):
        from densetrace.teach.lesson_reader import load_lesson

        return load_lesson(Path(name))
    available = names()
    if name in available:
        return builtin(name)
    if parts := [one for one in available if one.removeprefix(f"{name}-").isdecimal()]:
        raise RequestError(
            f"The lesson {shown(name)} has {len(parts)} parts: {', '.join(parts)}.",
            f"Begin with: densetrace demo {parts[0]}",
        )
    raise RequestError(
        f"There is no lesson called {quoted(name)}.",
        f"{did_you_mean(name, available)} To list the lessons: densetrace demo".lstrip(),
    )


def _title(name: str) -> str:
    """The title, without parsing the lesson."""
    headings = (line[2:] for line in _text(name).splitlines() if line.startswith("# "))
    return next(headings, name)


def _text(name: str) -> str:
    return (files("densetrace.teach") / "lessons" / f"{name}.md").read_text(encoding="utf-8")
