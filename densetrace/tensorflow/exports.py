"""The public names of `tf`, by module.

Operations register their names where they are defined. The other names, such as dtypes and errors,
are listed here.
"""

from functools import cache
from typing import Any

from densetrace.tensorflow import (
    control_flow,
    dtypes,
    environment,
    errors,
    folding,
    functions,
    generators,
    module,
    own_gradients,
    printing,
    python_functions,
    random,
    scopes,
    structures,
)
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.indexed_slices import IndexedSlices
from densetrace.tensorflow.operation import OPERATIONS
from densetrace.tensorflow.ops import (
    asserting,
    bitwise,
    casting,
    comparisons,
    complex,
    creating,
    elementary,
    embedding,
    indexing,
    joining,
    linalg,
    math,
    matrices,
    nn,
    norms,
    parts,
    rearranging,
    reductions,
    scattering,
    segments,
    selecting,
    shaping,
    slicing,
    sorting,
    special,
    strings,
    truncating,
)
from densetrace.tensorflow.shapes import TensorShape, TensorSpec
from densetrace.tensorflow.symbolic import Graph
from densetrace.tensorflow.tape import GradientTape
from densetrace.tensorflow.tensor import Tensor
from densetrace.tensorflow.variables import Variable

_DEFINED_IN = (
    casting, comparisons, creating, elementary, indexing, joining, linalg, math, nn, rearranging,
    reductions, selecting, shaping, slicing, random, functions, control_flow, scopes, printing,
    sorting, parts, scattering, truncating, folding, own_gradients, module, environment,
    python_functions, structures, bitwise, special, segments, complex, norms, matrices, asserting,
    strings, embedding, generators,
)  # fmt: skip
"""Modules that register their operations when they are imported."""

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
    "Tensor": Tensor,
    "TensorShape": TensorShape,
    "TensorSpec": TensorSpec,
    "Variable": Variable,
    "as_dtype": dtypes.as_dtype,
    "convert_to_tensor": convert_to_tensor,
    "newaxis": None,
}
_ERRORS = {
    name: found
    for name, found in vars(errors).items()
    if isinstance(found, type) and issubclass(found, Exception)
}


@cache
def modules() -> dict[str, dict[str, Any]]:
    """Module path below `tf` ("" for `tf` itself) -> name -> object."""
    found: dict[str, dict[str, Any]] = {
        "": dict(_TOP),
        "errors": _ERRORS,
        "dtypes": _DTYPES | {"DType": dtypes.DType},
        "version": {"VERSION": environment.VERSION},
    }
    for name, value in OPERATIONS.items():
        module, _, last = name.rpartition(".")
        if module != "raw_ops":
            found.setdefault(module, {})[last] = value
    return found
