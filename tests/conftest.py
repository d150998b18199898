"""What all tests share: a process set up for them, golden outputs, and three options."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

from tests.limits import HangLimit, chosen
from tests.process_setup import set_up_process

USUAL_EXAMPLES = 1000
GOLDEN = Path(__file__).parent / "data" / "golden"

Golden = Callable[[str, str], None]

# No test is about time: on a busy machine any example may take long.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-goldens", action="store_true", help="write the golden outputs anew; read the diff"
    )
    parser.addoption(
        "--examples",
        type=int,
        default=USUAL_EXAMPLES,
        help="how many inputs each reliability test tries",
    )
    parser.addoption(
        "--cases",
        type=int,
        metavar="N",
        help="run at most N cases of each parametrized test, evenly spread (default: all)",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    set_up_process()
    encoding = sys.getfilesystemencoding()
    if encoding != "utf-8" and not config.getoption("numprocesses", None):
        raise pytest.UsageError(
            f"The tests run in UTF-8, which Python decides when it starts. Received: {encoding}. "
            "Set PYTHONUTF8=1, or type -n auto: the processes that it starts are in UTF-8."
        )
    # The time limit of pyproject.toml is that of the usual number of inputs.
    more = config.getoption("--examples") / USUAL_EXAMPLES
    if more > 1 and config.getoption("--timeout") is None:
        config.option.timeout = more * float(config.getini("timeout"))
    limit = config.getoption("--timeout")
    limit = float(limit if limit is not None else config.getini("timeout") or 0)
    if limit:
        config.pluginmanager.register(HangLimit(1.2 * limit))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    most = config.getoption("--cases")
    if most is None:
        return
    if most < 1:
        raise pytest.UsageError(f"--cases is at least 1. Received: {most}.")
    run = chosen((item.nodeid for item in items), most)
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in run])
    items[:] = [item for item in items if item.nodeid in run]


@pytest.fixture(scope="session", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A home folder of the tests' own: no test reads or writes a person's files."""
    os.environ["HOME"] = os.environ["USERPROFILE"] = str(tmp_path_factory.mktemp("home"))


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compares a text with the golden output of this name."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / f"{name}.txt"
        if request.config.getoption("--update-goldens"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare
