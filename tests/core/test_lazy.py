"""Modules of the mirror are imported on first access, which changes no result."""

import subprocess
import sys

import pytest

import densetrace
from densetrace import keras
from densetrace.data.names import REGISTRIES, results
from densetrace.keras._registries import found
from tests.cli.running import environment


def in_another_process(code: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment({}),
        check=False, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_every_public_name_is_an_attribute_and_no_other() -> None:
    for package in (densetrace, keras):
        assert all(getattr(package, name) is not None for name in package.__all__)
        with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
            getattr(package, "nothing")  # noqa: B009 - a type checker knows that it is not there


def test_trace_is_the_function_in_any_order_of_imports() -> None:
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
    in_another_process(code)


@pytest.mark.parametrize("module", sorted(keras.__all__))
def test_each_module_can_be_imported_first(module: str) -> None:
    in_another_process(f"from densetrace.keras import {module}")


def test_a_config_imports_the_module_that_it_needs() -> None:
    code = """
import sys
from densetrace import keras
deserialize = keras.saving.deserialize_keras_object
modules = [f"densetrace.keras.{name}" for name in ("losses", "metrics", "optimizers")]
keras.layers
assert not set(modules) & set(sys.modules)
for config in (
    {"module": "keras.losses", "class_name": "Huber", "config": {"delta": 2.0}},
    {"module": "keras.metrics", "class_name": "Mean", "config": {"name": "m"}},
    {"module": "keras.optimizers", "class_name": "SGD", "config": {}},
    {"module": "keras.optimizers.schedules", "class_name": "ExponentialDecay",
     "config": {"initial_learning_rate": 1.0, "decay_steps": 1, "decay_rate": 1.0}},
    {"module": "builtins", "class_name": "function", "config": "mean_squared_error"},
):
    found = deserialize({"registered_name": None, **config})
    print(getattr(found, "__name__", type(found).__name__))
"""
    printed = in_another_process(code).split()
    assert printed == ["Huber", "Mean", "SGD", "ExponentialDecay", "mean_squared_error"]


def test_compile_records_the_same_steps_when_it_imports_modules() -> None:
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
    cold, warm = (in_another_process(code.replace("{warm}", one)) for one in ("0", "1"))
    assert "keras.optimizers.get" in cold
    assert cold == warm


@pytest.mark.parametrize("registry", REGISTRIES)
def test_the_table_of_names_has_the_results_of_each_lookup(registry: str) -> None:
    objects = {name: value.__name__ for name, value in found(registry).items()}
    assert objects == results(registry)
