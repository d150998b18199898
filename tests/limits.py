"""Ends a test that hangs, and chooses some of many parametrized cases."""

import faulthandler
import os
from collections import defaultdict
from collections.abc import Generator, Iterable

import pytest


class HangLimit:
    """Ends the process when a test goes on long after the limit of pytest-timeout.

    That limit raises an exception in the test. Code that catches every exception, as Python does
    where it formats one, goes on. xdist then fails the test by name and starts a new process.

    Args:
        seconds: how long a test may take, with its fixtures and the report of its failure.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        # a test may redirect standard error
        self.stderr = os.dup(2)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self) -> Generator[None, object, object]:
        faulthandler.dump_traceback_later(self.seconds, exit=True, file=self.stderr)
        try:
            return (yield)
        finally:
            faulthandler.cancel_dump_traceback_later()


def chosen(names: Iterable[str], most: int) -> set[str]:
    """Return the node ids to run: of each test function, at most `most` cases, evenly spread.

    Args:
        names: node ids, in order, as `tests/test_a.py::test_b[case]`.
        most: at least 1.
    """
    cases = defaultdict(list)
    for name in names:
        cases[name.partition("[")[0]].append(name)
    return {
        name
        for of_one in cases.values()
        for name in (
            of_one
            if len(of_one) <= most
            else (of_one[index * len(of_one) // most] for index in range(most))
        )
    }
