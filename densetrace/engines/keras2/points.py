"""The hook points of an installed Keras 2; `raw_operations` adds what TensorFlow runs in them.

Every point is named as in our stack; a Keras that lacks one is refused with its name.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from types import FunctionType, ModuleType
from typing import Any, Final

from densetrace.data.names import REGISTRIES, results
from densetrace.data.operations import CALL, COMPOSED, ON_EVERY_ENGINE, TRACING
from densetrace.engines.exchange import Exchange, OutsideHook, caller_of_alias
from densetrace.engines.families import (
    find,
    hook_family,
    point_in,
    reach,
    spread,
    subclasses_hooked,
    undecorated,
)
from densetrace.engines.keras2 import training_points
from densetrace.engines.keras2.autograph import converted_calls_hooked
from densetrace.engines.keras2.raw_operations import (
    CallHook,
    ComposedHook,
    TracingHook,
    asking_frame,
)
from densetrace.recording.hooks import Hook
from densetrace.system.errors import RequestError

FUNCTIONS: Final = {
    "name": ("keras.backend.unique_object_name",),
    "reset_names": ("keras.backend.reset_uids", "keras.backend.clear_session"),
    "check": ("keras.engine.input_spec.assert_input_compatibility",),
    "deserialize": (
        "keras.saving.serialization_lib.deserialize_keras_object",
        "keras.saving.legacy.serialization.deserialize_keras_object",
    ),
    "get": tuple(f"keras.{registry}.get" for registry in sorted(REGISTRIES)),
    "activation": tuple(
        f"keras.activations.{name}" for name in sorted({*results("activations").values()})
        if name.islower()  # the others are layers
    ),
    "op": ON_EVERY_ENGINE,
}  # fmt: skip
"""Kind -> the points that are functions."""

METHODS: Final = {
    "new": ("keras.engine.base_layer.Layer.__new__",),
    "init": (
        "keras.engine.base_layer.Layer.__init__",
        "keras.layers.rnn.dropout_rnn_cell_mixin.DropoutRNNCellMixin.__init__",
    ),
    "assign": ("keras.engine.base_layer.Layer.__setattr__",),
    "add_weight": ("keras.engine.base_layer.Layer.add_weight",),
    "read": (
        *(
            f"keras.engine.base_layer.Layer.{name}"
            for name in ("losses", "non_trainable_weights", "trainable_weights", "weights")
        ),
        *(
            f"keras.engine.training.Model.{name}"
            for name in ("non_trainable_weights", "trainable_weights", "weights")
        ),
    ),
    "invoke": ("keras.engine.base_layer.Layer.__call__",),
    "compile": ("keras.engine.training.Model.compile",),
    "add": ("keras.engine.sequential.Sequential.add",),
    "pop": ("keras.engine.sequential.Sequential.pop",),
    "graph": ("keras.engine.functional.Functional._init_graph_network",),
    "make_function": training_points.MAKERS,
    **training_points.METHODS,
}
"""Kind -> the points that are methods of one class."""

FAMILIES: Final = {
    "keras.engine.base_layer.Layer": {"__init__": "init", "build": "build", "call": "call"},
    "keras.initializers.initializers.Initializer": {"__call__": "initialize"},
    "keras.regularizers.Regularizer": {"__call__": "regularize"},
    "keras.constraints.Constraint": {"__call__": "constrain"},
    **training_points.FAMILIES,
}
"""Base class -> the methods that are points in each class that derives from it, and their kinds."""

LAYOUT: Final = "keras.dtensor.utils.allow_initializer_layout"

_ALSO: Final = {"keras.activations.log_softmax": "tensorflow.python.ops.nn_ops.log_softmax"}
"""Points with a second function: a string finds TensorFlow 1's version of this activation."""

_OF_TENSORFLOW: Final[dict[type[Hook], dict[str, str]]] = {
    ComposedHook: {point: point for point in COMPOSED},
    TracingHook: {TRACING: "tensorflow.python.framework.func_graph.func_graph_from_py_func"},
    CallHook: {
        CALL: "tensorflow.python.eager.polymorphic_function.atomic_function.make_call_op_in_graph"
    },
}
"""Points that our stack lacks: hook -> point -> the function."""

_DEFAULTS: Final = {"keras.engine.base_layer.Layer.build", *training_points.DEFAULTS}
"""Methods that Keras runs for every layer, also after those that override them: no steps."""


@dataclass(frozen=True, slots=True)
class Library:
    """An installed Keras: the package that holds its code (`keras.src`), and its TensorFlow."""

    root: str
    tensorflow: ModuleType

    def find(self, point: str) -> Any:
        """The function or class that a point is about, or None."""
        first, _, rest = point.partition(".")
        if first == "tf":
            return reach(self.tensorflow, rest)
        package = self.root if first == "keras" else first
        return find(f"{package}.{rest}")

    def points(self) -> dict[tuple[str, str], Any]:
        """The function at every point that this Keras must have, by kind and point.

        Raises:
            RequestError: naming the points that it lacks.
        """
        named = [
            (kind, point)
            for table in (FUNCTIONS, METHODS)
            for kind, points in table.items()
            for point in points
        ]
        found = {(kind, point): self.find(point) for kind, point in named}
        lacking = [point for (_, point), item in found.items() if type(item) is not FunctionType]
        lacking += [name for name in FAMILIES if not isinstance(self.find(name), type)]
        if lacking:
            raise RequestError(
                f"This Keras cannot be traced: it lacks the hook points {', '.join(lacking)}.",
                "densetrace traces Keras 2.13 to 2.15 and tf_keras.",
            )
        return found


@contextmanager
def hooked(library: Library) -> Iterator[Exchange]:
    """Hook every point of an installed Keras within a `with` block.

    Raises:
        RequestError: when this Keras lacks points; none is hooked then.
    """
    points = library.points()
    with ExitStack() as undoing:
        exchange = Exchange()
        undoing.callback(exchange.undo)
        undoing.enter_context(converted_calls_hooked(exchange, library.tensorflow))
        for (kind, point), function in points.items():
            _hook(exchange, kind, point, undecorated(function) if kind in METHODS else function)
        for made, points_of in _OF_TENSORFLOW.items():
            for point, name in points_of.items():
                found = library.find(name)
                if type(found) is FunctionType:  # older versions lack some
                    _hook_operation(exchange, made, point, found)
        for point, name in _ALSO.items():
            also = library.find(name)
            if type(also) is FunctionType:
                _hook(exchange, "activation", point, also)
        for (kind, point), name in training_points.ELSEWHERE.items():
            found = library.find(name)
            if type(found) is FunctionType:
                _hook(exchange, kind, point, found)
        for name, kinds in FAMILIES.items():
            base = library.find(name)
            hook_class = partial(_hook_class, exchange, kinds)
            hook_family(base, hook_class)
            undoing.enter_context(subclasses_hooked(base, hook_class))
        yield exchange


def _hook(exchange: Exchange, kind: str, point: str, function: FunctionType) -> None:
    made = Hook
    if kind == "make_function":
        exchange.hook(function, lambda plain: training_points.maker_hook(exchange, point, plain))
        return
    if kind == "op":  # the line of `a @ b` is that of Keras or of the user
        _hook_operation(exchange, OutsideHook, point, function)
        return
    if kind == "activation":
        made = OutsideHook
    if kind == "read":
        exchange.hook(function, lambda plain: made(kind, point, plain, None), caller_of_alias)
        return
    exchange.hook(function, lambda plain: made(kind, point, plain, spread(plain)))


def _hook_operation(
    exchange: Exchange, made: type[Hook], point: str, function: FunctionType
) -> None:
    """Hook a function of TensorFlow, whose line is that of Keras or of the user.

    TensorFlow wraps some functions once more, for weak types. Keras calls those inside.
    """
    if function.__code__.co_filename.endswith("weak_tensor_ops.py"):
        function = vars(function)["__wrapped__"]
    exchange.hook(function, lambda plain: made("op", point, plain, spread(plain)), asking_frame)


def _hook_class(exchange: Exchange, kinds: Mapping[str, str], cls: type) -> None:
    """Hook the methods that `cls` itself defines."""
    for name, kind in kinds.items():
        method = vars(cls).get(name)
        if type(method) is not FunctionType:
            continue
        point = point_in(cls, name, method)
        if point in _DEFAULTS:
            continue
        if "allow_initializer_layout" in method.__code__.co_qualname:
            exchange.hook(method, lambda plain: Hook("layout", LAYOUT, plain, "kwargs"))
        _hook(exchange, kind, point, undecorated(method))
