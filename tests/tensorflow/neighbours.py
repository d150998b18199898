"""Calls of TensorFlow's functions, and what is observed of them: the value, the shape that a graph
knows, the gradients, the errors.

Run with a real TensorFlow 2.14 (it imports nothing else), this file writes the expectations of
test_neighbours.py:

    python tests/tensorflow/neighbours.py
"""

import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

RECORDED = Path(__file__).parents[1] / "data" / "tensorflow-2.14-neighbours.json"

_SPREAD = [[[4.0, 1.0, 0.5], [1.0, 3.0, 0.25], [0.5, 0.25, 2.0]],
           [[2.0, -0.5, 0.0], [-0.5, 1.0, 0.3], [0.0, 0.3, 5.0]]]  # fmt: skip
_SQUARE = [[[2.0, 1.0, -0.5], [0.5, -3.0, 1.0], [1.0, 0.25, 1.5]],
           [[1.0, 0.5, 0.0], [-1.0, 2.0, 0.5], [0.25, 1.0, -2.0]]]  # fmt: skip
_SIDES = [[[1.0, 2.0], [0.5, -1.0], [3.0, 0.25]], [[-2.0, 1.0], [0.75, 2.5], [1.5, -0.5]]]
_TALL = [[[1.0, 2.0, 0.5], [0.0, 1.5, -1.0], [2.0, -0.5, 1.0], [1.0, 1.0, 3.0]],
         [[0.5, -1.0, 2.0], [1.0, 0.25, 0.0], [3.0, 1.0, -2.0], [0.0, 2.0, 1.0]]]  # fmt: skip

INPUTS: dict[str, Any] = {
    "x": np.array([[0.5, -1.5, 2.0], [1.25, 0.75, -0.25]], np.float32),
    "y": np.array([[1.0, 2.0, -3.0], [0.5, -0.5, 4.0]], np.float32),
    "d": np.array([[0.5, -1.5, 2.0], [1.25, 0.75, -0.25]], np.float64),
    "h": np.array([[0.5, -1.5, 2.0], [1.25, 0.75, -0.25]], np.float16),
    "p": np.array([[0.5, 1.5, 2.5], [3.0, 0.25, 7.0]], np.float32),
    "q": np.array([[0.5, 1.5, 2.5], [3.0, 0.25, 7.0]], np.float64),
    "u": np.array([[0.5, -0.3, 0.9], [0.125, -0.75, 0.0]], np.float32),
    "e": np.array([[0.5, -0.3, 0.9], [0.125, -0.75, 0.0]], np.float64),
    "v": np.array([3.0, 1.0, 2.0, 1.0], np.float32),
    "w": np.array([0.5, -1.0, 2.0, 0.25], np.float32),
    "z": np.array([[1.0, 0.0, 2.0], [0.0, 0.0, -1.0]], np.float32),
    "i": np.array([2, 0, 3, 1], np.int32),
    "j": np.array([[1, 2], [3, 0]], np.int32),
    "k": np.array([0, 0, 1, 2], np.int32),
    "n": np.array([5, -7, 6, 3], np.int32),
    "o": np.array([2, 2, -4, 3], np.int32),
    "l": np.array([5, -7, 6, 3], np.int64),
    "b": np.array([True, False, True, False], np.bool_),
    "c": np.array([True, True, False, False], np.bool_),
    "s": np.array(_SPREAD, np.float32),
    "S": np.array(_SPREAD, np.float64),
    "a": np.array(_SQUARE, np.float64),
    "r": np.array(_SIDES, np.float64),
    "t": np.array(_TALL, np.float64),
    "C": np.array([1 + 2j, -0.5j], np.complex64),
}
"""The tensors that a call may name."""

CALLS = """
tf.sort(x)
tf.sort(x, axis=0, direction='DESCENDING')
tf.sort(v)
tf.sort(n)
tf.sort(v, direction='UP')
tf.sort(v, axis=3)
tf.argsort(v)
tf.argsort(v, direction='DESCENDING')
tf.argsort(x, axis=0)
tf.argsort(n)
tf.slice(x, [0, 1], [2, 2])
tf.slice(x, [1, 0], [-1, 2])
tf.slice(x, i[1:3] * 0, [1, -1])
tf.slice(x, [0, 1], [2, 3])
tf.slice(x, [0], [2])
tf.strided_slice(x, [0, 0], [2, 3], [1, 2])
tf.strided_slice(x, [0, 2], [2, 0], [1, -1])
tf.strided_slice(x, [0], [1])
tf.strided_slice(x, [1, 0], [2, 1], shrink_axis_mask=1)
tf.strided_slice(x, [1, 1], [2, 2], begin_mask=1, end_mask=2)
tf.strided_slice(x, [0, 0, 0], [0, 0, 1], ellipsis_mask=1, new_axis_mask=2)
tf.strided_slice(x, [0, 0], [1])
tf.meshgrid(v, w)
tf.meshgrid(v, i[:2], indexing='ij')
tf.meshgrid(v, w, v[:2])
tf.meshgrid(v, w, indexing='ab')
tf.ensure_shape(x, [None, 3])
tf.ensure_shape(x, [2, None])
tf.ensure_shape(x, [3, 3])
tf.unique(i)
tf.unique(v)
tf.unique(k, out_idx=tf.int64)
tf.unique(x)
tf.unique_with_counts(k)
tf.identity_n([x, i])
tf.shape_n([x, v])
tf.shape_n([x, v], out_type=tf.int64)
tf.scalar_mul(2.0, x)
tf.scalar_mul(2, x)
tf.scalar_mul(v, x)
tf.saturate_cast(x * 1000, tf.int8)
tf.saturate_cast(x * 1e10, tf.int32)
tf.saturate_cast(n, tf.uint8)
tf.saturate_cast(x * 1e6, tf.float16)
tf.saturate_cast(n, tf.int64)
tf.saturate_cast(x, tf.float64)
tf.sequence_mask(i)
tf.sequence_mask(i, 5)
tf.sequence_mask(j, 4, dtype=tf.float32)
tf.sequence_mask(i, [1, 2])
tf.searchsorted(tf.sort(v), w)
tf.searchsorted(tf.sort(x), x, side='right')
tf.searchsorted(tf.sort(x), x, side='right', out_type=tf.int64)
tf.searchsorted([1, 3, 5], n)
tf.searchsorted(v, w, side='up')
tf.reverse_sequence(x, [2, 3], seq_axis=1, batch_axis=0)
tf.reverse_sequence(x, [1, 2, 0], seq_axis=0, batch_axis=1)
tf.reverse_sequence(x, [2, 4], seq_axis=1)
tf.reverse_sequence(x, [2, 2], seq_axis=0)
tf.unravel_index(i, [2, 2])
tf.unravel_index(i[0], [2, 2])
tf.unravel_index(i, [2, 1])
tf.truncatediv(n, o)
tf.truncatediv(x, y)
tf.truncatemod(n, o)
tf.truncatemod(x, y)
tf.truncatediv(n, n * 0)
tf.tensor_scatter_nd_add(v, [[1], [3], [1]], w[:3])
tf.tensor_scatter_nd_sub(x, [[0, 1], [1, 2]], v[:2])
tf.tensor_scatter_nd_max(x, [[1], [0]], y)
tf.tensor_scatter_nd_min(v, [[1], [3], [0]], w[:3] + 0.5)
tf.tensor_scatter_nd_max(v, [[0], [1]], v[:2])
tf.tensor_scatter_nd_add(v, [[4]], w[:1])
tf.tensor_scatter_nd_add(v, [[1]], w)
tf.scan(lambda s, one: s + one, x)
tf.scan(lambda s, one: s * one, v, initializer=2.0)
tf.scan(lambda s, one: s + one, v, reverse=True)
tf.scan(lambda s, one: (s[0] + one[0], s[1] * one[1]), (v, w))
tf.foldl(lambda s, one: s * 2 + one, v)
tf.foldl(lambda s, one: s + one, x, initializer=tf.zeros(3))
tf.foldr(lambda s, one: s * 2 + one, v)
tf.foldr(lambda s, one: s - one, i, initializer=1)
tf.map_fn(lambda one: one * 2, x)
tf.vectorized_map(lambda one: one * 2, x)
tf.switch_case(i[3], [lambda: x, lambda: y])
tf.switch_case(i[0], [lambda: x, lambda: y])
tf.switch_case(i[0], {0: lambda: x, 5: lambda: y}, default=lambda: x + y)
tf.switch_case(w[0], [lambda: x])
tf.switch_case(i[0], lambda: x)
tf.switch_case(i[0], [])
tf.linalg.global_norm([x, y])
tf.broadcast_static_shape(tf.TensorShape([2, 1]), tf.TensorShape([3]))
tf.broadcast_static_shape(tf.TensorShape([2, 2]), tf.TensorShape([3]))
tf.broadcast_dynamic_shape(i[2:3], i[:1])
tf.broadcast_dynamic_shape([2, 1], [3])
tf.broadcast_dynamic_shape([2, 2], [3])
tf.size(x, tf.int64)
tf.shape(x, tf.int64)
tf.is_tensor(x)
tf.is_tensor([1])
tf.dtypes.as_dtype('float32')
tf.dtypes.as_dtype('nope')
tf.version.VERSION
tf.config.list_physical_devices('GPU')
str(tf.config.list_physical_devices())
tf.nest.flatten({'b': 1, 'a': (2, [3])})
tf.nest.map_structure(lambda one, two: one + two, {'a': [1, 2]}, {'a': [3, 4]})
tf.nest.map_structure(lambda one, two: one, [1, 2], [1])
tf.nest.map_structure(lambda one, two: one, [1, 2], (1, 2))
tf.nest.map_structure(lambda: 1)
tf.nest.map_structure(1, [2])
tf.nest.pack_sequence_as([1, (2, 3)], [4, 5, 6])
tf.nest.pack_sequence_as([1, (2, 3)], [4, 5])
tf.nest.pack_sequence_as([1], 5)
tf.nest.pack_sequence_as(1, [5])
tf.nest.assert_same_structure([1, 2], (1, 2))
tf.nest.assert_same_structure([1, 2], [1])
tf.nest.assert_same_structure({'a': 1}, {'b': 1})
tf.nest.assert_same_structure([1, (2,)], [3, (4,)])
tf.nest.is_nested((1,))
tf.nest.is_nested('a')
tf.nest.is_nested({1: 2}.items())
tf.py_function(lambda one: one * 2, [x], tf.float32)
tf.py_function(lambda one, two: [one, two], [v, i], [tf.float32, tf.int32])
tf.numpy_function(lambda one: one.sum(), [v], tf.float32)
tf.numpy_function(lambda one: one.astype('float64'), [v], tf.float64)
len(tf.Variable([1.0, 2.0]))
tf.get_static_value(tf.constant([1, 2]))
tf.tuple([x, i])
# operators and conditions
tf.bitwise.bitwise_and(n, o)
tf.bitwise.bitwise_or(n, o)
tf.bitwise.bitwise_xor(n, 12)
tf.bitwise.bitwise_xor(l, l + 1)
tf.bitwise.invert(n)
tf.bitwise.invert(tf.cast(i, tf.uint8))
tf.bitwise.left_shift(i, [1, 2, 30, 40])
tf.bitwise.right_shift(n, [1, 2, 30, 40])
tf.bitwise.right_shift(tf.cast(n, tf.uint8), tf.cast(i, tf.uint8))
tf.bitwise.left_shift(i, [-1, 0, 1, 2])
tf.bitwise.bitwise_and(v, w)
tf.bitwise.bitwise_and(b, c)
tf.bitwise.invert(v)
tf.bitwise.bitwise_and(n, l)
n & o
n | 3
7 ^ n
~n
b & c
b | c
True ^ b
~b
v & w
v ^ 2.0
~v
b & n
n | b
n & 1.5
b & 1
tf.logical_and(b, c)
tf.logical_and(n, o)
tf.logical_or(b, n)
tf.logical_not(n)
tf.logical_not([1, 0])
tf.logical_and(np.array([1, 0, 1, 0]), b)
tf.where(b, v, w)
tf.where(n, v, w)
tf.where(v, 1, 2)
tf.where([1, 0], 1, 2)
tf.reduce_all(b)
tf.reduce_all(n)
tf.reduce_any([1, 0])
tf.reduce_any(n)
# mathematics
tf.acosh(p + 1)
tf.math.acosh(q + 1)
tf.asinh(x)
tf.math.asinh(d)
tf.atanh(u)
tf.atanh(e)
tf.math.atanh(h / 4)
tf.acosh(i)
tf.math.erfc(x)
tf.math.erfc(d * 3)
tf.math.erfc(h)
tf.math.erfinv(u)
tf.math.erfinv(e)
tf.math.erfinv(e / 1e6)
tf.math.erfinv(z)
tf.math.lgamma(p)
tf.math.lgamma(q)
tf.math.lgamma(x)
tf.math.lgamma(q * 100)
tf.math.lgamma(z)
tf.math.digamma(p)
tf.math.digamma(q)
tf.math.digamma(d)
tf.math.digamma(q * 50)
tf.math.digamma(-q - 0.1)
tf.math.lgamma(-q - 0.1)
tf.math.digamma(z[:1])
tf.math.igamma(p, 2.0)
tf.math.igamma(q, tf.cast(2.0, tf.float64))
tf.math.igamma(q, q * 3)
tf.math.igamma(q * 5, q)
tf.math.igammac(p, 2.0)
tf.math.igammac(q, q * 3)
tf.math.igamma(q, q * 0)
tf.math.igamma(-q, q)
tf.math.lbeta(p)
tf.math.lbeta(q)
tf.math.log_sigmoid(x)
tf.math.log_sigmoid(d * 100)
tf.math.xdivy(z, x)
tf.math.xdivy(x, p)
tf.math.xlog1py(z, p)
tf.math.xlog1py(x, p)
tf.math.xlog1py(z, p - 1.25)
tf.math.zero_fraction(z)
tf.math.zero_fraction(i)
tf.math.reduce_euclidean_norm(x)
tf.math.reduce_euclidean_norm(x, 1)
tf.math.reduce_euclidean_norm(d, [0, 1], keepdims=True)
tf.math.reduce_euclidean_norm(n)
tf.math.reduce_euclidean_norm(x, 2)
tf.math.segment_sum(v, k)
tf.math.segment_mean(v, k)
tf.math.segment_max(v, k)
tf.math.segment_min(v, k)
tf.math.segment_prod(v, k)
tf.math.segment_sum(x, [0, 2])
tf.math.segment_max(x, [0, 2])
tf.math.segment_min(n, [0, 0, 2, 2])
tf.math.segment_prod(x, [0, 2])
tf.math.segment_mean(x, [1, 1])
tf.math.segment_mean(n, k)
tf.math.segment_sum(v, i)
tf.math.segment_sum(v, [0, 1])
tf.math.segment_sum(v, [-1, 0, 0, 1])
tf.math.segment_prod(z, [0, 0])
tf.math.unsorted_segment_sum(v, i, 5)
tf.math.unsorted_segment_mean(v, [1, 0, 1, 0], 3)
tf.math.unsorted_segment_max(v, [1, 0, 1, 0], 3)
tf.math.unsorted_segment_min(v, [1, 0, 1, 0], 2)
tf.math.unsorted_segment_prod(v, [1, 0, 1, 0], 3)
tf.math.unsorted_segment_sqrt_n(x, [1, 1], 2)
tf.math.unsorted_segment_max(n, [1, 0, 1, -1], 3)
tf.math.unsorted_segment_max(x, [[0, 1, 0], [1, 1, 0]], 2)
tf.math.unsorted_segment_min(v, [1, 0, 1, 4], 2)
tf.math.unsorted_segment_prod(z, [0, 0], 1)
tf.math.cumulative_logsumexp(x)
tf.math.cumulative_logsumexp(d, 1)
tf.math.cumulative_logsumexp(d, 1, reverse=True)
tf.math.cumulative_logsumexp(x, 1, exclusive=True)
tf.math.cumulative_logsumexp(d * 1000, axis=-1)
tf.math.cumulative_logsumexp(x, 2)
tf.math.bincount(k)
tf.math.bincount(j)
tf.math.bincount(k, weights=v)
tf.math.bincount(k, minlength=5)
tf.math.bincount(k, maxlength=2)
tf.math.bincount(k, minlength=4, maxlength=4, dtype=tf.float32)
tf.math.bincount(j, axis=-1)
tf.math.bincount(k, binary_output=True)
tf.math.bincount(n)
tf.math.bincount(k, axis=3)
tf.math.polyval([1.0, 2.0, 3.0], x)
tf.math.polyval([], x)
tf.math.polyval((1.0,), x)
tf.math.real(C)
tf.math.imag(C)
tf.math.conj(C)
tf.math.angle(C)
tf.math.real(x)
tf.math.imag(x)
tf.math.conj(x)
tf.math.conj(b)
tf.math.angle(x)
tf.complex(v, w)
tf.complex(v, 1)
tf.complex(v, e)
tf.math.real(tf.complex(v, w))
tf.math.nextafter(x, y)
tf.math.nextafter(d, d + 1)
tf.math.invert_permutation(i)
tf.math.invert_permutation(k)
tf.math.invert_permutation(j)
# matrices
tf.linalg.adjoint(t)
tf.linalg.adjoint(x)
tf.linalg.cholesky(s)
tf.linalg.cholesky(S)
tf.linalg.band_part(tf.linalg.cholesky(-s), -1, 0)
tf.linalg.cholesky(t)
tf.linalg.cholesky(x)
tf.linalg.cholesky_solve(tf.linalg.cholesky(S), r)
tf.linalg.cross(x, y)
tf.linalg.cross(v, w)
tf.linalg.cross(n[:3], o[:3])
tf.linalg.det(a)
tf.linalg.det(s)
tf.linalg.det(t)
tf.linalg.slogdet(a)
tf.linalg.slogdet(x)
tf.linalg.logdet(S)
tf.linalg.inv(a)
tf.linalg.inv(a, adjoint=True)
tf.linalg.inv(s)
tf.linalg.inv(a * 0)
tf.linalg.inv(t)
tf.linalg.solve(a, r)
tf.linalg.solve(a, r, adjoint=True)
tf.linalg.solve(a, t)
tf.linalg.solve(a * 0, r)
tf.linalg.triangular_solve(a, r)
tf.linalg.triangular_solve(a, r, lower=False)
tf.linalg.triangular_solve(a, r, lower=False, adjoint=True)
tf.linalg.triangular_solve(a, t)
tf.linalg.lstsq(t, tf.linalg.matmul(t, r))
tf.linalg.lstsq(t[..., :2], t)
tf.linalg.lstsq(t, t[..., :2], l2_regularizer=0.5)
tf.linalg.lstsq(tf.linalg.matrix_transpose(t), r)
tf.linalg.lstsq(t, t[..., :1], fast=False)
tf.linalg.svd(t, compute_uv=False)
tf.linalg.svd(a, compute_uv=False)
tf.abs(tf.linalg.svd(t)[1])
tf.abs(tf.linalg.svd(t)[2])
tf.abs(tf.stop_gradient(tf.linalg.svd(t, full_matrices=True)[2]))
tf.linalg.svd(x, compute_uv=False)
tf.linalg.svd(v)
tf.linalg.eigvalsh(S)
tf.linalg.eigh(S)[0]
tf.abs(tf.linalg.eigh(S)[1])
tf.linalg.eigvalsh(t)
tf.abs(tf.linalg.qr(t)[0])
tf.abs(tf.linalg.qr(t)[1])
tf.abs(tf.linalg.qr(a)[1])
tf.linalg.pinv(t)
tf.linalg.pinv(x)
tf.linalg.pinv(n)
tf.linalg.expm(a)
tf.linalg.expm(S)
tf.linalg.expm(a * 3)
tf.linalg.expm(t)
tf.linalg.matrix_rank(t)
tf.linalg.matrix_rank(x)
tf.linalg.matrix_rank(n)
tf.linalg.matvec(x, v[:3])
tf.linalg.matvec(x, v[:2], transpose_a=True)
tf.linalg.matvec(a, r[..., 0])
tf.linalg.matvec(x, v)
tf.linalg.normalize(x)
tf.linalg.normalize(x, axis=1)
tf.linalg.normalize(d, ord=1, axis=0)
tf.linalg.set_diag(x, v[:2])
tf.linalg.set_diag(a, r[..., 0])
tf.linalg.set_diag(x, w[:2], k=1)
tf.linalg.set_diag(x, w[:1], k=-1)
tf.linalg.set_diag(x, v)
tf.linalg.tensor_diag(x)
tf.linalg.tensor_diag(i)
tf.linalg.tensor_diag_part(a[0])
tf.linalg.tensor_diag_part(tf.linalg.tensor_diag(x))
tf.linalg.tensor_diag_part(x)
tf.linalg.tensor_diag_part(v)
tf.linalg.lu(a)
tf.linalg.lu(s)
tf.linalg.lu(a * 0)
tf.linalg.diag_part(t)
tf.linalg.trace(a)
tf.matmul(*tf.linalg.qr(x))
tf.abs(tf.linalg.qr(x)[1])
tf.abs(tf.linalg.qr(d)[0])
# neural networks
tf.shape(tf.nn.dropout(x, 0.5))
tf.nn.dropout(x, 0)
tf.nn.dropout(x, 0.5) * 0
tf.nn.dropout(x, 0.5, noise_shape=[2, 1]) * 0
tf.nn.dropout(x, 1.0)
tf.nn.dropout(x, -0.1)
tf.nn.dropout(n, 0.5)
tf.nn.experimental.stateless_dropout(x, 0.5, [1, 2]) * 0
tf.nn.embedding_lookup(x, j % 2)
tf.nn.embedding_lookup(x, i)
tf.nn.embedding_lookup(x, [1, 0], max_norm=1.0)
tf.nn.embedding_lookup([x, y], i)
tf.nn.embedding_lookup([], i)
tf.nn.crelu(x)
tf.nn.crelu(d, axis=0)
tf.nn.compute_average_loss(v)
tf.nn.compute_average_loss(v, sample_weight=w)
tf.nn.compute_average_loss(v, global_batch_size=10)
tf.nn.compute_average_loss(v, global_batch_size=1.5)
tf.nn.compute_average_loss(1.0)
tf.nn.compute_average_loss(x, sample_weight=v[:2])
tf.nn.scale_regularization_loss(v)
tf.nn.weighted_moments(x, [0], p)
tf.nn.weighted_moments(x, 1, p, keepdims=True)
tf.nn.weighted_moments(h, [0, 1], p)
tf.nn.weighted_moments(x, [0], v[:3])
tf.nn.log_poisson_loss(p, x)
tf.nn.log_poisson_loss(p, x, compute_full_loss=True)
tf.nn.log_poisson_loss(v, x)
tf.nn.in_top_k(j[0] - 1, x, 1)
tf.math.in_top_k(j[0] - 1, x, 2)
# debugging: behind each check stands a tensor, since a graph returns nothing else
(tf.debugging.assert_equal(v, v), v)[1]
(tf.debugging.assert_equal(v, w), v)[1]
(tf.debugging.assert_equal([1], [1]), v)[1]
(tf.debugging.assert_none_equal(v, w), v)[1]
(tf.debugging.assert_none_equal(v, v), v)[1]
(tf.debugging.assert_greater(v, w), v)[1]
(tf.debugging.assert_greater(w, v), v)[1]
(tf.debugging.assert_greater_equal(v, v), v)[1]
(tf.debugging.assert_less(w, v), v)[1]
(tf.debugging.assert_less(v, w), v)[1]
(tf.debugging.assert_less_equal(v, v), v)[1]
(tf.debugging.assert_positive(v), v)[1]
(tf.debugging.assert_positive(w), v)[1]
(tf.debugging.assert_negative(w), v)[1]
(tf.debugging.assert_non_positive(-v), v)[1]
(tf.debugging.assert_non_negative(v), v)[1]
(tf.debugging.assert_non_negative(w), v)[1]
(tf.debugging.assert_near(v, v + 1e-8), v)[1]
(tf.debugging.assert_near(v, w), v)[1]
(tf.debugging.assert_near(v, v + 0.1, atol=0.2), v)[1]
(tf.debugging.assert_near(v, v * 1.1, rtol=0.2), v)[1]
(tf.debugging.Assert(v[0] > 1, [v]), v)[1]
(tf.debugging.Assert(v[0] < 1, [v]), v)[1]
(tf.debugging.assert_rank(x, 2), v)[1]
(tf.debugging.assert_rank(x, 1), v)[1]
(tf.debugging.assert_rank_at_least(x, 1), v)[1]
(tf.debugging.assert_rank_at_least(x, 3), v)[1]
(tf.debugging.assert_rank_in(x, (1, 2)), v)[1]
(tf.debugging.assert_rank_in(x, (1, 3)), v)[1]
(tf.debugging.assert_shapes([(x, ('N', 'D')), (v[:2], ('N',))]), v)[1]
(tf.debugging.assert_shapes([(x, ('N', 'N'))]), v)[1]
(tf.debugging.assert_shapes([(x, (2, None))]), v)[1]
(tf.debugging.assert_shapes([(x, ('...', 3))]), v)[1]
(tf.debugging.assert_shapes([(x, 'ND'), (y, 'ND')]), v)[1]
(tf.debugging.assert_shapes([(x, (2,))]), v)[1]
(tf.debugging.assert_type(x, tf.float32), v)[1]
(tf.debugging.assert_type(x, tf.int32), v)[1]
(tf.debugging.assert_integer(n), v)[1]
(tf.debugging.assert_integer(x), v)[1]
(tf.debugging.assert_scalar(v[0]), v)[1]
(tf.debugging.assert_scalar(v), v)[1]
tf.debugging.is_numeric_tensor(x)
tf.debugging.is_numeric_tensor(b)
tf.debugging.is_numeric_tensor(1)
tf.debugging.assert_same_float_dtype([x, y])
tf.debugging.assert_same_float_dtype([x, d])
tf.debugging.assert_all_finite(x, 'finite')
tf.debugging.assert_all_finite(x / 0, 'finite')
tf.debugging.check_numerics(x, 'finite')
tf.debugging.check_numerics(tf.math.log(x), 'finite')
tf.debugging.check_numerics(n, 'finite')
# strings
tf.strings.as_string(x)
tf.strings.as_string(n)
tf.strings.as_string(b)
tf.strings.as_string(x, precision=2)
tf.strings.as_string(x, scientific=True)
tf.strings.as_string(x, shortest=True)
tf.strings.as_string(n, width=4, fill='0')
tf.strings.as_string(d * 1e10, shortest=True)
tf.strings.join(['a', 'b'])
tf.strings.join(['a', ['b', 'c']], separator='-')
tf.strings.join([tf.strings.as_string(n), 'x'], separator=' ')
tf.strings.format('a {} b', v)
tf.strings.format('a {} b {}', (n, x))
tf.strings.format('a', [])
tf.strings.format('a {}', ())
# random numbers: their shapes, dtypes and errors
tf.random.gamma([2], [1.0, 2.0, 3.0]).shape
tf.random.gamma([2], v, w).shape
tf.random.gamma([2], 1.0, dtype=tf.float64).dtype
tf.random.poisson([2], v).shape
tf.random.poisson([], v, dtype=tf.int32).dtype
tf.random.poisson([3], 2.0).shape
tf.random.stateless_gamma([5, 4], [1, 2], v).shape
tf.random.stateless_poisson([5, 4], [1, 2], v).dtype
tf.random.stateless_poisson([5, 3], [1, 2], [1.0, 2.0]).dtype
tf.random.stateless_categorical([[0.0, 1.0]], 5, [1, 2]).shape
tf.random.split([1, 2], 3).shape
tf.random.fold_in([1, 2], 3).shape
tf.random.Generator.from_seed(1).normal([2, 3]).shape
tf.random.Generator.from_seed(1).uniform([2], 0, 5, tf.int32).dtype
tf.random.Generator.from_seed(1).uniform([2], dtype=tf.int32)
tf.random.Generator.from_seed(1).truncated_normal([2]).dtype
tf.random.Generator.from_seed(1).split(3)[0].state.shape
tf.random.Generator.from_seed(1).make_seeds(2).shape
tf.random.Generator()
# Keras's functions of tensors
tf.keras.backend.backend()
tf.keras.backend.image_data_format()
tf.keras.backend.set_image_data_format('nope')
tf.keras.backend.batch_dot(x, y)
tf.keras.backend.batch_dot(x, y, axes=1)
tf.keras.backend.batch_dot(a, r)
tf.keras.backend.batch_dot(a, r, axes=(1, 1))
tf.keras.backend.batch_dot(a, r[..., 0], axes=(2, 1))
tf.keras.backend.batch_dot(r[..., 0], a, axes=1)
tf.keras.backend.batch_dot(tf.reshape(t, [2, 2, 2, 3]), tf.reshape(t, [2, 3, 2, 2]), axes=(3, 1))
tf.keras.backend.batch_dot(x, x[:, :2])
tf.keras.backend.batch_dot(v, v)
tf.keras.backend.batch_dot(x, x[:1])
tf.keras.backend.batch_dot(x, y, axes=0)
tf.keras.backend.batch_dot(x, y, axes=((1,), (1,)))
tf.keras.backend.batch_normalization(x, v[:3], v[1:], w[:3], w[1:])
tf.keras.backend.batch_normalization(x, v[:3], v[1:], None, None, epsilon=0.1)
tf.keras.backend.normalize_batch_in_training(x, w[:3], w[1:], [0])
tf.keras.backend.normalize_batch_in_training(d, None, None, [1])
tf.keras.backend.repeat_elements(x, 2, 1)
tf.keras.backend.repeat_elements(x, 3, 0)
tf.keras.backend.resize_volumes(tf.reshape(x, [1, 1, 2, 3, 1]), 2, 1, 2, 'channels_last')
tf.keras.backend.resize_volumes(tf.reshape(x, [1, 1, 2, 3, 1]), 2, 1, 2, 'channels_first')
tf.keras.backend.resize_volumes(x, 2, 1, 2, 'nope')
tf.keras.backend.temporal_padding(a)
tf.keras.backend.temporal_padding(a, (0, 2))
tf.keras.backend.temporal_padding(a, (0, 2, 3))
tf.keras.backend.spatial_2d_padding(tf.reshape(x, [1, 2, 3, 1]))
tf.keras.backend.spatial_2d_padding(tf.reshape(x, [1, 2, 3, 1]), ((0, 1), (2, 0)), 'channels_first')
tf.keras.backend.spatial_2d_padding(tf.reshape(x, [1, 2, 3, 1]), data_format='nope')
tf.keras.backend.spatial_3d_padding(tf.reshape(x, [1, 1, 2, 3, 1]))
tf.keras.backend.map_fn(lambda one: one * 2, x)
tf.keras.backend.foldl(lambda s, one: s + one, x)
tf.keras.backend.foldr(lambda s, one: s - one, x)
tf.keras.backend.is_sparse(x)
tf.keras.backend.to_dense(x)
tf.keras.backend.dropout(x, 0.5) * 0
tf.keras.backend.dropout(x, 2.0)
tf.keras.backend.batch_get_value([tf.Variable([1.0, 2.0])])
tf.keras.backend.batch_set_value([(tf.Variable([1.0, 2.0]), [3, 4])])
tf.keras.backend.random_normal_variable((2, 3), 0.0, 1.0).shape
tf.keras.backend.random_uniform_variable((2, 3), 0.0, 1.0).dtype
tf.keras.backend.manual_variable_initialization(False)
"""
"""The calls, one a line."""


def calls() -> list[str]:
    """The calls that are observed."""
    return [line for line in CALLS.splitlines() if line and not line.startswith("#")]


def names_in(call: str) -> list[str]:
    """The tensors that a call names, leaving out what is bound in it or is a keyword."""
    bare = re.sub(r"'[^']*'", "", call)
    bound = {
        name
        for names in re.findall(r"lambda ([\w, ]*):", bare)
        for name in re.findall(r"\w+", names)
    }
    words = re.findall(r"(?<![\w.])[A-Za-z]\w*(?!\w*\s*=[^=])", bare)
    return [name for name in INPUTS if name in words and name not in bound]


def observed(tf: Any, call: str) -> dict[str, Any]:
    """What is to be seen of a call, run by any TensorFlow."""
    names = names_in(call)
    code = compile(call, "<call>", "eval")

    def run(*given: Any) -> Any:
        return eval(code, {"tf": tf, "np": np, **dict(zip(names, given, strict=True))})

    def known(is_known: bool) -> Any:
        shapes = [[size if is_known else None for size in INPUTS[name].shape] for name in names]
        specs = [
            tf.TensorSpec(shape, INPUTS[name].dtype.name)
            for shape, name in zip(shapes, names, strict=True)
        ]
        return tf.function(run, autograph=False).get_concrete_function(*specs).structured_outputs

    tensors = [tf.constant(INPUTS[name]) for name in names]
    found = {"call": call, "eager": _attempt(lambda: written(tf, run(*tensors)))}
    if names:
        found["known"] = _attempt(lambda: sketched(tf, known(True)))
        found["unknown"] = _attempt(lambda: sketched(tf, known(False)))
        found["gradient"] = _attempt(lambda: gradients(tf, run, names, tensors))
    return found


def _attempt(run: Any) -> Any:
    try:
        return run()
    except Exception as error:
        return {"error": type(error).__name__}


def gradients(tf: Any, run: Any, names: list[str], tensors: list[Any]) -> Any:
    """The gradients of a call, each element of a result weighted by another number."""
    with tf.GradientTape() as tape:
        for one in tensors:
            if one.dtype.is_floating:
                tape.watch(one)
        results = [
            one
            for one in tf.nest.flatten(run(*tensors))
            if tf.is_tensor(one) and one.dtype.is_floating
        ]
    if not results:
        return None
    weights = [
        tf.constant(np.cos(np.arange(np.size(one))).reshape(one.shape), one.dtype)
        for one in results
    ]
    sources = [one for one in tensors if one.dtype.is_floating]
    found = tape.gradient(results, sources, weights)
    listed = [name for name, one in zip(names, tensors, strict=True) if one.dtype.is_floating]
    return {name: written(tf, one) for name, one in zip(listed, found, strict=True)}


def written(tf: Any, value: Any) -> Any:
    """A value as the recording writes it."""
    if hasattr(value, "values") and hasattr(value, "indices"):
        value = tf.convert_to_tensor(value)
    if tf.is_tensor(value) or isinstance(value, np.ndarray | np.generic):
        array = np.asarray(value)
        dtype = value.dtype.name
        return {"dtype": dtype, "shape": list(array.shape), "values": _numbers(array)}
    return _plain(tf, value, written)


def sketched(tf: Any, value: Any) -> Any:
    """What a graph knows of a value: its shape and dtype."""
    if tf.is_tensor(value):
        shape = value.shape
        return {"dtype": value.dtype.name, "shape": None if shape.rank is None else shape.as_list()}
    return _plain(tf, value, sketched)


def _plain(tf: Any, value: Any, each: Any) -> Any:
    if isinstance(value, tf.TensorShape):
        return {"TensorShape": value.as_list()}
    if isinstance(value, tf.DType):
        return {"DType": value.name}
    if isinstance(value, dict):
        return {str(key): each(tf, one) for key, one in value.items()}
    if isinstance(value, tuple):
        return {type(value).__name__: [each(tf, one) for one in value]}
    if isinstance(value, list):
        return [each(tf, one) for one in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return {"instance": type(value).__name__}


def _numbers(array: Any) -> list[Any]:
    if array.dtype.kind == "c":
        return [str(complex(one)) for one in array.ravel()]
    if array.dtype.kind == "f":
        return [float(one) if np.isfinite(one) else str(float(one)) for one in array.ravel()]
    return [one.decode() if isinstance(one, bytes) else one for one in array.ravel().tolist()]


def main() -> None:
    """Record what the TensorFlow that is installed does."""
    tf = import_module("tensorflow")  # the real one

    lines = ",\n".join(json.dumps(observed(tf, call)) for call in calls())
    RECORDED.write_text(f'{{"tensorflow": "{tf.__version__}", "calls": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
