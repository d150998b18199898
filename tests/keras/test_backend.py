"""The small functions of `keras.backend` on variables and placeholders."""

import numpy as np
import pytest

from densetrace.keras import backend
from densetrace.keras.optimizers import SGD
from densetrace.tensorflow.convert import convert_to_tensor


def test_a_variable_has_the_default_float_dtype() -> None:
    variable = backend.variable([[1, 2]], name="mine")
    assert (variable.name, variable.dtype.name, variable.shape) == ("mine:0", "float32", (1, 2))
    assert backend.variable(1, dtype="int32").dtype == np.int32


def test_values_are_read_and_replaced() -> None:
    variable = backend.variable([1.0, 2.0])
    backend.set_value(variable, [3, 4])
    for read in (backend.get_value, backend.eval):
        np.testing.assert_array_equal(read(variable), [3, 4])
        assert type(read(variable)) is np.ndarray
    assert backend.get_value([1]) == [1]


def test_a_placeholder_has_a_shape_or_a_rank_or_neither() -> None:
    assert backend.placeholder((None, 3)).shape == (None, 3)
    assert backend.placeholder(ndim=2, dtype="int32").shape == (None, None)
    assert backend.placeholder().shape.rank is None


def test_a_number_too_large_for_the_dtype_becomes_infinite_without_a_warning() -> None:
    """Warnings are errors in these tests."""
    big = np.array([1e300])
    variable = backend.variable(1e300)
    backend.set_value(variable, -1e300)
    for found in (backend.cast_to_floatx(1e300), -backend.get_value(variable)):
        assert np.isposinf(found)
    assert np.isposinf(convert_to_tensor(1e300, "float32").numpy())
    with pytest.raises(ValueError, match="out of range"):
        convert_to_tensor(1e300)
    assert np.isposinf(convert_to_tensor(big, "float32")).all()
    assert np.isposinf(SGD(learning_rate=1e300).learning_rate)


def test_a_tensor_and_a_variable_copy_their_numbers() -> None:
    given = np.ones(2, np.float32)
    tensor, variable = convert_to_tensor(given), backend.variable(given)
    given[0] = 5
    tensor.numpy()[0] = 5
    variable.numpy()[0] = 5
    for found in (tensor, variable):
        np.testing.assert_array_equal(found, [1, 1])


def test_dot_of_more_than_two_axes_pairs_the_last_axis_with_the_second_to_last() -> None:
    x = backend.constant(np.ones((2, 3, 4)))
    assert backend.dot(x, backend.constant(np.ones((4, 5)))).shape == (2, 3, 5)
    y = backend.dot(x, backend.constant(np.ones((6, 4, 5))))
    assert y.shape == (2, 3, 6, 5)
    assert np.all(np.asarray(y) == 4)
