"""Finds the installed Keras, and loads it without TensorFlow's log messages.

There are two engines: `tf_keras`, the current Keras 2 for the current TensorFlow, and `keras`,
which is Keras 2.13 to 2.15.
"""

import importlib
import importlib.metadata
import importlib.util
import logging
import os
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from types import ModuleType
from typing import Final

from densetrace.engines.engine import Engine, version_of
from densetrace.engines.points import Library, hooked
from densetrace.engines.raw_operations import operations_recorded
from densetrace.system.errors import RequestError, shown

INSTALL: Final = 'pip install "densetrace[keras]"'
OLDEST: Final = (2, 13)
NEWEST: Final = (2, 15)


def load(name: str) -> Engine:
    """The engine `tf_keras` or `keras`, imported if need be.

    Raises:
        RequestError: when it is not installed, cannot be imported, or is another Keras.
    """
    package = _required(name)
    with _quiet():
        try:
            keras = importlib.import_module(package)
            tensorflow = importlib.import_module("tensorflow.compat.v2")
        except ImportError as error:
            raise RequestError(
                f"The engine {name} cannot be imported: {shown(str(error), 200)}.",
                f"Install it anew, in an environment of its own: {INSTALL}",
            ) from error
        _silence(tensorflow)
    _check_version(name, version_of(keras))
    library = Library(_root(package), tensorflow)
    return Engine(
        name, version_of(keras), version_of(tensorflow), keras, tensorflow.nn, _Hooks(library).hook
    )


def _required(name: str) -> str:
    """The package that an engine needs, checked to be installed and of a supported version."""
    if name == "keras":
        with suppress(importlib.metadata.PackageNotFoundError):
            _check_version(name, importlib.metadata.version("keras"))
    if absent := _absent(name):
        raise RequestError(
            f"The engine {name} needs {' and '.join(absent)}, not installed here: {INSTALL}"
        )
    return name


def is_there(name: str) -> bool:
    """Whether the packages of this engine are installed, in any version."""
    return not _absent(name)


def _absent(name: str) -> list[str]:
    packages = (name, "tensorflow")
    return [package for package in packages if importlib.util.find_spec(package) is None]


def _check_version(name: str, version: str) -> None:
    """Refuse a Keras with other hook points.

    Raises:
        RequestError: for `keras` outside 2.13 to 2.15.
    """
    if name != "keras":
        return
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if OLDEST <= numbers <= NEWEST:
        return
    raise RequestError(
        f"The engine keras is Keras 2.13 to 2.15; Keras {shown(version)} is installed here, "
        "whose layers take other steps.",
        f"Use --engine tf_keras, which is today's Keras 2: {INSTALL}",
    )


def _root(package: str) -> str:
    """The package that defines the public names: `keras.src` or `keras`."""
    return f"{package}.src" if importlib.util.find_spec(f"{package}.src") else package


class _Hooks:
    """The hooks of one installed Keras: active while any thread is within `hook`."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._users = 0
        self._unhook = ExitStack()

    @contextmanager
    def hook(self) -> Iterator[None]:
        """Hook every point, and record the raw operations of this thread; the last block to end
        removes the hooks."""
        with self._lock:
            if self._users == 0:
                self._unhook = ExitStack()
                self._unhook.enter_context(hooked(self._library))
            self._users += 1
        try:
            with operations_recorded():
                yield
        finally:
            with self._lock:
                self._users -= 1
                if self._users == 0:
                    self._unhook.close()


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppress TensorFlow's messages while it is loaded.

    Its C++ part writes to the file descriptor before it reads any setting.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # `tf.keras` is then the Keras that is traced, also in a script. Where there is no tf_keras, an
    # older TensorFlow would refuse to look for it.
    if importlib.util.find_spec("tf_keras") is not None:
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
