"""The MLP that is trained, and its data."""

from typing import Any, Final

import numpy as np

SAMPLES: Final = 6_400
FEATURES, HIDDEN, CLASSES = 784, 128, 10
"""The layers: relu, then softmax, with categorical cross-entropy."""

RATE: Final = 0.01
"""The learning rate."""


def data() -> tuple[Any, Any]:
    """Inputs and labels: f32[6400,784] and f32[6400,10], one class each."""
    random = np.random.default_rng(0)
    x = random.standard_normal((SAMPLES, FEATURES)).astype(np.float32)
    return x, np.eye(CLASSES, dtype=np.float32)[random.integers(0, CLASSES, SAMPLES)]


def compiled(stack: Any, optimizer: str) -> Any:
    """The MLP of a stack, ready to be trained."""
    dense = stack.layers.Dense
    model = stack.Sequential([dense(HIDDEN, "relu"), dense(CLASSES, "softmax")])
    made = getattr(stack.optimizers, optimizer)(RATE)
    model.compile(optimizer=made, loss="categorical_crossentropy")
    return model


def weights_of(model: Any) -> list[Any]:
    """The kernels and biases as arrays."""
    return [weight.numpy() for weight in model.weights]
