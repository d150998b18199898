"""What the tests of this room share."""

from collections.abc import Iterator

import pytest

from tests.reliability.forks import Forks

collect_ignore = ["script.py"]  # it is run, as somebody's script, by the command


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """Runs the command in processes that need no loading."""
    made = Forks()
    yield made
    made.close()
