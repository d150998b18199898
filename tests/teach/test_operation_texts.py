"""Each operation has a text of its own, and what it says is true."""

import json
import math
import re
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from densetrace.data.public_names import PUBLIC_NAMES
from densetrace.data.steps import Step
from densetrace.data.values import Tensor, Value
from densetrace.data.wording import in_sentence
from densetrace.keras import backend, hook_points
from densetrace.keras.layers.core.dense import Dense
from densetrace.teach.entries import NOT_RECORDED
from densetrace.teach.explanations import entry_for, explain_step
from densetrace.teach.texts.operation_families import FORMULAS, SELDOM, making
from tests.teach import corpus, tensorflow_places
from tests.teach.operation_calls import POINTS, X, Y, arguments, call, operation_at


def step_of(point: str) -> Step:
    """The step of a call of an operation."""
    return corpus.traced(call(point)).find("op", where=lambda step: step.point == point)[0]


# -- each has one ----------------------------------------------------------------------------------


def test_every_operation_of_the_registry_is_a_hook_point_with_a_text() -> None:
    assert set(POINTS) == {
        point for kind, point in hook_points() if kind == "op" and point.startswith("tf.")
    }
    for point in POINTS:
        step = Step(0, "op", point, None, {}, {}, None, None, None, 0)
        assert entry_for(step).point == point


@pytest.mark.parametrize("point", POINTS)
def test_the_text_of_an_operation_is_complete_and_names_its_result(point: str) -> None:
    step = step_of(point)
    explained = explain_step(step)
    assert step.error is None, step.error
    assert entry_for(step).point == point
    whole = f"{explained.what}\n{explained.why}\n{explained.where}"
    assert NOT_RECORDED not in whole
    assert not re.search(r"\{\w+\}|%|no tensor", explained.what)
    if isinstance(step.result, Tensor) and point != "tf.raw_ops.Assert":
        assert in_sentence(step.result) in explained.what  # a scalar is its number


@pytest.mark.parametrize("point", POINTS)
def test_no_two_operations_have_one_text(point: str) -> None:
    what = explain_step(step_of(point)).what
    assert [other for other in POINTS if explain_step(step_of(other)).what == what] == [point]


def test_a_text_names_the_function_that_an_author_calls() -> None:
    assert explain_step(step_of("tf.raw_ops.SelectV2")).what.startswith("tf.where chooses")
    assert set(PUBLIC_NAMES) <= {point for _, point in hook_points()}


def test_a_text_of_one_line_says_who_needs_the_operation_and_where_it_is_defined() -> None:
    for point, place in {
        "tf.linalg.det": "ops/linalg_ops.py, det",
        "tf.math.erfc": "ops/math_ops.py, erfc",
        "tf.slice": "ops/array_ops.py, slice",
        "tf.bitwise.invert": "ops/gen_bitwise_ops.py, invert",
    }.items():
        text = making(point, "computes something of {x}")
        assert text.why == SELDOM
        assert text.where == f"tensorflow/python/{place}{{caller}}"


# -- formulas --------------------------------------------------------------------------------------

_FUNCTIONS: Final[dict[str, Any]] = {
    "abs": np.abs, "arccos": np.arccos, "arcsin": np.arcsin, "arctan": np.arctan,
    "arctan2": np.arctan2, "ceil": np.ceil, "cos": np.cos, "erf": np.vectorize(math.erf),
    "exp": np.exp, "floor": np.floor, "gamma": np.vectorize(math.gamma),
    "inf": np.inf, "log": np.log, "rint": np.rint, "sin": np.sin,
    "sqrt": np.sqrt, "trunc": np.trunc,
}  # fmt: skip
_OVER_AXES: Final[dict[str, Any]] = {
    "all": np.all, "any": np.any, "max": np.max, "mean": np.mean, "min": np.min, "prod": np.prod,
    "sum": np.sum,
}  # fmt: skip
_BETWEEN: Final[dict[str, Any]] = {"max": np.maximum, "min": np.minimum}


def computed(point: str, symbols: dict[str, Any], axis: Any, keepdims: bool) -> Any:
    """What the formula of an operation gives, computed by NumPy."""

    def along(function: Any, between: Any) -> Any:
        def run(*given: Any) -> Any:
            if len(given) > 1:
                return between(*given)
            return function(given[0], axis=axis, keepdims=keepdims)

        return run

    reductions = {name: along(f, _BETWEEN.get(name)) for name, f in _OVER_AXES.items()}
    namespace = _FUNCTIONS | reductions | symbols

    def value(text: str) -> Any:
        choice, _, otherwise = text.partition(", else ")
        one, _, condition = choice.partition(" where ")
        if condition:
            return np.where(value(condition), value(one), value(otherwise))
        for word, operator in ((" and ", " & "), (" or ", " | "), ("not ", "~")):
            text = text.replace(word, operator)
        return eval(text, {"__builtins__": {}}, namespace)

    return value(FORMULAS[point].text)


KEEPS_AXES: Final = ("tf.nn.softmax", "tf.nn.log_softmax")
BY_LABEL: Final = "tf.raw_ops.SparseSoftmaxCrossEntropyWithLogits"


@pytest.mark.parametrize("point", sorted(set(FORMULAS) - {BY_LABEL}))
def test_a_formula_gives_what_the_operation_gives(point: str) -> None:
    given = arguments(point)
    usual = {"alpha": 0.2}
    symbols = {
        symbol: np.asarray(given.get(name, usual.get(name)))
        for symbol, name in FORMULAS[point].symbols.items()
    }
    axis = given.get("axis", -1 if "oft" in point and "nn" in point.lower() else None)
    keepdims = given.get("keepdims", point in KEEPS_AXES)
    if point == "tf.raw_ops.SoftmaxCrossEntropyWithLogits":
        made = np.stack(
            [
                computed(point, {name: array[row] for name, array in symbols.items()}, None, False)
                for row in range(len(X))
            ]
        )
    else:
        with np.errstate(all="ignore"):
            made = computed(point, symbols, axis, keepdims)
    real = operation_at(point)(**given).numpy()
    assert np.shape(made) == real.shape
    np.testing.assert_allclose(np.asarray(made, real.dtype), real, rtol=2e-6, atol=1e-6)


def test_the_formula_with_a_label_holds_for_each_row() -> None:
    given = arguments(BY_LABEL)
    real = operation_at(BY_LABEL)(**given).numpy()
    for logits, label, loss in zip(given["logits"], given["labels"], real, strict=True):
        made = computed(BY_LABEL, {"x": logits, "z": label}, None, False)
        np.testing.assert_allclose(made, loss, rtol=1e-5)


@pytest.mark.parametrize("point", sorted(FORMULAS))
def test_a_formula_is_in_the_text(point: str) -> None:
    assert FORMULAS[point].text in explain_step(step_of(point)).what


# -- what the sentences add ------------------------------------------------------------------------


def text_of(point: str, **given: Any) -> str:
    run = lambda: operation_at(point)(**given)  # noqa: E731 # a call to trace
    return explain_step(corpus.traced(run).find("op")[0]).what


@pytest.mark.parametrize(
    ("transposed", "b", "said"),
    [
        (False, np.ones((3, 64), "float32"), "each of the 2x64 results is a sum of 3 products"),
        (True, np.ones((2, 5), "float32"), "each of the 3x5 results is a sum of 2 products"),
        (False, np.ones((3, 1), "float32"), "each of the 2x1 results is a sum of 3 products"),
    ],
)
def test_a_matrix_product_counts_its_products(transposed: bool, b: Any, said: str) -> None:
    assert said in text_of("tf.matmul", a=X, b=b, transpose_a=transposed)


@pytest.mark.parametrize(
    ("axis", "said"),
    [(None, "over all axes"), (1, "over axis 1"), ([0, 1], "over axes 0 and 1"), (-1, "axis -1")],
)
def test_a_reduction_names_its_axes(axis: Any, said: str) -> None:
    assert said in text_of("tf.math.reduce_sum", input_tensor=X, axis=axis)


def test_broadcasting_is_mentioned_only_where_shapes_differ() -> None:
    assert "broadcasting" in text_of("tf.math.add", x=X, y=X[0])
    assert "broadcasting" not in text_of("tf.math.add", x=X, y=X)
    assert "broadcasting" not in text_of("tf.math.add", x=X, y=2.0)


def test_what_minus_one_stands_for_is_computed() -> None:
    assert "-1 stands for 2" in text_of("tf.reshape", tensor=X, shape=(3, -1))
    assert "-1" not in text_of("tf.reshape", tensor=X, shape=(3, 2))


@pytest.mark.parametrize(
    ("point", "given", "said"),
    [
        ("tf.strided_slice", {"input": X, "key": (0, slice(None))}, "at the index [0, :]"),
        ("tf.strided_slice", {"input": X, "key": (..., None)}, "[..., a new axis]"),
        (
            "tf.math.cumsum",
            {"x": X, "axis": 1, "reverse": True},
            "axis 1 of f32[2,3], from the end",
        ),
        ("tf.nn.softmax", {"logits": X, "axis": 0}, "along axis 0"),
        ("tf.nn.softmax", {"logits": X}, "along the last axis"),
        ("tf.squeeze", {"input": X[None], "axis": 0}, "removes axis 0"),
        ("tf.pad", {"tensor": X, "paddings": [[1, 1], [0, 0]], "mode": "REFLECT"}, "mirrored"),
        ("tf.raw_ops.LeakyRelu", {"features": X, "alpha": 0.3}, "alpha is 0.3"),
        ("tf.tensordot", {"a": X, "b": X.T, "axes": 1}, "the last 1 of the first's axes"),
        ("tf.one_hot", {"indices": [1], "depth": 2, "on_value": 5.0}, "5.0 at the class"),
        ("tf.random.normal", {"shape": (4, 5)}, "draws 20 random numbers"),
    ],
)
def test_arguments_are_named_in_the_text(point: str, given: dict[str, Any], said: str) -> None:
    assert said in text_of(point, **given)


def test_a_raw_operation_of_tensorflow_names_its_operands_in_its_own_way() -> None:
    tensor = Tensor((2,), "float32")
    chosen = {"condition": Tensor((2,), "bool"), "t": tensor, "e": tensor}
    cases: dict[str, dict[str, Value]] = {
        "tf.raw_ops.SelectV2": dict(chosen),
        "tf.raw_ops.SoftmaxCrossEntropyWithLogits": {"features": tensor, "labels": tensor},
        "tf.raw_ops.SplitV": {"value": tensor, "size_splits": tensor, "axis": 0},
        "tf.raw_ops.Where": {"input": tensor},
    }
    for point, inputs in cases.items():
        step = Step(0, "op", point, None, inputs, {}, tensor, None, None, 0)
        assert NOT_RECORDED not in explain_step(step).what


# -- where it was called ---------------------------------------------------------------------------


def test_the_place_of_the_call_is_the_one_that_called() -> None:
    import densetrace.tensorflow as tf
    from densetrace.keras import activations

    def run() -> None:
        activations.swish(tf.constant(X))
        tf.where(tf.constant(X) > 0, X, Y)

    trace = corpus.traced(run)
    product = trace.find("op", where=lambda step: step.point == "tf.math.multiply")[0]
    chosen = trace.find("op", where=lambda step: step.point == "tf.raw_ops.SelectV2")[0]
    assert explain_step(product).where.endswith("; called in keras/activations.py, swish")
    where = explain_step(chosen).where
    assert where.endswith("test_the_place_of_the_call_is_the_one_that_called")
    assert "Layer.__call__" not in where


def test_only_a_conversion_of_a_layer_s_input_is_said_to_be_one() -> None:
    def broadcast() -> None:
        backend.cast(operation_at("tf.fill")(dims=(2,), value=1), "float32")

    other = corpus.traced(broadcast).find("op", where=lambda step: step.point == "tf.cast")[0]
    own = corpus.traced(lambda: Dense(2, dtype="float16")(X)).find(
        "op", where=lambda step: step.point == "tf.cast"
    )[0]
    assert "layer computes in" not in explain_step(other).what
    assert "the dtype that the layer computes in" in explain_step(own).what


# -- where it is defined ---------------------------------------------------------------------------

DEFINED = json.loads(
    (Path(__file__).parents[1] / "data" / "tensorflow-2.14-places.json").read_text("utf-8")
)


@pytest.mark.parametrize(("file", "name"), sorted(tensorflow_places.named()))
def test_the_places_a_text_names_are_places_of_tensorflow(file: str, name: str) -> None:
    assert name in DEFINED[file]


def test_the_text_of_every_operation_names_a_place_of_tensorflow() -> None:
    for point in POINTS:
        step = Step(0, "op", point, None, {}, {}, None, None, None, 0)
        assert tensorflow_places.NAMED_PLACE.match(explain_step(step).where), point
