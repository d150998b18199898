"""A hooked function behaves like the original; only the recorder sees a difference."""

import inspect
from typing import Any

import numpy as np
import pytest

import densetrace
import densetrace.tensorflow as tf
from densetrace.data.schema import KINDS
from densetrace.keras import activations, hook_points, initializers
from densetrace.keras.layers import Dense, Layer
from densetrace.recording.hooks import REGISTRY, traced
from densetrace.recording.keras3_observers import ONLY_IN_KERAS_3


@traced("activation")
def everything(a: int, /, b: int, c: int = 3, *d: int, e: int, f: int = 6, **g: int) -> Any:
    """Takes every kind of parameter."""
    return a, b, c, d, e, f, g


@traced("activation")
def keywords(a: int, *, b: int = 2) -> Any:
    """Takes a keyword-only argument."""
    return a, b


def test_arguments_of_every_kind_arrive() -> None:
    expected: tuple[Any, ...] = (1, 2, 3, (), 5, 6, {})
    assert everything(1, 2, e=5) == expected
    with densetrace.trace() as t:
        assert everything(1, 2, e=5) == expected
        assert everything(1, 2, 9, 8, 7, e=5, f=4, z=0) == (1, 2, 9, (8, 7), 5, 4, {"z": 0})
        assert keywords(1, b=3) == (1, 3)
    assert [text_of(step.inputs) for step in t.steps] == [
        {"a": 1, "b": 2, "c": 3, "d": "()", "e": 5, "f": 6},
        {"a": 1, "b": 2, "c": 9, "d": "(8, 7)", "e": 5, "f": 4, "z": 0},
        {"a": 1, "b": 3},
    ]


def text_of(inputs: dict[str, Any]) -> dict[str, Any]:
    return {k: v if isinstance(v, int) else str(v) for k, v in inputs.items()}


def test_a_wrapper_looks_like_the_function() -> None:
    original = inspect.unwrap(everything)
    assert everything.__name__ == "everything"
    assert everything.__doc__ == "Takes every kind of parameter."
    assert everything.__wrapped__ is original  # type: ignore[attr-defined] # set by the wrapper
    assert inspect.signature(everything) == inspect.signature(original)
    assert inspect.getfullargspec(everything) == inspect.getfullargspec(original)


def test_wrong_arguments_fail_as_without_the_hook_and_record_no_step() -> None:
    with densetrace.trace() as t, pytest.raises(TypeError) as caught:
        Dense()
    assert str(caught.value) == "Dense.__init__() missing 1 required positional argument: 'units'"
    assert [step.kind for step in t.walk()] == ["new", "layout"]


def test_a_decorated_init_keeps_the_signature_of_the_layer() -> None:
    assert inspect.getfullargspec(Dense.__init__).args[:3] == ["self", "units", "activation"]


def test_every_hook_point_is_registered_as_keras_spells_it() -> None:
    points = {point for _, point in hook_points()}
    assert {
        "keras.engine.base_layer.Layer.__new__",
        "keras.dtensor.utils.allow_initializer_layout",
        "keras.layers.core.dense.Dense.build",
        "keras.activations.get",
        "keras.activations.relu",
        "keras.saving.legacy.serialization.deserialize_keras_object",
        "keras.engine.sequential.Sequential.add",
    } <= points
    assert {kind for kind, _ in hook_points()} == set(KINDS) - set(ONLY_IN_KERAS_3)


def test_a_custom_layer_is_traced_automatically_and_not_registered() -> None:
    class Twice(Layer):
        def __init__(self, times: int = 2, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.times = times

        def build(self, input_shape: Any) -> None:
            self.scale = self.add_weight("scale", shape=(), initializer="ones")

        def call(self, inputs: Any) -> Any:
            return inputs * self.times * self.scale

    with densetrace.trace() as t:
        Twice(3)(np.ones((1, 2), "float32"))
    kinds = [step.kind for step in t.find(where=lambda step: "Twice" in step.point)]
    assert kinds == ["init", "build", "call"]
    assert [s.inputs["name"] for s in t.find("assign")] == ["built", "times", "scale", "built"]
    assert not any("Twice" in point for _, point in REGISTRY)


def test_a_subclass_of_dense_records_its_own_call_and_that_of_dense() -> None:
    class Louder(Dense):
        def call(self, inputs: Any) -> Any:
            return super().call(inputs) * 2

    with densetrace.trace() as t:
        Louder(1)(np.ones((1, 2), "float32"))
    [own, inherited] = t.find("call")
    assert own.point.endswith("Louder.call")
    assert inherited.point == "keras.layers.core.dense.Dense.call"
    assert own.children[0] is inherited


def test_a_custom_initializer_is_traced() -> None:
    class Sevens(initializers.Initializer):
        def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
            return tf.fill(shape, tf.cast(7, dtype))

    with densetrace.trace() as t:
        Dense(1, kernel_initializer=Sevens())(np.ones((1, 2), "float32"))
    assert t.find("initialize")[0].facts["class"] == "Sevens"


def test_functions_keep_their_identity() -> None:
    assert activations.get("relu") is activations.relu
    assert Dense(1, activation=activations.relu).activation is activations.relu
