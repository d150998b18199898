"""A member of a class that densetrace lacks is told from one that Keras lacks, too."""

from pathlib import Path
from typing import Any

import pytest

import densetrace.tensorflow as tf
from densetrace.keras import Model, Sequential, constraints, initializers, regularizers
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.keras.engine.keras_tensor import KerasTensor
from densetrace.keras.layers import Layer
from densetrace.keras.losses import Loss
from densetrace.keras.metrics import Metric
from densetrace.keras.mixed_precision.policy import Policy
from densetrace.keras.optimizers import Optimizer
from densetrace.sources.script.real_names import real_names
from densetrace.sources.script.script import Script, run_script
from densetrace.tensorflow.dtypes import DType
from densetrace.tensorflow.missing import NotInDensetraceError
from densetrace.tensorflow.shapes import TensorShape, TensorSpec
from densetrace.tensorflow.symbolic import GraphTensor
from densetrace.tensorflow.tensor import Tensor
from densetrace.tensorflow.variables import Variable

CLASSES: dict[str, Any] = {
    "Constraint": constraints.Constraint,
    "DType": DType,
    "Initializer": initializers.Initializer,
    "InputSpec": InputSpec,
    "KerasTensor": KerasTensor,
    "Layer": Layer,
    "Loss": Loss,
    "Metric": Metric,
    "Model": Model,
    "Optimizer": Optimizer,
    "Policy": Policy,
    "Regularizer": regularizers.Regularizer,
    "Sequential": Sequential,
    "SymbolicTensor": GraphTensor,
    "Tensor": Tensor,
    "TensorShape": TensorShape,
    "TensorSpec": TensorSpec,
    "Variable": Variable,
}
REFUSED_BY_TENSORFLOW = {"graph", "name", "op", "value_index"}
"""An eager tensor or variable has these, and raises AttributeError when they are read."""
SET_BY_INIT = {
    "aggregation", "constraint", "dtype", "graph", "name", "shape", "size", "synchronization",
}  # fmt: skip
"""Attributes that are set when the object is made: the class itself lacks them."""


def test_all_classes_whose_members_are_listed_are_looked_at() -> None:
    assert set(CLASSES) == set(real_names().data["members"])


@pytest.mark.parametrize("name", CLASSES)
def test_each_member_of_a_class_is_there_or_marked_as_missing(name: str) -> None:
    cls = CLASSES[name]
    lacking = {member for member in real_names().members(name) if not hasattr(cls, member)}
    assert lacking <= REFUSED_BY_TENSORFLOW | SET_BY_INIT


def run(folder: Path, text: str) -> tuple[int, str]:
    path = folder / "members.py"
    path.write_text(f"import keras\nimport tensorflow as tf\n{text}\n", "utf-8")
    outcome = run_script(Script.load(path))
    return outcome.code, outcome.message


@pytest.mark.parametrize(
    ("use", "dotted", "library"),
    [
        ("tf.constant(1.0).backing_device", "Tensor.backing_device", "TensorFlow"),
        ("tf.constant(1.0).consumers()", "Tensor.consumers", "TensorFlow"),
        ("tf.Variable(1.0).to_proto()", "Variable.to_proto", "TensorFlow"),
        ("tf.Variable(1.0).handle", "Variable.handle", "TensorFlow"),
        ("keras.Input((1,)).experimental_ref()", "KerasTensor.experimental_ref", "Keras"),
        ("tf.ones(1).shape.as_proto()", "TensorShape.as_proto", "TensorFlow"),
        ("tf.float32.is_quantized", "DType.is_quantized", "TensorFlow"),
        ("keras.Sequential().distribute_strategy", "Model.distribute_strategy", "Keras"),
        ("keras.layers.Dense(1).with_name_scope(print)", "Layer.with_name_scope", "Keras"),
        ("keras.layers.Dense.with_name_scope(print)", "Layer.with_name_scope", "Keras"),
    ],
)
def test_a_script_learns_that_keras_has_it(
    tmp_path: Path, use: str, dotted: str, library: str
) -> None:
    code, message = run(tmp_path, use)
    assert code == 2
    assert message == (
        f"Error: line 3 uses {dotted}, which densetrace does not provide.\n"
        f"{library} 2.14 has it: run the script on a real Keras with --engine tf_keras."
    )


@pytest.mark.parametrize(
    "thing",
    [
        "tf.constant(1.0)",
        "tf.Variable(1.0)",
        "keras.Input((1,))",
        "tf.ones(1).shape",
        "tf.float32",
        "keras.layers.Dense(1)",
        "keras.Sequential()",
        "keras.initializers.Zeros()",
        "keras.layers.InputSpec()",
    ],
)
@pytest.mark.parametrize("name", ["foo", "forward", "append"])
def test_what_keras_lacks_is_an_attribute_error_as_there(
    tmp_path: Path, thing: str, name: str
) -> None:
    code, _ = run(tmp_path, f"assert not hasattr({thing}, {name!r})\n{thing}.{name}")
    assert code == 1


def test_a_member_that_is_there_is_not_replaced() -> None:
    assert Model.compile_from_config.__qualname__ == "Model.compile_from_config"
    model = Sequential([])
    model.compile("sgd", "mse")
    model.compile_from_config({"optimizer": "adam"})
    assert type(model.optimizer).__name__ == "Adam"
    with pytest.raises(NotInDensetraceError):
        getattr(model, "save")("file")  # noqa: B009 - set by a decorator, so mypy knows of none
    assert tf.ones(2).ndim == 1
