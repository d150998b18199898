"""Rare cases of layers and models: what a real Keras 2.14 returned, or which error it raised."""

import json
from typing import Any

import numpy as np
import pytest

import densetrace.tensorflow as tf
from densetrace import keras
from densetrace.keras import backend, layers

X = np.ones((2, 4, 3), "float32")

ERRORS = [
    # (the layer, its inputs, the error when called on arrays, and on symbolic tensors)
    (lambda: layers.Add(), [], "IndexError", "IndexError"),
    (lambda: layers.Reshape((12.0,)), X, "TypeError", "TypeError"),
    (lambda: layers.Reshape("a"), X, "TypeError", "TypeError"),
    (lambda: layers.Reshape((None, 3)), X, "ValueError", "ValueError"),
    (lambda: layers.Permute((1.0, 2.0)), X, "InvalidArgumentError", "TypeError"),
    # The initializer refuses an unknown size.
    (lambda: layers.LayerNormalization(axis=0), X, None, "ValueError"),
    (lambda: layers.Conv1D(None, 2), X, "TypeError", "TypeError"),
]


def _error(action: Any) -> str | None:
    try:
        action()
    except Exception as error:
        return type(error).__name__
    return None


@pytest.mark.parametrize(("layer", "inputs", "eager", "symbolic"), ERRORS)
def test_a_layer_fails_as_in_keras(layer: Any, inputs: Any, eager: Any, symbolic: Any) -> None:
    assert _error(lambda: layer()(inputs)) == eager
    entries = inputs if isinstance(inputs, list) else keras.Input(inputs.shape[1:])
    assert _error(lambda: layer()(entries)) == symbolic


def test_models_in_models_keep_the_order_of_their_own_weights() -> None:
    backend.clear_session()
    inner = keras.Sequential([keras.Input((4,)), layers.BatchNormalization(), layers.Dense(2)])
    outer = keras.Sequential([inner, layers.Dense(2)])
    entry = keras.Input((4,))
    model = keras.Model(entry, outer(entry))
    names = [weight.name.partition("/")[2] for weight in model.weights]
    assert names == ["gamma:0", "beta:0", "moving_mean:0", "moving_variance:0",
                     "kernel:0", "bias:0", "kernel:0", "bias:0"]  # fmt: skip


def test_a_config_keeps_the_losses_and_metrics_that_a_graph_adds() -> None:
    backend.clear_session()
    entry = keras.Input((4,))
    output = layers.Dense(3)(entry)
    model = keras.Model(entry, output)
    model.add_loss(tf.reduce_mean(output))
    model.add_metric(output, name="level", aggregation="mean")
    config = model.get_config()
    assert {layer["module"] for layer in config["layers"][-2:]} == {"keras.src.engine.base_layer"}
    again = keras.Model.from_config(json.loads(json.dumps(config)))
    again(np.ones((2, 4), "float32"))
    assert len(again.losses) == len(again.metrics) == 1


def test_the_masks_of_a_graph_need_a_mask() -> None:
    entry = keras.Input((4,))
    model = keras.Model(entry, layers.Dense(2)(entry))
    with pytest.raises(TypeError, match="mask"):
        model.compute_mask(model.inputs)
    assert len(model.layers[1].inbound_nodes) == 1


def test_an_activation_of_tensorflow_receives_its_input_by_name() -> None:
    from densetrace import trace

    with trace() as recorded:
        layers.Activation("leaky_relu")(np.ones((2, 3), "float32"))
    (step,) = recorded.steps[-1].children[-1].children
    assert list(step.inputs) == ["features", "alpha", "name"]


OPERATORS = [
    # (a value from the symbolic tensor i, the layers after the input)
    (lambda i: tf.constant(3.0) + i, ["tf.__operators__.add"]),
    (lambda i: tf.Variable(3.0) - i, ["tf.math.subtract"]),
    (lambda i: tf.convert_to_tensor(i), ["tf.convert_to_tensor"]),
    (
        lambda i: keras.losses.mean_squared_error(i, i),
        ["tf.convert_to_tensor", "tf.cast", "tf.math.squared_difference", "tf.math.reduce_mean"],
    ),
]


@pytest.mark.parametrize(("made", "names"), OPERATORS)
def test_a_tensor_and_a_symbolic_tensor_make_the_layers_of_keras(
    made: Any, names: list[str]
) -> None:
    backend.clear_session()
    entry = keras.Input((4,))
    model = keras.Model(entry, made(entry))
    assert [layer.name for layer in model.layers[1:]] == names
    again = keras.Model.from_config(model.get_config())
    x = np.ones((2, 4), "float32")
    np.testing.assert_allclose(again(x).numpy(), model(x).numpy())


def test_a_tensor_of_another_dtype_fails_in_the_layer() -> None:
    with pytest.raises(TypeError, match="dtype"):
        tf.constant(1) * keras.Input((4,))


def test_a_summary_needs_a_position_for_each_column() -> None:
    model = keras.Sequential([layers.Dense(2, input_shape=(3,))])
    with pytest.raises(IndexError):
        model.summary(positions=[0.5, 1.0], print_fn=lambda line: None)
