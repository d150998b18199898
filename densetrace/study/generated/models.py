"""Sequential models of generated layers: built by an input shape or by their first call."""

from typing import Final

from densetrace.study.generated.draw import Draw
from densetrace.study.generated.layers import layer
from densetrace.study.generated.pools import ACTIVATIONS

VECTOR: Final = (
    "Dense", "Dense", "Dense", "Activation", "BatchNormalization", "LayerNormalization",
    "UnitNormalization", "Dropout", "GaussianNoise", "GaussianDropout", "AlphaDropout", "ReLU",
    "LeakyReLU", "ELU", "PReLU", "Softmax", "ThresholdedReLU", "ActivityRegularization",
    "Rescaling",
)  # fmt: skip
"""Layers that turn (batch, features) into the same rank."""

SEQUENCE: Final = (
    "Dense", "Conv1D", "MaxPooling1D", "AveragePooling1D", "ZeroPadding1D", "UpSampling1D",
    "SimpleRNN", "LSTM", "GRU", "BatchNormalization", "LayerNormalization", "Activation", "Masking",
    "Dropout", "SpatialDropout1D", "PReLU", "Rescaling",
)  # fmt: skip
"""Layers that turn (batch, time, features) into the same rank, or fail if they return a state."""

IMAGE: Final = (
    "Conv2D", "Conv2D", "MaxPooling2D", "AveragePooling2D", "ZeroPadding2D", "UpSampling2D",
    "BatchNormalization", "Activation", "ReLU", "Dropout", "SpatialDropout2D", "Rescaling",
)  # fmt: skip
"""Layers that turn images into images."""

TO_VECTOR: Final = {
    3: ("Flatten", "GlobalAveragePooling1D", "GlobalMaxPooling1D"),
    4: ("Flatten", "GlobalAveragePooling2D", "GlobalMaxPooling2D"),
}

RECURRENT: Final = ("SimpleRNN", "LSTM", "GRU")

INPUTS: Final = {2: (4,), 3: (6, 3), 4: (8, 8, 2)}
"""Rank -> the shape of an input without its batch."""

INSIDE: Final = {2: VECTOR, 3: SEQUENCE, 4: IMAGE}


def stack(draw: Draw, rank: int, most: int) -> list[str]:
    """Write some layers for inputs of this rank, which end in a vector."""
    written = []
    for _ in range(draw.size(1, most)):
        name = draw.one(INSIDE[rank])
        written.append(simple(draw, name, keeps_rank=rank == 3 and name in RECURRENT))
    if rank > 2:
        ends = TO_VECTOR[rank]
        written.append(simple(draw, draw.one(ends)))
    return written


def simple(draw: Draw, name: str, *, keeps_rank: bool = False) -> str:
    """Write a layer whose output fits the next one. Most are as single layers are generated."""
    if keeps_rank:
        draw.cover("layer", name)
        activation = draw.one(("'tanh'", "'relu'"))
        return f"layers.{name}({draw.size(1, 4)}, return_sequences=True, activation={activation})"
    if name.startswith(("Global", "Conv", "MaxPool", "AveragePool")) and draw.chance(0.8):
        draw.cover("layer", name)
        if name.startswith("Conv"):
            activation = draw.one(ACTIVATIONS[:12])
            return f"layers.{name}({draw.size(1, 4)}, 2, activation={activation})"
        return f"layers.{name}()"
    return layer(draw, name)


def script(draw: Draw) -> str:
    """Write a script that creates a Sequential model, calls it, and records what it computes."""
    draw.cover("layer", "Sequential")
    rank = draw.weighted({2: 5, 3: 3, 4: 2})
    inner = stack(draw, rank, 4)
    if draw.chance(0.15):
        inner.append(f"keras.Sequential([{layer(draw, 'Dense')}, layers.Dense(2)])")
    inner += [layer(draw, "Dense")] if draw.chance(0.7) else []
    shape = INPUTS[rank]
    how = draw.weighted({"input": 4, "call": 3, "build": 2, "add": 2})
    batch = ", ".join(map(str, (draw.size(1, 3), *shape)))
    seed = draw.size(0, 99)
    name = draw.one(("", "", ", name='mine'"))
    if how == "input":
        inner.insert(0, f"keras.Input({shape!r})")
    if how == "add":
        lines = [f"model = keras.Sequential({name.removeprefix(', ')})"]
        lines += [f"model.add({one})" for one in inner]
    else:
        listed = "".join(f"    {one},\n" for one in inner)
        lines = [f"model = keras.Sequential([\n{listed}]{name})"]
    if how == "build":
        lines.append(f"model.build({(None, *shape)!r})")
    lines += [
        f"x = tf.constant(numbers({batch}, seed={seed}))",
        "model(x)",
        "described(model)",
    ]
    if draw.chance(0.3):
        lines.append("found['shape'] = model.output_shape")
    if draw.chance(0.25):
        lines += ["model = keras.Sequential.from_config(model.get_config())", "model(x)"]
    if draw.chance(0.15):
        lines += ["model.pop()", "found['popped'] = [one.name for one in model.layers]"]
    lines.append(f"called(model, x, seed={seed})")
    if draw.chance(0.25):
        lines.append("found['predicted'] = model.predict(x, verbose=0)")
    return "\n".join(lines)
