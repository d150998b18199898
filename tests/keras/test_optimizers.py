"""Optimizers: lookup by name, the configs of Keras 2.14, errors and warnings."""

import copy
import inspect
from typing import Any

import numpy as np
import pytest

import densetrace.tensorflow as tf
from densetrace.data.steps import Step
from densetrace.keras import mixed_precision, optimizers
from densetrace.keras._registries import found
from densetrace.keras.optimizers import schedules
from densetrace.keras.saving import serialization_lib
from densetrace.recording.recorder import Recorder, recording

COMMON = {
    "weight_decay": None,
    "clipnorm": None,
    "global_clipnorm": None,
    "clipvalue": None,
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "jit_compile": False,
    "is_legacy_optimizer": False,
}

# The default config of each optimizer in Keras 2.14, without COMMON and the name.
OWN: dict[str, dict[str, Any]] = {
    "SGD": {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False},
    "RMSprop": {
        "learning_rate": 0.001,
        "rho": 0.9,
        "momentum": 0.0,
        "epsilon": 1e-7,
        "centered": False,
        "ema_overwrite_frequency": 100,
    },
    "Adam": {
        "learning_rate": 0.001,
        "beta_1": 0.9,
        "beta_2": 0.999,
        "epsilon": 1e-7,
        "amsgrad": False,
    },
    "AdamW": {
        "learning_rate": 0.001,
        "weight_decay": 0.004,
        "beta_1": 0.9,
        "beta_2": 0.999,
        "epsilon": 1e-7,
        "amsgrad": False,
    },
    "Adadelta": {"learning_rate": 0.001, "rho": 0.95, "epsilon": 1e-7},
    "Adagrad": {"learning_rate": 0.001, "initial_accumulator_value": 0.1, "epsilon": 1e-7},
    "Adamax": {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7},
    "Adafactor": {
        "learning_rate": 0.001,
        "beta_2_decay": -0.8,
        "epsilon_1": 1e-30,
        "epsilon_2": 0.001,
        "clip_threshold": 1.0,
        "relative_step": True,
    },
    "Nadam": {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7},
    "Ftrl": {
        "learning_rate": 0.001,
        "learning_rate_power": -0.5,
        "initial_accumulator_value": 0.1,
        "l1_regularization_strength": 0.0,
        "l2_regularization_strength": 0.0,
        "l2_shrinkage_regularization_strength": 0.0,
        "beta": 0.0,
    },
    "Lion": {"learning_rate": 0.0001, "beta_1": 0.9, "beta_2": 0.99},
}


def shape_of(step: Step) -> tuple[Any, ...]:
    """Return a step as a nested tuple: kind, point, children."""
    return (step.kind, step.point, *(shape_of(child) for child in step.children))


@pytest.mark.parametrize("name", OWN)
def test_an_optimizer_has_the_defaults_of_keras(name: str) -> None:
    config = getattr(optimizers, name)().get_config()
    learning_rate = config.pop("learning_rate")
    expected = {**COMMON, **OWN[name], "name": name}
    assert learning_rate == np.float32(expected.pop("learning_rate"))
    assert config == expected


def test_a_signature_begins_with_the_optimizers_own_arguments_and_ends_with_the_name() -> None:
    names = list(inspect.signature(optimizers.SGD).parameters)
    assert names[:4] == ["learning_rate", "momentum", "nesterov", "weight_decay"]
    assert names[-2:] == ["name", "kwargs"]
    assert list(inspect.signature(optimizers.AdamW).parameters)[1] == "weight_decay"


def test_arguments_bind_by_position_and_by_name() -> None:
    optimizer: Any = optimizers.SGD(0.5, 0.9, nesterov=True, clipnorm=1.0, name="mine")
    assert (optimizer.learning_rate.numpy(), optimizer.momentum) == (0.5, 0.9)
    assert (optimizer.nesterov, optimizer.clipnorm, optimizer.name) == (True, 1.0, "mine")


@pytest.mark.parametrize("name", OWN)
def test_a_config_recreates_the_optimizer(name: str) -> None:
    original = getattr(optimizers, name)(learning_rate=0.25, name="mine")
    for config in (original.get_config(), optimizers.serialize(original)["config"]):
        assert type(original).from_config(dict(config)).get_config() == original.get_config()


@pytest.mark.parametrize("spelling", ["sgd", "SGD", "Sgd", "experimentalsgd", "ExperimentalSGD"])
def test_get_is_case_insensitive(spelling: str) -> None:
    assert type(optimizers.get(spelling)) is optimizers.SGD


def test_every_name_that_keras_finds_is_found() -> None:
    assert sorted(found("optimizers")) == [
        "adadelta",
        "adagrad",
        "adam",
        "adamax",
        "experimentaladadelta",
        "experimentaladagrad",
        "experimentaladam",
        "experimentalsgd",
        "ftrl",
        "nadam",
        "rmsprop",
        "sgd",
    ]
    for name, cls in found("optimizers").items():
        assert type(optimizers.get(name)) is cls


@pytest.mark.parametrize("name", ["adamw", "lion", "Adafactor", "nope", ""])
def test_a_name_that_keras_does_not_find_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="Unknown optimizer"):
        optimizers.get(name)


def test_a_registered_name_is_found_where_a_plain_one_is_not() -> None:
    assert type(optimizers.get("Custom>AdamW")) is optimizers.AdamW


def test_an_instance_is_returned_unchanged_and_a_class_is_refused() -> None:
    optimizer = optimizers.SGD()
    assert optimizers.get(optimizer) is optimizer
    refused: tuple[Any, ...] = (optimizers.SGD, None, 5, [], lambda: optimizer)
    for identifier in refused:
        with pytest.raises(ValueError, match="Received"):
            optimizers.get(identifier)


@pytest.mark.parametrize(
    ("config", "error"),
    [
        ({}, KeyError),
        ({"class_name": "sgd"}, KeyError),
        ({"config": {}}, KeyError),
        ({"class_name": "SGD", "config": None}, TypeError),
        ({"class_name": 5, "config": {}}, AttributeError),
        ({"class_name": "SGD", "config": "x"}, AttributeError),
        ({"class_name": "SGD", "config": []}, TypeError),
        ({"class_name": "system", "module": "os", "config": "x"}, AttributeError),
        ({"class_name": "Adam", "config": {"no": 1, "is_legacy_optimizer": False}}, TypeError),
    ],
)
def test_a_malformed_config_fails_as_in_keras(
    config: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        optimizers.get(config)


def test_the_name_of_an_unknown_class_in_a_config_with_a_module_is_returned() -> None:
    config = {"module": "os", "class_name": "system", "config": {}}
    assert optimizers.get(config) == "system"


def test_a_config_without_is_legacy_optimizer_creates_a_legacy_optimizer() -> None:
    old = optimizers.get({"class_name": "SGD", "config": {"learning_rate": 0.1}})
    assert type(old) is optimizers.legacy.SGD
    assert old.get_config() == {
        "name": "SGD",
        "learning_rate": 0.1,
        "decay": 0.0,
        "momentum": 0.0,
        "nesterov": False,
    }
    marked = {"learning_rate": 0.1, "is_legacy_optimizer": False}
    assert type(optimizers.get({"class_name": "SGD", "config": marked})) is optimizers.SGD
    assert type(optimizers.get("sgd", use_legacy_optimizer=True)) is optimizers.legacy.SGD


def test_get_refuses_other_keyword_arguments() -> None:
    with pytest.raises(TypeError, match="foo"):
        optimizers.get("sgd", foo=1)


def test_a_name_becomes_a_config_for_the_legacy_deserializer() -> None:
    recorder = Recorder()
    with recording(recorder):
        optimizers.get("sgd")
    get, deserialize = "keras.optimizers.get", "keras.saving.legacy.serialization"
    (step,) = recorder.steps()
    assert shape_of(step) == (
        "get",
        get,
        ("get", get, ("deserialize", f"{deserialize}.deserialize_keras_object")),
    )
    assert step.inputs["identifier"] == "sgd"


@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [
        ("SGD", {"momentum": 2}, ValueError),
        ("SGD", {"momentum": -1}, ValueError),
        ("SGD", {"learning_rate": "abc"}, TypeError),
        ("SGD", {"learning_rate": None}, ValueError),
        ("SGD", {"use_ema": True, "ema_momentum": 2}, ValueError),
        ("SGD", {"use_ema": True, "ema_overwrite_frequency": -1}, ValueError),
        ("SGD", {"use_ema": True, "ema_overwrite_frequency": 1.5}, ValueError),
        ("SGD", {"clipnorm": 1, "global_clipnorm": 1}, ValueError),
        ("SGD", {"decay": 0.1}, ValueError),
        ("SGD", {"nope": 1}, TypeError),
        ("AdamW", {"weight_decay": None}, ValueError),
        ("Lion", {"beta_1": 0}, ValueError),
        ("Ftrl", {"learning_rate_power": 1}, ValueError),
        ("Ftrl", {"initial_accumulator_value": -1}, ValueError),
    ],
)
def test_an_optimizer_refuses_invalid_arguments(
    name: str, arguments: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        getattr(optimizers, name)(**arguments)


@pytest.mark.parametrize(
    "arguments", [{"learning_rate": -1}, {"clipnorm": -1}, {"momentum": "x"}, {"mesh": None}]
)
def test_an_optimizer_accepts_some_arguments_that_make_no_sense(arguments: dict[str, Any]) -> None:
    assert optimizers.SGD(**arguments).get_config()["name"] == "SGD"


def test_too_many_arguments_are_a_type_error_that_names_the_class() -> None:
    with pytest.raises(TypeError, match=r"SGD\.__init__"):
        optimizers.SGD(*range(14))


def test_lr_is_ignored_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    optimizer: Any = optimizers.SGD(lr=0.5)
    assert optimizer.learning_rate.numpy() == pytest.approx(0.01)
    assert "learning_rate" in caplog.text


def test_the_learning_rate_can_be_set_and_read_by_both_names() -> None:
    optimizer = optimizers.Adam(learning_rate=lambda: 0.5)
    assert optimizer.lr.numpy() == 0.5
    optimizer.lr = 0.25
    assert optimizer.learning_rate.numpy() == 0.25
    with pytest.raises(TypeError, match="number"):
        optimizer.learning_rate = "fast"


def test_a_schedule_decides_the_learning_rate() -> None:
    schedule = schedules.ExponentialDecay(0.5, decay_steps=10, decay_rate=0.5)
    optimizer = optimizers.SGD(schedule)
    assert optimizer.learning_rate.numpy() == 0.5
    with pytest.raises(TypeError, match="LearningRateSchedule"):
        optimizer.learning_rate = 0.1
    config = optimizer.get_config()
    assert config["learning_rate"]["class_name"] == "ExponentialDecay"
    assert optimizers.SGD.from_config(config).get_config() == optimizer.get_config()


def test_schedules_compute_what_keras_computes() -> None:
    exponential = schedules.ExponentialDecay(0.1, 10, 0.5)
    stairs = schedules.ExponentialDecay(0.1, 10, 0.5, staircase=True)
    inverse = schedules.InverseTimeDecay(0.1, 10, 0.5)
    pieces = schedules.PiecewiseConstantDecay([5, 10], [0.1, 0.2, 0.3])
    assert [float(exponential(step)) for step in (0, 10, 20)] == pytest.approx([0.1, 0.05, 0.025])
    assert [float(stairs(step)) for step in (9, 10)] == pytest.approx([0.1, 0.05])
    assert float(inverse(10)) == pytest.approx(0.1 / 1.5)
    assert [float(pieces(step)) for step in (5, 6, 10, 11)] == pytest.approx([0.1, 0.2, 0.2, 0.3])
    with pytest.raises(ValueError, match="boundaries"):
        schedules.PiecewiseConstantDecay([5], [0.1])


def test_a_custom_schedule_defines_call_and_get_config() -> None:
    class Half(schedules.LearningRateSchedule):
        def __call__(self, step: Any) -> float:
            return 0.5

    assert optimizers.SGD(Half()).learning_rate.numpy() == 0.5
    with pytest.raises(NotImplementedError, match="get_config"):
        optimizers.SGD(Half()).get_config()


def test_a_custom_optimizer_inherits_the_common_options() -> None:
    class Still(optimizers.Optimizer):
        def __init__(self, learning_rate: float = 0.5, name: str = "Still") -> None:
            super().__init__(name=name)
            self._learning_rate = self._build_learning_rate(learning_rate)

    optimizer = Still()
    assert optimizers.get(optimizer) is optimizer
    assert optimizer.learning_rate.numpy() == 0.5
    assert optimizer.get_config()["weight_decay"] == 0
    with pytest.raises(ValueError, match="learning rate"):
        optimizers.Optimizer("bare").learning_rate.numpy()


def test_what_only_graphs_of_tensorflow_1_have_is_not_implemented() -> None:
    with pytest.raises(NotImplementedError, match="GradientTape"):
        optimizers.legacy.SGD().get_gradients([], [])


def test_variables_without_a_gradient_are_named_in_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    v, w = tf.Variable(1.0, name="v"), tf.Variable(2.0, name="w")
    optimizers.SGD().apply_gradients([(tf.constant(1.0), v), (None, w)])
    # As in Keras: once before gradients are summed over devices, once before the update.
    assert [record.args for record in caplog.records] == [(["w:0"],), (["w:0"],)]
    assert {record.name for record in caplog.records} == {"tensorflow"}


def test_a_hand_written_loop_that_forgets_the_loss_scale_is_warned(
    caplog: pytest.LogCaptureFixture,
) -> None:
    optimizer: Any = mixed_precision.LossScaleOptimizer(optimizers.SGD())
    optimizer.apply_gradients([(tf.constant(1.0), tf.Variable(1.0))])
    assert "get_scaled_loss() and get_unscaled_gradients()" in caplog.text


def test_a_config_recreates_an_optimizer_with_a_loss_scale() -> None:
    for inner in (optimizers.Adam(0.5), optimizers.legacy.Adam(0.5)):
        made: Any = mixed_precision.LossScaleOptimizer(inner, initial_scale=8)
        config = optimizers.serialize(made)
        assert config["module"] == "keras.src.mixed_precision.loss_scale_optimizer"
        assert config["registered_name"] == config["class_name"] == type(made).__name__
        again = optimizers.deserialize(copy.deepcopy(config))
        assert type(serialization_lib.deserialize_keras_object(config)) is type(made)
        assert type(again) is type(made)
        assert again.get_config() == made.get_config()
        assert again.inner_optimizer.learning_rate.numpy() == 0.5


def test_hyperparameters_are_set_through_an_optimizer_with_a_loss_scale() -> None:
    inner = optimizers.legacy.SGD(0.5, momentum=0.25, clipnorm=1.0)
    made: Any = mixed_precision.LossScaleOptimizer(inner)
    made.lr, made.momentum, made.clipvalue, made.extra = 0.125, 0.75, 2.0, "x"
    assert (made.lr.numpy(), inner.learning_rate.numpy(), inner.momentum.numpy()) == (
        0.125,
        0.125,
        0.75,
    )
    assert (made.clipnorm, inner.clipvalue, made.extra) == (1.0, 2.0, "x")
    assert {"momentum", "lr", "loss_scale"} <= set(dir(made))
    with pytest.raises(AttributeError, match="rho"):
        _ = made.rho


def test_an_instance_of_a_schedule_is_recreated_from_its_config() -> None:
    for made in (
        schedules.PolynomialDecay(0.5, 3, cycle=True),
        schedules.CosineDecay(0.5, 3, warmup_target=1.0, warmup_steps=2),
        schedules.CosineDecayRestarts(0.5, 3, t_mul=1.5, m_mul=0.5, alpha=0.25),
    ):
        config = schedules.serialize(made)
        assert schedules.deserialize(config).get_config() == made.get_config()


def test_a_step_of_an_optimizer_runs_inside_a_recorder() -> None:
    recorder, v = Recorder(), tf.Variable([1.0, 2.0])
    with recording(recorder):
        optimizers.SGD(0.5).minimize(lambda: tf.reduce_sum(v * v), [v])
    [minimize] = recorder.steps()
    points = {step.point for step in minimize.children[0].children}
    assert {"tf.math.multiply", "tf.math.reduce_sum"} <= points
    assert v.numpy().tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [
        ("SGD", {"nope": 1}, TypeError),
        ("SGD", {"clipnorm": -1}, ValueError),
        ("SGD", {"momentum": 3}, ValueError),
        ("Adam", {"clipnorm": 1, "global_clipnorm": 1}, ValueError),
        ("Adam", {"clipnorm": 1, "gradient_transformers": [list]}, ValueError),
        ("Adam", {"clipvalue": 1, "gradient_transformers": [list]}, ValueError),
        ("Adagrad", {"initial_accumulator_value": -1}, ValueError),
        ("Nadam", {"learning_rate": schedules.ExponentialDecay(1, 1, 1)}, ValueError),
    ],
)
def test_a_legacy_optimizer_refuses_invalid_arguments(
    name: str, arguments: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        getattr(optimizers.legacy, name)(**arguments)


def test_hyperparameters_of_a_legacy_optimizer_are_read_and_set_as_attributes() -> None:
    optimizer = optimizers.legacy.SGD(0.5, momentum=0.9)
    assert (optimizer.learning_rate, optimizer.lr, optimizer.momentum) == (0.5, 0.5, 0.9)
    assert {"lr", "learning_rate", "momentum", "decay", "nesterov"} <= set(dir(optimizer))
    optimizer.lr, optimizer.momentum, optimizer.extra = 0.25, 0.1, "x"
    copied = copy.deepcopy(optimizer)
    assert (copied.learning_rate, copied.momentum, copied.extra) == (0.25, 0.1, "x")
    assert copied.get_config() == optimizer.get_config()
    with pytest.raises(AttributeError, match="'SGD' object has no attribute 'rho'"):
        _ = optimizer.rho


def test_all_legacy_optimizers_but_ftrl_read_lr() -> None:
    with pytest.warns(UserWarning, match="learning_rate"):
        assert optimizers.legacy.SGD(lr=0.3).get_config()["learning_rate"] == 0.3
    with pytest.warns(UserWarning, match="learning_rate"):
        assert optimizers.legacy.Ftrl(lr=0.3).get_config()["learning_rate"] == 0.001
    assert optimizers.legacy.Nadam(decay=0.1).get_config()["decay"] == 0.004


def test_serialize_names_the_module_that_keras_names() -> None:
    assert optimizers.serialize(optimizers.SGD())["module"] == "keras.optimizers.experimental"
    assert optimizers.serialize(optimizers.Adam())["module"] == "keras.optimizers"
    assert optimizers.serialize(optimizers.legacy.SGD())["module"] == "keras.optimizers.legacy"
    legacy = optimizers.serialize(optimizers.SGD(), use_legacy_format=True)
    assert legacy["class_name"] == "Custom>SGD"
    assert type(optimizers.get(legacy)) is optimizers.SGD
    assert optimizers.serialize(None) is None
