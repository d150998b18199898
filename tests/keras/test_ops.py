"""The operations under the layers: right on data, on symbols the same shapes, and bounded."""

from typing import Any

import numpy as np
import pytest

from densetrace.keras import _ops
from densetrace.keras._errors import InvalidArgumentError, ResourceExhaustedError
from densetrace.keras._tensors import KerasTensor, Tensor, Variable, convert_to_tensor
from densetrace.recording.recorder import Recorder, recording


def data(*shape: int, dtype: str = "float32") -> Tensor:
    values = np.random.default_rng(0).normal(size=shape)
    return convert_to_tensor(values.astype(dtype))


def symbol(*shape: int | None, dtype: str = "float32") -> KerasTensor:
    return KerasTensor(shape, dtype)


def shape_of(x: Any) -> tuple[int | None, ...]:
    return tuple(x.shape)


def test_matmul_multiplies_matrices() -> None:
    a, b = data(4, 3), data(3, 2)
    y = _ops.matmul(a, Variable(b))
    assert isinstance(y, Tensor)
    np.testing.assert_allclose(y, np.asarray(a) @ np.asarray(b), rtol=1e-6)
    assert shape_of(_ops.matmul(symbol(None, 3), b)) == (None, 2)


def test_tensordot_sums_over_the_axes_told() -> None:
    a, b = data(4, 5, 3), data(3, 2)
    for axes in ([[2], [0]], 1, (2, 0), (-1, 0)):
        y = _ops.tensordot(a, b, axes)
        assert isinstance(y, Tensor)
        np.testing.assert_allclose(y, np.asarray(a) @ np.asarray(b), rtol=1e-5)
    assert shape_of(_ops.tensordot(symbol(None, 5, 3), b, [[2], [0]])) == (None, 5, 2)


def test_bias_add_adds_along_the_last_axis() -> None:
    y = _ops.bias_add(data(4, 2), [1.0, 2.0])
    np.testing.assert_allclose(y, np.add(data(4, 2), [1, 2]), rtol=1e-6)
    assert shape_of(_ops.bias_add(symbol(None, None), data(2))) == (None, 2)


def test_cast_changes_the_dtype_alone() -> None:
    y = _ops.cast([1.5, -1.5], "int32")
    assert (y.dtype, y.tolist()) == (np.int32, [1, -1])
    assert _ops.cast(symbol(None, 3), "float16").dtype == np.float16
    with pytest.raises(TypeError):
        _ops.cast([1.0], "nope")


@pytest.mark.parametrize(
    ("operation", "a", "b", "told"),
    [
        (_ops.matmul, (4, 3), (2, 3), ["[4, 3]", "[2, 3]"]),
        (_ops.matmul, (3,), (3, 2), ["[3]", "[3, 2]"]),
        (lambda a, b: _ops.tensordot(a, b, [[2], [0]]), (4, 5, 3), (2, 3), ["[4, 5, 3]", "[2, 3]"]),
        (_ops.bias_add, (4, 3), (2,), ["[4, 3]", "[2]"]),
        (_ops.bias_add, (3,), (3,), ["[3]", "[3]"]),
    ],
)
def test_operands_that_do_not_fit_are_refused_with_their_shapes(
    operation: Any, a: Any, b: Any, told: list[str]
) -> None:
    with pytest.raises(InvalidArgumentError) as eager:
        operation(data(*a), data(*b))
    with pytest.raises(ValueError, match="Received") as symbolic:
        operation(symbol(*a), data(*b))
    for error in (eager, symbolic):
        assert all(shape in str(error.value) for shape in told)


@pytest.mark.parametrize("operation", [_ops.matmul, _ops.bias_add])
def test_operands_of_two_dtypes_are_refused(operation: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"float32.*float64"):
        operation(data(3, 3), data(3, 3, dtype="float64"))


@pytest.mark.parametrize(
    ("axis", "keepdims", "shape"),
    [(None, False, ()), (0, False, (3,)), ((0, 1), True, (1, 1)), ([-1], True, (None, 1))],
)
def test_a_reduction_gives_data_and_symbols_the_same_shape(
    axis: Any, keepdims: bool, shape: tuple[int | None, ...]
) -> None:
    assert shape_of(_ops.reduce_sum(symbol(None, 3), axis, keepdims)) == shape
    y = _ops.reduce_sum(data(4, 3), axis, keepdims)
    assert shape_of(y) == tuple(4 if size is None else size for size in shape)


def test_a_reduction_needs_an_axis_that_is_there() -> None:
    for axis in (2, -3, "a"):
        with pytest.raises(InvalidArgumentError):
            _ops.reduce_sum(data(4, 3), axis)


def test_each_operation_of_a_layer_is_one_step() -> None:
    recorder = Recorder()
    with recording(recorder):
        _ops.matmul(data(4, 3), data(3, 2))
        _ops.tensordot(data(4, 3), data(3, 2), 1)
        _ops.bias_add(data(4, 2), data(2))
        _ops.cast(data(4), "float64")
    assert [(step.kind, step.point, step.children) for step in recorder.steps()] == [
        ("op", point, ()) for point in ("tf.matmul", "tf.tensordot", "tf.nn.bias_add", "tf.cast")
    ]


@pytest.mark.parametrize(
    ("shape", "copies", "error"),
    [
        ((10**9,), 1, None),
        ((10**9 + 1,), 1, ResourceExhaustedError),
        ((10**9,), 2, ResourceExhaustedError),
        ((0, 10**12), 1, None),
        ((2**62, 2), 1, InvalidArgumentError),
        ((0, 2**62, 4), 1, InvalidArgumentError),
        ((2, -1), 1, InvalidArgumentError),
        ((2**63,), 1, ValueError),
        ((2, None), 1, ValueError),
        ((2, 2.0), 1, TypeError),
    ],
)
def test_an_allocation_is_checked_by_its_shape_alone(
    shape: Any, copies: int, error: type[Exception] | None
) -> None:
    if error is None:
        _ops.check_allocation(shape, "float32", copies)
        return
    with pytest.raises(error):
        _ops.check_allocation(shape, "float32", copies)
