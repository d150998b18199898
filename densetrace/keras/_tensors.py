"""The tensors of the mirrored stack: eager arrays, symbolic tensors and variables.

An eager tensor is a NumPy array with TensorFlow's `.numpy()`; a symbolic one knows its shape and
dtype only; a variable is an array with a name that can be assigned to.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, Self, TypeAlias

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from densetrace.keras._errors import InvalidArgumentError
from densetrace.keras._shapes import Dim as Dim
from densetrace.keras._shapes import TensorShape as TensorShape

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


class Tensor(np.ndarray[Any, np.dtype[Any]]):
    """An eager tensor: a NumPy array that also answers `.numpy()`, and may carry a mask.

    Arithmetic never promotes, as in TensorFlow: numbers and plain arrays take the tensor's dtype,
    and two tensors must have the same.
    """

    _keras_mask: Any = None
    _metric_obj: Any = None

    @property  # type: ignore[misc] # NumPy's shape can be set; that of a tensor cannot
    def shape(self) -> TensorShape:
        """Its shape, with TensorFlow's methods."""
        return TensorShape.of_array(super().shape)

    def numpy(self) -> Any:
        """The same numbers as a plain NumPy array, or as a NumPy scalar when the tensor is one."""
        return self.view(np.ndarray)[()]

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """NumPy's functions, on operands of one dtype.

        Raises:
            InvalidArgumentError: when two tensors differ in dtype.
            TypeError: when a number cannot be of the tensor's dtype.
        """
        if any(isinstance(value, KerasTensor) for value in inputs):
            return NotImplemented
        kwargs = {name: _plain(value) for name, value in kwargs.items()}
        if "out" in kwargs:
            kwargs["out"] = tuple(_plain(value) for value in kwargs["out"])
        operands = [_plain(value) for value in inputs]
        if method == "__call__" and len(inputs) > 1:
            operands = _of_one_dtype(ufunc, inputs, operands)
        with np.errstate(all="ignore"):  # infinities and NaN are numbers here, as in TensorFlow
            result = getattr(ufunc, method)(*operands, **kwargs)
        if isinstance(result, np.ndarray | np.generic):
            return np.asarray(result).view(Tensor)
        return result


def _plain(value: Any) -> Any:
    if isinstance(value, Variable):
        value = value.value
    return value.view(np.ndarray) if isinstance(value, Tensor) else value


def _of_one_dtype(ufunc: np.ufunc, values: tuple[Any, ...], operands: list[Any]) -> list[Any]:
    """The operands in the dtype of the tensors among the values."""
    dtypes = [value.dtype for value in values if isinstance(value, Tensor | Variable)]
    if any(dtype != dtypes[0] for dtype in dtypes):
        names = ", ".join(dtype.name for dtype in dtypes)
        raise InvalidArgumentError(
            f"{ufunc.__name__} takes tensors of one dtype. Received: {names}"
        )
    try:
        return [
            operand
            if isinstance(value, Tensor | Variable)
            else as_value(operand, dtypes[0]).view(np.ndarray)
            for value, operand in zip(values, operands, strict=True)
        ]
    except (TypeError, ValueError):
        if ufunc in (np.equal, np.not_equal):  # anything may be asked whether it is equal
            return operands
        raise


def as_value(value: Any, dtype: Any) -> Tensor:
    """A number, or an array of numbers, in the dtype of the tensor it is to be combined with.

    Raises:
        TypeError: when it is text, or cannot be a number of that dtype.
        ValueError: when it is nothing, or not an array.
    """
    target = np.dtype(dtype)
    if isinstance(value, Variable):
        value = value.value
    if value is None or isinstance(value, dict):
        raise ValueError(
            f"Attempt to convert a value ({value!r:.80}) of an unsupported type {type(value)} to a "
            "Tensor."
        )
    array = np.asarray(value)
    if isinstance(value, np.ndarray | np.generic) and not isinstance(value, Tensor):
        return _copy(array, target)
    kinds = "biuf" if target.kind in "fc" else "iu"
    refused = array.dtype != target if isinstance(value, Tensor) else array.dtype.kind not in kinds
    # Python integers beyond 64 bits make an array of objects, and are numbers all the same.
    beyond = array.dtype == object and target.kind == "f" and isinstance(value, int)
    if (refused and not beyond and array.size) or (target.kind == "b" and array.dtype.kind != "b"):
        raise TypeError(f"Cannot convert {value!r:.80} to a tensor of dtype {target.name}")
    return _copy(array, target)


def _copy(array: Array, dtype: np.dtype[Any]) -> Tensor:
    with np.errstate(all="ignore"):
        return array.astype(dtype).view(Tensor)


def as_array(value: Any, dtype: Any) -> Array:
    """`value` as an array of this dtype, in silence: as in TensorFlow, a number that is too big for
    it becomes infinite."""
    with np.errstate(all="ignore"):
        return np.asarray(value, dtype=dtype)


def convert_to_tensor(value: Any, dtype: Any = None) -> Tensor:
    """`value` as an eager tensor. Python floats become float32 and Python integers int32, as in
    TensorFlow; NumPy arrays keep their dtype.

    Raises:
        ValueError: when `value` is None, ragged, or otherwise not an array of numbers.
    """
    if isinstance(value, Variable):
        value = value.value
    if not isinstance(value, np.ndarray | np.generic) and dtype is None:
        return _convert_python(value)
    array = as_array(value, dtype)
    _refuse_objects(array, value)
    return array.view(Tensor)


_TENSORFLOW_DEFAULTS: Final = {"f": np.float32, "i": np.int32}


def _convert_python(value: Any) -> Tensor:
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"A tensor must be rectangular. Received: {value!r:.80}") from error
    _refuse_objects(array, value)
    if array.dtype.kind in _TENSORFLOW_DEFAULTS and not _holds_arrays(value):
        array = as_array(array, _TENSORFLOW_DEFAULTS[array.dtype.kind])
    return array.view(Tensor)


def _holds_arrays(value: Any) -> bool:
    while isinstance(value, list | tuple) and value:
        value = value[0]
    return isinstance(value, np.ndarray | np.generic)


def _refuse_objects(array: Array, value: object) -> None:
    if array.dtype == object:
        kind = type(value).__name__
        raise ValueError(f"Attempt to convert a value of type {kind} that is no array to a Tensor.")


class KerasTensor(NDArrayOperatorsMixin):
    """A symbolic tensor: shape, dtype and, once a layer made it, the node it came from.

    Operators and NumPy's element-wise functions on it give symbolic tensors in turn.
    Follows keras 2.14 engine/keras_tensor.py, KerasTensor.
    """

    def __init__(self, shape: Iterable[Any], dtype: Any = "float32", name: str | None = None):
        # DEPARTS: a tensor that a layer gives has no name. In Keras it has that of the operation in
        # the graph that computes it, such as dense/BiasAdd:0; there is no graph here.
        self._shape = TensorShape(shape)
        self._dtype: np.dtype[Any] = np.dtype(dtype)
        self.name = name
        self._keras_history: Any = None
        self._keras_mask: Any = None

    @property
    def shape(self) -> TensorShape:
        """Its shape, in which sizes may be unknown."""
        return self._shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Its dtype."""
        return self._dtype

    @property
    def ndim(self) -> int:
        """How many dimensions there are."""
        return len(self.shape)

    def __repr__(self) -> str:
        return f"<KerasTensor: shape={tuple(self.shape)} dtype={self.dtype.name}>"

    __hash__ = object.__hash__

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """The symbolic result of an element-wise function, or of a matrix product."""
        if method != "__call__" or ufunc.nout != 1 or kwargs:
            return NotImplemented
        shapes = [_shape(operand) for operand in inputs]
        combine = _matmul_shape if ufunc is np.matmul else broadcast_shapes
        return type(self)(combine(*shapes), _ufunc_dtype(ufunc, inputs))

    def __getitem__(self, key: Any) -> "KerasTensor":
        """The symbolic result of indexing with integers and slices."""
        stand_in: Array = np.broadcast_to(
            np.zeros((), self.dtype), [_UNKNOWN if size is None else size for size in self.shape]
        )
        shape = stand_in[key].shape
        return type(self)((None if size == _UNKNOWN else size for size in shape), self.dtype)

    # DEPARTS: Keras rewrites an `if` on a tensor in a person's `call`, where it can read the
    # source; densetrace does not, so such a `call` fails on symbols.
    def __bool__(self) -> bool:
        raise TypeError("A symbolic tensor has no truth value: it holds a shape, no data.")

    def __len__(self) -> int:
        raise TypeError("A symbolic tensor has no length: its first size may be unknown.")

    def __iter__(self) -> Any:
        raise TypeError("Cannot iterate over a symbolic tensor: it holds a shape, no data.")


class GraphTensor(KerasTensor):
    """A symbolic tensor inside the layer that is run on it.

    Keras runs `call` in a scratch graph, on stand-ins for the symbolic inputs: the layers inside
    take them as they take data, are checked against their input specs, and record no node.
    Follows keras 2.14 engine/keras_tensor.py, keras_tensor_to_placeholder.
    """


_UNKNOWN: Final = 2**31 - 1
"""Stands for an unknown size while NumPy works out the shape of an indexed tensor."""


def _shape(operand: Any) -> TensorShape:
    shape = getattr(operand, "shape", None)
    return TensorShape(np.shape(operand) if shape is None else shape)


def broadcast_shapes(*shapes: TensorShape) -> TensorShape:
    """The shape that NumPy's broadcasting gives, unknown sizes included.

    Raises:
        ValueError: when two known sizes differ and neither is 1.
    """
    result: list[Dim] = []
    for sizes in zip(*(_padded(shape, max(map(len, shapes))) for shape in shapes), strict=True):
        known = {size for size in sizes if size != 1}
        if len(known - {None}) > 1:
            raise ValueError(f"Shapes cannot be broadcast together: {', '.join(map(str, shapes))}")
        result.append(next(iter(known - {None} or known or {1})))
    return TensorShape(result)


def _padded(shape: TensorShape, rank: int) -> list[Dim]:
    return [1] * (rank - len(shape)) + list(shape)


def _like(value: Any) -> type[Array]:
    """The kind of array that takes the place of an operand: a tensor, or a plain array."""
    return Tensor if isinstance(value, Tensor | KerasTensor | Variable) else np.ndarray


def _matmul_shape(a: TensorShape, b: TensorShape) -> TensorShape:
    if len(a) < 2 or len(b) < 2:
        raise ValueError(f"A matrix product takes tensors of rank 2 or more. Received: {a}, {b}")
    if a[-1] != b[-2] and None not in (a[-1], b[-2]):
        raise ValueError(f"A matrix product needs equal inner sizes. Received: {a} by {b}")
    outer = broadcast_shapes(TensorShape(a[:-2]), TensorShape(b[:-2]))
    return TensorShape((*outer, a[-2], b[-1]))


def _ufunc_dtype(ufunc: np.ufunc, inputs: tuple[Any, ...]) -> np.dtype[Any]:
    samples = [
        np.ones((1,) * max(1, value.ndim), value.dtype).view(_like(value))
        if hasattr(value, "dtype")
        else value
        for value in inputs
    ]
    if ufunc is np.matmul:
        return np.result_type(*samples)
    return np.asarray(ufunc(*samples)).dtype


_compute_dtype: ContextVar[np.dtype[Any] | None] = ContextVar("densetrace_dtype", default=None)


@contextmanager
def autocast_variables(dtype: np.dtype[Any] | None) -> Iterator[None]:
    """Read variables in this dtype for the length of a `with` block, as mixed precision does.

    Follows keras 2.14 mixed_precision/autocast_variable.py, enable_auto_cast_variables.
    """
    token = _compute_dtype.set(dtype)
    try:
        yield
    finally:
        _compute_dtype.reset(token)


_in_graph: ContextVar[bool] = ContextVar("densetrace_graph", default=False)


@contextmanager
def graph(entered: bool = True) -> Iterator[None]:
    """Be inside a graph, or outside all graphs, for the length of a `with` block.

    Keras runs `call` on symbols inside a graph, where an assignment to a variable is noted and not
    done.
    """
    token = _in_graph.set(entered)
    try:
        yield
    finally:
        _in_graph.reset(token)


def inside_graph() -> bool:
    """Whether a layer is being run on symbols now."""
    return _in_graph.get()


class Variable(NDArrayOperatorsMixin):
    """A named array that a layer owns and that can be assigned to.

    Follows TensorFlow's `tf.Variable` as far as Keras's layers use it.
    """

    def __init__(
        self,
        initial_value: Any,
        *,
        name: str = "Variable",
        dtype: Any = None,
        trainable: bool = True,
        constraint: Callable[[Any], Any] | None = None,
    ) -> None:
        self._stored: Tensor = convert_to_tensor(initial_value, dtype).copy()
        self.name = name if name.endswith(":0") else f"{name}:0"
        self._trainable = trainable
        self.constraint = constraint
        self.autocast = False

    @property
    def trainable(self) -> bool:
        """Whether training would change it."""
        return self._trainable

    @property
    def value(self) -> Tensor:
        """Its numbers, in the compute dtype of the layer being called if it is cast by itself."""
        dtype = self.dtype
        same = dtype == self._stored.dtype
        return self._stored if same else as_array(self._stored, dtype).view(Tensor)

    @property
    def shape(self) -> TensorShape:
        """Its shape; every size is known."""
        return self._stored.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Its dtype, or the compute dtype of the layer being called if it is cast by itself."""
        dtype = _compute_dtype.get() if self.autocast else None
        return self._stored.dtype if dtype is None else dtype

    @property
    def ndim(self) -> int:
        """How many dimensions there are."""
        return self._stored.ndim

    def numpy(self) -> Any:
        """A copy of its numbers as a plain NumPy array, or as a NumPy scalar when it is one."""
        return self._stored.numpy().copy()

    def assign(self, value: Any) -> Self:
        """Replace all its numbers; inside a graph, only check that this can be done.

        Raises:
            ValueError: when `value` has another shape.
        """
        symbolic = _in_graph.get() and isinstance(value, KerasTensor)
        new = value if symbolic else convert_to_tensor(value, self._stored.dtype)
        sizes = zip(new.shape, self._stored.shape, strict=False)
        fits = all(size in (own, None) for size, own in sizes)
        if len(new.shape) != len(self._stored.shape) or not fits:
            raise ValueError(
                f"A value assigned to {self.name} must have its shape {self._stored.shape}. "
                f"Received: shape={new.shape}"
            )
        if not _in_graph.get():
            self._stored = new.copy()
        return self

    def assign_add(self, delta: Any) -> Self:
        """Add `delta` to its numbers."""
        return self.assign(self.value + self._as_operand(delta))

    def assign_sub(self, delta: Any) -> Self:
        """Subtract `delta` from its numbers."""
        return self.assign(self.value - self._as_operand(delta))

    def _as_operand(self, delta: Any) -> Any:
        symbolic = isinstance(delta, KerasTensor)
        return delta if symbolic else convert_to_tensor(delta, self.dtype)

    def read_value(self) -> Tensor:
        """A copy of its numbers."""
        return self.value.copy()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self.value, dtype=dtype)  # always a copy: a variable is its own

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """NumPy's functions see the numbers."""
        plain = [operand.value if isinstance(operand, Variable) else operand for operand in inputs]
        if any(isinstance(operand, KerasTensor) for operand in plain):
            return NotImplemented
        return getattr(ufunc, method)(*plain, **kwargs)

    def __getitem__(self, key: Any) -> Any:
        return self.value[key]

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __len__(self) -> int:
        return len(self.value)

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"<Variable {self.name!r} shape={self.value.shape} dtype={self.dtype.name}>"


_PYTHON_DTYPES: Final = {float: "float32", bool: "bool", "float": "float32"}
_DTYPE_NAMES: Final = frozenset(
    f"{kind}{bits}"
    for kind, widths in {
        "float": (16, 32, 64),
        "int": (8, 16, 32, 64),
        "uint": (8, 16, 32, 64),
        "complex": (64, 128),
    }.items()
    for bits in widths
) | {"bool", "half", "double"}


def as_dtype(value: Any) -> np.dtype[Any]:
    """The dtype that a name, a Python type or a NumPy dtype stands for, as TensorFlow reads it.

    Raises:
        TypeError: when there is no such dtype.
    """
    name = _PYTHON_DTYPES.get(value, value) if isinstance(value, type | str) else value
    if isinstance(name, np.dtype) or (isinstance(name, type) and issubclass(name, np.generic)):
        return np.dtype(name)
    # DEPARTS: bfloat16 and quantized dtypes, which NumPy does not have, are refused like an unknown
    # dtype; so are TensorFlow's dtype numbers (Dense(2, dtype=5) is int16 in TensorFlow).
    if not isinstance(name, str) or name not in _DTYPE_NAMES:
        raise TypeError(f"Cannot convert the argument `type_value`: {value!r:.80} to a dtype.")
    return np.dtype(name)
