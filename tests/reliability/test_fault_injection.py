"""A fault anywhere in the recorder changes only the recording.

Every call site in the recorder fails once per workload; `tests/reliability/faults.py` finds them.
"""

import warnings
from itertools import pairwise
from typing import Any

import pytest

import densetrace
from tests.reliability.faults import Faults, failing
from tests.reliability.workloads import WORKLOADS, begin, outcome

FAULTS = (RuntimeError, MemoryError, RecursionError)


def call_sites(name: str) -> Faults:
    begin()
    with densetrace.trace(on_step=lambda step: None), failing(Faults()) as counted:
        outcome(WORKLOADS[name])
    return counted


def untraced(name: str) -> Any:
    begin()
    return outcome(WORKLOADS[name])


def is_whole(trace: densetrace.Trace) -> bool:
    """Return whether a trace is numbered in order, survives saving and loading, and renders."""
    numbers = [step.id for step in trace.walk()]
    in_order = all(before < after for before, after in pairwise(numbers))
    again = densetrace.Trace.loads(trace.dumps())
    drawn = trace.tree("framework"), trace.plain("framework")
    return in_order and again.steps == trace.steps and all(drawn)


@pytest.mark.parametrize("name", WORKLOADS)
def test_tracing_does_not_change_an_outcome(name: str) -> None:
    expected = untraced(name)
    begin()
    with densetrace.trace() as t:
        assert outcome(WORKLOADS[name]) == expected
    assert is_whole(t)


@pytest.mark.parametrize(
    ("name", "strict"),
    [*((name, False) for name in WORKLOADS), ("failing layer", True)],
)
def test_a_fault_at_any_call_site_changes_only_the_recording(name: str, strict: bool) -> None:
    expected = untraced(name)
    points = call_sites(name).one_of_each(which=3 if strict else 0)
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


def test_an_interrupt_at_any_call_site_propagates_and_recording_continues() -> None:
    for point in call_sites("dense").one_of_each(which=1):
        begin()
        with densetrace.trace(on_step=lambda step: None) as t:
            with pytest.raises(KeyboardInterrupt), failing(Faults(point, KeyboardInterrupt)):
                outcome(WORKLOADS["dense"])
            densetrace.Dense(1, name="afterwards")
        assert is_whole(t), point
        assert "recording_stopped" not in t.outcome
        assert [step.kind for step in t.steps[-2:]] == ["new", "layout"], point
        assert t.steps[-1].subject == "afterwards", point
