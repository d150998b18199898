"""Layers and models as JSON."""

from typing import Any

import pytest

from densetrace.keras import (
    Input,
    Sequential,
    initializers,
    metrics,
    models,
    optimizers,
    regularizers,
    utils,
)
from densetrace.keras.engine.keras_tensor import KerasTensor
from densetrace.keras.layers import Dense, Layer, core, serialization


@utils.register_keras_serializable("tests")
class Scaled(Layer):
    """A layer that holds another layer, with objects in its config."""

    def __init__(self, inner: Any, penalty: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inner, self.penalty = inner, penalty

    def call(self, inputs: Any) -> Any:
        return self.inner(inputs)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "inner": self.inner, "penalty": self.penalty}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        config["inner"] = utils.deserialize_keras_object(config["inner"])
        config["penalty"] = utils.deserialize_keras_object(config["penalty"])
        return cls(**config)


def test_a_model_is_restored_from_its_json() -> None:
    inner = Dense(2, "relu", kernel_initializer=initializers.Constant(2.0))
    model = Sequential([Input((3,)), Dense(2, kernel_regularizer="l2"), Dense(1)])
    assert models.model_from_json(model.to_json()).to_json() == model.to_json()
    model = Sequential([Input((3,)), Scaled(inner, regularizers.L2(0.5))])
    again = models.model_from_json(model.to_json())
    assert (again.output_shape, again.layers[0].penalty.l2) == ((None, 2), 0.5)
    assert again.layers[0].inner.get_config() == inner.get_config()


def test_an_unbuilt_model_is_restored() -> None:
    again = models.model_from_json(Sequential([Dense(1)]).to_json(indent=1))
    assert (again.built, len(again.layers)) == (False, 1)


def test_a_model_keeps_its_compile_config() -> None:
    model = Sequential([Dense(1)])
    assert model.get_compile_config() is None
    model.compile(optimizers.Adam(0.5), "mse", metrics=["mae"])
    config = model.get_compile_config()
    assert (config["loss"], config["metrics"], config["run_eagerly"]) == ("mse", ["mae"], None)
    assert config["optimizer"]["config"]["learning_rate"] == 0.5


def test_a_metric_is_not_serialized_as_a_layer() -> None:
    with pytest.raises(ValueError, match="since it is a metric"):
        serialization.serialize(metrics.Mean())


def test_dense_is_found_at_its_keras_path() -> None:
    assert core.Dense is Dense
    assert serialization.deserialize(serialization.serialize(Dense(3))).units == 3
    assert core.Dense(2)(KerasTensor((None, 3))).shape == (None, 2)
