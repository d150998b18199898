"""Lookups by the order and the index of a trace agree with a search through all steps."""

import gc
from contextlib import suppress

from hypothesis import given, settings

from densetrace.data.order import OUTSIDE, in_order
from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.data.values import Instance
from densetrace.kinds import KINDS
from densetrace.study.index import TraceIndex, has_identity, same
from densetrace.system import gc_tuning
from tests.study.random_traces import TRACES


@settings(max_examples=60, deadline=None)
@given(TRACES)
def test_steps_stand_in_order_of_opening_with_what_they_are_inside_of(trace: Trace) -> None:
    order, index = in_order(trace.steps), TraceIndex(trace)
    assert [id(step) for step in order.steps] == [id(step) for step in trace.walk()]
    for position, step in enumerate(order.steps):
        parent = order.parents[position]
        siblings = trace.steps if parent == OUTSIDE else order.steps[parent].children
        assert any(step is sibling for sibling in siblings)
        assert order.ends[position] == position + sum(1 for _ in step.walk())
        assert [id(order.steps[child]) for child in order.children(position)] == [
            id(child) for child in step.children
        ]
        place = next(number for number, sibling in enumerate(siblings) if sibling is step)
        assert [id(order.steps[number]) for number in index.earlier_siblings(position)] == [
            id(sibling) for sibling in reversed(siblings[:place])
        ]


def parents_of(index: TraceIndex, number: int) -> set[int]:
    found, above = set(), index.parent_number(number)
    while above is not None:
        found.add(above)
        above = index.parent_number(above)
    return found


@settings(max_examples=60, deadline=None)
@given(TRACES)
def test_what_was_set_before_a_step_is_what_a_walk_to_it_meets(trace: Trace) -> None:
    index = TraceIndex(trace)
    for subject in {step.subject for step in index.steps}:
        met: dict[str, int] = {}
        initialized: list[int] = []
        for number, step in enumerate(index.steps):
            assert index.attributes(subject, number) == met
            assert index.initializers_of(subject, number) == initialized[::-1]
            name = step.inputs.get("name")
            if step.subject == subject and step.kind == "init":
                initialized.append(number)
            if step.subject == subject and step.kind == "assign" and step.error is None:
                assert isinstance(name, str)
                met[name] = number


@settings(max_examples=60, deadline=None)
@given(TRACES)
def test_an_object_came_out_of_the_last_step_that_had_ended_with_it(trace: Trace) -> None:
    index = TraceIndex(trace)
    for number in range(len(index.steps)):
        around = parents_of(index, number)
        assert around == {
            other for other in range(len(index.steps)) if index.order.is_around(other, number)
        }
        for value in {step.result for step in index.steps if has_identity(step.result)}:
            assert not isinstance(value, type(None))
            ended = [
                other
                for other, step in enumerate(index.steps[:number])
                if other not in around and returned(step, value) and not is_inner(index, other)
            ]
            found = index.latest_producer(value, number)  # type: ignore[arg-type] # an object is a Value
            if not ended:
                assert found is None
                continue
            # The outermost step with the same result is found.
            assert found == ended[-1] or found in parents_of(index, ended[-1])
            assert found is not None
            assert found not in around
            assert same(index.steps[found].result, index.steps[ended[-1]].result)


def is_inner(index: TraceIndex, number: int) -> bool:
    """Whether the step is an operation of which its parent says enough."""
    step = index.steps[number]
    inner = KINDS[step.kind].is_inner(step, index.parent(number))
    return inner and not isinstance(step.result, Instance)


def returned(step: Step, value: object) -> bool:
    """Whether a step returned this object."""
    if isinstance(value, Instance):
        return isinstance(step.result, Instance) and step.result.label == value.label
    return step.result == value and not isinstance(step.result, Instance)


def test_cycles_are_looked_for_again_whatever_happened() -> None:
    assert gc.isenabled()
    with suppress(ValueError), gc_tuning.paused():
        enabled_within = gc.isenabled()
        raise ValueError
    assert not enabled_within
    assert gc.isenabled()
