"""The public names of `tf`, by module.

Operations register their names where they are defined. The other names, such as dtypes and errors,
are listed here.
"""

from functools import cache
from importlib import import_module
from typing import Any

from densetrace.tensorflow import dtypes, errors
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.graph_operation import Operation
from densetrace.tensorflow.indexed_slices import IndexedSlices
from densetrace.tensorflow.operation import OPERATIONS, asking_handlers
from densetrace.tensorflow.shapes import TensorShape, TensorSpec
from densetrace.tensorflow.symbolic import AnyTensor, Graph
from densetrace.tensorflow.tape import GradientTape
from densetrace.tensorflow.variables import Variable

_LOADED_FIRST = (
    "random", "scopes", "ops.casting", "ops.comparisons", "ops.creating", "ops.elementary",
    "ops.indexing", "ops.joining", "ops.linalg", "ops.math", "ops.nn", "ops.rearranging",
    "ops.reductions", "ops.selecting", "ops.shaping", "ops.slicing",
)  # fmt: skip
"""Modules that register operations when they are imported: those that layers use."""

_LOADED_FOR_TRAINING = (
    "control_flow", "functions", "mapping", "ops.clip_ops", "ops.cross_entropy",
)  # fmt: skip
"""Those that training uses too. `loaded_for_training` imports them."""

_LOADED_LATER = (
    "checkpoints", "compatibility", "data.dataset", "data.experimental", "data.iterators",
    "data.options", "environment", "folding", "generators", "gfile", "init_ops_v2", "module",
    "own_gradients", "printing", "python_functions", "runtime_settings", "structures",
    "tensor_array",
    "ops.asserting", "ops.complex", "ops.convolution", "ops.decompositions", "ops.depthwise",
    "ops.diagonals", "ops.einsum", "ops.embedding", "ops.images", "ops.matrices", "ops.norms",
    "ops.parts", "ops.pooling",
    "ops.scattering", "ops.segments", "ops.sorting", "ops.special", "ops.strings",
    "ops.transposed_convolution", "ops.truncating", "unconnected_gradients",
)  # fmt: skip
"""The other modules that register operations. `modules` imports them."""

OF_A_LAYER = {
    "Assert": "ops.asserting",
    "einsum": "ops.einsum",
    "math.bincount": "ops.segments",
    "nn.weighted_moments": "ops.embedding",
    "image.resize": "ops.images",
    "nn.atrous_conv2d_transpose": "ops.transposed_convolution",
    "nn.avg_pool": "ops.pooling",
    "nn.conv1d_transpose": "ops.transposed_convolution",
    "nn.conv2d_transpose": "ops.transposed_convolution",
    "nn.convolution": "ops.convolution",
    "nn.depthwise_conv2d": "ops.depthwise",
    "nn.dropout": "ops.embedding",
    "nn.embedding_lookup": "ops.embedding",
    "nn.max_pool": "ops.pooling",
    "nn.separable_conv2d": "ops.depthwise",
}
"""Operations of modules that are loaded later which one kind of layer uses: their modules. Such a
layer imports only that module."""

for _name in _LOADED_FIRST:
    import_module(f"densetrace.tensorflow.{_name}")

_DTYPES = {dtype.name: dtype for dtype in dtypes.ALL} | {
    "half": dtypes.float16,
    "double": dtypes.float64,
}
_TOP: dict[str, Any] = {
    **_DTYPES,
    "DType": dtypes.DType,
    "GradientTape": GradientTape,
    "Graph": Graph,
    "IndexedSlices": IndexedSlices,
    "Operation": Operation,
    "Tensor": AnyTensor,
    "TensorShape": TensorShape,
    "TensorSpec": TensorSpec,
    "Variable": Variable,
    "as_dtype": dtypes.as_dtype,
    # On a symbolic tensor of Keras, it becomes a layer.
    "convert_to_tensor": asking_handlers("convert_to_tensor", convert_to_tensor),
    "newaxis": None,
}
_LEVELS_OF_LOGS = {"DEBUG": 10, "INFO": 20, "WARN": 30, "ERROR": 40, "FATAL": 50}
_SIZES_OF_DATASETS = {"AUTOTUNE": -1, "INFINITE_CARDINALITY": -1, "UNKNOWN_CARDINALITY": -2}
_ERRORS = {
    name: found
    for name, found in vars(errors).items()
    if isinstance(found, type)
    and issubclass(found, Exception)
    and found is not errors.InaccessibleTensorError
}


def of_a_layer(path: str) -> Any:
    """An operation that one kind of layer uses, by its name without `tf.`; None for another."""
    if path not in OF_A_LAYER:
        return None
    import_module(f"densetrace.tensorflow.{OF_A_LAYER[path]}")
    return OPERATIONS[path]


@cache
def loaded_first() -> dict[str, dict[str, Any]]:
    """The part of `modules()` that is there without importing the modules that layers do not use:
    the names of these modules are missing.
    """
    return _by_module()


@cache
def loaded_for_training() -> dict[str, dict[str, Any]]:
    """The part of `modules()` that training uses."""
    for name in _LOADED_FOR_TRAINING:
        import_module(f"densetrace.tensorflow.{name}")
    return _by_module()


@cache
def modules() -> dict[str, dict[str, Any]]:
    """Module path below `tf` ("" for `tf` itself) -> name -> object."""
    loaded_for_training()
    for name in _LOADED_LATER:
        import_module(f"densetrace.tensorflow.{name}")
    return _by_module()


def _by_module() -> dict[str, dict[str, Any]]:
    """The names listed here and those registered so far, by module path."""
    found: dict[str, dict[str, Any]] = {
        "": dict(_TOP),
        "data": dict(_SIZES_OF_DATASETS),
        "data.experimental": dict(_SIZES_OF_DATASETS),
        "compat.v1.logging": dict(_LEVELS_OF_LOGS),
        "errors": _ERRORS,
        "dtypes": _DTYPES | {"DType": dtypes.DType},
        "version": {"VERSION": "2.14.1"},
    }
    # A copy: another thread may register operations meanwhile.
    for name, value in OPERATIONS.copy().items():
        module, _, last = name.rpartition(".")
        if module != "raw_ops":
            found.setdefault(module, {})[last] = value
    return found
