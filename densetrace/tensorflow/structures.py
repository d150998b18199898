"""`tf.nest`, `tf.is_tensor` and what a script asks of tensors and shapes without computing.

Follows tensorflow/python/util/nest.py and nest_util.py.
"""

from collections.abc import Callable, ItemsView, KeysView, Mapping, MappingView, ValuesView
from typing import Any

import numpy as np

from densetrace.tensorflow import nest
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.dtypes import as_dtype
from densetrace.tensorflow.indexed_slices import IndexedSlices
from densetrace.tensorflow.operation import Index, Spec, export, operation
from densetrace.tensorflow.ops.gradients import no_gradient
from densetrace.tensorflow.shapes import TensorShape, broadcast
from densetrace.tensorflow.symbolic import GraphTensor, Symbol
from densetrace.tensorflow.tensor import Array, Operators, Tensor

# -- nests -----------------------------------------------------------------------------------------


@export("nest.is_nested")
def is_nested(seq: Any) -> bool:
    """Whether something is a structure: a list, a tuple, a dict or a view of one."""
    return nest.is_nested(seq) or isinstance(seq, Mapping | MappingView)


@export("nest.flatten")
def flatten(structure: Any, expand_composites: bool = False) -> list[Any]:
    """The leaves of a structure in order; those of a dict by its sorted keys. None is a leaf."""
    if isinstance(structure, KeysView | ValuesView | ItemsView):
        return [leaf for item in structure for leaf in nest.flatten(item)]
    return nest.flatten(structure)


@export("nest.map_structure")
def map_structure(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """The structure with what a function returns for its leaves, for those of several structures
    together.

    Raises:
        TypeError: when the function is not callable, or the structures differ in their types.
        ValueError: when there is none, or they differ in their numbers of leaves.
    """
    if not callable(func):
        raise TypeError(f"func must be callable, got: {func}")
    if not structure:
        raise ValueError("Must provide at least one structure")
    check_types = kwargs.pop("check_types", True)
    kwargs.pop("expand_composites", None)
    if kwargs:
        raise ValueError(
            "Only valid keyword arguments are `check_types` and `expand_composites`, not: "
            f"`{', '.join(kwargs)}`"
        )
    for other in structure[1:]:
        assert_same_structure(structure[0], other, check_types=check_types)
    columns = zip(*map(nest.flatten, structure), strict=True)
    return nest.pack_like(structure[0], [func(*leaves) for leaves in columns])


@export("nest.pack_sequence_as")
def pack_sequence_as(structure: Any, flat_sequence: Any, expand_composites: bool = False) -> Any:
    """A structure with the leaves of a flat list in place of its own.

    Raises:
        TypeError: when they are not a list.
        ValueError: when there are more or fewer leaves than that.
    """
    if not is_nested(flat_sequence):
        raise TypeError(
            f"Attempted to pack value:\n  {flat_sequence}\ninto a structure, but found "
            f"incompatible type `{type(flat_sequence)}` instead."
        )
    leaves = list(flat_sequence)
    if not is_nested(structure):
        if len(leaves) != 1:
            raise ValueError(
                f"The target structure is of type `{type(structure)}`\n  {structure}\nHowever the "
                f"input is a sequence ({type(flat_sequence)}) of length {len(leaves)}."
            )
        return leaves[0]
    count = len(nest.flatten(structure))
    if count != len(leaves):
        raise ValueError(
            f"Could not pack sequence. Structure had {count} atoms, but flat_sequence had "
            f"{len(leaves)} items.  Structure: {structure}, flat_sequence: {flat_sequence}."
        )
    return nest.pack_like(structure, leaves)


@export("nest.assert_same_structure")
def assert_same_structure(
    nest1: Any, nest2: Any, check_types: bool = True, expand_composites: bool = False
) -> None:
    """Refuse two structures that differ.

    Raises:
        TypeError: when a list stands in one of them where the other has a tuple, or the like.
        ValueError: when one has another number of elements, or other keys.
    """
    fault = _difference(nest1, nest2, check_types)
    if fault is not None:
        kind, text = fault
        raise kind(
            "The two structures don't have the same nested structure.\n\n"
            f"First structure: type={type(nest1).__name__} str={nest1}\n\n"
            f"Second structure: type={type(nest2).__name__} str={nest2}\n\n"
            f"More specifically: {text}"
        )


def _difference(a: Any, b: Any, check_types: bool) -> tuple[type[Exception], str] | None:
    """How two structures differ: the error to raise, and what it says."""
    if is_nested(a) != is_nested(b):
        which = a if is_nested(a) else b
        return ValueError, (
            f'Substructure "type={type(which).__name__} str={which}" is a sequence, while the '
            "other is not"
        )
    if not is_nested(a):
        return None
    if len(a) != len(b):
        return ValueError, "The two structures don't have the same number of elements."
    both_dicts = isinstance(a, Mapping) and isinstance(b, Mapping)
    if check_types and type(a) is not type(b) and not both_dicts:
        return TypeError, (
            f"The two structures don't have the same sequence type: {type(a)} and {type(b)}"
        )
    if both_dicts:
        if sorted(a) != sorted(b):
            return ValueError, f"The two dictionaries don't have the same set of keys: {a} and {b}"
        pairs = [(a[key], b[key]) for key in a]
    else:
        pairs = list(zip(a, b, strict=True))
    return next(filter(None, (_difference(one, two, check_types) for one, two in pairs)), None)


# -- of tensors and shapes -------------------------------------------------------------------------


@export("is_tensor")
def is_tensor(x: Any) -> bool:
    """Whether something is a tensor, a variable or slices of a tensor. A NumPy array is none."""
    return isinstance(x, Operators | IndexedSlices)


@export("is_symbolic_tensor")
def is_symbolic_tensor(tensor: Any) -> bool:
    """Whether something is a tensor of a graph, which has no numbers."""
    return isinstance(tensor, GraphTensor)


@export("get_static_value")
def get_static_value(tensor: Any, partial: bool = False) -> Any:
    """The numbers of a tensor as an array where they are known without running a graph, else None.

    Raises:
        TypeError: when it is not a tensor.
    """
    if isinstance(tensor, Tensor):
        return tensor.numpy()
    if not isinstance(tensor, Symbol):
        raise TypeError(f"{tensor!r:.80} is not a tf.Tensor")
    if tensor.constant is not None:
        return tensor.constant.numpy()
    known = tensor.known
    if known is None or (isinstance(known, tuple) and None in known):
        return None
    return np.asarray(known, tensor.dtype.numpy)


@export("broadcast_static_shape")
def broadcast_static_shape(shape_x: Any, shape_y: Any) -> TensorShape:
    """The shape that two shapes broadcast to.

    Raises:
        ValueError: when they do not fit.
    """
    return broadcast(TensorShape(shape_x), TensorShape(shape_y))


@operation("broadcast_dynamic_shape")
def _broadcast_sizes(shape_x: Index, shape_y: Index, name: Any = None) -> Array:
    """The sizes that two tensors of sizes broadcast to."""
    return np.array(np.broadcast_shapes(tuple(shape_x), tuple(shape_y)), shape_x.dtype)


@_broadcast_sizes.shape_rule
def _sizes_rule(shape_x: Spec, shape_y: Spec) -> Any:
    ranks = [one.shape[0] if one.shape.rank == 1 else None for one in (shape_x, shape_y)]
    known = [one for one in ranks if one is not None]
    rank = max(known) if len(known) == len(ranks) else None
    return TensorShape((rank,)), shape_x.dtype


_broadcast_sizes.gradient(no_gradient)


@export("broadcast_dynamic_shape")
def broadcast_dynamic_shape(shape_x: Any, shape_y: Any) -> Any:
    """The sizes that two tensors of sizes broadcast to: i32[n], i32[m] -> i32[max(n, m)].

    Raises:
        InvalidArgumentError: when they do not fit.
    """
    return _broadcast_sizes(convert_to_tensor(shape_x), convert_to_tensor(shape_y))


@export("dtypes.as_dtype")
def as_dtype_(type_value: Any) -> Any:
    """The dtype that a name, a Python type or a NumPy dtype stands for.

    Raises:
        TypeError: when there is none.
    """
    return as_dtype(type_value)


@export("tuple")
def tuple_(tensors: Any, control_inputs: Any = None, name: Any = None) -> list[Any]:
    """The tensors as a list: they run before anything that takes one of them.

    Raises:
        ValueError: when there is none.
    """
    found = [None if one is None else convert_to_tensor(one) for one in tensors]
    if all(one is None for one in found):
        raise ValueError("Must have at least one Tensor.")
    return found
