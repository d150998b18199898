"""Run a script and restore the interpreter when it has ended.

A script may treat the process as its own: it exits, changes the working folder, replaces
`sys.stdout`. The caller and later scripts need the previous state. docs/howto.md lists what is
restored and what is not.
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

# Our package, and the library whose extension modules must not be loaded twice.
KEPT: Final = ("densetrace", "numpy")

_LISTS: Final = ("argv", "path", "meta_path", "path_hooks")
_LIBRARIES: Final = tuple(
    sysconfig.get_path(name) + os.sep for name in ("stdlib", "purelib", "platlib")
)
_PACKAGE_FOLDERS: Final = {"site-packages", "dist-packages"}


class ExitedAtOnce(BaseException):
    """A script called `os._exit` with exit code `code`.

    It is raised instead of exiting, because the recorded steps would be lost with the process.
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
    """Execute a script as the module `main` and restore the interpreter, however the script ends.
    In a process that the script forked, nothing is restored.

    Args:
        code: the compiled script.
        text: its source, for `linecache`.
        main: the module that it runs in.
        argv: its `sys.argv`.
        folder: the folder of the script and its helper modules.
        is_foreign: whether no library may keep an object after the script has ended: a library
            that does is removed from `sys.modules`, to be imported again.

    Raises:
        ExitedAtOnce: if it calls `os._exit` in the original process and thread.
        BaseException: any exception of the script.
    """
    _forget_lines_of(folder)
    lines = text.splitlines(keepends=True)
    linecache.cache[code.co_filename] = (len(text), None, lines, code.co_filename)
    # After the script, no global name is looked up before names are restored, and no Python
    # function is called while a tracer, profiler or audit hook of the script is active.
    put_back = _remember(folder, is_foreign)
    setrecursionlimit, settrace, setprofile = sys.setrecursionlimit, sys.settrace, sys.setprofile
    limit, trace, profile = sys.getrecursionlimit(), sys.gettrace(), sys.getprofile()
    getpid, process = os.getpid, os.getpid()
    runs = [True]
    sys.addaudithook = _adding_hooks(runs)  # type: ignore[assignment] # takes the same
    exits: list[int] = []
    os._exit = _raising_exit(runs, process, exits)  # type: ignore[assignment] # takes the same
    sys.argv = argv
    sys.path = [str(folder), *sys.path]
    sys.modules["__main__"] = main
    try:
        exec(code, vars(main))  # noqa: S102 # the user asked to run this script
        if exits:  # it caught the exception raised instead of the exit
            raise ExitedAtOnce(exits[0])
    finally:
        if getpid() == process:
            runs.clear()
            try:
                setprofile(profile)  # the script's own profiler may raise here, and is then gone
            finally:
                settrace(trace)
                setrecursionlimit(limit)
                put_back()


def _remember(folder: Path, is_foreign: Callable[[object], bool]) -> Callable[[], None]:
    """Remember the state of the interpreter; the returned function restores it."""
    stop_alarm = process_state.alarm_stopper()
    put_back_names = namespaces.remember()
    of_sys, modules, loaded = vars(sys), sys.modules, dict(sys.modules)
    # The last is restored first.
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
        modules.update(loaded)  # modules of the script are removed later
        _call_all([*rest, lambda: _flush(streams)])

    return put_back


def _flush(streams: list[Any]) -> None:
    """Flush streams that the script put in place of `sys.stdout` or `sys.stderr`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # as at exit, they need not be closed
        while streams:
            stream = streams.pop()
            if stream is not sys.stdout and stream is not sys.stderr:
                with suppress(Exception, SystemExit):
                    stream.flush()
            del stream


def _call_all(restorers: list[Callable[[], None]]) -> None:
    """Call each, last first, even if another one raises."""
    try:
        restorers.pop()()
    finally:
        if restorers:
            _call_all(restorers)


def _adding_hooks(runs: list[bool]) -> Callable[[Callable[[str, tuple[Any, ...]], None]], None]:
    """A `sys.addaudithook` whose hooks do nothing once `runs` is empty: hooks cannot be removed."""
    add = sys.addaudithook

    def addaudithook(hook: Callable[[str, tuple[Any, ...]], None]) -> None:
        add(lambda event, arguments: hook(event, arguments) if runs else None)

    return addaudithook


def _raising_exit(runs: list[bool], process: int, exits: list[int]) -> Callable[[int], NoReturn]:
    """An `os._exit` that ends only the script while `runs` is not empty; exit codes are appended to
    `exits`."""
    leave, thread = os._exit, get_ident()

    def _exit(status: int) -> NoReturn:
        if runs and os.getpid() == process and get_ident() == thread:
            exits.append(status)
            raise ExitedAtOnce(status)
        leave(status)

    return _exit


# -- sys -------------------------------------------------------------------------------------------


def _restorer_of_sys() -> Callable[[], None]:
    """Restores the contents of lists in `sys`; `namespaces` restores its names."""
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
    """Removes modules that the script imported, except from libraries, and restores earlier ones.

    While it runs, other modules with the names of its helper modules are hidden.
    """
    modules, finders = sys.modules, sys.path_importer_cache
    before, known = dict(modules), set(finders)
    finders.pop(str(folder), None)  # its cached listing may lack new files
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
    """The new modules that belong to the script, or to a library that keeps foreign objects."""
    families: dict[str, list[str]] = {}
    for name in new:
        families.setdefault(name.partition(".")[0], []).append(name)
    dropped: set[str] = set()
    for root, names in families.items():
        loaded = {name: sys.modules.get(name) for name in names}
        if root in KEPT:
            continue
        if root in before:  # of an earlier package, only modules beside the script are dropped
            dropped |= {name for name, module in loaded.items() if _lies_in(folder, module)}
        elif not _is_library(root, loaded.get(root)) or _holds(loaded.values(), is_foreign):
            dropped |= set(names)
    return dropped


def _is_library(root: str, module: object) -> bool:
    """Whether a module belongs to Python or to an installed package."""
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
    """An attribute in the `__dict__` of a module: lazy loading is not triggered."""
    return vars(module).get(name) if isinstance(module, ModuleType) else None


def _names_in(folder: Path) -> set[str]:
    """The names of the modules in the folder of a script."""
    with suppress(OSError):
        return {
            entry.name.partition(".")[0]
            for entry in os.scandir(folder)
            if entry.name.endswith(".py") or entry.is_dir()
        }
    return set()


def _forget_lines_of(folder: Path) -> None:
    """Discard cached source lines: a file may have been edited since the last run."""
    for name, entry in list(linecache.cache.items()):
        is_of_file = entry[1:2] != (None,)  # other entries have no modification time
        if is_of_file and Path(name).is_relative_to(folder):
            del linecache.cache[name]
