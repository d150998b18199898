"""The small functions of `keras.backend` on variables and placeholders."""

import numpy as np
import pytest

from densetrace.keras import backend


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
