"""`fit` beside a hand-written NumPy loop of the same arithmetic, and beside tf_keras."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from time import perf_counter
from typing import Any, Final

import numpy as np

from densetrace import keras
from tests.benchmarks.figures import Figure, Row
from tests.benchmarks.mlp import (
    CLASSES,
    FEATURES,
    HIDDEN,
    RATE,
    SAMPLES,
    compiled,
    data,
    weights_of,
)
from tests.benchmarks.timing import Action, interleaved, ratios, recorded

LIMITS: Final = {("SGD", 32): (1.3, 0.4), ("Adam", 32): (1.3, 0.4),
                 ("SGD", 1024): (1.15, 1.0), ("Adam", 1024): (1.15, 1.0)}  # fmt: skip
"""By optimizer and batch size: the limits of the ratios of `fit` to the loop and to tf_keras."""


def _of(optimizer: str, batch: int) -> str:
    return f"an epoch of `fit` with {optimizer}, by {batch:,} samples"


TO_LOOP: Final = {
    case: Figure(f"{_of(*case)}, to the NumPy loop", "times", at_most=most)
    for case, (most, _) in LIMITS.items()
}
TO_KERAS: Final = {
    case: Figure(f"{_of(*case)}, to tf_keras", "times", at_most=most, needs=("tf_keras",))
    for case, (_, most) in LIMITS.items()
}
RECORDED: Final = Figure("`fit` with SGD, recorded, to not recorded", "times", at_most=1.2)
EPOCHS: Final = 40
MEMORY: Final = Figure(
    f"memory of a recorded `fit` of {EPOCHS} epochs, to one of {EPOCHS // 4}", "times", at_most=1.1
)
FIGURES: Final = (*TO_LOOP.values(), *TO_KERAS.values(), RECORDED, MEMORY)


def measure(rounds: int) -> Iterator[Row]:
    """An epoch each in turn, by the clock on the wall: BLAS and TensorFlow use several threads."""
    few = max(3, rounds // 2)
    for case, figure in TO_LOOP.items():
        actions: dict[str, Action] = {"fit": epoch(keras, *case), "loop": loop(*case)}
        theirs = TO_KERAS[case]
        if not theirs.missing:
            actions["tf_keras"] = epoch(__import__("tf_keras"), *case)
        times = interleaved(actions, few, clock=perf_counter)
        note = f"the loop took {min(times['loop']) * 1e3:.0f} ms"
        yield figure.measured(ratios(times["fit"], times["loop"]), note)
        if not theirs.missing:
            yield theirs.measured(ratios(times["fit"], times["tf_keras"]))
    one = epoch(keras, "SGD", 32)
    times = interleaved({"plain": one, "recorded": recorded(one)}, few, clock=perf_counter)
    yield RECORDED.measured(ratios(times["recorded"], times["plain"]))
    few_epochs, many = peak_of(EPOCHS // 4), peak_of(EPOCHS)
    yield MEMORY.measured([many / few_epochs], f"{many:.0f} MB with Python, NumPy and densetrace")


def epoch(stack: Any, optimizer: str, batch: int) -> Action:
    """One epoch of `fit`, after two that trace and compile the step."""
    x, y = data()
    fit = partial(compiled(stack, optimizer).fit, x, y, batch_size=batch, verbose=0)
    fit(epochs=2)
    return fit


# -- the loop --------------------------------------------------------------------------------------


def loop(optimizer: str, batch: int) -> Action:
    """One epoch in NumPy: samples in random order, forward, loss, gradients, update, the mean of
    the loss. In place, with buffers that are allocated once; the arithmetic is that of Keras, whose
    SGD has a momentum even where it is 0."""
    x, y = data()
    weights = weights_of(_built(optimizer))
    sizes = {batch, SAMPLES % batch or batch}
    steps = {size: _step(weights, size) for size in sizes}
    update = {"SGD": _sgd, "Adam": _adam}[optimizer](weights)

    def run() -> float:
        total, count = 0.0, 0
        order = np.random.permutation(SAMPLES)
        for start in range(0, SAMPLES, batch):
            rows = order[start : start + batch]
            loss, gradients = steps[len(rows)](x[rows], y[rows])
            update(gradients)
            total, count = total + loss * len(rows), count + len(rows)
        return total / count

    return run


def _built(optimizer: str) -> Any:
    model = compiled(keras, optimizer)
    model.build((None, FEATURES))
    return model


def _step(weights: list[Any], batch: int) -> Callable[[Any, Any], tuple[float, list[Any]]]:
    kernel, bias, last_kernel, last_bias = weights
    gradients = [np.empty_like(weight) for weight in weights]
    hidden, back = (np.empty((batch, HIDDEN), np.float32) for _ in range(2))
    logits, outputs = (np.empty((batch, CLASSES), np.float32) for _ in range(2))
    reduced, losses = np.empty((batch, 1), np.float32), np.empty(batch, np.float32)
    positive = np.empty((batch, HIDDEN), np.bool_)

    def step(x: Any, y: Any) -> tuple[float, list[Any]]:
        np.matmul(x, kernel, out=hidden)
        np.add(hidden, bias, out=hidden)
        np.maximum(hidden, 0, out=hidden)
        np.matmul(hidden, last_kernel, out=logits)
        np.add(logits, last_bias, out=logits)
        np.max(logits, 1, keepdims=True, out=reduced)
        np.subtract(logits, reduced, out=logits)
        np.exp(logits, out=outputs)
        np.sum(outputs, 1, keepdims=True, out=reduced)
        np.divide(outputs, reduced, out=outputs)
        np.log(reduced, out=reduced)
        np.subtract(logits, reduced, out=logits)
        np.multiply(logits, y, out=logits)
        np.sum(logits, 1, out=losses)
        loss = -float(np.sum(losses)) / batch
        np.subtract(outputs, y, out=outputs)
        np.divide(outputs, np.float32(batch), out=outputs)
        np.matmul(hidden.T, outputs, out=gradients[2])
        np.sum(outputs, 0, out=gradients[3])
        np.matmul(outputs, last_kernel.T, out=back)
        np.greater(hidden, 0, out=positive)
        np.multiply(back, positive, out=back)
        np.matmul(x.T, back, out=gradients[0])
        np.sum(back, 0, out=gradients[1])
        return loss, gradients

    return step


def _sgd(weights: list[Any]) -> Callable[[list[Any]], None]:
    momentums = [np.zeros_like(weight) for weight in weights]
    rate, momentum = np.float32(RATE), np.float32(0)

    def update(gradients: list[Any]) -> None:
        for weight, gradient, m in zip(weights, gradients, momentums, strict=True):
            np.multiply(gradient, rate, out=gradient)
            np.multiply(m, momentum, out=m)
            np.subtract(m, gradient, out=m)
            np.add(weight, m, out=weight)

    return update


def _adam(weights: list[Any]) -> Callable[[list[Any]], None]:
    momentums = [np.zeros_like(weight) for weight in weights]
    velocities = [np.zeros_like(weight) for weight in weights]
    buffers = [(np.empty_like(weight), np.empty_like(weight)) for weight in weights]
    first, second, epsilon = np.float32(1 - 0.9), np.float32(1 - 0.999), np.float32(1e-7)
    count = 0

    def update(gradients: list[Any]) -> None:
        nonlocal count
        count += 1
        rate = np.float32(RATE * np.sqrt(1 - 0.999**count) / (1 - 0.9**count))
        for weight, gradient, m, v, (a, b) in zip(
            weights, gradients, momentums, velocities, buffers, strict=True
        ):
            np.subtract(gradient, m, out=a)
            np.multiply(a, first, out=a)
            np.add(m, a, out=m)
            np.multiply(gradient, gradient, out=gradient)
            np.subtract(gradient, v, out=gradient)
            np.multiply(gradient, second, out=gradient)
            np.add(v, gradient, out=v)
            np.multiply(m, rate, out=a)
            np.sqrt(v, out=b)
            np.add(b, epsilon, out=b)
            np.divide(a, b, out=a)
            np.subtract(weight, a, out=weight)

    return update


# -- memory ----------------------------------------------------------------------------------------

_TRAIN: Final = """
import sys
import densetrace
from densetrace import keras
from tests.benchmarks.memory import peak
from tests.benchmarks.mlp import compiled, data
x, y = data()
with densetrace.trace() as trace:
    compiled(keras, "SGD").fit(x, y, epochs=int(sys.argv[1]), verbose=0)
for _ in trace.walk():
    pass
print(peak())
"""


def peak_of(epochs: int) -> float:
    """The peak of a process that records a training of so many epochs, in MB."""
    command = [sys.executable, "-c", _TRAIN, str(epochs)]
    ended = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=True)
    return float(ended.stdout.split()[-1])
