"""Provenance: the trace itself must show every source."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings

from densetrace.data.trace import Trace
from densetrace.data.values import Items, Tensor
from densetrace.study.index import NOTHING, Place, TraceIndex, all_parts, part_of, same
from densetrace.study.provenance import ENDINGS, Provenance
from densetrace.study.source_line import LineExpression, argument_expression
from densetrace.study.why import Why, place_of, why
from tests.study.lessons import LESSONS, SCRIPT, expression, lesson, script
from tests.study.random_traces import TRACES

UNCHANGED = ("bound", "passed", "fed", "inside", "read")


def targets(trace: Trace) -> Iterator[str]:
    for owner, attributes in TraceIndex(trace).tables.held.items():
        yield from (f"{owner}.{name}" for name in attributes)


def reachable(provenance: Provenance, start: Place) -> Iterator[Place]:
    waiting, seen = [start], {start}
    while waiting:
        place = waiting.pop()
        yield place
        for source in provenance.sources(place):
            if source.place is not None and source.place not in seen:
                seen.add(source.place)
                waiting.append(source.place)


def check_evidence(trace: Trace) -> None:
    """Check that the trace shows every source."""
    provenance = Provenance.of(trace)
    index = provenance.index
    for owner, attributes in index.tables.held.items():
        for name, number in attributes.items():
            target = place_of(index, number, owner, name)
            for place in reachable(provenance, target):
                for source in provenance.sources(place):
                    if source.place is None:
                        assert source.how in ENDINGS
                        continue
                    there = index.value(source.place)
                    if source.how in UNCHANGED and place.slot != "subject":
                        assert same(there, index.value(place))
                    if source.place.slot not in ("run", "left_out"):
                        assert there is not NOTHING
                    if source.how == "filled":
                        assert there is None
                    if source.how == "part":
                        assert source.place.whole == place


@pytest.mark.parametrize("text", LESSONS)
def test_what_is_claimed_is_seen_in_the_trace(text: str) -> None:
    check_evidence(lesson(text))


@settings(max_examples=60, deadline=None)
@given(TRACES)
def test_no_trace_makes_it_claim_what_is_not_there(trace: Trace) -> None:
    check_evidence(trace)


def check_chain(trace: Trace, answer: Why) -> None:
    provenance = Provenance.of(trace)
    first, last = answer.links[0], answer.links[-1]
    assert answer.begins in {
        source.how for source in provenance.sources(first.places[0]) if source.place is None
    }
    assert last.places[-1] == answer.target.place
    places = [place for link in answer.links for place in link.places]
    for link in answer.links:
        assert provenance.steps[link.places[0].step] is link.step
    numbers = [link.places[0].step for link in answer.links]
    assert len(set(numbers[:-1])) == len(numbers) - 1  # each step once, the target's own twice
    for before, after in pairwise(places):
        known = {source.place for source in provenance.sources(after)}
        # A step that is twice in a chain is shown at its first position.
        assert before in known or any(place in known for place in places)


@pytest.mark.parametrize("text", LESSONS)
def test_each_chain_begins_with_the_person_and_ends_at_the_target(text: str) -> None:
    trace = lesson(text)
    asked = list(targets(trace))
    assert asked
    for target in asked:
        check_chain(trace, why(trace, target))


@settings(max_examples=60, deadline=None)
@given(TRACES)
def test_chains_of_any_trace_do_too(trace: Trace) -> None:
    for target in targets(trace):
        assert why(trace, target).links


def test_a_trace_that_was_saved_has_the_same_chains() -> None:
    trace = expression("Dense(64, activation='relu')")
    again = Trace.loads(trace.dumps())
    for target in targets(trace):
        assert why(again, target) == why(trace, target)


class TestValues:
    def test_shapes_are_the_same_as_list_and_as_tuple(self) -> None:
        assert same(Items("list", (3, 4), 2), Items("tuple", (3, 4), 2))

    def test_one_is_not_true(self) -> None:
        assert not same(1, True)
        assert not same(1, 1.0)

    def test_a_tensor_has_a_shape_and_a_dtype(self) -> None:
        tensor = Tensor((None, 3), "float32")
        assert part_of(part_of(tensor, "shape"), 1) == 3
        assert part_of(tensor, "dtype") == "float32"
        assert part_of(tensor, "size") is NOTHING
        assert [path for path, _ in all_parts(tensor)] == [
            (), ("shape",), ("dtype",), ("shape", 0), ("shape", 1),
        ]  # fmt: skip


class TestLines:
    def about(self, attribute: str) -> LineExpression:
        trace = script(SCRIPT)
        index = TraceIndex(trace)
        number = next(
            n for n, step in enumerate(index.steps)
            if step.kind == "assign" and step.inputs.get("name") == attribute
        )  # fmt: skip
        return argument_expression(index.steps[number], index.parent(number), "value")

    def test_a_line_names_what_a_value_is_made_of(self) -> None:
        assert self.about("doubled") == LineExpression(names=("width",))

    def test_a_literal_is_one(self) -> None:
        assert self.about("rate") == LineExpression(literal=True)

    def test_a_line_of_another_function_names_nothing_of_ours(self) -> None:
        index = TraceIndex(script(SCRIPT))
        number = next(n for n, step in enumerate(index.steps) if step.kind == "assign")
        assert argument_expression(index.steps[number], None, "value") == LineExpression()
