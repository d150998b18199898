"""The small functions of `keras.backend` on variables and placeholders."""

import numpy as np
import pytest

from densetrace.keras import backend
from densetrace.keras._tensors import as_value, convert_to_tensor
from densetrace.keras.optimizers import SGD


def test_a_variable_is_of_the_default_float_type() -> None:
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


def test_a_placeholder_has_a_shape_or_a_rank() -> None:
    assert backend.placeholder((None, 3)).shape == (None, 3)
    assert backend.placeholder(ndim=2, dtype="int32").shape == (None, None)
    with pytest.raises(ValueError, match="needs a shape or ndim"):
        backend.placeholder()


def test_a_number_too_big_for_the_dtype_becomes_infinite_in_silence() -> None:
    """Warnings are errors in these tests."""
    big = np.array([1e300])
    variable = backend.variable(1e300)
    backend.set_value(variable, -1e300)
    for found in (backend.cast_to_floatx(1e300), -backend.get_value(variable)):
        assert np.isposinf(found)
    assert np.isposinf(convert_to_tensor(1e300)[()])
    assert np.isposinf(convert_to_tensor(big, "float32")).all()
    assert np.isposinf(as_value(big, "float32")).all()
    assert np.isposinf(SGD(learning_rate=1e300).learning_rate)


def test_what_is_cast_to_its_own_dtype_is_a_copy() -> None:
    given = np.ones(2, np.float32)
    as_value(given, "float32")[()].view(np.ndarray)[0] = 5
    assert given[0] == 1
