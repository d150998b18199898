"""The global policy, and what the default float type and image format change."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from densetrace import keras
from densetrace.keras import backend, layers
from densetrace.keras.mixed_precision import policy
from densetrace.sources.script.standins import tree

TENSORFLOW: Any = tree("tensorflow")["tensorflow"]
K, MIXED = TENSORFLOW.keras.backend, TENSORFLOW.keras.mixed_precision


@pytest.fixture(autouse=True)
def _settings() -> Iterator[None]:
    yield
    MIXED.set_global_policy(None)
    backend.set_floatx("float32")
    backend.set_image_data_format("channels_last")


# What follows was measured with keras 2.14.
def test_layers_made_afterwards_have_the_global_policy() -> None:
    before = layers.Dense(2)
    MIXED.set_global_policy("mixed_float16")
    assert repr(MIXED.global_policy()) == '<Policy "mixed_float16">'
    dense = layers.Dense(2)
    assert (dense.compute_dtype, dense._compute_dtype) == ("float16", "float16")
    assert dense.dtype == "float32"
    assert (before.dtype_policy.name, before.compute_dtype) == ("float32", "float32")
    assert layers.Dense(1, dtype="float64").dtype_policy.name == "float64"
    assert keras.Input((3,)).dtype == "float32"
    y = dense(np.ones((1, 3), "float32"))
    assert (y.dtype.name, dense.kernel.dtype.name) == ("float16", "float32")
    assert dense.get_config()["dtype"]["config"] == {"name": "mixed_float16"}


def test_without_one_the_default_float_type_decides() -> None:
    K.set_floatx("float64")
    assert MIXED.global_policy().name == "float64"
    assert layers.Dense(1).dtype == "float64"
    MIXED.set_global_policy(policy.Policy("float16"))
    assert (layers.Dense(1).dtype, K.floatx()) == ("float16", "float64")
    MIXED.set_global_policy(None)
    assert layers.Dense(1).dtype == "float64"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ("int32", ValueError),
        ("bool", ValueError),
        ("nope", ValueError),
        ("", ValueError),
        (3, TypeError),
        ({"class_name": "Policy", "config": {"name": "float32"}}, TypeError),
    ],
)
def test_what_is_no_floating_point_policy_is_refused(given: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        MIXED.set_global_policy(given)
    assert MIXED.global_policy().name == "float32"


def test_the_image_format_is_what_padding_uses() -> None:
    x = np.ones((1, 2, 3, 1), "float32")
    assert K.spatial_2d_padding(x).shape == (1, 4, 5, 1)
    K.set_image_data_format("channels_first")
    assert K.spatial_2d_padding(x).shape == (1, 2, 5, 3)


def test_a_deprecated_function_warns() -> None:
    with pytest.warns(UserWarning, match="random_bernoulli"):
        drawn = K.random_binomial((1000,), p=0.3)
    assert 0.2 < float(np.mean(drawn)) < 0.4


def test_printing_returns_the_tensor(capsys: pytest.CaptureFixture[str]) -> None:
    x = K.constant([1.0, 2.0])
    assert K.print_tensor(x, "x is") is x
    assert capsys.readouterr().out == "x is [1 2]\n"


def test_variables_are_written_together() -> None:
    a, b = K.variable([1.0]), K.variable([2.0])
    K.batch_set_value([(a, [3]), (b, np.array([4.0]))])
    assert [one.tolist() for one in K.batch_get_value([a, b])] == [[3.0], [4.0]]


def test_numbers_of_drawn_seeds_follow_numpys_seed() -> None:
    def drawn() -> Any:
        np.random.seed(5)
        return K.random_normal_variable((4,), 1.0, 2.0).numpy()

    np.testing.assert_array_equal(drawn(), drawn())
