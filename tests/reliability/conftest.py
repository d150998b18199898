"""Fixtures of the robustness tests."""

from collections.abc import Iterator

import pytest

from tests.reliability.command import Command
from tests.reliability.forks import Forks
from tests.reliability.large import PATIENCE
from tests.reliability.terminals import close_all

collect_ignore = ["script.py"]  # tests pass it to the command as a script


@pytest.fixture(autouse=True)
def _windows() -> Iterator[None]:
    """Close windows that a failed test left open."""
    yield
    close_all()


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """Runs the command in a worker process and an empty folder per test file."""
    command = Command(tmp_path_factory.mktemp("work"), PATIENCE)
    yield command
    command.end()


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """Runs the command in forked processes, which need no imports."""
    made = Forks()
    yield made
    made.close()
