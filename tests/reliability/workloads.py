"""Small traced programs for fault injection, and their complete outcomes."""

import gc
import random
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from densetrace import keras
from densetrace.keras import backend
from densetrace.keras.layers import Dense, Layer
from densetrace.recording.tracebacks import HOOK_FILE

X = np.ones((2, 3), "float32")


class Odd(Layer):
    """Its `__init__` sets attributes before it calls the base class, and takes odd arguments."""

    def __init__(self, *sizes: int, scale: Any = None, **kwargs: Any) -> None:
        self.sizes = list(sizes)
        self.table = {"scale": scale, 3: [scale]}
        super().__init__(**kwargs)
        self.inner = Dense(len(sizes), activation="tanh")

    def build(self, input_shape: Any) -> None:
        self.factor = self.add_weight("factor", shape=(), initializer="ones", regularizer="l2")
        super().build(input_shape)

    def call(self, inputs: Any, training: bool = False) -> Any:
        return self.inner(inputs) * self.factor


class OwnError(Exception):
    """A custom exception with arguments."""


class Fails(Layer):
    """Its `call` raises an exception from another one."""

    def call(self, inputs: Any) -> Any:
        try:
            return self._work(inputs)
        except KeyError as error:
            raise OwnError("of the layer", 3, inputs.shape) from error

    def _work(self, inputs: Any) -> Any:
        nothing: dict[str, Any] = {}
        return nothing["missing"]


def dense() -> Any:
    layer = Dense(4, activation="relu", kernel_regularizer="l2", bias_constraint="non_neg")
    return layer(X).numpy(), layer.get_weights(), layer.name, layer.losses, layer.get_config()


def sequential() -> Any:
    model = keras.Sequential([keras.Input((3,)), Dense(2, name="first")])
    model.add(Dense(1, kernel_initializer=keras.initializers.HeNormal(seed=1)))
    model.compile("adam", loss="mse", metrics=["mae"])
    model.build((None, 3))
    output = model(X).numpy()
    model.pop()
    return output, [w.name for w in model.weights], model.get_weights(), model.name, str(model.loss)


def failing_layer() -> Any:
    layer = Fails(name="fails")
    return layer(X)


def refused() -> Any:
    layer = Dense(2)
    layer(X)
    return layer(X[0])


def odd() -> Any:
    layer = Odd(1, 2, scale=X, name="odd")
    return layer(X, training=True).numpy(), layer.get_weights(), sorted(vars(layer))


WORKLOADS: dict[str, Callable[[], Any]] = {
    "dense": dense,
    "sequential": sequential,
    "failing layer": failing_layer,
    "refused input": refused,
    "odd layer": odd,
}


def begin() -> None:
    """Reset the state before a run."""
    backend.clear_session()
    keras.utils.set_random_seed(7)


def outcome(workload: Callable[[], Any]) -> Any:
    """Return everything observable about a run: result or exception, random state, names."""
    try:
        ended: Any = ("returned", workload())
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        ended = ("raised", described(error))
    left = (random.getstate(), np.random.get_state(), random.random(), gc.isenabled())
    return plain((ended, left, backend.unique_object_name("dense"), Dense(2)(X)))


def described(error: BaseException | None) -> Any:
    """Return the type, arguments, notes, chained exceptions and traceback lines of an exception.

    Leaves out the lines in wrappers of hooks, which differ with tracing.
    """
    if error is None:
        return None
    lines = [
        (frame.f_code.co_qualname, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename != HOOK_FILE
    ]
    links = described(error.__cause__), described(error.__context__), error.__suppress_context__
    notes = getattr(error, "__notes__", [])
    return type(error), str(error), error.args, notes, links, lines


def plain(value: Any) -> Any:
    """Replace arrays by their bytes, so that two outcomes can be compared with `==`."""
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if hasattr(value, "numpy"):
        value = value.numpy()
    if isinstance(value, np.ndarray | np.generic):
        return np.asarray(value).dtype.str, np.asarray(value).shape, np.asarray(value).tobytes()
    return value
