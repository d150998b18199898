"""A recorder that fails, wherever it fails, changes nothing but what is recorded.

Every place in the recorder that calls anything is made to fail once for each workload, at another
of the times it is passed; `tests/reliability/faults.py` finds the places.
"""

import warnings
from itertools import pairwise
from typing import Any

import pytest

import densetrace
from tests.reliability.faults import Faults, failing
from tests.reliability.workloads import WORKLOADS, begin, outcome

FAULTS = (RuntimeError, MemoryError, RecursionError)


def places(name: str) -> Faults:
    begin()
    with densetrace.trace(on_step=lambda step: None), failing(Faults()) as counted:
        outcome(WORKLOADS[name])
    return counted


def untraced(name: str) -> Any:
    begin()
    return outcome(WORKLOADS[name])


def is_whole(trace: densetrace.Trace) -> bool:
    """Whether a trace can be read by everybody who reads traces: it is numbered in order, saved and
    read back, and drawn."""
    numbers = [step.id for step in trace.walk()]
    in_order = all(before < after for before, after in pairwise(numbers))
    again = densetrace.Trace.loads(trace.dumps())
    drawn = trace.tree("framework"), trace.plain("framework")
    return in_order and again.steps == trace.steps and all(drawn)


@pytest.mark.parametrize("name", WORKLOADS)
def test_tracing_changes_nothing(name: str) -> None:
    expected = untraced(name)
    begin()
    with densetrace.trace() as t:
        assert outcome(WORKLOADS[name]) == expected
    assert is_whole(t)


@pytest.mark.parametrize(
    ("name", "strict"),
    [*((name, False) for name in WORKLOADS), ("failing layer", True)],
)
def test_a_fault_at_any_place_changes_nothing(name: str, strict: bool) -> None:
    expected = untraced(name)
    points = places(name).one_of_each(which=3 if strict else 0)
    assert len(points) > 30
    stopped = 0
    for number, point in enumerate(points):
        faults = Faults(point, FAULTS[number % len(FAULTS)])
        begin()
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("error" if strict else "always")
            with densetrace.trace(on_step=lambda step: None) as t, failing(faults):
                found = outcome(WORKLOADS[name])
        assert found == expected, point
        assert is_whole(t), point
        assert len(warned) <= (0 if strict else 1), point
        stopped += "recording_stopped" in t.outcome
    assert stopped > len(points) / 3


def test_an_interrupt_at_any_place_gets_out_and_the_recording_goes_on() -> None:
    for point in places("dense").one_of_each(which=1):
        begin()
        with densetrace.trace(on_step=lambda step: None) as t:
            with pytest.raises(KeyboardInterrupt), failing(Faults(point, KeyboardInterrupt)):
                outcome(WORKLOADS["dense"])
            densetrace.Dense(1, name="afterwards")
        assert is_whole(t), point
        assert "recording_stopped" not in t.outcome
        assert [step.kind for step in t.steps[-2:]] == ["new", "layout"], point
        assert t.steps[-1].subject == "afterwards", point
