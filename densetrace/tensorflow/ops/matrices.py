"""Decompositions of matrices, linear equations, and what follows from them, for batches too:
[..., n, n]. NumPy's LAPACK computes in the dtype of the matrices.

Follows tensorflow/python/ops/linalg/linalg_impl.py, linalg_ops.py and linalg_grad.py.
"""

from typing import Any, NamedTuple

import numpy as np

from densetrace.tensorflow import tape
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.errors import FailedPreconditionError, InvalidArgumentError
from densetrace.tensorflow.operation import Operand, Spec, export, operation
from densetrace.tensorflow.ops.casting import cast
from densetrace.tensorflow.ops.creating import eye, zeros_like
from densetrace.tensorflow.ops.diagonals import diag, diag_part
from densetrace.tensorflow.ops.elementary import log
from densetrace.tensorflow.ops.gradients import sum_to
from densetrace.tensorflow.ops.joining import concat
from densetrace.tensorflow.ops.lapack import (
    adjoint_,
    check_square,
    lapack,
    square_rule,
    squared,
)
from densetrace.tensorflow.ops.linalg import band_part, matmul, turned
from densetrace.tensorflow.ops.linalg import norm as norm_of
from densetrace.tensorflow.ops.math import (
    add,
    divide,
    multiply,
    negative,
    subtract,
)
from densetrace.tensorflow.ops.reductions import reduce_sum
from densetrace.tensorflow.ops.shaping import expand_dims, squeeze
from densetrace.tensorflow.shapes import UNKNOWN_RANK, TensorShape, broadcast
from densetrace.tensorflow.tensor import Array

# -- determinants ----------------------------------------------------------------------------------


def _det_rule(input: Spec) -> Any:
    shape = squared(input.shape)
    return (shape if shape.rank is None else TensorShape(shape[:-2])), input.dtype


@operation("linalg.det", kinds="fc", rule=_det_rule)
def det(input: Operand, name: Any = None) -> Array:
    """The determinant: [..., n, n] -> [...].

    Raises:
        InvalidArgumentError: when a matrix is not square.
    """
    check_square(input)
    return np.asarray(np.linalg.det(input))


@det.gradient
def _det_gradient(step: Any, dy: Any) -> Any:
    inverse = inv(step.operands[0], adjoint=True)
    return multiply(_as_matrices(multiply(dy, step.outputs)), inverse)


def _as_matrices(numbers: Any) -> Any:
    return expand_dims(expand_dims(numbers, -1), -1)


class LogMatrixDeterminant(NamedTuple):
    """What `tf.linalg.slogdet` returns."""

    sign: Any
    log_abs_determinant: Any


@operation("linalg.slogdet", kinds="fc")
def _slogdet(input: Operand, name: Any = None) -> list[Array]:
    """The sign of the determinant, and the logarithm of its absolute value."""
    check_square(input)
    sign, logarithm = np.linalg.slogdet(input)
    return [np.asarray(sign, input.dtype), np.asarray(logarithm, input.dtype)]


@_slogdet.shape_rule
def _slogdet_rule(input: Spec) -> Any:
    return [_det_rule(input), _det_rule(input)]


@_slogdet.gradient
def _slogdet_gradient(step: Any, dsign: Any, dlog: Any) -> Any:
    return multiply(_as_matrices(dlog), inv(step.operands[0], adjoint=True))


@export("linalg.slogdet")
def slogdet(input: Any, name: Any = None) -> LogMatrixDeterminant:
    """The sign of the determinant, and the logarithm of its absolute value: [..., n, n] -> [...]
    twice.

    Raises:
        InvalidArgumentError: when a matrix is not square.
    """
    return LogMatrixDeterminant(*_slogdet(input))


@export("linalg.logdet")
def logdet(matrix: Any, name: Any = None) -> Any:
    """The logarithm of the determinant of positive definite matrices, NaN for others: [..., n, n]
    -> [...]."""
    return multiply(reduce_sum(log(diag_part(cholesky(matrix))), -1), 2)


# -- inverses and equations ------------------------------------------------------------------------


@operation("linalg.inv", kinds="fc", rule=square_rule)
def inv(input: Operand, adjoint: bool = False, name: Any = None) -> Array:
    """The inverse, or the adjoint of the inverse: [..., n, n].

    Raises:
        InvalidArgumentError: when a matrix has none.
    """
    check_square(input)
    found: Array = lapack(np.linalg.inv, "Input is not invertible.", input)
    return np.ascontiguousarray(np.conj(turned(found))) if adjoint else found


@inv.gradient
def _inv_gradient(step: Any, dy: Any) -> Any:
    y = step.outputs
    if step.attributes["adjoint"]:
        return negative(matmul(y, matmul(dy, y, adjoint_a=True, adjoint_b=False), adjoint_b=False))
    return negative(matmul(y, matmul(dy, y, adjoint_b=True), adjoint_a=True))


def _solve_rule(matrix: Spec, rhs: Spec, **attributes: Any) -> Any:
    shape = squared(matrix.shape)
    if shape.rank is None or rhs.shape.rank is None:
        return UNKNOWN_RANK, matrix.dtype
    if len(rhs.shape) < 2:
        raise ValueError(f"Shape must be at least rank 2 but is rank {len(rhs.shape)}")
    rows = TensorShape(rhs.shape[-2:-1]).merge_with(shape[-1:])
    outer = broadcast(TensorShape(shape[:-2]), TensorShape(rhs.shape[:-2]))
    return TensorShape((*outer, *rows, rhs.shape[-1])), matrix.dtype


def _check_rows(matrix: Array, rhs: Array) -> None:
    check_square(matrix)
    if rhs.ndim < 2 or rhs.shape[-2] != matrix.shape[-1]:
        raise InvalidArgumentError(
            "Input matrix and rhs must have the same number of rows. Received: "
            f"{list(matrix.shape)} and {list(rhs.shape)}"
        )


def _same_batches_rule(matrix: Spec, rhs: Spec, **attributes: Any) -> Any:
    if matrix.shape.rank is not None and rhs.shape.rank is not None:
        matrix.shape[:-2].assert_is_compatible_with(rhs.shape[:-2])
    return _solve_rule(matrix, rhs)


@operation("linalg.solve", kinds="fc", rule=_same_batches_rule)
def solve(matrix: Operand, rhs: Operand, adjoint: bool = False, name: Any = None) -> Array:
    """x of `matrix @ x = rhs`, or of the adjoint matrix: [..., n, n], [..., n, k] -> [..., n, k].

    Raises:
        InvalidArgumentError: when the matrix is not invertible, or the shapes do not fit.
    """
    _check_rows(matrix, rhs)
    if matrix.shape[:-2] != rhs.shape[:-2]:
        raise InvalidArgumentError(
            "All matrices must have the same outer dimensions. Received: "
            f"{list(matrix.shape)} and {list(rhs.shape)}"
        )
    given = np.conj(turned(matrix)) if adjoint else matrix
    return np.asarray(lapack(np.linalg.solve, "Input matrix is not invertible.", given, rhs))


@solve.gradient
def _solve_gradient(step: Any, dy: Any) -> Any:
    matrix, rhs = step.operands
    adjoint = step.attributes["adjoint"]
    of_rhs = solve(matrix, dy, adjoint=not adjoint)
    x = step.outputs
    of_matrix = matmul(x, of_rhs, adjoint_b=True) if adjoint else matmul(of_rhs, x, adjoint_b=True)
    return sum_to(negative(of_matrix), matrix), sum_to(of_rhs, rhs)


@operation("raw_ops.MatrixTriangularSolve", kinds="fc", rule=_solve_rule)
def _triangular_solve(
    matrix: Operand, rhs: Operand, lower: bool, adjoint: bool, name: Any = None
) -> Array:
    """x of `matrix @ x = rhs` for a triangular matrix, of which only one triangle is read."""
    _check_rows(matrix, rhs)
    given: Array = np.tril(matrix) if lower else np.triu(matrix)
    if np.any(np.diagonal(given, axis1=-2, axis2=-1) == 0):
        raise InvalidArgumentError("Input matrix is not invertible.")
    given = np.conj(turned(given)) if adjoint else given
    return np.asarray(lapack(np.linalg.solve, "Input matrix is not invertible.", given, rhs))


@_triangular_solve.gradient
def _triangular_gradient(step: Any, dy: Any) -> Any:
    matrix, rhs = step.operands
    lower, adjoint = step.attributes["lower"], step.attributes["adjoint"]
    of_rhs = _triangular_solve(matrix, dy, lower, not adjoint)
    x = step.outputs
    of_matrix = matmul(x, of_rhs, adjoint_b=True) if adjoint else matmul(of_rhs, x, adjoint_b=True)
    kept = band_part(negative(of_matrix), *((-1, 0) if lower else (0, -1)))
    return sum_to(kept, matrix), sum_to(of_rhs, rhs)


@export("linalg.triangular_solve")
def triangular_solve(
    matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False, name: Any = None
) -> Any:
    """x of `matrix @ x = rhs` for a lower or upper triangular matrix; its other triangle is not
    read: [..., n, n], [..., n, k] -> [..., n, k].

    Raises:
        InvalidArgumentError: when there is a 0 on the diagonal, or the shapes do not fit.
    """
    return _triangular_solve(matrix, rhs, lower, adjoint)


@operation("linalg.cholesky", kinds="fc", rule=square_rule)
def cholesky(input: Operand, name: Any = None) -> Array:
    """The lower triangular matrix whose product with its adjoint is `input`: [..., n, n]; NaN where
    a matrix is not positive definite.

    Raises:
        InvalidArgumentError: when a matrix is not square.
    """
    check_square(input)
    # Only the lower triangle is read.
    lower = np.tril(input)
    whole = lower + np.conj(turned(np.tril(input, -1)))
    made = np.zeros_like(whole)
    for place in np.ndindex(*whole.shape[:-2]):
        try:
            made[place] = np.linalg.cholesky(whole[place])
        except np.linalg.LinAlgError:
            made[place] = np.tril(np.full_like(whole[place], np.nan))
    return made


@cholesky.gradient
def _cholesky_gradient(step: Any, dy: Any) -> Any:
    lower = step.outputs
    middle = matmul(lower, dy, adjoint_a=True)
    halved = subtract(band_part(middle, -1, 0), diag(multiply(diag_part(middle), 0.5)))
    inner = _triangular_solve(lower, halved, True, True)
    found = adjoint_(_triangular_solve(lower, adjoint_(inner), True, True))
    return multiply(add(found, adjoint_(found)), 0.5)


@export("linalg.cholesky_solve")
def cholesky_solve(chol: Any, rhs: Any, name: Any = None) -> Any:
    """x of `A @ x = rhs`, for the result `chol` of `tf.linalg.cholesky(A)`: [..., n, n],
    [..., n, k] -> [..., n, k].

    Raises:
        InvalidArgumentError: when the shapes do not fit.
    """
    middle = triangular_solve(chol, rhs, lower=True)
    return triangular_solve(chol, middle, lower=True, adjoint=True)


@operation("raw_ops.MatrixSolveLs", kinds="fc")
def _lstsq(
    matrix: Operand, rhs: Operand, l2_regularizer: float, fast: bool, name: Any = None
) -> Array:
    """The solution of least squares."""
    if min(matrix.ndim, rhs.ndim) < 2 or matrix.shape[:-1] != rhs.shape[:-1]:
        raise InvalidArgumentError(
            "Input matrix and rhs must have the same number of rows. Received: "
            f"{list(matrix.shape)} and {list(rhs.shape)}"
        )
    if not fast:
        return np.asarray(np.linalg.pinv(matrix) @ rhs, matrix.dtype)
    conjugate: Array = np.conj(turned(matrix))
    rows, columns = matrix.shape[-2:]
    gram: Array = np.asarray(conjugate @ matrix if rows >= columns else matrix @ conjugate)
    gram = gram + l2_regularizer * np.eye(min(rows, columns), dtype=matrix.dtype)
    message = "Input matrix was rank deficient or ill-conditioned."
    if rows >= columns:
        return np.asarray(lapack(np.linalg.solve, message, gram, conjugate @ rhs))
    return np.asarray(conjugate @ lapack(np.linalg.solve, message, gram, rhs))


@_lstsq.shape_rule
def _lstsq_rule(matrix: Spec, rhs: Spec, l2_regularizer: float, fast: bool) -> Any:
    if None in (matrix.shape.rank, rhs.shape.rank):
        return UNKNOWN_RANK, matrix.dtype
    TensorShape(matrix.shape[:-1]).assert_is_compatible_with(rhs.shape[:-1])
    return TensorShape((*matrix.shape[:-2], matrix.shape[-1], rhs.shape[-1])), matrix.dtype


@_lstsq.gradient
def _lstsq_gradient(step: Any, dy: Any) -> Any:
    if not step.attributes["fast"]:
        raise ValueError("Gradient not defined for fast=False")
    matrix, rhs = step.operands
    rows, columns = matrix.shape[-2:]
    if None in (rows, columns):
        raise LookupError("lstsq has a gradient where the sizes of the matrix are known only")
    with tape.GradientTape() as inner:
        inner.watch([matrix, rhs])
        gram = matmul(matrix, matrix, adjoint_a=rows >= columns, adjoint_b=rows < columns)
        chol = cholesky(_regularized(gram, step.attributes["l2_regularizer"], min(rows, columns)))
        if rows >= columns:
            found = cholesky_solve(chol, matmul(matrix, rhs, adjoint_a=True))
        else:
            found = matmul(matrix, cholesky_solve(chol, rhs), adjoint_a=True)
    return tuple(inner.gradient(found, [matrix, rhs], dy))


@export("linalg.lstsq")
def lstsq(
    matrix: Any, rhs: Any, l2_regularizer: Any = 0.0, fast: bool = True, name: Any = None
) -> Any:
    """x for which `matrix @ x` is nearest to `rhs`: [..., m, n], [..., m, k] -> [..., n, k].

    Where there are more unknowns than equations, it is the smallest such x.

    Args:
        matrix: the matrices.
        rhs: the right-hand sides.
        l2_regularizer: what the sum of the squares of x counts for.
        fast: whether to solve the normal equations; else the pseudoinverse gives x, without a
            gradient.
        name: not used.

    Raises:
        InvalidArgumentError: when the normal equations have no solution, or the shapes do not fit.
        ValueError: when the gradient is asked for without `fast`.
    """
    return _lstsq(matrix, rhs, float(l2_regularizer), bool(fast))


def _regularized(gram: Any, amount: Any, size: int) -> Any:
    return add(gram, multiply(eye(size, dtype=gram.dtype), cast(amount, gram.dtype)))


# -- functions of matrices -------------------------------------------------------------------------


_TERMS = 18
"""So many terms of the series of exp leave out less than a double holds, for norms up to 1."""


@operation("linalg.expm", kinds="fc", rule=square_rule)
def _expm(input: Operand, name: Any = None) -> Array:
    """The exponential of matrices: scaled down, a power series, squared up again."""
    check_square(input)
    wide = input.astype(np.complex128 if input.dtype.kind == "c" else np.float64)
    size = input.shape[-1]
    largest = float(np.max(np.sum(np.abs(wide), -2), initial=0.0))
    halvings = max(0, int(np.ceil(np.log2(largest)))) if largest > 0 else 0
    scaled = wide / 2.0**halvings
    total = np.broadcast_to(np.eye(size, dtype=wide.dtype), wide.shape).copy()
    term = total
    for k in range(1, _TERMS + 1):
        term = term @ scaled / k
        total = total + term
    for _ in range(halvings):
        total = total @ total
    return np.asarray(total, input.dtype)


@_expm.gradient
def _expm_gradient(step: Any, dy: Any) -> Any:
    """The upper right block of the exponential of a block matrix."""
    turned = adjoint_(step.operands[0])
    size = turned.shape[-1]
    if size is None:
        raise LookupError("expm has a gradient where the size of the matrix is known only")
    above = concat([turned, dy], -1)
    below = concat([zeros_like(turned), turned], -1)
    return _expm(concat([above, below], -2))[..., :size, size:]


@export("linalg.expm")
def expm(input: Any, name: Any = None) -> Any:
    """The exponential of matrices: [..., n, n].

    Raises:
        InvalidArgumentError: when a matrix is not square; ValueError for a symbol.
    """
    return _expm(input)


_OF_SPACE = 3


@operation("linalg.cross", kinds="iuf")
def cross(a: Operand, b: Operand, name: Any = None) -> Array:
    """The cross product of vectors of 3 elements: [..., 3], [..., 3] -> [..., 3].

    Raises:
        InvalidArgumentError: when the shapes differ.
        FailedPreconditionError: when the last size is not 3.
    """
    if a.shape != b.shape or not a.ndim:
        raise InvalidArgumentError(
            f"Both inputs must be of same shape. Received: {a.shape} and {b.shape}"
        )
    if a.shape[-1] != _OF_SPACE:
        raise FailedPreconditionError(
            f"Cross-products are only defined for 3-element vectors. Received: {a.shape}"
        )
    first = a[..., [1, 2, 0]] * b[..., [2, 0, 1]]
    return np.asarray(first - a[..., [2, 0, 1]] * b[..., [1, 2, 0]])


@cross.shape_rule
def _cross_rule(a: Spec, b: Spec) -> Any:
    shape = a.shape.merge_with(b.shape)
    if shape.rank and shape[-1] not in (None, _OF_SPACE):
        raise ValueError(f"Dimension must be 3 but is {shape[-1]}")
    return shape, a.dtype


@cross.gradient
def _cross_gradient(step: Any, dy: Any) -> Any:
    a, b = step.operands
    return cross(b, dy), cross(dy, a)


@export("linalg.matvec")
def matvec(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    adjoint_a: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: Any = None,
) -> Any:
    """The product of matrices and vectors: [..., n, k], [..., k] -> [..., n].

    Raises:
        InvalidArgumentError: when the sizes do not fit; ValueError for symbols.
    """
    column = expand_dims(convert_to_tensor(b), -1)
    return squeeze(matmul(a, column, transpose_a=transpose_a, adjoint_a=adjoint_a), -1)


@export("linalg.normalize")
def normalize(
    tensor: Any, ord: Any = "euclidean", axis: Any = None, name: Any = None
) -> tuple[Any, Any]:
    """A tensor divided by its norm along axes, and the norm, whose axes are kept.

    Raises:
        ValueError: for an unknown norm.
    """
    tensor = convert_to_tensor(tensor)
    length = norm_of(tensor, ord=ord, axis=axis, keepdims=True)
    return divide(tensor, length), length
