"""`tf.py_function` and `tf.numpy_function`: Python that a graph runs.

Follows tensorflow/python/ops/script_ops.py.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from densetrace.tensorflow import tape
from densetrace.tensorflow.convert import array_of, convert_to_tensor
from densetrace.tensorflow.dtypes import as_dtype, of_array
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.operation import export
from densetrace.tensorflow.replay import OwnOperation, fill_in
from densetrace.tensorflow.shapes import UNKNOWN_RANK
from densetrace.tensorflow.symbolic import GraphTensor, Node, current_graph
from densetrace.tensorflow.tensor import Array, Tensor


class _PyFunction(OwnOperation):
    """Runs a Python function on tensors, or on arrays. Operands: what it takes."""

    operand_names = ("inp",)
    operand_roles = ("list",)

    def compute(
        self, operands: tuple[Any, ...], attributes: dict[str, Any], *arrays: Array
    ) -> list[Array]:
        """Its results as arrays."""
        (given,) = fill_in(operands, iter(arrays))
        return [
            one._array for one in _results([Tensor(array) for array in given], attributes, True)
        ]

    def run(self, operands: tuple[Any, ...], attributes: dict[str, Any]) -> list[Any]:
        """Its results as tensors; in a graph, a node and its symbols."""
        (given,) = operands
        graph = current_graph()
        if graph is None:
            return _results(given, attributes)
        name = graph.unique_name(self.name)
        outputs = [
            GraphTensor(UNKNOWN_RANK, dtype, f"{name}:{at}", graph)
            for at, dtype in enumerate(attributes["dtypes"])
        ]
        graph.nodes.append(Node(self, operands, attributes, outputs))
        if tape.active():
            tape.record(self, operands, attributes, outputs)
        return outputs


def _results(given: list[Any], attributes: dict[str, Any], is_in_graph: bool = False) -> list[Any]:
    """What the Python function returns, as tensors of the dtypes that were named."""
    takes_arrays = attributes["takes_arrays"]
    result = attributes["func"](*[one.numpy() if takes_arrays else one for one in given])
    dtypes = attributes["dtypes"]
    listed = list(result) if isinstance(result, list | tuple) else [result]
    if not dtypes:
        return []
    if len(listed) != len(dtypes):
        listed = [result]
    if len(listed) != len(dtypes):
        raise InvalidArgumentError(
            f"The function is to return {len(dtypes)} values. Received: {len(listed)}"
        )
    return [
        _converted(one, dtype, takes_arrays, is_in_graph)
        for one, dtype in zip(listed, dtypes, strict=True)
    ]


def _converted(value: Any, dtype: Any, takes_arrays: bool, is_in_graph: bool) -> Any:
    if not takes_arrays:
        return convert_to_tensor(value, dtype)
    array = np.asarray(value) if not isinstance(value, str | bytes) else array_of(value)
    found = of_array(array.dtype)
    if found is not dtype and is_in_graph:
        raise InvalidArgumentError(
            f"The function is to return {dtype.name}. Received: {found.name}"
        )
    return Tensor(array)


_EAGER: Final = _PyFunction("EagerPyFunc")
_NUMPY: Final = _PyFunction("PyFunc")


def _no_gradient(step: Any, *dys: Any) -> None:
    return None


def _eager_gradient(step: Any, *dys: Any) -> Any:
    raise LookupError(
        "A tape inside of a tf.function records no gradient for tf.py_function. Put the tape "
        "around the function."
    )


_NUMPY.grad = _no_gradient
_EAGER.grad = _eager_gradient


def _called(made: _PyFunction, func: Any, inp: Any, outputs: Any, takes_arrays: bool) -> Any:
    if not callable(func):
        raise ValueError(
            f"Expected func to be callable. Received func={func} of type {type(func)}."
        )
    listed = isinstance(outputs, list | tuple)
    dtypes = [as_dtype(getattr(one, "dtype", one)) for one in (outputs if listed else [outputs])]
    given = [convert_to_tensor(one) for one in inp]
    attributes = {"func": func, "dtypes": dtypes, "takes_arrays": takes_arrays}
    results = made.run((given,), attributes)
    return results if listed else results[0]


@export("py_function")
def py_function(
    func: Callable[..., Any] | None = None,
    inp: Any = None,
    Tout: Any = None,  # noqa: N803 - TensorFlow's name
    name: Any = None,
) -> Any:
    """What a Python function returns for tensors, also each time that a graph runs.

    Args:
        func: takes the tensors of `inp`, and returns a value, or a list of them.
        inp: a list of tensors.
        Tout: the dtype of its result, or a list of dtypes.
        name: not used.

    Returns:
        A tensor, or a list of them for a list of dtypes. In a graph their shapes are unknown.

    Raises:
        ValueError: when `func` is not callable, or returns a tensor of another dtype.
    """
    return _called(_EAGER, func, inp, Tout, False)


@export("numpy_function")
def numpy_function(
    func: Callable[..., Any] | None = None,
    inp: Any = None,
    Tout: Any = None,  # noqa: N803 - TensorFlow's name
    stateful: bool = True,
    name: Any = None,
) -> Any:
    """As `tf.py_function`, for a function of NumPy arrays. No gradient goes through it.

    Raises:
        ValueError: when `func` is not callable.
        InvalidArgumentError: when it returns an array of another dtype.
    """
    return _called(_NUMPY, func, inp, Tout, True)
