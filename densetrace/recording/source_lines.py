"""Resolves the code object and offset that caused a step into a source line.

Files are named relative to their package or to the user's folder, never by a path of the machine
that recorded the trace.
"""

import functools
import linecache
import sys
from bisect import bisect_right
from pathlib import PurePath
from types import CodeType, FrameType, ModuleType
from typing import Final

from densetrace.data.steps import Where
from densetrace.recording.introspect import per_object, public_module

_PACKAGE: Final = PurePath(__file__).parent.parent
_MIRRORS: Final = (_PACKAGE / "keras", _PACKAGE / "tensorflow")
_LINE_LIMIT: Final = 200
_GENERATED: Final = ("<frozen ", "<densetrace ")
"""Prefixes of the file names of generated code: Python's own, and densetrace's wrappers."""

_AUTOGRAPH: Final = "__autograph_generated_file"
"""Part of the names of the temporary files that TensorFlow's AutoGraph writes."""


class SourceLines:
    """Resolves code offsets into source lines, and caches them.

    `origin` is the line of steps that densetrace's own code caused while it evaluated an
    expression. `home` is the folder that the user's files are named relative to.
    """

    def __init__(self, origin: Where | None = None, home: PurePath | None = None) -> None:
        self._origin = origin
        self._home = home
        self._user_lines = per_object(self._read)
        self._files: dict[str, list[str]] = {}

    @property
    def files(self) -> dict[str, list[str]]:
        """The lines of the user's files that were read so far, by their names in a trace."""
        return dict(self._files)

    def read(self, code: CodeType) -> None:
        """Read the source of `code` now: its file may change before a line is needed."""
        if _installed(code) is None:
            self._user_lines(code)

    def resolve(self, code: CodeType, offset: int) -> Where | None:
        """The line at byte `offset` of `code`."""
        lines = _installed(code)
        if lines is _OWN_CODE:
            return self._origin
        return (lines or self._user_lines(code)).at(offset)

    def is_users(self, code: CodeType) -> bool:
        """Whether `code` belongs neither to densetrace nor to a library."""
        file = code.co_filename
        if file.startswith(_GENERATED) or _AUTOGRAPH in file:
            return False
        return _installed(code) is None

    def outward(self, frame: FrameType) -> tuple[FrameType, str | None]:
        """The nearest frame outward that runs a user's code; and, where another function called
        the hook, the name of that function.

        `frame` itself and None if densetrace's own code comes first, which runs an expression.
        """
        outer: FrameType | None = frame
        while outer is not None and _installed(outer.f_code) is not _OWN_CODE:
            if self.is_users(outer.f_code):
                return outer, None if outer is frame else _function_name(frame)
            outer = outer.f_back
        return frame, None

    def _read(self, code: CodeType) -> "_Lines":
        lines = _Lines(code, self._file_name(PurePath(code.co_filename)))
        if lines.source and self.is_users(code):
            self._files.setdefault(lines.file, lines.source)
        return lines

    def _file_name(self, path: PurePath) -> str:
        """The name of a user's file in a trace."""
        if self._home is not None and path.is_relative_to(self._home):
            return path.relative_to(self._home).as_posix()
        return path.name


class _Lines:
    """The lines of one code object, in a file with the name `file`."""

    __slots__ = ("_found", "_function", "_numbers", "_starts", "file", "source")

    def __init__(self, code: CodeType, file: str) -> None:
        self.file = file
        self.source = _source(code.co_filename)
        self._function = code.co_qualname
        spans = list(code.co_lines())
        self._starts = [start for start, _, _ in spans]
        self._numbers = [line or 0 for _, _, line in spans]
        self._found: dict[int, Where] = {}

    def at(self, offset: int) -> Where:
        """The line at a byte offset."""
        where = self._found.get(offset)
        if where is None:
            number = self._numbers[max(0, bisect_right(self._starts, offset) - 1)]
            known = 1 <= number <= len(self.source)
            text = self.source[number - 1].strip()[:_LINE_LIMIT] if known else ""
            where = self._found[offset] = Where(self.file, number, self._function, text)
        return where


def _function_name(frame: FrameType) -> str:
    """The name of the function that a frame runs: `keras.losses.mean_squared_error`."""
    module = frame.f_globals.get("__name__")
    return f"{public_module(module if type(module) is str else '?')}.{frame.f_code.co_qualname}"


def _source(file: str) -> list[str]:
    """The lines of a file; of one in an archive, from its module's loader."""
    lines = linecache.getlines(file)
    if not lines and not file.startswith("<"):
        for module in list(sys.modules.values()):
            if isinstance(module, ModuleType) and vars(module).get("__file__") == file:
                return linecache.getlines(file, vars(module))
    return lines


@per_object
def _installed(code: CodeType) -> _Lines | None:
    """The lines of the mirror's or a library's code, named relative to it; None of other code."""
    path = PurePath(code.co_filename)
    if path.is_relative_to(_PACKAGE):
        if not any(map(path.is_relative_to, _MIRRORS)):
            return _OWN_CODE
        return _Lines(code, path.relative_to(_PACKAGE.parent).as_posix())
    for root in _libraries():
        if path.is_relative_to(root):
            return _Lines(code, path.relative_to(root).as_posix())
    return None


@functools.cache
def _libraries() -> tuple[PurePath, ...]:
    """The folders that libraries are installed in."""
    import sysconfig  # slow to import, and not needed for a layer of the mirrored stack

    return tuple(PurePath(sysconfig.get_path(name)) for name in ("purelib", "platlib", "stdlib"))


_OWN_CODE: Final = _Lines(per_object.__code__, "")
"""Marks densetrace's own code, whose steps get `origin` as their line."""
