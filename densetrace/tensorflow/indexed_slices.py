"""The gradient of a lookup: the slices that are not 0, and their indices.

Follows tensorflow/python/framework/indexed_slices.py.
"""

from typing import Any

from densetrace.system.real_home import known_as
from densetrace.tensorflow.dtypes import DType
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.tensor import Tensor


@known_as("tensorflow.python.framework.indexed_slices")
class IndexedSlices:
    """Some slices of a tensor along its first axis: values [n, ...], indices [n], and the shape of
    the whole tensor. Slices with the same index add up."""

    def __init__(self, values: Any, indices: Any, dense_shape: Any = None) -> None:
        self.values = values
        self.indices = indices
        self.dense_shape = dense_shape

    @property
    def shape(self) -> TensorShape:
        """The shape of the whole tensor."""
        sizes = self.dense_shape
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

        if self.dense_shape is None:
            raise ValueError(
                "Tensor conversion requested for IndexedSlices for argument `value` without "
                f"dense_shape: {self}"
            )
        return unsorted_segment_sum(self.values, self.indices, self.dense_shape[0])

    def __neg__(self) -> "IndexedSlices":
        return IndexedSlices(-self.values, self.indices, self.dense_shape)

    def __repr__(self) -> str:
        return (
            f"IndexedSlices(indices={self.indices}, values={self.values}, "
            f"dense_shape={self.dense_shape})"
        )
