"""Functions of datasets, such as that of `map`: traced once, and replayed for each element.

Follows tensorflow/python/data/ops/structured_function.py.
"""

from collections.abc import Callable
from typing import Any

from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.data.elements import (
    NONE,
    arrays_of,
    element,
    flatten,
    has_datasets,
    normalized,
    spec_of,
    tensor_specs,
    tensors_of,
)
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.functions import Function
from densetrace.tensorflow.missing import NotInDensetraceError
from densetrace.tensorflow.symbolic import inside
from densetrace.tensorflow.tensor import Array, Tensor


def called_with(function: Callable[..., Any], value: Any) -> Any:
    """Call a function with an element: the items of a tuple are its arguments."""
    return function(*value) if isinstance(value, tuple) else function(value)


class StructuredFunction:
    """A function of elements, as a graph.

    Python runs once, when the dataset is made. `element_spec` is the spec of what it returns.

    Raises:
        TypeError: when it is not callable or returns something else than tensors.
    """

    # DEPARTS: TensorFlow rewrites `if`, `for` and `while` on tensors in the function (AutoGraph).
    # Here a symbolic tensor raises an error as a Python bool, as in tf.function.

    def __init__(self, function: Callable[..., Any], spec: Any, *more_specs: Any) -> None:
        if not callable(function):
            raise ValueError(
                "Argument `func` must be a callable. "
                f"Received func={function} (of type {type(function)})"
            )
        if has_datasets((spec, *more_specs)):
            raise NotInDensetraceError(
                "A function of windows other than those of Dataset.map, flat_map and interleave",
                "Use flat_map first, so that the elements are tensors.",
            )
        specs = tensor_specs((spec, *more_specs))
        self.element_spec: Any = None

        def traced(*args: Any) -> list[Any]:
            rest = iter(args)
            given = [element(one, rest) for one in (spec, *more_specs)]
            result = function(*given) if more_specs else called_with(function, given[0])
            value = normalized(tuple(result) if isinstance(result, list) else result)
            self.element_spec = spec_of(value)
            return [leaf for leaf in flatten(value) if leaf is not None]

        name = getattr(function, "__name__", type(function).__name__)
        with inside(None):
            traced_function = Function(traced, name)
            self._concrete = traced_function.get_concrete_function(*specs)
        if all(leaf is NONE for leaf in flatten(self.element_spec)):
            raise InvalidArgumentError(f"{name} must return at least one tensor.")

    def __call__(self, arrays: list[Array]) -> list[Array]:
        """The arrays of the result, for the arrays of an element."""
        found = self._concrete.run([Tensor(array) for array in arrays])
        return [tensor._array for tensor in found]


class FunctionOfDatasets:
    """A function of elements in which there are datasets, such as windows.

    `element_spec` is the spec of what it returns for the first element.
    """

    # DEPARTS: TensorFlow traces the function once. Here Python runs it for each element, because a
    # dataset is never symbolic.

    def __init__(self, function: Callable[..., Any], source: Any) -> None:
        self._function = function
        self._spec = self.element_spec = source.element_spec
        first = next(source._elements(), None)
        if first is not None:
            self.element_spec = spec_of(self._result(first))

    def _result(self, arrays: list[Array]) -> Any:
        result = called_with(self._function, tensors_of(self._spec, arrays))
        return normalized(tuple(result) if isinstance(result, list) else result)

    def __call__(self, arrays: list[Array]) -> list[Array]:
        """The arrays of the result, for the arrays of an element."""
        return arrays_of(self._result(arrays))


def predicate(function: Callable[..., Any], spec: Any) -> StructuredFunction:
    """A function that decides about elements.

    Raises:
        ValueError: when it does not return bool[].
    """
    made = StructuredFunction(function, spec)
    found = made.element_spec
    leaves = flatten(found)
    if len(leaves) != 1 or leaves[0].dtype != "bool" or leaves[0].shape.rank not in (0, None):
        raise ValueError(
            "Invalid `predicate`. `predicate` must return a `tf.bool` scalar tensor, but its "
            f"return type is {found}."
        )
    return made


def flag(value: Any) -> bool:
    """An argument such as `drop_remainder`, as a bool.

    Raises:
        TypeError: when it is not a bool.
    """
    return value if isinstance(value, bool) else bool(convert_to_tensor(value, "bool").numpy())


def scalar(value: Any, name: str, dtype: str = "int64") -> int:
    """An argument such as a batch size, as an integer.

    Raises:
        TypeError: when it is not an integer.
    """
    found = getattr(value, "_array", value)
    if hasattr(found, "__index__"):
        return int(found)
    return int(convert_to_tensor(value, dtype).numpy())
