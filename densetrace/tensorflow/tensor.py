"""Eager tensors, and the operators and methods that all tensors share.

A `Tensor` is not a NumPy array: it is immutable, and NumPy reads its numbers through `__array__`.
The operations set the operators of `Operators` (`densetrace.tensorflow.operation`).
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeAlias

import numpy as np

from densetrace.system.real_home import known_as
from densetrace.tensorflow.dtypes import DType, of_array
from densetrace.tensorflow.missing import OF_TENSORFLOW, missing
from densetrace.tensorflow.shapes import TensorShape, of_sizes

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_SHAPE_IN_REPR = re.compile(r",\s*shape=\([\d, ]*\)(?=[^()]*\)$)")
"""The shape that NumPy 2.2 and later adds to the repr of an abbreviated array."""

_OF_NUMPY = frozenset(
    ("T", "astype", "clip", "data", "max", "mean", "min", "ravel", "reshape", "size", "sum",
     "tolist", "transpose")
)  # fmt: skip


class Operators:
    """The base class of eager tensors, symbolic tensors and variables.

    The arithmetic methods (`__add__` and its like) are set by the operations that they run.
    """

    __slots__ = ()

    __array_priority__: ClassVar[int] = 100
    """Makes `np.ones(3) * tensor` a tensor."""

    if TYPE_CHECKING:
        # Attributes of every tensor, and the operators that the operations set.
        def __getattr__(self, name: str) -> Any: ...
        def __getitem__(self, key: Any) -> Any: ...
        def __add__(self, other: Any) -> Any: ...
        def __radd__(self, other: Any) -> Any: ...
        def __sub__(self, other: Any) -> Any: ...
        def __rsub__(self, other: Any) -> Any: ...
        def __mul__(self, other: Any) -> Any: ...
        def __rmul__(self, other: Any) -> Any: ...
        def __truediv__(self, other: Any) -> Any: ...
        def __rtruediv__(self, other: Any) -> Any: ...
        def __floordiv__(self, other: Any) -> Any: ...
        def __rfloordiv__(self, other: Any) -> Any: ...
        def __mod__(self, other: Any) -> Any: ...
        def __rmod__(self, other: Any) -> Any: ...
        def __pow__(self, other: Any) -> Any: ...
        def __rpow__(self, other: Any) -> Any: ...
        def __matmul__(self, other: Any) -> Any: ...
        def __rmatmul__(self, other: Any) -> Any: ...
        def __gt__(self, other: Any) -> Any: ...
        def __ge__(self, other: Any) -> Any: ...
        def __lt__(self, other: Any) -> Any: ...
        def __le__(self, other: Any) -> Any: ...
        def __and__(self, other: Any) -> Any: ...
        def __or__(self, other: Any) -> Any: ...
        def __xor__(self, other: Any) -> Any: ...
        def __neg__(self) -> Any: ...
        def __abs__(self) -> Any: ...
        def __invert__(self) -> Any: ...

    def __hash__(self) -> int:
        raise TypeError("Tensor is unhashable. Instead, use tensor.ref() as the key.")

    def __eq__(self, other: object) -> Any:
        return False if other is None else EQUAL["equal"](self, other)

    def __ne__(self, other: object) -> Any:
        return True if other is None else EQUAL["not_equal"](self, other)

    def ref(self) -> "Reference":
        """A hashable reference to this tensor."""
        return Reference(self)


EQUAL: dict[str, Any] = {}


@known_as("tensorflow.python.util.object_identity")
class Reference:
    """A hashable reference to a tensor: equal to references to the same tensor only."""

    __slots__ = ("_tensor",)

    def __init__(self, tensor: Any) -> None:
        self._tensor = tensor

    def deref(self) -> Any:
        """The tensor."""
        return self._tensor

    def __hash__(self) -> int:
        return id(self._tensor)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reference) and self._tensor is other._tensor

    def __repr__(self) -> str:
        return f"<Reference wrapping {self._tensor!r}>"


@missing(
    "Tensor",
    "consumers cpu experimental_ref gpu",
    OF_TENSORFLOW,
    properties="OVERLOADABLE_OPERATORS backing_device is_packed",
)
@known_as("tensorflow.python.framework.ops", "EagerTensor")
class Tensor(Operators):
    """An eager tensor.

    Follows tensorflow/python/framework/ops.py, EagerTensor. It may carry attributes that Keras
    sets, such as `_keras_mask`.
    """

    __slots__ = ("__dict__", "__weakref__", "_array")

    def __init__(self, array: Any) -> None:
        # The array must belong to this tensor, or never change.
        self._array = array

    @property
    def shape(self) -> TensorShape:
        """The shape; all sizes are known."""
        return of_sizes(self._array.shape)

    def get_shape(self) -> TensorShape:
        """The shape."""
        return self.shape

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return int(self._array.ndim)

    @property
    def dtype(self) -> DType:
        """The dtype."""
        return of_array(self._array.dtype)

    @property
    def device(self) -> str:
        """The device name that TensorFlow reports on a CPU."""
        return "/job:localhost/replica:0/task:0/device:CPU:0"

    def numpy(self) -> Any:
        """A copy as a NumPy array; a NumPy scalar for a scalar tensor."""
        array = self._array
        if array.ndim == 0:
            return array[()]
        return array.copy()

    def eval(self, feed_dict: Any = None, session: Any = None) -> NoReturn:
        """Not supported: there are no sessions.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError(
            "eval is not supported when eager execution is enabled, is .numpy() what you're "
            "looking for?"
        )

    def set_shape(self, shape: Any) -> None:
        """Check that the tensor has this shape.

        Raises:
            ValueError: when it is another one.
        """
        if not self.shape.is_compatible_with(shape):
            raise ValueError(
                f"Tensor's shape {self.shape} is not compatible with supplied shape {shape}."
            )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        if copy or (dtype is not None and np.dtype(dtype) != self._array.dtype):
            return np.array(self._array, dtype=dtype)
        view: Array = self._array.view()
        view.flags.writeable = False
        return view

    def __len__(self) -> int:
        if not self._array.ndim:
            raise TypeError("Scalar tensor has no `len()`")
        return len(self._array)

    def __iter__(self) -> Iterator[Any]:
        if not self._array.ndim:
            raise TypeError("Cannot iterate over a scalar tensor.")
        return (self[position] for position in range(len(self._array)))

    def __bool__(self) -> bool:
        return bool(self._array) if self._array.size else False

    def __int__(self) -> int:
        return int(self._only_element())

    def __float__(self) -> float:
        return float(self._only_element())

    def __complex__(self) -> complex:
        return complex(self._only_element())

    def __index__(self) -> int:
        number = self.numpy()
        # In NumPy 2 a bool is no index.
        index: int = int(number) if number.dtype == bool else number.__index__()
        return index

    def _only_element(self) -> Any:
        """The element of a tensor of one element, whatever its rank; else the whole array."""
        return self._array.reshape(())[()] if self._array.size == 1 else self._array

    def __round__(self, digits: int | None = None) -> Any:
        if digits is not None:  # as in TensorFlow, which asks for an attribute of NumPy's arrays
            raise AttributeError("A tensor is rounded to whole numbers only: use round(tensor).")
        return self._array.__round__()

    def __format__(self, spec: str) -> str:
        return format(self.numpy(), spec)

    def __reduce__(self) -> tuple[Any, ...]:
        return Tensor, (self._array,)

    def __copy__(self) -> "Tensor":
        return self

    def __deepcopy__(self, memo: Any) -> "Tensor":
        return self

    def __setitem__(self, key: Any, value: Any) -> NoReturn:
        raise TypeError(
            "'tensorflow.python.framework.ops.EagerTensor' object does not support item assignment"
        )

    def __getattr__(self, name: str) -> Any:
        if name in _OF_NUMPY:
            raise AttributeError(
                f"EagerTensor object has no attribute {name!r}. NumPy's methods are on "
                "tensor.numpy(); TensorFlow has functions: tf.reshape, tf.transpose and their like."
            )
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __repr__(self) -> str:
        shown = numbers_text(self.numpy())
        return f"<tf.Tensor: shape={self.shape}, dtype={self.dtype.name}, numpy={shown}>"

    def __str__(self) -> str:
        shown = _on_its_own_lines(str(self.numpy()))
        return f"tf.Tensor({shown}, shape={self.shape}, dtype={self.dtype.name})"


Tensor.__name__ = Tensor.__qualname__ = "EagerTensor"
EagerTensor = Tensor  # pickle looks for the class under its own name


def _on_its_own_lines(text: str) -> str:
    return f"\n{text}" if "\n" in text else text


def numbers_text(value: Any) -> str:
    """Numbers as TensorFlow prints them after `numpy=`, independent of NumPy's version."""
    if isinstance(value, np.generic):
        return str(value)
    text = repr(value)
    if isinstance(value, np.ndarray) and value.size:
        text = _SHAPE_IN_REPR.sub("", text)
    return _on_its_own_lines(text)
