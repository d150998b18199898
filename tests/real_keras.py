"""A real Keras to test with, where one is installed."""

import pytest

from densetrace.engines import Engine, load
from densetrace.system.errors import RequestError


def load_real_keras() -> Engine:
    """Load an installed Keras that densetrace can trace, or skip the test."""
    reasons = []
    for name in ("keras", "tf_keras"):
        try:
            return load(name)
        except RequestError as error:
            reasons.append(str(error))
    pytest.skip("needs a real Keras. " + " ".join(reasons))
