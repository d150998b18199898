"""The gradient of a lookup: the slices that are not 0, and their indices.

Follows tensorflow/python/framework/indexed_slices.py.
"""

from typing import Any

from densetrace.system.real_home import known_as
from densetrace.tensorflow.dtypes import DType
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.symbolic import Symbol
from densetrace.tensorflow.tensor import Tensor


@known_as("tensorflow.python.framework.indexed_slices")
class IndexedSlices:
    """Some slices of a tensor along its first axis: values [n, ...], indices [n], and the shape of
    the whole tensor. Slices with the same index add up."""

    def __init__(self, values: Any, indices: Any, dense_shape: Any = None) -> None:
        self.values = values
        self.indices = indices
        self._sizes = dense_shape
        self._dense_shape = None if isinstance(dense_shape, TensorShape) else dense_shape

    @property
    def dense_shape(self) -> Any:
        """The shape of the whole tensor as a tensor, i32[rank]; None if it is not known."""
        if self._dense_shape is None and self._sizes is not None:
            from densetrace.tensorflow.ops.creating import constant

            self._dense_shape = constant(self._sizes.as_list(), "int32")
        return self._dense_shape

    @property
    def shape(self) -> TensorShape:
        """The shape of the whole tensor."""
        sizes = self._sizes
        if isinstance(sizes, Symbol):
            sizes = sizes.known  # as far as its numbers are known
        if sizes is None or not isinstance(sizes, TensorShape | Tensor | list | tuple):
            return TensorShape([None, *self.values.shape[1:]])
        return TensorShape(sizes.numpy().tolist() if isinstance(sizes, Tensor) else sizes)

    @property
    def dtype(self) -> DType:
        """The dtype of the slices."""
        dtype: DType = self.values.dtype
        return dtype

    def dense(self) -> Any:
        """The whole tensor.

        Raises:
            ValueError: when its shape was not given.
        """
        from densetrace.tensorflow.ops.indexing import unsorted_segment_sum

        if self._sizes is None:
            raise ValueError(
                "Tensor conversion requested for IndexedSlices for argument `value` without "
                f"dense_shape: {self}"
            )
        return unsorted_segment_sum(self.values, self.indices, self._sizes[0])

    def with_values(self, values: Any) -> "IndexedSlices":
        """Other values for the same slices."""
        return IndexedSlices(values, self.indices, self._sizes)

    def __neg__(self) -> "IndexedSlices":
        return self.with_values(-self.values)

    def __str__(self) -> str:
        sizes = self.dense_shape
        known = "" if sizes is None else f", dense_shape={sizes!s}"
        return f"IndexedSlices(indices={self.indices!s}, values={self.values!s}{known})"


def joined(parts: list[IndexedSlices]) -> IndexedSlices:
    """The sum of slices of one tensor: all of them. Follows
    tensorflow/python/eager/backprop_util.py, AggregateIndexedSlicesGradients."""
    from densetrace.tensorflow.ops.casting import cast
    from densetrace.tensorflow.ops.joining import concat

    if len(parts) == 1:
        return parts[0]
    indices = [part.indices for part in parts]
    if len({one.dtype for one in indices}) > 1:
        indices = [cast(one, "int64") for one in indices]
    values = concat([part.values for part in parts], 0)
    return IndexedSlices(values, concat(indices, 0), parts[0]._sizes)
