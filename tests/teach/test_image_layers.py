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
from densetrace.teach.window_words import count

LAYERS = sorted(
    name
    for name, made in public("keras.layers").items()
    if re.search(r"\.(convolutional|pooling)\.|(padding|sampling|cropping)\dd$", made.module)
)


@pytest.mark.parametrize("name", LAYERS)
def test_a_sample_fits_a_layer_and_its_call_is_told_as_a_formula(name: str) -> None:
    text = api.explain(f"{name}({'8, 3' if name.startswith('Conv') else ''})").tree()
    assert "Stopped by" not in text
    assert re.search(r"^\w+\(x\) = \S", text, re.M)
    assert ("Windows along the" in text) == name.startswith(("Conv", "Max", "Av"))


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("Conv2D(8, 3, strides=2)", "along the rows: (6 - 3) / 2, rounded down, + 1 = 2;"),
        ("Conv2D(8, 3, strides=2)", "3 * 3 * 3 * 8 = 216 numbers"),
        ("Conv1D(4, 3, padding='causal')", "Windows along the steps: 6, as before."),
        ("Conv1D(4, 3, dilation_rate=2)", "along the steps: 6 - 5 + 1 = 2"),
        ("Conv2D(4, 9)", "along the rows: 10 - 9 + 1 = 2"),
        ("Conv2D(4, 2, groups=2, data_format='channels_first')", "2 * 2 * 1 * 4 = 16 numbers"),
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


def test_the_operation_says_how_many_windows_fit() -> None:
    trace = api.explain("Conv2D(8, 3, strides=2)")
    step = trace.find("op", where=lambda step: step.point == "tf.nn.convolution")[0]
    assert isinstance(step.result, Tensor)
    assert step.result.shape == (2, 2, 2, 8)
    said = "Windows along the rows: (6 - 3) / 2, rounded down, + 1 = 2; along the columns: "
    assert said in explain_step(step).what


def test_a_layer_that_only_keras_has_is_refused_by_naming_the_engine_that_has_it() -> None:
    missing = real_names().names_in("keras.layers") - set(public("keras.layers"))
    assert {"Conv3D", "SeparableConv2D", "Conv2DTranspose", "Hashing"} <= missing
    for name in missing - {"experimental"}:
        assert names().hint(name).endswith("--engine tf_keras."), name
        assert names().hint(f"tf.keras.layers.{name}").endswith("--engine tf_keras."), name
