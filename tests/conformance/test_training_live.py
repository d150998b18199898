"""A training takes the same steps on our stack and on a real Keras, and ends with the same weights:
with several optimizers, losses and metrics, in graph mode and eagerly."""

from typing import Any

import numpy as np
import pytest

import densetrace
from densetrace import api
from densetrace.data.trace import Trace
from densetrace.engines import Engine, load
from densetrace.study.verify import compare
from tests.real_keras import load_real_keras

pytestmark = [
    pytest.mark.keras,
    # Ignore the warnings of Keras, but not densetrace's warning that recording stopped.
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.filterwarnings("error:densetrace"),
]

EXPRESSIONS = (
    "Dense(2)",
    "Dense(2, activation='relu', kernel_regularizer='l2', kernel_constraint='max_norm')",
    "Dense(3, activity_regularizer='l1', use_bias=False)",
    "Sequential([Dense(3, activation='tanh'), Dense(2)])",
)

X = np.random.default_rng(0).normal(0, 1, (14, 4)).astype("float32")
CLASSES = np.random.default_rng(1).integers(0, 3, 14)
TARGETS: dict[str, Any] = {
    "sparse_categorical_crossentropy": CLASSES,
    "categorical_crossentropy": np.eye(3, dtype="float32")[CLASSES],
    "mse": np.random.default_rng(2).normal(0, 1, (14, 3)).astype("float32"),
    "huber": np.random.default_rng(3).normal(0, 1, (14, 3)).astype("float32"),
}

TRAININGS: tuple[dict[str, Any], ...] = (
    {"optimizer": "sgd", "loss": "mse", "metrics": ["mae"]},
    {"optimizer": "adam", "loss": "categorical_crossentropy", "metrics": ["accuracy"]},
    {"optimizer": "rmsprop", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]},
    {"optimizer": "adagrad", "loss": "huber"},
    {"optimizer": "legacy.Adam", "loss": "mse"},
    {"optimizer": "legacy.SGD", "loss": "huber", "metrics": ["mse"]},
)


@pytest.fixture(scope="module")
def keras() -> Engine:
    """The real Keras that is installed."""
    return load_real_keras()


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_one_step_of_training_is_verified(keras: Engine, expression: str) -> None:
    compared = api.verify(expression, engine=keras.name, fit=True)
    assert [step.either.point for step in compared.differing] == []
    assert compared.agrees


def trained(engine: Engine, weights: list[Any] | None, **compiled: Any) -> tuple[Trace, list[Any]]:
    """The trace of a training from given weights, and the weights after it."""
    keras = engine.keras
    engine.clear_session()
    engine.set_seed(1)
    model = keras.Sequential(
        [
            keras.layers.Dense(5, activation="relu", input_shape=(4,)),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    if weights is not None:
        model.set_weights(weights)
    before = model.get_weights()
    module, _, name = compiled["optimizer"].rpartition(".")
    if module:
        compiled["optimizer"] = getattr(getattr(keras.optimizers, module), name)()
    model.compile(**compiled)
    with densetrace.trace(engine=engine.name, batches="all") as trace:
        model.fit(
            X, TARGETS[compiled["loss"]], epochs=2, batch_size=5, shuffle=False, verbose=0,
            validation_split=0.25,
        )  # fmt: skip
    return trace, [before, model.get_weights()]


@pytest.mark.parametrize("eager", [False, True], ids=["graph", "eager"])
@pytest.mark.parametrize("compiled", TRAININGS, ids=lambda compiled: compiled["optimizer"])
def test_a_training_takes_the_same_steps(
    keras: Engine, compiled: dict[str, Any], eager: bool
) -> None:
    ours, (before, after) = trained(load("densetrace"), None, **compiled, run_eagerly=eager)
    theirs, (_, expected) = trained(keras, before, **compiled, run_eagerly=eager)
    compared = compare(ours, theirs)
    assert [(one.either.point, one.differences) for one in compared.differing] == []
    assert len(compared.steps) > 150
    for mine, other in zip(after, expected, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-5, atol=1e-5)
