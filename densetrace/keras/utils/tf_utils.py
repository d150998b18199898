"""Small helpers for tensors. Follows keras 2.14 utils/tf_utils.py."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from densetrace.tensorflow.nest import is_nested, map_structure
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.tensor import Tensor


def map_shapes(function: Callable[[Any], Any], shapes: Any) -> Any:
    """Apply `function` to each shape in a nested structure of shapes.

    A tuple or list of sizes is one shape.

    Follows keras 2.14 utils/tf_utils.py, convert_shapes.
    """
    if isinstance(shapes, dict):
        return {key: map_shapes(function, shape) for key, shape in shapes.items()}
    if not isinstance(shapes, list | tuple):
        return function(shapes)
    if all(size is None or hasattr(size, "__index__") for size in shapes):
        return function(shapes)
    return type(shapes)(map_shapes(function, shape) for shape in shapes)


def validate_axis(axis: Any, input_shape: Any) -> list[int]:
    """Return a list of axes, each counted from the first.

    Follows keras 2.14 utils/tf_utils.py, validate_axis.

    Raises:
        ValueError: if the rank is unknown, or an axis is out of range or there twice.
    """
    shape = TensorShape(input_shape)
    if shape.rank is None:
        raise ValueError(f"Input has undefined rank. Received: input_shape={shape}.")
    axes = [axis] if isinstance(axis, int) else list(axis)
    axes = [shape.rank + one if one < 0 else one for one in axes]
    if any(not 0 <= one < shape.rank for one in axes):
        raise ValueError(
            f"Invalid value for `axis` argument. Expected 0 <= axis < inputs.rank (with "
            f"inputs.rank={shape.rank}). Received: axis={tuple(axes)}"
        )
    if len(axes) != len(set(axes)):
        raise ValueError(f"Duplicate axis: {tuple(axes)}")
    return axes


class ListWrapper:
    """A list that counts as one element of a structure.

    Follows keras 2.14 utils/tf_utils.py, ListWrapper.
    """

    def __init__(self, list_to_wrap: list[Any]) -> None:
        self._list = list_to_wrap

    def as_list(self) -> list[Any]:
        """Return the list."""
        return self._list


def convert_inner_node_data(nested: Any, wrap: bool = False) -> Any:
    """Return a structure with each list `[layer name, node, tensor, ...]` in a `ListWrapper`, or
    out of it.

    Follows keras 2.14 utils/tf_utils.py, convert_inner_node_data.

    Args:
        nested: the inputs of a node in a config.
        wrap: whether to wrap the lists; otherwise those that are wrapped become lists.
    """
    if isinstance(nested, ListWrapper):
        return nested if wrap else nested.as_list()
    if _is_serialized_node_data(nested):
        return ListWrapper(nested) if wrap else nested
    if isinstance(nested, dict):
        return {key: convert_inner_node_data(item, wrap) for key, item in nested.items()}
    if is_nested(nested):
        return type(nested)(convert_inner_node_data(item, wrap) for item in nested)
    return nested


def _is_serialized_node_data(nested: Any) -> bool:
    return isinstance(nested, list) and len(nested) in (3, 4) and isinstance(nested[0], str)


def shape_type_conversion(
    method: Callable[[Any, Any], Any],
) -> Callable[[Any, Any], Any]:
    """Decorate a method of a layer so that it receives shapes as tuples; the shapes it returns
    become TensorShapes.

    Follows keras 2.14 utils/tf_utils.py, shape_type_conversion.
    """

    @wraps(method)
    def convert(self: Any, input_shape: Any = None) -> Any:
        if input_shape is not None:
            input_shape = map_shapes(_as_tuple, input_shape)
        output_shape = method(self, input_shape)
        return None if output_shape is None else map_shapes(TensorShape, output_shape)

    return convert


def _as_tuple(shape: Any) -> Any:
    shape = TensorShape(shape)
    return None if shape.rank is None else tuple(shape)


def sync_to_numpy_or_python_type(tensors: Any) -> Any:
    """Return a structure with a Python number for each scalar tensor, and an array for any other.

    Follows keras 2.14 utils/tf_utils.py, sync_to_numpy_or_python_type.

    Args:
        tensors: a tensor, an array, any other value (returned unchanged), or a list, tuple or dict
            of these.
    """

    def to_single_numpy_or_python_type(value: Any) -> Any:
        if isinstance(value, Tensor):
            value = value.numpy()
        if not isinstance(value, np.ndarray | np.generic):
            return value
        return value.item() if np.ndim(value) == 0 else value

    return map_structure(to_single_numpy_or_python_type, tensors)
