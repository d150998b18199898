"""While a script runs, a class prints the module that it has in Keras or TensorFlow."""

import copy
import inspect
import pickle
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from densetrace import keras, tensorflow
from densetrace.data.names import public
from densetrace.sources.script.script import Script, run_script
from densetrace.system.lazy import imported
from densetrace.system.real_home import defining_module, known_as, real_homes

MODULES = (
    "keras.callbacks", "keras.constraints", "keras.initializers", "keras.layers", "keras.losses",
    "keras.metrics", "keras.models", "keras.optimizers", "keras.optimizers.schedules",
    "keras.regularizers", "keras.utils",
)  # fmt: skip


@pytest.mark.parametrize("module", MODULES)
def test_public_classes_are_known_as_in_keras(module: str) -> None:
    classes = [
        made
        for entry in public(module).values()
        if inspect.isclass(made := imported(entry.module, entry.own))
    ]
    assert classes
    own = [(cls.__module__, cls.__qualname__) for cls in classes]
    with real_homes():
        for cls in classes:
            assert cls.__module__.startswith("keras.src."), cls
            assert "._" not in cls.__module__, cls
            assert defining_module(cls).startswith("densetrace.keras."), cls
    assert [(cls.__module__, cls.__qualname__) for cls in classes] == own


PICKLED = {
    "a class": "keras.layers.Dense",
    "a layer": "keras.layers.Dense(3)",
    "an initializer": "keras.initializers.HeNormal()",
    "a tensor": "tf.constant([1.0, 2.0])",
    "a variable": "tf.Variable(3.0)",
    "a shape": "tf.TensorShape((1, None))",
    "a dtype": "tf.float32",
    "an error": "tf.errors.InvalidArgumentError(None, None, 'refused')",
}


@pytest.mark.parametrize("what", PICKLED)
def test_pickling_in_a_script_and_outside(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import copy, pickle\nimport tensorflow as tf\nfrom tensorflow import keras\n"
        f"one = {PICKLED[what]}\n"
        "loaded = pickle.loads(pickle.dumps(one))\n"
        "print(type(loaded) is type(one), type(copy.deepcopy(one)) is type(one))\n"
    )
    run_script(Script.load(script), [])
    assert capsys.readouterr().out == "True True\n"
    one = eval(PICKLED[what], {"keras": keras, "tf": tensorflow})
    assert type(pickle.loads(pickle.dumps(one))) is type(one)


def test_what_a_script_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(
            """
            import tensorflow as tf
            from tensorflow import keras

            class Mine(keras.layers.Layer):
                pass

            model = keras.Sequential([keras.layers.Dense(1, input_shape=(2,))])
            model.compile("sgd", "mse")
            for one in (
                model, model.layers[0], model.optimizer, model.layers[0].kernel, tf.constant(1),
                tf.constant(1).shape, keras.Input((2,)), Mine(), tf.data.Dataset.range(3).batch(2),
            ):
                print(type(one))
            history = model.fit(tf.ones((2, 2)), tf.ones((2, 1)), verbose=0)
            print(str(history).split(" at ")[0])
            """
        )
    )
    run_script(Script.load(script), [])
    assert capsys.readouterr().out.splitlines() == [
        "<class 'keras.src.engine.sequential.Sequential'>",
        "<class 'keras.src.layers.core.dense.Dense'>",
        "<class 'keras.src.optimizers.sgd.SGD'>",
        "<class 'tensorflow.python.ops.resource_variable_ops.ResourceVariable'>",
        "<class 'tensorflow.python.framework.ops.EagerTensor'>",
        "<class 'tensorflow.python.framework.tensor_shape.TensorShape'>",
        "<class 'keras.src.engine.keras_tensor.KerasTensor'>",
        "<class '__main__.Mine'>",
        "<class 'tensorflow.python.data.ops.batch_op._BatchDataset'>",
        "<keras.src.callbacks.History object",
    ]


def test_the_defining_module_is_kept() -> None:
    @known_as("somewhere.else", "Other")
    class Own:
        pass

    assert repr(Own) == f"<class '{__name__}.test_the_defining_module_is_kept.<locals>.Own'>"
    with real_homes():
        assert repr(Own) == "<class 'somewhere.else.Other'>"

        @known_as("elsewhere")
        class Later:
            pass

        assert Later.__module__ == "elsewhere"
    assert Later.__module__ == __name__
    assert (Own.__name__, defining_module(Own)) == ("Own", __name__)
    assert defining_module(tensorflow.Variable) == "densetrace.tensorflow.variables"
    assert defining_module(keras.layers.Dense) == "densetrace.keras.layers.core.dense"


@pytest.mark.parametrize(
    "make",
    [
        lambda: keras.layers.Dense(2),
        lambda: keras.callbacks.EarlyStopping(),
        lambda: keras.preprocessing.text.Tokenizer(3),
        lambda: keras.regularizers.L2(0.1),
        lambda: tensorflow.constant([1.0, 2.0]),
        lambda: tensorflow.TensorSpec([None, 2]),
        lambda: tensorflow.TensorShape([None, 2]),
        lambda: tensorflow.errors.InvalidArgumentError(None, None, "message"),
    ],
)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_an_instance_can_be_pickled(make: Callable[[], Any], protocol: int) -> None:
    instance = make()
    again = pickle.loads(pickle.dumps(instance, protocol))
    assert type(again) is type(copy.deepcopy(instance)) is type(instance)
    assert str(again).split(" at 0x")[0] == str(instance).split(" at 0x")[0]


class Mine(keras.layers.Layer):
    pass


def test_a_subclass_is_pickled_as_usual() -> None:
    again = pickle.loads(pickle.dumps(Mine(name="mine")))
    assert (type(again), again.name) == (Mine, "mine")


def test_a_module_that_is_no_text() -> None:
    assert defining_module(type("Odd", (), {"__module__": 5})) == "?"
