"""No operation changes its arguments: a layer, a caller or a recorder may still hold them."""

import types
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import densetrace
import densetrace.tensorflow as tf
from densetrace.keras import activations
from densetrace.keras._registries import found
from densetrace.keras.layers import Dense
from densetrace.tensorflow.convert import convert_to_tensor

Array = np.ndarray[Any, np.dtype[Any]]

OWN = {
    name: activations.get(name)
    for name, value in found("activations").items()
    if isinstance(value, types.FunctionType)
}
ROWS, FEATURES, UNITS = 5, 3, 4


def numbers(*shape: int) -> st.SearchStrategy[Array]:
    """Any float32 at all: infinities, NaN and both zeros among them."""
    return arrays(np.float32, shape, elements=st.floats(width=32))


@pytest.mark.parametrize("name", sorted(OWN))
@settings(max_examples=12, deadline=None)
@given(
    x=st.one_of(numbers(ROWS, FEATURES), numbers(2, 3, FEATURES), numbers(0, FEATURES)),
    dtype=st.sampled_from(["float16", "float32", "float64"]),
)
def test_an_activation_does_not_change_its_argument(name: str, x: Array, dtype: str) -> None:
    with np.errstate(over="ignore"):
        tensor = convert_to_tensor(x.astype(dtype))
    before = tensor.numpy().tobytes()
    result = OWN[name](tensor)
    assert tensor.numpy().tobytes() == before
    assert result.dtype == tensor.dtype
    assert (result is tensor) == (name == "linear")
    assert name == "linear" or not np.shares_memory(result.numpy(), tensor.numpy())


@settings(max_examples=12, deadline=None)
@given(
    x=st.one_of(numbers(ROWS, FEATURES), numbers(2, 3, FEATURES)),
    kernel=numbers(FEATURES, UNITS),
    bias=st.none() | numbers(UNITS),
    name=st.sampled_from(sorted(OWN)),
)
def test_dense_does_not_change_its_input_its_weights_or_earlier_results(
    x: Array, kernel: Array, bias: Array | None, name: str
) -> None:
    layer = Dense(UNITS, activation=name, use_bias=bias is not None)
    layer.build((None, FEATURES))
    layer.set_weights([kernel] if bias is None else [kernel, bias])
    held = [value.numpy().tobytes() for value in layer.weights]
    given_bytes = x.tobytes()
    result = layer(x)
    before = result.numpy().tobytes()
    assert layer(x).numpy().tobytes() == before
    assert result.numpy().tobytes() == before
    assert x.tobytes() == given_bytes
    assert [value.numpy().tobytes() for value in layer.weights] == held


class Keeping:
    """A custom activation that stores its arguments."""

    def __init__(self, name: str) -> None:
        self.kept: list[tuple[Any, bytes]] = []
        self.function = OWN[name]

    def __call__(self, x: Any) -> Any:
        self.kept.append((x, x.numpy().tobytes()))
        return self.function(x)


def wrapped(keeping: Keeping) -> Iterator[Any]:
    yield keeping
    yield lambda x: keeping(x)
    yield keeping.__call__


@pytest.mark.parametrize("name", sorted(OWN))
@pytest.mark.parametrize("use_bias", [True, False])
def test_an_argument_that_an_activation_stores_never_changes(name: str, use_bias: bool) -> None:
    x = np.random.default_rng(0).standard_normal((ROWS, FEATURES)).astype(np.float32)
    keeping = Keeping(name)
    for activation in wrapped(keeping):
        layer = Dense(UNITS, activation=activation, use_bias=use_bias)
        layer(x)
        layer(x)
    assert len(keeping.kept) == 6
    assert all(tensor.numpy().tobytes() == before for tensor, before in keeping.kept)


def test_outputs_that_a_subclass_stores_never_change() -> None:
    class Catching(Dense):
        def call(self, inputs: Any) -> Any:
            caught = super().call(inputs)
            before = caught.numpy().tobytes()
            results = (
                activations.relu(caught),
                activations.tanh(caught),
                tf.nn.bias_add(caught, self.bias),
            )
            assert len(results) == 3
            assert caught.numpy().tobytes() == before
            return results[0]

    x = np.random.default_rng(0).standard_normal((ROWS, FEATURES)).astype(np.float32)
    for activation in (None, "linear", "relu"):
        Catching(UNITS, activation=activation, bias_initializer="ones")(x)


def test_recorded_steps_keep_each_result_as_it_was_when_it_closed() -> None:
    layer = Dense(UNITS, activation="relu")
    layer.build((None, FEATURES))
    layer.set_weights([-np.eye(FEATURES, UNITS, dtype=np.float32), np.full(UNITS, 0.5, np.float32)])
    with densetrace.trace() as trace:
        layer(np.ones((1, FEATURES), np.float32))
    steps = [step for step in trace.walk() if step.kind in ("op", "activation")]
    results = [
        (step.point.rpartition(".")[2], getattr(step.result, "elements", None)) for step in steps
    ]
    assert results == [
        ("matmul", (-1, -1, -1, 0)),
        ("bias_add", (-0.5, -0.5, -0.5, 0.5)),
        ("relu", (0, 0, 0, 0.5)),
        ("relu", (0, 0, 0, 0.5)),
    ]
