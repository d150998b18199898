"""What is looked up in a trace by its order and its index is what a walk through it finds."""

import gc
from contextlib import suppress

from hypothesis import given, settings

from densetrace.data.order import OUTSIDE, in_order
from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.data.values import Instance
from densetrace.kinds import KINDS
from densetrace.study.index import Ledger, is_someone, same
from densetrace.system import gc_tuning
from tests.study.random_traces import TRACES


@settings(max_examples=60, deadline=None)
@given(TRACES)
def test_steps_stand_in_order_of_opening_with_what_they_are_inside_of(trace: Trace) -> None:
    order, ledger = in_order(trace.steps), Ledger(trace)
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
        assert [id(order.steps[number]) for number in ledger.earlier_siblings(position)] == [
            id(sibling) for sibling in reversed(siblings[:place])
        ]


def steps_around(ledger: Ledger, number: int) -> set[int]:
    found, above = set(), ledger.above(number)
    while above is not None:
        found.add(above)
        above = ledger.above(above)
    return found


@settings(max_examples=60, deadline=None)
@given(TRACES)
def test_what_was_set_before_a_step_is_what_a_walk_to_it_meets(trace: Trace) -> None:
    ledger = Ledger(trace)
    for subject in {step.subject for step in ledger.steps}:
        met: dict[str, int] = {}
        initialized: list[int] = []
        for number, step in enumerate(ledger.steps):
            assert ledger.attributes(subject, number) == met
            assert ledger.initializers_of(subject, number) == initialized[::-1]
            name = step.inputs.get("name")
            if step.subject == subject and step.kind == "init":
                initialized.append(number)
            if step.subject == subject and step.kind == "assign" and step.error is None:
                assert isinstance(name, str)
                met[name] = number


@settings(max_examples=60, deadline=None)
@given(TRACES)
def test_an_object_came_out_of_the_last_step_that_had_ended_with_it(trace: Trace) -> None:
    ledger = Ledger(trace)
    for number in range(len(ledger.steps)):
        around = steps_around(ledger, number)
        assert around == {
            other for other in range(len(ledger.steps)) if ledger.order.is_around(other, number)
        }
        for value in {step.result for step in ledger.steps if is_someone(step.result)}:
            assert not isinstance(value, type(None))
            ended = [
                other
                for other, step in enumerate(ledger.steps[:number])
                if other not in around and is_it(step, value) and not is_inner(ledger, other)
            ]
            found = ledger.came_out_before(value, number)  # type: ignore[arg-type] # somebody is a value
            if not ended:
                assert found is None
                continue
            # The outermost that gave the same is told.
            assert found == ended[-1] or found in steps_around(ledger, ended[-1])
            assert found is not None
            assert found not in around
            assert same(ledger.steps[found].result, ledger.steps[ended[-1]].result)


def is_inner(ledger: Ledger, number: int) -> bool:
    """Whether the step is an operation of which the step around it says enough."""
    step = ledger.steps[number]
    inner = KINDS[step.kind].is_inner(step, ledger.parent(number))
    return inner and not isinstance(step.result, Instance)


def is_it(step: Step, value: object) -> bool:
    """Whether a step gave this very object."""
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
