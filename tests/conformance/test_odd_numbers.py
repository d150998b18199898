"""Numbers that nobody should pass to a layer: ours accepts and refuses what Keras 2.14 does."""

from typing import Any, Final

import numpy as np
import pytest

from densetrace.engines import Engine, load
from tests.conformance.reference import scope
from tests.real_keras import load_real_keras

ODD: Final = ("True", "False", "0", "-1", "1.5", "'2'", "None", "2.0", "(0,)", "(2, 2, 2)")

ARGUMENTS: Final = (
    "Dense(units={})", "RepeatVector(n={})", "Embedding({}, 2)", "Embedding(5, {})",
    "Reshape(target_shape={})", "Permute(dims={})", "Dropout(rate={})", "GaussianNoise({})",
    "AlphaDropout({})", "SpatialDropout1D({})", "Rescaling({})", "Rescaling(2.0, offset={})",
    "Conv1D(filters={}, kernel_size=2)", "Conv1D(2, kernel_size={})", "Conv1D(2, 2, strides={})",
    "Conv1D(4, 2, groups={})", "Conv1D(2, 2, dilation_rate={})", "Conv2D(2, kernel_size={})",
    "Conv2DTranspose(filters={}, kernel_size=2)", "Conv2DTranspose(2, kernel_size={})",
    "Conv2DTranspose(2, 2, strides={})", "Conv2DTranspose(2, 2, 3, output_padding={})",
    "Conv2DTranspose(2, 2, dilation_rate={})", "Conv1DTranspose(2, 2, strides={})",
    "Conv1DTranspose(2, 2, 3, output_padding={})", "DepthwiseConv2D(kernel_size={})",
    "DepthwiseConv2D(2, strides={})", "DepthwiseConv2D(2, depth_multiplier={})",
    "DepthwiseConv1D(2, dilation_rate={})", "SeparableConv2D(filters={}, kernel_size=2)",
    "SeparableConv2D(2, 2, depth_multiplier={})", "SeparableConv1D(2, 2, strides={})",
    "MaxPooling1D(pool_size={})", "AveragePooling2D(strides={})", "ZeroPadding1D(padding={})",
    "ZeroPadding2D(padding={})", "Cropping1D(cropping={})", "Cropping2D(cropping={})",
    "UpSampling1D(size={})", "UpSampling2D(size={})", "SimpleRNN(units={})", "LSTM(units={})",
    "LSTM(2, dropout={})", "GRU(units={})", "BatchNormalization(axis={})",
    "LayerNormalization(axis={})", "UnitNormalization(axis={})", "Softmax(axis={})",
    "ReLU(max_value={})", "LeakyReLU(alpha={})", "ELU(alpha={})", "PReLU(shared_axes={})",
    "Masking(mask_value={})", "ActivityRegularization(l1={})",
)  # fmt: skip

REFUSED: Final = {
    "LSTM(True)": "ValueError: Can't convert Python sequence with mixed types to Tensor.",
    "GRU(True)": "ValueError: Can't convert Python sequence with mixed types to Tensor.",
    "SimpleRNN(True)": "InvalidArgumentError",
    "Conv1D(2, True)": "ValueError: Can't convert Python sequence with mixed types to Tensor.",
    "Embedding(True, 2)": "ValueError: Can't convert Python sequence with mixed types to Tensor.",
    "UpSampling1D(0)": "InvalidArgumentError",
    "ELU((2, 2, 2))": "ValueError",
}
"""What Keras 2.14 said of a number that reached an operation."""

ACCEPTED: Final = {
    "Cropping1D(True)": "(2, 4, 4)",
    "UpSampling1D(True)": "(2, 6, 4)",
    "Dense(True)": "(2, 1) (3, True) (True,)",
}
"""The shapes of the output and of the weights. A weight keeps the sizes that it was asked for."""

SEQUENCE, IMAGE, ROWS = ((2, 6, 4), (2, 6, 6, 4), (2, 3))
IN_ROWS: Final = ("Dense", "RepeatVector", "Reshape", "Permute", "ELU", "ReLU")


def sample(expression: str) -> Any:
    name = expression.partition("(")[0]
    if name == "Embedding":
        return np.ones(ROWS, "int32")
    shape = ROWS if name in IN_ROWS else IMAGE if "2D" in name else SEQUENCE
    return np.ones(shape, "float32")


def outcome(engine: Engine, expression: str) -> str:
    """Where it stopped and with which exception, or the shapes of its output and weights."""
    engine.clear_session()
    stage = "made"
    try:
        layer = eval(f"layers.{expression}", scope(engine.keras))
        stage = "called"
        output = layer(sample(expression))
        return " ".join(str(tuple(one.shape)) for one in (output, *layer.weights))
    except Exception as error:
        return f"{stage}, {type(error).__name__}: {error}"


@pytest.mark.parametrize("expression", REFUSED)
def test_a_number_that_an_operation_refuses(expression: str) -> None:
    assert outcome(load("densetrace"), expression).startswith(f"called, {REFUSED[expression]}")


@pytest.mark.parametrize("expression", ACCEPTED)
def test_a_bool_that_counts_as_a_number(expression: str) -> None:
    assert outcome(load("densetrace"), expression) == ACCEPTED[expression]


@pytest.mark.keras
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("form", ARGUMENTS)
def test_keras_accepts_and_refuses_the_same(form: str) -> None:
    ours, theirs = load("densetrace"), load_real_keras()
    for odd in ODD:
        expression = form.format(odd)
        one, other = (outcome(engine, expression) for engine in (ours, theirs))
        if "Expected an int, got a boolean" in other:
            continue  # a later version of protobuf refuses it, not Keras
        assert one.partition(":")[0] == other.partition(":")[0], (expression, one, other)
