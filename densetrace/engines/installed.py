"""Finds the installed Keras, and loads it without TensorFlow's log messages.

There are two engines: `tf_keras`, the current Keras 2 for the current TensorFlow, and `keras`,
which is Keras 3 (with the backend that it is configured for) or Keras 2.13 to 2.15.
"""

import importlib
import importlib.metadata
import importlib.util
import json
import logging
import os
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from types import ModuleType
from typing import Any, Final

from densetrace.data.trace import generation_of
from densetrace.engines.engine import Engine, version_of
from densetrace.system.errors import RequestError, shown

INSTALL: Final = 'pip install "densetrace[keras]"'
OLDEST: Final = (2, 13)
NEWEST: Final = (2, 15)
"""The oldest and the newest Keras 2 that is called `keras`."""

BACKENDS: Final = {
    "tensorflow": ("tensorflow", INSTALL),
    "jax": ("jax", 'pip install "jax[cpu]"'),
    "torch": ("torch", "pip install torch"),
    "numpy": ("numpy", "pip install numpy"),
    "openvino": ("openvino", "pip install openvino"),
}
"""The backends of Keras 3: the package that each needs, and how it is installed."""


def load(name: str) -> Engine:
    """The engine `tf_keras` or `keras`, imported if need be.

    Raises:
        RequestError: when it is not installed, cannot be imported, or is another Keras.
    """
    package = _required(name)
    if generation(name) == 3:
        return _keras_3()
    from densetrace.engines.keras2.points import Library, hooked
    from densetrace.engines.keras2.raw_operations import operations_recorded

    with _quiet():
        try:
            keras = importlib.import_module(package)
            tensorflow = importlib.import_module("tensorflow.compat.v2")
        except ImportError as error:
            raise RequestError(
                f"The engine {name} cannot be imported: {shown(str(error), 200)}.",
                f"Reinstall it, in a separate environment: {INSTALL}",
            ) from error
        _silence(tensorflow)
    _check_version(name, version_of(keras))
    library = Library(_root(package), tensorflow)
    hooks = _Hooks(lambda: hooked(library), operations_recorded)
    return Engine(
        name, version_of(keras), keras, hooks.hook, tensorflow.nn, "tensorflow",
        version_of(tensorflow),
    )  # fmt: skip


def _keras_3() -> Engine:
    """Keras 3, on the backend that the person has configured.

    Raises:
        RequestError: when that backend is not installed, or Keras cannot be imported.
    """
    from densetrace.engines.keras3.points import Library, hooked

    name = backend()
    package, how = BACKENDS.get(name, (name, f"pip install {name}"))
    if importlib.util.find_spec(package) is None:
        raise RequestError(
            f"Keras 3 is configured for the backend {shown(name)}, which is not installed here: "
            f"{how}",
            "Or name another backend: KERAS_BACKEND=tensorflow.",
        )
    tensorflow = None
    with _quiet(legacy=False):
        try:
            keras = importlib.import_module("keras")
            if name == "tensorflow":
                tensorflow = importlib.import_module("tensorflow.compat.v2")
            version = version_of(importlib.import_module(package))
        except (ImportError, ValueError) as error:
            lacks = getattr(error, "name", None)
            raise RequestError(
                f"Keras 3 on {shown(name)} cannot be imported: {shown(str(error), 200)}.",
                f"Install the missing package: pip install {lacks}"
                if type(lacks) is str and lacks.isidentifier()
                else f"Reinstall it, in a separate environment: {INSTALL}",
            ) from error
        if tensorflow is not None:
            _silence(tensorflow)
    library = Library(tensorflow)
    hooks = _Hooks(lambda: hooked(library), nullcontext)
    nn = None if tensorflow is None else tensorflow.nn
    return Engine(
        "keras", version_of(keras), keras, hooks.hook, nn, keras.backend.backend(), version
    )


def backend() -> str:
    """The backend that Keras 3 is configured for: by the environment, by its own file, or as it is
    by default. A Keras that is imported already has one."""
    loaded = sys.modules.get("keras")
    if loaded is not None and hasattr(loaded, "backend"):
        return str(loaded.backend.backend())
    if chosen := os.environ.get("KERAS_BACKEND"):
        return chosen
    home = os.environ.get("KERAS_HOME") or os.path.join(os.path.expanduser("~"), ".keras")
    with suppress(OSError, ValueError), open(os.path.join(home, "keras.json"), "rb") as file:
        config = json.load(file)
        if type(config) is dict and type(config.get("backend")) is str:
            return str(config["backend"])
    return "tensorflow"


def generation(name: str) -> int:
    """2 or 3: which Keras an installed engine is."""
    with suppress(importlib.metadata.PackageNotFoundError):
        return generation_of(name, importlib.metadata.version(name))
    loaded = sys.modules.get(name)
    if loaded is None or importlib.util.find_spec(name) is None:
        return 2
    return generation_of(name, version_of(loaded))


def _required(name: str) -> str:
    """The package that an engine needs, checked to be installed and of a supported version."""
    if name == "keras":
        with suppress(importlib.metadata.PackageNotFoundError):
            _check_version(name, importlib.metadata.version("keras"))
        if is_there(name) and generation(name) == 3:
            return name
    if absent := _absent(name):
        needed, are = " and ".join(absent), "is" if len(absent) == 1 else "are"
        raise RequestError(
            f"The engine {name} needs {needed}, which {are} not installed: {INSTALL}"
        )
    return name


def is_there(name: str) -> bool:
    """Whether the packages of this engine are installed, in any version."""
    return not _absent(name)


def _absent(name: str) -> list[str]:
    # Keras 3 also runs without TensorFlow.
    packages = (name,) if generation(name) == 3 else (name, "tensorflow")
    return [package for package in packages if importlib.util.find_spec(package) is None]


def _check_version(name: str, version: str) -> None:
    """Refuse a Keras with other hook points.

    Raises:
        RequestError: for `keras` that is neither 2.13 to 2.15 nor 3.
    """
    if name != "keras" or generation_of(name, version) == 3:
        return
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if OLDEST <= numbers <= NEWEST:
        return
    raise RequestError(
        f"The engine keras is Keras 3, or 2.13 to 2.15; Keras {shown(version)} is installed here, "
        "which runs different steps.",
        f"Use --engine tf_keras, which is today's Keras 2: {INSTALL}",
    )


def _root(package: str) -> str:
    """The package that defines the public names: `keras.src` or `keras`."""
    return f"{package}.src" if importlib.util.find_spec(f"{package}.src") else package


class _Hooks:
    """The hooks of one installed Keras: active while any thread is within `hook`. `of_thread` is
    entered by each of these threads."""

    def __init__(
        self,
        hooked: Callable[[], AbstractContextManager[Any]],
        of_thread: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._hooked = hooked
        self._of_thread = of_thread
        self._lock = threading.Lock()
        self._users = 0
        self._unhook = ExitStack()

    @contextmanager
    def hook(self) -> Iterator[None]:
        """Hook every point, and what belongs to this thread; the last block to end removes the
        hooks."""
        with self._lock:
            if self._users == 0:
                self._unhook = ExitStack()
                self._unhook.enter_context(self._hooked())
            self._users += 1
        try:
            with self._of_thread():
                yield
        finally:
            with self._lock:
                self._users -= 1
                if self._users == 0:
                    self._unhook.close()


@contextmanager
def _quiet(legacy: bool = True) -> Iterator[None]:
    """Suppress TensorFlow's messages while it is loaded. Unless `legacy`, `tf.keras` is Keras 3.

    Its C++ part writes to the file descriptor before it reads any setting.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # `tf.keras` is then the Keras that is traced, also in a script. Where there is no tf_keras, an
    # older TensorFlow would refuse to look for it.
    if legacy and importlib.util.find_spec("tf_keras") is not None:
        os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
    if "tensorflow" in sys.modules:
        yield
        return
    with warnings.catch_warnings(), _standard_error_discarded():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _standard_error_discarded() -> Iterator[None]:
    """Redirect file descriptor 2 to a temporary file; do nothing when it is closed."""
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:
        yield
        return
    try:
        with tempfile.TemporaryFile() as aside:
            os.dup2(aside.fileno(), 2)
            yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)


def _silence(tensorflow: ModuleType) -> None:
    """Let TensorFlow's Python loggers show errors only, and set up its devices now."""
    for logger in ("tensorflow", "absl"):
        logging.getLogger(logger).setLevel(logging.ERROR)
    tensorflow.autograph.set_verbosity(0)
    tensorflow.constant(0.0)
