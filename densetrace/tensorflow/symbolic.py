"""Symbolic tensors, which have a shape and a dtype but no numbers, and the graphs they belong to.

A graph is a list of nodes in the order in which Python ran their operations. A layer called on
symbolic tensors runs in a scratch graph that is discarded; `tf.function` keeps its graph and
replays it.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, NoReturn

from densetrace.system.real_home import known_as
from densetrace.tensorflow.dtypes import DType, as_dtype
from densetrace.tensorflow.errors import InaccessibleTensorError, OperatorNotAllowedInGraphError
from densetrace.tensorflow.missing import OF_TENSORFLOW, missing
from densetrace.tensorflow.shapes import Dim, TensorShape
from densetrace.tensorflow.tensor import Operators, Tensor

Sizes = tuple[Dim, ...] | Dim
"""The numbers of a tensor of sizes, as far as they are known: of a vector, or of a scalar."""


class Symbol(Operators):
    """A tensor with a shape and a dtype, but without numbers."""

    def __init__(self, shape: Any, dtype: Any = "float32", name: str | None = None) -> None:
        self._shape = TensorShape(shape)
        self._dtype = as_dtype(dtype)
        self._name = name
        self._keras_mask: Any = None
        self.known: Sizes = None

    constant: Any = None
    """The eager tensor whose numbers a constant of a graph has."""

    handler: ClassVar[Callable[..., Any] | None] = None
    """What runs a function of TensorFlow on such a tensor outside of a graph: called with the first
    name of the function, the function, its arguments and its keyword arguments. Without one, the
    operations' shape rules compute the result. Follows tensorflow/python/util/dispatch.py,
    GlobalOpDispatcher."""

    @property
    def shape(self) -> TensorShape:
        """The shape; sizes may be unknown."""
        return self._shape

    def get_shape(self) -> TensorShape:
        """The shape."""
        return self._shape

    def set_shape(self, shape: Any) -> None:
        """Merge more information into the shape.

        Raises:
            ValueError: when it contradicts what is known already.
        """
        self._shape = self._shape.merge_with(shape)

    @property
    def dtype(self) -> DType:
        """The dtype."""
        return self._dtype

    @property
    def name(self) -> str | None:
        """The name."""
        return self._name

    def __float__(self) -> float:
        raise TypeError("float() argument must be a string or a real number, not a symbolic tensor")

    def __int__(self) -> int:
        raise TypeError("int() argument must be a string or a real number, not a symbolic tensor")

    def __index__(self) -> int:
        raise TypeError("a symbolic tensor cannot be interpreted as an integer")

    def __round__(self, digits: int | None = None) -> NoReturn:
        raise TypeError(f"type {type(self).__name__} doesn't define __round__ method")

    def __setitem__(self, key: Any, value: Any) -> NoReturn:
        raise TypeError("'SymbolicTensor' object does not support item assignment")


@missing(
    "Tensor",
    "consumers eval experimental_ref",
    OF_TENSORFLOW,
    properties="OVERLOADABLE_OPERATORS op value_index",
)
@known_as("tensorflow.python.framework.ops", "SymbolicTensor")
class GraphTensor(Symbol):
    """A tensor of a graph: the output of an operation when the graph runs.

    Follows tensorflow/python/framework/ops.py, SymbolicTensor.
    """

    def __init__(
        self, shape: Any, dtype: Any = "float32", name: str | None = None, graph: Any = None
    ) -> None:
        super().__init__(shape, dtype, name)
        self.graph = graph

    @property
    def name(self) -> str:
        """The name of the operation with its output number."""
        return self._name or "Tensor:0"

    @property
    def device(self) -> str:
        """No device: where the operation runs is decided when the graph runs."""
        return ""

    def __reduce__(self) -> NoReturn:
        # As in TensorFlow: copy.deepcopy and pickle need the numbers.
        raise TypeError(f"A symbolic tensor cannot be copied or pickled. Received: {self!r}")

    def __copy__(self) -> "GraphTensor":
        return self

    def __round__(self, digits: int | None = None) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} object has no attribute '__round__'")

    @property
    def ndim(self) -> int | None:
        """The number of dimensions; None when unknown."""
        return self._shape.rank

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NoReturn:
        raise NotImplementedError(
            f"Cannot convert a symbolic tf.Tensor ({self!r}) to a numpy array. NumPy's functions "
            "need numbers: use TensorFlow's, such as tf.exp for np.exp."
        )

    def __bool__(self) -> bool:
        raise OperatorNotAllowedInGraphError(
            "Using a symbolic `tf.Tensor` as a Python `bool` is not allowed. Use tf.where or "
            "tf.cond, or run eagerly: tf.config.run_functions_eagerly(True)."
        )

    def __len__(self) -> int:
        raise TypeError(
            f"len is not well defined for a symbolic Tensor ({self!r}). Please call `x.shape` "
            "rather than `len(x)` for shape information."
        )

    def __iter__(self) -> Any:
        if current_graph() is None and self.graph is not None:
            raise out_of_scope(self)
        raise OperatorNotAllowedInGraphError(
            "Iterating over a symbolic `tf.Tensor` is not allowed. Use tf.unstack, or run eagerly."
        )

    def __repr__(self) -> str:
        return f"<tf.Tensor {self.name!r} shape={self.shape} dtype={self.dtype.name}>"

    def __str__(self) -> str:
        return f'Tensor("{self.name}", shape={self.shape}, dtype={self.dtype.name})'


GraphTensor.__name__ = GraphTensor.__qualname__ = "SymbolicTensor"


class _TensorType(type):
    """The type of `tf.Tensor`, of which eager tensors and those of graphs are instances."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor | GraphTensor)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, Tensor | GraphTensor)


@known_as("tensorflow.python.framework.tensor", "Tensor")
class AnyTensor(metaclass=_TensorType):
    """`tf.Tensor`: what eager tensors and tensors of graphs have in common.

    Follows tensorflow/python/framework/ops.py, Tensor.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise TypeError("Operations create tensors: use tf.constant or tf.convert_to_tensor.")


AnyTensor.__name__ = AnyTensor.__qualname__ = "Tensor"


def out_of_scope(symbol: Any) -> TypeError:
    """The error for a symbol used outside of its graph."""
    return TypeError(
        f"{symbol!r} is out of scope and cannot be used here. Use return values, explicit Python "
        "locals or TensorFlow collections to access it."
    )


def check_scope(operand: Any, graph: "Graph | None") -> None:
    """Refuse a tensor of a graph where this graph is not being traced, in lists too.

    Raises:
        TypeError: when no graph is traced, or one that has nothing to do with it.
        InaccessibleTensorError: when the tensor belongs to a graph inside the one being traced.
    """
    if isinstance(operand, list | tuple):
        for item in operand:
            check_scope(item, graph)
        return
    if not isinstance(operand, GraphTensor):
        return
    own: Graph | None = operand.graph
    if own is None or own is graph:
        return
    if graph is None:
        raise out_of_scope(operand)
    if own not in _enclosing(graph):
        if graph in _enclosing(own):
            raise InaccessibleTensorError(
                f"{operand!r} is out of scope: it belongs to the graph {own.name!r}, inside the "
                f"graph {graph.name!r} that uses it. Return it from the inner function."
            )
        raise out_of_scope(operand)


def _enclosing(graph: "Graph") -> "Iterator[Graph]":
    """A graph and those in which it was traced, from the inside out."""
    around: Graph | None = graph
    while around is not None:
        yield around
        around = around.parent


def handler_of(values: Iterable[Any]) -> Callable[..., Any] | None:
    """Return the handler of the first symbol that has one, in lists, tuples and dicts too."""
    for value in values:
        if isinstance(value, Symbol):
            found = value.handler
        elif isinstance(value, list | tuple):
            found = handler_of(value)
        elif isinstance(value, dict):
            found = handler_of(value.values())
        else:
            continue
        if found is not None:
            return found
    return None


def refuse_symbols(name: str, values: Iterable[Any]) -> None:
    """Refuse symbolic tensors of Keras outside of a graph, where a function needs its own graph.

    Raises:
        TypeError: when one of the values is such a tensor, or holds one.
    """
    if current_graph() is None and handler_of(values) is not None:
        raise TypeError(
            f"{name} takes no symbolic input or output of Keras. Call it inside of a layer's "
            f"`call`. Received: {values!r:.200}"
        )


class Node:
    """One operation of a graph, with its operands and outputs."""

    __slots__ = ("attributes", "operands", "operation", "outputs")

    def __init__(
        self, operation: Any, operands: tuple[Any, ...], attributes: dict[str, Any], outputs: Any
    ) -> None:
        self.operation = operation
        self.operands = operands
        self.attributes = attributes
        self.outputs = outputs


@known_as("tensorflow.python.framework.ops")
class Graph:
    """The nodes of a graph, in the order in which Python ran their operations.

    Args:
        name: its name.
        outer: for a branch of `tf.cond` or the body of a loop, the graph around it: what the branch
            reads of a variable is read there, so that gradients reach the variable.
    """

    def __init__(self, name: str = "", outer: "Graph | None" = None) -> None:
        self.name = name
        self.outer = outer
        self.parent = outer or current_graph()
        self.nodes: list[Node] = []
        self.reads: dict[int, tuple[Any, Any]] = {}  # a variable, and the symbol of its value
        self.assigned: dict[int, Any] = {}
        self.evaluate: Callable[[Any], Any] | None = None
        self.object_names: dict[Any, int] = {}
        self.scope = ""
        """The name scope that is open, with a final slash: `a/b/`."""
        self.operator: str | None = None
        """The operator of Python that runs the next operation."""
        self.in_function = False
        """Whether a function of TensorFlow runs the next operation."""
        self.asked_name: Any = None
        """The name that the next operation is to have."""
        self._counts: dict[str, int] = {}

    def unique_name(self, base: str) -> str:
        """A name in the open scope that no other operation and no scope of the graph has: `MatMul`,
        then `MatMul_1`. Capitals make no difference."""
        head, slash, rest = base.partition("/")  # the scope that a function opens, and the node
        return f"{self.unique_scope(head)}{slash}{rest}"

    def unique_scope(self, scope: str) -> str:
        """As `unique_name`, of a scope: `a/b` does not open `a`."""
        name = f"{self.scope}{scope}"
        count = self._counts.get(name.lower(), 0)
        self._counts[name.lower()] = count + 1
        return f"{name}_{count}" if count else name

    @contextmanager
    def named(self, name: str, is_unique: bool = True) -> Iterator[str]:
        """Open a name scope in a `with` block; it gives the whole scope: `a/b_1/`. One that need
        not be unique is opened again under the same name, as that of a layer."""
        outer = self.scope
        if name:
            self.scope = f"{self.unique_scope(name) if is_unique else outer + name}/"
        try:
            yield self.scope
        finally:
            self.scope = outer


def rename(name: str, outputs: Any) -> None:
    """Name the outputs of a function in a graph as those of one node: `name:0`, `name:1`."""
    listed = outputs if isinstance(outputs, list | tuple) else [outputs]
    for at, output in reversed(list(enumerate(listed))):  # one that is there twice has its first
        if isinstance(output, GraphTensor):
            output._name = f"{name}:{at}"


name_prefix: ContextVar[str] = ContextVar("densetrace_name_prefix", default="")
"""The prefix of names of variables and operations: `a/b/`, or empty."""

_graph: ContextVar[Graph | None] = ContextVar("densetrace_graph", default=None)


def current_graph() -> Graph | None:
    """The graph that is being traced; None during eager execution."""
    return _graph.get()


_building: ContextVar[Graph | None] = ContextVar("densetrace_building", default=None)


def graph_being_built() -> Graph | None:
    """The innermost graph that is being built, also where an `init_scope` computes at once."""
    return _building.get()


@contextmanager
def inside(graph: Graph | None) -> Iterator[Graph | None]:
    """Trace into a graph for a `with` block; execute eagerly for None."""
    token = _graph.set(graph)
    building = _building.set(graph or _building.get())
    try:
        yield graph
    finally:
        _building.reset(building)
        _graph.reset(token)
