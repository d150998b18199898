"""Give processes that a script starts with multiprocessing the same Keras as the script.

A spawned process, or one forked from multiprocessing's server, imports the script again in a Python
without the stand-ins: `import tensorflow` would fail there, and a pool would start worker after
worker. multiprocessing pickles preparation data for such a process, which unpickles it before it
imports the script. This module adds an object that installs the stand-ins when it is unpickled.
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
from densetrace.sources.script.standins import provided_by

_SPAWN: Final = "multiprocessing.spawn"
_ROOT: Final = str(Path(__file__).parents[3])
_SERVER: Final = "multiprocessing.forkserver"


@contextmanager
def prepared_for(engine: str) -> Iterator[None]:
    """Make processes that start within the `with` block find this engine."""
    undo = ExitStack()

    def patch(module: Any) -> None:
        prepare = module.get_preparation_data
        module.get_preparation_data = _preparing(prepare, engine)
        undo.callback(setattr, module, "get_preparation_data", prepare)

    with undo:
        if _SPAWN in sys.modules:
            patch(sys.modules[_SPAWN])
        finder = _Finder(patch)
        sys.meta_path.insert(0, finder)
        undo.callback(_remove, finder)
        yield


def begin(engine: str) -> None:
    """Install the stand-ins in a started process, until it exits."""
    lasting = ExitStack()
    lasting.enter_context(provided_by(load(engine)))
    atexit.register(lasting.close)


class _Finder:
    """Patches multiprocessing.spawn when it is imported, which most scripts never do."""

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


def _remove(finder: _Finder) -> None:
    sys.meta_path[:] = [other for other in sys.meta_path if other is not finder]


def _preparing(
    prepare: Callable[[str], dict[str, Any]], engine: str
) -> Callable[[str], dict[str, Any]]:
    def get_preparation_data(name: str) -> dict[str, Any]:
        data = prepare(name)
        if sys._getframe(1).f_globals.get("__name__") == _SERVER:
            # The server ignores this data. Only its children may import the script.
            data.pop("init_main_from_path", None)
        return {"densetrace": _Begin(engine)} | data

    return get_preparation_data


class _Begin:
    """Calls `begin` in the process that unpickles it."""

    def __init__(self, engine: str) -> None:
        self._engine = engine

    def __reduce__(self) -> tuple[Any, ...]:
        # As code, because the process may not find densetrace yet: its paths are set later.
        code = (
            f"import sys; sys.path.append({_ROOT!r}); "
            f"from {__package__} import children; children.begin({self._engine!r})"
        )
        return exec, (code, {})
