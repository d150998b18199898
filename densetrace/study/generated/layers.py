"""Each layer with generated arguments, called on an input of a generated shape."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from densetrace.study.generated.draw import ODD_SHARE, Draw, call
from densetrace.study.generated.pools import (
    ACTIVATIONS,
    CONSTRAINTS,
    DTYPES,
    INITIALIZERS,
    MATRIX_INITIALIZERS,
    MATRIX_REGULARIZERS,
    ODD,
    REGULARIZERS,
    SWITCH,
)

Options = Mapping[str, Sequence[str]]
Shape = list[int]


@dataclass(frozen=True)
class Family:
    """How a layer is written: its required arguments, what else it may be given, and the shapes of
    its inputs."""

    shapes: Callable[[Draw], list[Shape]]
    options: Options = field(default_factory=dict)
    required: Callable[[Draw], list[str]] = lambda _: []
    random: bool = False
    """Whether it draws random numbers in training, which differ between the stacks."""


def ranked(*ranks: int, least: int = 1, most: int = 5) -> Callable[[Draw], list[Shape]]:
    """One input of one of these ranks."""
    return lambda draw: [draw.sizes(draw.one(ranks), least, most)]


def _alike(draw: Draw) -> list[Shape]:
    """Two or three inputs of one shape; seldom of another one, which may not fit."""
    shape = draw.sizes(draw.size(2, 4))
    shapes = [list(shape) for _ in range(draw.size(2, 3))]
    if draw.chance(0.15):
        shapes[-1] = [*shape[:1], *(1 for _ in shape[1:])]
    if draw.chance(0.03):
        shapes[-1] = draw.sizes(len(shape))
    return shapes


def _two(draw: Draw) -> list[Shape]:
    return [list(shape) for shape in [draw.sizes(draw.size(2, 4))] * 2]


def _joined(draw: Draw) -> list[Shape]:
    return [[2, 3, 4] for _ in range(draw.size(2, 3))]


def _square(draw: Draw) -> list[Shape]:
    size = draw.size(2, 4)
    return [[2, size, size], [2, size, size]]


def _units(draw: Draw) -> list[str]:
    return [draw.one(("1", "2", "3", "5", "units=4"))]


def _filters(draw: Draw) -> list[str]:
    return [draw.one(("1", "2", "4")), draw.one(("1", "2", "3"))]


_NOISE: Final = {"seed": ("None", "1")}
_WEIGHTED: Final = {
    "activation": ACTIVATIONS,
    "use_bias": SWITCH,
    "kernel_initializer": INITIALIZERS,
    "bias_initializer": INITIALIZERS,
    "kernel_regularizer": REGULARIZERS,
    "bias_regularizer": REGULARIZERS,
    "activity_regularizer": REGULARIZERS,
    "kernel_constraint": CONSTRAINTS,
    "bias_constraint": CONSTRAINTS,
}
_DENSE: Final = {
    **_WEIGHTED,
    "kernel_initializer": MATRIX_INITIALIZERS,
    "kernel_regularizer": MATRIX_REGULARIZERS,
}
_ORDER: Final = ("'channels_last'", "None")
_WINDOWS: Final = {"padding": ("'valid'", "'same'", "'SAME'"), "data_format": _ORDER}
_CONV_1D: Final = {
    **_WEIGHTED,
    "strides": ("1", "2", "(1,)"),
    "padding": ("'valid'", "'same'", "'causal'"),
    "dilation_rate": ("1", "2"),
    "data_format": _ORDER,
}
_CONV_2D: Final = {
    **_WEIGHTED,
    **_WINDOWS,
    "strides": ("1", "(2, 1)", "2"),
    "dilation_rate": ("1", "(1, 1)", "2"),
}
_POOL_1D: Final = {"pool_size": ("1", "2", "3"), "strides": ("None", "1", "2"), **_WINDOWS}
_POOL_2D: Final = {"pool_size": ("1", "2", "(2, 3)"), "strides": ("None", "1", "(2, 1)"),
                   **_WINDOWS}  # fmt: skip
_ANY_ORDER: Final = ("'channels_last'", "'channels_first'", "None")
_GLOBAL: Final = {"keepdims": SWITCH, "data_format": _ANY_ORDER}
_NORMALIZED: Final = {
    "epsilon": ("1e-3", "0.1", "1e-5"),
    "center": SWITCH,
    "scale": SWITCH,
    "beta_initializer": INITIALIZERS,
    "gamma_initializer": INITIALIZERS,
    "beta_regularizer": REGULARIZERS,
    "gamma_regularizer": REGULARIZERS,
    "beta_constraint": CONSTRAINTS,
    "gamma_constraint": CONSTRAINTS,
}
_BATCH_NORMALIZED: Final = {
    **_NORMALIZED,
    "momentum": ("0.9", "0.5", "0.99"),
    "moving_mean_initializer": INITIALIZERS,
    "moving_variance_initializer": ("'ones'", "keras.initializers.Constant(0.5)"),
    "axis": ("-1", "1", "[1]"),
}
_CELL: Final = {
    "activation": ("'tanh'", "'relu'", "None", "'sigmoid'"),
    "use_bias": SWITCH,
    "kernel_initializer": MATRIX_INITIALIZERS[:-4],
    "recurrent_initializer": ("'orthogonal'", "'he_normal'", "'identity'", "'zeros'"),
    "bias_initializer": INITIALIZERS,
    "kernel_regularizer": REGULARIZERS,
    "recurrent_regularizer": REGULARIZERS,
    "bias_regularizer": REGULARIZERS,
    "kernel_constraint": CONSTRAINTS,
    "recurrent_constraint": CONSTRAINTS,
    "bias_constraint": CONSTRAINTS,
    "dropout": ("0.0", "0.2"),
    "recurrent_dropout": ("0.0", "0.3"),
}
_RECURRENT: Final = {
    **_CELL,
    "activity_regularizer": REGULARIZERS,
    "return_sequences": SWITCH,
    "return_state": SWITCH,
    "go_backwards": SWITCH,
    "unroll": SWITCH,
}
_GATE: Final = {"recurrent_activation": ("'sigmoid'", "'hard_sigmoid'", "'tanh'")}
_LSTM: Final = {**_RECURRENT, **_GATE, "unit_forget_bias": SWITCH, "implementation": ("1", "2")}
_GRU: Final = {**_RECURRENT, **_GATE, "reset_after": SWITCH, "implementation": ("1", "2")}
_WINDOWED: Final = ranked(3, least=5, most=6)
"""Sizes in which every window fits: where none does, TensorFlow computes nonsense, or ends the
process."""
_SEQUENCE: Final = ranked(3, least=2, most=5)
_IMAGE: Final = ranked(4, least=5, most=6)
_ANY: Final = ranked(2, 3, 4)

WRAPPED: Final = (
    "layers.LSTM(2, return_sequences=True)", "layers.GRU(2)", "layers.SimpleRNN(3)",
    "layers.GRU(2, return_sequences=True, activation='relu')",
    "layers.LSTM(2, go_backwards=True, return_sequences=True)",
)  # fmt: skip
INNER: Final = (
    "layers.Dense(2)", "layers.Flatten()", "layers.LSTM(2)", "layers.BatchNormalization()",
    "layers.Dense(3, activation='relu', kernel_regularizer='l2')", "layers.Activation('tanh')",
)  # fmt: skip
CELLS: Final = (
    "layers.LSTMCell(2)", "layers.GRUCell(3)", "layers.SimpleRNNCell(2, activation='relu')",
    "[layers.GRUCell(2), layers.LSTMCell(3)]",
    "layers.StackedRNNCells([layers.SimpleRNNCell(2), layers.GRUCell(2)])",
)  # fmt: skip


def _targets(draw: Draw) -> list[str]:
    return [draw.one(("(12,)", "(3, 4)", "(-1, 2)", "(2, 2, 3)", "(4, -1)", "[6, 2]", "(5,)"))]


def _dims(draw: Draw) -> list[str]:
    return [draw.one(("(1, 2)", "(2, 1)", "(2, 1)", "(0, 1)", "(1, 2, 3)"))]


def _one_of(*choices: str) -> Callable[[Draw], list[str]]:
    return lambda draw: [draw.one(choices)]


LAYERS: Final[Mapping[str, Family]] = {
    "Dense": Family(_ANY, _DENSE, _units),
    "Activation": Family(_ANY, {}, _one_of(*ACTIVATIONS)),
    "Dropout": Family(_ANY, {**_NOISE, "noise_shape": ("None", "(2, 1)")},
                      _one_of("0.5", "0.1", "0", "0.0", "1.5"), random=True),
    "SpatialDropout1D": Family(ranked(3), _NOISE, _one_of("0.5", "0.1", "0", "rate=0.3", "1.5"),
                               random=True),
    "SpatialDropout2D": Family(ranked(4), {**_NOISE, "data_format": _ANY_ORDER},
                               _one_of("0.5", "0.1", "0.0", "rate=0.3"), random=True),
    "GaussianNoise": Family(_ANY, _NOISE, _one_of("0.5", "1", "0.0"), random=True),
    "GaussianDropout": Family(_ANY, _NOISE, _one_of("0.5", "0.1"), random=True),
    "AlphaDropout": Family(_ANY, _NOISE, _one_of("0.5", "0.1"), random=True),
    "Rescaling": Family(
        ranked(1, 2, 3, 4), {"offset": ("0.0", "-1", "0.5", "[0.25]")},
        _one_of("2.0", "1 / 127.5", "-1", "scale=0.5", "[3.0]", "np.float64(0.1)", "None")),
    "Flatten": Family(ranked(1, 2, 3, 4), {"data_format": _ANY_ORDER}),
    "Reshape": Family(lambda draw: [[draw.size(1, 3), *draw.one(([12], [3, 4], [2, 3, 2]))]], {},
                      _targets),
    "Permute": Family(ranked(3), {}, _dims),
    "RepeatVector": Family(ranked(2), {}, _one_of("1", "3", "n=2")),
    "Masking": Family(ranked(3), {"mask_value": ("0.0", "0.5", "-1")}),
    "ActivityRegularization": Family(_ANY, {"l1": ("0.0", "0.1"), "l2": ("0.0", "0.2")}),
    "Embedding": Family(
        ranked(1, 2, 3),
        {
            "embeddings_initializer": INITIALIZERS,
            "embeddings_regularizer": REGULARIZERS,
            "activity_regularizer": REGULARIZERS,
            "embeddings_constraint": CONSTRAINTS,
            "mask_zero": SWITCH,
        },
        lambda draw: ["7", draw.one(("1", "3", "output_dim=2"))],
    ),
    "BatchNormalization": Family(_ANY, _BATCH_NORMALIZED),
    "LayerNormalization": Family(_ANY, {**_NORMALIZED, "axis": ("-1", "1", "[1, -1]")}),
    "UnitNormalization": Family(_ANY, {"axis": ("-1", "1", "[1, -1]")}),
    "Add": Family(_alike),
    "Subtract": Family(_two),
    "Multiply": Family(_alike),
    "Average": Family(_alike),
    "Maximum": Family(_alike),
    "Minimum": Family(_alike),
    "Concatenate": Family(_joined, {"axis": ("-1", "1", "2", "3")}),
    "Dot": Family(_square, {"normalize": SWITCH}, _one_of(
        "1", "2", "(1, 1)", "(2, 2)", "(2, 1)", "axes=-1")),
    "Conv1D": Family(_WINDOWED, _CONV_1D, _filters),
    "Conv2D": Family(_IMAGE, _CONV_2D, _filters),
    "MaxPooling1D": Family(_WINDOWED, _POOL_1D),
    "MaxPooling2D": Family(_IMAGE, _POOL_2D),
    "AveragePooling1D": Family(_WINDOWED, _POOL_1D),
    "AveragePooling2D": Family(_IMAGE, _POOL_2D),
    "GlobalAveragePooling1D": Family(_SEQUENCE, _GLOBAL),
    "GlobalAveragePooling2D": Family(_IMAGE, _GLOBAL),
    "GlobalMaxPooling1D": Family(_SEQUENCE, _GLOBAL),
    "GlobalMaxPooling2D": Family(_IMAGE, _GLOBAL),
    "ZeroPadding1D": Family(_SEQUENCE, {"padding": ("1", "(0, 2)", "2")}),
    "ZeroPadding2D": Family(_IMAGE, {"padding": ("1", "(0, 2)", "((1, 0), (2, 1))"),
                                     "data_format": _ORDER}),
    "UpSampling1D": Family(_SEQUENCE, {"size": ("1", "2", "3")}),
    "UpSampling2D": Family(_IMAGE, {"size": ("2", "(1, 3)"), "data_format": _ORDER,
                                    "interpolation": ("'nearest'", "'bilinear'")}),
    "Cropping1D": Family(ranked(3, least=4, most=6), {"cropping": ("1", "(0, 2)", "(1, 1)")}),
    "Cropping2D": Family(ranked(4, least=4, most=6), {
        "cropping": ("1", "(0, 2)", "((1, 0), (2, 1))"), "data_format": _ORDER}),
    "SimpleRNN": Family(_SEQUENCE, _RECURRENT, _units),
    "LSTM": Family(_SEQUENCE, _LSTM, _units),
    "GRU": Family(_SEQUENCE, _GRU, _units),
    "RNN": Family(_SEQUENCE, {"return_sequences": SWITCH, "go_backwards": SWITCH,
                              "unroll": SWITCH, "return_state": SWITCH}, _one_of(*CELLS)),
    "Bidirectional": Family(_SEQUENCE, {
        "merge_mode": ("'concat'", "'sum'", "'mul'", "'ave'", "None")}, _one_of(*WRAPPED)),
    "TimeDistributed": Family(ranked(4, least=2, most=4), {}, _one_of(*INNER)),
    "ReLU": Family(_ANY, {"max_value": ("None", "0.5", "6"), "negative_slope": ("0.0", "0.1"),
                          "threshold": ("0.0", "0.2")}),
    "LeakyReLU": Family(_ANY, {"alpha": ("0.3", "0.1", "0")}),
    "ELU": Family(_ANY, {"alpha": ("1.0", "0.5")}),
    "PReLU": Family(_ANY, {
        "alpha_initializer": INITIALIZERS, "alpha_regularizer": REGULARIZERS,
        "alpha_constraint": CONSTRAINTS, "shared_axes": ("None", "[1]")}),
    "Softmax": Family(_ANY, {"axis": ("-1", "1", "[1, -1]")}),
    "ThresholdedReLU": Family(_ANY, {"theta": ("1.0", "0.2", "0")}),
}  # fmt: skip
"""Each layer. `LSTMCell` and its like are covered inside `RNN`."""

_COMMON: Final = {"name": ("'mine'", "'a_1'"), "trainable": SWITCH, "dtype": DTYPES}


def layer(draw: Draw, name: str) -> str:
    """Write a call of this layer with generated arguments."""
    draw.cover("layer", name)
    family = LAYERS[name]
    required = family.required(draw)
    given = draw.keywords(family.options, share=draw.one((0.1, 0.3, 0.6)))
    given += draw.keywords(_COMMON, share=0.12)
    if draw.chance(ODD_SHARE):
        options = [*family.options, *_COMMON]
        odd = draw.one(options)
        given = [one for one in given if not one.startswith(f"{odd}=")]
        given.append(f"{odd}={draw.one(ODD)}")
    elif required and draw.chance(ODD_SHARE / 2):
        required[-1] = draw.one(ODD)
    return call(f"layers.{name}", [*required, *given])


def script(draw: Draw) -> str:
    """Write a script that creates one layer, calls it, and records what it computes."""
    name = draw.one(list(LAYERS))
    family = LAYERS[name]
    shapes = family.shapes(draw)
    dtype = draw.weighted({"float32": 8, "float64": 1, "float16": 1})
    seed = draw.size(0, 99)
    inputs = []
    for index, shape in enumerate(shapes):
        sizes = ", ".join(map(str, shape))
        if name == "Embedding":
            inputs.append(f"tf.constant(integers({sizes}, below=7, seed={seed}))")
            continue
        kind = "" if dtype == "float32" else f', dtype="{dtype}"'
        inputs.append(f"tf.constant(numbers({sizes}, seed={seed + index}{kind}))")
    given = inputs[0] if len(inputs) == 1 else f"[{', '.join(inputs)}]"
    batch_shapes = [tuple(shape) for shape in shapes]
    shape_text = repr(batch_shapes[0] if len(shapes) == 1 else batch_shapes)
    lines = [f"layer = {layer(draw, name)}", f"x = {given}"]
    if draw.chance(0.2):
        lines.append(f"layer.build({shape_text})")
    lines += ["layer(x)", "described(layer)"]
    if draw.chance(0.3):
        lines.append(f"found['shape'] = layer.compute_output_shape({shape_text})")
    if draw.chance(0.2):
        lines.append("layer = type(layer).from_config(layer.get_config())")
        lines.append("layer(x)")
    lines.append(f"called(layer, x, seed={seed})")
    if draw.chance(0.3):
        what = "[one.shape for one in tf.nest.flatten(layer(x, training=True))]"
        if not family.random and "dropout" not in lines[0]:
            what = "layer(x, training=True)"
        lines.append(f"found['training'] = {what}")
        lines.append("found['after'] = layer.get_weights()")
    return "\n".join(lines)
