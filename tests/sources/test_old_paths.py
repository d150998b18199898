"""A script that uses a path of an older Keras learns what to write instead."""

import re

import pytest

from densetrace.sources.script.real_names import real_names


@pytest.mark.parametrize(
    ("dotted", "line", "hint"),
    [
        (
            "keras.layers.convolutional",
            "from keras.layers.convolutional import Conv2D, MaxPooling2D as Pool",
            "Write: from keras.layers import Conv2D, MaxPooling2D",
        ),
        (
            "tensorflow.keras.utils.np_utils",
            "from tensorflow.keras.utils.np_utils import to_categorical",
            "Write: from tensorflow.keras.utils import to_categorical",
        ),
        ("keras.utils.np_utils", "y = keras.utils.np_utils.to_categorical(y)", "to_categorical"),
        ("keras.utils.np_utils", "from keras.utils import np_utils", "are in keras.utils"),
        (
            "keras.engine",
            "from keras.engine.topology import Layer, InputSpec",
            "keras.engine.topology. Write: from keras.layers import Layer, InputSpec",
        ),
        (
            "tensorflow.python",
            "from tensorflow.python.keras.engine.training import Model",
            "is a private module. Write: from tensorflow.keras import Model",
        ),
        ("tensorflow.python", "from tensorflow.python.client import device_lib", "is private"),
        ("keras.src", "from keras.src.layers import Dense", "Write: from keras.layers import"),
        ("keras.objectives", "from keras.objectives import mse", "from keras.losses import mse"),
        ("keras.wrappers", "from keras.wrappers.scikit_learn import KerasClassifier", "scikeras"),
        ("keras.layers.merge", "from keras.layers import merge", "keras.layers.concatenate"),
        ("keras.layers.merge", "from keras.layers.merge import add", "keras.layers import add"),
        ("keras.constraints.maxnorm", "", "Write keras.constraints.max_norm."),
        ("tensorflow.keras.regularizers.l1l2", "", "Write tf.keras.regularizers.l1_l2."),
        ("keras.backend.tensorflow_backend",
         "from keras.backend.tensorflow_backend import set_session", "no sessions"),
        ("keras.backend.tf", "", "Write import tensorflow as tf."),
        ("tensorflow.placeholder", "x = tf.placeholder(tf.float32)", "It belongs to TensorFlow 1."),
        ("tensorflow.set_random_seed", "tf.set_random_seed(1)", "Write tf.random.set_seed."),
        ("tensorflow.contrib", "import tensorflow.contrib", "removed tf.contrib"),
    ],
)  # fmt: skip
def test_the_hint_says_what_replaced_it(dotted: str, line: str, hint: str) -> None:
    assert hint in real_names().hint(dotted, line)


def test_what_is_suggested_is_there() -> None:
    """Each new name is a public name of Keras 2.14, of TensorFlow, or no name at all."""
    from densetrace.sources.script import old_paths

    for old in old_paths._KERAS + old_paths._TENSORFLOW:
        assert old.now or old.advice
        for module in old.now.split():
            assert module in real_names().keras, old
    for old_name, new in old_paths._RENAMED.items():
        assert not real_names().may_have(f"keras.{old_name}"), old_name
        first = re.split(r"[ ,;(]", new)[0]
        if first.partition(".")[0] in real_names().keras:
            assert real_names().may_have(f"keras.{first}"), first
