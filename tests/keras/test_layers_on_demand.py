"""Layers that are imported on demand: at start-up none, and a config finds each."""

import json
import subprocess
import sys

import numpy as np
import pytest

from densetrace import keras
from densetrace.data.names import found, public
from densetrace.keras import layers
from densetrace.keras.saving.object_registration import custom_object_scope

_START = """
import json, sys
from densetrace.keras.layers import Dense
Dense(64, activation="relu")
print(json.dumps([name for name in sys.modules if name.startswith("densetrace.keras.layers.")]))
"""

_OTHERS = (
    "convolutional", "core.embedding", "merging", "normalization", "pooling", "regularization",
    "reshaping",
)  # fmt: skip


def double(x: object) -> object:
    return x * 2  # type: ignore[operator]


def test_a_dense_layer_imports_no_other_layer() -> None:
    run = subprocess.run([sys.executable, "-c", _START], capture_output=True, check=True, text=True)
    for part in _OTHERS:
        assert not [name for name in json.loads(run.stdout) if f".layers.{part}" in name]


def test_every_public_layer_is_an_attribute_and_found_by_its_name() -> None:
    for name in public("keras.layers"):
        assert getattr(layers, name)
        assert name in dir(layers)
    for name in found("layers"):
        assert name in layers.serialization._CLASSES


def test_an_unknown_layer_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nope'"):
        _ = layers.Nope


def test_a_model_with_layers_comes_back_from_json() -> None:
    model = keras.Sequential(
        [layers.Flatten(input_shape=(2, 3)), layers.Dropout(0.2), layers.BatchNormalization()]
    )
    again = keras.models.model_from_json(model.to_json())
    assert [type(layer).__name__ for layer in again.layers] == [
        "Flatten",
        "Dropout",
        "BatchNormalization",
    ]
    assert again.to_json() == model.to_json()


def test_dropout_draws_another_mask_for_each_call_and_scales_what_it_keeps() -> None:
    layer = layers.Dropout(0.5, seed=1)
    ones = np.ones((1, 200), "float32")
    first, second = (layer(ones, training=True).numpy() for _ in range(2))
    assert set(first.ravel()) == {0.0, 2.0}
    assert (first != second).any()
    np.testing.assert_array_equal(layers.Dropout(0.5, seed=1)(ones, training=True), first)


def test_gaussian_and_alpha_dropout_keep_the_mean() -> None:
    ones = np.ones((1, 20000), "float32")
    for layer in (layers.GaussianDropout(0.2, seed=2), layers.GaussianNoise(0.5, seed=2)):
        noised = layer(ones, training=True).numpy()
        assert noised.std() == pytest.approx(0.5, abs=0.05)
        assert noised.mean() == pytest.approx(1.0, abs=0.05)
    normal = np.random.RandomState(0).standard_normal((1, 20000)).astype("float32")
    dropped = layers.AlphaDropout(0.2, seed=2)(normal, training=True).numpy()
    assert dropped.mean() == pytest.approx(0.0, abs=0.05)
    assert dropped.std() == pytest.approx(1.0, abs=0.05)


def test_a_named_function_of_a_lambda_layer_is_saved_by_its_name() -> None:
    layer = layers.Lambda(double)
    with custom_object_scope({"double": double}):
        again = layers.Lambda.from_config(layer.get_config())
    assert again.function is double


def test_the_code_of_a_lambda_is_never_run() -> None:
    config = {"function": ["4wA=", None, None], "function_type": "lambda", "module": "os",
              "output_shape": None, "output_shape_type": "raw"}  # fmt: skip
    with pytest.raises(ValueError, match="never runs code"):
        layers.Lambda.from_config(config)


def test_the_mask_of_padding_passes_through_a_merge() -> None:
    embed = layers.Embedding(5, 2, mask_zero=True)
    added = layers.Add()([embed(np.array([[1, 0]])), embed(np.array([[2, 3]]))])
    assert added._keras_mask.numpy().tolist() == [[True, False]]
