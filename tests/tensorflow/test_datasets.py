"""Datasets, as TensorFlow 2.14 ran them: specs, sizes, elements, order, errors."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from densetrace.sources.script.standins import tree
from densetrace.tensorflow import random
from densetrace.tensorflow.data import philox
from densetrace.tensorflow.data.shuffling import permutation, shuffled
from tests.tensorflow.datasets import RECORDED, calls, observed

tf: Any = tree("tensorflow")["tensorflow"]
EXPECTED = {one.pop("call"): one for one in json.loads(RECORDED.read_text())["calls"]}


@pytest.fixture(autouse=True)
def _unseeded() -> Iterator[None]:
    random.set_seed(None)
    yield
    random.set_seed(None)


@pytest.mark.parametrize("call", calls())
def test_a_dataset_has_the_elements_of_tensorflow(call: str) -> None:
    assert json.loads(json.dumps(observed(call, tf))) == EXPECTED[call]


def test_each_call_was_recorded() -> None:
    assert list(EXPECTED) == calls()


# -- batches share memory, and a dataset costs no Python for each row ------------------------------


def test_batches_of_rows_in_order_are_views() -> None:
    dataset = tf.data.Dataset.from_tensor_slices(np.arange(10))
    first, second = [arrays[0] for arrays in dataset.batch(5)._elements()]
    assert first.base is not None
    assert first.base is second.base


def test_a_dataset_does_not_see_later_changes_of_an_array() -> None:
    rows = np.zeros(3)
    dataset = tf.data.Dataset.from_tensor_slices(rows)
    rows[:] = 1
    assert list(dataset.as_numpy_iterator()) == [0, 0, 0]


def test_shuffled_rows_are_gathered_batch_by_batch() -> None:
    rows = np.arange(12).reshape(6, 2)
    dataset = tf.data.Dataset.from_tensor_slices((rows, np.arange(6))).shuffle(6, seed=2)
    found = list(dataset.repeat(2).batch(4).as_numpy_iterator())
    places = np.concatenate([batch[1] for batch in found])
    assert sorted(places[:6]) == sorted(places[6:]) == list(range(6))
    assert np.array_equal(np.concatenate([batch[0] for batch in found]), rows[places])


@pytest.mark.parametrize("size", [1, 2, 5, 50])
def test_shuffling_loses_and_repeats_nothing(size: int) -> None:
    assert sorted(shuffled(range(20), size, 3, 4)) == list(range(20))
    assert sorted(permutation(size, 3, 4)) == list(range(size))
    # An item comes at most as much too early as the buffer holds.
    places = list(shuffled(range(20), size, 3, 4))
    assert all(item < at + size for at, item in enumerate(places))


def test_philox_is_the_same_in_blocks_of_any_size() -> None:
    whole = philox.numbers(1, 2, 0, 40)
    stream = philox.stream(1, 2)
    assert [next(stream) for _ in range(160)] == whole.tolist()
    assert np.array_equal(philox.numbers(1, 2, 30, 10), whole[120:])
    # Philox 4x32-10 of a counter and a key of zeros, as its authors publish it.
    assert [f"{one:08x}" for one in philox.numbers(0, 0, 0, 1)] == [
        "6627e8d5", "e169c58d", "bc57ac4c", "9b00dbd8",
    ]  # fmt: skip


def test_without_a_seed_two_datasets_have_different_orders() -> None:
    make = tf.data.Dataset.range(50).shuffle
    assert list(make(50).as_numpy_iterator()) != list(make(50).as_numpy_iterator())


# -- functions -------------------------------------------------------------------------------------


def test_map_runs_python_once() -> None:
    seen = []

    def doubled(value: Any) -> Any:
        seen.append(value)
        return value * 2

    dataset = tf.data.Dataset.range(5).map(doubled)
    assert list(dataset.as_numpy_iterator()) == list(dataset.as_numpy_iterator()) == [0, 2, 4, 6, 8]
    assert len(seen) == 1


def test_a_function_reads_the_variable_of_each_time() -> None:
    factor = tf.Variable(2, dtype=tf.int64)
    dataset = tf.data.Dataset.range(2).map(lambda value: value * factor)
    assert list(dataset.as_numpy_iterator()) == [0, 2]
    factor.assign(5)
    assert list(dataset.as_numpy_iterator()) == [0, 5]


def test_a_tape_sees_nothing_of_what_a_dataset_computes() -> None:
    weight = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        for value in tf.data.Dataset.from_tensors(3.0).map(lambda one: one * weight):
            loss = value * weight
    assert tape.gradient(loss, weight).numpy() == 6.0


def test_a_loop_in_a_function_runs_over_the_elements() -> None:
    @tf.function  # type: ignore[untyped-decorator]
    def total(start: Any) -> Any:
        for value in tf.data.Dataset.range(4).map(lambda one: one + 1):
            start += value
        return start

    assert total(tf.constant(0, tf.int64)).numpy() == 10


def test_a_loop_over_an_iterator_in_a_function_is_refused() -> None:
    @tf.function  # type: ignore[untyped-decorator]
    def total(iterator: Any) -> Any:
        return list(iterator)

    iterator = iter(tf.data.Dataset.range(4))
    with pytest.raises(TypeError, match="while_loop"):
        total(iterator)
    with pytest.raises(TypeError, match="while_loop"):
        tf.function(lambda: list(iterator))()


def test_a_function_of_an_iterator_is_not_traced_again_for_a_smaller_last_batch() -> None:
    traces = []

    @tf.function  # type: ignore[untyped-decorator]
    def step(iterator: Any) -> Any:
        batch = next(iterator)
        traces.append(batch.shape)
        return tf.reduce_sum(batch)

    for _ in range(2):
        iterator = iter(tf.data.Dataset.range(5).batch(3))
        assert [step(iterator).numpy(), step(iterator).numpy()] == [3, 7]
    assert traces == [(None,)]


def test_reduce_retracing_covers_batches_of_all_sizes() -> None:
    step = tf.function(next, reduce_retracing=True)
    for size in (2, 3, 4):
        found = step(iter(tf.data.Dataset.from_tensors(np.zeros((size, 3)))))
        assert found.shape == (size, 3)
    assert step.experimental_get_tracing_count() == 2


def test_an_iterator_that_a_function_captures_moves_on() -> None:
    iterator = iter(tf.data.Dataset.range(3))
    step = tf.function(lambda: next(iterator))
    assert [step().numpy() for _ in range(3)] == [0, 1, 2]


def test_options_keep_what_is_set() -> None:
    options = tf.data.Options()
    assert options.deterministic is None
    options.deterministic = True
    options.threading.private_threadpool_size = 2
    dataset = tf.data.Dataset.range(2).with_options(options).batch(2)
    assert dataset.options().deterministic is True
    assert dataset.options().threading.private_threadpool_size == 2


def test_a_cache_in_a_file_is_refused() -> None:
    with pytest.raises(NotImplementedError, match="elements of a dataset in memory"):
        tf.data.Dataset.range(2).cache("file")
