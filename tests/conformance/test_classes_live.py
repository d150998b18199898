"""The classes of the mirrored stack compared with a real Keras: signatures, configs, errors, steps.

Optimizers, schedules, losses, metrics, initializers, regularizers, constraints and layers. Skipped
where no real Keras is installed.
"""

import inspect
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import densetrace
from densetrace import keras as our_keras
from densetrace.data.steps import Step
from densetrace.engines import Engine
from densetrace.system.real_home import defining_module
from tests.conformance.reference import on_both_stacks, plain

pytestmark = [
    pytest.mark.keras,
    # Ignore the warnings of Keras, but not densetrace's warning that recording stopped.
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.filterwarnings("error:densetrace"),
]

MODULES = (
    "optimizers", "optimizers.legacy", "optimizers.schedules", "losses", "metrics",
    "initializers", "regularizers", "constraints", "layers",
)  # fmt: skip


def member(holder: Any, dotted: str) -> Any:
    for name in dotted.split("."):
        holder = getattr(holder, name)
    return holder


def classes() -> Iterator[str]:
    """Yield each public class of the modules, such as `metrics.AUC`, without aliases."""
    for module in MODULES:
        for name, found in sorted(vars(member(our_keras, module)).items()):
            public = not name.startswith("_") and getattr(found, "__name__", None) == name
            if (
                public
                and isinstance(found, type)
                and defining_module(found).startswith(our_keras.__name__)
            ):
                yield f"{module}.{name}"
    yield "optimizers.legacy.Optimizer"


# Classes without a public name in Keras, or with one in another module.
NOT_PUBLIC = {
    "losses.LossFunctionWrapper", "losses.ReductionV2", "optimizers.legacy.OptimizerV2",
    "metrics.Reduce", "metrics.SensitivitySpecificityBase", "metrics.SumOverBatchSize",
    "metrics.SumOverBatchSizeMetricWrapper",
}  # fmt: skip
CLASSES = [
    name
    for name in classes()
    if name not in NOT_PUBLIC
    and not defining_module(member(our_keras, name)).rpartition(".")[2].startswith("_")
]

VALUES = [0.5, 1.0]
NEEDED: dict[str, list[tuple[Any, ...]]] = {
    "SensitivityAtSpecificity": [(0.5,), (2,), (0.5, 0), (0.5, 1)],
    "SpecificityAtSensitivity": [(0.5,), (-1,)],
    "PrecisionAtRecall": [(0.5,), (-1,)],
    "RecallAtPrecision": [(0.5,), (1.5,)],
    "IoU": [(2, [0, 1]), (2, [5])],
    "MeanIoU": [(2,)],
    "OneHotIoU": [(2, [0])],
    "OneHotMeanIoU": [(2,)],
    "MeanRelativeError": [(VALUES,)],
    "MeanTensor": [(), ("mean_tensor", None, (2,))],
    "FBetaScore": [(), ("x",), (None, 2), (None, 1.0, 5)],
    "R2Score": [(), ("x",), (None, -1)],
    "AUC": [(), (1,), (3, "XX"), (3, "PR", "majoring"), (3, "ROC", "yy")],
    "TruePositives": [(), ([0.1, 2],), ([0.1, 0.2],)],
    "Precision": [(), (None, 2), (0.3,)],
    "Recall": [(), (None, 2)],
    "ExponentialDecay": [(0.1, 10, 0.5)],
    "InverseTimeDecay": [(0.1, 10, 0.5)],
    "PiecewiseConstantDecay": [([1, 2], [3.0, 2.0, 1.0]), ([1], [3.0])],
    "SGD": [(), (0.1, 2.0), (0.1, -1)],
    "RMSprop": [(), (0.1, 0.9, 2.0)],
    "AdamW": [(), (0.1, None)],
    "Lion": [(), (0.1, 0.0), (0.1, 2)],
    "Ftrl": [(), (0.1, 1.0), (0.1, -0.5, -1), (0.1, -0.5, 0.1, -1), (0.1, -0.5, 0.1, 0.1, -1)],
    "Adagrad": [(), (0.1, -1)],
    "Optimizer": [("mine",)],
    "MaxNorm": [(), (3,)],
    "Dense": [(3,), (-1,)],
    "Loss": [()],
}
"""Class -> positional arguments to try; without an entry, none."""

KEYWORDS: dict[str, list[dict[str, Any]]] = {
    "optimizers": [
        {}, {"foo": 1}, {"decay": 0.1}, {"name": "mine", "clipnorm": 1.0}, {"clipvalue": -1.0},
        {"clipnorm": 1.0, "global_clipnorm": 2.0}, {"use_ema": True, "ema_momentum": 2.0},
        {"use_ema": True, "ema_overwrite_frequency": 0.5}, {"gradient_transformers": []},
        {"lr": 0.3},
    ],
    "losses": [{}, {"foo": 1}, {"name": "mine", "reduction": "sum"}, {"reduction": "most"}],
    "metrics": [{}, {"foo": 1}, {"name": "mine", "dtype": "float64"}],
}  # fmt: skip


CHANGED_LATER = {
    "optimizers.Adam": "its default name is 'adam'",
    "layers.InputLayer": "it has the argument optional",
    "layers.InputSpec": "it has the argument optional",
    "layers.Softmax": "it has the argument robust_masking",
}
"""Classes that differ in later versions of Keras."""


@pytest.fixture(autouse=True)
def as_in_2_14(request: pytest.FixtureRequest, stacks: tuple[Engine, Engine]) -> None:
    """Skip classes that the installed Keras has changed since 2.14."""
    name, version = request.getfixturevalue("name"), stacks[1].version
    if name in CHANGED_LATER and not version.startswith("2.14."):
        pytest.skip(f"Keras {version} has changed {name}: {CHANGED_LATER[name]}")


def parameters(cls: Any) -> list[tuple[str, Any, Any]]:
    """Return the parameters of a constructor: names, kinds and defaults."""
    found = inspect.signature(cls.__init__).parameters.values()
    return [(p.name, p.kind, comparable(p.default)) for p in found]


def comparable(value: Any) -> Any:
    """Return a default or a config with each object replaced by its name."""
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [comparable(item) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, str | int | float | None):
        return value
    return getattr(value, "__name__", type(value).__name__)


@pytest.mark.parametrize("name", CLASSES)
def test_a_constructor_has_the_signature_of_keras(name: str, stacks: tuple[Engine, Engine]) -> None:
    ours, theirs = (member(engine.keras, name) for engine in stacks)
    assert parameters(ours) == parameters(theirs)


def attempts(name: str) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    module, _, own = name.rpartition(".")
    for keywords in KEYWORDS.get(module.partition(".")[0], [{}]):
        for arguments in NEEDED.get(own, [()]):
            yield arguments, keywords


def created(engine: Engine, name: str, arguments: Any, keywords: Any) -> Any:
    """Create an object; return its config or the type of the error, the warnings and the steps."""
    engine.clear_session()
    cls = member(engine.keras, name)
    with warnings.catch_warnings(record=True) as caught, densetrace.trace() as trace:
        warnings.simplefilter("always")
        try:
            result = cls(*arguments, **keywords)
        except Exception as error:
            result = type(error).__name__
    assert "recording_stopped" not in trace.outcome
    config = result
    if not isinstance(result, str):
        try:
            config = list(comparable(result.get_config()).items())
        except NotImplementedError:
            config = "NotImplementedError"
    categories = [warning.category for warning in caught]
    return config, [category for category in categories if category is UserWarning], trace.steps


def steps(found: tuple[Step, ...]) -> list[Any]:
    """Return steps as nested lists, in the form in which both stacks agree."""
    return [
        [step.kind, step.point, step.subject, values(step), steps(step.children)]
        for step in on_both_stacks(found)
        # Keras wraps these methods of each metric; the mirrored stack does not (see DEPARTS).
        if not (step.kind == "assign" and step.inputs["name"] in ("update_state", "result"))
    ]


def values(step: Step) -> Any:
    """Return the inputs of a step, except reductions and functions, which DEPARTS lists."""
    if step.kind not in ("init", "assign"):
        return None
    different = ("reduction", "fn", "value")
    return {key: plain(value) for key, value in step.inputs.items() if key not in different}


@pytest.mark.parametrize("name", CLASSES)
def test_an_object_is_created_as_in_keras(name: str, stacks: tuple[Engine, Engine]) -> None:
    for arguments, keywords in attempts(name):
        ours, theirs = (created(engine, name, arguments, keywords) for engine in stacks)
        assert ours[:2] == theirs[:2], (arguments, keywords)
        assert steps(ours[2]) == steps(theirs[2]), (arguments, keywords)
