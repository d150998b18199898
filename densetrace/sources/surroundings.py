"""What a script may change around itself, and gets put back when it has ended.

A script is written as if the process were its own: it leaves, it changes folder, it replaces
`sys.stdout`. Whoever ran it wants to go on, and so does the next script. docs/howto.md tells what
is put back, and what is not.
"""

import builtins
import linecache
import os
import signal
import sys
import sysconfig
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any, Final

# Ours, and the library whose compiled parts must never be loaded twice.
KEPT: Final = ("densetrace", "numpy")

_LISTS: Final = ("argv", "path", "meta_path", "path_hooks")
_STREAMS: Final = ("stdin", "stdout", "stderr")
_HOOKS: Final = (
    "breakpointhook", "displayhook", "dont_write_bytecode", "excepthook", "modules",
    "unraisablehook",
)  # fmt: skip
_LIBRARIES: Final = tuple(
    sysconfig.get_path(name) + os.sep for name in ("stdlib", "purelib", "platlib")
)
_PACKAGE_FOLDERS: Final = {"site-packages", "dist-packages"}


@contextmanager
def put_back(folder: Path, is_foreign: Callable[[object], bool]) -> Iterator[None]:
    """Put back what a script in `folder` changes in the interpreter, however it ends.

    `is_foreign` tells the objects that no library may hold on to when the script has ended: a
    library that does is forgotten, and loaded anew by whoever needs it next.
    """
    with ExitStack() as after:
        # Each is undone even if another one fails; the last is undone first.
        after.callback(_restorer_of_modules(folder, is_foreign))
        after.enter_context(warnings.catch_warnings())
        for remember in (_folder, _environment, _builtins, _signals, _logging, _tracing):
            after.callback(remember())
        after.callback(_restorer_of_sys())
        _forget_lines_of(folder)
        yield


# -- sys -------------------------------------------------------------------------------------------


def _restorer_of_sys() -> Callable[[], None]:
    attributes = {name: getattr(sys, name) for name in (*_LISTS, *_STREAMS, *_HOOKS)}
    contents = {name: list(attributes[name]) for name in _LISTS}
    thread_hook, limit = threading.excepthook, sys.getrecursionlimit()

    def restore() -> None:
        sys.setrecursionlimit(limit)
        for name in _STREAMS:
            if getattr(sys, name, None) is not attributes[name]:
                with suppress(Exception):  # what it printed into a stream of its own gets there
                    getattr(sys, name).flush()
        for name, value in attributes.items():
            setattr(sys, name, value)
        for name, items in contents.items():
            attributes[name][:] = items
        threading.excepthook = thread_hook

    return restore


def _tracing() -> Callable[[], None]:
    trace, profile = sys.gettrace(), sys.getprofile()

    def restore() -> None:
        if sys.gettrace() is not trace:
            sys.settrace(trace)
        if sys.getprofile() is not profile:
            sys.setprofile(profile)

    return restore


def _builtins() -> Callable[[], None]:
    namespace = vars(builtins)
    before = dict(namespace)

    def restore() -> None:
        for name in namespace.keys() - before.keys():
            del namespace[name]
        namespace.update(before)

    return restore


# -- the process -----------------------------------------------------------------------------------


def _folder() -> Callable[[], None]:
    try:
        folder = os.getcwd()
    except OSError:  # it was deleted under us, so there is nothing to come back to
        return lambda: None

    def restore() -> None:
        with suppress(OSError):
            os.chdir(folder)

    return restore


def _environment() -> Callable[[], None]:
    environ, before = os.environ, dict(os.environ)

    def restore() -> None:
        os.environ = environ  # noqa: B003 # the object that was there, whatever stands there now
        for name in environ.keys() - before.keys():
            del environ[name]
        environ.update(before)

    return restore


def _signals() -> Callable[[], None]:
    """What signals do, and the alarm that is set: one of the script's would ring later, among our
    own steps, and one of the caller's must still ring when it is due."""
    if threading.current_thread() is not threading.main_thread():
        return lambda: None  # only the main thread can change them
    handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
    has_alarm = hasattr(signal, "setitimer")
    delay, interval = signal.getitimer(signal.ITIMER_REAL) if has_alarm else (0.0, 0.0)
    begun = time.monotonic()

    def restore() -> None:
        if has_alarm:
            # One that has rung meanwhile is over, unless it rings again and again.
            left = max(0.0, delay - (time.monotonic() - begun)) if delay else 0.0
            signal.setitimer(signal.ITIMER_REAL, left or interval, interval)
        for number, handler in handlers.items():
            if handler is not None and signal.getsignal(number) != handler:
                signal.signal(number, handler)

    return restore


def _logging() -> Callable[[], None]:
    before = sys.modules.get("logging")
    level, handlers, disabled = 30, [], 0  # as it is when somebody first loads it
    if before is not None:
        root = before.getLogger()
        level, handlers, disabled = root.level, list(root.handlers), root.manager.disable

    def restore() -> None:
        logging = before or sys.modules.get("logging")
        if logging is None:
            return
        root = logging.getLogger()
        for handler in set(root.handlers) - set(handlers):
            with suppress(Exception):
                handler.flush()
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.disable(disabled)

    return restore


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
    for name in [name for name in linecache.cache if Path(name).is_relative_to(folder)]:
        del linecache.cache[name]
