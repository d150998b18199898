"""Finds the Keras that is installed, and loads it without TensorFlow's own talk.

Two engines stand for it: `tf_keras`, today's Keras 2 for today's TensorFlow, and `keras`, which is
Keras 2.13 to 2.15.
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
    """The package that an engine needs, known to be there and of a version that is followed."""
    if name == "keras":
        with suppress(importlib.metadata.PackageNotFoundError):
            _check_version(name, importlib.metadata.version("keras"))
    if absent := _absent(name):
        raise RequestError(
            f"The engine {name} needs {' and '.join(absent)}, not installed here: {INSTALL}"
        )
    return name


def is_there(name: str) -> bool:
    """Whether what this engine needs is installed, of whatever version."""
    return not _absent(name)


def _absent(name: str) -> list[str]:
    return [part for part in (name, "tensorflow") if importlib.util.find_spec(part) is None]


def _check_version(name: str, version: str) -> None:
    """Refuse a Keras that is built in another way.

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
    """The package that holds the code behind the public names."""
    return f"{package}.src" if importlib.util.find_spec(f"{package}.src") else package


class _Hooks:
    """The hooks of one installed Keras: on while somebody is within `hook`, in any thread."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._within = 0
        self._taken_off = ExitStack()

    @contextmanager
    def hook(self) -> Iterator[None]:
        """Hook every point; the last to leave takes every hook off again."""
        with self._lock:
            if self._within == 0:
                self._taken_off = ExitStack()
                self._taken_off.enter_context(hooked(self._library))
            self._within += 1
        try:
            yield
        finally:
            with self._lock:
                self._within -= 1
                if self._within == 0:
                    self._taken_off.close()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what TensorFlow says while it is loaded from the person's terminal.

    Its C++ part writes to the file descriptor itself, before any of its settings is read.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # `tf.keras` is then the Keras that is traced, also in a script. Where there is no tf_keras, an
    # older TensorFlow would refuse to look for it.
    if importlib.util.find_spec("tf_keras") is not None:
        os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
    if "tensorflow" in sys.modules:
        yield
        return
    with warnings.catch_warnings(), _standard_error_aside():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _standard_error_aside() -> Iterator[None]:
    """Send file descriptor 2 to a file that nobody reads; leave it alone where there is none."""
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
    """Leave only errors of TensorFlow's Python loggers, and have its devices set up now."""
    for logger in ("tensorflow", "absl"):
        logging.getLogger(logger).setLevel(logging.ERROR)
    tensorflow.autograph.set_verbosity(0)
    tensorflow.constant(0.0)
