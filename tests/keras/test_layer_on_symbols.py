"""Symbolic calls of layers: they assign nothing, and a dynamic layer computes its output shape."""

from typing import Any

import numpy as np
import pytest

import densetrace.tensorflow as tf
from densetrace import trace
from densetrace.keras import Input, Model, Sequential
from densetrace.keras.engine.keras_tensor import KerasTensor
from densetrace.keras.layers import Dense, InputSpec, Layer
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.tensor import Tensor
from densetrace.tensorflow.variables import Variable

ROW = np.ones((1, 3), np.float32)


class Counter(Layer):
    """Counts its calls."""

    def build(self, input_shape: Any) -> None:
        self.calls = self.add_weight("calls", shape=(), initializer="zeros", trainable=False)

    def call(self, inputs: Any) -> Any:
        self.calls.assign_add(1.0)
        return inputs


class Dynamic(Layer):
    """A dynamic layer, which can only be called on data."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(dynamic=True, **kwargs)

    def call(self, inputs: Any) -> Any:
        return inputs * (2.0 if np.sum(inputs) > 0 else 3.0)


class DynamicWithShape(Dynamic):
    """A dynamic layer with a known output shape."""

    def compute_output_shape(self, input_shape: Any) -> Any:
        return TensorShape(input_shape)


def test_a_symbolic_call_does_not_assign() -> None:
    layer = Counter()
    model = Sequential([Input((3,)), layer])
    assert float(layer.calls) == 0
    model(ROW)
    assert float(layer.calls) == 1
    layer.compute_output_shape((2, 3))
    assert float(layer.calls) == 1


def test_building_a_model_does_not_assign_in_call() -> None:
    class Counting(Model):
        def __init__(self) -> None:
            super().__init__()
            self.counter = Counter()

        def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
            return self.counter(inputs)

    model = Counting()
    model.build((None, 3))
    assert float(model.counter.calls) == 0


def test_build_assigns() -> None:
    class Three(Layer):
        def build(self, input_shape: Any) -> None:
            self.number = self.add_weight("number", shape=())
            self.number.assign(3.0)

    layer = Three()
    layer(Input((3,)))
    assert float(layer.number) == 3


def test_a_layer_may_return_its_variable() -> None:
    class Total(Layer):
        def __init__(self) -> None:
            super().__init__()
            self.total = Variable(np.zeros((1, 1), np.float32), trainable=False)

        def call(self, inputs: Any) -> Any:
            self.total.assign_add(inputs)
            return self.total

    layer = Total()
    assert layer(Input((1,))).shape == (1, 1)
    assert layer(np.full((1, 1), 2, np.float32)).numpy() == [[2]]


def test_a_symbolic_value_must_fit_the_variable() -> None:
    class Wrong(Layer):
        def call(self, inputs: Any) -> Any:
            return Variable(np.zeros((1, 2), np.float32)).assign(inputs)

    with pytest.raises(ValueError, match="Shape mismatch"):
        Wrong()(Input((3,)))


def test_a_loss_added_in_a_symbolic_call_is_symbolic() -> None:
    class Adds(Layer):
        def call(self, inputs: Any) -> Any:
            self.add_loss(2.0)
            return inputs

    layer = Adds()
    layer(Input((3,)))
    assert [type(loss) for loss in layer.losses] == [KerasTensor]
    layer(ROW)
    assert [type(loss) for loss in layer.losses] == [Tensor]


def test_a_dynamic_layer_needs_compute_output_shape() -> None:
    layer = DynamicWithShape()
    assert layer(Input((3,))).shape.as_list() == [None, 3]
    with pytest.raises(NotImplementedError, match="compute_output_shape"):
        Dynamic()(Input((3,)))


@pytest.mark.parametrize("layers", [[DynamicWithShape], [Dynamic, lambda: Dense(1)]])
def test_a_model_with_a_dynamic_layer_is_dynamic_and_runs_eagerly(layers: list[Any]) -> None:
    model = Sequential([make() for make in layers])
    assert (model.dynamic, model.run_eagerly) == (True, True)
    assert model(ROW).shape[0] == 1
    model.run_eagerly = False
    with pytest.raises(ValueError, match="dynamic=True"):
        _ = model.run_eagerly


def test_compile_can_set_run_eagerly() -> None:
    model = Sequential([Dense(1)])
    assert model.run_eagerly is False
    model.compile(run_eagerly=True)
    assert model.run_eagerly is True


def test_an_update_runs_on_data_while_the_layer_is_trainable() -> None:
    class Updates(Layer):
        def call(self, inputs: Any) -> Any:
            self.add_update(lambda: done.append(1))
            return inputs

    done: list[int] = []
    layer = Updates()
    layer(Input((3,)))
    assert done == []
    layer(ROW)
    layer.trainable = False
    layer(ROW)
    assert (done, layer.updates) == ([1], [])


def test_the_inputs_and_outputs_of_a_layer_are_read_by_node_index() -> None:
    layer = Dense(2)
    with pytest.raises(RuntimeError, match="never been called"):
        layer.get_input_at(0)
    first, second = Input((3,)), Input((3,), batch_size=4)
    outputs = [layer(first), layer(second)]
    assert [layer.get_input_at(i) for i in (0, 1)] == [first, second]
    assert [layer.get_output_at(i) for i in (0, 1)] == outputs
    assert layer.get_input_shape_at(1) == (4, 3)
    assert layer.get_output_shape_at(1) == (4, 2)
    with pytest.raises(ValueError, match="only 2 inbound nodes"):
        layer.get_output_at(2)


def test_compute_output_shape_connects_the_layer_but_not_its_sublayers() -> None:
    class Outer(Layer):
        def __init__(self) -> None:
            super().__init__()
            self.inner = Dense(2)

        def call(self, inputs: Any) -> Any:
            return self.inner(inputs)

    layer = Outer()
    assert layer.compute_output_shape((4, 3)) == (4, 2)
    assert (layer.input_shape, layer.output_shape) == ((4, 3), (4, 2))
    assert layer.inner.inbound_nodes == []


def test_an_input_spec_is_checked_on_shapes_only_before_the_layer_is_built() -> None:
    class Picky(Layer):
        def __init__(self) -> None:
            super().__init__()
            self.input_spec = InputSpec(ndim=3)

    with pytest.raises(TypeError, match="should be tensors"):
        Picky().compute_output_shape((2, 3))
    layer = Picky()
    layer.build((1, 2, 3))
    assert layer.compute_output_shape((2, 3)) == (2, 3)


def test_build_receives_a_shape_for_each_input() -> None:
    class First(Layer):
        def build(self, input_shape: Any) -> None:
            self.built_with = input_shape

        def call(self, inputs: Any) -> Any:
            return inputs[0]

    layer = First()
    layer([convert_to_tensor([1.0]), None, convert_to_tensor([2.0, 3.0])])
    assert layer.built_with == [[1], None, [2]]
    without_tensors = First()
    without_tensors("text")
    assert without_tensors.built_with is None


def test_a_model_keeps_its_shapes_after_pop_removes_its_layers() -> None:
    model = Sequential([Dense(2, input_shape=(3,))])
    model.pop()
    assert (model.inputs, model.layers) == (None, [])
    assert (model.input_shape, model.output_shape) == ((None, 3), (None, 2))


def test_a_layout_reaches_the_initializer() -> None:
    def ones(shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        received.append(kwargs)
        return tf.ones(shape, dtype)

    received: list[dict[str, Any]] = []
    Layer().add_weight("w", shape=(1,), initializer=ones, layout="mine")
    Layer().add_weight("w", shape=(1,), initializer=ones)
    assert received == [{"layout": "mine"}, {}]
    with pytest.raises(AttributeError, match="mesh"):
        Layer().add_weight("w", shape=(1,), initializer="ones", layout="mine")


@pytest.mark.parametrize("inputs", [Input((3,)), ROW])
def test_the_cast_of_the_batch_size_of_an_activity_loss_is_a_step(inputs: Any) -> None:
    with trace() as traced:
        Dense(2, activity_regularizer="l2")(inputs)
    (invoke,) = traced.find("invoke")
    points = [step.point for step in invoke.children]
    penalty = points.index("keras.regularizers.L2.__call__")
    batch_size = ["tf.shape", "tf.strided_slice", "tf.cast"]
    assert points[penalty + 1 :] == [*batch_size, "tf.math.divide"]


class TestWhatAKerasTensorRefuses:
    """Checked against keras 2.14: a KerasTensor refuses in its own way, not as a graph tensor."""

    @pytest.mark.parametrize("use", [np.exp, np.asarray, len, bool, list, float, int, hash])
    def test_a_type_error(self, use: Any) -> None:
        with pytest.raises(TypeError):
            use(Input((3,)))

    def test_its_operation(self) -> None:
        with pytest.raises(TypeError, match="do not implement `op`"):
            _ = Input((3,)).op

    @pytest.mark.parametrize("name", ["numpy", "ndim", "T", "device", "graph"])
    def test_attributes_of_other_tensors(self, name: str) -> None:
        assert not hasattr(Input((3,)), name)

    def test_iterating_needs_a_known_first_size(self) -> None:
        rows = list(Input(batch_shape=(2, 3)))
        assert [row.shape.as_list() for row in rows] == [[3], [3]]
