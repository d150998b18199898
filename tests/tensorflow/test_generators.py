"""Distributions and generators: their moments, and what makes them repeat themselves."""

from typing import Any

import numpy as np
import pytest

from densetrace.sources.script.standins import tree

tf: Any = tree("tensorflow")["tensorflow"]
N = 40_000


@pytest.mark.parametrize(
    ("draw", "mean", "variance"),
    [
        (lambda: tf.random.gamma([N], 2.0, 4.0, seed=1), 0.5, 0.125),
        (lambda: tf.random.poisson([N], 3.0, seed=1), 3.0, 3.0),
        (lambda: tf.random.stateless_gamma([N], [1, 2], 2.0, 4.0), 0.5, 0.125),
        (lambda: tf.random.stateless_poisson([N], [1, 2], 3.0), 3.0, 3.0),
        (lambda: tf.random.Generator.from_seed(1).normal([N], 1.0, 2.0), 1.0, 4.0),
        (lambda: tf.random.Generator.from_seed(1).uniform([N]), 0.5, 1 / 12),
    ],
)
def test_a_distribution_has_its_moments(draw: Any, mean: float, variance: float) -> None:
    values = np.asarray(draw(), np.float64)
    assert values.mean() == pytest.approx(mean, rel=0.05)
    assert values.var() == pytest.approx(variance, rel=0.05)


def test_each_distribution_has_numbers_of_its_own() -> None:
    drawn = tf.random.gamma([2000], [1.0, 100.0], seed=2).numpy()
    assert drawn[:, 0].mean() == pytest.approx(1, rel=0.1)
    assert drawn[:, 1].mean() == pytest.approx(100, rel=0.1)


def test_classes_are_drawn_by_their_probabilities() -> None:
    logits = np.log([[0.2, 0.8]]).astype("float32")
    drawn = tf.random.stateless_categorical(logits, N, [3, 4])
    assert float(np.mean(drawn)) == pytest.approx(0.8, rel=0.02)
    again = tf.random.stateless_categorical(logits, N, [3, 4])
    np.testing.assert_array_equal(drawn, again)


def test_a_generator_moves_on_and_repeats_itself_from_its_seed() -> None:
    first, second = tf.random.Generator.from_seed(7), tf.random.Generator.from_seed(7)
    one, two = first.normal([3]), first.normal([3])
    assert not np.array_equal(one, two)
    np.testing.assert_array_equal(second.normal([3]), one)
    copied = tf.random.Generator(copy_from=second)
    np.testing.assert_array_equal(copied.normal([3]), two)
    first.reset_from_seed(7)
    np.testing.assert_array_equal(first.normal([3]), one)


def test_generators_that_are_split_off_differ() -> None:
    made = tf.random.Generator.from_seed(1).split(3)
    drawn = {tuple(one.normal([2]).numpy().tolist()) for one in made}
    assert len(drawn) == 3


def test_the_common_generator_is_one() -> None:
    assert tf.random.get_global_generator() is tf.random.get_global_generator()
    mine = tf.random.Generator.from_seed(1)
    tf.random.set_global_generator(mine)
    assert tf.random.get_global_generator() is mine


def test_seeds_that_are_split_or_folded_depend_on_the_seed_alone() -> None:
    np.testing.assert_array_equal(tf.random.split([1, 2], 2), tf.random.split([1, 2], 2))
    assert not np.array_equal(tf.random.fold_in([1, 2], 3), tf.random.fold_in([1, 2], 4))


def test_all_numbers_of_an_integer_dtype_are_drawn() -> None:
    drawn = tf.random.Generator.from_seed(1).uniform_full_int([10_000], tf.uint8)
    assert set(drawn.numpy().tolist()) == set(range(256))


def test_dropout_keeps_the_mean_and_repeats_its_seed() -> None:
    x = tf.ones((100, 100))
    y = tf.nn.dropout(x, 0.25, seed=3).numpy()
    assert np.unique(y).tolist() == [0, pytest.approx(4 / 3)]
    assert y.mean() == pytest.approx(1, rel=0.05)
    np.testing.assert_array_equal(tf.nn.dropout(x, 0.25, seed=3), y)
    rows = tf.nn.dropout(x, 0.5, noise_shape=[None, 1], seed=3).numpy()
    assert all(len(np.unique(row)) == 1 for row in rows)
