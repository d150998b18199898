"""The real Keras that the tests of this folder hook."""

import pytest

from densetrace.engines import Engine
from tests.real_keras import load_keras_3, load_real_keras


@pytest.fixture(scope="session")
def keras() -> Engine:
    """An installed Keras that densetrace can trace; without one, tests that use it are skipped."""
    return load_real_keras()


@pytest.fixture(scope="session")
def keras3() -> Engine:
    """An installed Keras 3; without one, tests that use it are skipped."""
    return load_keras_3()
