"""Variables: named tensors that can be assigned to.

Follows tensorflow/python/ops/resource_variable_ops.py, and for mixed precision keras 2.14
mixed_precision/autocast_variable.py.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from densetrace.tensorflow import tape
from densetrace.tensorflow.convert import array_of, convert_to_tensor, quiet
from densetrace.tensorflow.dtypes import DType, as_dtype, of_array
from densetrace.tensorflow.operation import Operand, operation
from densetrace.tensorflow.ops.casting import cast
from densetrace.tensorflow.ops.math import add, subtract
from densetrace.tensorflow.ops.slicing import strided_slice
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.symbolic import (
    Graph,
    Symbol,
    current_graph,
    init_scope,
    inside,
    name_prefix,
)
from densetrace.tensorflow.tensor import Array, Operators, Tensor, numbers_text

_compute_dtype: ContextVar[DType | None] = ContextVar("densetrace_compute_dtype", default=None)


@contextmanager
def autocast_variables(dtype: Any) -> Iterator[None]:
    """Read floating point variables of layers in this dtype for the length of a `with` block.

    Follows keras 2.14 mixed_precision/autocast_variable.py, enable_auto_cast_variables.
    """
    target = None if dtype is None else as_dtype(dtype)
    token = _compute_dtype.set(target if target is not None and target.is_floating else None)
    try:
        yield
    finally:
        _compute_dtype.reset(token)


creators: ContextVar[tuple[Callable[[Any], None], ...]] = ContextVar(
    "densetrace_creators", default=()
)
"""Who is told of each variable that is made: `tf.function` while it traces."""


class Variable(Operators):
    """A named tensor that can be assigned to.

    Args:
        initial_value: its first value, or a function that returns it.
        trainable: whether tapes watch it; True unless given otherwise.
        name: its name, to which `:0` is added.
        dtype: its dtype; that of the value when left out.
        constraint: what an optimizer applies after each update.
        shape: its shape, where sizes are to stay unknown.

    Raises:
        ValueError: when there is no initial value.
    """

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        import_scope: Any = None,
        constraint: Callable[[Any], Any] | None = None,
        synchronization: Any = None,
        aggregation: Any = None,
        shape: Any = None,
    ) -> None:
        if initial_value is None:
            raise ValueError(
                "The `initial_value` arg to `tf.Variable` must be specified except when you are "
                "not providing a `variable_def`."
            )
        for told in creators.get():
            told(self)
        value = initial_value
        if callable(initial_value):
            with init_scope():
                value = initial_value()
        if isinstance(value, Operators) and not isinstance(value, Tensor | Symbol):
            value = value.value()
        graph = current_graph()
        if isinstance(value, Symbol) and graph is not None and graph.evaluate is not None:
            value = graph.evaluate(value)
        if isinstance(value, Symbol):
            raise ValueError(
                "Tensor-typed variable initializers must either be wrapped in an init_scope or "
                "callable. An initial value has to be known."
            )
        target = None if dtype is None else as_dtype(dtype)
        if isinstance(value, Tensor):
            array = value._array if target is None else quiet(value._array, target.numpy)
        else:
            array = array_of(value, target).copy()
        self._stored: Tensor = Tensor(array)
        self._declared = None if shape is None else TensorShape(shape)
        self._name = _with_output(f"{name_prefix.get()}{name or 'Variable'}")
        self._trainable = True if trainable is None else bool(trainable)
        self.constraint = constraint
        self.autocast = False

    # -- what it is --------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Its name, with `:0` at the end."""
        return self._name

    @property
    def trainable(self) -> bool:
        """Whether tapes watch it."""
        return self._trainable

    @property
    def shape(self) -> TensorShape:
        """Its shape."""
        return self._stored.shape if self._declared is None else self._declared

    def get_shape(self) -> TensorShape:
        """Its shape."""
        return self.shape

    @property
    def dtype(self) -> DType:
        """Its dtype, before any cast."""
        return of_array(self._stored._array.dtype)

    @property
    def ndim(self) -> int:
        """How many dimensions there are."""
        return self._stored.ndim

    @property
    def device(self) -> str:
        """Where TensorFlow would hold it."""
        return self._stored.device

    # -- read --------------------------------------------------------------------------------------

    def value(self) -> Any:
        """Its value as a tensor; in the compute dtype of the layer that is called, for a variable
        of a layer that casts its variables."""
        value: Any = self._uncast()
        if tape.ACTIVE:
            tape.watch_variable(self, value)
        target = _compute_dtype.get() if self.autocast else None
        return value if target is None or target is self.dtype else cast(value, target)

    def read_value(self) -> Any:
        """Its value as a tensor."""
        return self.value()

    def numpy(self) -> Any:
        """A copy of its value as a NumPy array, or as a NumPy scalar when it is one."""
        return self._stored.numpy()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self._stored._array, dtype=dtype)

    def __getitem__(self, key: Any) -> Any:
        part = strided_slice(self.value(), key)

        def assign(
            value: Any, use_locking: bool = False, name: Any = None, read_value: bool = True
        ) -> Any:
            """Set this part of the variable."""
            array = self._stored._array.copy()
            array[_plain_key(key)] = array_of(_numbers(value), self.dtype)
            return self.assign(array)

        if isinstance(part, Tensor):
            vars(part)["assign"] = assign
        return part

    def __iter__(self) -> Iterator[Any]:
        return iter(self.value())

    def __bool__(self) -> bool:
        return bool(self.value())

    def __float__(self) -> float:
        return float(self._stored)

    def __int__(self) -> int:
        return int(self._stored)

    def __index__(self) -> int:
        return self._stored.__index__()

    # -- written -----------------------------------------------------------------------------------

    def assign(
        self, value: Any, use_locking: bool = False, name: Any = None, read_value: bool = True
    ) -> "Variable":
        """Replace its value; in a graph, when the graph is run.

        Raises:
            ValueError: when the value has another shape.
        """
        if isinstance(value, Operators):
            new: Any = value if isinstance(value, Tensor | Symbol) else value.value()
            if new.dtype is not self.dtype:
                new = cast(new, self.dtype) if self.autocast else _refuse_dtype(self, new)
        else:
            new = Tensor(array_of(value, self.dtype))
        if not self.shape.is_compatible_with(new.shape):
            raise ValueError(
                f"Cannot assign value to variable '{self.name}': Shape mismatch.The variable shape "
                f"{self.shape}, and the assigned value shape {new.shape} are incompatible."
            )
        graph = current_graph()
        if graph is not None:
            assign_in(graph, self, new)
        else:
            array = new._array
            self._stored = Tensor(array.copy() if isinstance(value, np.ndarray) else array)
        return UnreadVariable(self)

    def assign_add(
        self, delta: Any, use_locking: bool = False, name: Any = None, read_value: bool = True
    ) -> "Variable":
        """Add to its value."""
        return self.assign(add(self._uncast(), _as_operand(self, delta)))

    def assign_sub(
        self, delta: Any, use_locking: bool = False, name: Any = None, read_value: bool = True
    ) -> "Variable":
        """Subtract from its value."""
        return self.assign(subtract(self._uncast(), _as_operand(self, delta)))

    def _uncast(self) -> Any:
        graph = current_graph()
        return self._stored if graph is None else read_in(graph, self)

    def __reduce__(self) -> tuple[Any, ...]:
        return _made_again, (
            self.numpy(),
            self._trainable,
            self._name.removesuffix(":0"),
            self.autocast,
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> "Variable":
        return _made_again(
            self.numpy(), self._trainable, self._name.removesuffix(":0"), self.autocast
        )

    def __repr__(self) -> str:
        shown = numbers_text(self.numpy())
        return (
            f"<tf.Variable {self.name!r} shape={self.shape} dtype={self.dtype.name}, numpy={shown}>"
        )


class UnreadVariable(Variable):
    """A variable as its assignments return it: the same one under a name that says that its value
    has not been read since.

    Follows tensorflow/python/ops/resource_variable_ops.py, _UnreadVariable.
    """

    def __init__(self, variable: Variable) -> None:
        self._variable: Variable = (
            variable._variable if isinstance(variable, UnreadVariable) else variable
        )
        self.constraint = variable.constraint
        self.autocast = variable.autocast
        self._declared = variable._declared
        self._trainable = variable._trainable
        self._name = "UnreadVariable"

    @property
    def _stored(self) -> Tensor:
        return self._variable._stored

    @_stored.setter
    def _stored(self, value: Tensor) -> None:
        self._variable._stored = value

    def value(self) -> Any:
        """The value of the variable."""
        return self._variable.value()


def _made_again(value: Any, trainable: bool, name: str, autocast: bool) -> Variable:
    variable = Variable(value, trainable=trainable, name=name)
    variable.autocast = autocast
    return variable


def _with_output(name: str) -> str:
    return name if name.endswith(":0") else f"{name}:0"


def _numbers(value: Any) -> Any:
    return value.numpy() if isinstance(value, Operators) else value


def _plain_key(key: Any) -> Any:
    if isinstance(key, tuple):
        return tuple(map(_plain_key, key))
    return key._array[()] if isinstance(key, Tensor) else key


def _as_operand(variable: Variable, delta: Any) -> Any:
    if isinstance(delta, Operators):
        return delta
    return convert_to_tensor(delta, variable.dtype)


def _refuse_dtype(variable: Variable, value: Any) -> Any:
    raise ValueError(
        f"Tensor conversion requested dtype {variable.dtype.name} for Tensor with dtype "
        f"{value.dtype.name}: {value!r}"
    )


# -- in a graph ------------------------------------------------------------------------------------


def read_in(graph: Graph, variable: Variable) -> Any:
    """The symbol for the value of a variable: one for all reads between two assignments, as eager
    reads give one tensor. A branch takes it from the graph around it, unless it assigns first."""
    variable = getattr(variable, "_variable", variable)
    if id(variable) not in graph.reads:
        if graph.outer is not None and id(variable) not in graph.assigned:
            with inside(graph.outer):
                symbol = read_in(graph.outer, variable)
        else:
            symbol = read_variable(variable)
        graph.reads[id(variable)] = variable, symbol
    return graph.reads[id(variable)][1]


def assign_in(graph: Graph, variable: Variable, value: Any) -> None:
    """Add the assignment of a variable to a graph; reads that follow see the new value."""
    variable = getattr(variable, "_variable", variable)
    assign_variable(value, variable)
    graph.assigned[id(variable)] = variable
    graph.reads.pop(id(variable), None)


@operation("raw_ops.ReadVariableOp", stateful=True)
def read_variable(variable: Any, name: Any = None) -> Array:
    """The value of a variable when the graph is run."""
    array: Array = variable._stored._array
    return array


@read_variable.shape_rule
def _read_rule(variable: Any) -> Any:
    return variable.shape, variable.dtype


@operation("raw_ops.AssignVariableOp", stateful=True)
def assign_variable(value: Operand, variable: Any, name: Any = None) -> Array:
    """Set the value of a variable when the graph is run."""
    variable._stored = Tensor(value)
    return value


@assign_variable.gradient
def _no_gradient(step: Any, dy: Any) -> None:
    return None
