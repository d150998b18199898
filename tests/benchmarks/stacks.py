"""The mirrored stack twice in one process: as it is, and with its hooks taken out."""

import functools
import importlib
import sys
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any, Final

import numpy as np

import densetrace
from densetrace.engines.exchange import _with_signature
from densetrace.keras.layers import Dense
from densetrace.system.real_home import defining_module

Action = Callable[[], object]

BATCH: Final = np.ones((2, 3), "float32")
"""What the layer is called on: f32[2,3]."""

PACKAGE: Final = "densetrace"


def life(dense: Callable[..., Any] = Dense) -> Action:
    """Construct, build and call one `Dense(64, 'relu')`: the work that most figures are of."""

    def work() -> None:
        dense(64, "relu")(BATCH)

    return work


def steps_of_a_life() -> int:
    """How many steps W has."""
    return len(_points())


def points_of_a_life() -> set[str]:
    """The functions whose calls are W's steps, by their own names."""
    return {point.rpartition(".")[2] for point in _points()}


def _points() -> list[str]:
    with densetrace.trace() as trace:
        life()()
    return [step.point for step in trace.walk()]


@functools.cache
def without_hooks() -> ModuleType:
    """`densetrace.keras.layers` loaded a second time, where `@traced` leaves functions as they are.

    Raises:
        RuntimeError: when a hook was left in it, or a life in it still makes a step.
    """
    ours = _taken_out()
    try:
        hooks: Any = importlib.import_module(f"{PACKAGE}.recording.hooks")
        hooks.traced = _left_as_it_is
        layers = importlib.import_module(f"{PACKAGE}.keras.layers")
        life(layers.Dense)()  # what is imported when it is first used belongs to this stack too
    finally:
        modules = _taken_out()
        sys.modules.update(ours)
    left = [name for name, function in _functions(modules) if _is_hooked(function)]
    with densetrace.trace() as trace:
        life(layers.Dense)()
    if left or trace.steps or layers.Dense is Dense:
        raise RuntimeError(f"hooks are left in the stack without hooks: {left or trace.steps}")
    return layers


def _left_as_it_is(
    kind: str,
    *,
    point: str | None = None,
    runner: Callable[..., Any] | None = None,
    caller: object = None,
) -> Callable[[FunctionType], Callable[..., Any]]:
    """As `hooks.traced`, without a hook: an operation's function only calls its runner."""
    return lambda function: function if runner is None else _with_signature(runner, function)


def _taken_out() -> dict[str, ModuleType]:
    """The package's modules, taken out of `sys.modules`: the next import loads them anew."""
    names = [name for name in sys.modules if name.partition(".")[0] == PACKAGE]
    return {name: sys.modules.pop(name) for name in names}


def _functions(modules: dict[str, ModuleType]) -> Iterator[tuple[str, object]]:
    """Everything that stands in modules of the stack and in their classes, by its full name."""
    for name, module in modules.items():
        if name.startswith((f"{PACKAGE}.keras", f"{PACKAGE}.tensorflow")):
            for key, value in vars(module).items():
                yield f"{name}.{key}", value
                if isinstance(value, type) and defining_module(value).startswith(PACKAGE):
                    for attribute, member in vars(value).items():
                        yield f"{name}.{key}.{attribute}", member


def _is_hooked(value: object) -> bool:
    function = getattr(value, "__func__", value)  # a static or class method's own function
    return isinstance(function, FunctionType) and hasattr(function, "__densetrace_hook__")
