"""Functions of TensorFlow on symbolic tensors become layers, called as Keras calls them."""

from typing import Any

import pytest

import densetrace.tensorflow as tf
from densetrace import keras
from densetrace.keras import backend
from densetrace.keras.layers.core.tf_op_layer import SlicingOpLambda, TFOpLambda

NONE: dict[str, Any] = {"name": None}

CALLS = {
    "i + j": ("__operators__.add", {"y": ["j", 0, 0]} | NONE),
    "i + 2": ("math.add", {"y": 2.0} | NONE),
    "2.0 - i": ("math.subtract", {"y": ["i", 0, 0]} | NONE),
    "i // 2.0": ("compat.v1.floor_div", {"y": 2.0} | NONE),
    "abs(i)": ("math.abs", {}),
    "i > 1.0": ("math.greater", {"y": 1.0} | NONE),
    "tf.add(i, 1.0)": ("math.add", {"y": 1.0}),
    "tf.divide(i, j)": ("math.truediv", {"y": ["j", 0, 0]} | NONE),
    "tf.nn.relu(i)": ("nn.relu", NONE),
    "tf.reduce_sum(i, 1, True)": ("math.reduce_sum", {"axis": 1, "keepdims": True}),
    "tf.matmul(i, j, transpose_b=True)": (
        "linalg.matmul", {"b": ["j", 0, 0], "transpose_b": True},
    ),
    "tf.shape(i)": ("compat.v1.shape", {"name": None, "out_type": tf.int32}),
    "tf.transpose(i, [1, 0])": (
        "compat.v1.transpose", {"perm": [1, 0], "name": "transpose", "conjugate": False},
    ),
    "tf.nn.l2_normalize(i, 1)": ("math.l2_normalize", {"axis": 1}),
    "tf.boolean_mask(i, [True])": (
        "compat.v1.boolean_mask", {"mask": [True], "name": "boolean_mask", "axis": None},
    ),
    "tf.nn.conv2d(m, [[[[1.0]]]], 1, 'SAME')": (
        "compat.v1.nn.conv2d",
        {
            "filter": [[[[1.0]]]], "strides": 1, "padding": "SAME", "use_cudnn_on_gpu": True,
            "data_format": "NHWC", "dilations": None, "name": None,
        },
    ),
    "tf.nn.conv2d_transpose(m, [[[[1.0]]]], [1, 8, 8, 1], 2)": (
        "nn.conv2d_transpose",
        {"filters": [[[[1.0]]]], "output_shape": [1, 8, 8, 1], "strides": 2},
    ),
    "tf.nn.depthwise_conv2d(m, [[[[1.0]]]], [1, 1, 1, 1], 'SAME', dilations=[2, 2])": (
        "compat.v1.nn.depthwise_conv2d",
        {
            "filter": [[[[1.0]]]], "strides": [1, 1, 1, 1], "padding": "SAME", "rate": [2, 2],
            "name": None, "data_format": None,
        },
    ),
    "tf.nn.separable_conv2d(m, [[[[1.0]]]], [[[[1.0]]]], [1, 1, 1, 1], 'SAME')": (
        "compat.v1.nn.separable_conv2d",
        {
            "depthwise_filter": [[[[1.0]]]], "pointwise_filter": [[[[1.0]]]],
            "strides": [1, 1, 1, 1], "padding": "SAME", "rate": None, "name": None,
            "data_format": None,
        },
    ),
    "i[:, ::2]": (
        "__operators__.getitem",
        {
            "slice_spec": (
                {"start": None, "stop": None, "step": None},
                {"start": None, "stop": None, "step": 2},
            )
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("expression", CALLS)
def test_a_call_becomes_a_layer(expression: str) -> None:
    backend.clear_session()
    names = {"i": keras.Input((4,), name="i"), "j": keras.Input((4,), name="j"), "tf": tf}
    names["m"] = keras.Input((4, 4, 1), name="m")
    output = eval(expression, names)
    layer, symbol = output.node.layer, CALLS[expression][0]
    is_slice = symbol.endswith(("getitem", "boolean_mask"))
    assert type(layer) is (SlicingOpLambda if is_slice else TFOpLambda)
    assert layer.name == f"tf.{symbol}"
    assert layer.get_config()["function"] == symbol
    data = output.node.serialize(lambda name, index: f"{name}-{index}", {})
    assert data[-1] == CALLS[expression][1]
    again = type(layer).from_config(layer.get_config())
    assert again.function is layer.function


def test_some_functions_become_a_layer_for_each_operation() -> None:
    backend.clear_session()
    x = keras.Input((4,), dtype="bool")
    assert (x ^ x).node.layer.name == "tf.math.logical_and_1"
    mean, _ = tf.nn.moments(keras.Input((4,)), 1)
    assert mean.node.layer.name.startswith("tf.compat.v1.squeeze")


@pytest.mark.parametrize("name", ["io.gfile.makedirs", "print", "Variable", "nothing", ""])
def test_a_config_names_operations_only(name: str) -> None:
    config = {"name": "layer", "function": name}
    with pytest.raises(ValueError, match="could not be found"):
        TFOpLambda.from_config(config)


def test_equality_with_none_is_no_layer() -> None:
    x = keras.Input((4,))
    assert (x == None) is False  # noqa: E711 - what Keras's own code may write
    assert (x != None) is True  # noqa: E711 - as above
    with pytest.raises(TypeError, match="unhashable"):
        hash(x)
