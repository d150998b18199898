"""What a script may change around itself, and gets put back when it has ended.

A script is written as if the process were its own: it leaves, it changes folder, it replaces
`sys.stdout`. Whoever ran it wants to go on, and so does the next script. docs/howto.md tells what
is put back, and what is not.
"""

import linecache
import os
import sys
import sysconfig
import warnings
from _thread import get_ident
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Final, NoReturn

from densetrace.sources.script import namespaces, process_state

# Ours, and the library whose compiled parts must never be loaded twice.
KEPT: Final = ("densetrace", "numpy")

_LISTS: Final = ("argv", "path", "meta_path", "path_hooks")
_LIBRARIES: Final = tuple(
    sysconfig.get_path(name) + os.sep for name in ("stdlib", "purelib", "platlib")
)
_PACKAGE_FOLDERS: Final = {"site-packages", "dist-packages"}


class LeftAtOnce(BaseException):
    """A script called `os._exit`: `code` is the exit code it gave.

    It is raised in place of the exit, because what was recorded would be lost with the process.
    """

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def execute(
    code: CodeType,
    text: str,
    main: ModuleType,
    argv: list[str],
    folder: Path,
    is_foreign: Callable[[object], bool],
) -> None:
    """Execute a script of `folder` as the module `main`, and put back what it changes in the
    interpreter, however it ends; in a process that it forked nothing is put back.

    Args:
        code: the script, compiled.
        text: its source, for whoever asks for a line of it meanwhile.
        main: the module that it runs in.
        argv: what it finds in `sys.argv`.
        folder: where it lies, and its neighbours.
        is_foreign: tells the objects that no library may hold on to when the script has ended: a
            library that does is forgotten, and loaded anew by whoever needs it next.

    Raises:
        LeftAtOnce: when it calls `os._exit` where it was started.
        BaseException: whatever the script raises.
    """
    _forget_lines_of(folder)
    lines = text.splitlines(keepends=True)
    linecache.cache[code.co_filename] = (len(text), None, lines, code.co_filename)
    # No name is looked up after the script before names are put back, and no function of Python's
    # is entered while one of the script's watches (a tracer, a profiler, an audit hook).
    put_back = _remember(folder, is_foreign)
    setrecursionlimit, settrace, setprofile = sys.setrecursionlimit, sys.settrace, sys.setprofile
    limit, trace, profile = sys.getrecursionlimit(), sys.gettrace(), sys.getprofile()
    getpid, process = os.getpid, os.getpid()
    runs = [True]
    sys.addaudithook = _adding_hooks(runs)  # type: ignore[assignment] # takes the same
    left: list[int] = []
    os._exit = _raising_exit(runs, process, left)  # type: ignore[assignment] # takes the same
    sys.argv = argv
    sys.path = [str(folder), *sys.path]
    sys.modules["__main__"] = main
    try:
        exec(code, vars(main))  # noqa: S102 # it is their own script
        if left:  # it caught what was raised in place of the exit
            raise LeftAtOnce(left[0])
    finally:
        if getpid() == process:
            runs.clear()
            try:
                setprofile(profile)  # the script's own may raise here, and has ended by that
            finally:
                settrace(trace)
                setrecursionlimit(limit)
                put_back()


def _remember(folder: Path, is_foreign: Callable[[object], bool]) -> Callable[[], None]:
    """Remember everything; what is returned puts it back."""
    stop_alarm = process_state.alarm_stopper()
    put_back_names = namespaces.remember()
    of_sys, modules, loaded = vars(sys), sys.modules, dict(sys.modules)
    # The last is put back first.
    rest = [
        _restorer_of_modules(folder, is_foreign),
        _warnings(),
        *process_state.remember(),
        _restorer_of_sys(),
    ]

    def put_back() -> None:
        stop_alarm()
        streams = [of_sys.get(name) for name in ("stdout", "stderr")]
        put_back_names()
        modules.update(loaded)  # those that nobody may use any more go later
        _call_all([*rest, lambda: _flush(streams)])

    return put_back


def _flush(streams: list[Any]) -> None:
    """Let what a script printed into streams of its own get there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # they need not be closed, as at the end
        while streams:
            stream = streams.pop()
            if stream is not sys.stdout and stream is not sys.stderr:
                with suppress(Exception, SystemExit):
                    stream.flush()
            del stream


def _call_all(restorers: list[Callable[[], None]]) -> None:
    """Call each, the last first, even if another one fails."""
    try:
        restorers.pop()()
    finally:
        if restorers:
            _call_all(restorers)


def _adding_hooks(runs: list[bool]) -> Callable[[Callable[[str, tuple[Any, ...]], None]], None]:
    """A `sys.addaudithook` whose hooks do nothing once `runs` is empty: Python removes none."""
    add = sys.addaudithook

    def addaudithook(hook: Callable[[str, tuple[Any, ...]], None]) -> None:
        add(lambda event, arguments: hook(event, arguments) if runs else None)

    return addaudithook


def _raising_exit(runs: list[bool], process: int, left: list[int]) -> Callable[[int], NoReturn]:
    """An `os._exit` that ends a script, while `runs` is not empty, and keeps its process; `left`
    gets the exit codes."""
    leave, thread = os._exit, get_ident()

    def _exit(status: int) -> NoReturn:
        if runs and os.getpid() == process and get_ident() == thread:
            left.append(status)
            raise LeftAtOnce(status)
        leave(status)

    return _exit


# -- sys -------------------------------------------------------------------------------------------


def _restorer_of_sys() -> Callable[[], None]:
    """Puts back what is in the lists; the names are put back with those of other modules."""
    contents = {name: (getattr(sys, name), list(getattr(sys, name))) for name in _LISTS}

    def restore() -> None:
        for items, before in contents.values():
            items[:] = before

    return restore


def _warnings() -> Callable[[], None]:
    caught = warnings.catch_warnings()
    caught.__enter__()
    return lambda: caught.__exit__(None, None, None)


# -- modules ---------------------------------------------------------------------------------------


def _restorer_of_modules(folder: Path, is_foreign: Callable[[object], bool]) -> Callable[[], None]:
    """Forgets what the script imported from anywhere but libraries, and puts back what was there.

    While it runs, modules of others which are called as its own neighbours make room for these.
    """
    modules, finders = sys.modules, sys.path_importer_cache
    before, known = dict(modules), set(finders)
    finders.pop(str(folder), None)  # a file made a moment ago is not yet in its list
    neighbours = _names_in(folder)
    for name, module in before.items():
        root = name.partition(".")[0]
        if root in neighbours and root != "__main__" and not _is_library(root, module):
            del modules[name]

    def restore() -> None:
        new = [name for name in modules if name not in before]
        for name in _not_of_libraries(new, before, folder, is_foreign):
            del modules[name]
        modules.update(before)
        for path in set(finders) - known:
            del finders[path]

    return restore


def _not_of_libraries(
    new: Iterable[str],
    before: dict[str, ModuleType],
    folder: Path,
    is_foreign: Callable[[object], bool],
) -> set[str]:
    """Which of the new modules belong to the script, or to a library that holds what is foreign."""
    families: dict[str, list[str]] = {}
    for name in new:
        families.setdefault(name.partition(".")[0], []).append(name)
    dropped: set[str] = set()
    for root, names in families.items():
        loaded = {name: sys.modules.get(name) for name in names}
        if root in KEPT:
            continue
        if root in before:  # somebody else's package: only what lies beside the script is not its
            dropped |= {name for name, module in loaded.items() if _lies_in(folder, module)}
        elif not _is_library(root, loaded.get(root)) or _holds(loaded.values(), is_foreign):
            dropped |= set(names)
    return dropped


def _is_library(root: str, module: object) -> bool:
    """Whether a module came with Python or was installed."""
    if root in KEPT or root in sys.builtin_module_names:
        return True
    spec = _attribute(module, "__spec__")
    if getattr(spec, "origin", None) in ("built-in", "frozen"):
        return True
    file = _attribute(module, "__file__")
    if not isinstance(file, str):
        return False
    return file.startswith(_LIBRARIES) or not _PACKAGE_FOLDERS.isdisjoint(Path(file).parts)


def _lies_in(folder: Path, module: object) -> bool:
    file = _attribute(module, "__file__")
    return isinstance(file, str) and Path(file).is_relative_to(folder)


def _holds(modules: Iterable[object], is_foreign: Callable[[object], bool]) -> bool:
    return any(
        is_foreign(value)
        for module in modules
        if isinstance(module, ModuleType)
        for value in list(vars(module).values())
    )


def _attribute(module: object, name: str) -> Any:
    """What a module itself holds: one that loads things on demand is not made to."""
    return vars(module).get(name) if isinstance(module, ModuleType) else None


def _names_in(folder: Path) -> set[str]:
    """The names of the modules that a script finds beside itself."""
    with suppress(OSError):
        return {
            entry.name.partition(".")[0]
            for entry in os.scandir(folder)
            if entry.name.endswith(".py") or entry.is_dir()
        }
    return set()


def _forget_lines_of(folder: Path) -> None:
    """Let source lines be read anew: a file may have been edited since the last run."""
    for name, entry in list(linecache.cache.items()):
        is_of_file = entry[1:2] != (None,)  # others have no time of modification
        if is_of_file and Path(name).is_relative_to(folder):
            del linecache.cache[name]
