"""Metrics: lookup by name, and results over batches compared with Keras 2.14."""

import copy
import inspect
from typing import Any

import numpy as np
import pytest

from densetrace.keras import losses, metrics
from densetrace.keras._registries import found
from densetrace.keras.engine.base_layer import Layer
from densetrace.tensorflow.errors import InvalidArgumentError

LABELS = np.array([[0, 1, 0], [1, 0, 0]], np.float32)
CLASSES = np.array([1, 2])
OTHER_CLASSES = np.array([1, 0])
PROBABILITIES = np.array([[0.05, 0.95, 0], [0.1, 0.8, 0.1]], np.float32)
BITS = np.array([0, 1, 1, 0], np.float32)
GUESSES = np.array([0.2, 0.7, 0.4, 0.6], np.float32)

ONE_HOT, SPARSE, BINARY = (LABELS, PROBABILITIES), (CLASSES, PROBABILITIES), (BITS, GUESSES)
COLUMN = (BITS[:, None], GUESSES[:, None])

# Computed by Keras 2.14.
NUMBERS: list[tuple[str, tuple[Any, ...], Any, list[float]]] = [
    ("Accuracy", (), ([1, 2, 3, 4], [1, 2, 3, 0]), [0.75]),
    ("BinaryAccuracy", (), BINARY, [0.5]),
    ("CategoricalAccuracy", (), ONE_HOT, [0.5]),
    ("SparseCategoricalAccuracy", (), SPARSE, [0.5]),
    ("TopKCategoricalAccuracy", (2,), ONE_HOT, [1.0]),
    ("SparseTopKCategoricalAccuracy", (2,), SPARSE, [1.0]),
    ("MeanSquaredError", (), ONE_HOT, [0.244166672]),
    ("RootMeanSquaredError", (), ONE_HOT, [0.494132221]),
    ("MeanRelativeError", ([1.0, 2.0, 4.0, 5.0],), BINARY, [0.155000001]),
    ("CosineSimilarity", (), ONE_HOT, [0.560854673]),
    ("R2Score", (), COLUMN, [0.149999976]),
    ("Poisson", (), ONE_HOT, [0.725646198]),
    ("KLDivergence", (), ONE_HOT, [1.17693698]),
    ("BinaryCrossentropy", (), ONE_HOT, [0.686661422]),
    ("SparseCategoricalCrossentropy", (), SPARSE, [1.17693925]),
    ("Hinge", (), ONE_HOT, [0.98333323]),
    ("LogCoshError", (), ONE_HOT, [0.109679133]),
    ("TruePositives", (), BINARY, [1.0]),
    ("FalseNegatives", ([0.3, 0.65],), BINARY, [0.0, 1.0]),
    ("Precision", (), BINARY, [0.5]),
    ("Recall", ([0.3, 0.65],), BINARY, [1.0, 0.5]),
    ("PrecisionAtRecall", (0.5,), BINARY, [1.0]),
    ("SpecificityAtSensitivity", (0.5,), BINARY, [1.0]),
    ("AUC", (), BINARY, [0.75]),
    ("AUC", (200, "PR"), BINARY, [0.797267437]),
    ("AUC", (200, "PR", "majoring"), BINARY, [0.833333373]),
    ("F1Score", (), ONE_HOT, [0.0, 0.666666687, 0.0]),
    ("FBetaScore", ("macro", 2.0), ONE_HOT, [0.277777791]),
    ("IoU", (3, [0, 2]), (CLASSES, OTHER_CLASSES), [0.0]),
    ("BinaryIoU", (), BINARY, [0.333333343]),
    ("MeanIoU", (3,), (CLASSES, OTHER_CLASSES), [0.333333343]),
    ("OneHotMeanIoU", (3,), ONE_HOT, [0.25]),
]

# The required arguments of metric classes.
NEEDED: dict[str, tuple[Any, ...]] = {
    "IoU": (3, [0]),
    "MeanIoU": (3,),
    "MeanMetricWrapper": (losses.hinge,),
    "MeanRelativeError": ([1.0],),
    "OneHotIoU": (3, [0]),
    "OneHotMeanIoU": (3,),
    "PrecisionAtRecall": (0.5,),
    "RecallAtPrecision": (0.5,),
    "SensitivityAtSpecificity": (0.5,),
    "SpecificityAtSensitivity": (0.5,),
    "SumOverBatchSizeMetricWrapper": (losses.hinge,),
}
BASES = {"Metric", "Reduce", "SensitivitySpecificityBase"}
CLASS_NAMES = sorted(
    name
    for name, value in found("metrics").items()
    if isinstance(value, type) and name not in BASES
)
# Keras cannot restore these: an array stays a config, and a function is not saved.
NOT_RESTORED = {"MeanRelativeError", "SumOverBatchSizeMetricWrapper"}
# A config names the module of a function by its public name, and these have none.
UNREACHABLE = {"bce", "BCE"}


def close(values: list[float]) -> Any:
    """Within 1e-6, relative or absolute."""
    return pytest.approx(values, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(("name", "arguments", "batch", "expected"), NUMBERS)
def test_a_metric_computes_what_keras_computes(
    name: str, arguments: tuple[Any, ...], batch: Any, expected: list[float]
) -> None:
    metric = getattr(metrics, name)(*arguments)
    metric.update_state(*batch)
    assert np.ravel(metric.result()).tolist() == close(expected)


@pytest.mark.parametrize(("name", "arguments", "batch", "expected"), NUMBERS)
def test_reset_state_sets_all_variables_to_zero(
    name: str, arguments: tuple[Any, ...], batch: Any, expected: list[float]
) -> None:
    metric = getattr(metrics, name)(*arguments)
    metric.update_state(*batch)
    metric.reset_state()
    assert all(not np.any(variable.numpy()) for variable in metric.variables)
    metric.update_state(*batch)
    assert np.ravel(metric.result()).tolist() == close(expected)


def test_a_mean_accumulates_over_batches_and_counts_weights() -> None:
    mean = metrics.Mean()
    mean.update_state([1, 3, 5, 7])
    assert float(mean.result()) == 4
    mean.update_state([1, 3, 5, 7], sample_weight=[1, 1, 0, 0])
    assert float(mean.result()) == pytest.approx(20 / 6)
    assert [weight.name for weight in mean.weights] == ["total:0", "count:0"]
    assert float(metrics.Mean().result()) == 0


def test_a_sum_and_a_sum_over_the_batch_size_differ_from_a_mean() -> None:
    for cls, expected in ((metrics.Sum, 4), (metrics.SumOverBatchSize, 1), (metrics.Mean, 2)):
        metric = cls()
        metric.update_state([1, 3, 5, 7], sample_weight=[1, 1, 0, 0])
        assert float(metric.result()) == expected


def test_weights_of_lower_rank_weight_the_mean_of_the_other_dimensions() -> None:
    metric = metrics.Mean()
    metric.update_state(np.ones((2, 3, 4)), sample_weight=[2.0, 0.0])
    assert float(metric.result()) == 1
    with pytest.raises(InvalidArgumentError):
        metric.update_state([1.0, 2.0], sample_weight=[1.0, 2.0, 3.0])


def test_a_mean_of_tensors_keeps_their_shape() -> None:
    metric = metrics.MeanTensor()
    with pytest.raises(ValueError, match="before"):
        metric.result()
    metric.update_state([0, 1, 2, 3])
    metric.update_state([4, 5, 6, 7])
    assert metric.result().numpy().tolist() == [2, 3, 4, 5]
    with pytest.raises(ValueError, match="shape"):
        metric.update_state([1, 2])


def test_calling_a_metric_updates_it_and_returns_the_result() -> None:
    metric = metrics.Mean()
    assert float(metric([1.0, 2.0])) == 1.5
    assert float(metric([6.0])) == 3


def test_metrics_of_one_class_can_be_merged_and_copied() -> None:
    first, second = metrics.Mean(), metrics.Mean()
    first.update_state([1.0, 2.0])
    second.update_state([6.0])
    first.merge_state([second])
    assert float(first.result()) == 3
    assert float(copy.deepcopy(first).result()) == 3
    with pytest.raises(ValueError, match="weights"):
        first.merge_state([metrics.Sum()])


def test_a_metric_is_a_layer_whose_weights_are_not_trained() -> None:
    metric = metrics.Mean()
    assert isinstance(metric, Layer)
    assert metric.built
    assert (len(metric.trainable_weights), len(metric.non_trainable_weights)) == (0, 2)


def test_precision_of_the_top_k_and_of_one_class() -> None:
    labels, predictions = [[0, 1, 1]], [[0.9, 0.8, 0.1]]
    for metric, expected in (
        (metrics.Precision(top_k=2), 0.5),
        (metrics.Precision(class_id=1), 1.0),
    ):
        metric.update_state(labels, predictions)
        assert float(metric.result()) == expected


def test_auc_of_each_label() -> None:
    metric = metrics.AUC(multi_label=True, label_weights=[1.0, 0.0])
    metric.update_state([[0, 1], [1, 0]], np.array([[0.2, 0.3], [0.7, 0.9]]))
    assert [weight.shape for weight in metric.weights] == [(200, 2)] * 4
    assert float(metric.result()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("AUC", {"num_thresholds": 1}),
        ("AUC", {"curve": "x"}),
        ("AUC", {"summation_method": "x"}),
        ("AUC", {"num_labels": 3}),
        ("Precision", {"thresholds": [-1]}),
        ("PrecisionAtRecall", {"recall": 2}),
        ("SensitivityAtSpecificity", {"specificity": 0.5, "num_thresholds": 0}),
        ("FBetaScore", {"average": "x"}),
        ("FBetaScore", {"beta": 2}),
        ("FBetaScore", {"threshold": 2.0}),
        ("R2Score", {"class_aggregation": "x"}),
        ("R2Score", {"num_regressors": -1}),
        ("IoU", {"num_classes": 2, "target_class_ids": [2]}),
    ],
)
def test_a_metric_refuses_invalid_arguments(name: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Received"):
        getattr(metrics, name)(**arguments)


def test_an_adjusted_score_needs_enough_samples() -> None:
    metric = metrics.R2Score(num_regressors=10)
    metric.update_state(*COLUMN)
    with pytest.warns(UserWarning, match="unadjusted"):
        assert float(metric.result()) == pytest.approx(0.149999976, rel=1e-6)


@pytest.mark.parametrize("name", sorted(set(CLASS_NAMES) - NOT_RESTORED))
def test_a_metric_is_restored_from_its_config(name: str) -> None:
    metric = getattr(metrics, name)(*NEEDED.get(name, ()), name="mine")
    again = metrics.deserialize(metrics.serialize(metric))
    assert type(again) is type(metric)
    assert str(again) == str(metric)
    assert again.get_config()["name"] == "mine"


@pytest.mark.parametrize("name", sorted(NOT_RESTORED))
def test_a_metric_that_keras_cannot_restore_fails_in_the_same_way(name: str) -> None:
    config = metrics.serialize(getattr(metrics, name)(*NEEDED[name]))
    with pytest.raises(TypeError, match=f"Error when deserializing class '{name}'"):
        metrics.deserialize(config)


def test_the_signature_of_a_metric_has_the_arguments_of_its_function() -> None:
    assert list(inspect.signature(metrics.TopKCategoricalAccuracy).parameters) == [
        "k",
        "name",
        "dtype",
    ]
    assert list(inspect.signature(metrics.BinaryAccuracy).parameters) == [
        "name",
        "dtype",
        "threshold",
    ]


@pytest.mark.parametrize("name", sorted(set(found("metrics")) - UNREACHABLE - BASES - set(NEEDED)))
def test_get_finds_every_name(name: str) -> None:
    value = found("metrics")[name]
    result = metrics.get(name)
    assert type(result) is value if isinstance(value, type) else result is value


@pytest.mark.parametrize("name", sorted(UNREACHABLE | {"Metric", "Reduce", "IoU"}))
def test_a_name_that_keras_finds_but_cannot_instantiate(name: str) -> None:
    with pytest.raises(TypeError):
        metrics.get(name)


@pytest.mark.parametrize("name", ["nope", "kld", "huber", "ce", "get", "warnings", "base_metric"])
def test_an_unknown_name_is_returned_unchanged(name: str) -> None:
    assert metrics.get(name) == name


def test_get_returns_callables_unchanged() -> None:
    for identifier in (metrics.Mean, metrics.Mean(), metrics.accuracy):
        assert metrics.get(identifier) is identifier


@pytest.mark.parametrize(
    ("identifier", "error"),
    [
        (None, ValueError),
        (5, ValueError),
        ([], ValueError),
        ({}, ValueError),
        ({"class_name": "nope", "config": {}}, ValueError),
        ({"class_name": "mse", "config": {}}, TypeError),
        ({"module": None, "class_name": "Mean", "config": {}}, TypeError),
        ({"class_name": "MeanMetricWrapper", "config": {}}, ValueError),
    ],
)
def test_get_refuses_invalid_identifiers(identifier: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        metrics.get(identifier)


def test_a_config_cannot_reach_a_module() -> None:
    assert metrics.get({"module": "os", "class_name": "system", "config": "x"}) == "system"
    with pytest.raises(ValueError, match="Unknown metric function"):
        metrics.get({"class_name": "system", "config": {}})


def test_a_wrapper_finds_its_function_by_name() -> None:
    config = {"class_name": "MeanMetricWrapper", "config": {"fn": "mse", "name": "mine"}}
    metric = metrics.get(config)
    metric.update_state(*ONE_HOT)
    assert float(metric.result()) == pytest.approx(0.244166672, rel=1e-6)
    with pytest.warns(UserWarning, match="Metric"):
        assert metrics.serialize(metrics.accuracy)["config"] == "accuracy"


def test_a_custom_metric_defines_update_state_and_result() -> None:
    class Largest(metrics.Metric):
        def __init__(self, name: str = "largest") -> None:
            super().__init__(name=name)
            self.largest = self.add_weight("largest", initializer="zeros")

        def update_state(self, values: Any) -> None:
            self.largest.assign(max(float(self.largest.numpy()), max(values)))

        def result(self) -> Any:
            return self.largest.read_value()

    metric = Largest()
    metric.update_state([1.0, 3.0])
    assert float(metric([2.0])) == 3
    assert metric.get_config() == {"name": "largest", "dtype": "float32"}
    with pytest.raises(TypeError, match="abstract"):
        metrics.Metric()  # type: ignore[abstract] # this is what is refused
