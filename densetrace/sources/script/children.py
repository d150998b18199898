"""Processes that a script starts with multiprocessing find the Keras that the script has found,
and are noted: they are not traced.

A process that is spawned, or forked from multiprocessing's server, imports the script anew, in a
Python that knows nothing of densetrace: `import tensorflow` would fail there, and a pool would
start worker after worker. multiprocessing pickles what such a process has to prepare, and unpickles
it there before the script is imported. What is added here puts the stand-ins in place when it is
unpickled.
"""

import atexit
import functools
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from densetrace.engines import load
from densetrace.sources.script.standins import asked_first, provided_by

_PROCESS: Final = "multiprocessing.process"
_SPAWN: Final = "multiprocessing.spawn"
_ROOT: Final = str(Path(__file__).parents[3])
_SERVER: Final = "multiprocessing.forkserver"


@contextmanager
def prepared_for(engine: str) -> Iterator[list[int]]:
    """For the length of a `with` block, let the processes that are started find this engine. Gives
    a list that gets an entry for each of them."""
    undo = ExitStack()
    started: list[int] = []

    def replaced(owner: Any, name: str, replacement: Any) -> None:
        undo.callback(setattr, owner, name, getattr(owner, name))
        setattr(owner, name, replacement)

    def patch_spawn(module: Any) -> None:
        prepare = module.get_preparation_data
        replaced(module, "get_preparation_data", _preparing(prepare, engine))

    def patch_process(module: Any) -> None:
        base = module.BaseProcess
        replaced(base, "start", _noting(base.start, started))

    patches = {_SPAWN: patch_spawn, _PROCESS: patch_process}
    with undo, asked_first(_Finder(patches)):
        for name, patch in patches.items():
            if name in sys.modules:
                patch(sys.modules[name])
        yield started


def begin(engine: str) -> None:
    """In a process that was started: put the stand-ins in place, for as long as it lives."""
    lasting = ExitStack()
    lasting.enter_context(provided_by(load(engine)))
    atexit.register(lasting.close)


class _Finder:
    """Patches modules of multiprocessing when they are imported: most scripts never do."""

    def __init__(self, patches: Mapping[str, Callable[[ModuleType], None]]) -> None:
        self._patches = patches

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        patch = self._patches.get(name)
        if patch is None:
            return None
        spec = PathFinder.find_spec(name, path)
        loader: Any = spec.loader if spec is not None else None
        if loader is None:
            return None
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            patch(module)

        loader.exec_module = exec_module
        return spec


def _noting(start: Callable[[Any], None], started: list[int]) -> Callable[[Any], None]:
    """A `Process.start` that adds the process to `started`, by identity."""

    @functools.wraps(start)
    def noting_start(self: Any) -> None:
        start(self)
        started.append(id(self))

    return noting_start


def _preparing(
    prepare: Callable[[str], dict[str, Any]], engine: str
) -> Callable[[str], dict[str, Any]]:
    def get_preparation_data(name: str) -> dict[str, Any]:
        data = prepare(name)
        if sys._getframe(1).f_globals.get("__name__") == _SERVER:
            # It unpickles nothing of this; its children import the script, and it must not.
            data.pop("init_main_from_path", None)
        return {"densetrace": _Begin(engine)} | data

    return get_preparation_data


class _Begin:
    """Unpickled, it calls `begin` in the process that unpickles it."""

    def __init__(self, engine: str) -> None:
        self._engine = engine

    def __reduce__(self) -> tuple[Any, ...]:
        # Code, as densetrace may not be found there yet: the paths of this process come later.
        code = (
            f"import sys; sys.path.append({_ROOT!r}); "
            f"from {__package__} import children; children.begin({self._engine!r})"
        )
        return exec, (code, {})
