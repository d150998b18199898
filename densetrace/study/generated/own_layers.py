"""Layers of a person's own: subclasses with weights, losses, inner layers and configs."""

from typing import Final

from densetrace.study.generated.draw import Draw
from densetrace.study.generated.pools import (
    ACTIVATIONS,
    CONSTRAINTS,
    MATRIX_INITIALIZERS,
    REGULARIZERS,
)

COMPUTATIONS: Final = (
    "tf.matmul(x, self.w)",
    "x @ self.w",
    "tf.matmul(x, self.w) * self.scale",
    "tf.einsum('bi,io->bo', x, self.w)",
    "tf.tensordot(x, self.w, axes=1)",
    "tf.nn.relu(x @ self.w) - self.scale",
    "tf.concat([x @ self.w, x], axis=-1)",
    "tf.sqrt(tf.square(x @ self.w) + 1e-3)",
    "tf.where(x[:, :1] > 0.0, x @ self.w, self.scale * (x @ self.w))",
    "tf.reduce_sum(x[:, :, None] * self.w[None], axis=1)",
    "tf.clip_by_value(x @ self.w, -0.5, 0.5)",
    "tf.math.log1p(tf.abs(x @ self.w)) / self.scale",
    "tf.transpose(tf.matmul(self.w, x, transpose_a=True, transpose_b=True))",
    "tf.stack([x @ self.w, x @ self.w + 1.0], axis=1)[:, 0]",
    "tf.cumsum(x @ self.w, axis=1)",
    "tf.linalg.l2_normalize(x @ self.w, axis=1)",
    "tf.gather(x, [0, 1], axis=1) @ self.w[:2]",
    "tf.pad(x @ self.w, [[0, 0], [1, 0]])",
    "tf.one_hot(tf.argmax(x, axis=1), 4) @ self.w",
    "tf.split(x @ self.w, 1, axis=1)[0] ** 2.0",
)  # fmt: skip

LOSSES: Final = (
    "self.add_loss(tf.reduce_mean(tf.square(x)))",
    "self.add_loss(0.1 * tf.reduce_sum(tf.abs(self.w)))",
    "self.add_loss(lambda: tf.reduce_sum(self.scale))",
)


def own_layer(draw: Draw, name: str = "Own", *, adds_losses: bool = True) -> list[str]:
    """Write the class of a layer for inputs of 4 features."""
    draw.cover("layer", "Layer (own)")
    weight = draw.keywords({
        "initializer": MATRIX_INITIALIZERS,
        "regularizer": REGULARIZERS,
        "constraint": CONSTRAINTS,
        "trainable": ("True", "True", "False"),
        "name": ("'w'", "'kernel'"),
        "dtype": ("None", "'float32'"),
    })  # fmt: skip
    shape = "(input_shape[-1], self.units)"
    first = draw.one((f"shape={shape}", f"name='w', shape={shape}"))
    if first.startswith("name"):
        weight = [one for one in weight if not one.startswith("name=")]
    added = ", ".join([first, *weight])
    lines = [
        f"class {name}(layers.Layer):",
        "    def __init__(self, units=3, activation=None, **kwargs):",
        "        super().__init__(**kwargs)",
        "        self.units = units",
        "        self.activation = keras.activations.get(activation)",
    ]
    has_inner = draw.chance(0.4)
    if has_inner:
        lines.append(
            f"        self.inner = layers.Dense(units, activation={draw.one(ACTIVATIONS)})"
        )
    if draw.chance(0.2):
        lines.append("        self.steps = [layers.Dense(2), layers.Dense(2)]")
    lines += [
        "",
        "    def build(self, input_shape):",
        f"        self.w = self.add_weight({added})",
        "        self.scale = self.add_weight(name='scale', shape=(), initializer='ones')",
    ]
    if draw.chance(0.6):
        lines.append("        super().build(input_shape)")
    elif draw.chance(0.5):
        lines.append("        self.built = True")
    takes = draw.one(("inputs", "inputs, training=None", "inputs, mask=None"))
    lines += ["", f"    def call(self, {takes}):", "        x = inputs"]
    if "training" in takes and draw.chance(0.5):
        lines += ["        if training:", "            x = x * 0.5"]
    if adds_losses and draw.chance(0.4):
        lines.append(f"        {draw.one(LOSSES)}")
    lines.append(f"        y = self.activation({draw.one(COMPUTATIONS)})")
    if has_inner:
        lines.append("        y = y + self.inner(x)")
    if draw.chance(0.15):
        lines.append("        self.add_metric(tf.reduce_mean(y), name='mean_output')")
    lines.append("        return y")
    if draw.chance(0.6):
        lines += [
            "",
            "    def get_config(self):",
            "        config = super().get_config()",
            "        config.update(units=self.units)",
            "        return config",
        ]
    if draw.chance(0.15):
        lines += [
            "",
            "    def compute_output_shape(self, input_shape):",
            "        return tf.TensorShape((input_shape[0], self.units))",
        ]
    return lines


def script(draw: Draw) -> str:
    """Write a script with a layer of its own, alone or in a model."""
    seed = draw.size(0, 99)
    arguments = draw.keywords({
        "activation": ACTIVATIONS,
        "name": ("'mine'",),
        "trainable": ("True", "False"),
        "dtype": ("'float32'", "'float64'"),
        "dynamic": ("False",),
    })  # fmt: skip
    units = draw.one(("", "3", "units=2"))
    made = f"Own({', '.join(filter(None, [units, *arguments]))})"
    lines = [*own_layer(draw), "", ""]
    subject, how = "layer", draw.weighted({"alone": 5, "sequential": 3, "functional": 2})
    lines.append(f"x = tf.constant(numbers(3, 4, seed={seed}))")
    if how == "alone":
        lines.append(f"layer = {made}")
    elif how == "sequential":
        subject = "model"
        lines.append(f"model = keras.Sequential([{made}, layers.Dense(2)])")
    else:
        subject = "model"
        lines += [
            "i = keras.Input((4,))",
            f"model = keras.Model(i, layers.Dense(2)({made}(i)))",
        ]
    lines.append(f"{subject}(x)")
    has_config = how == "alone" and draw.chance(0.6)
    lines.append(f"described({subject}{'' if has_config else ', config=False'})")
    if how == "alone" and draw.chance(0.3):
        lines += ["layer = Own.from_config(layer.get_config())", "layer(x)"]
    lines.append(f"called({subject}, x, seed={seed})")
    if draw.chance(0.3):
        lines.append(f"found['training'] = {subject}(x, training=True)")
    if draw.chance(0.2):
        lines += [
            "@tf.function",
            "def computed(x):",
            f"    return {subject}(x)",
            "",
            "found['in a graph'] = computed(x)",
        ]
    return "\n".join(lines)
