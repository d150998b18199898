"""The containers of compile: stored losses and metrics, resolved when built from data."""

from typing import Any

import numpy as np
import pytest

from densetrace.data.steps import Step
from densetrace.keras import losses, metrics
from densetrace.keras.engine.compile_utils import (
    LossesContainer,
    MetricsContainer,
    create_pseudo_output_names,
)
from densetrace.keras.engine.keras_tensor import KerasTensor
from densetrace.recording.recorder import Recorder, recording

MANY = KerasTensor((None, 4))
ONE = KerasTensor((None, 1))
CLASS_INDICES = KerasTensor((None,))


def names_of(container: Any) -> list[str]:
    return [metric.name for metric in container.metrics]


def functions_of(container: Any) -> list[str]:
    return [metric._fn.__name__ for metric in container.metrics]


def points(steps: tuple[Step, ...]) -> list[str]:
    return [step.point for root in steps for step in (root, *below(root))]


def below(step: Step) -> list[Step]:
    return [found for child in step.children for found in (child, *below(child))]


def test_losses_and_metrics_are_not_resolved_before_the_first_data() -> None:
    recorder = Recorder()
    with recording(recorder):
        of_losses = LossesContainer("mse")
        of_metrics = MetricsContainer(["accuracy"])
    looked_up = points(recorder.steps())
    assert "keras.losses.get" not in looked_up
    assert "keras.metrics.get" not in looked_up
    assert (of_losses.built, of_losses.metrics) == (False, [])
    assert (of_metrics.built, of_metrics.metrics) == (False, [])
    assert of_metrics.unweighted_metrics is None


def test_the_mean_loss_is_created_immediately_with_two_weights() -> None:
    recorder = Recorder()
    with recording(recorder):
        LossesContainer("mse")
    looked_up = points(recorder.steps())
    assert looked_up.count("keras.constraints.get") == 2
    assert looked_up.count("keras.initializers.initializers.Zeros.__call__") == 2
    # One regularizer for each weight, and one for the layer that a metric is.
    assert looked_up.count("keras.regularizers.get") == 3


@pytest.mark.parametrize(
    ("loss", "expected"),
    [("mse", losses.LossFunctionWrapper), (losses.Huber(), losses.Huber), (None, type(None))],
)
def test_a_loss_is_resolved_by_build(loss: Any, expected: type) -> None:
    container = LossesContainer(loss)
    container.build(MANY)
    assert [type(found) for found in container._losses] == [expected]
    assert names_of(container) == ["loss"]


@pytest.mark.parametrize("loss", ["nope", 5, {"nowhere": "mse"}])
def test_an_invalid_loss_fails_at_build_and_not_before(loss: Any) -> None:
    container = LossesContainer(loss)
    with pytest.raises(ValueError, match=r"nope|Received"):
        container.build(MANY)


def test_several_outputs_have_a_loss_each() -> None:
    container = LossesContainer({"b": "mse"}, output_names=["a", "b"])
    container.build([MANY, ONE])
    assert [loss and loss.name for loss in container._losses] == [None, "mean_squared_error"]
    assert names_of(container) == ["loss", "b_loss"]
    for_both = LossesContainer("mse", loss_weights=[1.0, 2.0])
    for_both.build([MANY, ONE])
    assert names_of(for_both) == ["loss", "output_1_loss", "output_2_loss"]


@pytest.mark.parametrize(
    ("y_pred", "y_true", "kind"),
    [
        (ONE, ONE, "binary"),
        (ONE, CLASS_INDICES, "binary"),
        (MANY, CLASS_INDICES, "sparse_categorical"),
        (MANY, ONE, "sparse_categorical"),
        (MANY, MANY, "categorical"),
    ],
)
def test_shapes_decide_what_accuracy_means(y_pred: Any, y_true: Any, kind: str) -> None:
    container = MetricsContainer(["accuracy", "ce"])
    container.build(y_pred, y_true)
    assert functions_of(container) == [f"{kind}_accuracy", f"{kind}_crossentropy"]
    assert names_of(container) == ["accuracy", "ce"]


def test_the_names_of_metrics_in_a_container() -> None:
    container = MetricsContainer(["Accuracy", metrics.Mean(name="mine"), "mse", losses.Huber()])
    container.build(MANY, MANY)
    # Keras converts the name to lower case here, so 'Accuracy' is 'accuracy'.
    assert names_of(container) == ["Accuracy", "mine", "mse", "huber_loss"]
    assert container.metrics[0]._fn is metrics.categorical_accuracy  # type: ignore[attr-defined] # a MeanMetricWrapper has it


def test_weighted_metrics_and_several_outputs_get_prefixed_names() -> None:
    container = MetricsContainer(["mse"], ["mse"])
    container.build(MANY, MANY)
    assert names_of(container) == ["mse", "weighted_mse"]
    several = MetricsContainer(["acc"], ["acc"], output_names=["a", "b"])
    several.build([MANY, ONE], [CLASS_INDICES, ONE])
    assert names_of(several) == ["a_acc", "a_weighted_acc", "b_acc", "b_weighted_acc"]
    assert functions_of(several)[::2] == ["sparse_categorical_accuracy", "binary_accuracy"]


def test_metrics_with_the_same_name_are_refused() -> None:
    container = MetricsContainer(["mse", "mse"])
    with pytest.raises(ValueError, match="different names"):
        container.build(MANY, MANY)
    metric = metrics.Mean()
    with pytest.raises(ValueError, match="more than once"):
        MetricsContainer([metric], [metric])


def test_metrics_by_output_name_and_for_a_dict_of_outputs() -> None:
    container = MetricsContainer({"x": "acc", "y": ["mse", "mae"]})
    container.build({"x": MANY, "y": ONE}, {"x": CLASS_INDICES, "y": ONE})
    assert names_of(container) == ["x_acc", "y_mse", "y_mae"]
    elsewhere = MetricsContainer({"z": "acc"})
    with pytest.raises(ValueError, match="Received"):
        elsewhere.build({"x": MANY, "y": ONE}, {"x": CLASS_INDICES, "y": ONE})


def test_an_invalid_metric_is_refused_at_build() -> None:
    container = MetricsContainer([5])
    with pytest.raises(ValueError, match="Received: 5"):
        container.build(MANY, MANY)


def test_an_instance_for_several_outputs_is_copied() -> None:
    metric = metrics.Mean(name="mine")
    container = MetricsContainer([metric])
    container.build([MANY, ONE], [MANY, ONE])
    assert names_of(container) == ["output_1_mine", "output_2_mine"]
    assert metric not in container.metrics
    assert metric.name == "mine"


def test_a_custom_function_names_its_loss_and_its_metric() -> None:
    def mine(y_true: Any, y_pred: Any) -> Any:
        return losses.mean_squared_error(y_true, y_pred)

    of_losses, of_metrics = LossesContainer(mine), MetricsContainer([mine])
    of_losses.build(MANY)
    of_metrics.build(MANY, MANY)
    assert [loss.name for loss in of_losses._losses] == ["mine"]
    assert names_of(of_metrics) == ["mine"]
    of_metrics.metrics[0].update_state(np.zeros((2, 4)), np.ones((2, 4)))
    assert float(of_metrics.metrics[0].result()) == 1


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        (1, ["output_1"]),
        ([1, [2, 3]], ["output_1", "output_2_1", "output_2_2"]),
        ({"a": [1, 2], "b": 3}, ["a_1", "a_2", "b"]),
    ],
)
def test_outputs_without_names_get_numbered_names(outputs: Any, expected: list[str]) -> None:
    assert create_pseudo_output_names(outputs) == expected
