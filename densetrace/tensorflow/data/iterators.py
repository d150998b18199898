"""Iterators over datasets: eager ones, and the symbols that stand for them in a graph.

In a graph, `next(iterator)` adds an operation that takes the next element when the graph runs. A
`tf.function` that is called with another iterator over elements of the same spec is not traced
again.

Follows tensorflow/python/data/ops/iterator_ops.py.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator as Source
from functools import partial
from typing import Any, Final

import numpy as np

from densetrace.system.real_home import known_as
from densetrace.tensorflow import tape
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.data.elements import (
    NONE,
    element,
    flatten,
    has_datasets,
    pack,
    tensor_specs,
    tensors_of,
    with_specs,
)
from densetrace.tensorflow.errors import (
    InvalidArgumentError,
    OperatorNotAllowedInGraphError,
    OutOfRangeError,
)
from densetrace.tensorflow.operation import export
from densetrace.tensorflow.replay import SourceOperation
from densetrace.tensorflow.symbolic import Graph, GraphTensor, Node, Symbol, current_graph, inside
from densetrace.tensorflow.tensor import Array, Tensor
from densetrace.tensorflow.trace_type import IteratorKey, key_of


class _GetNext(SourceOperation):
    """Takes the next element of an iterator. Operands: the iterator; none where it is known."""

    operand_names = ("iterator",)
    operand_roles = ("iterator",)

    def lent(
        self, operands: tuple[Any, ...], attributes: dict[str, Any], *arrays: Array
    ) -> tuple[list[Array], bool]:
        """The arrays of the element, and whether the iterator lends them."""
        iterator: Any = arrays[0] if arrays else attributes["iterator"]
        return iterator.next_arrays(), iterator.lends

    def run(self, operands: tuple[Any, ...], attributes: dict[str, Any]) -> list[Any]:
        """The tensors of the element; in a graph, the symbols of a new node."""
        graph = current_graph()
        if graph is not None:
            return _add_node(graph, operands, attributes)
        return [Tensor(array) for array in self.compute((), attributes, *operands)]


_GET_NEXT: Final = _GetNext("IteratorGetNext")


def _add_node(graph: Graph, operands: tuple[Any, ...], attributes: dict[str, Any]) -> list[Any]:
    name = graph.unique_name(_GET_NEXT.name)
    outputs = [
        GraphTensor(spec.shape, spec.dtype, f"{name}:{at}", graph)
        for at, spec in enumerate(attributes["specs"])
    ]
    graph.nodes.append(Node(_GET_NEXT, operands, attributes, outputs))
    return outputs


def _next_in(graph: Graph, iterator: Any) -> Any:
    """The symbols of the next element, which a node of the graph takes from the iterator."""
    spec = iterator.element_spec
    attributes: dict[str, Any] = {"specs": tensor_specs(spec)}
    if isinstance(iterator, Symbol):
        return element(spec, _add_node(graph, (iterator,), attributes))
    attributes["iterator"] = iterator
    return element(spec, _add_node(graph, (), attributes))


def _key(spec: Any) -> IteratorKey:
    """The trace type of an iterator over elements of this spec."""
    plain = pack(spec, [None if leaf is NONE else leaf for leaf in flatten(spec)])
    return IteratorKey(key_of(plain, []), partial(with_specs, spec), SymbolicIterator)


@export("data.Iterator")
@known_as("tensorflow.python.data.ops.iterator_ops", "IteratorBase")
class Iterator(ABC):
    """An iterator over elements of one spec. Follows tf.data.Iterator."""

    @property
    @abstractmethod
    def element_spec(self) -> Any:
        """The spec of its elements."""

    @abstractmethod
    def get_next(self) -> Any:
        """The next element."""

    def __iter__(self) -> Any:
        return self


@known_as("tensorflow.python.data.ops.iterator_ops")
class OwnedIterator(Iterator):
    """An iterator over the elements of a dataset.

    Eagerly `next` returns the next element; in a graph it adds the operation that does.
    """

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset
        self._spec = dataset.element_spec
        self._source: Source[list[Array]] = dataset._elements()
        self.lends: bool = dataset._lends
        self._key = _key(self._spec)

    @property
    def element_spec(self) -> Any:
        """The spec of its elements."""
        return self._spec

    @property
    def _array(self) -> "OwnedIterator":
        """The value that a running graph has in place of a tensor's array."""
        return self

    def __iter__(self) -> "OwnedIterator":
        if current_graph() is not None:
            raise _not_in_graph(self)
        return self

    def __next__(self) -> Any:
        graph = current_graph()
        if graph is not None:
            return _next_in(graph, self)
        arrays = next(self._source, None) if not tape.active() else _untaped_next(self._source)
        if arrays is None:
            raise StopIteration
        if self.lends:
            arrays = [array.copy() for array in arrays]
        return tensors_of(self._spec, arrays)

    def get_next(self) -> Any:
        """The next element.

        Raises:
            OutOfRangeError: when there is none.
        """
        try:
            return next(self)
        except StopIteration:
            raise OutOfRangeError("End of sequence") from None

    def get_next_as_optional(self) -> "Optional":
        """The next element as an optional: one without a value when there is none."""
        arrays = _untaped_next(self._source)
        if arrays is not None and self.lends:
            arrays = [array.copy() for array in arrays]
        return Optional(self._spec, arrays)

    def next_arrays(self) -> list[Array]:
        """The arrays of the next element, in the order of the leaves of `element_spec`; if the
        iterator `lends`, they may be those of the caller.

        Raises:
            OutOfRangeError: when there is none.
        """
        arrays = next(self._source, None) if not tape.active() else _untaped_next(self._source)
        if arrays is None:
            raise OutOfRangeError("End of sequence")
        return arrays

    def __tf_tracing_type__(self, context: Any) -> IteratorKey:
        return self._key


def _not_in_graph(iterator: Any) -> OperatorNotAllowedInGraphError:
    """The error for a loop over an iterator in a graph, which AutoGraph would rewrite."""
    return OperatorNotAllowedInGraphError(
        f"Iterating over {iterator!r} is not allowed in a graph. Call next(iterator) in "
        "tf.while_loop, loop over the dataset itself, or run eagerly: "
        "tf.config.run_functions_eagerly(True)."
    )


def unrolled(dataset: Any) -> Source[Any]:
    """The elements of a dataset, as constants of the graph that is being traced."""
    source = dataset._elements()
    while (arrays := _untaped_next(source)) is not None:
        yield tensors_of(dataset.element_spec, arrays)


def _untaped_next(source: Source[list[Array]]) -> list[Array] | None:
    """The next element; neither a tape nor a graph sees what datasets compute."""
    with inside(None), tape.untaped():
        return next(source, None)


class SymbolicIterator(Symbol):
    """An iterator that a function is traced with: it has a spec and no elements."""

    def __init__(self, spec: Any, name: str, graph: Graph | None) -> None:
        super().__init__((), "int64", name)
        self.element_spec = spec
        self.graph = graph

    def __iter__(self) -> "SymbolicIterator":
        raise _not_in_graph(self)

    def __next__(self) -> Any:
        graph = current_graph()
        if graph is None:
            raise TypeError(f"{self!r} is out of scope: it has elements when its function runs.")
        return _next_in(graph, self)

    get_next = __next__

    def __tf_tracing_type__(self, context: Any) -> IteratorKey:
        return _key(self.element_spec)

    def __repr__(self) -> str:
        return f"<tf.data.Iterator {self.name!r} element_spec={self.element_spec}>"


class Optional:
    """A value that may be missing. Follows tf.experimental.Optional."""

    def __init__(self, spec: Any, arrays: list[Array] | None) -> None:
        self.element_spec = spec
        self._arrays = arrays

    def has_value(self) -> Any:
        """Whether there is a value: bool[]."""
        return convert_to_tensor(self._arrays is not None)

    def get_value(self) -> Any:
        """The value.

        Raises:
            InvalidArgumentError: when there is none.
        """
        if self._arrays is None:
            raise InvalidArgumentError("The given optional does not have a value.")
        return tensors_of(self.element_spec, self._arrays)


class NumpyIterator:
    """An iterator over the elements of a dataset, as NumPy arrays and scalars."""

    def __init__(self, dataset: Any) -> None:
        if has_datasets(dataset.element_spec):
            raise TypeError(
                "`tf.data.Dataset.as_numpy_iterator()` takes elements that are tensors. Received: "
                f"a dataset of datasets, {dataset!r}"
            )
        self._iterator = OwnedIterator(dataset)

    def __iter__(self) -> "NumpyIterator":
        return self

    def __next__(self) -> Any:
        found = next(self._iterator)
        return pack(found, [None if leaf is None else _read_only(leaf) for leaf in flatten(found)])


def _read_only(leaf: Any) -> Any:
    array = leaf.numpy()
    if isinstance(array, np.ndarray):
        array.flags.writeable = False
    return array


__all__ = ["Iterator", "NumpyIterator", "Optional", "OwnedIterator", "SymbolicIterator", "unrolled"]
