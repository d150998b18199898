"""`why` after a training goes back to the batch and the line that handed it over."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import densetrace
from densetrace import api, keras
from densetrace.data.values import Tensor
from densetrace.study.why import why

X = np.linspace(-1, 1, 36, dtype="float32").reshape(12, 3)
Y = np.ones((12, 2), "float32")


def trained(eager: bool = False, **given: Any) -> api.Trace:
    keras.backend.clear_session()
    with densetrace.trace() as trace:
        model = keras.Sequential([keras.layers.Dense(2, input_shape=(3,), kernel_regularizer="l2")])
        model.compile("sgd", "mse", metrics=["mae"], run_eagerly=eager)
        model.fit(X, Y, **{"batch_size": 4, "epochs": 2, "verbose": 0, **given})
    return trace


def kinds(trace: api.Trace, target: str) -> list[str]:
    return [link.step.kind for link in why(trace, target).links]


@pytest.mark.parametrize("eager", [False, True], ids=["graph", "eager"])
def test_a_weight_goes_back_through_update_gradient_and_loss_to_the_batch(eager: bool) -> None:
    trace = trained(eager)
    found = kinds(trace, "kernel")
    wanted = ["fit", "train_step", "invoke", "call", "compute_loss", "gradient", "update", "fit"]
    assert [kind for kind in found if kind in wanted] == [
        "fit", "train_step", "invoke", "call", "invoke", "call", "compute_loss", "gradient",
        "update", "fit",
    ]  # fmt: skip
    answer = why(trace, "kernel")
    assert answer.begins == "given"
    assert answer.links[0].step.where is not None
    assert "model.fit(X, Y" in answer.links[0].step.where.text
    also = {one.step.kind for one in answer.also}
    assert {"update", "compute_loss"} <= also  # the optimizer and the old value; the targets


def test_the_shape_of_a_weight_still_comes_from_its_creation() -> None:
    found = kinds(trained(), "kernel.shape")
    assert found[0] == "new"
    assert "add_weight" in found
    assert "update" not in found


def test_the_loss_goes_back_through_the_batches_to_the_data() -> None:
    found = kinds(trained(), "loss")
    assert found[0] == "fit"
    assert found[-4:] == ["compute_loss", "batch", "epoch", "fit"]


def test_a_metric_goes_back_through_its_update_to_the_predictions() -> None:
    found = kinds(trained(), "mae")
    assert found[-4:] == ["update_state", "batch", "epoch", "fit"]
    assert "invoke" in found
    assert "backward" not in found


def test_a_validation_loss_goes_back_through_evaluate() -> None:
    found = kinds(trained(validation_split=0.5), "val_loss")
    assert "evaluate" in found


def test_an_expression_can_be_asked_too() -> None:
    trace = api.explain("Dense(1)", fit=True)
    assert kinds(trace, "kernel")[-2:] == ["update", "fit"]
    assert "SGD" in trace.why("bias")


def two_layers(**given: Any) -> api.Trace:
    keras.backend.clear_session()
    with densetrace.trace() as trace:
        hidden = keras.layers.Dense(5, input_shape=(3,), activation="sigmoid")
        model = keras.Sequential([hidden, keras.layers.Dense(2)])
        model.compile("sgd", "mse", run_eagerly=given.pop("eager", False))
        model.fit(X, Y, **{"batch_size": 4, "epochs": 2, "verbose": 0, **given})
    return trace


def reloaded(trace: api.Trace, path: Path) -> api.Trace:
    trace.save(path)
    return api.load(path)


@pytest.mark.parametrize("eager", [False, True], ids=["graph", "eager"])
def test_each_layer_has_its_own_weights_after_fit(eager: bool, tmp_path: Path) -> None:
    recorded = two_layers(eager=eager)
    for trace in (recorded, reloaded(recorded, tmp_path / "two.json")):
        for target, shape in [
            ("dense.kernel", (3, 5)), ("dense.bias", (5,)),
            ("dense_1.kernel", (5, 2)), ("dense_1.bias", (2,)),
        ]:  # fmt: skip
            answer = why(trace, target)
            assert isinstance(answer.value, Tensor)
            assert answer.value.shape == shape
            updates = [link.step for link in answer.links if link.step.kind == "update"]
            assert [step.inputs["variable"] for step in updates] == [
                target.replace(".", "/") + ":0"
            ]
