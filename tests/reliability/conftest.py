"""What the tests of this room share."""

import signal
from collections.abc import Iterator

import pytest

from tests.reliability.command import Command
from tests.reliability.forks import Forks
from tests.reliability.large import PATIENCE

collect_ignore = ["script.py"]  # it is run, as somebody's script, by the command


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_is_heard() -> Iterator[None]:
    """Whoever runs the tests in the background may have SIGINT ignored, and processes inherit that.
    A handler they do not inherit: those begun meanwhile get the usual one."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


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
