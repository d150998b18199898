"""Datasets that take each element from one of several datasets."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from densetrace import tensorflow as tf

Dataset = tf.data.Dataset
LOW, HIGH = Dataset.range(3), Dataset.range(10, 14)


def elements(dataset: Any) -> list[int]:
    return [int(one) for one in dataset.as_numpy_iterator()]


def chosen(*positions: int) -> Any:
    return Dataset.from_tensor_slices(np.array(positions, np.int64))


def test_each_element_comes_from_the_dataset_that_is_chosen() -> None:
    made = Dataset.choose_from_datasets([LOW, HIGH], chosen(0, 1, 1, 0))
    assert elements(made) == elements(made) == [0, 10, 11, 1]
    assert made.cardinality() == -2
    assert repr(made).startswith("<_DirectedInterleaveDataset element_spec=TensorSpec(shape=()")


def test_an_empty_dataset_ends_the_elements_or_is_skipped() -> None:
    short = [Dataset.range(1), HIGH]
    assert elements(Dataset.choose_from_datasets(short, chosen(0, 0, 1))) == [0]
    skipping = Dataset.choose_from_datasets(short, chosen(0, 0, 1), stop_on_empty_dataset=False)
    assert elements(skipping) == [0, 10]


def test_samples_are_drawn_by_weight() -> None:
    assert sorted(elements(Dataset.sample_from_datasets([LOW, HIGH]))) == [0, 1, 2, 10, 11, 12, 13]
    assert elements(Dataset.sample_from_datasets([LOW, HIGH], weights=[0.0, 1.0])) == elements(HIGH)
    assert elements(Dataset.sample_from_datasets([LOW, HIGH], weights=[0.0, 0.0])) == []
    endless = Dataset.sample_from_datasets([LOW.repeat(), HIGH.repeat()], [0.8, 0.2], seed=1)
    assert endless.cardinality() == -1
    drawn = elements(endless.take(2000))
    assert np.mean(np.array(drawn) < 10) == pytest.approx(0.8, abs=0.05)
    assert drawn == elements(endless.take(2000))
    varying = Dataset.from_tensors([0.0, 1.0]).repeat(2)
    assert elements(Dataset.sample_from_datasets([LOW, HIGH], varying)) == [10, 11]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: Dataset.choose_from_datasets([], chosen(0)), ValueError),
        (lambda: Dataset.choose_from_datasets([LOW], Dataset.from_tensors(0)), TypeError),
        (lambda: elements(Dataset.choose_from_datasets([LOW], chosen(5))), tf.errors.OpError),
        (lambda: Dataset.sample_from_datasets([]), ValueError),
        (lambda: Dataset.sample_from_datasets([LOW, HIGH], weights=[1.0]), ValueError),
        (lambda: Dataset.sample_from_datasets([LOW, Dataset.from_tensors(1.0)]), TypeError),
    ],
)
def test_what_does_not_fit_is_refused(call: Callable[[], Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        call()
