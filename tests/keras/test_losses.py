"""Losses: lookup by name, and results compared with Keras 2.14."""

import inspect
from typing import Any

import numpy as np
import pytest

from densetrace.keras import losses
from densetrace.keras._registries import found
from densetrace.recording.recorder import Recorder, recording
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.errors import InvalidArgumentError

LABELS = np.array([[0, 1, 0], [1, 0, 0]], np.float32)
CLASSES = np.array([1, 2])
PROBABILITIES = np.array([[0.05, 0.95, 0], [0.1, 0.8, 0.1]], np.float32)
LOGITS = np.array([[-1.5, 2.0, 0.25], [0.5, -3.0, 1.0]], np.float32)

# Computed by Keras 2.14 for LABELS and PROBABILITIES (or LOGITS).
NUMBERS: list[tuple[str, dict[str, Any], list[float]]] = [
    ("binary_crossentropy", {}, [0.0341954567, 1.33912742]),
    ("binary_focal_crossentropy", {}, [8.54886821e-05, 0.96539551]),
    ("categorical_crossentropy", {}, [0.0512933061, 2.30258512]),
    ("categorical_focal_crossentropy", {}, [3.20583313e-05, 0.466273457]),
    ("categorical_hinge", {}, [0.100000024, 1.70000005]),
    ("cosine_similarity", {}, [-0.998617828, -0.123091482]),
    ("hinge", {}, [0.699999988, 1.26666653]),
    ("huber", {}, [0.000833333528, 0.24333334]),
    ("kl_divergence", {}, [0.0512920171, 2.30258203]),
    ("log_cosh", {}, [0.00083299476, 0.218525276]),
    ("mean_absolute_error", {}, [0.0333333351, 0.600000024]),
    ("mean_absolute_percentage_error", {}, [16666669.0, 300000032.0]),
    ("mean_squared_error", {}, [0.00166666706, 0.486666679]),
    ("mean_squared_logarithmic_error", {}, [0.00100715156, 0.237328649]),
    ("poisson", {}, [0.350431055, 1.10086131]),
    ("squared_hinge", {}, [0.701666653, 1.75333321]),
    ("huber", {"delta": 0.25}, [0.000833333528, 0.122500002]),
    ("cosine_similarity", {"axis": 0}, [-0.894427121, -0.764911234, 0.0]),
    ("binary_crossentropy", {"from_logits": True}, [0.384760231, 0.611975372]),
    ("binary_crossentropy", {"label_smoothing": 0.2}, [0.744656146, 1.29291761]),
    ("categorical_crossentropy", {"from_logits": True}, [0.185625583, 0.985413194]),
    (
        "categorical_crossentropy",
        {"from_logits": True, "label_smoothing": 0.2},
        [0.535625577, 1.18541324],
    ),
    (
        "binary_focal_crossentropy",
        {"from_logits": True, "apply_class_balancing": True, "alpha": 0.4},
        [0.0537874289, 0.14940533],
    ),
    (
        "categorical_focal_crossentropy",
        {"from_logits": True, "gamma": 3.0},
        [0.000225650569, 0.0606413446],
    ),
]
ALIASES = {
    "bce": "binary_crossentropy",
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "kld": "kl_divergence",
}
CLASS_NAMES = [name for name, value in found("losses").items() if isinstance(value, type)]


def close(values: list[float]) -> Any:
    """Within 1e-6, relative or absolute."""
    return pytest.approx(values, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(("name", "arguments", "expected"), NUMBERS)
def test_a_loss_is_what_keras_computes(
    name: str, arguments: dict[str, Any], expected: list[float]
) -> None:
    predictions = LOGITS if "from_logits" in arguments else PROBABILITIES
    result = getattr(losses, name)(LABELS, predictions, **arguments)
    assert result.dtype == np.float32
    assert result.numpy().tolist() == close(expected)


def test_sparse_labels_are_class_numbers_of_any_shape() -> None:
    loss = losses.sparse_categorical_crossentropy
    assert loss(CLASSES, PROBABILITIES).numpy().tolist() == close([0.0512934439, 2.30258512])
    assert loss(CLASSES[:, None], PROBABILITIES).numpy().tolist() == close(
        [0.0512934439, 2.30258512]
    )
    assert loss(CLASSES, LOGITS, from_logits=True).numpy().tolist() == close(
        [0.185625583, 0.485413164]
    )
    assert loss(CLASSES, PROBABILITIES, ignore_class=2).numpy().tolist() == close(
        [0.0512934439, 0.0]
    )
    assert loss(CLASSES, PROBABILITIES.T, axis=0, from_logits=True).shape == (2,)


def test_large_logits_return_finite_losses() -> None:
    logits = np.array([[1e4, -1e4, 0]], np.float32)
    for name in ("categorical_crossentropy", "binary_crossentropy"):
        assert np.isfinite(getattr(losses, name)(LABELS[:1], logits, from_logits=True)).all()


def test_a_loss_computes_in_the_dtype_of_the_predictions() -> None:
    assert losses.mean_squared_error([1, 2], np.array([1.5, 2.5])).dtype == np.float64
    assert losses.mean_squared_error([1, 2], [1.5, 2.5]).dtype == np.float32
    assert losses.mean_squared_error([[1, 2]], [[3, 5]]).numpy().tolist() == [6]
    with pytest.raises(TypeError, match="dtype int32"):
        losses.hinge([1, 2], [1, 2])


def test_incompatible_shapes_are_refused_as_in_keras() -> None:
    with pytest.raises(InvalidArgumentError):
        losses.mean_squared_error(LABELS, PROBABILITIES[:, :2])
    with pytest.raises(ValueError, match="incompatible"):
        losses.categorical_crossentropy(LABELS, PROBABILITIES[:, :2])
    with pytest.raises(ValueError, match="must equal"):
        losses.sparse_categorical_crossentropy([0], PROBABILITIES)
    with pytest.raises(InvalidArgumentError, match="valid range"):
        losses.sparse_categorical_crossentropy([0, 9], PROBABILITIES)


def test_a_categorical_crossentropy_of_one_class_warns_and_a_bool_axis_is_refused() -> None:
    with pytest.warns(SyntaxWarning, match="binary_crossentropy"):
        losses.categorical_crossentropy([[1.0]], [[0.5]])
    with pytest.raises(ValueError, match="axis"):
        losses.categorical_crossentropy(LABELS, PROBABILITIES, axis=True)


@pytest.mark.parametrize(
    ("reduction", "plain", "weighted"),
    [
        ("auto", [0.244166672], [0.122500002]),
        ("sum_over_batch_size", [0.244166672], [0.122500002]),
        ("sum", [0.488333344], [0.245000005]),
        ("none", [0.00166666706, 0.486666679], [0.00166666706, 0.24333334]),
    ],
)
def test_a_reduction_returns_one_number_or_all(
    reduction: str, plain: list[float], weighted: list[float]
) -> None:
    loss = losses.MeanSquaredError(reduction=reduction)
    weight = np.array([1.0, 0.5])
    assert np.ravel(loss(LABELS, PROBABILITIES)).tolist() == close(plain)
    with_weight = loss(LABELS, PROBABILITIES, sample_weight=weight)
    assert np.ravel(with_weight).tolist() == close(weighted)


def test_an_ignored_class_does_not_count_in_the_mean() -> None:
    loss = losses.SparseCategoricalCrossentropy(ignore_class=2)
    result = loss(convert_to_tensor(CLASSES), convert_to_tensor(PROBABILITIES))
    assert float(result) == pytest.approx(0.0512934439, rel=1e-6)


def test_tensors_whose_ranks_differ_by_one_are_squeezed() -> None:
    column = convert_to_tensor(LABELS[..., None])
    result = losses.MeanSquaredError()(column, convert_to_tensor(PROBABILITIES))
    assert float(result) == pytest.approx(0.244166672, rel=1e-6)


@pytest.mark.parametrize("name", CLASS_NAMES)
def test_a_loss_class_is_restored_from_its_config(name: str) -> None:
    arguments = {"LossFunctionWrapper": [losses.hinge]}.get(name, [])
    loss = getattr(losses, name)(*arguments)
    legacy = losses.serialize(loss, use_legacy_format=True)
    assert set(legacy) == {"class_name", "config"}
    again = losses.deserialize(losses.serialize(loss))
    assert type(again) is type(loss)
    assert again.get_config() == loss.get_config()


def test_a_loss_class_accepts_the_arguments_of_its_function() -> None:
    assert list(inspect.signature(losses.Huber).parameters) == ["delta", "reduction", "name"]
    assert list(inspect.signature(losses.SparseCategoricalCrossentropy).parameters) == [
        "from_logits",
        "ignore_class",
        "reduction",
        "name",
    ]
    assert losses.Huber().get_config() == {
        "reduction": "auto",
        "name": "huber_loss",
        "delta": 1.0,
        "fn": "huber",
    }
    with pytest.raises(TypeError, match=r"Huber\.__init__"):
        losses.Huber(nope=1)  # type: ignore[call-arg] # this is what is refused
    with pytest.raises(ValueError, match="reduction"):
        losses.Huber(reduction="most")


@pytest.mark.parametrize("alias", ALIASES)
def test_an_alias_finds_its_function_in_lower_and_upper_case(alias: str) -> None:
    function = getattr(losses, ALIASES[alias])
    assert losses.get(alias) is losses.get(alias.upper()) is function


@pytest.mark.parametrize("name", sorted(set(found("losses")) - {"LossFunctionWrapper"}))
def test_get_finds_every_name(name: str) -> None:
    value = found("losses")[name]
    result = losses.get(name)
    assert type(result) is value if isinstance(value, type) else result is value


def test_get_returns_none_and_callables_unchanged() -> None:
    assert losses.get(None) is None
    for identifier in (losses.Huber, losses.Huber(), losses.hinge):
        assert losses.get(identifier) is identifier


def test_get_finds_classes_by_config() -> None:
    config = {"module": "keras.losses", "class_name": "Huber", "config": {"delta": 2.0}}
    assert losses.get(config).get_config()["delta"] == 2.0
    assert type(losses.get({"class_name": "Huber", "config": {}})) is losses.Huber


@pytest.mark.parametrize("name", ["nope", "", "HUBER", "get", "deserialize", "warnings", "np"])
def test_an_unknown_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="Unknown loss function"):
        losses.get(name)


def test_a_name_that_contains_module_goes_to_the_newer_deserializer() -> None:
    assert losses.get("my_module_loss") == "my_module_loss"
    recorder = Recorder()
    with recording(recorder):
        losses.get("mse")
        losses.get("module")
    vias = [step.children[0].point for step in recorder.steps()]
    assert [".legacy." in via for via in vias] == [True, False]


@pytest.mark.parametrize(
    ("identifier", "error"),
    [
        (5, ValueError),
        ([], ValueError),
        (True, ValueError),
        ({}, ValueError),
        ({"config": {}}, ValueError),
        ({"class_name": "function", "config": "mse"}, KeyError),
        ({"module": None, "class_name": "Huber", "config": {}}, TypeError),
        ({"class_name": "Huber", "config": {"nope": 1}}, TypeError),
        ("LossFunctionWrapper", TypeError),
    ],
)
def test_get_refuses_invalid_identifiers(identifier: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        losses.get(identifier)


def test_a_config_cannot_reach_a_module() -> None:
    assert losses.get({"module": "os", "class_name": "system", "config": "x"}) == "system"
    config = {"module": "os", "class_name": "function", "config": "system"}
    assert losses.get({**config, "registered_name": "system"}) == "system"


def test_a_function_is_serialized_by_name_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="Loss"):
        config = losses.serialize(losses.hinge)
    assert losses.deserialize(config) is losses.hinge
    assert losses.serialize(None) is None


def test_a_custom_loss_defines_call() -> None:
    class Zero(losses.Loss):
        def call(self, y_true: Any, y_pred: Any) -> Any:
            return losses.mean_squared_error(y_true, y_true)

    assert float(Zero()(LABELS, PROBABILITIES)) == 0
    with pytest.raises(NotImplementedError, match="call"):
        losses.Loss()(LABELS, PROBABILITIES)
