"""The formula of a layer computes what the layer computes.

Each formula is evaluated by NumPy, with the weights of the layer, and compared with the output.
"""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import densetrace
from densetrace.keras import backend
from densetrace.keras import layers as package

layers: Any = package
"""Any: the package resolves its layers on demand."""

NAMESPACE: Mapping[str, Any] = {
    "sqrt": np.sqrt, "exp": np.exp, "sum": np.sum, "mean": np.mean, "max": np.max, "any": np.any,
    "maximum": np.maximum, "tanh": np.tanh, "repeat": np.repeat, "reshape": np.reshape,
    "transpose": np.transpose, "moveaxis": np.moveaxis, "concat": np.concatenate,
    "relu": lambda x: np.maximum(x, 0),
    "softmax": lambda x: np.exp(x) / np.sum(np.exp(x), axis=-1, keepdims=True),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "l2_normalize": lambda x: x / np.linalg.norm(x, axis=-1, keepdims=True),
    "split": lambda x, count: np.split(x, count, axis=-1),
    "pad": lambda x, sizes: np.pad(x, ((0, 0), *sizes, (0, 0))),
    "crop": lambda x, sizes: x[:, slice(sizes[0][0], -sizes[0][1]), slice(0, -sizes[1][1])],
    "batch_dot": lambda x1, x2, axes: np.einsum("bij,bjk->bik", x1, x2),
}  # fmt: skip
"""What the formulas call."""


def _shaped(shape: tuple[int, ...]) -> Any:
    return np.random.default_rng(7).normal(size=shape).astype("float32")


def _weights(layer: Any) -> dict[str, Any]:
    """The weights of a layer by their names, with random values."""
    layer.set_weights([_shaped(tuple(weight.shape)) ** 2 + 0.1 for weight in layer.weights])
    named = zip(layer.weights, layer.get_weights(), strict=True)
    return {re.split("[/:]", weight.name)[-2]: value for weight, value in named}


def _shown(name: str, arguments: dict[str, Any], *given: Any) -> tuple[str, Any, dict[str, Any]]:
    """What is shown of a layer with random weights, its output, and the values by name."""
    with densetrace.trace() as trace:
        layer = getattr(layers, name)(**arguments)
        layer.build(given[0].shape if len(given) == 1 else [one.shape for one in given])
        values = _weights(layer)
        result = layer(given[0] if len(given) == 1 else list(given))
    names = ["x"] if len(given) == 1 else [f"x{number + 1}" for number in range(len(given))]
    values |= dict(zip(names, given, strict=True))
    return " ".join(trace.plain("author").split()), result, values


@pytest.mark.parametrize(
    ("name", "arguments", "shapes"),
    [
        ("Dense", {"units": 2, "activation": "tanh"}, [(3, 4)]),
        ("BatchNormalization", {}, [(3, 4)]),
        ("Flatten", {"data_format": "channels_first"}, [(2, 3, 4, 5)]),
        ("Permute", {"dims": (2, 1)}, [(2, 3, 4)]),
        ("Masking", {}, [(2, 3, 4)]),
        ("UnitNormalization", {"axis": 1}, [(2, 3, 4)]),
        ("UpSampling1D", {"size": 3}, [(2, 3, 4)]),
        ("UpSampling2D", {"size": (2, 3)}, [(2, 3, 4, 5)]),
        ("UpSampling2D", {"size": (2, 3), "data_format": "channels_first"}, [(2, 3, 4, 5)]),
        ("ZeroPadding2D", {"padding": ((1, 2), (3, 4))}, [(2, 3, 4, 5)]),
        ("Cropping2D", {"cropping": ((1, 1), (0, 2))}, [(2, 4, 5, 3)]),
        ("GlobalMaxPooling2D", {"keepdims": True}, [(2, 3, 4, 5)]),
        ("GlobalAveragePooling1D", {"data_format": "channels_first"}, [(2, 3, 4)]),
        ("Softmax", {"axis": 1}, [(2, 3, 4)]),
        ("Attention", {}, [(2, 4, 3), (2, 5, 3)]),
        ("Attention", {"use_scale": True}, [(2, 4, 3), (2, 5, 3), (2, 5, 3)]),
        ("Attention", {"score_mode": "concat", "use_scale": True}, [(2, 4, 3), (2, 5, 3)]),
        ("Attention", {"score_mode": "concat"}, [(2, 4, 3), (2, 5, 3), (2, 5, 3)]),
        ("AdditiveAttention", {}, [(2, 4, 3), (2, 5, 3)]),
        ("AdditiveAttention", {"use_scale": False}, [(2, 4, 3), (2, 5, 3)]),
        ("Average", {}, [(2, 3), (2, 3), (2, 3)]),
        ("Concatenate", {"axis": 1}, [(2, 3), (2, 4)]),
        ("Dot", {"axes": 1, "normalize": True}, [(2, 3), (2, 3)]),
        ("Dot", {"axes": (2, 1)}, [(2, 3, 4), (2, 4, 5)]),
    ],
)
def test_the_formula_computes_the_output(
    name: str, arguments: dict[str, Any], shapes: list[tuple[int, ...]]
) -> None:
    shown, result, values = _shown(name, arguments, *map(_shaped, shapes))
    found = re.search(
        r"\w\((?:x|\[x1[^\]]*\])\) = (.*?) "
        r"(?:With training|The mask|The weights|\d+ (?:of \d+ )?steps)",
        shown,
    )
    assert found is not None, shown
    alone = found[1].partition(", f32[")[0]  # without the shapes beside it
    formula = alone.replace("batch size", str(shapes[0][0]))
    computed = eval(formula, dict(NAMESPACE), values)
    np.testing.assert_allclose(computed, result, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("SimpleRNN", {}),
        ("SimpleRNN", {"use_bias": False, "activation": "relu", "go_backwards": True}),
        ("LSTM", {}),
        ("LSTM", {"use_bias": False, "activation": "relu", "return_state": True}),
        ("LSTM", {"recurrent_activation": "tanh", "go_backwards": True}),
        ("GRU", {}),
        ("GRU", {"use_bias": False, "recurrent_activation": "relu"}),
        ("GRU", {"reset_after": False, "activation": "linear", "return_state": True}),
        ("GRU", {"reset_after": False, "use_bias": False}),
    ],
)
def test_the_formula_of_a_time_step_computes_the_output(
    name: str, arguments: dict[str, Any]
) -> None:
    shown, result, values = _shown(name, {"units": 2, **arguments}, _shaped((2, 3, 4)))
    found = re.search(r"For each time step x_t of x, (.*?): (.*?)\. ", shown)
    assert found is not None, shown
    values |= {"h": np.zeros((2, 2)), "c": np.zeros((2, 2))}
    steps = np.swapaxes(values["x"], 0, 1)
    for step in steps[::-1] if "to the first" in found[1] else steps:
        exec(found[2], dict(NAMESPACE), values := values | {"x_t": step})
    returned = [result]
    if arguments.get("return_state"):
        returned = result
        assert ("[h after the last time step, last h, last c]" in shown) == (name == "LSTM")
    for state, computed in zip(returned[-2:], "hc" if name == "LSTM" else "hh", strict=False):
        np.testing.assert_allclose(state, values[computed], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "arguments", "changed"),
    [
        ("Dropout", {"rate": 0.5}, "each element becomes 0 with probability 0.5"),
        ("SpatialDropout1D", {"rate": 0.25}, "each channel of a sample becomes 0"),
        ("GaussianNoise", {"stddev": 0.1}, "normally distributed noise"),
        ("GaussianDropout", {"rate": 0.5}, "each element is multiplied by"),
        ("AlphaDropout", {"rate": 0.5}, "each element becomes selu's lowest value"),
        ("BatchNormalization", {}, "mean and variance are those of the batch"),
    ],
)
def test_a_call_in_training_is_told_from_one_outside(
    name: str, arguments: dict[str, Any], changed: str
) -> None:
    def shown(**mode: bool) -> str:
        backend.clear_session()
        with densetrace.trace() as made:
            layer = getattr(layers, name)(**arguments)
            layer(np.ones((2, 3, 4), "float32"), **mode)
        return " ".join(made.plain("author").split())

    training, outside = shown(training=True), shown()
    assert f"In this call (training=True), {changed}" in training
    assert "Outside training: " in training
    assert "With training=True" not in training
    assert f"With training=True, as in fit, {changed}" in outside
    assert "Outside training" not in outside


def test_an_attribute_that_was_set_before_the_trace_has_its_name_in_the_formula() -> None:
    made = {name: getattr(layers, name)(0.5) for name in ("Dropout", "GaussianNoise", "LeakyReLU")}
    shown = {}
    for name, layer in made.items():
        with densetrace.trace() as trace:
            layer(np.ones((2, 3), "float32"))
        shown[name] = " ".join(trace.plain("author").split())
    assert "becomes 0 with probability rate; the others" in shown["Dropout"]
    assert "noise of standard deviation stddev is added" in shown["GaussianNoise"]
    assert "else alpha * x" in shown["LeakyReLU"]


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_a_rate_that_changes_nothing_is_told_alike_in_training(rate: float) -> None:
    with densetrace.trace() as made:
        layers.Dropout(rate)(np.ones((2, 3), "float32"))
    shown = made.plain("author")
    assert ("The output is the input, in training too." in shown) == (rate == 0)
    assert ("a rate of 1 is an error" in shown) == (rate == 1)
    assert "With training=True" not in shown


def test_a_frozen_normalization_uses_its_moving_statistics_in_training() -> None:
    backend.clear_session()
    with densetrace.trace() as made:
        layer = layers.BatchNormalization(trainable=False)
        layer(np.ones((2, 3), "float32"), training=True)
    shown = " ".join(made.plain("author").split())
    assert "trainable is False, so training uses the moving statistics too." in shown
    assert "In this call" not in shown
