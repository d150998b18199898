"""Datasets that take each element from one of several datasets: `choose_from_datasets`, and at
random `sample_from_datasets`.

Follows tensorflow/python/data/ops: choose_from_datasets_op.py, sample_from_datasets_op.py and
directed_interleave_op.py.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from typing import Any

import numpy as np

from densetrace.system.real_home import known_as
from densetrace.tensorflow import random
from densetrace.tensorflow.data.dataset import INFINITE, UNKNOWN, Dataset
from densetrace.tensorflow.data.elements import common_spec
from densetrace.tensorflow.dtypes import int64
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.shapes import TensorSpec
from densetrace.tensorflow.tensor import Array

Choices = Callable[[], Iterator[int]]
"""Opens the choices: the position of the dataset that each element is taken from."""


@known_as("tensorflow.python.data.ops.directed_interleave_op")
class _DirectedInterleaveDataset(Dataset):
    """Each element is the next one of the dataset that is chosen."""

    def __init__(
        self, choices: Choices, datasets: Sequence[Dataset], stop_on_empty_dataset: bool
    ) -> None:
        self._choices = choices
        self._sources = list(datasets)
        self._stops = stop_on_empty_dataset
        self._spec = reduce(common_spec, [one.element_spec for one in datasets])

    def _elements(self) -> Iterator[list[Array]]:
        opened: list[Iterator[list[Array]] | None] = [one._elements() for one in self._sources]
        for chosen in self._choices():
            if not 0 <= chosen < len(opened):
                raise InvalidArgumentError(
                    f"A choice must be the position of one of {len(opened)} datasets. "
                    f"Received: {chosen}"
                )
            source = opened[chosen]
            element = None if source is None else next(source, None)
            if element is not None:
                yield element
            elif self._stops:
                return
            else:
                opened[chosen] = None
                if all(one is None for one in opened):
                    return

    def _count(self) -> int:
        counts = [one._count() for one in self._sources]
        return INFINITE if all(count == INFINITE for count in counts) else UNKNOWN


def choose(datasets: Any, choice_dataset: Any, stop_on_empty_dataset: bool) -> Dataset:
    """The dataset of `Dataset.choose_from_datasets`."""
    if not datasets:
        raise ValueError("Invalid `datasets`. `datasets` should not be empty.")
    if choice_dataset.element_spec != TensorSpec((), int64):
        raise TypeError(
            "The elements of `choice_dataset` must be scalars of dtype int64. Received: "
            f"{choice_dataset.element_spec}"
        )

    def choices() -> Iterator[int]:
        return (int(arrays[0]) for arrays in choice_dataset._elements())

    return _DirectedInterleaveDataset(choices, datasets, stop_on_empty_dataset)


def sample(datasets: Any, weights: Any, seed: Any, stop_on_empty_dataset: bool) -> Dataset:
    """The dataset of `Dataset.sample_from_datasets`."""
    if not datasets:
        raise ValueError("Invalid `datasets`. `datasets` should not be empty.")
    if weights is None:
        weights = [1.0] * len(datasets)
    if isinstance(weights, Dataset):
        varying = weights
        return _DirectedInterleaveDataset(
            lambda: _drawn((arrays[0] for arrays in varying._elements()), seed),
            datasets,
            stop_on_empty_dataset,
        )
    shares = np.asarray(weights, np.float64)
    if shares.shape != (len(datasets),):
        raise ValueError(
            "Invalid `weights`. There must be one weight for each dataset. Received: "
            f"{shares.size} weights, {len(datasets)} datasets"
        )
    kept = [at for at, share in enumerate(shares) if share > 0]
    if not kept:
        first: Dataset = datasets[0]
        return first.take(0)
    if len(kept) == 1:
        only: Dataset = datasets[kept[0]]
        return only

    def same() -> Iterator[Any]:
        while True:
            yield shares[kept]

    return _DirectedInterleaveDataset(
        lambda: _drawn(same(), seed), [datasets[at] for at in kept], stop_on_empty_dataset
    )


def _drawn(weights: Iterator[Any], seed: Any) -> Iterator[int]:
    """A position for each of these weights, at random."""
    generator = np.random.default_rng(random.seeds_for(seed))
    for shares in weights:
        yield int(generator.choice(len(shares), p=np.asarray(shares) / np.sum(shares)))
