"""The first lines of each generated script: its imports and its helper functions."""

from typing import Final

IMPORTS: Final = """\
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
"""
"""For a script in a file. A comparison provides these names itself, from one stack or the other."""

HELPERS: Final = '''\
found = {}
SHIFT = 0.0  # relative: how far weights and inputs are moved, to see how much that changes


def numbers(*shape, seed=0, low=-1.0, high=1.0, dtype="float32"):
    """Numbers between two bounds, no two alike."""
    count = int(np.prod(shape))
    random = np.random.RandomState(seed)
    spread = (random.permutation(count) + 0.5) / max(count, 1)
    given = low + (high - low) * spread
    if dtype.startswith("float"):
        given = given * (1 + SHIFT * random.choice([-1, 1], count))
    return given.reshape(shape).astype(dtype)


def integers(*shape, below, seed=0):
    """Whole numbers from 0 up to a bound."""
    return np.random.RandomState(seed).randint(0, below, shape)


def set_weights(of, seed=0):
    """Give a layer or model weights that do not depend on the stack."""
    random, new = np.random.RandomState(seed), []
    for weight, old in zip(of.weights, of.get_weights()):
        low = 0.1 if "variance" in weight.name else -0.9
        given = random.uniform(low, 0.9, old.shape) * (1 + SHIFT * random.choice([-1, 1]))
        new.append(given.astype(old.dtype) if old.dtype.kind == "f" else old)
    of.set_weights(new)


def described(of, config=True):
    """Record the config of a layer or model, its weights, and the layers of a model."""
    if config:
        found["config"] = of.get_config()
    found["weights"] = [
        (weight.name, tuple(weight.shape), weight.dtype, weight.trainable) for weight in of.weights
    ]
    found["trainable"] = [weight.name for weight in of.trainable_weights]
    found["metrics"] = [one.name for one in of.metrics]
    found["parameters"] = of.count_params()
    if isinstance(of, keras.Model):
        found["layers"] = [(one.name, one.count_params()) for one in of.layers]


def called(of, inputs, seed=0):
    """Record what a layer or model computes from given weights, and its gradients."""
    set_weights(of, seed)
    watched = [one for one in tf.nest.flatten(inputs) if one.dtype.is_floating]
    with tf.GradientTape() as tape:
        for one in watched:
            tape.watch(one)
        output = of(inputs, training=False)
        outputs = [one for one in tf.nest.flatten(output) if one.dtype.is_floating]
        loss = sum(
            tf.reduce_sum(one * np.linspace(0.1, 1, int(np.prod(one.shape))).reshape(one.shape)
                          .astype(one.dtype.as_numpy_dtype))
            for one in outputs
        )
    found["output"] = output
    found["losses"] = list(of.losses)
    found["gradients"] = [
        None if one is None else tf.convert_to_tensor(one)
        for one in tape.gradient(loss, [*watched, *of.trainable_weights])
    ]
'''

SHOW: Final = """\
for name, value in found.items():
    print(f"{name}: {value}")
"""
