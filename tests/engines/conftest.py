"""A real Keras to test with, where one is installed."""

import pytest

from densetrace.engines import Engine, load
from densetrace.system.errors import RequestError


@pytest.fixture(scope="session")
def keras() -> Engine:
    """The installed Keras that densetrace can trace; a test that asks for it is skipped where there
    is none."""
    reasons = []
    for name in ("tf_keras", "keras"):
        try:
            return load(name)
        except RequestError as error:
            reasons.append(str(error))
    pytest.skip("needs a real Keras. " + " ".join(reasons))
