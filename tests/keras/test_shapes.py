"""Shapes: comparison with lists and tuples of sizes, slices and concatenation."""

import numpy as np
import pytest

from densetrace.keras.layers import Dense, LayerNormalization
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.shapes import TensorShape, TensorSpec


def test_a_shape_equals_the_list_and_the_tuple_of_its_sizes() -> None:
    shape = TensorShape([None, 3])
    assert shape == [None, 3]
    assert shape == (None, 3)
    assert [shape, None] == [[None, 3], None]
    assert shape != [None, 4]
    assert shape != "shape"
    assert hash(shape) == hash(TensorShape((None, 3)))


def test_a_slice_of_a_shape_is_a_shape() -> None:
    shape = TensorShape([2, None, 3])
    assert shape[1:].as_list() == [None, 3]
    assert shape[-1] == 3
    assert shape[::-1].as_list() == [3, None, 2]


@pytest.mark.parametrize("more", [[4, None], (4, None), TensorShape([4, None])])
def test_shapes_are_concatenated(more: list[int | None]) -> None:
    assert (TensorShape([2]) + more).as_list() == [2, 4, None]
    assert (more + TensorShape([2])).as_list() == [4, None, 2]
    assert TensorShape([2]).concatenate(more).rank == 3
    assert TensorShape([2]).concatenate(5) == [2, 5]


def test_the_shape_of_an_eager_tensor_is_a_tensor_shape() -> None:
    outputs = Dense(4)(np.ones((2, 3), np.float32))
    assert outputs.shape.as_list() == [2, 4]
    assert outputs.shape.rank == 2
    assert convert_to_tensor(1.0).shape == ()


def test_a_layer_computes_the_signature_of_its_output() -> None:
    signature = Dense(4, dtype="float64").compute_output_signature(TensorSpec((None, 3)))
    assert signature == TensorSpec((None, 4), "float64")
    with pytest.raises(TypeError, match="Only TensorSpec"):
        Dense(4).compute_output_signature((None, 3))


def test_a_size_keeps_its_type_as_in_tensorflow() -> None:
    assert [type(size) for size in TensorShape([True, np.int64(2), 3])] == [bool, int, int]


@pytest.mark.parametrize("axis", [-1, [1, -1]])
def test_an_epsilon_that_is_no_number_is_refused_for_any_axes(axis: int | list[int]) -> None:
    layer = LayerNormalization(axis=axis, epsilon=[])
    with pytest.raises(TypeError, match="not supported between"):
        layer.build((2, 2, 4, 3))
