"""Give processes that a script starts with multiprocessing the same Keras as the script, and
count them: they are not traced.

A spawned process, or one forked from multiprocessing's server, imports the script again in a Python
without the stand-ins: `import tensorflow` would fail there, and a pool would start worker after
worker. multiprocessing pickles preparation data for such a process, which unpickles it before it
imports the script. This module adds an object that installs the stand-ins when it is unpickled.
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

_SPAWN: Final = "multiprocessing.spawn"
_PROCESS: Final = "multiprocessing.process"
_ROOT: Final = str(Path(__file__).parents[3])
_SERVER: Final = "multiprocessing.forkserver"


@contextmanager
def prepared_for(engine: str) -> Iterator[list[int]]:
    """Make processes that start within the `with` block find this engine. Gives a list that gets an
    entry for each of them."""
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
    """Install the stand-ins in a started process, until it exits."""
    lasting = ExitStack()
    lasting.enter_context(provided_by(load(engine)))
    atexit.register(lasting.close)


class _Finder:
    """Patches modules of multiprocessing when they are imported, which most scripts never do."""

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
