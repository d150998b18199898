"""`tf.TensorArray`: a list of tensors that a loop writes, one after another.

Follows tensorflow/python/ops/tensor_array_ops.py, _EagerTensorArray.
"""

from collections.abc import Sequence
from typing import Any

from densetrace.system.real_home import known_as
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.dtypes import DType, as_dtype
from densetrace.tensorflow.errors import InvalidArgumentError, OutOfRangeError
from densetrace.tensorflow.operation import export
from densetrace.tensorflow.ops.creating import constant, zeros
from densetrace.tensorflow.ops.joining import concat, split, stack, unstack
from densetrace.tensorflow.shapes import UNKNOWN_RANK, TensorShape
from densetrace.tensorflow.symbolic import Symbol
from densetrace.tensorflow.tensor import Operators
from densetrace.tensorflow.variables import Variable


@export("TensorArray")
@known_as("tensorflow.python.ops.tensor_array_ops")
class TensorArray:
    """Tensors of one dtype, and of one shape unless `infer_shape` is False. An element that was not
    written is zeros.

    Args:
        dtype: the dtype of the elements.
        size: the number of elements.
        dynamic_size: whether writing behind the last one adds elements.
        clear_after_read: whether an element can be read once only.
        tensor_array_name, handle, flow, colocate_with_first_write_call, name: have no effect.
        infer_shape: whether all elements must have the shape of the first one.
        element_shape: the shape of the elements, as far as it is known.

    Raises:
        ValueError: when no size is given.
    """

    # DEPARTS: In a graph, TensorFlow computes indices and loops when the graph runs. Here an index
    # must be a number of Python then, and a loop over the elements a loop of Python.
    def __init__(
        self, dtype: Any, size: Any = None, dynamic_size: bool | None = None,
        clear_after_read: bool | None = None, tensor_array_name: Any = None, handle: Any = None,
        flow: Any = None, infer_shape: bool = True, element_shape: Any = None,
        colocate_with_first_write_call: bool = True, name: Any = None,
    ) -> None:  # fmt: skip
        if size is None:
            raise ValueError(
                "Size must be declared for TensorArrays when eager execution is enabled."
            )
        self._dtype = as_dtype(dtype)
        self._dynamic_size = bool(dynamic_size)
        self._clears = clear_after_read is None or bool(clear_after_read)
        self._infer_shape = infer_shape
        self._shape = UNKNOWN_RANK if element_shape is None else TensorShape(element_shape)
        self._items: list[Any] = [None] * _position(size, "size")
        self._cleared: set[int] = set()

    @property
    def dtype(self) -> DType:
        """The dtype of the elements."""
        return self._dtype

    @property
    def dynamic_size(self) -> bool:
        """Whether writing behind the last element adds elements."""
        return self._dynamic_size

    @property
    def element_shape(self) -> TensorShape:
        """The shape of the elements, as far as it is known."""
        return self._shape

    @property
    def flow(self) -> Any:
        """A number without a meaning, which orders writes in old graphs."""
        return constant(0, "int32")

    @property
    def handle(self) -> None:
        """None: the elements are in Python."""
        return

    def identity(self) -> "TensorArray":
        """This array."""
        return self

    def size(self, name: Any = None) -> Any:
        """The number of elements: i32[]."""
        return constant(len(self._items), "int32")

    def read(self, index: Any, name: Any = None) -> Any:
        """An element. Unless `clear_after_read` is False, it can be read once only.

        Raises:
            OutOfRangeError: when there is no such element.
            InvalidArgumentError: when it was read before.
            ValueError: when it was not written, and the shape of the elements is not known.
        """
        at = _position(index, "index")
        if at < 0:
            raise OutOfRangeError(f"Reading from negative indices (index {at}) is not allowed.")
        if at >= len(self._items):
            raise OutOfRangeError(
                f"Tried to read from index {at} but array size is: {len(self._items)} "
            )
        if at in self._cleared:
            raise InvalidArgumentError(
                f"Could not read index {at} twice because it was cleared after a previous read "
                "(perhaps try setting clear_after_read = false?)"
            )
        found = self._filled(at)
        if self._clears:
            self._items[at] = None
            self._cleared.add(at)
        return found

    def write(self, index: Any, value: Any, name: Any = None) -> "TensorArray":
        """Set an element, and return this array.

        Raises:
            OutOfRangeError: when there is no such element and the size is fixed.
            InvalidArgumentError: when the dtype differs.
            ValueError: when the shape differs.
        """
        at = _position(index, "index")
        if at < 0:
            raise OutOfRangeError(f"Writing to negative indices (index {at}) is not allowed.")
        if at >= len(self._items):
            if not self._dynamic_size:
                raise OutOfRangeError(
                    f"Tried to write to index {at} but array is not resizeable and size is: "
                    f"{len(self._items)} "
                )
            self._items += [None] * (at + 1 - len(self._items))
        if not isinstance(value, Operators | Variable):
            value = convert_to_tensor(value, dtype_hint=self._dtype)
        value = convert_to_tensor(value)
        if value.dtype != self._dtype:
            raise InvalidArgumentError(
                f"TensorArray dtype is {self._dtype.name} but Op is trying to write dtype "
                f"{value.dtype.name} "
            )
        self._check_shape(value.shape)
        self._items[at] = value
        return self

    def stack(self, name: Any = None) -> Any:
        """All elements along a new first axis.

        Raises:
            ValueError: when some were not written, and their shape is not known.
        """
        if self._items:
            return stack(self._all_filled())
        known = self._shape.rank is not None and self._shape.is_fully_defined()
        return zeros([0, *(self._shape if known else ())], self._dtype)

    def gather(self, indices: Any, name: Any = None) -> Any:
        """Some elements along a new first axis."""
        return stack([self._filled(at) for at in _positions(indices)])

    def concat(self, name: Any = None) -> Any:
        """All elements, one behind the other along the first axis.

        Raises:
            ValueError: when some were not written, and their shape is not known.
        """
        return concat(self._all_filled(), 0)

    def unstack(self, value: Any, name: Any = None) -> "TensorArray":
        """Set the elements to the parts of a tensor along its first axis, and return this array.

        Raises:
            ValueError: when there are more parts than elements and the size is fixed.
        """
        return self._replaced(unstack(value))

    def split(self, value: Any, lengths: Any, name: Any = None) -> "TensorArray":
        """Set the elements to parts of a tensor with these sizes along its first axis, and return
        this array. Their shapes may differ.

        Raises:
            ValueError: when there are more parts than elements and the size is fixed.
        """
        return self._replaced(split(value, _positions(lengths)), may_differ=True)

    def scatter(self, indices: Any, value: Any, name: Any = None) -> "TensorArray":
        """Set some elements to the parts of a tensor along its first axis. Returns this array."""
        for index, part in zip(_positions(indices), unstack(value), strict=False):
            self.write(index, part)
        return self

    def grad(self, source: Any, flow: Any = None, name: Any = None) -> Any:
        """The array of gradients of old graphs.

        Raises:
            NotImplementedError: always: a tape computes gradients.
        """
        raise NotImplementedError(
            "TensorArray.grad is not supported when executing eagerly; eager's gradient "
            "implementation does not use/need this function to compute gradients of operations "
            "that use TensorArrays."
        )

    def close(self, name: Any = None) -> None:
        """Remove all elements."""
        self._items.clear()

    def _replaced(self, parts: Sequence[Any], may_differ: bool = False) -> "TensorArray":
        if len(parts) > len(self._items) and not self._dynamic_size:
            raise ValueError(
                f"Cannot unstack {len(parts)} tensors into a TensorArray of static size "
                f"{len(self._items)} "
            )
        for part in () if may_differ else parts:
            self._check_shape(part.shape)
        missing = [None] * (len(self._items) - len(parts))
        self._items = [*parts, *missing]
        return self

    def _check_shape(self, shape: TensorShape) -> None:
        if not self._shape.is_compatible_with(shape):
            raise ValueError(f"Incompatible shape for value ({shape}), expected ({self._shape})")
        if self._infer_shape:
            self._shape = self._shape.merge_with(shape)

    def _filled(self, at: int) -> Any:
        """An element; zeros, if it was not written."""
        if self._items[at] is not None:
            return self._items[at]
        if not self._shape.is_fully_defined():
            raise ValueError(
                f"Cannot convert a partially known TensorShape {self._shape} to a Tensor."
            )
        self._items[at] = zeros(self._shape, self._dtype)
        return self._items[at]

    def _all_filled(self) -> list[Any]:
        return [self._filled(at) for at in range(len(self._items))]


def _position(index: Any, what: str) -> int:
    """An index or a size as a number of Python.

    Raises:
        NotImplementedError: when only a run of a graph knows it.
    """
    if isinstance(index, Symbol):
        raise NotImplementedError(
            f"In a graph, the {what} of a TensorArray must be a number of Python here. Use a loop "
            f"of Python, or call tf.config.run_functions_eagerly(True). Received: {index}"
        )
    return int(index)


def _positions(indices: Any) -> list[int]:
    if isinstance(indices, Symbol):
        _position(indices, "indices")
    return [int(at) for at in convert_to_tensor(indices).numpy().reshape(-1)]
