"""Convolutions, poolings, resizing, and models of such layers, as TensorFlow 2.14 ran them; in a
graph of unknown sizes the same numbers, and the shapes."""

import json
import math
from typing import Any

import numpy as np
import pytest

from densetrace import keras
from densetrace.sources.script.standins import tree
from tests.tensorflow.windows import CALLS, INPUTS, MODELS, RECORDED, names_in, observed, trained

tf: Any = tree("tensorflow")["tensorflow"]
_FOUND = json.loads(RECORDED.read_text())
EXPECTED = {one["call"]: one for one in _FOUND["calls"]}
_CLOSE = {"result": 2e-5, "gradients": 5e-5, "second": 1e-3}
"""The second gradients add up many products, so they are less exact."""


def agree(ours: Any, theirs: Any, tolerance: float) -> bool:
    """Whether two observations are equal, but for the last digits of numbers."""
    if isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(
            agree(ours[key], one, tolerance) for key, one in theirs.items()
        )
    if isinstance(theirs, list):
        return len(ours) == len(theirs) and all(
            agree(one, other, tolerance) for one, other in zip(ours, theirs, strict=True)
        )
    if isinstance(theirs, float):
        return math.isclose(ours, theirs, rel_tol=tolerance, abs_tol=tolerance)
    return bool(ours == theirs)


@pytest.mark.parametrize("call", CALLS)
def test_a_call_gives_what_it_gives_in_tensorflow(call: str) -> None:
    ours, theirs = observed(tf, call), EXPECTED[call]
    for part in theirs.keys() - {"call"}:
        assert part in ours, ours
        assert agree(ours[part], theirs[part], _CLOSE.get(part, 0)), (ours[part], theirs[part])


GRAPHS = [call for call in CALLS if "error" not in EXPECTED[call] and "aspect" not in call]


@pytest.mark.parametrize("call", GRAPHS)
def test_a_graph_of_unknown_sizes_gives_the_bits_of_a_call(call: str) -> None:
    names = names_in(call)
    tensors = [tf.constant(INPUTS[name]) for name in names]
    floating = [one.dtype.is_floating for one in tensors]

    def run(*given: Any) -> Any:
        watched = [one for one, is_floating in zip(given, floating, strict=True) if is_floating]
        with tf.GradientTape() as tape:
            tape.watch(watched)
            made = eval(call, {"tf": tf, **dict(zip(names, given, strict=True))})
        is_area = "area" in call  # it has no gradient
        found = [] if is_area or not watched else tape.gradient(made, watched)
        return [made, *[one for one in found if one is not None]]

    unknown = [tf.TensorSpec([None] * (one.shape.rank - 1) + [one.shape[-1]], one.dtype)
               for one in tensors]  # fmt: skip
    known = tf.function(run).get_concrete_function(*tensors)
    assert known.structured_outputs[0].shape == run(*tensors)[0].shape
    graph = tf.function(run, input_signature=unknown)
    for _ in range(3):  # traced, observed, and compiled
        for one, other in zip(graph(*tensors), run(*tensors), strict=True):
            assert one.dtype is other.dtype
            assert one.numpy().tobytes() == other.numpy().tobytes()


@pytest.mark.parametrize("at", range(len(MODELS)), ids=[layers[:30] for layers, _ in MODELS])
def test_a_model_learns_what_it_learns_in_keras(at: int) -> None:
    assert agree(trained(keras, *MODELS[at]), _FOUND["models"][at], 2e-5)


def test_a_window_larger_than_its_axis_is_refused() -> None:
    large = np.ones((6, 2, 2, 1), "float32")
    with pytest.raises(tf.errors.InvalidArgumentError, match="larger than the axis"):
        tf.nn.conv2d(INPUTS["x"], large, 1, "VALID")
    with pytest.raises(ValueError, match="Negative dimension size"):
        keras.layers.MaxPooling2D(5)(keras.Input((4, 4, 1)))
