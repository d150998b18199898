"""The part of `tf.data.experimental` that Keras and scripts use."""

from typing import Any, Final

from densetrace.tensorflow.data.dataset import AUTOTUNE, INFINITE, UNKNOWN, Dataset
from densetrace.tensorflow.operation import export

INFINITE_CARDINALITY: Final = INFINITE
UNKNOWN_CARDINALITY: Final = UNKNOWN


@export("data.experimental.cardinality")
def cardinality(dataset: Dataset) -> Any:
    """The number of elements, -1 for an infinite dataset, -2 where it is unknown: i64[]."""
    return dataset.cardinality()


@export("data.experimental.get_single_element")
def get_single_element(dataset: Dataset) -> Any:
    """The only element of a dataset.

    Raises:
        InvalidArgumentError: when it has none, or more than one.
    """
    return dataset.get_single_element()


@export("data.experimental.assert_cardinality")
def assert_cardinality(expected_cardinality: Any) -> Any:
    """A function for `Dataset.apply`: the same elements; their number is checked."""
    from densetrace.tensorflow.data.transformations import AssertCardinality

    return lambda dataset: AssertCardinality(dataset, expected_cardinality)


@export("data.experimental.choose_from_datasets")
def choose_from_datasets(
    datasets: Any, choice_dataset: Any, stop_on_empty_dataset: bool = False
) -> Dataset:
    """As `Dataset.choose_from_datasets`; an empty dataset is skipped unless it is to stop."""
    return Dataset.choose_from_datasets(datasets, choice_dataset, stop_on_empty_dataset)


@export("data.experimental.sample_from_datasets")
def sample_from_datasets(
    datasets: Any, weights: Any = None, seed: Any = None, stop_on_empty_dataset: bool = False
) -> Dataset:
    """As `Dataset.sample_from_datasets`."""
    return Dataset.sample_from_datasets(datasets, weights, seed, stop_on_empty_dataset)


__all__ = [
    "AUTOTUNE", "INFINITE_CARDINALITY", "UNKNOWN_CARDINALITY", "assert_cardinality", "cardinality",
    "choose_from_datasets", "get_single_element", "sample_from_datasets",
]  # fmt: skip
