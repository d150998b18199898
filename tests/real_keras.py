"""A real Keras to test with, where one is installed."""

import pytest

from densetrace.engines import Engine, installed, load
from densetrace.system.errors import RequestError


def load_real_keras() -> Engine:
    """Load an installed Keras 2, which our stack follows, or skip the test."""
    reasons = []
    for name in ("keras", "tf_keras"):
        if installed.generation(name) == 3:
            continue
        try:
            return load(name)
        except RequestError as error:
            reasons.append(str(error))
    pytest.skip("needs a real Keras 2. " + " ".join(reasons))


def load_keras_3() -> Engine:
    """Load an installed Keras 3, or skip the test."""
    if not installed.is_there("keras") or installed.generation("keras") != 3:
        pytest.skip('needs Keras 3: pip install "densetrace[keras]"')
    return load("keras")
