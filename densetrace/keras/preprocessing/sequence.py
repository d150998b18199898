"""Windows of time series, and pairs of words. Follows keras 2.14 preprocessing/sequence.py."""

import json
import random
from typing import Any

import numpy as np

from densetrace.keras._exports import keras_export
from densetrace.keras.utils import data_utils

pad_sequences = data_utils.pad_sequences


def _remove_long_seq(maxlen: int, seq: Any, label: Any) -> tuple[list[Any], list[Any]]:
    """Return the sequences that are shorter than `maxlen`, and their labels."""
    kept = [(x, y) for x, y in zip(seq, label, strict=False) if len(x) < maxlen]
    return [x for x, _ in kept], [y for _, y in kept]


@keras_export("keras.preprocessing.sequence.TimeseriesGenerator")
class TimeseriesGenerator(data_utils.Sequence):
    """Batches of windows of a time series, each with the target that follows it.

    Follows keras 2.14 preprocessing/sequence.py, TimeseriesGenerator.

    Args:
        data: the series, by time along the first axis.
        targets: as long as `data`; a window gets the one after its last time.
        length: the length of a window, in times of `data`.
        sampling_rate: every how many times a window takes one.
        stride: how far apart windows begin.
        start_index: the first time to use.
        end_index: the last time to use; that of `data` if None.
        shuffle: whether windows are drawn at random.
        reverse: whether a window runs back in time.
        batch_size: the number of windows in a batch; the last batch may have fewer.

    Raises:
        ValueError: if `data` and `targets` differ in length, or no window fits.
    """

    def __init__(
        self,
        data: Any,
        targets: Any,
        length: int,
        sampling_rate: int = 1,
        stride: int = 1,
        start_index: int = 0,
        end_index: int | None = None,
        shuffle: bool = False,
        reverse: bool = False,
        batch_size: int = 128,
    ) -> None:
        if len(data) != len(targets):
            raise ValueError(
                f"Data and targets must have one length. Received: {len(data)} and {len(targets)}"
            )
        self.data = data
        self.targets = targets
        self.length = length
        self.sampling_rate = sampling_rate
        self.stride = stride
        self.start_index = start_index + length
        self.end_index = len(data) - 1 if end_index is None else end_index
        self.shuffle = shuffle
        self.reverse = reverse
        self.batch_size = batch_size
        if self.start_index > self.end_index:
            raise ValueError(
                "start_index + length must be at most end_index, so that a window fits. "
                f"Received: {self.start_index} > {self.end_index}"
            )

    def __len__(self) -> int:
        """Return the number of batches."""
        step = self.batch_size * self.stride
        return int((self.end_index - self.start_index + step) // step)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        """Return the windows and the targets of a batch."""
        if self.shuffle:
            rows = np.random.randint(self.start_index, self.end_index + 1, size=self.batch_size)
        else:
            first = self.start_index + self.batch_size * self.stride * index
            end = min(first + self.batch_size * self.stride, self.end_index + 1)
            rows = np.arange(first, end, self.stride)
        samples = np.array(
            [self.data[row - self.length : row : self.sampling_rate] for row in rows]
        )
        targets = np.array([self.targets[row] for row in rows])
        return (samples[:, ::-1, ...] if self.reverse else samples), targets

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, the data as JSON.

        Raises:
            TypeError: if JSON has no form for the data.
        """
        return {
            "data": _as_json("Data", self.data),
            "targets": _as_json("Targets", self.targets),
            "length": self.length,
            "sampling_rate": self.sampling_rate,
            "stride": self.stride,
            "start_index": self.start_index,
            "end_index": self.end_index,
            "shuffle": self.shuffle,
            "reverse": self.reverse,
            "batch_size": self.batch_size,
        }

    def to_json(self, **kwargs: Any) -> str:
        """Return the class and the config as JSON; `kwargs` are those of `json.dumps`."""
        return json.dumps(
            {"class_name": type(self).__name__, "config": self.get_config()}, **kwargs
        )


def _as_json(name: str, values: Any) -> str:
    try:
        return json.dumps(values.tolist() if isinstance(values, np.ndarray) else values)
    except TypeError as error:
        raise TypeError(f"{name} not JSON Serializable:", values) from error


@keras_export("keras.preprocessing.sequence.make_sampling_table")
def make_sampling_table(size: int, sampling_factor: float = 1e-05) -> Any:
    """Return the probability with which `skipgrams` keeps a word, by its rank: f64[size].

    It assumes that a word's frequency follows Zipf's law: f(rank) = 1 / (rank * (log(rank) + g) +
    1/2 - 1 / (12 * rank)), with g = 0.577.
    Follows keras 2.14 preprocessing/sequence.py, make_sampling_table.
    """
    rank = np.arange(size)
    rank[0] = 1
    inverse_frequency = rank * (np.log(rank) + 0.577) + 0.5 - 1.0 / (12.0 * rank)
    share = sampling_factor * inverse_frequency
    return np.minimum(1.0, share / np.sqrt(share))


@keras_export("keras.preprocessing.sequence.skipgrams")
def skipgrams(
    sequence: Any,
    vocabulary_size: int,
    window_size: int = 4,
    negative_samples: float = 1.0,
    shuffle: bool = True,
    categorical: bool = False,
    sampling_table: Any = None,
    seed: int | None = None,
) -> tuple[list[Any], list[Any]]:
    """Return pairs of words that are near each other, label 1, and random pairs, label 0.

    Follows keras 2.14 preprocessing/sequence.py, skipgrams.

    Args:
        sequence: word indices; 0 stands for no word.
        vocabulary_size: one more than the largest index.
        window_size: how far apart the words of a pair may be.
        negative_samples: the number of random pairs for each real one.
        shuffle: whether to shuffle the pairs.
        categorical: whether labels are [0, 1] and [1, 0].
        sampling_table: the probability with which a word is kept, by index.
        seed: for shuffling.
    """
    couples: list[list[Any]] = []
    for at, word in enumerate(sequence):
        if not word:
            continue
        if sampling_table is not None and sampling_table[word] < random.random():
            continue
        for other in range(max(0, at - window_size), min(len(sequence), at + window_size + 1)):
            if other != at and sequence[other]:
                couples.append([word, sequence[other]])
    far: Any = [1, 0] if categorical else 0
    labels: list[Any] = [[0, 1] if categorical else 1 for _ in couples]
    if negative_samples > 0:
        count = int(len(labels) * negative_samples)
        words = [couple[0] for couple in couples]
        random.shuffle(words)
        couples += [
            [words[i % len(words)], random.randint(1, vocabulary_size - 1)] for i in range(count)
        ]
        labels += [far] * count
    if shuffle:
        if seed is None:
            seed = random.randint(0, 10**7)
        for shuffled in (couples, labels):
            random.seed(seed)
            random.shuffle(shuffled)
    return couples, labels
