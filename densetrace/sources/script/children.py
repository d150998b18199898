"""Processes that a script starts with multiprocessing find the Keras that the script has found.

A process that is spawned, or forked from multiprocessing's server, imports the script anew, in a
Python that knows nothing of densetrace: `import tensorflow` would fail there, and a pool would
start worker after worker. multiprocessing pickles what such a process has to prepare, and unpickles
it there before the script is imported. What is added here puts the stand-ins in place when it is
unpickled.
"""

import atexit
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from densetrace.engines import load
from densetrace.sources.script.standins import asked_first, provided_by

_SPAWN: Final = "multiprocessing.spawn"
_ROOT: Final = str(Path(__file__).parents[3])
_SERVER: Final = "multiprocessing.forkserver"


@contextmanager
def prepared_for(engine: str) -> Iterator[None]:
    """For the length of a `with` block, let the processes that are started find this engine."""
    undo = ExitStack()

    def patch(module: Any) -> None:
        prepare = module.get_preparation_data
        module.get_preparation_data = _preparing(prepare, engine)
        undo.callback(setattr, module, "get_preparation_data", prepare)

    with undo, asked_first(_Finder(patch)):
        if _SPAWN in sys.modules:
            patch(sys.modules[_SPAWN])
        yield


def begin(engine: str) -> None:
    """In a process that was started: put the stand-ins in place, for as long as it lives."""
    lasting = ExitStack()
    lasting.enter_context(provided_by(load(engine)))
    atexit.register(lasting.close)


class _Finder:
    """Patches multiprocessing.spawn when it is imported: most scripts never do."""

    def __init__(self, patch: Callable[[ModuleType], None]) -> None:
        self._patch = patch

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != _SPAWN:
            return None
        spec = PathFinder.find_spec(name, path)
        loader: Any = spec.loader if spec is not None else None
        if loader is None:
            return None
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            self._patch(module)

        loader.exec_module = exec_module
        return spec


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
