"""Rooms are loaded when they are asked for, and nobody can tell."""

import importlib
import subprocess
import sys

import pytest

import densetrace
from densetrace import keras
from densetrace.data.names import REGISTRIES, results
from tests.cli.running import environment


def in_a_process_of_its_own(code: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment({}),
        check=False, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_every_public_name_can_be_had_and_no_other() -> None:
    for package in (densetrace, keras):
        assert all(getattr(package, name) is not None for name in package.__all__)
        with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
            getattr(package, "nothing")  # noqa: B009 - a type checker knows that it is not there


def test_trace_is_the_function_whatever_is_loaded_before_or_after() -> None:
    code = """
import densetrace.data.trace
import densetrace
from densetrace import trace
import importlib
module = importlib.import_module("densetrace.data.trace")
assert trace is densetrace.trace is densetrace.api.trace and trace is not module
with trace() as t:
    densetrace.Dense(2)
assert isinstance(t, module.Trace)
"""
    in_a_process_of_its_own(code)


@pytest.mark.parametrize("room", sorted(keras.__all__))
def test_each_room_can_be_the_first_that_is_loaded(room: str) -> None:
    in_a_process_of_its_own(f"from densetrace.keras import {room}")


def test_a_config_reaches_rooms_that_are_not_loaded_yet() -> None:
    code = """
import sys
from densetrace import keras
given = keras.saving.deserialize_keras_object
rooms = [f"densetrace.keras.{room}" for room in ("losses", "metrics", "optimizers")]
keras.layers
assert not set(rooms) & set(sys.modules)
for config in (
    {"module": "keras.losses", "class_name": "Huber", "config": {"delta": 2.0}},
    {"module": "keras.metrics", "class_name": "Mean", "config": {"name": "m"}},
    {"module": "keras.optimizers", "class_name": "SGD", "config": {}},
    {"module": "keras.optimizers.schedules", "class_name": "ExponentialDecay",
     "config": {"initial_learning_rate": 1.0, "decay_steps": 1, "decay_rate": 1.0}},
    {"module": "builtins", "class_name": "function", "config": "mean_squared_error"},
):
    found = given({"registered_name": None, **config})
    print(getattr(found, "__name__", type(found).__name__))
"""
    told = in_a_process_of_its_own(code).split()
    assert told == ["Huber", "Mean", "SGD", "ExponentialDecay", "mean_squared_error"]


def test_compile_records_the_same_steps_when_it_has_to_load_its_rooms() -> None:
    code = """
import densetrace, sys
from densetrace import keras
if {warm}:
    keras.hook_points()
with densetrace.trace() as t:
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
for step in t.walk():
    print(step.kind, step.point, step.inputs, step.result)
"""
    cold, warm = (in_a_process_of_its_own(code.replace("{warm}", one)) for one in ("0", "1"))
    assert "keras.optimizers.get" in cold
    assert cold == warm


@pytest.mark.parametrize("room", REGISTRIES)
def test_what_a_lookup_is_said_to_give_is_what_it_gives(room: str) -> None:
    there = importlib.import_module(f"densetrace.keras.{room}").names()
    assert {name: found.__name__ for name, found in there.items()} == results(room)
