"""What the tests of this room share."""

from collections.abc import Iterator

import pytest

from tests.reliability.command import Command
from tests.reliability.forks import Forks
from tests.reliability.large import PATIENCE
from tests.reliability.terminals import close_all

collect_ignore = ["script.py"]  # it is run, as somebody's script, by the command


@pytest.fixture(autouse=True)
def _windows() -> Iterator[None]:
    """No window stays open when a test has failed."""
    yield
    close_all()


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """Runs the command in a worker of each file of tests, in a folder of its own."""
    command = Command(tmp_path_factory.mktemp("work"), PATIENCE)
    yield command
    command.end()


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """Runs the command in processes that need no loading."""
    made = Forks()
    yield made
    made.close()
