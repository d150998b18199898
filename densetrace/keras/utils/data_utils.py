"""`Sequence`, a dataset of batches by position, and `pad_sequences`.

Follows keras 2.14 utils/data_utils.py.
"""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np

from densetrace.keras._exports import keras_export


@keras_export("keras.utils.Sequence")
class Sequence:
    """The base class of datasets that return a batch for its position.

    A subclass defines `__getitem__` and `__len__`, and `on_epoch_end` if the data change.

    Follows keras 2.14 utils/data_utils.py, Sequence.
    """

    @abstractmethod
    def __getitem__(self, index: int) -> Any:
        """Return the batch at a position.

        Raises:
            NotImplementedError: unless a subclass defines it.
        """
        raise NotImplementedError

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of batches.

        Raises:
            NotImplementedError: unless a subclass defines it.
        """
        raise NotImplementedError

    def on_epoch_end(self) -> None:
        """Do nothing. `fit` calls it at the end of each epoch."""

    def __iter__(self) -> Iterator[Any]:
        """Yield the batches in order."""
        yield from (self[i] for i in range(len(self)))


def iter_sequence_infinite(seq: Sequence) -> Iterator[Any]:
    """Yield the batches of a sequence again and again.

    Follows keras 2.14 utils/data_utils.py, iter_sequence_infinite.
    """
    while True:
        yield from seq


@keras_export("keras.utils.pad_sequences", "keras.preprocessing.sequence.pad_sequences")
def pad_sequences(
    sequences: Any,
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> Any:
    """Return sequences of different lengths as one array: [samples, maxlen, ...].

    Follows keras 2.14 utils/data_utils.py, pad_sequences.

    Args:
        sequences: lists of numbers, one for each sample.
        maxlen: the length to cut or pad to; that of the longest sequence if None.
        dtype: the dtype of the array.
        padding: whether `value` goes before ("pre") or after ("post") a short sequence.
        truncating: whether a long sequence loses its beginning ("pre") or its end ("post").
        value: the number to pad with.

    Raises:
        ValueError: if `sequences` or one of them has no length, if their items differ in shape, or
            if `padding` or `truncating` is neither "pre" nor "post".
    """
    if not hasattr(sequences, "__len__"):
        raise ValueError("`sequences` must be iterable.")
    lengths = []
    sample_shape: tuple[int, ...] = ()
    is_first = True
    for sequence in sequences:
        try:
            lengths.append(len(sequence))
        except TypeError as error:
            raise ValueError(
                f"`sequences` must be a list of iterables. Found non-iterable: {sequence}"
            ) from error
        if is_first and len(sequence):
            sample_shape = np.asarray(sequence).shape[1:]
            is_first = False
    if maxlen is None:
        maxlen = int(np.max(lengths))
    is_string = np.issubdtype(dtype, np.str_)
    if isinstance(value, str) and np.dtype(dtype).kind != "O" and not is_string:
        raise ValueError(
            f"`dtype` {dtype} is not compatible with `value`'s type: {type(value)}\n"
            "You should set `dtype=object` for variable length strings."
        )
    padded = np.full((len(sequences), maxlen, *sample_shape), value, dtype=dtype)
    for at, sequence in enumerate(sequences):
        if not len(sequence):
            continue
        if truncating == "pre":
            kept = sequence[-maxlen:]
        elif truncating == "post":
            kept = sequence[:maxlen]
        else:
            raise ValueError(f'Truncating type "{truncating}" not understood')
        kept = np.asarray(kept, dtype=dtype)
        if kept.shape[1:] != sample_shape:
            raise ValueError(
                f"Shape of sample {kept.shape[1:]} of sequence at position {at} is different from "
                f"expected shape {sample_shape}"
            )
        if padding == "post":
            padded[at, : len(kept)] = kept
        elif padding == "pre":
            padded[at, -len(kept) :] = kept
        else:
            raise ValueError(f'Padding type "{padding}" not understood')
    return padded
