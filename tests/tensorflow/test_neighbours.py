"""TensorFlow's functions, as TensorFlow 2.14 ran them: values, shapes, gradients, errors."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from densetrace.sources.script.standins import tree
from tests.tensorflow.neighbours import INPUTS, RECORDED, calls, names_in, observed

tf: Any = tree("tensorflow")["tensorflow"]
EXPECTED = {one["call"]: one for one in json.loads(RECORDED.read_text())["calls"]}
DIGITS = {"float16": 2e-3, "float32": 2e-6, "float64": 1e-12}


def agree(ours: Any, theirs: Any, tolerance: float = 0.0, scale: float = 1.0) -> bool:
    """Whether two recorded values are equal, but for the last digits of their dtype."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        if "values" in theirs:
            tolerance = DIGITS.get(theirs["dtype"], 0.0)
            sizes = [abs(one) for one in theirs["values"] if isinstance(one, float)]
            scale = max([1.0, *sizes])
        return ours.keys() == theirs.keys() and all(
            agree(ours[key], theirs[key], tolerance, scale) for key in theirs
        )
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(
            agree(one, other, tolerance, scale) for one, other in zip(ours, theirs, strict=True)
        )
    if isinstance(ours, float) and isinstance(theirs, float):
        return math.isclose(ours, theirs, rel_tol=tolerance, abs_tol=tolerance * min(scale, 100.0))
    return type(ours) is type(theirs) and bool(ours == theirs)


@pytest.mark.parametrize("call", calls())
def test_a_call_does_what_it_does_in_tensorflow(call: str) -> None:
    ours, theirs = observed(tf, call), EXPECTED[call]
    for part, expected in theirs.items():
        assert agree(ours[part], expected), (part, ours[part], expected)


GRAPHS = [call for call in calls() if names_in(call) and "error" not in str(EXPECTED[call])]


@pytest.mark.parametrize("call", GRAPHS)
def test_a_graph_gives_what_a_call_gives(call: str) -> None:
    names = names_in(call)
    tensors = [tf.constant(INPUTS[name]) for name in names]

    def run(*given: Any) -> Any:
        return eval(call, {"tf": tf, "np": np, **dict(zip(names, given, strict=True))})

    specs = [tf.TensorSpec([None] * one.shape.rank, one.dtype) for one in tensors]
    graph = tf.function(run, input_signature=specs)
    for mine, found in zip(
        tf.nest.flatten(graph(*tensors)), tf.nest.flatten(run(*tensors)), strict=True
    ):
        np.testing.assert_array_equal(np.asarray(mine), np.asarray(found))


UNARY: dict[str, Any] = {
    "sort": lambda x: tf.sort(x, axis=0),
    "argsort": tf.argsort,
    "slice": lambda x: tf.slice(x, [0] * len(x.shape), [-1] * (len(x.shape) - 1) + [1]),
    "cumulative_logsumexp": lambda x: tf.math.cumulative_logsumexp(x, -1),
    "reduce_euclidean_norm": lambda x: tf.math.reduce_euclidean_norm(x, 0),
    "crelu": tf.nn.crelu,
    "tensor_diag": tf.linalg.tensor_diag,
    "dropout": lambda x: tf.nn.dropout(x, 0.5),
    "normalize": tf.linalg.normalize,
    "as_string": tf.strings.as_string,
    "lgamma": tf.math.lgamma,
}


@pytest.mark.parametrize("name", UNARY)
@given(sizes=st.lists(st.integers(1, 4), min_size=1, max_size=3), unknown=st.integers(0, 7))
def test_a_graph_knows_nothing_wrong_of_a_shape(name: str, sizes: list[int], unknown: int) -> None:
    known = [None if unknown >> at & 1 else size for at, size in enumerate(sizes)]
    x = tf.constant(np.linspace(0.5, 2, int(np.prod(sizes)), dtype="float32").reshape(sizes))
    spec = tf.TensorSpec(known, tf.float32)
    graph = tf.function(UNARY[name], input_signature=[spec]).get_concrete_function()
    for promised, found in zip(
        tf.nest.flatten(graph.structured_outputs), tf.nest.flatten(UNARY[name](x)), strict=True
    ):
        assert promised.dtype == found.dtype
        assert promised.shape.is_compatible_with(found.shape)
        if None not in known:
            assert promised.shape == found.shape


def test_the_inverse_of_erf_is_right_near_1_where_tensorflows_loses_digits() -> None:
    rest = np.array([1e-3, 1e-9, 1e-14])
    y = tf.math.erfinv(tf.constant(1 - rest))
    np.testing.assert_allclose(tf.math.erfc(y), 1 - (1 - rest), rtol=1e-12)


def test_every_recorded_call_is_tested() -> None:
    assert list(EXPECTED) == calls()
