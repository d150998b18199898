"""Losses and metrics in graphs, under tapes and on masked tensors: the same numbers as eagerly."""

from typing import Any

import numpy as np
import pytest

import densetrace.tensorflow as tf
from densetrace.keras import activations, losses, metrics
from tests.keras.test_losses import LABELS, LOGITS, NUMBERS, PROBABILITIES
from tests.keras.test_metrics import NUMBERS as METRICS

POSITIVE = np.array([[0.2, 0.7, 0.1], [0.3, 0.3, 0.4]], np.float32)
ANY_SHAPE = tf.TensorSpec(None)


def predictions(arguments: dict[str, Any]) -> Any:
    return LOGITS if "from_logits" in arguments else PROBABILITIES


@pytest.mark.parametrize(("name", "arguments"), [(name, given) for name, given, _ in NUMBERS])
def test_a_loss_returns_the_same_bits_in_a_graph(name: str, arguments: dict[str, Any]) -> None:
    loss = getattr(losses, name)
    traced = tf.function(lambda y_true, y_pred: loss(y_true, y_pred, **arguments))
    y_true, y_pred = tf.constant(LABELS), tf.constant(predictions(arguments))
    eager = loss(y_true, y_pred, **arguments).numpy()
    assert traced(y_true, y_pred).numpy().tolist() == eager.tolist()


@pytest.mark.parametrize(("name", "arguments"), [(name, given) for name, given, _ in NUMBERS])
def test_the_gradient_of_a_loss_equals_finite_differences(
    name: str, arguments: dict[str, Any]
) -> None:
    loss = getattr(losses, name)
    # huber computes in single precision, and a label of 0 makes percentages too steep.
    width, tolerance = (1e-2, 1e-3) if name == "huber" else (1e-6, 1e-4)
    y_true = tf.constant(LABELS.astype(float) + (name == "mean_absolute_percentage_error"))
    at = (LOGITS if "from_logits" in arguments else POSITIVE).astype(float)

    def total(y_pred: Any) -> Any:
        return tf.reduce_sum(loss(y_true, y_pred, **arguments))

    def gradient(y_pred: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(y_pred)
            result = total(y_pred)
        return tape.gradient(result, y_pred)

    expected = np.zeros_like(at)
    for index in np.ndindex(at.shape):
        step = np.zeros_like(at)
        step[index] = width
        expected[index] = float(total(at + step) - total(at - step)) / (2 * width)
    found = gradient(tf.constant(at))
    assert found.numpy() == pytest.approx(expected, rel=tolerance, abs=tolerance)
    assert (tf.function(gradient)(tf.constant(at)).numpy() == found.numpy()).all()


@pytest.mark.parametrize("reduction", losses.Reduction.all())
def test_a_loss_of_tensors_of_unknown_rank(reduction: str) -> None:
    loss = losses.MeanSquaredError(reduction=reduction)

    def weighted(y_true: Any, y_pred: Any, weights: Any) -> Any:
        return loss(y_true, y_pred, weights)

    traced = tf.function(weighted, input_signature=[ANY_SHAPE] * 3)
    for label_shape, shape, weight_shape in [
        ((2, 3), (2, 3), (2,)),
        ((2,), (2, 1), ()),
        ((2, 1), (2,), (1,)),
        ((2, 3), (2, 3), (2, 1)),
    ]:
        y_true = tf.reshape(tf.range(np.prod(label_shape), dtype="float32"), label_shape)
        y_pred = tf.ones(shape) * 0.25
        weights = tf.ones(weight_shape) * 3.0
        found = traced(y_true, y_pred, weights).numpy()
        assert found.tolist() == weighted(y_true, y_pred, weights).numpy().tolist()


@pytest.mark.parametrize(("name", "arguments", "batch", "expected"), METRICS)
def test_a_metric_accumulates_the_same_in_a_graph_as_eagerly(
    name: str, arguments: tuple[Any, ...], batch: Any, expected: list[float]
) -> None:
    metric, in_graph = (getattr(metrics, name)(*arguments) for _ in range(2))
    y_true, y_pred = map(tf.constant, batch)

    def update(y_true: Any, y_pred: Any) -> Any:
        in_graph.update_state(y_true, y_pred)
        return in_graph.result()

    traced = tf.function(update)
    if not in_graph.built:
        in_graph.build(y_true.shape, y_pred.shape)
    for _ in range(2):
        metric.update_state(y_true, y_pred)
        found = traced(y_true, y_pred)
    assert np.ravel(found).tolist() == np.ravel(metric.result()).tolist()
    assert [w.numpy().tolist() for w in in_graph.weights] == [
        w.numpy().tolist() for w in metric.weights
    ]
    in_graph.reset_state()
    assert np.ravel(traced(y_true, y_pred)) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(("name", "arguments"), [("AUC", ()), ("Recall", ([0.3, 0.65],))])
def test_sample_weights_are_the_same_in_a_graph_as_eagerly(
    name: str, arguments: tuple[Any, ...]
) -> None:
    metric = getattr(metrics, name)(*arguments)
    batch = tf.constant([0, 1]), tf.constant([0.7, 0.6]), tf.constant([0.5, 2.0])
    metric.update_state(*batch)
    eager = np.ravel(metric.result()).tolist()
    metric.reset_state()
    tf.function(metric.update_state)(*batch)
    assert np.ravel(metric.result()).tolist() == eager


def test_a_mask_of_the_predictions_weights_the_loss() -> None:
    y_pred = tf.constant(PROBABILITIES)
    y_pred._keras_mask = tf.constant([True, False])
    assert float(losses.MeanSquaredError()(LABELS, y_pred)) == pytest.approx(0.00166666706)
    assert float(losses.MeanSquaredError(reduction="sum")(LABELS, y_pred)) == pytest.approx(
        0.00166666706
    )
    weighted = losses.MeanSquaredError()(LABELS, y_pred, tf.constant([3.0, 7.0]))
    assert float(weighted) == pytest.approx(3 * 0.00166666706)


def test_a_loss_of_softmax_outputs_is_computed_from_the_logits() -> None:
    logits = tf.constant([[60.0, -60.0, 0.0]])
    loss = losses.CategoricalCrossentropy()
    labels = tf.constant([[0.0, 1.0, 0.0]])
    assert float(loss(labels, activations.softmax(logits))) == 120
    assert float(loss(labels, tf.nn.softmax(logits))) < 17
    metric = metrics.BinaryCrossentropy()
    metric.update_state([[1.0]], activations.sigmoid(tf.constant([[-50.0]])))
    assert float(metric.result()) == 50


def test_a_loss_casts_the_labels_to_the_dtype_of_the_predictions() -> None:
    half = tf.constant(PROBABILITIES, "float16")
    assert losses.MeanAbsoluteError()(LABELS.astype("float64"), half).dtype == tf.float16
    assert losses.Huber()(LABELS, half).dtype == tf.float32
    whole = losses.MeanSquaredError(reduction="sum")(tf.constant([[1, 2]]), tf.constant([[3, 5]]))
    assert whole.dtype == tf.int32
    assert int(whole) == 6


@pytest.mark.parametrize("thresholds", [[0.0, 0.5, 1.0], [0.0, 0.5, 0.9]])
def test_a_prediction_of_0_is_above_no_threshold(thresholds: list[float]) -> None:
    """Evenly spaced thresholds are counted in buckets, others one by one."""
    counts = {
        "FalsePositives": [1.0, 0.0, 0.0],
        "TruePositives": [2.0, 1.0, 0.0],
        "FalseNegatives": [1.0, 2.0, 3.0],
        "TrueNegatives": [1.0, 2.0, 2.0],
    }
    for name, expected in counts.items():
        metric = getattr(metrics, name)(thresholds)
        metric.update_state([0, 1, 1, 0, 1], [0.0, 0.0, 0.5, 0.5, 0.8])
        assert metric.result().numpy().tolist() == expected


def test_the_gradient_of_sums_of_segments() -> None:
    data = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    with tf.GradientTape() as tape:
        tape.watch(data)
        sums = tf.math.unsorted_segment_sum(data, tf.constant([1, -1, 1]), 2)
        total = tf.reduce_sum(tf.square(sums))
    assert sums.numpy().tolist() == [[0, 0], [6, 8]]
    assert tape.gradient(total, data).numpy().tolist() == [[12, 16], [0, 0], [12, 16]]


def test_a_loss_opens_a_name_scope_of_the_graph() -> None:
    """So an optimizer of the same name gets another one, which the names of its slots show."""

    @tf.function  # type: ignore[untyped-decorator] # names of tf are looked up
    def scopes() -> Any:
        losses.MeanSquaredError(name="mine")([[1.0]], [[2.0]])
        with tf.name_scope("mine") as second:
            found.append(second)
        return tf.constant(0.0)

    found: list[str] = []
    scopes()
    assert found == ["mine_1/"]
