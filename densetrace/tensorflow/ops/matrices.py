"""Decompositions of matrices, linear equations, and what follows from them, for batches too:
[..., n, n]. NumPy's LAPACK computes in the dtype of the matrices.

Follows tensorflow/python/ops/linalg/linalg_impl.py, linalg_ops.py and linalg_grad.py.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from densetrace.tensorflow import tape
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.dtypes import as_dtype
from densetrace.tensorflow.errors import FailedPreconditionError, InvalidArgumentError
from densetrace.tensorflow.operation import Operand, Spec, export, operation
from densetrace.tensorflow.ops.casting import cast
from densetrace.tensorflow.ops.comparisons import greater
from densetrace.tensorflow.ops.complex import conj
from densetrace.tensorflow.ops.creating import eye, zeros_like
from densetrace.tensorflow.ops.elementary import log
from densetrace.tensorflow.ops.gradients import sum_to
from densetrace.tensorflow.ops.joining import concat
from densetrace.tensorflow.ops.linalg import (
    _qr,
    band_part,
    diag,
    diag_part,
    matmul,
    matrix_transpose,
    trace,
)
from densetrace.tensorflow.ops.linalg import norm as norm_of
from densetrace.tensorflow.ops.math import (
    add,
    divide,
    maximum,
    multiply,
    negative,
    square,
    subtract,
)
from densetrace.tensorflow.ops.reductions import reduce_max, reduce_sum
from densetrace.tensorflow.ops.selecting import where
from densetrace.tensorflow.ops.shaping import expand_dims, shape, squeeze
from densetrace.tensorflow.shapes import UNKNOWN_RANK, TensorShape, broadcast
from densetrace.tensorflow.tensor import Array

# -- what matrices must be -------------------------------------------------------------------------


def _turned(array: Array) -> Array:
    return np.swapaxes(array, -1, -2)


def _check_square(array: Array) -> None:
    if array.ndim < 2 or array.shape[-1] != array.shape[-2]:
        raise InvalidArgumentError(f"Input matrix must be square. Received: {list(array.shape)}")


def _square_rule(input: Spec, **attributes: Any) -> Any:
    """The same shape, of square matrices.

    Raises:
        ValueError: when they are not square.
    """
    return _squared(input.shape), input.dtype


def _squared(shape: TensorShape) -> TensorShape:
    if shape.rank is None:
        return UNKNOWN_RANK
    if len(shape) < 2:
        raise ValueError(f"Shape must be at least rank 2 but is rank {len(shape)}")
    rows, columns = shape[-2:]
    if None not in (rows, columns) and rows != columns:
        raise ValueError(f"Dimensions must be equal, but are {rows} and {columns}")
    size = columns if rows is None else rows
    return TensorShape((*shape[:-2], size, size))


def _lapack(function: Callable[..., Any], message: str, *arrays: Array) -> Any:
    """What a function of NumPy's gives; half precision is refused like in TensorFlow.

    Raises:
        InvalidArgumentError: when the matrices have no such decomposition, or solution.
    """
    try:
        return function(*arrays)
    except np.linalg.LinAlgError as error:
        raise InvalidArgumentError(message) from error


# -- determinants ----------------------------------------------------------------------------------


def _det_rule(input: Spec) -> Any:
    shape = _squared(input.shape)
    return (shape if shape.rank is None else TensorShape(shape[:-2])), input.dtype


@operation("linalg.det", kinds="fc", rule=_det_rule)
def det(input: Operand, name: Any = None) -> Array:
    """The determinant: [..., n, n] -> [...].

    Raises:
        InvalidArgumentError: when a matrix is not square.
    """
    _check_square(input)
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
    _check_square(input)
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


@operation("linalg.inv", kinds="fc", rule=_square_rule)
def inv(input: Operand, adjoint: bool = False, name: Any = None) -> Array:
    """The inverse, or the adjoint of the inverse: [..., n, n].

    Raises:
        InvalidArgumentError: when a matrix has none.
    """
    _check_square(input)
    found: Array = _lapack(np.linalg.inv, "Input is not invertible.", input)
    return np.ascontiguousarray(np.conj(_turned(found))) if adjoint else found


@inv.gradient
def _inv_gradient(step: Any, dy: Any) -> Any:
    y = step.outputs
    if step.attributes["adjoint"]:
        return negative(matmul(y, matmul(dy, y, adjoint_a=True, adjoint_b=False), adjoint_b=False))
    return negative(matmul(y, matmul(dy, y, adjoint_b=True), adjoint_a=True))


def _solve_rule(matrix: Spec, rhs: Spec, **attributes: Any) -> Any:
    shape = _squared(matrix.shape)
    if shape.rank is None or rhs.shape.rank is None:
        return UNKNOWN_RANK, matrix.dtype
    if len(rhs.shape) < 2:
        raise ValueError(f"Shape must be at least rank 2 but is rank {len(rhs.shape)}")
    rows = TensorShape(rhs.shape[-2:-1]).merge_with(shape[-1:])
    outer = broadcast(TensorShape(shape[:-2]), TensorShape(rhs.shape[:-2]))
    return TensorShape((*outer, *rows, rhs.shape[-1])), matrix.dtype


def _check_rows(matrix: Array, rhs: Array) -> None:
    _check_square(matrix)
    if rhs.ndim < 2 or rhs.shape[-2] != matrix.shape[-1]:
        raise InvalidArgumentError(
            "Input matrix and rhs must have the same number of rows. Received: "
            f"{list(matrix.shape)} and {list(rhs.shape)}"
        )


@operation("linalg.solve", kinds="fc", rule=_solve_rule)
def solve(matrix: Operand, rhs: Operand, adjoint: bool = False, name: Any = None) -> Array:
    """x of `matrix @ x = rhs`, or of the adjoint matrix: [..., n, n], [..., n, k] -> [..., n, k].

    Raises:
        InvalidArgumentError: when the matrix is not invertible, or the shapes do not fit.
    """
    _check_rows(matrix, rhs)
    given = np.conj(_turned(matrix)) if adjoint else matrix
    return np.asarray(_lapack(np.linalg.solve, "Input matrix is not invertible.", given, rhs))


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
    given = np.conj(_turned(given)) if adjoint else given
    return np.asarray(_lapack(np.linalg.solve, "Input matrix is not invertible.", given, rhs))


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


@operation("linalg.cholesky", kinds="fc", rule=_square_rule)
def cholesky(input: Operand, name: Any = None) -> Array:
    """The lower triangular matrix whose product with its adjoint is `input`: [..., n, n]; NaN where
    a matrix is not positive definite.

    Raises:
        InvalidArgumentError: when a matrix is not square.
    """
    _check_square(input)
    # Only the lower triangle is read.
    lower = np.tril(input)
    whole = lower + np.conj(_turned(np.tril(input, -1)))
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
    turned: Array = np.conj(_turned(matrix))
    rows, columns = matrix.shape[-2:]
    gram: Array = np.asarray(turned @ matrix if rows >= columns else matrix @ turned)
    gram = gram + l2_regularizer * np.eye(min(rows, columns), dtype=matrix.dtype)
    message = "Input matrix was rank deficient or ill-conditioned."
    if rows >= columns:
        return np.asarray(_lapack(np.linalg.solve, message, gram, turned @ rhs))
    return np.asarray(turned @ _lapack(np.linalg.solve, message, gram, rhs))


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


# -- decompositions --------------------------------------------------------------------------------


@operation("raw_ops.SelfAdjointEigV2", kinds="fc")
def _eigh(input: Operand, name: Any = None) -> list[Array]:
    """The eigenvalues of self-adjoint matrices, ascending, and their eigenvectors."""
    _check_square(input)
    values, vectors = _lapack(np.linalg.eigh, "Self-adjoint eigen decomposition failed.", input)
    return [values.astype(input.dtype), np.ascontiguousarray(vectors)]


@_eigh.shape_rule
def _eigh_rule(input: Spec) -> Any:
    shape = _squared(input.shape)
    values = shape if shape.rank is None else TensorShape(shape[:-1])
    return [(values, input.dtype), (shape, input.dtype)]


@_eigh.gradient
def _eigh_gradient(step: Any, dvalues: Any, dvectors: Any) -> Any:
    values, vectors = step.outputs
    gaps = subtract(expand_dims(values, -2), expand_dims(values, -1))
    inner = multiply(_without_diagonal(gaps), matmul(vectors, dvectors, adjoint_a=True))
    middle = add(diag(dvalues), inner)
    found = matmul(vectors, matmul(middle, vectors, adjoint_b=True))
    # Only the lower triangle of the matrix was read.
    lower = band_part(add(found, adjoint_(found)), -1, 0)
    return subtract(lower, diag(diag_part(found)))


def _without_diagonal(gaps: Any) -> Any:
    """1 / gaps, and 0 where the gap is 0."""
    from densetrace.tensorflow.ops.math import divide_no_nan

    return divide_no_nan(cast(1.0, gaps.dtype), gaps)


@export("linalg.eigh")
def eigh(tensor: Any, name: Any = None) -> tuple[Any, Any]:
    """The eigenvalues of self-adjoint matrices, ascending, and the matrices of their eigenvectors:
    [..., n, n] -> [..., n], [..., n, n]. The signs of eigenvectors may differ from TensorFlow's.

    Raises:
        InvalidArgumentError: when a matrix is not square.
    """
    values, vectors = _eigh(tensor)
    return values, vectors


@export("linalg.eigvalsh")
def eigvalsh(tensor: Any, name: Any = None) -> Any:
    """The eigenvalues of self-adjoint matrices, ascending: [..., n, n] -> [..., n].

    Raises:
        InvalidArgumentError: when a matrix is not square.
    """
    return _eigh(tensor)[0]


@operation("raw_ops.Svd", kinds="fc")
def _svd(tensor: Operand, full_matrices: bool, name: Any = None) -> list[Array]:
    """The singular values, descending, and the matrices of left and right singular vectors."""
    if tensor.ndim < 2:
        raise InvalidArgumentError(f"Shape must be at least rank 2. Received: {tensor.shape}")
    u, s, v = _lapack(lambda x: np.linalg.svd(x, full_matrices), "SVD did not converge.", tensor)
    return [s.astype(tensor.dtype), u, np.ascontiguousarray(np.conj(_turned(v)))]


@_svd.shape_rule
def _svd_rule(tensor: Spec, full_matrices: bool) -> Any:
    if tensor.shape.rank is None:
        return [(UNKNOWN_RANK, tensor.dtype)] * 3
    if len(tensor.shape) < 2:
        raise ValueError(f"Shape must be at least rank 2 but is rank {len(tensor.shape)}")
    lead, (rows, columns) = tensor.shape[:-2], tensor.shape[-2:]
    least = None if None in (rows, columns) else min(rows, columns)
    inner = (rows, columns) if full_matrices else (least, least)
    return [
        (TensorShape((*lead, least)), tensor.dtype),
        (TensorShape((*lead, rows, inner[0])), tensor.dtype),
        (TensorShape((*lead, columns, inner[1])), tensor.dtype),
    ]


@_svd.gradient
def _svd_gradient(step: Any, ds: Any, du: Any, dv: Any) -> Any:
    from densetrace.tensorflow.ops.math import divide_no_nan

    if step.attributes["full_matrices"]:
        raise LookupError("svd has a gradient where full_matrices is False only")
    s, u, v = step.outputs
    squares = square(s)
    gaps = subtract(expand_dims(squares, -2), expand_dims(squares, -1))
    f = divide_no_nan(cast(1.0, s.dtype), gaps)
    row = expand_dims(s, -2)
    of_u = multiply(f, matmul(u, du, adjoint_a=True))
    of_v = multiply(f, matmul(v, dv, adjoint_a=True))
    middle = add(
        multiply(add(of_u, adjoint_(of_u)), row),
        multiply(expand_dims(s, -1), add(of_v, adjoint_(of_v))),
    )
    found = matmul(u, matmul(add(diag(ds), middle), v, adjoint_b=True))
    # What of the gradients of u and v is outside of the spaces that they span.
    inverse = divide_no_nan(cast(1.0, s.dtype), row)
    outside_u = subtract(du, matmul(u, matmul(u, du, adjoint_a=True)))
    outside_v = subtract(dv, matmul(v, matmul(v, dv, adjoint_a=True)))
    found = add(found, matmul(multiply(outside_u, inverse), v, adjoint_b=True))
    return add(found, matmul(multiply(u, inverse), outside_v, adjoint_b=True))


@export("linalg.svd")
def svd(tensor: Any, full_matrices: bool = False, compute_uv: bool = True, name: Any = None) -> Any:
    """The singular values of matrices, descending, and the matrices of their left and right
    singular vectors: [..., m, n] -> [..., p], [..., m, p], [..., n, p] with p the smaller of both.

    Args:
        tensor: the matrices.
        full_matrices: whether the vectors span the whole space: [..., m, m], [..., n, n].
        compute_uv: whether to return the vectors, or the values only.
        name: not used.

    The signs of singular vectors may differ from TensorFlow's.

    Raises:
        InvalidArgumentError: when a tensor is no matrix.
    """
    s, u, v = _svd(tensor, full_matrices)
    return (s, u, v) if compute_uv else s


class Qr(NamedTuple):
    """What `tf.linalg.qr` returns."""

    q: Any
    r: Any


@_qr.gradient
def _qr_gradient(step: Any, dq: Any, dr: Any) -> Any:
    q, r = step.outputs
    rows, columns = step.operands[0].shape[-2:]
    if None in (rows, columns) or (step.attributes["full_matrices"] and rows > columns):
        raise LookupError("qr has a gradient for known sizes and without full_matrices only")
    if rows < columns:
        # The first columns alone give q; the others of r are theirs times q.
        first, rest = step.operands[0][..., :rows], step.operands[0][..., rows:]
        dfirst, drest = dr[..., :rows], dr[..., rows:]
        of_q = add(dq, matmul(rest, drest, adjoint_b=True))
        of_first = _square_qr_gradient(q, r[..., :rows], of_q, dfirst)
        del first
        return concat([of_first, matmul(q, drest)], -1)
    return _square_qr_gradient(q, r, dq, dr)


def _square_qr_gradient(q: Any, r: Any, dq: Any, dr: Any) -> Any:
    middle = subtract(matmul(r, dr, adjoint_b=True), matmul(dq, q, adjoint_a=True))
    # The lower triangle decides; the upper one mirrors it.
    lower = band_part(middle, -1, 0)
    mirrored = subtract(add(lower, adjoint_(lower)), diag(diag_part(middle)))
    inner = add(dq, matmul(q, mirrored))
    return adjoint_(_triangular_solve(r, adjoint_(inner), False, False))


@export("linalg.qr")
def qr(input: Any, full_matrices: bool = False, name: Any = None) -> Qr:
    """An orthogonal matrix and an upper triangular one whose product is `input`: [..., m, n] ->
    [..., m, p], [..., p, n] with p the smaller of both; m for `full_matrices`.

    The signs of columns may differ from TensorFlow's.
    """
    return Qr(*_qr(input, full_matrices))


class Lu(NamedTuple):
    """What `tf.linalg.lu` returns."""

    lu: Any
    p: Any


@operation("raw_ops.Lu", kinds="fc")
def _lu(input: Operand, output_idx_type: Any, name: Any = None) -> list[Array]:
    """Both triangular factors in one matrix, and the permutation of the rows."""
    _check_square(input)
    size = input.shape[-1]
    made = input.copy()
    rows = np.broadcast_to(np.arange(size), input.shape[:-1]).copy()
    for place in np.ndindex(*input.shape[:-2]):
        matrix, order = made[place], rows[place]
        for at in range(size):
            pivot = at + int(np.argmax(np.abs(matrix[at:, at])))
            if matrix[pivot, at] == 0:
                raise InvalidArgumentError("Input is not invertible.")
            matrix[[at, pivot]] = matrix[[pivot, at]]
            order[[at, pivot]] = order[[pivot, at]]
            matrix[at + 1 :, at] /= matrix[at, at]
            matrix[at + 1 :, at + 1 :] -= np.outer(matrix[at + 1 :, at], matrix[at, at + 1 :])
    return [made, rows.astype(as_dtype(output_idx_type).numpy)]


@_lu.shape_rule
def _lu_rule(input: Spec, output_idx_type: Any) -> Any:
    shape = _squared(input.shape)
    order = shape if shape.rank is None else TensorShape(shape[:-1])
    return [(shape, input.dtype), (order, as_dtype(output_idx_type))]


@export("linalg.lu")
def lu(input: Any, output_idx_type: Any = "int32", name: Any = None) -> Lu:
    """Both triangular factors of matrices in one matrix, the lower one without its ones, and the
    permutation of the rows: [..., n, n] -> [..., n, n], [..., n].

    Raises:
        InvalidArgumentError: when a matrix is not invertible.
        LookupError: when a gradient is asked for.
    """
    return Lu(*_lu(input, output_idx_type))


# -- functions of matrices -------------------------------------------------------------------------


@export("linalg.pinv")
def pinv(a: Any, rcond: Any = None, validate_args: bool = False, name: Any = None) -> Any:
    """The pseudoinverse, which leaves out singular values below `rcond` times the largest:
    [..., m, n] -> [..., n, m].

    Raises:
        TypeError: when it has no floating point dtype.
        ValueError: when it is no matrix.
    """
    a = convert_to_tensor(a)
    if not a.dtype.is_floating:
        raise TypeError(f"Input `a` must have `float`-like `dtype` (saw {a.dtype.name}).")
    if a.shape.rank is not None and a.shape.rank < 2:
        raise ValueError(f"Input `a` must have at least 2 dimensions (saw: {a.shape.rank}).")
    if rcond is None:
        rcond = multiply(_larger_size(a), cast(10.0 * np.finfo(a.dtype.numpy).eps, a.dtype))
    s, u, v = svd(a)
    limit = multiply(cast(rcond, a.dtype), reduce_max(s, -1, keepdims=True))
    used = where(greater(s, limit), s, add(zeros_like(s), np.inf))
    return matmul(divide(v, expand_dims(used, -2)), u, adjoint_b=True)


def _larger_size(a: Any) -> Any:
    """The larger size of matrices, in their dtype."""
    sizes = a.shape[-2:]
    if None not in sizes:
        return cast(max(sizes), a.dtype)
    found = shape(a)
    return cast(maximum(found[-2], found[-1]), a.dtype)


@export("linalg.matrix_rank")
def matrix_rank(a: Any, tol: Any = None, validate_args: bool = False, name: Any = None) -> Any:
    """How many singular values are greater than `tol`: [..., m, n] -> i32[...].

    Raises:
        TypeError: when it has no floating point dtype.
    """
    a = convert_to_tensor(a)
    if not a.dtype.is_floating:
        raise TypeError(f"Input `a` must have `float`-like `dtype` (saw {a.dtype.name}).")
    s = svd(a, compute_uv=False)
    if tol is None:
        smallest = multiply(_larger_size(a), cast(np.finfo(a.dtype.numpy).eps, a.dtype))
        tol = multiply(reduce_max(s, -1, keepdims=True), smallest)
    return reduce_sum(cast(greater(s, tol), "int32"), -1)


_TERMS = 18
"""So many terms of the series of exp leave out less than a double holds, for norms up to 1."""


@operation("linalg.expm", kinds="fc", rule=_square_rule)
def _expm(input: Operand, name: Any = None) -> Array:
    """The exponential of matrices: scaled down, a power series, squared up again."""
    _check_square(input)
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


@export("linalg.adjoint")
def adjoint_(matrix: Any, name: Any = None) -> Any:
    """The matrices with their last two axes swapped, and conjugated: [..., m, n] -> [..., n, m]."""
    turned = matrix_transpose(matrix)
    return conj(turned) if turned.dtype.is_complex else turned


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


# -- diagonals -------------------------------------------------------------------------------------


@operation("raw_ops.MatrixSetDiagV3")
def _set_diag(input: Operand, diagonal: Operand, k: int, name: Any = None) -> Array:
    """The matrices with another diagonal."""
    rows, columns = input.shape[-2:]
    lines = np.arange(max(0, -k), min(rows, columns - k))
    if diagonal.shape != (*input.shape[:-2], len(lines)):
        raise InvalidArgumentError(
            f"The diagonal must have the shape {[*input.shape[:-2], len(lines)]}. "
            f"Received: {list(diagonal.shape)}"
        )
    made = input.copy()
    made[..., lines, lines + k] = diagonal
    return made


@_set_diag.shape_rule
def _set_diag_rule(input: Spec, diagonal: Spec, k: int) -> Any:
    if input.shape.rank is not None and len(input.shape) < 2:
        raise ValueError(f"Shape must be at least rank 2 but is rank {len(input.shape)}")
    if None not in (input.shape.rank, diagonal.shape.rank):
        if len(diagonal.shape) != len(input.shape) - 1:
            raise ValueError(f"Shape must be rank {len(input.shape) - 1}")
        lead = TensorShape(input.shape[:-2]).merge_with(TensorShape(diagonal.shape[:-1]))
        return TensorShape((*lead, *input.shape[-2:])), input.dtype
    return input.shape, input.dtype


@_set_diag.gradient
def _set_diag_gradient(step: Any, dy: Any) -> Any:
    k = step.attributes["k"]
    return _set_diag(dy, zeros_like(step.operands[1]), k), _diagonal(dy, k)


@operation("raw_ops.MatrixDiagPartV3")
def _diagonal(input: Operand, k: int, name: Any = None) -> Array:
    """A diagonal of matrices."""
    return np.ascontiguousarray(np.diagonal(input, k, axis1=-2, axis2=-1))


@_diagonal.shape_rule
def _diagonal_rule(input: Spec, k: int) -> Any:
    if input.shape.rank is None:
        return UNKNOWN_RANK, input.dtype
    rows, columns = input.shape[-2:]
    count = None if None in (rows, columns) else len(range(max(0, -k), min(rows, columns - k)))
    return TensorShape((*input.shape[:-2], count)), input.dtype


@_diagonal.gradient
def _diagonal_gradient(step: Any, dy: Any) -> Any:
    return _set_diag(zeros_like(step.operands[0]), dy, step.attributes["k"])


@export("linalg.set_diag")
def set_diag(
    input: Any, diagonal: Any, name: str = "set_diag", k: Any = 0, align: str = "RIGHT_LEFT"
) -> Any:
    """The matrices with another diagonal: the one `k` above the main one, below for negative k.

    Raises:
        InvalidArgumentError: when the diagonal does not fit.
        ValueError: for a range of diagonals, which densetrace does not have.
    """
    # DEPARTS: TensorFlow sets a range of diagonals too: k=(-1, 1).
    if isinstance(k, list | tuple):
        raise ValueError(f"densetrace sets one diagonal at a time. Received: k={k}")
    return _set_diag(input, diagonal, int(k))


@diag_part.gradient
def _diag_part_gradient(step: Any, dy: Any) -> Any:
    return _set_diag(zeros_like(step.operands[0]), dy, 0)


@trace.gradient
def _trace_gradient(step: Any, dy: Any) -> Any:
    ones = add(zeros_like(diag_part(step.operands[0])), 1)
    return _set_diag(zeros_like(step.operands[0]), multiply(ones, expand_dims(dy, -1)), 0)


@operation("linalg.tensor_diag", kinds="iufc")
def tensor_diag(diagonal: Operand, name: Any = None) -> Array:
    """Zeros with a tensor on the diagonal: [*s] -> [*s, *s]."""
    made: Array = np.diag(diagonal.ravel()).reshape(*diagonal.shape, *diagonal.shape)
    return made


@tensor_diag.shape_rule
def _tensor_diag_rule(diagonal: Spec) -> Any:
    if diagonal.shape.rank is None:
        return UNKNOWN_RANK, diagonal.dtype
    return TensorShape((*diagonal.shape, *diagonal.shape)), diagonal.dtype


@tensor_diag.gradient
def _tensor_diag_gradient(step: Any, dy: Any) -> Any:
    return tensor_diag_part(dy)


@operation("linalg.tensor_diag_part", kinds="iufc")
def tensor_diag_part(input: Operand, name: Any = None) -> Array:
    """The diagonal of a tensor: [*s, *s] -> [*s].

    Raises:
        InvalidArgumentError: when its second half of sizes is not the first.
    """
    half = input.ndim // 2
    sizes = input.shape[:half]
    if input.ndim % 2 or not half or sizes != input.shape[half:]:
        raise InvalidArgumentError(f"Both halves of the sizes must be equal: {list(input.shape)}")
    count = int(np.prod(sizes))
    return np.diagonal(input.reshape(count, count)).copy().reshape(sizes)


@tensor_diag_part.shape_rule
def _tensor_part_rule(input: Spec) -> Any:
    if input.shape.rank is None:
        return UNKNOWN_RANK, input.dtype
    half, odd = divmod(len(input.shape), 2)
    if odd or not half:
        raise ValueError(f"The rank must be even and positive. Received: {input.shape}")
    return input.shape[:half].merge_with(input.shape[half:]), input.dtype


@tensor_diag_part.gradient
def _tensor_part_gradient(step: Any, dy: Any) -> Any:
    return tensor_diag(dy)
