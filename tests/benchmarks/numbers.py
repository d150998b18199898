"""What Dense and `predict` take beside NumPy's own product of the same matrices."""

from collections.abc import Iterator
from functools import partial
from time import perf_counter
from typing import Any, Final

import numpy as np

import densetrace
from densetrace.keras import Sequential
from densetrace.keras.layers import Dense
from tests.benchmarks.figures import Figure, Row
from tests.benchmarks.timing import Action, interleaved, ratios

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
FIGURES: Final = (*BY_NAME.values(), FLOOR)


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


def recorded(action: Action) -> Action:
    """The action with a trace around it."""

    def within() -> None:
        with densetrace.trace():
            action()

    return within


def _by_slices(x: Any, kernel: Any, out: Any) -> None:
    """What BLAS alone takes for batches as small as those of `predict`."""
    for start in range(0, SIZE, BATCH):
        rows = slice(start, start + BATCH)
        np.matmul(x[rows], kernel, out=out[rows])
