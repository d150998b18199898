"""Each layer with generated arguments on our stack and on a real Keras: config, shape, output, mask
and gradients are the same. Skipped where no real Keras is installed."""

import functools
import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import densetrace.tensorflow
from densetrace.engines import Engine
from tests.conformance.reference import scope
from tests.conformance.test_live import BOTH_STACKS, attempt, config_of, words

pytestmark = [
    pytest.mark.keras,
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.filterwarnings("error:densetrace"),
]

TOLERANCE: Final = 1e-5
EXAMPLES: Final = 8
"""How many expressions are generated for each layer."""


@dataclass(frozen=True)
class Family:
    """How a layer is written: its required arguments, what else it may be given, and the shapes of
    its inputs."""

    required: str = ""
    options: Mapping[str, list[str]] = field(default_factory=dict)
    shapes: tuple[tuple[int, ...], ...] = ((2, 4, 3),)
    always: tuple[str, ...] = ()
    """The options that the layer cannot do without."""

    by_position: bool = False
    """Whether each input is an argument of its own."""

    highest: int | None = None
    """The input holds integers below this; None for floats."""


SWITCH: Final = words("True False")
ACTIVATION: Final = words("None 'relu' 'tanh' 'sigmoid' 'softmax'")
WEIGHTED: Final = {
    "activation": ACTIVATION,
    "use_bias": SWITCH,
    "kernel_regularizer": words("None 'l2'"),
    "activity_regularizer": words("None 'l1'"),
}
ORDER: Final = words("'channels_last'")
IMAGE: Final = ((2, 6, 5, 4),)
SEQUENCE: Final = ((2, 6, 4),)
WINDOWS: Final = {"padding": words("'valid' 'same'"), "data_format": ORDER}
NORMALIZED: Final = {
    "epsilon": words("1e-3 0.1"), "center": SWITCH, "scale": SWITCH,
    "gamma_initializer": words("'ones' 'he_normal'"),
}  # fmt: skip
NOISE: Final = {"seed": words("None 1")}
TWO: Final = ((2, 4, 3), (2, 4, 3))
UNEQUAL: Final = ((2, 4, 3), (2, 5, 3))
RECURRENT: Final = {
    "activation": words("'tanh' 'relu' None"),
    "use_bias": SWITCH,
    "return_sequences": SWITCH,
    "go_backwards": SWITCH,
    "unroll": SWITCH,
    "recurrent_initializer": words("'orthogonal' 'he_normal'"),
}
GATED: Final = {**RECURRENT, "recurrent_activation": words("'sigmoid' 'hard_sigmoid'")}
DEPTHWISE: Final = {
    "activation": ACTIVATION,
    "use_bias": SWITCH,
    "depth_multiplier": words("1 2"),
    "depthwise_regularizer": words("None 'l2'"),
    "activity_regularizer": words("None 'l1'"),
}
KERNEL_1D: Final = {"strides": words("1 2"), "dilation_rate": words("1 2")}
POOL_1D: Final = {"pool_size": words("2 3"), "strides": words("None 1 2"), **WINDOWS}
POOL_2D: Final = {"pool_size": words("2 (2,3)"), "strides": words("None 1 (2,1)"), **WINDOWS}
GLOBAL: Final = {"keepdims": SWITCH, "data_format": words("'channels_last' 'channels_first'")}

LAYERS: Final[Mapping[str, Family]] = {
    "Dense": Family("3", WEIGHTED),
    "Activation": Family("'relu'", {"name": words("None 'a'")}),
    "Dropout": Family("0.5", {**NOISE, "noise_shape": words("None (2,1,3)")}),
    "SpatialDropout1D": Family("0.5", NOISE),
    "SpatialDropout2D": Family(
        "0.5", {"data_format": words("'channels_last' 'channels_first'")}, IMAGE
    ),
    "Rescaling": Family("0.5", {"offset": words("1 -0.5"), "dtype": words("'float64'")}),
    "GaussianNoise": Family("0.5", NOISE),
    "GaussianDropout": Family("0.5", NOISE),
    "AlphaDropout": Family("0.5", NOISE),
    "Flatten": Family("", {"data_format": words("None 'channels_last' 'channels_first'")}),
    "Reshape": Family("", {"target_shape": words("(12,) (3,4) (-1,2) (2,2,3)")},
                      always=("target_shape",)),
    "Permute": Family("", {"dims": words("(1,2) (2,1)")}, always=("dims",)),
    "RepeatVector": Family("", {"n": words("1 3")}, ((2, 3),), ("n",)),
    "Masking": Family("", {"mask_value": words("0.0 0.5")}),
    "ActivityRegularization": Family("", {"l1": words("0.0 0.1"), "l2": words("0.0 0.2")}),
    "Embedding": Family(
        "7, 3",
        {"mask_zero": SWITCH, "embeddings_initializer": words("'uniform' 'ones'")},
        ((2, 4),),
        highest=7,
    ),
    "BatchNormalization": Family("", {**NORMALIZED, "axis": words("-1 1"), "momentum": ["0.9"]}),
    "LayerNormalization": Family("", {**NORMALIZED, "axis": words("-1 1 [1,2]")}),
    "UnitNormalization": Family("", {"axis": words("-1 1 [1,2]")}),
    "GroupNormalization": Family("", {**NORMALIZED, "axis": words("-1 2"), "groups": words("1 3")},
                                 always=("groups",)),
    "Normalization": Family("", {"axis": words("-1 1 None"), "invert": SWITCH,
                                 "mean": words("1.0"), "variance": words("2.0")},
                            always=("mean", "variance")),
    "CategoryEncoding": Family("5", {"output_mode": words("'count' 'multi_hot'")}, ((2, 4),),
                               highest=5),
    "EinsumDense": Family("", {"equation": words("'abc,cd->abd' 'abc,cd->adb' '...ac,cd->...ad'"),
                               "output_shape": words("(None,3) (4,3) (3,4)"),
                               "bias_axes": words("None 'd'"), "activation": ACTIVATION,
                               "kernel_regularizer": words("None 'l2'")},
                          always=("equation", "output_shape")),
    "MultiHeadAttention": Family("2, 3", {
        "value_dim": words("None 2"), "use_bias": SWITCH, "output_shape": words("None 5 (2,3)"),
        "dropout": words("0.0 0.5"), "kernel_regularizer": words("None 'l2'"),
        "activity_regularizer": words("None 'l1'")}, ((2, 4, 3), (2, 5, 3)), by_position=True),
    "Attention": Family("", {"use_scale": SWITCH, "score_mode": words("'dot' 'concat'"),
                             "dropout": words("0.0 0.5"), "causal": SWITCH}, UNEQUAL),
    "AdditiveAttention": Family("", {"use_scale": SWITCH, "causal": SWITCH}, UNEQUAL),
    "Add": Family("", {}, TWO),
    "Subtract": Family("", {}, TWO),
    "Multiply": Family("", {}, TWO),
    "Average": Family("", {}, TWO),
    "Maximum": Family("", {}, TWO),
    "Minimum": Family("", {}, TWO),
    "Concatenate": Family("", {"axis": words("-1 1 2")}, TWO),
    "Dot": Family("", {"axes": words("1 2 (1,1) (2,2)"), "normalize": SWITCH}, TWO, ("axes",)),
    "Conv1D": Family("3, 2", {**WEIGHTED, **KERNEL_1D, "padding": words(
        "'valid' 'same' 'causal'"), "groups": words("1 1 1")}, SEQUENCE),
    "Conv2D": Family("4, (2, 3)", {**WEIGHTED, **WINDOWS, "strides": words("1 (2,1)"),
                                   "dilation_rate": words("1 1 (1,1)")}, IMAGE),
    "Conv1DTranspose": Family("3, 3", {**WEIGHTED, "strides": words("1 2"), **WINDOWS,
                                       "output_padding": words("None 0")}, SEQUENCE),
    "Conv2DTranspose": Family("4, 3", {**WEIGHTED, **WINDOWS, "strides": words("1 (2,1)"),
                                       "dilation_rate": words("1 1 2")}, IMAGE),
    "DepthwiseConv1D": Family("2", {**DEPTHWISE, **KERNEL_1D, **WINDOWS}, SEQUENCE),
    "DepthwiseConv2D": Family("(2, 3)", {**DEPTHWISE, **WINDOWS, "strides": words("1 2"),
                                         "dilation_rate": words("1 1 (2,1)")}, IMAGE),
    "SeparableConv1D": Family("3, 2", {**DEPTHWISE, **KERNEL_1D, "padding": words(
        "'valid' 'same' 'causal'")}, SEQUENCE),
    "SeparableConv2D": Family("3, (2, 3)", {**DEPTHWISE, **WINDOWS, "strides": words("1 2"),
                                            "pointwise_regularizer": words("None 'l2'")}, IMAGE),
    "MaxPooling1D": Family("", POOL_1D, SEQUENCE),
    "MaxPooling2D": Family("", POOL_2D, IMAGE),
    "AveragePooling1D": Family("", POOL_1D, SEQUENCE),
    "AveragePooling2D": Family("", POOL_2D, IMAGE),
    "GlobalAveragePooling1D": Family("", GLOBAL, SEQUENCE),
    "GlobalAveragePooling2D": Family("", GLOBAL, IMAGE),
    "GlobalMaxPooling1D": Family("", GLOBAL, SEQUENCE),
    "GlobalMaxPooling2D": Family("", GLOBAL, IMAGE),
    "ZeroPadding1D": Family("", {"padding": words("1 (0,2)")}, SEQUENCE),
    "ZeroPadding2D": Family("", {"padding": words("1 (0,2) ((1,0),(2,1))")}, IMAGE),
    "UpSampling1D": Family("", {"size": words("1 3")}, SEQUENCE),
    "UpSampling2D": Family("", {"size": words("2 (1,3)"),
                                "interpolation": words("'nearest' 'bilinear'")}, IMAGE),
    "Cropping1D": Family("", {"cropping": words("1 (0,2)")}, SEQUENCE),
    "Cropping2D": Family("", {"cropping": words("1 (0,2) ((1,0),(2,1))")}, IMAGE),
    "SimpleRNN": Family("3", RECURRENT, SEQUENCE),
    "LSTM": Family("3", {**GATED, "unit_forget_bias": SWITCH}, SEQUENCE),
    "GRU": Family("3", {**GATED, "reset_after": SWITCH}, SEQUENCE),
    "Bidirectional": Family("layers.GRU(2, return_sequences=True)", {
        "merge_mode": words("'concat' 'sum' 'mul' 'ave'")}, SEQUENCE),
    "TimeDistributed": Family("", {"layer": words(
        "Dense(2) layers.Flatten() layers.Dropout(0.5) layers.LSTM(2)")}, ((2, 3, 4, 2),),
        ("layer",)),
    "ReLU": Family("", {"max_value": words("None 0.5"), "negative_slope": words("0.0 0.1"),
                        "threshold": words("0.0 0.2")}),
    "LeakyReLU": Family("", {"alpha": words("0.3 0.1")}),
    "ELU": Family("", {"alpha": words("1.0 0.5")}),
    "PReLU": Family("", {"shared_axes": words("None [1] [1,2]")}),
    "Softmax": Family("", {"axis": words("-1 1")}),
    "ThresholdedReLU": Family("", {"theta": words("1.0 0.2")}),
}  # fmt: skip


@st.composite
def expressions(draw: st.DrawFn, name: str) -> str:
    """Generate a call of a layer with any of its options."""
    family = LAYERS[name]
    given = [family.required] if family.required else []
    for option, choices in family.options.items():
        if option in family.always or draw(st.booleans()):
            given.append(f"{option}={draw(st.sampled_from(choices))}")
    return f"layers.{name}({', '.join(given)})"


def inputs_of(family: Family) -> list[Any]:
    """The same numbers for both stacks; no two are equal, so that no gradient is at a tie."""
    random = np.random.RandomState(0)
    if family.highest is not None:
        return [random.randint(0, family.highest, shape) for shape in family.shapes]
    return [
        random.permutation(np.linspace(-1, 1, int(np.prod(shape)) + 1)[1:])
        .reshape(shape)
        .astype("float32")
        for shape in family.shapes
    ]


def outcome(
    engine: Engine, tf: Any, expression: str, arrays: list[Any], by_position: bool
) -> dict[str, Any]:
    """What a layer comes to: its config and, with certain weights, its output and gradients."""
    engine.clear_session()
    engine.set_seed(1)
    layer = eval(expression, scope(engine.keras))
    config = config_of(layer)
    tensors = [tf.constant(array) for array in arrays]
    given = tensors if by_position else [tensors if len(tensors) > 1 else tensors[0]]
    layer(*given)
    random = np.random.RandomState(1)
    layer.set_weights(
        [np.abs(random.uniform(-1, 1, weight.shape)) + 0.1 for weight in layer.weights]
    )
    floats = [tensor for tensor in tensors if tensor.dtype == tf.float32]
    with tf.GradientTape() as tape:
        for tensor in floats:
            tape.watch(tensor)
        output = layer(*given, training=False)
        weighted = np.linspace(0, 1, output.numpy().size, dtype="float32").reshape(output.shape)
        loss = tf.reduce_sum(output * weighted)
    gradients = [
        None if one is None else np.asarray(tf.convert_to_tensor(one))
        for one in tape.gradient(loss, [*floats, *layer.trainable_weights])
    ]
    mask = getattr(output, "_keras_mask", None)
    sizes: list[Any] = [tuple(array.shape) for array in arrays]
    shapes = sizes if by_position else [sizes if len(sizes) > 1 else sizes[0]]
    return {
        "config": config,
        "shape": tuple(layer.compute_output_shape(*shapes)),
        "output": np.asarray(output),
        "mask": None if mask is None else np.asarray(mask),
        "gradients": gradients,
        "losses": [float(one) for one in layer.losses],
    }


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_the_same_on_both_stacks(stacks: tuple[Engine, Engine], name: str) -> None:
    tensorflow = importlib.import_module("tensorflow")
    ours, theirs = stacks

    @settings(BOTH_STACKS, max_examples=EXAMPLES)
    @given(expression=expressions(name))
    def compare(expression: str) -> None:
        family = LAYERS[name]
        arrays = inputs_of(family)
        both = (theirs, tensorflow), (ours, densetrace.tensorflow)
        expected, found = (
            attempt(functools.partial(outcome, *stack, expression, arrays, family.by_position))
            for stack in both
        )
        if isinstance(expected, str):
            assert found == expected
            return
        assert not isinstance(found, str), found
        assert (found["config"], found["shape"]) == (expected["config"], expected["shape"])
        assert len(found["gradients"]) == len(expected["gradients"])
        for one, other in zip(
            [found["output"], found["mask"], found["losses"], *found["gradients"]],
            [expected["output"], expected["mask"], expected["losses"], *expected["gradients"]],
            strict=True,
        ):
            assert (one is None) == (other is None)
            if one is not None:
                np.testing.assert_allclose(one, other, TOLERANCE, TOLERANCE)

    compare()
