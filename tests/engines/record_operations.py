"""Record tests/data/real-operations.json from the installed tf_keras.

The file has one step for each operation that some layers of a real Keras run, without the steps
inside it. Run `python -m tests.engines.record_operations` where tf_keras is installed.
"""

import importlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import densetrace
from densetrace.data.steps import Step
from densetrace.data.trace import Trace

FILE = Path(__file__).parents[1] / "data" / "real-operations.json"


def layers(keras: Any, tf: Any) -> Iterator[tuple[Any, Any, bool]]:
    """Layers, an input for each, and whether it is called in training."""
    image, rows, series = tf.ones((2, 8, 8, 4)), tf.ones((2, 4)), tf.ones((2, 5, 3))
    for one in (
        keras.layers.Conv2D(4, 3),
        keras.layers.Conv2DTranspose(4, 3),
        keras.layers.SeparableConv2D(4, 3),
        keras.layers.MaxPooling2D(),
        keras.layers.AveragePooling2D(),
        keras.layers.BatchNormalization(),
        keras.layers.GroupNormalization(2),
    ):
        yield one, image, False
    yield keras.layers.Embedding(10, 4), tf.ones((2, 3), "int32"), False
    yield keras.layers.BatchNormalization(), rows, True
    yield keras.layers.Dropout(0.5), rows, True
    yield keras.layers.Dropout(0.5, rng_type="stateless", seed=1), rows, True
    yield keras.layers.LayerNormalization(), rows, False
    yield keras.layers.Dense(2, activation="softmax"), series, False
    yield keras.layers.LSTM(4), series, False
    yield keras.layers.LSTM(4), keras.Input((5, 3)), False

    class Mine(keras.layers.Layer):  # type: ignore[misc] # loaded at run time
        def build(self, input_shape: Any) -> None:
            self.seen = self.add_weight("seen", shape=(), initializer="zeros")

        def call(self, x: Any) -> Any:
            self.seen.assign_add(1.0)
            for _ in tf.range(tf.shape(x)[0]):
                x = tf.nn.relu(x) / tf.reduce_sum(x)
            if tf.reduce_mean(x) > 0:
                x = tf.stop_gradient(x) - 1.0
            if tf.reduce_mean(x) > 1:
                x = x * self.seen
            x = tf.while_loop(lambda y: tf.reduce_sum(y) < 9, lambda y: [y + 1.0], [x])[0]
            x = tf.concat([tf.expand_dims(x, 0), tf.expand_dims(x, 0)], 0)
            return tf.squeeze(tf.matmul(x, x, transpose_b=True) @ x)

    yield Mine(), rows, False
    yield Mine(), keras.Input((4,), 2), False


def main() -> None:
    """Write the first step of each hook point, sorted by point."""
    keras = importlib.import_module("tf_keras")
    tf = importlib.import_module("tensorflow.compat.v2")
    found: dict[str, Step] = {}
    for layer, inputs, training in layers(keras, tf):
        with densetrace.trace(engine="tf_keras") as trace:
            layer(inputs, **({"training": True} if training else {}))
        for step in trace.find("op"):
            where = step.where and replace(step.where, text="")
            found.setdefault(step.point, replace(step, where=where, ns=0, children=()))
    steps = [replace(found[point], id=number) for number, point in enumerate(sorted(found))]
    recorded = Trace({"kind": "block", "text": "layers of a real Keras"}, trace.engine)
    recorded.steps = tuple(steps)
    recorded.save(FILE)


if __name__ == "__main__":
    main()
