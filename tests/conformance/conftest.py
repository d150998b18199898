"""The two stacks that the tests of this folder compare."""

from collections.abc import Iterator

import pytest

from densetrace.engines import Engine, load
from tests.real_keras import load_real_keras


@pytest.fixture(scope="module")
def stacks() -> Iterator[tuple[Engine, Engine]]:
    """The mirrored stack and a real Keras, which is hooked during all tests of a module."""
    real = load_real_keras()
    with real.hooked():
        yield load("densetrace"), real
