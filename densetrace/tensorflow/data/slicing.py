"""The batches of arrays that `Model.fit` trains on: of indices, and of the rows at the indices.

They have the elements and the specs of the datasets that keras 2.14 engine/data_adapter.py makes,
without the work for each element.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from densetrace.tensorflow import random
from densetrace.tensorflow.convert import convert_to_tensor, quiet
from densetrace.tensorflow.data.dataset import Dataset
from densetrace.tensorflow.data.elements import arrays_of, map_specs, normalized, spec_of
from densetrace.tensorflow.data.shuffling import counters, permutation, shuffled
from densetrace.tensorflow.dtypes import as_dtype
from densetrace.tensorflow.shapes import TensorShape, TensorSpec
from densetrace.tensorflow.tensor import Array, Tensor

_BUFFER = 1024
"""The size of the buffer that the order of whole batches is drawn from."""


class BatchIndices(Dataset):
    """The indices of the samples of each batch, for all epochs: i64[batch_size] each.

    Args:
        count: the number of samples.
        batch_size: the number of samples in a batch; the last of an epoch may have fewer.
        epochs: the number of epochs.
        shuffle: whether the samples of each epoch are in another order; "batch" for the same
            batches in another order.
    """

    def __init__(self, count: int, batch_size: int, epochs: int, shuffle: Any) -> None:
        self._samples = count
        self._batch_size = batch_size
        self._epochs = epochs
        self._shuffle = shuffle
        size = None if count % batch_size else batch_size
        self._spec = TensorSpec((size,), "int64")

    def batches(self) -> Iterator[slice | Array]:
        """The samples of each batch: a slice where they follow each other, else indices."""
        starts = range(0, self._samples, self._batch_size)
        spans = [slice(at, min(at + self._batch_size, self._samples)) for at in starts]
        seed, seed2 = random.seeds_in_graph()
        used = 0
        for _ in range(self._epochs):
            if self._shuffle == "batch":
                yield from shuffled(spans, _BUFFER, *random.seeds_for(None))
            elif not self._shuffle:
                yield from spans
            else:
                if random.is_seeded():
                    order = permutation(self._samples, seed, seed2, used)
                else:
                    order = random.generator().permutation(self._samples)
                used += counters(self._samples)
                for span in spans:
                    yield order[span]

    def _elements(self) -> Iterator[list[Array]]:
        for one in self.batches():
            yield [np.arange(one.start, one.stop) if isinstance(one, slice) else one]

    def _count(self) -> int:
        return -(-self._samples // self._batch_size) * self._epochs


def borrowed(array: Array, dtype: Any = None) -> Tensor:
    """A tensor that shares the memory of an array if it has this dtype already: only for a tensor
    that is read before the owner of the array can change it."""
    if array.dtype.kind not in "fiub":
        return convert_to_tensor(array, dtype)  # type: ignore[no-any-return]
    return Tensor(array if dtype is None else quiet(array, as_dtype(dtype).numpy))


class SlicedDataset(Dataset):
    """The rows of tensors at the indices of each batch.

    Args:
        indices: the indices.
        inputs: the tensors.
        is_borrowed: whether tensors may share their memory with arrays of the caller.
    """

    def __init__(self, indices: BatchIndices, inputs: Any, is_borrowed: bool = False) -> None:
        value = normalized(inputs)
        self._indices = indices
        self._is_borrowed = is_borrowed
        self._arrays = arrays_of(value)
        first = indices.element_spec.shape
        self._spec = map_specs(
            lambda spec: TensorSpec(first + TensorShape(spec.shape[1:]), spec.dtype),
            spec_of(value),
        )

    def _elements(self) -> Iterator[list[Array]]:
        arrays = self._arrays
        for chosen in self._indices.batches():
            if isinstance(chosen, slice):
                yield [array[chosen] for array in arrays]
            else:
                yield [array.take(chosen, 0) for array in arrays]

    @property
    def _lends(self) -> bool:
        return self._is_borrowed

    def _count(self) -> int:
        return self._indices._count()


SlicedDataset.__name__ = SlicedDataset.__qualname__ = "_OptionsDataset"
