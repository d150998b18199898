"""The variables, layers and metrics that a layer tracks in its attributes."""

from typing import Any

import numpy as np
import pytest

import densetrace.tensorflow as tf
from densetrace.keras import Model, Sequential, metrics
from densetrace.keras.layers import Dense, Layer
from densetrace.tensorflow.variables import Variable

ONE = np.ones((1, 2), np.float32)


def scalar(name: str, trainable: bool = True) -> Variable:
    return Variable(np.float32(1), name=name, trainable=trainable)


def names(variables: list[Any]) -> list[str]:
    return [variable.name.removesuffix(":0").split("/")[-1] for variable in variables]


def test_a_variable_that_replaces_another_gets_its_position() -> None:
    dense = Dense(1)
    dense.build((None, 2))
    dense.bias = Variable(np.zeros(1, np.float32), name="new_bias")
    dense.kernel = Variable(np.zeros((2, 1), np.float32), name="new_kernel")
    assert names(dense.trainable_weights) == ["new_kernel", "new_bias"]


def test_variables_added_later_to_a_list_or_dict_are_tracked() -> None:
    layer: Any = Layer()
    layer.in_list, layer.in_dict = [scalar("a")], {"b": scalar("b")}
    layer.in_list.append(scalar("c", trainable=False))
    layer.in_dict["d"] = scalar("d")
    assert names(layer.trainable_weights) == ["a", "b", "d"]
    assert names(layer.non_trainable_weights) == ["c"]
    layer.trainable = False
    assert (len(layer.weights), layer.trainable_weights) == (4, [])


def test_a_replaced_or_deleted_attribute_is_no_longer_tracked() -> None:
    layer: Any = Layer()
    layer.part = Layer()
    layer.part = scalar("v")
    layer.part = last = Layer()
    layer.gone = scalar("gone")
    del layer.gone
    assert list(layer._flatten_layers(include_self=False)) == [last]
    assert layer.weights == []


def test_layer_classes_are_not_layers() -> None:
    layer = Layer()
    layer.kind = Dense
    assert (layer.submodules, layer.weights) == ((), [])


def test_submodules_are_all_nested_layers_and_metrics() -> None:
    outer, middle, inner = Layer(), Layer(), Dense(1)
    outer.parts = [middle]
    middle.part = inner
    outer.mean = mean = metrics.Mean()
    assert outer.submodules == (mean, middle, inner)


def test_a_model_lists_the_weights_of_its_layers_first_and_a_layer_its_own() -> None:
    def made(base: type) -> Any:
        made = type("Made", (base,), {"call": lambda self, x: self.part(x)})()
        made.own = made.add_weight("own", shape=(1,))
        made.part = Dense(1)
        made(ONE)
        return made

    assert names(made(Layer).trainable_weights) == ["own", "kernel", "bias"]
    assert names(made(Model).trainable_weights) == ["kernel", "bias", "own"]


def test_a_model_has_the_weights_of_its_metrics_but_a_layer_does_not() -> None:
    class Measured(Model):
        def __init__(self) -> None:
            super().__init__()
            self.part, self.mean = Dense(1), metrics.Mean()

        def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
            return self.part(inputs)

    model = Measured()
    model(ONE)
    assert names(model.weights) == ["kernel", "bias", "total", "count"]
    assert names(model.non_trainable_weights) == ["total", "count"]
    assert (model.layers, model.metrics) == ([model.part], [model.mean])
    layer: Any = Layer()
    layer.mean = metrics.Mean()
    assert (layer.weights, layer.metrics) == ([], [layer.mean])


def test_a_sequential_model_tracks_only_the_layers_that_were_added() -> None:
    model = Sequential([Dense(1)])
    model.aside = [Dense(3)]
    model.build((None, 2))
    assert (len(model.layers), len(model.weights)) == (1, 2)


def test_a_getter_creates_the_weight() -> None:
    variable = scalar("mine")
    layer = Layer()
    assert layer.add_weight("other", getter=lambda **_: variable) is variable
    assert layer.weights == [variable]


@pytest.mark.parametrize("trainable", [Variable(True), Variable(False)])
def test_trainable_may_be_a_boolean_tensor(trainable: Variable) -> None:
    kept: Any = Layer(trainable=trainable).trainable
    assert kept is trainable
    assert bool(Layer(trainable=trainable.value()).trainable) is bool(trainable.numpy())
    with pytest.raises(TypeError, match="to be a boolean"):
        Layer(trainable=Variable(1.0))


def test_a_layer_without_its_own_trainable_setting_follows_the_outer_layer() -> None:
    model = Sequential([Sequential([Dense(2, input_shape=(3,))]), Dense(1)])
    assert len(model.trainable_weights) == 4
    model.layers[0].trainable = False
    assert len(model.trainable_weights) == 2
    model.layers[0].trainable = True
    assert len(model.trainable_weights) == 4


class Scale(tf.Module):  # type: ignore[misc] # has no type
    """A module with one trainable variable and one that is not."""

    def __init__(self) -> None:
        super().__init__()
        self.factor = scalar("factor")
        self.count = scalar("count", trainable=False)


@pytest.mark.parametrize("as_list", [False, True])
@pytest.mark.parametrize("base", [Layer, Model])
def test_the_variables_of_a_module_are_weights(base: Any, as_list: bool) -> None:
    class Owner(base):  # type: ignore[misc] # the base is a parameter
        def __init__(self) -> None:
            super().__init__()
            self.parts: Any = [Scale(), Scale()] if as_list else Scale()

        def call(self, x: Any) -> Any:
            return x * (self.parts[0] if as_list else self.parts).factor

    owner = Owner()
    owner(ONE)
    factors = ["factor"] * (1 + as_list)
    assert names(owner.trainable_weights) == factors
    assert names(owner.non_trainable_weights) == ["count"] * (1 + as_list)
    assert len(owner.get_weights()) == len(owner.weights) == 2 * len(factors)
    assert [type(one) for one in owner.submodules] == [Scale] * len(factors)
    owner.trainable = False
    assert (owner.trainable_weights, len(owner.non_trainable_weights)) == ([], 2 * len(factors))


def test_the_variable_of_a_module_is_trained() -> None:
    class Owner(Layer):
        def __init__(self) -> None:
            super().__init__()
            self.part = Scale()

        def call(self, x: Any) -> Any:
            return x * self.part.factor

    model = Sequential([Owner()])
    model.compile("sgd", "mse")
    model.fit(ONE, np.zeros((1, 2)), verbose=0)
    assert model.get_weights()[0] == pytest.approx(0.98)  # as in Keras 2.14: 1 - 0.01 * 2
