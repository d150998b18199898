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


__all__ = [
    "AUTOTUNE", "INFINITE_CARDINALITY", "UNKNOWN_CARDINALITY", "assert_cardinality", "cardinality",
    "get_single_element",
]  # fmt: skip
