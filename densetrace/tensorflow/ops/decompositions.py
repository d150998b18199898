"""Decompositions of matrices: eigenvalues, singular values, QR and LU, for batches too.

Follows tensorflow/python/ops/linalg/linalg_impl.py, linalg_ops.py and linalg_grad.py.
"""

from typing import Any, NamedTuple

import numpy as np

from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.dtypes import as_dtype
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.operation import Operand, Spec, export, operation
from densetrace.tensorflow.ops.casting import cast
from densetrace.tensorflow.ops.comparisons import greater
from densetrace.tensorflow.ops.creating import zeros_like
from densetrace.tensorflow.ops.diagonals import diag, diag_part
from densetrace.tensorflow.ops.joining import concat
from densetrace.tensorflow.ops.lapack import (
    adjoint_,
    check_square,
    lapack,
    squared,
)
from densetrace.tensorflow.ops.linalg import band_part, matmul, turned
from densetrace.tensorflow.ops.math import (
    add,
    divide,
    maximum,
    multiply,
    square,
    subtract,
)
from densetrace.tensorflow.ops.matrices import triangular_solve
from densetrace.tensorflow.ops.reductions import reduce_max, reduce_sum
from densetrace.tensorflow.ops.selecting import where
from densetrace.tensorflow.ops.shaping import expand_dims, shape
from densetrace.tensorflow.shapes import UNKNOWN_RANK, TensorShape
from densetrace.tensorflow.tensor import Array


@operation("raw_ops.SelfAdjointEigV2", kinds="fc")
def _eigh(input: Operand, name: Any = None) -> list[Array]:
    """The eigenvalues of self-adjoint matrices, ascending, and their eigenvectors."""
    check_square(input)
    values, vectors = lapack(np.linalg.eigh, "Self-adjoint eigen decomposition failed.", input)
    return [values.astype(input.dtype), np.ascontiguousarray(vectors)]


@_eigh.shape_rule
def _eigh_rule(input: Spec) -> Any:
    shape = squared(input.shape)
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
    u, s, v = lapack(lambda x: np.linalg.svd(x, full_matrices), "SVD did not converge.", tensor)
    return [s.astype(tensor.dtype), u, np.ascontiguousarray(np.conj(turned(v)))]


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

    s, u, v = step.outputs
    rest: Any = None
    if step.attributes["full_matrices"]:
        rows, columns = step.operands[0].shape[-2:]
        if None in (rows, columns) or abs(rows - columns) > 1:
            raise NotImplementedError(
                "svd with full_matrices=True has a gradient for matrices that are square but for "
                f"one row or column. Received: shape {step.operands[0].shape}"
            )
        least = min(rows, columns)
        rest = u[..., least:], du[..., least:], v[..., least:], dv[..., least:]
        u, du, v, dv = u[..., :least], du[..., :least], v[..., :least], dv[..., :least]
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
    found = add(found, matmul(multiply(u, inverse), outside_v, adjoint_b=True))
    if rest is None:
        return found
    # The vectors beside those of the singular values turn with the others.
    more_u, dmore_u, more_v, dmore_v = rest
    turned_u = adjoint_(matmul(u, dmore_u, adjoint_a=True))
    turned_v = matmul(v, dmore_v, adjoint_a=True)
    of_u = matmul(more_u, matmul(multiply(turned_u, inverse), v, adjoint_b=True))
    of_v = matmul(multiply(u, inverse), matmul(turned_v, more_v, adjoint_b=True))
    return subtract(found, add(of_u, of_v))


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


@operation("linalg.qr", kinds="f")
def _qr(input: Operand, full_matrices: bool = False, name: Any = None) -> list[Array]:
    """An orthogonal and an upper triangular matrix whose product is `input`, computed in double
    precision. Follows tf.linalg.qr."""
    mode: Any = "complete" if full_matrices else "reduced"
    q, r = np.linalg.qr(input.astype(np.float64), mode)
    return [np.asarray(q, input.dtype), np.asarray(r, input.dtype)]


@_qr.shape_rule
def _qr_rule(input: Spec, full_matrices: bool) -> Any:
    rows, columns = input.shape[-2:]
    if full_matrices:
        inner, outer = rows, rows
    else:
        inner = outer = None if None in (rows, columns) else min(rows, columns)
    lead = input.shape[:-2]
    return [
        (TensorShape((*lead, rows, inner)), input.dtype),
        (TensorShape((*lead, outer, columns)), input.dtype),
    ]


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
    return adjoint_(triangular_solve(r, adjoint_(inner), False, False))


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
    check_square(input)
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
    shape = squared(input.shape)
    order = shape if shape.rank is None else TensorShape(shape[:-1])
    return [(shape, input.dtype), (order, as_dtype(output_idx_type))]


@export("linalg.lu")
def lu(input: Any, output_idx_type: Any = "int32", name: Any = None) -> Lu:
    """Both triangular factors of matrices in one matrix, the lower one without its ones, and the
    permutation of the rows: [..., n, n] -> [..., n, n], [..., n].

    Raises:
        InvalidArgumentError: when a matrix is not invertible.
        LookupError: when a gradient is asked for, which TensorFlow 2.14 does not have either.
    """
    return Lu(*_lu(input, output_idx_type))


# -- what follows from singular values -----------------------------------------------------------


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
