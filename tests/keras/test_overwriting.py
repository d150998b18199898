"""Dense writes bias and activation over its own product, and nobody can tell."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import densetrace
from densetrace.keras import _ops, activations
from densetrace.keras.layers import Dense

Array = np.ndarray[Any, np.dtype[Any]]

OWN = {
    name: found for name, found in activations.names().items() if activations.keeps_nothing(found)
}
ROWS, FEATURES, UNITS = 5, 3, 4


def numbers(*shape: int) -> st.SearchStrategy[Array]:
    """Any float32 at all: infinities, NaN and both zeros among them."""
    return arrays(np.float32, shape, elements=st.floats(width=32))


def layer_with(kernel: Array, bias: Array | None, activation: Any) -> Dense:
    layer = Dense(UNITS, activation=activation, use_bias=bias is not None)
    layer.build((None, FEATURES))
    layer.set_weights([kernel] if bias is None else [kernel, bias])
    return layer


def out_of_place(layer: Dense, x: Array, activation: Callable[[Any], Any]) -> Array:
    """The same operations, each on a result of its own."""
    outputs = _ops.tensordot(x, layer.kernel, 1) if x.ndim > 2 else _ops.matmul(x, layer.kernel)
    if layer.use_bias:
        outputs = _ops.bias_add(outputs, layer.bias)
    result: Array = activation(outputs).numpy()
    return result


@pytest.mark.parametrize("name", sorted(OWN))
@settings(max_examples=12, deadline=None)
@given(
    x=st.one_of(numbers(ROWS, FEATURES), numbers(2, 3, FEATURES), numbers(0, FEATURES)),
    kernel=numbers(FEATURES, UNITS),
    bias=st.none() | numbers(UNITS),
)
def test_the_result_is_that_of_separate_arrays_to_the_bit(
    name: str, x: Array, kernel: Array, bias: Array | None
) -> None:
    layer = layer_with(kernel, bias, name)
    held = [value.copy() for value in (x, kernel)]
    result = layer(x)
    assert result.numpy().tobytes() == out_of_place(layer, x, OWN[name]).tobytes()
    again = result.numpy().copy()
    layer(x)  # a later call has arrays of its own
    assert result.numpy().tobytes() == again.tobytes()
    assert x.tobytes() == held[0].tobytes()
    assert layer.kernel.numpy().tobytes() == held[1].tobytes()
    if bias is not None and layer.bias is not None:
        assert layer.bias.numpy().tobytes() == bias.tobytes()


class Keeping:
    """Activations of a person's own, each of which keeps what it was given."""

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
def test_an_activation_that_keeps_its_argument_never_sees_it_change(
    name: str, use_bias: bool
) -> None:
    x = np.random.default_rng(0).standard_normal((ROWS, FEATURES)).astype(np.float32)
    keeping = Keeping(name)
    for activation in wrapped(keeping):
        layer = Dense(UNITS, activation=activation, use_bias=use_bias)
        layer(x)
        layer(x)
    assert len(keeping.kept) == 6
    assert all(tensor.numpy().tobytes() == before for tensor, before in keeping.kept)


def test_a_subclass_that_keeps_the_outputs_never_sees_them_change() -> None:
    class Catching(Dense):
        def call(self, inputs: Any) -> Any:
            caught = super().call(inputs)
            before = caught.numpy().tobytes()
            results = (
                activations.relu(caught),
                activations.tanh(caught),
                _ops.bias_add(caught, self.bias),
            )
            assert len(results) == 3
            assert caught.numpy().tobytes() == before
            return results[0]

    x = np.random.default_rng(0).standard_normal((ROWS, FEATURES)).astype(np.float32)
    for activation in (None, "linear", "relu"):
        Catching(UNITS, activation=activation, bias_initializer="ones")(x)


def test_what_an_operation_was_given_outside_of_the_layer_stays_as_it_is() -> None:
    a, b = np.full((2, 2), -1, np.float32), np.ones(2, np.float32)
    product = _ops.matmul(a, a)
    before = product.numpy().copy()
    with _ops.overwriting(product):
        pass
    _ops.bias_add(product, b)
    activations.sigmoid(product)
    np.testing.assert_array_equal(product, before)
    with _ops.overwriting(product):
        _ops.bias_add(product, b)
    np.testing.assert_array_equal(product, before + 1)


def test_recorded_steps_keep_each_result_as_it_was_when_it_closed() -> None:
    layer = layer_with(
        -np.eye(FEATURES, UNITS, dtype=np.float32), np.full(UNITS, 0.5, np.float32), "relu"
    )
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
    ]
