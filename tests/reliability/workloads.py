"""What is traced in the tests of faults: small programs, and all that can be told of their ends."""

import gc
import random
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from densetrace import keras
from densetrace.keras import backend
from densetrace.keras.layers import Dense, Layer
from densetrace.recording.wrapper import HOOK_FILE

X = np.ones((2, 3), "float32")


class Odd(Layer):
    """Its `__init__` sets attributes first, takes odd arguments, and calls the base class late."""

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
    """An exception with arguments and notes of its own."""


class Fails(Layer):
    """It raises from another exception, three calls deep."""

    def call(self, inputs: Any) -> Any:
        try:
            return self._work(inputs)
        except KeyError as error:
            raise OwnError("mine", 3, inputs.shape) from error

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
    """The state that every run begins with."""
    backend.clear_session()
    keras.utils.set_random_seed(7)


def outcome(workload: Callable[[], Any]) -> Any:
    """All that can be told of a run: what came back or was raised, and what it left behind."""
    try:
        ended: Any = ("returned", workload())
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        ended = ("raised", told(error))
    left = (random.getstate(), np.random.get_state(), random.random(), gc.isenabled())
    return plain((ended, left, backend.unique_object_name("dense"), Dense(2)(X)))


def told(error: BaseException | None) -> Any:
    """An exception by type, arguments, notes, links, and the lines it came through. A hook's
    wrapper stands there traced or not; the line in it is ours."""
    if error is None:
        return None
    lines = [
        (frame.f_code.co_qualname, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename != HOOK_FILE
    ]
    links = told(error.__cause__), told(error.__context__), error.__suppress_context__
    notes = getattr(error, "__notes__", [])
    return type(error), str(error), error.args, notes, links, lines


def plain(value: Any) -> Any:
    """Arrays as bytes, so that two outcomes can be compared as a whole."""
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if hasattr(value, "numpy"):
        value = value.numpy()
    if isinstance(value, np.ndarray | np.generic):
        return np.asarray(value).dtype.str, np.asarray(value).shape, np.asarray(value).tobytes()
    return value
