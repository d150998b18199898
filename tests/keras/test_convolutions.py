"""Transposed, depthwise and separable convolutions: errors, shapes of unknown sizes and configs as
a real Keras 2.14 has them; saved and loaded; in mixed precision."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import densetrace.tensorflow as tf
from densetrace import keras
from densetrace.keras import layers

SEQUENCE = np.ones((2, 4, 3), "float32")
IMAGE = np.ones((2, 4, 4, 3), "float32")

ERRORS = [
    # (the layer, its input, the error when called on an array, and on a symbolic tensor)
    ("Conv1DTranspose(2, 2, padding='causal')", SEQUENCE, "AssertionError", "AssertionError"),
    ("Conv1DTranspose(2, 2, padding=[1])", SEQUENCE, "TypeError", "TypeError"),
    ("Conv1DTranspose(None, 2)", SEQUENCE, "TypeError", "TypeError"),
    ("Conv1DTranspose(2, 2)", IMAGE, "ValueError", "ValueError"),
    ("Conv2DTranspose(2, 2, dilation_rate=(1, 2))", IMAGE, "ValueError", "ValueError"),
    ("Conv2DTranspose(2, 2)", SEQUENCE, "ValueError", "ValueError"),
    ("Conv2DTranspose(2, 2)", IMAGE[None], "ValueError", "ValueError"),
    ("Conv2DTranspose(2, 2, padding='SAME')", IMAGE, None, None),
    ("Conv2DTranspose(2.5, 2)", IMAGE, None, None),
    # Only the computation sees that no convolution has this output.
    ("Conv2DTranspose(2, 4, padding='same', output_padding=0, dtype='float64')", IMAGE,
     "InvalidArgumentError", None),
    ("DepthwiseConv2D(2, depth_multiplier=0)", IMAGE, "InvalidArgumentError", None),
    ("DepthwiseConv2D(2, depth_multiplier=-1)", IMAGE, "ValueError", "ValueError"),
    ("DepthwiseConv2D(2, depth_multiplier=1.5)", IMAGE, "TypeError", "TypeError"),
    ("DepthwiseConv2D(9)", IMAGE, "InvalidArgumentError", "ValueError"),
    ("DepthwiseConv2D(2, padding=[1, 1])", IMAGE, "ValueError", "ValueError"),
    ("DepthwiseConv2D(2)", IMAGE[None], "ValueError", "ValueError"),
    ("DepthwiseConv2D(2, filters=3)", IMAGE, "TypeError", "TypeError"),
    ("DepthwiseConv1D(9)", SEQUENCE, "InvalidArgumentError", "ValueError"),
    ("DepthwiseConv1D(2, padding=[1])", SEQUENCE, "AttributeError", "AttributeError"),
    ("SeparableConv2D(2, 9)", IMAGE, "InvalidArgumentError", "ValueError"),
    ("SeparableConv2D(None, 2)", IMAGE, "TypeError", "TypeError"),
    ("SeparableConv2D(2, 2, padding=[1])", IMAGE, "AttributeError", "AttributeError"),
    ("SeparableConv2D(2, 2, padding='causal')", IMAGE, "ValueError", "ValueError"),
    ("SeparableConv2D(2, 2, depth_multiplier=0)", IMAGE, "InvalidArgumentError", "ValueError"),
    ("SeparableConv1D(2, 2)", IMAGE, "InvalidArgumentError", "ValueError"),
]  # fmt: skip

SHAPES = [
    # (the layer, the shape of a sample, the shape of the symbolic output)
    ("Conv2DTranspose(2, 3, strides=2)", (None, 5, 3), (None, None, 11, 2)),
    ("Conv2DTranspose(2, 3, strides=2)", (None, None, 3), (None, None, None, 2)),
    ("Conv2DTranspose(2, 3, strides=2, data_format='channels_first')", (4, None, 3),
     (None, 2, None, 7)),
    ("Conv2DTranspose(2, 3, strides=(1, 2), data_format='channels_first', output_padding=(0, 1))",
     (3, None, 6), (None, 2, None, 14)),
    ("Conv1DTranspose(2, 3)", (None, 3), (None, None, 2)),
    ("DepthwiseConv2D(3)", (4, None, 3), (None, 2, None, 3)),
    ("DepthwiseConv2D(3)", (3, None, 6), (None, 1, None, 6)),
    ("SeparableConv2D(2, 3, strides=2)", (None, 5, 3), (None, None, 2, 2)),
]  # fmt: skip


def made(expression: str) -> Any:
    """The layer of an expression."""
    return eval(f"layers.{expression}", {"layers": layers})


def error(action: Any) -> str | None:
    """The type of the error that a function raises."""
    try:
        action()
    except Exception as raised:
        return type(raised).__name__
    return None


@pytest.mark.parametrize(("expression", "x", "eager", "symbolic"), ERRORS)
def test_a_layer_fails_as_in_keras(expression: str, x: Any, eager: Any, symbolic: Any) -> None:
    assert error(lambda: made(expression)(x)) == eager
    assert error(lambda: made(expression)(keras.Input(x.shape[1:]))) == symbolic


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("Conv2DTranspose(2, 2, output_padding=1)", "Strides must be greater than output padding."),
        ("Conv2DTranspose(2, 2, 3, output_padding=-1)", "does not satisfy the requirement `>= 0`"),
        ("Conv1DTranspose(2, 2, output_padding=(1, 2))", "must be a tuple of 1 integers"),
        ("SeparableConv1D(2, 2, 2, dilation_rate=2)", "`strides > 1` not supported"),
        ("DepthwiseConv2D(2, padding='causal')", "Causal padding is only supported"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_at_once(expression: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        made(expression)


@pytest.mark.parametrize(("expression", "shape", "expected"), SHAPES)
def test_an_output_of_unknown_sizes(expression: str, shape: Any, expected: Any) -> None:
    layer = made(expression)
    output = layer(keras.Input(shape))
    assert tuple(output.shape) == expected
    assert tuple(layer.compute_output_shape((None, *shape))) == expected


def test_the_config_of_a_depthwise_convolution_has_no_filters() -> None:
    config = layers.DepthwiseConv2D(3, kernel_initializer="ones", name="a").get_config()
    expected = """
    activation activity_regularizer bias_constraint bias_initializer bias_regularizer data_format
    depth_multiplier depthwise_constraint depthwise_initializer depthwise_regularizer dilation_rate
    dtype groups kernel_size name padding strides trainable use_bias
    """
    assert sorted(config) == expected.split()


ALL = (
    "Conv1DTranspose(2, 3, strides=2, output_padding=1)",
    "Conv2DTranspose(2, 3, activation='relu')",
    "DepthwiseConv1D(2, depthwise_regularizer='l2')",
    "DepthwiseConv2D(3, depth_multiplier=2)",
    "SeparableConv1D(2, 3, padding='causal')",
    "SeparableConv2D(2, 3, pointwise_constraint='unit_norm')",
)  # fmt: skip


@pytest.mark.parametrize("expression", ALL)
def test_a_layer_comes_back_from_its_config(expression: str) -> None:
    layer = made(expression)
    config = layer.get_config()
    assert type(layer).from_config(config).get_config() == config
    for use_legacy_format in (False, True):
        written = layers.serialize(layer, use_legacy_format)
        again = layers.deserialize(written, use_legacy_format=use_legacy_format)
        assert type(again) is type(layer)
        assert again.get_config() == config


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
@pytest.mark.parametrize("ending", [".h5", ".keras"])
def test_a_model_of_such_layers_is_saved_and_loaded(ending: str, tmp_path: Path) -> None:
    pytest.importorskip("h5py")
    model = keras.Sequential(
        [
            keras.Input((8, 6, 3)),
            layers.DepthwiseConv2D(3, depth_multiplier=2),
            layers.SeparableConv2D(4, 2, activation="relu"),
            layers.Conv2DTranspose(2, 3, strides=2),
            layers.Reshape((11, 14)),
            layers.SeparableConv1D(3, 2),
            layers.DepthwiseConv1D(2),
            layers.Conv1DTranspose(1, 3, strides=2, output_padding=1),
        ]
    )
    random = np.random.RandomState(0)
    model.set_weights([random.uniform(-1, 1, one.shape) for one in model.get_weights()])
    x = random.uniform(-1, 1, (2, 8, 6, 3))
    path = str(tmp_path / f"model{ending}")
    model.save(path)
    again = keras.models.load_model(path)
    assert again.get_config() == model.get_config()
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


@pytest.mark.parametrize("expression", ALL)
def test_in_mixed_precision_the_weights_stay_float32(expression: str) -> None:
    shape = (2, 5, 4, 2) if "2D" in expression else (2, 5, 2)
    x = np.random.RandomState(0).uniform(-1, 1, shape).astype("float32")
    layer, single = (
        made(f"{expression[:-1]}, dtype={dtype!r})") for dtype in ("mixed_float16", "float32")
    )
    single(x)
    with tf.GradientTape() as tape:
        output = layer(x)
        loss = tf.reduce_sum(tf.cast(output, "float32"))
    single.set_weights(layer.get_weights())
    assert output.dtype.name == "float16"
    assert {weight.dtype.name for weight in layer.weights} == {"float32"}
    gradients = tape.gradient(loss, layer.trainable_weights)
    assert {one.dtype.name for one in gradients} == {"float32"}
    np.testing.assert_allclose(output, single(x), rtol=1e-2, atol=1e-2)
