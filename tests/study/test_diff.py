"""Diffs: which differences count, and properties that hold for any two traces."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings

from densetrace.api import explain
from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.kinds import KINDS
from densetrace.study.diff import Change, Diff, Pair, diff
from tests.study.random_traces import TRACES


def shape(pairs: tuple[Pair, ...]) -> list[object]:
    """Pairs in a comparable form, without the ids of steps."""
    return [(pair.left, pair.right, pair.same, pair.changes, shape(pair.inside)) for pair in pairs]


def mirrored(pairs: tuple[Pair, ...]) -> list[object]:
    return [
        (
            pair.right,
            pair.left,
            pair.same,
            tuple(Change(change.name, change.right, change.left) for change in pair.changes),
            mirrored(pair.inside),
        )
        for pair in pairs
    ]


def sides(pairs: tuple[Pair, ...]) -> tuple[list[Step], list[Step]]:
    """All steps of each side that are in the pairs."""
    accounted: tuple[list[Step], list[Step]] = ([], [])
    for pair in pairs:
        for steps, step in zip(accounted, (pair.left, pair.right), strict=True):
            if step is not None:
                steps.extend([step] if pair.inside else without_inner(Trace(steps=(step,))))
        for steps, inner in zip(accounted, sides(pair.inside), strict=True):
            steps.extend(inner)
    return accounted


@settings(max_examples=40, deadline=None)
@given(TRACES)
def test_a_trace_is_the_same_as_itself(trace: Trace) -> None:
    found = diff(trace, trace)
    assert found.same
    assert found.differing == ()
    assert sides(found.pairs) == (without_inner(trace), without_inner(trace))


@settings(max_examples=40, deadline=None)
@given(TRACES, TRACES)
def test_a_diff_is_its_own_mirror(left: Trace, right: Trace) -> None:
    there, back = diff(left, right), diff(right, left)
    assert there.same == back.same
    assert deeply(mirrored(back.pairs)) == deeply(shape(there.pairs))


def deeply(shaped: list[object]) -> list[str]:
    """Comparable pairs, sorted at each depth."""
    return sorted(repr((*pair[:4], deeply(pair[4]))) for pair in shaped)  # type: ignore[index] # made by `shape`


@settings(max_examples=40, deadline=None)
@given(TRACES, TRACES)
def test_every_step_of_both_sides_is_accounted_for(left: Trace, right: Trace) -> None:
    found = diff(left, right)
    for trace, steps in zip((left, right), sides(found.pairs), strict=True):
        assert sorted(map(repr, steps)) == sorted(map(repr, without_inner(trace)))


def without_inner(trace: Trace) -> list[Step]:
    """All steps but the operations that the function around them consists of."""
    order = trace.order
    parents = [None if parent < 0 else order.steps[parent] for parent in order.parents]
    return [
        step
        for step, parent in zip(order.steps, parents, strict=True)
        if not KINDS[step.kind].is_inner(step, parent)
    ]


@settings(max_examples=40, deadline=None)
@given(TRACES, TRACES)
def test_it_is_the_same_only_when_no_step_differs(left: Trace, right: Trace) -> None:
    found = diff(left, right)
    assert found.same == (found.differing == ())


@settings(max_examples=40, deadline=None)
@given(TRACES)
def test_places_times_and_numbers_of_steps_do_not_count(trace: Trace) -> None:
    def moved(step: Step) -> Step:
        children = tuple(map(moved, step.children))
        return replace(step, id=step.id + 7, ns=step.ns + 1, where=None, children=children)

    again = Trace(trace.source, trace.engine, trace.outcome, tuple(map(moved, trace.steps)))
    assert diff(trace, again).same


def differing(left: str, right: str) -> Iterator[tuple[str, set[str]]]:
    found = diff(explain(left), explain(right))
    for pair in found.differing:
        yield pair.either.kind, {change.name for change in pair.changes}


class TestWhatCounts:
    @pytest.mark.parametrize(
        ("left", "right"),
        [
            ("Dense(4)", "Dense( 4 )"),
            ("Dense(3, kernel_initializer=HeNormal())", "Dense(3, kernel_initializer=HeNormal())"),
            ("Sequential([Dense(4), Dense(4)])", "keras.Sequential([Dense(4), Dense(4)])"),
        ],
    )
    def test_names_and_random_numbers_do_not(self, left: str, right: str) -> None:
        assert diff(explain(left), explain(right)).same

    def test_names_that_keras_numbered_are_those_without_a_number(self) -> None:
        whole = explain("Sequential([Dense(4), Dense(4)])")
        built = [step for step in whole.walk() if step.kind == "build"]
        first, second = (Trace(whole.source, whole.engine, {}, (step,)) for step in built)
        assert first.steps[0].subject != second.steps[0].subject
        changed = {c.name for pair in diff(first, second).differing for c in pair.changes}
        assert changed == {"input_shape", "value", "shape", "(result)", "fan_in (fact)",
                           "limit (fact)", "fan_out (fact)"} & changed  # fmt: skip

    def test_settings_of_an_object_do(self) -> None:
        kinds = dict(
            differing(
                "Dense(3, kernel_regularizer=L2(0.01))", "Dense(3, kernel_regularizer=L2(0.02))"
            )
        )
        assert kinds["get"] == {"identifier", "(result)"}

    def test_one_and_true_do(self) -> None:
        assert not diff(explain("Dense(1, use_bias=1)"), explain("Dense(1, use_bias=True)")).same

    def test_an_error_does(self) -> None:
        found = diff(explain("Dense(4)"), explain("Dense(4, activation='nope')"))
        assert "error" in {change.name for pair in found.differing for change in pair.changes}

    def test_what_runs_once_more_does(self) -> None:
        found = diff(explain("Dense(4)", until="build"), explain("Dense(4)"))
        assert [pair.either.kind for pair in found.differing if pair.left is None] == ["invoke"]


class TestAlignment:
    def only(self, found: Diff) -> list[tuple[str, str]]:
        return [
            ("left" if pair.right is None else "right", pair.either.kind)
            for pair in found.differing
            if pair.left is None or pair.right is None
        ]

    def test_a_lookup_meets_the_lookup_for_the_same_attribute(self) -> None:
        found = diff(explain("Dense(4)"), explain("Dense(4, bias_regularizer='l2')"))
        changed = [p for p in found.differing if p.either.kind == "get" and p.left and p.right]
        texts = [pair.either.where.text for pair in changed if pair.either.where]
        assert texts == [
            "self.bias_regularizer = regularizers.get(bias_regularizer)",
            "regularizer = regularizers.get(regularizer)",  # in add_weight('bias')
        ]

    def test_a_missing_weight_is_one_side_s_alone(self) -> None:
        found = diff(explain("Dense(4)"), explain("Dense(4, use_bias=False)"))
        assert self.only(found) == [("left", "add_weight"), ("left", "op")]

    def test_a_layer_put_between_two_others_moves_neither(self) -> None:
        found = diff(
            explain("Sequential([Dense(4), Dense(2)])"),
            explain("Sequential([Dense(4), Dense(8), Dense(2)])"),
        )
        invoked = [
            (pair.left.subject, pair.right.subject)
            for pair in found.walk()
            if pair.either.kind == "invoke" and pair.left and pair.right
        ]
        assert ("dense_1", "dense_2") in invoked
        assert ("dense_1", "dense_1") not in invoked

    def test_a_lookup_of_one_side_is_found_inside_the_lookup(self) -> None:
        found = diff(explain("Dense(64)"), explain("Dense(64, activation='relu')"))
        assert self.only(found) == [("right", "deserialize")]

    def test_traces_nested_deeper_than_python_s_stack_are_compared(self) -> None:
        first = explain("Dense(3)").find("assign")[0]
        step, other = first, replace(first, inputs=first.inputs | {"value": "odd"})
        for _ in range(3000):
            step, other = (
                replace(first, kind="call", children=(inner,)) for inner in (step, other)
            )
        found = diff(Trace(steps=(step,)), Trace(steps=(other,)))
        assert [pair.either.kind for pair in found.differing] == ["assign"]


def test_backward_steps_do_not_differ_by_the_number_of_the_forward_step() -> None:
    left = explain("Dense(2)", fit=True, seed=1)
    right = explain("Dense(2, kernel_regularizer='l2')", fit=True, seed=1)
    assert left.find("backward")
    assert not [pair for pair in diff(left, right).differing if pair.either.kind == "backward"]
