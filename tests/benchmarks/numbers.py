"""What Dense and `predict` take beside NumPy's own product of the same matrices."""

from collections.abc import Iterator
from functools import partial
from time import perf_counter
from typing import Any, Final

import numpy as np

from densetrace import keras
from densetrace.keras import Sequential
from densetrace.keras.layers import Dense
from tests.benchmarks.figures import Figure, Row
from tests.benchmarks.mlp import CLASSES, HIDDEN, compiled, data, weights_of
from tests.benchmarks.timing import Action, interleaved, ratios, recorded

SIZE: Final = 1024
"""Samples, features and units: f32[1024,1024] by f32[1024,1024]."""

BATCH: Final = 32
"""The default batch size of `predict`."""

ACTIVATIONS: Final = ("linear", "relu", "tanh", "sigmoid", "softmax")

BESIDE: Final = "to `np.matmul(out=)`"
RECORDED: Final = "recorded Dense with bias and relu"
FORWARD: Final = {
    **{name: f"Dense with bias and {name}" for name in ACTIVATIONS},
    RECORDED: RECORDED,
}
PREDICT: Final = {
    "predict": "`predict` with relu, by 32 samples",
    "predict recorded": "the same, recorded",
    "predict whole": "`predict` with `batch_size=1024`",
}
FLOOR: Final = Figure(f"`np.matmul(out=)` by {BATCH} samples, {BESIDE} of all", "times")
IN_PLACE, BATCHED = ("linear", "relu", RECORDED), ("predict", "predict recorded")
LIMITED: Final = dict.fromkeys(IN_PLACE, 1.1) | dict.fromkeys(BATCHED, 1.3)
BY_NAME: Final = {
    name: Figure(f"{what}, {BESIDE}", "times", at_most=LIMITED.get(name))
    for name, what in (FORWARD | PREDICT).items()
}
OF_MLP: Final = Figure(
    f"`predict` of the MLP below, to NumPy's products by {BATCH} samples", "times", at_most=1.15
)
FIGURES: Final = (*BY_NAME.values(), FLOOR, OF_MLP)


def measure(rounds: int) -> Iterator[Row]:
    """All in turn with the product, by the clock on the wall: BLAS uses several threads."""
    x = np.random.default_rng(0).standard_normal((SIZE, SIZE)).astype(np.float32)
    layers = {name: Dense(SIZE, activation=name) for name in ACTIVATIONS}
    for layer in layers.values():
        layer(x)
    kernel = layers["relu"].kernel.numpy()
    out = np.empty_like(x)
    model = Sequential([layers["relu"]])
    predict = partial(model.predict, x, verbose=0)
    actions: dict[str, Action] = {
        "whole": partial(np.matmul, x, kernel, out=out),
        "slices": partial(_by_slices, x, kernel, out),
        **{name: partial(layer, x) for name, layer in layers.items()},
        RECORDED: recorded(partial(layers["relu"], x)),
        "predict": predict,
        "predict recorded": recorded(predict),
        "predict whole": partial(model.predict, x, batch_size=SIZE, verbose=0),
    }
    times = interleaved(actions, rounds, clock=perf_counter)
    product = f"`np.matmul(out=)` took {min(times['whole']) * 1e3:.1f} ms"
    for name, figure in BY_NAME.items():
        yield figure.measured(ratios(times[name], times["whole"]))
    yield FLOOR.measured(ratios(times["slices"], times["whole"]), product)
    x, _ = data()
    mlp = compiled(keras, "SGD")
    predict = partial(mlp.predict, x, verbose=0)
    predict()
    actions = {"predict": predict, "slices": partial(_products, x, *weights_of(mlp))}
    times = interleaved(actions, rounds, clock=perf_counter)
    yield OF_MLP.measured(ratios(times["predict"], times["slices"]))


def _by_slices(x: Any, kernel: Any, out: Any) -> None:
    """What BLAS alone takes for batches as small as those of `predict`."""
    for start in range(0, SIZE, BATCH):
        rows = slice(start, start + BATCH)
        np.matmul(x[rows], kernel, out=out[rows])


def _products(x: Any, kernel: Any, bias: Any, last_kernel: Any, last_bias: Any) -> Any:
    """The outputs of the model, by slices, with what NumPy needs for them and nothing else."""
    out = np.empty((len(x), CLASSES), np.float32)
    hidden = np.empty((BATCH, HIDDEN), np.float32)
    for start in range(0, len(x), BATCH):
        rows = slice(start, start + BATCH)
        np.matmul(x[rows], kernel, out=hidden)
        np.add(hidden, bias, out=hidden)
        np.maximum(hidden, 0, out=hidden)
        np.matmul(hidden, last_kernel, out=out[rows])
        np.add(out[rows], last_bias, out=out[rows])
        _softmax(out[rows], np.empty((BATCH, 1), np.float32))
    return out


def _softmax(logits: Any, reduced: Any) -> None:
    np.max(logits, 1, keepdims=True, out=reduced)
    np.subtract(logits, reduced, out=logits)
    np.exp(logits, out=logits)
    np.sum(logits, 1, keepdims=True, out=reduced)
    np.divide(logits, reduced, out=logits)
