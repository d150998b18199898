"""Where a step was caused: a code object and an offset in it, resolved into a line people can open.

Files are told relative to their package or to the person's own folder, never by a path of the
machine the trace was recorded on.
"""

import linecache
import sysconfig
from pathlib import PurePath
from types import CodeType
from typing import Final

from densetrace.trace import Where

_PACKAGE: Final = PurePath(__file__).parent
_MIRROR: Final = _PACKAGE / "keras"
_LIBRARIES: Final = tuple(
    PurePath(sysconfig.get_path(name)) for name in ("purelib", "platlib", "stdlib")
)
_LINE_LIMIT: Final = 200


class Places:
    """Resolves code offsets into lines, and remembers what it has resolved.

    `origin` stands for code that ran on somebody's behalf (an expression that densetrace evaluated
    for a person): steps caused there are told as caused by `origin`. `home` is the folder that the
    person's own files are told relative to.
    """

    def __init__(self, origin: Where | None = None, home: PurePath | None = None) -> None:
        self._origin = origin
        self._home = home
        self._known: dict[tuple[CodeType, int], Where | None] = {}

    def resolve(self, code: CodeType, offset: int) -> Where | None:
        """The line at byte `offset` of `code`."""
        key = (code, offset)
        if key not in self._known:
            self._known[key] = self._look_up(code, offset)
        return self._known[key]

    def _look_up(self, code: CodeType, offset: int) -> Where | None:
        path = PurePath(code.co_filename)
        if path.is_relative_to(_PACKAGE) and not path.is_relative_to(_MIRROR):
            return self._origin
        line = _line(code, offset)
        source = linecache.getline(code.co_filename, line).strip()[:_LINE_LIMIT]
        return Where(self._relative(path), line, code.co_qualname, source)

    def _relative(self, path: PurePath) -> str:
        roots = [_PACKAGE.parent] if path.is_relative_to(_PACKAGE) else list(_LIBRARIES)
        if self._home is not None:
            roots.append(self._home)
        for root in roots:
            if path.is_relative_to(root):
                return path.relative_to(root).as_posix()
        return path.name


def _line(code: CodeType, offset: int) -> int:
    for start, stop, line in code.co_lines():
        if start <= offset < stop:
            return line or 0
    return 0
