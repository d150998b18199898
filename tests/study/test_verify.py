"""Comparisons with a real Keras: agreement, differences and stated departures."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from densetrace.api import explain
from densetrace.data.outputs import Outputs
from densetrace.data.steps import ABSENT, Error, Step
from densetrace.data.trace import Trace
from densetrace.data.values import Function, Instance, Items, Mapping, Tensor, Value
from densetrace.study.diff import of_one_engine
from densetrace.study.stated_departures import STATED, end_stated, result_stated, stated
from densetrace.study.verdict import not_compared, short, suite_verdict, verdict
from densetrace.study.verify import Comparison, compare, same
from tests.study.record_real import EXPRESSIONS, FOLDER

DEPARTURES = Path(__file__).parents[2] / "docs" / "departures.md"


def real(name: str) -> Trace:
    """A recorded trace of tf_keras."""
    return Trace.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def compared(name: str, outputs: Outputs | None = None) -> Comparison:
    return compare(explain(EXPRESSIONS[name]), real(name), outputs)


def changed(trace: Trace, kind: str, **fields: object) -> Trace:
    """The trace with these fields of its first step of this kind that is compared."""
    done: list[Step] = []

    def change(step: Step) -> Step:
        if step.kind == kind and not done and not of_one_engine(step):
            done.append(step)
            return replace(step, **fields)  # type: ignore[arg-type]  # any field of a step
        return replace(step, children=tuple(map(change, step.children)))

    steps = tuple(map(change, trace.steps))
    assert done
    return Trace(trace.source, trace.engine, trace.outcome, steps)


def count_compared(steps: Iterable[Step]) -> int:
    """How many of the steps two engines can have in common."""
    return sum(not of_one_engine(step) for step in steps)


class TestRealTraces:
    def test_a_dense_layer_agrees_step_by_step(self) -> None:
        found = compared("dense", Outputs(True, 1e-6))
        assert found.agrees
        assert (found.differing, found.departing) == ((), ())
        assert len(found.steps) == count_compared(found.theirs.walk()) > 40
        assert verdict(found) == (
            f"{len(found.steps)} of {len(found.steps)} steps agree with tf_keras "
            f"{found.theirs.engine['version']}; outputs agree within 1e-6."
        )

    def test_what_both_refuse_agrees_when_the_error_is_of_one_type(self) -> None:
        found = compared("refused")
        assert found.agrees
        assert verdict(found).endswith("; both raise ValueError.")
        other = real("refused")
        other.outcome["error_type"] = "TypeError"
        apart = compare(explain(EXPRESSIONS["refused"]), other)
        assert not apart.agrees
        assert "ours raises ValueError, theirs TypeError" in verdict(apart)

    @pytest.mark.parametrize(
        ("name", "departing"), [("log_softmax", ["deserialize"]), ("input_layer", ["new", "init"])]
    )
    def test_a_stated_departure_is_told_and_does_not_count(
        self, name: str, departing: list[str]
    ) -> None:
        found = compared(name)
        assert found.agrees
        assert [step.either.kind for step in found.departing] == departing
        assert all(step.departures for step in found.departing)
        assert "as stated" in verdict(found)

    def test_each_step_stands_beside_its_like_and_each_has_its_place(self) -> None:
        for step in compared("dense").steps:
            assert step.ours is not None
            assert step.theirs is not None
            assert step.ours.point == step.theirs.point
            assert step.theirs.where is not None
            assert step.theirs.where.file.startswith(("tf_keras/", "tensorflow/", "<expression>"))


class TestOperationsOfOneStack:
    def test_they_are_counted_on_each_side(self) -> None:
        found = compared("dense")
        ours, theirs = found.not_compared
        assert ours == sum(1 for step in found.ours.walk() if of_one_engine(step)) > 0
        raw = [step for step in found.theirs.walk() if step.point.startswith("tf.raw_ops.")]
        assert theirs == len(raw) > 0
        assert not any(of_one_engine(step.either) for step in found.steps)
        assert f"{ours} in densetrace, {theirs} in tf_keras" in not_compared(found)

    def test_nothing_is_said_where_there_are_none(self) -> None:
        assert not_compared(compared("refused")) == ""


class TestDifferences:
    @pytest.mark.parametrize(
        ("kind", "fields", "field"),
        [
            ("matmul", {"result": Tensor((2, 2), "float32")}, "(result)"),
            ("op", {"result": Tensor((2, 1), "float64")}, "(result)"),
            ("build", {"subject": "dense_1"}, "subject"),
            ("check", {"facts": {"verdict": "fails"}}, "verdict (fact)"),
            ("call", {"error": Error("ValueError", "no")}, "(error)"),
            ("op", {"point": "tf.tensordot"}, ""),
        ],
    )
    def test_every_field_of_a_step_counts(
        self, kind: str, fields: dict[str, object], field: str
    ) -> None:
        kind = "op" if kind == "matmul" else kind
        found = compare(explain(EXPRESSIONS["dense"]), changed(real("dense"), kind, **fields))
        assert not found.agrees
        if field:
            [step] = found.differing
            assert [one.field for one in step.differences] == [field]
        else:
            assert {(step.ours is None) for step in found.differing} == {True, False}

    def test_a_missing_step_is_one_difference_and_its_neighbours_still_agree(self) -> None:
        theirs = real("dense")
        found = compare(explain(EXPRESSIONS["dense"]), Trace(
            theirs.source, theirs.engine, theirs.outcome, theirs.steps[:-1]
        ))  # fmt: skip
        assert len(found.differing) == count_compared(theirs.steps[-1].walk()) > 10
        assert all(step.theirs is None for step in found.differing)
        assert found.agreeing == len(found.steps) - len(found.differing)

    def test_a_departure_excuses_only_what_it_states(self) -> None:
        theirs = real("input_layer")
        init = next(step for step in theirs.walk() if step.kind == "init")
        inputs: dict[str, Value] = {**init.inputs, "dtype": "float16"}
        found = compare(explain(EXPRESSIONS["input_layer"]), changed(theirs, "init", inputs=inputs))
        [step] = found.differing
        assert {one.field for one in step.differences if not one.departure} == {"dtype"}

    def test_outputs_that_differ_count(self) -> None:
        found = compared("dense", Outputs(False, 1e-6, 0.25))
        assert not found.agrees
        assert verdict(found).endswith("; outputs differ by up to 2.5e-1.")
        assert short(found) == "outputs differ by up to 2.5e-1"
        assert suite_verdict([found, compared("refused")]).startswith("1 of 2 expressions agree")


@pytest.mark.parametrize(
    ("ours", "theirs", "agree"),
    [
        (1, 1, True),
        (1, 1.0, False),
        (1, True, False),
        (0.1, 0.1 + 1e-8, True),
        (0.1, 0.10001, False),
        (None, ABSENT, False),
        (Tensor((2,), "float32", (1.0,)), Tensor((2,), "float32", (2.0,)), True),
        (Tensor((2,), "float32"), Tensor((2,), "float32", symbolic=True), False),
        (Items("list", (3, None), 2), Items("tuple", (3, None), 2), True),
        (Items("list", ("a",), 1), Items("tuple", ("a",), 1), False),
        (Items("list", (3,), 1), Items("list", (3,), 100), False),
        (Mapping((("a", 1),), 1), Mapping((("b", 1),), 1), False),
        (Instance("L2", "m", "L2#1"), Instance("L2", "m", "L2#2"), False),
        (
            Function("relu6", "tensorflow.ops.nn"),
            Function("relu6", "tensorflow.python.ops.x"),
            True,
        ),
        (Function("relu6", "tensorflow.ops.nn"), Function("elu", "tensorflow.python.ops.x"), False),
        (Function("relu6", "keras.activations"), Function("relu6", "tensorflow.x"), False),
    ],
)
def test_when_two_values_say_the_same(ours: Value, theirs: Value, agree: bool) -> None:
    assert same(ours, theirs) is agree
    assert same(ours, ours)


def test_each_stated_departure_is_in_the_docs_or_between_versions() -> None:
    page = DEPARTURES.read_text(encoding="utf-8")
    for departure in STATED:
        if departure.between_versions:
            assert "Keras 2.1" in departure.sentence or "tf_keras" in departure.sentence
        else:
            assert f"- {departure.sentence}\n" in page, departure.sentence


def test_the_saved_traces_are_of_the_format_that_is_documented() -> None:
    for name in EXPRESSIONS:
        form = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
        assert form["engine"]["name"] == "tf_keras"


def test_operations_that_an_operation_calls_are_not_compared() -> None:
    """TensorFlow reports none that it calls itself; casts of variables it does report."""
    trace = explain("LayerNormalization(dtype='float16')")
    casts = [step for step in trace.walk() if step.point == "tf.cast"]
    inside = [step for step in casts if of_one_engine(step)]
    assert len(inside) == 3  # of moments: to single precision, and mean and variance back
    mixed = [step for step in explain("PReLU(dtype='mixed_float16')").walk()
             if step.point == "tf.cast"]  # fmt: skip
    assert mixed
    assert not any(map(of_one_engine, mixed))


@pytest.mark.parametrize(
    ("place", "ours", "theirs", "layers", "word"),
    [
        ("config.layers[0].config", ["name"], ["name", "optional"], (), "optional"),
        ("config", ["name"], ["name", "robust_masking"], ("Softmax",), "robust_masking"),
        (
            "config",
            ["name"],
            ["name", "softmax_robust_masking"],
            ("MultiHeadAttention",),
            "softmax_robust_masking",
        ),
        ("config.axis", [2], -1, ("UnitNormalization",), "axis"),
        ("config.axis[1]", 2, -1, ("UnitNormalization",), "axis"),
        ("config.axis", [2], -1, ("LayerNormalization",), ""),
        ("config", ["name"], ["name", "other"], (), ""),
        ("config", ["name"], ["optional"], (), ""),
        ("weights", ["name"], ["name", "optional"], (), ""),
    ],
)
def test_results_depart_as_stated_only(
    place: str, ours: object, theirs: object, layers: tuple[str, ...], word: str
) -> None:
    stated = result_stated(place, ours, theirs, layers)
    assert word in stated
    assert bool(stated) == bool(word)


def test_what_keras_changed_between_its_versions_excuses_nothing_on_keras_2_14() -> None:
    step = Step(0, "assign", "p", "a", {"name": "built"}, {}, None, None, None, 0)
    assert stated(step, "before", False, True, "GRUCell", is_other_version=True)
    assert not stated(step, "before", False, True, "GRUCell", is_other_version=False)
    assert not stated(step, "before", False, True, "Dense", is_other_version=True)


def test_the_layer_of_a_plus_has_another_name_in_newer_versions() -> None:
    step = Step(0, "invoke", "p", "a", {}, {}, None, None, None, 0)
    ours, theirs = "tf.math.add", "tf.__operators__.add"
    assert stated(step, "subject", ours, theirs)
    assert not stated(step, "subject", ours, theirs, is_other_version=False)
    assert not stated(step, "subject", ours, "tf.math.subtract")
    assert not stated(step, "subject", 1, True)


def test_only_a_known_message_explains_the_end_of_a_script() -> None:
    page = DEPARTURES.read_text(encoding="utf-8")
    assert f"- {end_stated('offset must be 1D tensor[]', is_other_version=False)}\n" in page
    message = "Field size: Expected an int, got a boolean."
    assert "tf_keras" in end_stated(message, is_other_version=True)
    assert not end_stated(message, is_other_version=False)
    assert not end_stated("Expected an int", is_other_version=True)


def test_a_departure_may_leave_sizes_unknown() -> None:
    step = Step(0, "gradient", "p", None, {}, {}, None, None, None, 0)
    known, unknown, other = (Tensor(shape, "float32") for shape in ((2, 3), (None, 3), (4, 3)))
    lists = [Items("list", (one, None), 2) for one in (known, unknown, other)]
    assert stated(step, "(result)", lists[0], lists[1])
    assert not stated(step, "(result)", lists[1], lists[0])
    assert not stated(step, "(result)", lists[0], lists[2])
