"""Convolutions, poolings and resizing of images, and models of such layers in training: what is
observed of each.

Run with a real TensorFlow 2.14 (it imports nothing else), this file writes the expectations of
test_windows.py:

    python tests/tensorflow/windows.py
"""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

RECORDED = Path(__file__).parents[1] / "data" / "tensorflow-2.14-windows.json"


def drawn(*sizes: int, seed: int = 0) -> Any:
    """Numbers between -1 and 1."""
    return np.random.RandomState(seed).uniform(-1, 1, sizes).round(3).astype("float32")


INPUTS: dict[str, Any] = {
    "x": drawn(2, 5, 4, 2),  # images
    "g": drawn(1, 4, 5, 4),  # of four channels
    "c": drawn(2, 2, 5, 4),  # channels first
    "s": drawn(2, 7, 2),  # sequences
    "r": drawn(2, 2, 7),  # channels first
    "t": np.random.RandomState(0).randint(-1, 2, (2, 5, 4, 2)).astype("float32"),  # with ties
    "b": drawn(2, 2, 4, 3, 2),  # two batch axes
    "k": drawn(3, 2, 2, 3, seed=1),
    "k1": drawn(3, 2, 3, seed=1),
    "o": drawn(1, 1, 2, 2, seed=1),
    "p": drawn(1, 1, 6, 2, seed=1),
    "i": np.arange(24).reshape(1, 4, 3, 2).astype("int32"),
}
"""The tensors that a call may name."""

CALLS: tuple[str, ...] = (
    *(
        f"tf.nn.convolution({call}, strides={strides}, padding={padding!r}, dilations={dilations})"
        for call in ("x, k", "g, k", "s, k1")
        for padding in ("VALID", "SAME")
        for strides, dilations in ((1, 1), (2, 1), (1, 2))
    ),
    "tf.nn.convolution(x, k, strides=[1, 2], dilations=None)",
    "tf.nn.convolution(x, k, strides=2, dilations=2)",
    "tf.nn.convolution(c, k, padding='SAME', data_format='NCHW')",
    "tf.nn.convolution(r, k1, 2, 'SAME', data_format='NCW')",
    "tf.nn.convolution(b, k, padding='SAME')",
    "tf.nn.convolution(x, k, 'VALID')",
    "tf.nn.convolution(x, o)",
    "tf.nn.conv1d(s, k1, 2, 'SAME')",
    "tf.nn.conv1d(s, k1, stride=1, padding='VALID', dilations=2)",
    "tf.nn.conv1d(r, k1, 1, 'SAME', data_format='NCW')",
    "tf.nn.conv1d(s, k1, 1, 'SAME', data_format='CWN')",
    "tf.nn.conv2d(x, k, 2, 'SAME')",
    "tf.nn.conv2d(x, k, [1, 2, 1, 1], [[0, 0], [1, 2], [0, 3], [0, 0]])",
    "tf.nn.conv2d(c, k, 1, 'VALID', data_format='NCHW')",
    "tf.nn.conv2d(x, k, [1, 2, 3], 'SAME')",
    "tf.nn.conv2d(x, k, [2, 1, 1, 1], 'SAME')",
    "tf.nn.conv2d(x, k, 0, 'SAME')",
    "tf.nn.conv2d(x, k, 1, 'same')",
    "tf.nn.conv2d(x, k, 1, 'SAME', data_format='NWHC')",
    "tf.nn.conv2d(x, tf.cast(k, 'float64'), 1, 'SAME')",
    "tf.nn.conv2d(x, k[:, :, :, :2][:, :, :1], 1, 'SAME')",
    "tf.nn.conv2d(x[:, :, :, :1], k, 1, 'SAME')",
    "tf.nn.conv2d_transpose(x, tf.transpose(k, [0, 1, 3, 2]), (2, 10, 8, 3), 2)",
    "tf.nn.conv2d_transpose(x, tf.transpose(k, [0, 1, 3, 2]), (2, 7, 5, 3), 1, 'VALID')",
    "tf.nn.conv2d(x, k, 2, 'SAME', dilations=2)",
    "tf.nn.conv1d(s, k1, 2, 'SAME', dilations=2)",
    *(
        f"tf.nn.conv2d_transpose({call})"
        for call in (
            "x, tf.transpose(k, [0, 1, 3, 2]), tf.constant([2, 10, 7, 3]), [2, 2], 'SAME'",
            "x, tf.transpose(k, [0, 1, 3, 2]), [2, 11, 12, 3], [1, 2, 3, 1], 'VALID'",
            "x, tf.transpose(k, [0, 1, 3, 2]), [2, 9, 6, 3], 1, 'VALID', dilations=2",
            "x, tf.transpose(k, [0, 1, 3, 2]), [2, 10, 8, 6], 2",
            "x, tf.transpose(k, [0, 1, 3, 2]), [2, 10, 8, 3], 2, 'SAME', dilations=2",
            "x, tf.transpose(k, [0, 1, 3, 2]), [10, 8], 2",
            "c, tf.transpose(k, [0, 1, 3, 2]), [2, 3, 10, 8], 2, data_format='NCHW'",
            "x, tf.transpose(k, [0, 1, 3, 2]), [2, 10, 8, 3], [1, 2, 2]",
            "x, tf.transpose(k, [0, 1, 3, 2]), [2, 10, 8, 3], 0",
            "x, tf.transpose(k, [0, 1, 3, 2]), [2, 10, 8, 3], 2, 'same'",
        )
    ),
    *(
        f"tf.nn.atrous_conv2d_transpose(x, tf.transpose(k, [0, 1, 3, 2]), {rest})"
        for rest in (
            "[2, 5, 4, 3], 2, 'SAME'", "tf.constant([2, 11, 7, 3]), 3, 'VALID'",
            "(2, 7, 5, 3), 1, 'VALID'", "[2, 6, 4, 3], 2, 'SAME'", "[2, 5, 4, 3], 0, 'SAME'",
            "[2, 5, 4, 3], 2, 'same'", "[2, 5, 4], 2, 'SAME'", "[2, 5, 4, 2], 2, 'SAME'",
        )
    ),
    *(
        f"tf.nn.conv1d_transpose({call})"
        for call in (
            "s, tf.transpose(k1, [0, 2, 1]), [2, 14, 3], 2",
            "s, tf.transpose(k1, [0, 2, 1]), tf.constant([2, 16, 3]), (2,), 'VALID'",
            "s, tf.transpose(k1, [0, 2, 1]), [2, 11, 3], 1, 'VALID', dilations=2",
            "r, tf.transpose(k1, [0, 2, 1]), [2, 3, 14], 2, data_format='NCW'",
            "s, tf.transpose(k1, [0, 2, 1]), [2, 14, 3], 2, data_format='NHWC'",
            "s, tf.transpose(k1, [0, 2, 1]), [2, 14, 3], [1, 2]",
        )
    ),
    *(
        f"tf.nn.depthwise_conv2d({call})"
        for call in (
            "x, k, [1, 1, 1, 1], 'VALID'", "x, k, (1, 2, 2, 1), 'SAME'",
            "x, k, [1, 1, 2, 1], 'SAME'", "x, k[..., :1], [1, 1, 1, 1], 'SAME'",
            "x, k, [1, 1, 1, 1], 'VALID', dilations=[2, 2]",
            "x, k, [1, 1, 1, 1], 'SAME', dilations=(1, 2)",
            "x, k, [1, 1, 1, 1], [[0, 0], [1, 2], [0, 1], [0, 0]]",
            "c, k, [1, 1, 2, 2], 'SAME', data_format='NCHW'",
            "x, k, 1, 'VALID'", "x, k, [1, 1], 'VALID'", "x, k, [2, 1, 1, 1], 'VALID'",
            "x, k, [1, 0, 0, 1], 'VALID'", "x, k, [1, 1, 1, 1], 'valid'",
            "x, k, [1, 1, 1, 1], 'SAME', dilations=2",
            "x, k, [1, 1, 1, 1], 'SAME', dilations=[0, 1]",
            "x, k, [1, 1, 1, 1], 'SAME', data_format='NWC'", "x, k[0], [1, 1, 1, 1], 'SAME'",
            "x, k[:, :, :1], [1, 1, 1, 1], 'SAME'", "x, k[..., :0], [1, 1, 1, 1], 'SAME'",
        )
    ),
    *(
        f"tf.nn.separable_conv2d({call})"
        for call in (
            "x, k, p, [1, 1, 1, 1], 'VALID'", "x, k, p, [1, 2, 2, 1], 'SAME'",
            "x, k, p, [1, 1, 1, 1], 'SAME', dilations=[2, 2]",
            "c, k, p, [1, 1, 1, 1], 'SAME', data_format='NCHW'",
            "x, k, p[:, :, :4], [1, 1, 1, 1], 'VALID'", "x, k, p[0], [1, 1, 1, 1], 'VALID'",
            "x, k, tf.concat([p, p], 0), [1, 1, 1, 1], 'VALID'", "x, k, p, 1, 'VALID'",
        )
    ),
    *(
        f"tf.nn.{kind}_pool({name}, {size}, {strides}, {padding!r})"
        for kind in ("max", "avg")
        for name, size, strides, padding in (
            ("x", 2, 2, "VALID"),
            ("t", 2, 1, "SAME"),
            ("t", [3, 2], [2, 1], "VALID"),
            ("x", [1, 2, 3, 1], [1, 1, 2, 1], "SAME"),
            ("s", 3, 2, "SAME"),
        )
    ),
    "tf.nn.max_pool1d(s, 2, 2, 'VALID')",
    "tf.nn.avg_pool1d(s, 2, 1, 'SAME')",
    "tf.nn.max_pool2d(t, 3, 3, 'SAME')",
    "tf.nn.avg_pool2d(t, 3, 3, 'SAME')",
    "tf.nn.max_pool2d(i, 2, 1, 'VALID')",
    "tf.nn.avg_pool2d(i, 2, 1, 'VALID')",
    "tf.nn.max_pool2d(x, 2, 2, 'valid')",
    "tf.nn.avg_pool2d(x, 2, 2, [[0, 0], [1, 0], [0, 1], [0, 0]])",
    "tf.nn.max_pool(x, [2, 1, 1, 1], 1, 'VALID')",
    "tf.nn.max_pool(x[0, 0], 2, 1, 'VALID')",
    "tf.nn.max_pool2d(x, 2, 0, 'VALID')",
    "tf.nn.max_pool2d(x, [1, 2, 3], 1, 'VALID')",
    "tf.nn.avg_pool(x, 2, [1, 2, 3], 'VALID')",
    "tf.nn.pool(x, [2, 3], 'MAX', strides=[2, 1], padding='SAME')",
    "tf.nn.pool(t, [2, 2], 'AVG', dilations=[2, 1])",
    "tf.nn.pool(s, [2], 'MAX')",
    "tf.nn.pool(x, [2, 2], 'MIN')",
    "tf.nn.pool(x, [2], 'MAX')",
    *(
        f"tf.image.resize({call})"
        for call in (
            "x, (10, 8), method='nearest'", "x, (3, 5), 'nearest'", "x, (10, 8)", "x, [3, 6]",
            "x[0], (7, 4), 'bilinear'", "i, (8, 3)", "i, (8, 3), 'nearest'", "x, (5, 4)",
            "x, (8, 6), 'bicubic'", "x, (8, 6), 'area'", "x, (8, 6), 'lanczos3'",
            "x, (3, 9), 'lanczos5'", "x, (8, 6), 'gaussian'", "x, (5, 4), 'mitchellcubic'",
            "x, (3, 2), 'bilinear', antialias=True", "x, (3, 2), 'bicubic', antialias=True",
            "x, (20, 8), preserve_aspect_ratio=True", "x, (0, 2)", "x, 3", "x, (3, 4, 5)",
            "x, (3, 4), 'cubic'", "s[0], (3, 4)",
        )
    ),
)  # fmt: skip

MODELS: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("Conv2D(3, 3, strides=2, padding='same', activation='relu', kernel_regularizer='l2'), "
     "MaxPool2D(), Flatten(), Dense(2)", (9, 8, 2)),
    ("Conv2D(4, (3, 2), groups=2, activation='tanh'), AveragePooling2D(2, padding='same'), "
     "GlobalAveragePooling2D()", (7, 6, 4)),
    ("Conv1D(4, 3, padding='causal', dilation_rate=2, activation='relu'), MaxPooling1D(2), "
     "Conv1D(3, 2, strides=2), GlobalMaxPooling1D()", (12, 2)),
    ("ZeroPadding2D(((1, 0), (0, 2))), Conv2D(2, 2, dilation_rate=2), UpSampling2D(2), "
     "Cropping2D(((1, 1), (2, 0))), GlobalMaxPooling2D(keepdims=True)", (5, 5, 1)),
    ("UpSampling2D((2, 3), interpolation='bilinear'), Conv2D(2, 3, bias_initializer='ones'), "
     "AvgPool2D((2, 3), strides=1)", (3, 4, 2)),
    ("ZeroPadding1D((1, 2)), Conv1D(2, 2, use_bias=False), UpSampling1D(2), Cropping1D((1, 0)), "
     "AveragePooling1D(3, strides=2, padding='same'), GlobalAveragePooling1D()", (6, 3)),
    ("Conv2D(3, 3, data_format='channels_first', padding='same', activation='relu'), "
     "Flatten(data_format='channels_first'), Dense(1)", (2, 5, 4)),
    ("MaxPooling1D(2, data_format='channels_first'), Conv1D(3, 2, data_format='channels_first'), "
     "GlobalAveragePooling1D(data_format='channels_first')", (2, 8)),
    ("Dense(8, activation='relu'), Reshape((2, 2, 2)), "
     "Conv2DTranspose(3, 3, strides=2, padding='same', activation='relu'), "
     "Conv2DTranspose(1, (2, 3), strides=(1, 2), output_padding=(0, 1), activation='tanh')", (3,)),
    ("Conv2DTranspose(2, 3, dilation_rate=2, kernel_regularizer='l2'), "
     "Conv2DTranspose(2, 2, strides=2, data_format='channels_first', use_bias=False)", (4, 3, 2)),
    ("Conv1DTranspose(3, 3, strides=2, padding='same', activation='relu'), "
     "Conv1DTranspose(2, 2, strides=3, output_padding=2, data_format='channels_first')", (5, 2)),
    ("DepthwiseConv2D(3, padding='same', activation='relu', depthwise_regularizer='l2'), "
     "DepthwiseConv2D((2, 3), strides=2, depth_multiplier=2), Conv2D(3, 1), "
     "GlobalAveragePooling2D()", (7, 6, 3)),
    ("DepthwiseConv2D(2, dilation_rate=2, data_format='channels_first', "
     "depthwise_constraint='unit_norm'), Flatten()", (3, 5, 4)),
    ("DepthwiseConv1D(3, strides=2, depth_multiplier=2, padding='same'), DepthwiseConv1D(2, "
     "dilation_rate=2)", (9, 2)),
    ("SeparableConv2D(4, 3, padding='same', activation='relu', pointwise_regularizer='l2'), "
     "SeparableConv2D(2, (2, 3), strides=2, depth_multiplier=2, use_bias=False)", (7, 6, 3)),
    ("SeparableConv1D(4, 3, padding='causal', dilation_rate=2, activation='relu'), "
     "SeparableConv1D(3, 2, strides=2, data_format='channels_first')", (8, 2)),
)  # fmt: skip
"""The layers of a model, and the shape of an input."""


def names_in(call: str) -> list[str]:
    """The tensors that a call names."""
    compiled = compile(call, "", "eval").co_names
    return [name for name in INPUTS if name in compiled]


def _written(value: Any) -> Any:
    array = np.asarray(value)
    numbers = [float(f"{one:.7g}") for one in array.astype("float64").ravel().tolist()]
    return {"dtype": array.dtype.name, "shape": list(array.shape), "values": numbers}


def observed(tf: Any, call: str) -> dict[str, Any]:
    """The result of a call, its gradients and second gradients; or the type of its error."""
    names = names_in(call)
    tensors = [tf.constant(INPUTS[name]) for name in names]
    scope = {"tf": tf, **dict(zip(names, tensors, strict=True))}
    floating = [one for one in tensors if one.dtype.is_floating]
    try:
        with tf.GradientTape() as outer:
            outer.watch(floating)
            with tf.GradientTape() as tape:
                tape.watch(floating)
                made = eval(call, scope)
                loss = tf.reduce_sum(made * made * tf.cast(drawn(*made.shape, seed=5), made.dtype))
            first = tape.gradient(loss, floating)
            kept = [one for one in first if one is not None]
            parts = [tf.reduce_sum(one * one * drawn(*one.shape, seed=6)) for one in kept]
            total = tf.add_n(parts) if parts else None
    except Exception as error:
        return {"error": type(error).__name__}
    found = {"result": _written(made), "gradients": [_written(one) for one in kept]}
    try:
        second = [] if total is None else outer.gradient(total, floating)
        return found | {"second": [_written(one) for one in second]}
    except LookupError:
        return found | {"second": "LookupError"}
    except AttributeError:  # a fault of TensorFlow
        return found


def trained(keras: Any, layers: str, shape: tuple[int, ...]) -> dict[str, Any]:
    """The losses of two epochs of a model, then its weights and what it predicts."""
    keras.backend.clear_session()
    scope = {name: getattr(keras.layers, name) for name in dir(keras.layers)}
    model = keras.Sequential([keras.Input(shape), *eval(f"[{layers}]", scope)])
    rng = np.random.RandomState(5)
    model.set_weights([rng.uniform(-0.4, 0.4, one.shape) for one in model.get_weights()])
    model.compile("adam", "mse")
    x = rng.uniform(-1, 1, (6, *shape)).astype("float32")
    y = rng.uniform(-1, 1, (6, *model.output_shape[1:])).astype("float32")
    history = model.fit(x, y, epochs=2, batch_size=4, shuffle=False, verbose=0)
    return {
        "losses": [float(f"{one:.7g}") for one in history.history["loss"]],
        "predicted": _written(model.predict(x, verbose=0)),
        "weights": [_written(one) for one in model.get_weights()],
    }


def main() -> None:
    """Write what a real TensorFlow gives."""
    tf: Any = import_module("tensorflow")
    made = {
        "tensorflow": tf.__version__,
        "calls": [{"call": call} | observed(tf, call) for call in CALLS],
        "models": [trained(tf.keras, *one) for one in MODELS],
    }
    rows = ",\n".join(json.dumps(one, separators=(",", ":")) for one in made["calls"])
    models = ",\n".join(json.dumps(one, separators=(",", ":")) for one in made["models"])
    version = json.dumps(made["tensorflow"])
    RECORDED.write_text(
        f'{{"tensorflow":{version},"calls":[\n{rows}\n],\n"models":[\n{models}\n]}}\n'
    )


if __name__ == "__main__":
    main()
