"""The hook points of Keras 3, under names that are the same on every backend.

A point is named by the module of Keras that defines it, without `src`. The methods of a backend's
own trainer are named by the class that they belong to: `keras.trainers.trainer.Trainer.fit`.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from types import FunctionType, ModuleType
from typing import Any, Final

from densetrace.data.names import REGISTRIES
from densetrace.engines.exchange import Exchange, OutsideHook, caller_of
from densetrace.engines.families import (
    find,
    hook_family,
    point_in,
    spread,
    subclasses_hooked,
    undecorated,
)
from densetrace.recording import observers
from densetrace.recording.hooks import Hook
from densetrace.recording.introspect import mro
from densetrace.recording.keras3_observers import ENTER, LEAVE
from densetrace.recording.observing import UPDATES
from densetrace.system.errors import RequestError
from densetrace.system.real_home import defining_module

_LAYER: Final = "keras.layers.layer.Layer"
_TRAINER: Final = "keras.trainers.trainer.Trainer"
_OPTIMIZER: Final = "keras.optimizers.base_optimizer.BaseOptimizer"
_COMPILE: Final = "keras.trainers.compile_utils"
_LIST: Final = "keras.callbacks.callback_list.CallbackList.on_"
_CALLBACK: Final = "keras.callbacks.callback.Callback"

_SPANS: Final = ("epoch", "train_batch", "test_batch", "predict_batch", "train", "test", "predict")

FUNCTIONS: Final = {
    "name": ("keras.utils.naming.auto_name",),
    "path": ("keras.backend.common.name_scope.current_path",),
    "check": ("keras.layers.input_spec.assert_input_compatibility",),
    "deserialize": ("keras.saving.serialization_lib.deserialize_keras_object",),
    "get": (*(f"keras.{name}.get" for name in sorted(REGISTRIES)), "keras.dtype_policies.get"),
    "loss_resolve": (f"{_COMPILE}.get_loss",),
    "metric_resolve": (f"{_COMPILE}.get_metric",),
}
"""Kind -> the points that are functions."""

METHODS: Final = {
    "new": ("keras.ops.operation.Operation.__new__",),
    "assign": (f"{_LAYER}.__setattr__",),
    "add_weight": (f"{_LAYER}.add_weight",),
    "lock": (f"{_LAYER}._lock_state",),
    "invoke": (f"{_LAYER}.__call__",),
    "track": ("keras.utils.tracking.Tracker.add_to_store",),
    "variable": ("keras.backend.common.variables.Variable.__init__",),
    "node": ("keras.ops.node.Node.__init__",),
    "compile": (f"{_TRAINER}.compile",),
    "add": ("keras.models.sequential.Sequential.add",),
    "pop": ("keras.models.sequential.Sequential.pop",),
    "metrics_result": (f"{_TRAINER}.get_metrics_result",),
    "reset_metrics": (f"{_TRAINER}.reset_metrics",),
    "data_handler": ("keras.trainers.epoch_iterator.EpochIterator.__init__",),
    "losses_call": (f"{_COMPILE}.CompileLoss.__call__",),
    "losses_build": (f"{_COMPILE}.CompileLoss.build",),
    "metrics_update": (f"{_COMPILE}.CompileMetrics.update_state",),
    "metrics_build": (f"{_COMPILE}.CompileMetrics.build",),
    "loss": ("keras.losses.loss.Loss.__call__",),
    "apply_gradients": (f"{_OPTIMIZER}.apply_gradients", f"{_OPTIMIZER}.apply"),
    "slot": (f"{_OPTIMIZER}.add_variable", f"{_OPTIMIZER}.add_variable_from_reference"),
    "clip": (f"{_OPTIMIZER}._clip_gradients",),
    "average": (f"{_OPTIMIZER}._update_model_variables_moving_average",),
    "finalize": (f"{_OPTIMIZER}.finalize_variable_values",),
    "callback": tuple(f"{_LIST}{span}_{end}" for span in _SPANS for end in ("begin", "end")),
}
"""Kind -> the points that are methods of one class."""

OF_BACKEND: Final = {
    "fit": ("fit",),
    "evaluate": ("evaluate",),
    "predict": ("predict",),
    "on_batch": ("train_on_batch", "test_on_batch", "predict_on_batch"),
    "make_function": ("make_train_function", "make_test_function", "make_predict_function"),
}
"""Kind -> the methods that each backend's trainer defines; their points are in `Trainer`."""

FAMILIES: Final = {
    _LAYER: {"__init__": "init", "build": "build", "call": "call", "compute_output_spec": "spec"},
    "keras.initializers.initializer.Initializer": {"__call__": "initialize"},
    "keras.regularizers.regularizers.Regularizer": {"__call__": "regularize"},
    "keras.constraints.constraints.Constraint": {"__call__": "constrain"},
    _TRAINER: {
        "train_step": "train_step",
        "test_step": "train_step",
        "predict_step": "train_step",
        "compute_loss": "compute_loss",
        "compute_metrics": "compute_metrics",
    },
    "keras.losses.loss.Loss": {"call": "loss_call"},
    "keras.metrics.metric.Metric": {
        "update_state": "update_state",
        "result": "metric_result",
        "reset_state": "reset_state",
    },
    _OPTIMIZER: {
        "build": "optimizer_build",
        "update_step": "update",
        UPDATES: "apply_gradients",
        "_apply_weight_decay": "weight_decay",
    },
    "keras.optimizers.schedules.learning_rate_schedule.LearningRateSchedule": {
        "__call__": "schedule"
    },
    _CALLBACK: {
        f"on_{span}_{end}": "callback" for span in ("batch", *_SPANS) for end in ("begin", "end")
    },
}
"""Base class -> the methods that are points in each class that derives from it, and their kinds."""

PUBLIC: Final = {
    "activation": ("keras.activations",),
    "op": ("keras.ops", "keras.random"),
}
"""Kind -> the public modules of which every function is a point, named by the module of Keras that
defines it."""

OF_BACKENDS_RANDOM: Final = (
    "beta", "binomial", "categorical", "dropout", "gamma", "normal", "randint", "shuffle",
    "truncated_normal", "uniform",
)  # fmt: skip
"""The random functions that layers and initializers call on the backend itself."""

_NO_COMPUTATION: Final = ("get", "serialize", "deserialize", "is_tensor", "dtype", "device")
"""Public functions that compute nothing."""

OF_TENSORFLOW: Final = {
    ("train_function", f"{_TRAINER}.make_train_function"): (
        "tensorflow.python.eager.polymorphic_function.polymorphic_function.Function.__call__"
    ),
    ("gradient", "tf.GradientTape.gradient"): (
        "tensorflow.python.eager.backprop.GradientTape.gradient"
    ),
    ("backward", "tf.GradientTape._gradient_function"): (
        "tensorflow.python.eager.backprop._gradient_function"
    ),
}
"""Kind and point -> the function of TensorFlow, where it is the backend."""

REQUIRED: Final = ("new", "assign", "add_weight", "invoke", "get", "check", "variable", "track")
"""The kinds without which there would be nothing to see: a Keras 3 that lacks one is refused."""

_DEFAULTS: Final = frozenset(
    (f"{_LAYER}.build", f"{_LAYER}.call", *(f"{_CALLBACK}.{name}" for name in FAMILIES[_CALLBACK]))
)
"""Methods that do nothing until a class overrides them: no steps."""

_NO_FAMILY: Final = ("keras.trainers.compile_utils.CompileLoss.call",)
"""Methods of a family that only run the step of another point."""


def points() -> list[tuple[str, str]]:
    """Every named point, by kind; a family by its base class, a module by its name and `*`. Without
    that of PyTorch, which leads to steps at `update_step`."""
    named = [
        (kind, point)
        for table in (FUNCTIONS, METHODS)
        for kind, points in table.items()
        for point in points
    ]
    named += [(kind, f"{_TRAINER}.{name}") for kind, names in OF_BACKEND.items() for name in names]
    named += [
        (kind, f"{base}.{name}")
        for base, kinds in FAMILIES.items()
        for name, kind in kinds.items()
        if f"{base}.{name}" not in _DEFAULTS and name != UPDATES
    ]
    named += [(kind, f"{module}.*") for kind, modules in PUBLIC.items() for module in modules]
    return [*named, *OF_TENSORFLOW]


class Keras3Hook(Hook):
    """A hook point of Keras 3: its own observer where it has other arguments than in Keras 2."""

    __slots__ = ()

    def enter(self, arguments: dict[str, Any]) -> tuple[object, dict[str, object]] | None:
        """The object the step is about, and the inputs; None when this call makes no step."""
        observer = ENTER.get(self.kind) or observers.ENTER[self.kind]
        return observer(self, arguments)

    def leave(self, arguments: dict[str, Any], result: object) -> dict[str, object]:
        """The facts of the step; `result` is ABSENT when the function raised."""
        observer = LEAVE.get(self.kind) or observers.LEAVE.get(self.kind)
        return observer(self, arguments, result) if observer else {}


class FromOutside(OutsideHook):
    """The hook of a function of `keras.ops`, which Keras's own operations also call."""

    __slots__ = ()

    INSIDE = ("tensorflow", "keras.src.ops", "keras.src.backend", "keras.src.random")


class PathHook(Keras3Hook):
    """The hook of `current_path`. Keras also asks for the path to open a scope; it is a step where
    a layer or a variable takes it as its own."""

    __slots__ = ()

    def enter(self, arguments: dict[str, Any]) -> tuple[object, dict[str, object]] | None:
        """No inputs; None where the path is not kept."""
        asking = caller_of(sys._getframe(1)).f_code
        keeps = asking.co_name in ("build_wrapper", "__init__")
        return Keras3Hook.enter(self, arguments) if keeps else None


class MakerHook(Keras3Hook):
    """The hook of `make_train_function`. The function that it makes is hooked when Python runs it;
    the calls of a `tf.function` are hooked in TensorFlow."""

    exchange: Exchange

    def leave(self, arguments: dict[str, Any], result: object) -> dict[str, object]:
        """The facts of the step."""
        facts = Keras3Hook.leave(self, arguments, result)
        name = self.point.rpartition(".make_")[2]
        made: Any = getattr(arguments["self"], name, None)
        is_new = type(made) is FunctionType and self.exchange.find(made) is None
        if facts.get("mode") == "eager" and is_new:
            made.__densetrace_name__ = name
            point = f"{_TRAINER}.make_{name}"
            self.exchange.hook(made, lambda plain: Keras3Hook("train_function", point, plain, None))
        return facts


@dataclass(frozen=True, slots=True)
class Library:
    """An installed Keras 3. `tensorflow` is its backend's library, or None for another backend."""

    tensorflow: ModuleType | None

    def find(self, point: str) -> Any:
        """The function or class that a point is about, or None."""
        first, _, rest = point.partition(".")
        return find(f"keras.src.{rest}" if first == "keras" else point)

    def named(self) -> dict[tuple[str, str], FunctionType]:
        """The function at every named point that this Keras has, by kind and point.

        Raises:
            RequestError: naming the points without which nothing can be traced.
        """
        found: dict[tuple[str, str], FunctionType] = {}
        lacking = []
        for table in (FUNCTIONS, METHODS):
            for kind, points in table.items():
                for point in points:
                    function = self.find(point)
                    if type(function) is FunctionType:
                        found[kind, point] = undecorated(function)
                    elif kind in REQUIRED:
                        lacking.append(point)
        if not isinstance(self.find(_LAYER), type):
            lacking.append(_LAYER)
        if lacking:
            raise RequestError(
                f"This Keras cannot be traced: it lacks the hook points {', '.join(lacking)}.",
                "densetrace traces Keras 3 as pip installs it today.",
            )
        return found

    def of_backend(self) -> Iterator[tuple[str, str, FunctionType]]:
        """The methods of the trainer of this backend: kind, point, function."""
        model = self.find("keras.models.model.Model")
        for kind, names in OF_BACKEND.items():
            for name in names:
                held = (vars(cls).get(name) for cls in mro(model))
                method = next((one for one in held if type(one) is FunctionType), None)
                if method is not None:
                    yield kind, f"{_TRAINER}.{name}", undecorated(method)

    def public(self) -> Iterator[tuple[str, str, FunctionType]]:
        """The public functions that are points: kind, point, function."""
        for kind, modules in PUBLIC.items():
            for module in modules:
                for name, function in vars(find(module)).items():
                    if type(function) is not FunctionType or name in _NO_COMPUTATION:
                        continue
                    home = function.__module__.replace("keras.src.", "keras.", 1)
                    if home.startswith("keras."):
                        yield kind, f"{home}.{function.__name__}", function
        random = find("keras.src.backend.random")
        for name in OF_BACKENDS_RANDOM:
            function = getattr(random, name, None)
            if type(function) is FunctionType:
                yield "op", f"keras.random.{name}", function


@contextmanager
def hooked(library: Library) -> Iterator[Exchange]:
    """Hook every point of an installed Keras 3 within a `with` block.

    Raises:
        RequestError: when this Keras lacks what must be there; nothing is hooked then.
    """
    named = library.named()
    with ExitStack() as undoing:
        exchange = Exchange()
        undoing.callback(exchange.undo)
        for (kind, point), function in named.items():
            _hook(exchange, kind, point, function)
        for kind, point, function in (*library.of_backend(), *library.public()):
            _hook(exchange, kind, point, function)
        if library.tensorflow is not None:
            for (kind, point), name in OF_TENSORFLOW.items():
                function = find(name)
                if type(function) is FunctionType:
                    _hook(exchange, kind, point, function)
        for base, kinds in FAMILIES.items():
            found = library.find(base)
            if not isinstance(found, type):
                continue
            hook_class = partial(_hook_class, exchange, base, kinds)
            hook_family(found, hook_class)
            undoing.enter_context(subclasses_hooked(found, hook_class))
        yield exchange


def _hook(exchange: Exchange, kind: str, point: str, function: FunctionType) -> None:
    exchange.hook(function, lambda plain: _made(exchange, kind, point, plain))


def _made(exchange: Exchange, kind: str, point: str, plain: FunctionType) -> Hook:
    if kind == "path":
        return PathHook(kind, point, plain, None)
    if kind in ("op", "activation"):
        return FromOutside(kind, point, plain, spread(plain))
    if kind == "make_function":
        hook = MakerHook(kind, point, plain, None)
        object.__setattr__(hook, "exchange", exchange)
        return hook
    return Keras3Hook(kind, point, plain, spread(plain))


def _hook_class(exchange: Exchange, base: str, kinds: Mapping[str, str], cls: type) -> None:
    """Hook the methods that `cls` itself defines."""
    for name, kind in kinds.items():
        method = vars(cls).get(name)
        if type(method) is not FunctionType:
            continue
        point = point_in(cls, name, undecorated(method))
        if point in _DEFAULTS or point in _NO_FAMILY:
            continue
        if name == UPDATES and ".backend.torch." not in defining_module(cls):
            continue  # it calls update_step for each variable
        if point.startswith("keras.backend."):  # the backend's part of a class of Keras
            point = f"{base}.{name}"
        _hook(exchange, kind, point, undecorated(method))
