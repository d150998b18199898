"""Variables: named tensors that can be assigned to.

Follows tensorflow/python/ops/resource_variable_ops.py, and for mixed precision keras 2.14
mixed_precision/autocast_variable.py.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from typing import Any, Final, NoReturn

import numpy as np

from densetrace.recording.hooks import traced
from densetrace.system.real_home import known_as
from densetrace.tensorflow import replication, tape
from densetrace.tensorflow.convert import array_of, convert_to_tensor
from densetrace.tensorflow.dtypes import DType, as_dtype, of_array
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.indexed_slices import IndexedSlices
from densetrace.tensorflow.missing import OF_TENSORFLOW, missing
from densetrace.tensorflow.operation import Operand, caller, operation
from densetrace.tensorflow.ops.casting import cast
from densetrace.tensorflow.ops.indexing import (
    gather,
    gather_nd,
    scatter_nd,
    tensor_scatter_nd_update,
)
from densetrace.tensorflow.ops.math import add, divide, multiply, subtract
from densetrace.tensorflow.ops.slicing import strided_slice, with_part
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.symbolic import (
    Graph,
    GraphTensor,
    Symbol,
    check_scope,
    current_graph,
    inside,
    name_prefix,
)
from densetrace.tensorflow.tensor import Array, Operators, Tensor, numbers_text

_IDS: Final = count()

_compute_dtype: ContextVar[DType | None] = ContextVar("densetrace_compute_dtype", default=None)


@contextmanager
def autocast_variables(dtype: Any) -> Iterator[None]:
    """Read floating point variables of layers in this dtype inside a `with` block.

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
"""Functions to call with each new variable: `tf.function` adds one while it traces."""


@missing(
    "Variable",
    "batch_scatter_update count_up_to from_proto initialized_value load read_value_no_copy "
    "scatter_nd_max scatter_nd_min to_proto",
    OF_TENSORFLOW,
    properties="SaveSliceInfo create handle initializer",
)
@known_as("tensorflow.python.ops.resource_variable_ops", "ResourceVariable")
class Variable(Operators):
    """A named tensor whose value can be replaced. Follows tf.Variable.

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
        if not isinstance(name, str | None):
            raise ValueError(f"A variable's name must be a string. Received: name={name!r:.80}")
        if initial_value is None:
            raise ValueError(
                "The `initial_value` arg to `tf.Variable` must be specified except when you are "
                "not providing a `variable_def`."
            )
        for notify in creators.get():
            notify(self)
        value = initial_value
        if callable(initial_value):
            with inside(None):
                value = initial_value()
        if isinstance(value, Operators) and not isinstance(value, Tensor | Symbol):
            with inside(None):
                value = value.value()
        value = convert_to_tensor(value, dtype)
        graph = current_graph()
        if isinstance(value, Symbol) and graph is not None and graph.evaluate is not None:
            value = graph.evaluate(value)
        if isinstance(value, Symbol):
            if not isinstance(value, GraphTensor):
                np.asarray(value)  # refuses
            raise ValueError(
                "Tensor-typed variable initializers must either be wrapped in an init_scope or "
                "callable. An initial value has to be known."
            )
        array = value._array
        self._stored: Tensor = Tensor(array)
        self._declared = None if shape is None else TensorShape(shape)
        if self._declared is not None and not self._declared.is_compatible_with(array.shape):
            raise ValueError(
                f"The initial value has to fit the shape. Received: a value of shape "
                f"{array.shape} and shape={shape}"
            )
        self._name = _with_output(f"{name_prefix.get()}{'Variable' if name is None else name}")
        self._unique_id = f"{self._shared_name}_{next(_IDS)}"
        self.synchronization, self.aggregation, self._trainable = replication.checked(
            synchronization, aggregation, trainable, name
        )
        self.constraint = constraint
        self.autocast = False

    # -- properties --------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The name, with `:0` at the end."""
        return self._name

    @property
    def _shared_name(self) -> str:
        """The name without its output number."""
        return self._name.removesuffix(":0")

    @property
    def trainable(self) -> bool:
        """Whether tapes watch the variable when it is read."""
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
    def initial_value(self) -> NoReturn:
        """Not supported: only graphs of TensorFlow 1 keep it.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError("This property is not supported when eager execution is enabled.")

    def is_initialized(self, name: Any = None) -> Tensor:
        """Whether it has a value, which is always so: bool[]."""
        return Tensor(np.asarray(True))

    def experimental_ref(self) -> Any:
        """A hashable reference to this variable: the older name of `ref`."""
        return self.ref()

    def set_shape(self, shape: Any) -> None:
        """Declare its shape.

        Raises:
            ValueError: when its value has another shape.
        """
        self._declared = self.shape.merge_with(shape)

    def eval(self, session: Any = None) -> NoReturn:
        """Not supported: there are no sessions.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError("This operation is not supported when eager execution is enabled.")

    @property
    def device(self) -> str:
        """The device name that TensorFlow reports on a CPU."""
        return self._stored.device

    # -- read --------------------------------------------------------------------------------------

    def value(self) -> Any:
        """The value as a tensor. Variables of a layer that casts them are read in the layer's
        compute dtype."""
        value: Any = self._uncast()
        if tape.active():
            tape.watch_variable(self, value)
        target = _compute_dtype.get() if self.autocast else None
        return value if target is None or target is self.dtype else cast(value, target)

    def read_value(self) -> Any:
        """Its value as a tensor."""
        return self.value()

    def numpy(self) -> Any:
        """A copy of its value as a NumPy array, or as a NumPy scalar when it is one.

        Raises:
            NotImplementedError: while a graph is traced, in which it has no value.
        """
        if current_graph() is not None:
            raise NotImplementedError(
                "numpy() is only available when eager execution is enabled. A graph is traced "
                f"here: use the variable itself. Received: {self!r}"
            )
        return self._stored.numpy()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.asarray(self.numpy(), dtype)

    def __getitem__(self, key: Any) -> Any:
        part = strided_slice(self.value(), key)

        def assign(
            value: Any, use_locking: bool = False, name: Any = None, read_value: bool = True
        ) -> Any:
            """Set this part of the variable."""
            new = convert_to_tensor(value, self.dtype)
            return self.assign(with_part(self._uncast(), key, new))

        vars(part)["assign"] = assign
        return part

    def __iter__(self) -> Iterator[Any]:
        return iter(self.value())

    def __bool__(self) -> bool:
        return bool(self.value())

    def __eq__(self, other: object) -> Any:
        # Unlike a tensor, a variable cannot be compared with None.
        return super().__eq__(convert_to_tensor(other) if other is None else other)

    def __ne__(self, other: object) -> Any:
        return super().__ne__(convert_to_tensor(other) if other is None else other)

    __hash__ = Operators.__hash__

    def __float__(self) -> float:
        return float(self.value().numpy())

    def __int__(self) -> int:
        return int(self.value().numpy())

    # -- written -----------------------------------------------------------------------------------

    @traced("op", point="tf.Variable.assign", caller=caller)
    def assign(
        self, value: Any, use_locking: bool = False, name: Any = None, read_value: bool = True
    ) -> Any:
        """Replace its value; in a graph, when the graph is run.

        Returns:
            The variable; None for `read_value=False`.

        Raises:
            ValueError: when the value has another shape or dtype.
        """
        return self._assign(value, read_value)

    def _assign(self, value: Any, read_value: bool) -> Any:
        if isinstance(value, Operators):
            new: Any = value if isinstance(value, Tensor | Symbol) else value.value()
            check_scope(new, current_graph())
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
        return UnreadVariable(self) if read_value else None

    @traced("op", point="tf.Variable.assign_add", caller=caller)
    def assign_add(
        self, delta: Any, use_locking: bool = False, name: Any = None, read_value: bool = True
    ) -> Any:
        """Add to its value.

        Returns:
            The variable; None for `read_value=False`.

        Raises:
            InvalidArgumentError: when `delta` has another shape.
        """
        return self._assign(add(self._uncast(), _as_operand(self, delta)), read_value)

    @traced("op", point="tf.Variable.assign_sub", caller=caller)
    def assign_sub(
        self, delta: Any, use_locking: bool = False, name: Any = None, read_value: bool = True
    ) -> Any:
        """Subtract from its value.

        Returns:
            The variable; None for `read_value=False`.

        Raises:
            InvalidArgumentError: when `delta` has another shape.
        """
        return self._assign(subtract(self._uncast(), _as_operand(self, delta)), read_value)

    def scatter_nd_update(self, indices: Any, updates: Any, name: Any = None) -> Any:
        """Replace the elements or slices that vectors of indices name: i[n, depth] with
        [n, *shape[depth:]]."""
        return self.assign(tensor_scatter_nd_update(self._uncast(), indices, updates))

    def scatter_nd_add(self, indices: Any, updates: Any, name: Any = None) -> Any:
        """Add to the elements or slices that vectors of indices name."""
        part = convert_to_tensor(updates, self.dtype)
        return self.assign_add(scatter_nd(indices, part, list(self.shape)))

    def scatter_nd_sub(self, indices: Any, updates: Any, name: Any = None) -> Any:
        """Subtract from the elements or slices that vectors of indices name."""
        part = convert_to_tensor(updates, self.dtype)
        return self.assign_sub(scatter_nd(indices, part, list(self.shape)))

    def scatter_add(self, sparse_delta: Any, use_locking: bool = False, name: Any = None) -> Any:
        """Add slices along the first axis, once for each occurrence of an index.

        Raises:
            TypeError: when `sparse_delta` is no IndexedSlices.
        """
        return self._scatter("add", sparse_delta)

    def scatter_sub(self, sparse_delta: Any, use_locking: bool = False, name: Any = None) -> Any:
        """Subtract slices along the first axis, once for each occurrence of an index."""
        return self._scatter("sub", sparse_delta)

    def scatter_max(self, sparse_delta: Any, use_locking: bool = False, name: Any = None) -> Any:
        """Replace slices along the first axis where the new elements are larger."""
        return self._scatter("max", sparse_delta)

    def scatter_min(self, sparse_delta: Any, use_locking: bool = False, name: Any = None) -> Any:
        """Replace slices along the first axis where the new elements are smaller."""
        return self._scatter("min", sparse_delta)

    def scatter_update(self, sparse_delta: Any, use_locking: bool = False, name: Any = None) -> Any:
        """Replace slices along the first axis."""
        return self._scatter("update", sparse_delta)

    def scatter_mul(self, sparse_delta: Any, use_locking: bool = False, name: Any = None) -> Any:
        """Multiply slices along the first axis, once for each occurrence of an index."""
        return self.assign(multiply(self._uncast(), self._factors(sparse_delta)))

    def scatter_div(self, sparse_delta: Any, use_locking: bool = False, name: Any = None) -> Any:
        """Divide slices along the first axis, once for each occurrence of an index."""
        return self.assign(divide(self._uncast(), self._factors(sparse_delta)))

    def sparse_read(self, indices: Any, name: Any = None) -> Any:
        """The slices along the first axis that indices name."""
        return gather(self, indices)

    def gather_nd(self, indices: Any, name: Any = None) -> Any:
        """The elements or slices that vectors of indices name."""
        return gather_nd(self, indices)

    def _factors(self, delta: Any) -> Any:
        """For each slice of the variable, the product of the slices that belong to it."""
        from densetrace.tensorflow.ops.segments import unsorted_segment_prod  # seldom used

        values = convert_to_tensor(_slices(delta).values, self.dtype)
        return unsorted_segment_prod(values, delta.indices, self.shape[0])

    def _scatter(self, how: str, delta: Any) -> Any:
        from densetrace.tensorflow.ops import indexing, scattering  # later: scripts seldom use them
        from densetrace.tensorflow.ops.shaping import expand_dims

        _slices(delta)
        home = indexing if how == "update" else scattering
        function = getattr(home, f"tensor_scatter_nd_{how}")
        values = convert_to_tensor(delta.values, self.dtype)
        return self.assign(function(self._uncast(), expand_dims(delta.indices, -1), values))

    def __iadd__(self, other: Any) -> NoReturn:
        raise RuntimeError(_IN_PLACE.format("+", "assign_add"))

    def __isub__(self, other: Any) -> NoReturn:
        raise RuntimeError(_IN_PLACE.format("-", "assign_sub"))

    def __imul__(self, other: Any) -> NoReturn:
        raise RuntimeError(_IN_PLACE.format("*", "assign"))

    def __itruediv__(self, other: Any) -> NoReturn:
        raise RuntimeError(_IN_PLACE.format("/", "assign"))

    def __ifloordiv__(self, other: Any) -> NoReturn:
        raise RuntimeError(_IN_PLACE.format("//", "assign"))

    def __ipow__(self, other: Any) -> NoReturn:
        raise RuntimeError(_IN_PLACE.format("**", "assign"))

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
        described = f"{self.name!r} shape={self.shape} dtype={self.dtype.name}"
        if self.autocast:
            target = _compute_dtype.get() or self.dtype
            described = f"{described} dtype_to_cast_to={target.name}"
        kind = "AutoCastVariable" if self.autocast else "tf.Variable"
        if current_graph() is None:
            described = f"{described}, numpy={numbers_text(self.numpy())}"
        return f"<{kind} {described}>"


class UnreadVariable(Variable):
    """A variable as returned by its assignments, under the name `UnreadVariable`.

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
        self.synchronization = variable.synchronization
        self.aggregation = variable.aggregation
        self._name = "UnreadVariable"
        self._unique_id = variable._unique_id

    @property
    def _stored(self) -> Tensor:
        return self._variable._stored

    @_stored.setter
    def _stored(self, value: Tensor) -> None:
        self._variable._stored = value

    def value(self) -> Any:
        """The value of the variable."""
        return self._variable.value()


def _slices(delta: Any) -> IndexedSlices:
    if not isinstance(delta, IndexedSlices):
        raise TypeError(f"sparse_delta is not IndexedSlices: {delta}")
    return delta


def _made_again(value: Any, trainable: bool, name: str, autocast: bool) -> Variable:
    variable = Variable(value, trainable=trainable, name=name)
    variable.autocast = autocast
    return variable


def _with_output(name: str) -> str:
    return name if name.endswith(":0") else f"{name}:0"


_IN_PLACE: Final = (
    "`variable {0}= value` with `tf.Variable`s is not supported. Use `variable.{1}` to modify the "
    "variable, or `out = variable {0} value` if you need to get a new output Tensor."
)


def _as_operand(variable: Variable, delta: Any) -> Any:
    delta = convert_to_tensor(delta, variable.dtype)
    if not variable.shape.is_compatible_with(delta.shape):
        message = (
            f"Cannot update variable with shape {variable.shape} using a Tensor with shape "
            f"{delta.shape}, shapes must be equal."
        )
        raise (InvalidArgumentError if current_graph() is None else ValueError)(message)
    return delta


def _refuse_dtype(variable: Variable, value: Any) -> Any:
    raise ValueError(
        f"Tensor conversion requested dtype {variable.dtype.name} for Tensor with dtype "
        f"{value.dtype.name}: {value!r}"
    )


# -- in a graph ------------------------------------------------------------------------------------


def read_in(graph: Graph, variable: Variable) -> Any:
    """The symbol for the value of a variable in a graph: the same one until the next assignment. A
    branch reads it in the enclosing graph unless the branch assigns it first."""
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
    """Add an assignment to a graph; later reads return the new value."""
    variable = getattr(variable, "_variable", variable)
    assign_variable(value, variable)
    graph.assigned[id(variable)] = variable
    graph.reads.pop(id(variable), None)


@operation("raw_ops.ReadVariableOp", stateful=True)
def read_variable(variable: Any, name: Any = None) -> Array:
    """The value of a variable when the graph runs."""
    array: Array = variable._stored._array
    return array


@read_variable.shape_rule
def _read_rule(variable: Any) -> Any:
    return variable.shape, variable.dtype


@operation("raw_ops.AssignVariableOp", stateful=True)
def assign_variable(value: Operand, variable: Any, name: Any = None) -> Array:
    """Set the value of a variable when the graph runs."""
    variable._stored = Tensor(value)
    return value


@assign_variable.gradient
def _no_gradient(step: Any, dy: Any) -> None:
    return None
