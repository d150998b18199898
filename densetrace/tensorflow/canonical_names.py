"""The name by which Keras saves a function of TensorFlow that a functional model calls.

`tf.shape(x)` on a symbolic tensor of Keras becomes a layer called `tf.compat.v1.shape`: TensorFlow
asks Keras only in the innermost function that cannot compute with such a tensor. The name is that
function's, and its arguments are those of the layer's call. Follows
tensorflow/python/util/tf_export.py and tensorflow/python/util/dispatch.py.
"""

import functools
import inspect
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from densetrace.tensorflow.dtypes import int32
from densetrace.tensorflow.operation import OPERATIONS
from densetrace.tensorflow.tensor import EQUAL

_INNER: Final = {
    "boolean_mask": "compat.v1.boolean_mask",
    "complex": "dtypes.complex",
    "foldl": "compat.v1.foldl",
    "foldr": "compat.v1.foldr",
    "gather": "compat.v1.gather",
    "gather_nd": "compat.v1.gather_nd",
    "linalg.norm": "compat.v1.norm",
    "math.accumulate_n": "math.add_n",
    "math.divide": "math.truediv",
    "math.floordiv": "compat.v1.floor_div",
    "math.in_top_k": "compat.v1.math.in_top_k",
    "math.scalar_mul": "compat.v1.math.scalar_mul",
    "matmul": "linalg.matmul",
    "nn.conv2d": "compat.v1.nn.conv2d",
    "nn.crelu": "compat.v1.nn.crelu",
    "nn.depthwise_conv2d": "compat.v1.nn.depthwise_conv2d",
    "nn.embedding_lookup": "compat.v1.nn.embedding_lookup",
    "nn.l2_normalize": "math.l2_normalize",
    "nn.separable_conv2d": "compat.v1.nn.separable_conv2d",
    "nn.sigmoid_cross_entropy_with_logits": "compat.v1.nn.sigmoid_cross_entropy_with_logits",
    "nn.softmax_cross_entropy_with_logits": ("compat.v1.nn.softmax_cross_entropy_with_logits_v2"),
    "nn.softplus": "math.softplus",
    "nn.sparse_softmax_cross_entropy_with_logits": (
        "compat.v1.nn.sparse_softmax_cross_entropy_with_logits"
    ),
    "nn.swish": "nn.silu",
    "nn.top_k": "math.top_k",
    "nn.weighted_moments": "compat.v1.nn.weighted_moments",
    "nn.zero_fraction": "math.zero_fraction",
    "norm": "compat.v1.norm",
    "pad": "compat.v1.pad",
    "saturate_cast": "dtypes.saturate_cast",
    "scan": "compat.v1.scan",
    "shape": "compat.v1.shape",
    "size": "compat.v1.size",
    "squeeze": "compat.v1.squeeze",
    "transpose": "compat.v1.transpose",
    "truediv": "math.truediv",
}
"""The first name of a function here -> the function of TensorFlow that becomes the layer, where its
name is another one."""

_GENERATED: Final = """
bitwise.bitwise_and bitwise.bitwise_or bitwise.bitwise_xor bitwise.invert bitwise.left_shift
bitwise.right_shift broadcast_to linalg.band_part linalg.cholesky linalg.cross linalg.det
linalg.inv linalg.lu linalg.qr linalg.solve linalg.tensor_diag math.acosh math.asin math.asinh
math.atan math.atan2 math.atanh math.cos math.cosh math.digamma math.erf math.erfc math.expm1
math.floormod math.greater math.greater_equal math.igamma math.igammac math.invert_permutation
math.is_finite math.is_inf math.is_nan math.less math.less_equal math.lgamma math.log math.log1p
math.logical_and math.logical_not math.logical_or math.maximum math.minimum math.negative
math.nextafter math.reciprocal math.rint math.sin math.sinh math.square math.squared_difference
math.tan math.tanh math.xlogy nn.elu nn.l2_loss nn.relu nn.selu nn.softsign reverse tile
truncatediv truncatemod
"""
"""Functions that TensorFlow generates from the definition of a kernel: they pass `name` on."""


class Call(NamedTuple):
    """How TensorFlow calls the inner function."""

    parameters: str
    """The names of its parameters, in their order."""
    positional: int
    """How many of them are passed by position; the others are passed by name."""
    defaults: dict[str, Any]
    """The arguments that are passed besides the given ones."""
    ours: Mapping[str, str] = MappingProxyType({})
    """The names of parameters -> those of the function here, where they are others."""

    def renamed(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Arguments of the function here, by the names that TensorFlow's has."""
        theirs = {ours: name for name, ours in self.ours.items()}
        return {theirs.get(name, name): value for name, value in arguments.items()}


_CALLS: Final = {
    "compat.v1.boolean_mask": Call(
        "tensor mask name axis", 4, {"name": "boolean_mask", "axis": None}
    ),
    "compat.v1.floor_div": Call("x y name", 0, {"name": None}),
    "compat.v1.gather": Call(
        "params indices validate_indices name axis batch_dims", 2,
        {"validate_indices": None, "name": None, "axis": None, "batch_dims": 0},
    ),
    "compat.v1.gather_nd": Call(
        "params indices name batch_dims", 2, {"name": None, "batch_dims": 0}
    ),
    "compat.v1.math.in_top_k": Call("predictions targets k name", 4, {"name": None}),
    "compat.v1.math.scalar_mul": Call("scalar x name", 3, {"name": None}),
    "compat.v1.nn.conv2d": Call(
        "input filter strides padding use_cudnn_on_gpu data_format dilations name", 0,
        {"use_cudnn_on_gpu": True, "data_format": "NHWC", "dilations": None, "name": None},
        {"filter": "filters"},
    ),
    "compat.v1.nn.crelu": Call("features name axis", 1, {"name": None, "axis": -1}),
    "compat.v1.nn.depthwise_conv2d": Call(
        "input filter strides padding rate name data_format", 0,
        {"rate": None, "name": None, "data_format": None}, {"rate": "dilations"},
    ),
    "compat.v1.nn.separable_conv2d": Call(
        "input depthwise_filter pointwise_filter strides padding rate name data_format", 5,
        {"rate": None, "name": None, "data_format": None}, {"rate": "dilations"},
    ),
    "compat.v1.nn.sigmoid_cross_entropy_with_logits": Call(
        "labels logits name", 0, {"name": None}
    ),
    "compat.v1.norm": Call(
        "tensor ord axis keepdims name", 0,
        {"ord": "euclidean", "axis": None, "keepdims": None, "name": None},
    ),
    "compat.v1.pad": Call(
        "tensor paddings mode name constant_values", 5,
        {"mode": "CONSTANT", "name": None, "constant_values": 0},
    ),
    "compat.v1.shape": Call("input name out_type", 3, {"name": None, "out_type": int32}),
    "compat.v1.size": Call("input name out_type", 3, {"name": None, "out_type": int32}),
    "compat.v1.squeeze": Call("input axis name", 3, {"axis": None, "name": None}),
    "compat.v1.transpose": Call(
        "a perm name conjugate", 0, {"perm": None, "name": "transpose", "conjugate": False}
    ),
    "math.divide": Call("x y name", 2, {"name": None}),
}  # fmt: skip
"""The name of a function, ours or the inner one -> its call, where that has arguments of its own.
"""

PASSED_THROUGH: Final = frozenset(
    {
        "constant",
        "linalg.logdet",
        "linalg.matvec",
        "math.logical_xor",
        "nn.batch_normalization",
        "nn.moments",
        "nn.scale_regularization_loss",
    }
)
"""Functions that become no layer of their own: each operation in them does."""

_EQUALITY: Final = {"__operators__.eq": "equal", "__operators__.ne": "not_equal"}
"""The operators that compare tensors of any shapes -> the function that does so."""

GETITEM: Final = "__operators__.getitem"


def inner_name(first_name: str) -> str:
    """Return the name of the layer's function for a function, given by its first public name."""
    return _INNER.get(first_name, first_name)


def is_generated(symbol: str) -> bool:
    """Return whether TensorFlow generates a function from the definition of a kernel: it passes all
    arguments on by name, and a `name`."""
    return symbol in _GENERATED.split()


def call_of(first_name: str) -> Call | None:
    """Return how TensorFlow calls the inner function, or None if as it is called itself."""
    return _CALLS.get(first_name) or _CALLS.get(inner_name(first_name))


def function_of(symbol: str) -> Any:
    """Return the function that has this name in a config, or None.

    Only operations and functions that consist of them have one: a config must not call a function
    that writes files.
    """
    from densetrace.tensorflow import exports  # which imports operations

    if symbol in _EQUALITY:
        return EQUAL[_EQUALITY[symbol]]
    if symbol == "__operators__.add":
        symbol = "math.add"
    if symbol == GETITEM:
        from densetrace.tensorflow.ops.slicing import strided_slice

        return strided_slice
    if symbol == "convert_to_tensor":
        return exports.loaded_first()[""][symbol]
    names = [symbol, *(ours for ours, inner in _INNER.items() if inner == symbol)]
    for listed in (exports.loaded_first, exports.modules):
        listed()
        for name in names:
            found = OPERATIONS.get(name)
            if name == "cast" or hasattr(found, "operation") or hasattr(found, "inner"):
                return found
    return None


@functools.cache
def get_symbol_from_name(name: str) -> Any:
    """Return the function of TensorFlow with this name, or None.

    It has TensorFlow's name and the signature of ours: `x + y` is `__operators__.add(x, y)`.

    Follows tensorflow/python/util/tf_export.py, get_symbol_from_name.
    """
    inner = function_of(name)
    if inner is None:
        return None
    signature = inspect.signature(inner)
    accepted = frozenset(signature.parameters)
    call = call_of(name)
    if call is not None:
        signature = _signature(call.parameters.split())
    elif name == GETITEM:
        signature = _signature(["tensor", "slice_spec"])

    def symbol(*args: Any, **kwargs: Any) -> Any:
        if call is not None:
            # What only TensorFlow's own function takes has no effect.
            given = dict(zip(call.parameters.split(), args, strict=False)) | kwargs
            named = {call.ours.get(name, name): value for name, value in given.items()}
            return inner(**{name: value for name, value in named.items() if name in accepted})
        if name == GETITEM:
            tensor, key = signature.bind(*args, **kwargs).args
            return inner(tensor, tuple(key) if isinstance(key, list) else key)
        return inner(*args, **kwargs)

    own_name = _PRIVATE_NAMES.get(name, name.rpartition(".")[2])
    return named(symbol, own_name, signature, symbol=name)


def _signature(names: list[str]) -> inspect.Signature:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Signature([inspect.Parameter(name, kind) for name in names])


_PRIVATE_NAMES: Final = {
    "__operators__.add": "_add_dispatch",
    "__operators__.eq": "tensor_equals",
    "__operators__.getitem": "_slice_helper",
    "__operators__.ne": "tensor_not_equals",
    "boolean_mask": "boolean_mask_v2",
    "convert_to_tensor": "convert_to_tensor_v2_with_dispatch",
    "debugging.assert_all_finite": "verify_tensor_all_finite_v2",
    "debugging.assert_equal": "assert_equal_v2",
    "debugging.assert_greater": "assert_greater_v2",
    "debugging.assert_greater_equal": "assert_greater_equal_v2",
    "debugging.assert_integer": "assert_integer_v2",
    "debugging.assert_less": "assert_less_v2",
    "debugging.assert_less_equal": "assert_less_equal_v2",
    "debugging.assert_near": "assert_near_v2",
    "debugging.assert_negative": "assert_negative_v2",
    "debugging.assert_non_negative": "assert_non_negative_v2",
    "debugging.assert_non_positive": "assert_non_positive_v2",
    "debugging.assert_none_equal": "assert_none_equal_v2",
    "debugging.assert_positive": "assert_positive_v2",
    "debugging.assert_rank": "assert_rank_v2",
    "debugging.assert_rank_at_least": "assert_rank_at_least_v2",
    "debugging.assert_rank_in": "assert_rank_in_v2",
    "debugging.assert_scalar": "assert_scalar_v2",
    "debugging.assert_shapes": "assert_shapes_v2",
    "debugging.assert_type": "assert_type_v2",
    "expand_dims": "expand_dims_v2",
    "gather": "gather_v2",
    "gather_nd": "gather_nd_v2",
    "image.resize": "resize_images_v2",
    "linalg.band_part": "matrix_band_part",
    "linalg.det": "matrix_determinant",
    "linalg.diag": "matrix_diag",
    "linalg.diag_part": "matrix_diag_part",
    "linalg.eigh": "self_adjoint_eig",
    "linalg.eigvalsh": "self_adjoint_eigvals",
    "linalg.expm": "matrix_exponential",
    "linalg.inv": "matrix_inverse",
    "linalg.lstsq": "matrix_solve_ls",
    "linalg.set_diag": "matrix_set_diag",
    "linalg.slogdet": "log_matrix_determinant",
    "linalg.solve": "matrix_solve",
    "linalg.tensor_diag": "diag",
    "linalg.triangular_solve": "matrix_triangular_solve",
    "linspace": "linspace_nd",
    "math.argmax": "argmax_v2",
    "math.argmin": "argmin_v2",
    "math.count_nonzero": "count_nonzero_v2",
    "math.divide_no_nan": "div_no_nan",
    "math.floormod": "floor_mod",
    "math.in_top_k": "in_top_k_v2",
    "math.negative": "neg",
    "math.nextafter": "next_after",
    "math.scalar_mul": "scalar_mul_v2",
    "nn.avg_pool": "avg_pool_v2",
    "nn.conv1d": "conv1d_v2",
    "nn.conv2d_transpose": "conv2d_transpose_v2",
    "nn.convolution": "convolution_v2",
    "nn.crelu": "crelu_v2",
    "nn.dropout": "dropout_v2",
    "nn.embedding_lookup": "embedding_lookup_v2",
    "nn.log_softmax": "log_softmax_v2",
    "nn.max_pool": "max_pool_v2",
    "nn.moments": "moments_v2",
    "nn.pool": "pool_v2",
    "nn.sigmoid_cross_entropy_with_logits": "sigmoid_cross_entropy_with_logits_v2",
    "nn.silu": "swish",
    "nn.softmax": "softmax_v2",
    "nn.softmax_cross_entropy_with_logits": "softmax_cross_entropy_with_logits_v2",
    "nn.sparse_softmax_cross_entropy_with_logits": "sparse_softmax_cross_entropy_with_logits_v2",
    "nn.weighted_cross_entropy_with_logits": "weighted_cross_entropy_with_logits_v2",
    "nn.weighted_moments": "weighted_moments_v2",
    "norm": "norm_v2",
    "ones_like": "ones_like_v2",
    "pad": "pad_v2",
    "random.normal": "random_normal",
    "random.shuffle": "random_shuffle",
    "random.stateless_normal": "stateless_random_normal",
    "random.stateless_uniform": "stateless_random_uniform",
    "random.uniform": "random_uniform",
    "reverse": "reverse_v2",
    "reverse_sequence": "reverse_sequence_v2",
    "shape": "shape_v2",
    "size": "size_v2",
    "squeeze": "squeeze_v2",
    "strings.format": "string_format",
    "strings.join": "string_join",
    "tensor_scatter_nd_add": "tensor_scatter_add",
    "tensor_scatter_nd_max": "tensor_scatter_max",
    "tensor_scatter_nd_min": "tensor_scatter_min",
    "tensor_scatter_nd_sub": "tensor_scatter_sub",
    "transpose": "transpose_v2",
    "truncatediv": "truncate_div",
    "truncatemod": "truncate_mod",
    "where": "where_v2",
    "zeros_like": "zeros_like_v2",
}
"""The functions of TensorFlow whose own name is not the last part of the public one."""


def get_canonical_name_for_symbol(function: Any) -> str | None:
    """Return the name by which a config saves a function, or None if it has none.

    Follows tensorflow/python/util/tf_export.py, get_canonical_name_for_symbol.
    """
    symbol: str | None = getattr(function, "symbol", None)
    return symbol


def named(function: Any, name: str, signature: inspect.Signature, **attributes: Any) -> Any:
    """Return a function after giving it a name, a signature and attributes."""
    function.__name__ = function.__qualname__ = name
    function.__signature__ = signature
    vars(function).update(attributes)
    return function
