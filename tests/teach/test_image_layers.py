"""Layers of images and sequences: a sample fits each, and the last lines say how many windows fit
and how many numbers the kernel has."""

import re

import numpy as np
import pytest

from densetrace import api
from densetrace.data.names import public
from densetrace.data.values import Tensor
from densetrace.keras import layers
from densetrace.sources.expression.names import names
from densetrace.sources.script.real_names import real_names
from densetrace.teach.explanations import explain_step
from densetrace.teach.window_words import count, enlarged

LAYERS = sorted(
    name
    for name, made in public("keras.layers").items()
    if re.search(r"\.(convolutional|pooling)\.|(padding|sampling|cropping)\dd$", made.module)
)


def _required(name: str) -> str:
    """The arguments that a layer of this class must have."""
    if name.startswith("Depthwise"):
        return "3"
    return "8, 3" if name.startswith(("Conv", "Separable")) else ""


@pytest.mark.parametrize("name", LAYERS)
def test_a_sample_fits_a_layer_and_its_call_is_told_as_a_formula(name: str) -> None:
    text = api.explain(f"{name}({_required(name)})").tree()
    assert "Stopped by" not in text
    assert re.search(r"^\w+\(x\) = \S", text, re.M)
    is_transposed = name.endswith("Transpose")
    has_windows = name.startswith(("Conv", "Depthwise", "Separable", "Max", "Av"))
    assert ("Windows along the" in text) == (has_windows and not is_transposed)
    assert ("Size of the output along the" in text) == is_transposed


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("Conv2D(8, 3, strides=2)", "along the rows: (6 - 3) / 2, rounded down, + 1 = 2;"),
        ("Conv2D(8, 3, strides=2)", "3 * 3 * 3 * 8 = 216 numbers"),
        ("Conv1D(4, 3, padding='causal')", "Windows along the steps: 6, as before."),
        ("Conv1D(4, 3, dilation_rate=2)", "along the steps: 6 - 5 + 1 = 2"),
        ("Conv2D(4, 9)", "along the rows: 10 - 9 + 1 = 2"),
        ("Conv2D(4, 2, groups=2, data_format='channels_first')", "2 * 2 * 1 * 4 = 16 numbers"),
        ("Conv2DTranspose(4, 3, strides=2)", "along the rows: 6 * 2 + 1 = 13;"),
        ("Conv2DTranspose(4, 3, padding='same')", "along the rows: 6, as before;"),
        ("Conv2DTranspose(4, 3, strides=2)", "3 * 3 * 4 * 3 = 108 numbers: window, filters,"),
        (
            "Conv1DTranspose(4, 3, strides=2, padding='same', output_padding=0)",
            "conv1d_transpose(x) = transposed_convolution(x, kernel) + bias",
        ),
        (
            "Conv1DTranspose(4, 3, strides=2, padding='same', output_padding=0)",
            "along the steps: (6 - 1) * 2 + 3 - 2 * 1 = 11.",
        ),
        ("DepthwiseConv2D(3, depth_multiplier=2)", "3 * 3 * 3 * 2 = 54 numbers: window, channels,"),
        ("DepthwiseConv1D(3, activation='relu')", "= relu(depthwise_convolution(x, depthwise_ker"),
        (
            "SeparableConv2D(4, 3)",
            "3 * 3 * 3 * 1 + 1 * 1 * 3 * 4 = 39 numbers. The kernel of a convolution with these "
            "windows and filters has 3 * 3 * 3 * 4 = 108.",
        ),
        ("SeparableConv1D(4, 3, padding='causal')", "Windows along the steps: 6, as before."),
        ("AveragePooling2D((3, 2), padding='same')", "along the rows: 6 / 3 = 2"),
        ("GlobalMaxPooling1D(data_format='channels_first')", "max(x, axis=2)"),
        ("Cropping2D(((3, 3), (4, 0)))", "crop(x, ((3, 3), (4, 0)))"),
        ("UpSampling2D(interpolation='bilinear')", "resize(x, method='bilinear')"),
    ],
)
def test_the_last_lines_compute_sizes(expression: str, said: str) -> None:
    text = " ".join(api.explain(expression).tree().split())
    assert said in text
    assert "Stopped by" not in text


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_the_formula_of_a_size_is_right(padding: str) -> None:
    for size, window, stride in ((7, 3, 1), (7, 3, 2), (8, 3, 2), (6, 2, 4), (9, 4, 3)):
        made = layers.MaxPooling1D(window, stride, padding)(np.ones((1, size, 1), "float32"))
        formula = count(size, window, stride, 1, padding)
        assert int(re.findall(r"\d+", formula)[-1 if "=" in formula else 0]) == made.shape[1]


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("added", [None, 0, 1])
def test_the_formula_of_an_enlarged_size_is_right(padding: str, added: int | None) -> None:
    for size, window, stride, dilation in ((7, 3, 2, 1), (4, 1, 3, 1), (5, 5, 2, 1), (5, 3, 1, 2)):
        if added is not None and added >= stride:
            continue
        layer = layers.Conv1DTranspose(
            1, window, stride, padding, output_padding=added, dilation_rate=dilation
        )
        made = layer(np.ones((1, size, 1), "float32"))
        formula = enlarged(size, window, stride, dilation, padding, added)
        assert int(re.findall(r"\d+", formula)[-1 if "=" in formula else 0]) == made.shape[1]


def test_the_operation_says_how_many_windows_fit() -> None:
    trace = api.explain("Conv2D(8, 3, strides=2)")
    step = trace.find("op", where=lambda step: step.point == "tf.nn.convolution")[0]
    assert isinstance(step.result, Tensor)
    assert step.result.shape == (2, 2, 2, 8)
    said = "Windows along the rows: (6 - 3) / 2, rounded down, + 1 = 2; along the columns: "
    assert said in explain_step(step).what


def test_a_layer_that_only_keras_has_is_refused_by_naming_the_engine_that_has_it() -> None:
    missing = real_names().names_in("keras.layers") - set(public("keras.layers"))
    assert {"Conv3D", "ConvLSTM2D", "Conv3DTranspose", "Hashing"} <= missing
    for name in missing - {"experimental"}:
        assert names().hint(name).endswith("--engine tf_keras."), name
        assert names().hint(f"tf.keras.layers.{name}").endswith("--engine tf_keras."), name
