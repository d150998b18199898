"""Every hook point of a real Keras: hooked, recorded, and restored."""

import functools
import importlib
import inspect
import threading
from types import FunctionType
from typing import Any

import numpy as np
import pytest

import densetrace
from densetrace.data.operations import ON_EVERY_ENGINE
from densetrace.data.trace import Trace
from densetrace.engines import Engine
from densetrace.engines.exchange import Exchange
from densetrace.engines.keras2.points import FAMILIES, Library, hooked
from densetrace.keras import hook_points as our_hook_points
from densetrace.system.errors import RequestError

pytestmark = [
    pytest.mark.keras,
    # Ignore the warnings of Keras, but not densetrace's warning that recording stopped.
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.filterwarnings("error:densetrace"),
]

OURS_ALONE = {("activation", "keras.activations.silu")}
"""Points that only the mirrored stack has: in Keras, silu is TensorFlow's own function."""

SPANS = ("epoch", "batch")
"""Kinds of steps that callbacks bound, not calls of their own."""

X = np.linspace(-1.0, 1.0, 6, dtype="float32").reshape(2, 3)


@pytest.fixture(scope="module")
def library(keras: Engine) -> Library:
    root = f"{keras.keras.__name__}.src"
    return Library(root, importlib.import_module("tensorflow.compat.v2"))


@pytest.fixture(autouse=True)
def fresh_names(keras: Engine) -> None:
    keras.clear_session()


@functools.cache
def hook_points(library: Library) -> dict[FunctionType, tuple[str, str]]:
    """Return the hooked functions of this Keras: function -> (kind, point)."""
    with hooked(library) as exchange:
        return {item.function: (item.hook.kind, item.hook.point) for item in exchange}


def codes(library: Library) -> dict[FunctionType, object]:
    return {function: function.__code__ for function in hook_points(library)}


def kinds(trace: Trace) -> set[str]:
    return {step.kind for step in trace.walk()}


def test_each_hook_point_of_our_stack_is_hooked_in_keras(library: Library) -> None:
    there = set(hook_points(library).values())
    ours = {
        (kind, point)
        for kind, point in our_hook_points()
        if (kind != "op" or point in ON_EVERY_ENGINE) and kind not in SPANS
    }
    assert sorted(ours - there - OURS_ALONE) == []


def test_every_function_and_its_code_are_restored(library: Library) -> None:
    before = codes(library)
    # Layers that other tests define are hooked too, but cannot be found by name.
    points = {point for _, point in hook_points(library).values() if point.startswith("keras.")}
    objects = {point: library.find(point) for point in points}
    with hooked(library) as exchange:
        for function, code in before.items():
            assert function.__code__ is not code, exchange.find(function)
    assert codes(library) == before
    assert all(function.__code__ is code for function, code in before.items())
    for point, function in objects.items():
        assert library.find(point) is function
    for base in FAMILIES:
        assert "__init_subclass__" not in vars(library.find(base))


def test_every_point_is_restored_after_an_exception(library: Library) -> None:
    before = codes(library)
    with pytest.raises(KeyError), hooked(library):
        raise KeyError("of the traced code")
    assert all(function.__code__ is code for function, code in before.items())
    assert library.tensorflow.__internal__.autograph.tf_convert.__module__.startswith("tensorflow")


def test_every_signature_is_the_same_while_hooked(library: Library) -> None:
    def seen() -> dict[FunctionType, tuple[object, object]]:
        return {
            function: (inspect.signature(function), inspect.getfullargspec(function))
            for function in hook_points(library)
        }

    before = seen()
    with hooked(library):
        assert seen() == before


def test_a_keras_that_lacks_points_is_refused_and_they_are_named(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = codes(library)
    sequential = library.find("keras.engine.sequential.Sequential")
    monkeypatch.delattr(sequential, "pop")
    monkeypatch.delattr(f"{library.root}.regularizers.get")
    with pytest.raises(RequestError) as caught, hooked(library):
        pytest.fail("it was hooked")
    assert "keras.engine.sequential.Sequential.pop" in caught.value.problem
    assert "keras.regularizers.get" in caught.value.problem
    assert all(function.__code__ is code for function, code in before.items())


def test_a_function_looked_up_while_hooked_is_the_original(keras: Engine) -> None:
    relu = keras.keras.activations.relu
    with keras.hooked():
        assert keras.keras.activations.get("relu") is relu
        layer = keras.keras.layers.Dense(2, activation="relu")
    assert layer.activation is relu
    assert layer.get_config()["activation"] == "relu"


def test_a_layer_created_before_hooking_is_traced(keras: Engine) -> None:
    layer = keras.keras.layers.Dense(2, activation="relu")
    with keras.hooked(), densetrace.trace() as t:
        layer(X)
    assert {"invoke", "check", "build", "add_weight", "call", "op", "activation"} <= kinds(t)


def test_nothing_is_recorded_after_unhooking(keras: Engine) -> None:
    with keras.hooked():
        layer = keras.keras.layers.Dense(2, activation="relu")
    with densetrace.trace() as t:
        layer(X)
        keras.keras.layers.Dense(3)
    assert t.steps == ()


def test_a_hooked_dense_is_called_without_the_argument_training(keras: Engine) -> None:
    with keras.hooked(), densetrace.trace() as t:
        keras.keras.layers.Dense(2)(X)
    (call,) = t.find("call")
    assert list(call.inputs) == ["inputs"]


def test_a_custom_layer_keeps_its_config_and_is_traced(keras: Engine) -> None:
    with keras.hooked(), densetrace.trace() as t:

        class Scale(keras.keras.layers.Layer):  # type: ignore[name-defined, misc] # loaded at run time
            def __init__(self, factor: float = 2.0, **kwargs: Any) -> None:
                super().__init__(**kwargs)
                self.factor = factor

            def build(self, input_shape: Any) -> None:
                self.w = self.add_weight("w", shape=(3,), initializer="ones")

            def call(self, inputs: Any, training: bool = False) -> Any:
                return inputs * self.factor * self.w

        layer = Scale(factor=3.0)
        np.testing.assert_allclose(layer(X), X * 3)
    assert layer.get_config() == {
        "name": "scale",
        "trainable": True,
        "dtype": "float32",
        "factor": 3.0,
    }
    assert [step.point.rpartition("Scale")[2] for step in t.walk() if "Scale." in step.point] == [
        ".__init__", ".build", ".call",
    ]  # fmt: skip
    with densetrace.trace() as after:
        Scale()(X)
    assert after.steps == ()


def test_autograph_rewrites_a_hooked_call(keras: Engine, library: Library) -> None:
    tf = library.tensorflow

    class Branches(keras.keras.layers.Layer):  # type: ignore[name-defined, misc] # loaded at run time
        def call(self, inputs: Any) -> Any:
            if tf.reduce_sum(inputs) > 0:
                return inputs * 2.0
            return inputs * 3.0

    with keras.hooked(), densetrace.trace() as t:
        model = keras.keras.Sequential([keras.keras.Input((3,)), Branches()])
        results = model.predict(X + 1, verbose=0)
    np.testing.assert_allclose(results, (X + 1) * 2)
    assert "Branches.call" in [step.point.partition("<locals>.")[2] for step in t.find("call")]


def test_training_has_the_same_result_hooked_and_unhooked(keras: Engine) -> None:
    def trained() -> list[Any]:
        keras.clear_session()
        keras.set_seed(1)
        model = keras.keras.Sequential([keras.keras.layers.Dense(2, activation="tanh")])
        model.compile("sgd", "mse")
        model.fit(X, X[:, :2], epochs=2, verbose=0)
        return list(model.get_weights())

    before = trained()
    with keras.hooked(), densetrace.trace() as t:
        hooked_weights = trained()
    for left, right in zip(before, hooked_weights, strict=True):
        np.testing.assert_array_equal(left, right)
    assert "recording_stopped" not in t.outcome


def test_nested_hooking_ends_with_the_outermost_block(keras: Engine, library: Library) -> None:
    before = codes(library)
    with keras.hooked():
        with keras.hooked():
            pass
        with densetrace.trace() as t:
            keras.keras.layers.Dense(2)
        assert t.steps
    assert all(function.__code__ is code for function, code in before.items())


def test_another_thread_is_not_recorded(keras: Engine) -> None:
    with keras.hooked(), densetrace.trace() as t:
        thread = threading.Thread(target=lambda: keras.keras.layers.Dense(2)(X))
        thread.start()
        thread.join()
    assert t.steps == ()


OTHER_LAYERS = [
    ("Conv2D(8, 3)", (2, 28, 28, 1)),
    ("LSTM(4)", (2, 5, 3)),
    ("BatchNormalization()", (2, 3)),
    ("Embedding(10, 4)", (2, 3)),
    ("LayerNormalization()", (2, 3)),
]


@pytest.mark.parametrize(("expression", "shape"), OTHER_LAYERS)
def test_another_layer_is_traced_completely(
    keras: Engine, expression: str, shape: tuple[int, ...]
) -> None:
    with keras.hooked(), densetrace.trace() as t:
        layer = eval(expression, vars(keras.keras.layers))
        layer(np.ones(shape, "float32"))
    assert {"new", "init", "assign", "name", "invoke", "build", "add_weight", "call"} <= kinds(t)
    assert all(step.error is None for step in t.walk())
    assert len(t.find("add_weight")) == len(layer.weights)
    assert "recording_stopped" not in t.outcome
    assert Trace.loads(t.dumps()).steps == t.steps


def test_a_layer_with_two_inputs_is_traced_completely(keras: Engine) -> None:
    x = np.ones((2, 4, 8), "float32")
    with keras.hooked(), densetrace.trace() as t:
        layer = keras.keras.layers.MultiHeadAttention(2, 8)
        layer(x, x)
    assert len(t.find("add_weight")) == len(layer.weights) == 8
    assert all(step.error is None for step in t.walk())


def test_the_exchange_finds_the_hook_of_a_function(library: Library) -> None:
    with hooked(library) as exchange:
        assert isinstance(exchange, Exchange)
        found = exchange.find(library.find("keras.activations.relu"))
    assert found is not None
    assert (found.hook.kind, found.hook.point) == ("activation", "keras.activations.relu")
