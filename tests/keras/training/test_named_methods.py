"""Python's own errors name the methods of a model and of a layer as Keras does."""

from collections.abc import Callable
from typing import Any

import pytest

from densetrace import keras

MODEL: Any = keras.Sequential([keras.layers.Dense(1, input_shape=(1,))])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: MODEL.fit(epoch=1), r"Model\.fit\(\) got an unexpected keyword"),
        (lambda: MODEL.train_on_batch(z=1), r"Model\.train_on_batch\(\) got an unexpected"),
        (lambda: MODEL.train_step(1, 2), r"Model\.train_step\(\) takes 2 positional"),
        (lambda: MODEL.save(), r"Model\.save\(\) missing 1 required"),
        (lambda: MODEL.count_params(1), r"Layer\.count_params\(\) takes 1 positional"),
    ],
)
def test_an_error_names_the_class_of_keras(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        call()


def test_each_method_says_the_class_of_keras() -> None:
    parts = ("_training", "_model_saving", "_layer", "_connections")
    for name in dir(keras.Model):
        method = getattr(keras.Model, name)
        module = getattr(method, "__module__", None) or ""
        assert not module.rpartition(".")[2].startswith(parts), name
