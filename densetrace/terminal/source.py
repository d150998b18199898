"""The source line that caused a step, with its context if its file is found on this machine.

A trace names files relative to their package or to the person's own folder. A file is used only if
it contains the recorded line: the trace may come from another machine or an earlier version.
Without such a file the recorded line is shown alone.
"""

import sysconfig
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from densetrace.data.steps import Where

OWN_PACKAGE: Final = "densetrace"
LARGEST_FILE: Final = 2_000_000
"""Bytes; larger files are not read."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Lines of a file around the one that caused a step.

    `lines` are consecutive, without their common indentation; `first` is the number of the first.
    `current` is the number of the line that caused the step, 0 if not known.
    """

    lines: tuple[str, ...]
    first: int
    current: int


class Sources:
    """Finds source files; `folder` has the person's own files."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._found: dict[str, tuple[_File, ...]] = {}

    def excerpt(self, where: Where, height: int) -> Excerpt:
        """At most `height` lines around the one that caused a step."""
        file = self._file(where)
        if file is None:
            return Excerpt((where.text.strip(),), where.line, where.line)
        return _around(file.lines, where.line, max(height, 1))

    def path(self, where: Where) -> Path | None:
        """The file that contains the line that caused a step, if it is found on this machine."""
        file = self._file(where)
        return None if file is None else file.path

    def _file(self, where: Where) -> "_File | None":
        """The file that contains the recorded line."""
        if where.file not in self._found:
            self._found[where.file] = tuple(self._read(where.file))
        for file in self._found[where.file]:
            number = where.line
            if 0 < number <= len(file.lines) and _agrees(file.lines[number - 1], where.text):
                return file
        return None

    def _read(self, file: str) -> "list[_File]":
        """The files that the name may refer to."""
        path = PurePosixPath(file)
        # The path of a foreign trace must not lead out of these folders.
        if path.is_absolute() or ".." in path.parts or path.suffix != ".py":
            return []
        roots = [Path(str(files(OWN_PACKAGE))).parent] if path.parts[0] == OWN_PACKAGE else []
        roots += [self.folder] if self.folder is not None else []
        paths = [root / path for root in (*roots, *_libraries())]
        return [_File(path, lines) for path in paths if (lines := _lines(path))]


class _File(NamedTuple):
    path: Path
    lines: tuple[str, ...]


@lru_cache(maxsize=1)
def _libraries() -> tuple[Path, ...]:
    return tuple(Path(sysconfig.get_path(name)) for name in ("purelib", "platlib", "stdlib"))


def _lines(path: Path) -> tuple[str, ...]:
    try:
        if not path.is_file() or path.stat().st_size > LARGEST_FILE:
            return ()
        return tuple(path.read_text(encoding="utf-8").expandtabs().splitlines())
    except (OSError, ValueError):
        return ()


def _agrees(line: str, recorded: str) -> bool:
    """Whether a line is the recorded one, which may be shortened."""
    return bool(recorded.strip()) and line.strip().startswith(recorded.strip().expandtabs())


def _around(lines: tuple[str, ...], current: int, height: int) -> Excerpt:
    start = max(0, min(current - 1 - height // 2, len(lines) - height))
    kept = lines[start : start + height]
    indents = [len(line) - len(line.lstrip()) for line in kept if line.strip()]
    shared = min(indents, default=0)
    return Excerpt(tuple(line[shared:].rstrip() for line in kept), start + 1, current)
