"""Functional models: branches, merges, shared layers, operations on symbolic tensors, several
inputs and outputs."""

from typing import Final

from densetrace.study.generated.draw import Draw
from densetrace.study.generated.layers import layer
from densetrace.study.generated.models import INPUTS, RECURRENT, TO_VECTOR, VECTOR, simple

MERGES: Final = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")
FUNCTIONS: Final = (
    "{a} * 2.0 + 1.0", "{a} + {b}", "{a} - 0.5", "tf.nn.relu({a})", "tf.square({a})",
    "tf.concat([{a}, {b}], axis=-1)", "tf.reduce_mean({a}, axis=-1, keepdims=True)", "-{a}",
    "{a} / 2.0", "tf.sigmoid({a}) * {b}", "{a}[:, :2]", "tf.expand_dims({a}, 1)[:, 0]",
    "tf.matmul({a}, {b}, transpose_b=True)", "tf.abs({a} - {b})", "tf.maximum({a}, 0.1)",
    "tf.math.exp({a})", "tf.cast({a}, 'float32')", "tf.reshape({a}, (-1, 3))",
    "tf.stop_gradient({a})",
)  # fmt: skip
WIDTH: Final = 3
"""The features of each tensor between layers, so that merges fit."""


class _Writer:
    """Writes the statements of one model."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.lines: list[str] = []
        self.tensors: list[str] = []
        self.inputs: list[str] = []
        self.shapes: list[tuple[int, ...]] = []

    def name(self, text: str) -> str:
        """Assign an expression to a new name."""
        name = f"t{len(self.tensors)}"
        self.lines.append(f"{name} = {text}")
        self.tensors.append(name)
        return name

    def input(self) -> None:
        draw = self.draw
        rank = draw.weighted({2: 6, 3: 3, 4: 1})
        shape = INPUTS[rank]
        name = f"i{len(self.inputs)}"
        named = draw.one(("", f", name='in_{len(self.inputs)}'"))
        self.lines.append(f"{name} = keras.Input({shape!r}{named})")
        self.inputs.append(name)
        self.shapes.append(shape)
        inside = name
        if rank == 3 and draw.chance(0.6):
            kind = draw.one(RECURRENT)
            draw.cover("layer", kind)
            inside = self.name(f"layers.{kind}({WIDTH})({name})")
        elif rank > 2:
            inside = self.name(f"{simple(draw, draw.one(TO_VECTOR[rank]))}({name})")
        draw.cover("layer", "Dense")
        activation = draw.one(("None", "'relu'", "'tanh'"))
        self.name(f"layers.Dense({WIDTH}, activation={activation})({inside})")

    def step(self) -> None:
        """Add a layer, a merge, a shared layer or an operation."""
        draw = self.draw
        a, b = draw.one(self.tensors), draw.one(self.tensors)
        what = draw.weighted({"layer": 4, "merge": 3, "shared": 1, "operation": 2, "model": 1})
        if what == "layer":
            self.name(f"{layer(draw, draw.one([one for one in VECTOR if one != 'Dense']))}({a})")
        elif what == "merge":
            kind = draw.one(MERGES)
            draw.cover("layer", kind)
            merged = self.name(f"layers.{kind}()([{a}, {b}])")
            if kind == "Concatenate":
                self.name(f"layers.Dense({WIDTH})({merged})")
        elif what == "shared":
            name = f"shared{len(self.tensors)}"
            self.lines.append(f"{name} = layers.Dense({WIDTH}, kernel_regularizer='l2')")
            self.name(f"{name}({a})")
            self.name(f"{name}({b})")
        elif what == "model":
            name = f"inner{len(self.tensors)}"
            self.lines.append(f"{name} = keras.Sequential([layers.Dense({WIDTH})])")
            self.name(f"{name}({a})")
        else:
            result = self.name(draw.one(FUNCTIONS).format(a=a, b=b))
            self.name(f"layers.Dense({WIDTH})({result})")


def script(draw: Draw) -> str:
    """Write a script that creates a functional model, calls it, and records what it computes."""
    draw.cover("layer", "Model")
    writer = _Writer(draw)
    for _ in range(draw.weighted({1: 6, 2: 3, 3: 1})):
        writer.input()
    for _ in range(draw.size(1, 5)):
        writer.step()
    outputs = [writer.tensors[-1]]
    if draw.chance(0.3):
        outputs.append(draw.one(writer.tensors))
    ins, outs = _group(draw, writer.inputs), _group(draw, outputs)
    seed = draw.size(0, 99)
    batch = draw.size(1, 3)
    given = [
        f"tf.constant(numbers({', '.join(map(str, (batch, *shape)))}, seed={seed + index}))"
        for index, shape in enumerate(writer.shapes)
    ]
    x = given[0] if len(given) == 1 else f"[{', '.join(given)}]"
    name = draw.one(("", ", name='mine'"))
    lines = [
        *writer.lines,
        f"model = keras.Model({ins}, {outs}{name})",
        f"x = {x}",
        "model(x)",
        "described(model)",
        "found['shape'] = model.output_shape",
        "found['shapes'] = [tuple(one.output.shape) for one in model.layers]",
    ]
    if draw.chance(0.3):
        lines.append("model = keras.Model.from_config(model.get_config())")
    lines.append(f"called(model, x, seed={seed})")
    if draw.chance(0.2):
        lines.append("found['predicted'] = model.predict(x, verbose=0)")
    if draw.chance(0.2):
        lines += [
            f"part = keras.Model(model.inputs, model.layers[{draw.one(('-1', '1', '-2'))}].output)",
            f"set_weights(part, seed={seed})",
            "found['part'] = part(x)",
        ]
    return "\n".join(lines)


def _group(draw: Draw, names: list[str]) -> str:
    return names[0] if len(names) == 1 and draw.chance(0.8) else f"[{', '.join(names)}]"
