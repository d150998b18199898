"""The mirrored stack and a real Keras in one process: the same steps and the same numbers.

Runs the 48 cases of the reference, and valid and invalid expressions generated from a grammar of
Dense and Sequential arguments. Skipped where no real Keras is installed.
"""

import functools
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import densetrace
from densetrace.data.steps import ABSENT, Step
from densetrace.engines import Engine
from densetrace.study.stated_departures import RESULTS
from tests.conformance.reference import CASES, on_both_stacks, plain, scope

pytestmark = [
    pytest.mark.keras,
    # Ignore the warnings of Keras, but not densetrace's warning that recording stopped.
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.filterwarnings("error:densetrace"),
]

TOLERANCE = 1e-6
HALF_PRECISION = 2e-3

X = np.array([[-1.0, -0.5, 0.0], [0.5, 1.0, -1.0]], "float32")


class Run:
    """One expression on one stack: its steps per phase, its object and its error."""

    def __init__(self, engine: Engine, code: str = "") -> None:
        self.steps: dict[str, list[Any]] = {}
        self.error: BaseException | None = None
        self.subject: Any = None
        engine.clear_session()
        # Keras requires a global seed for random weights with a layout.
        engine.set_seed(1)
        self.names = scope(engine.keras)
        exec(code, self.names)

    def phase(self, name: str, action: Callable[[], Any]) -> Any:
        """Run and record one phase, unless an earlier one failed."""
        if self.error is not None:
            return None
        result = None
        with densetrace.trace() as t:
            try:
                result = action()
            except Exception as error:
                self.error = error
        assert "recording_stopped" not in t.outcome
        self.steps[name] = comparable(t.steps)
        return result

    def construct(self, expression: str) -> None:
        self.subject = self.phase("construct", lambda: eval(expression, self.names))

    def build(self, shape: tuple[int | None, ...] | None) -> None:
        self.phase("build", lambda: self.subject.build(shape))

    def call(self, x: Any) -> Any:
        return self.phase("call", lambda: self.subject(x))


def comparable(steps: tuple[Step, ...]) -> list[Any]:
    """Return steps with all fields in which both stacks agree. Operations that only one of them has
    as steps are left out, as `verify` leaves them out; the steps inside them take their place."""
    return [
        {
            "kind": step.kind,
            "point": step.point,
            "subject": step.subject,
            "inputs": inputs(step),
            "facts": found(step),
            "result": None if step.result is ABSENT else rounded(plain(step.result)),
            "error": step.error.type if step.error else None,
            "children": comparable(step.children),
        }
        for step in on_both_stacks(steps)
    ]


NOT_OURS = {
    # The mirrored activations take no names, and its weights no distribution strategies.
    "add_weight": ("use_resource", "synchronization", "aggregation"),
    "activation": ("name",),
    # Keras 2.15 and tf_keras can make an input optional.
    "init": ("optional",),
}


def found(step: Step) -> dict[str, Any]:
    # The function of Keras that an outermost step is in is a place in a source file.
    facts = {name: value for name, value in step.facts.items() if name != "within"}
    values = {name: rounded(plain(value)) for name, value in facts.items()}
    if step.kind == "new":
        values["bound"].pop("optional", None)
    return values


def inputs(step: Step) -> Any:
    values = {name: rounded(plain(value)) for name, value in step.inputs.items()}
    if step.kind == "op":
        return list(values.values())[:2]
    if step.kind == "new":
        values["kwargs"].pop("optional", None)
        values["arg_names"] = [name for name in values["arg_names"] if name != "optional"]
    return {
        name: value for name, value in values.items() if name not in NOT_OURS.get(step.kind, ())
    }


def rounded(value: Any) -> Any:
    """Round floats to five digits: the two libraries differ in the last ones."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value


def assert_same(ours: Run, theirs: Run) -> None:
    """Check that both runs have the same steps, errors, names, configs and shapes."""
    for phase, steps in theirs.steps.items():
        assert flat(ours.steps.get(phase, [])) == flat(steps), phase
    assert type(ours.error).__name__ == type(theirs.error).__name__
    if theirs.error is None:
        assert facts(ours.subject) == facts(theirs.subject)


def flat(steps: list[Any], depth: int = 0) -> list[str]:
    """Return one line per step, so that a difference is one line in the diff of the assertion."""
    lines = []
    for step in steps:
        own = {name: value for name, value in step.items() if name != "children"}
        lines.append("  " * depth + json.dumps(own, default=str))
        lines += flat(step["children"], depth + 1)
    return lines


def facts(subject: Any) -> dict[str, Any]:
    """Return the public state of an object."""
    return {
        "name": subject.name,
        "built": subject.built,
        "config": attempt(lambda: config_of(subject)),
        "weights": attempt(lambda: [weight.name for weight in subject.weights]),
        "shapes": attempt(lambda: [tuple(weight.shape) for weight in subject.weights]),
        "losses": attempt(lambda: len(subject.losses)),
        "output_shape": attempt(lambda: tuple(subject.compute_output_shape((2, 3)))),
    }


def config_of(subject: Any) -> Any:
    """Return the config after a JSON round trip."""
    config = json.loads(json.dumps(subject.get_config(), default=in_json))
    if not config.get("layers", True):
        # Since Keras 2.15 the config of a model without layers lacks its input shape.
        config.pop("build_input_shape", None)
    return without_newer(config)


NEWER: Final = {departure.key for departure in RESULTS if departure.place == "config"}
"""The arguments that newer versions of Keras 2 have added."""


def without_newer(config: Any) -> Any:
    """Return a config without the arguments that newer versions of Keras 2 have added."""
    if isinstance(config, dict):
        return {name: without_newer(item) for name, item in config.items() if name not in NEWER}
    return [without_newer(item) for item in config] if isinstance(config, list) else config


def in_json(value: Any) -> Any:
    """Return a TensorShape as a list, which the mirrored stack uses, and anything else as text."""
    return list(value) if type(value).__name__ == "TensorShape" else str(value)


def attempt(action: Callable[[], Any]) -> Any:
    """Return the result of an action, or the name of the exception that it raised."""
    try:
        return action()
    except Exception as error:
        return type(error).__name__


def assert_same_numbers(ours: Run, theirs: Run) -> None:
    """Check that both layers compute the same numbers from the same weights."""
    both = (ours, theirs)
    theirs.subject.set_weights(ours.subject.get_weights())
    for x in (X, X.astype("float64"), X[:1]):
        left, right = ours.subject(x), theirs.subject(x)
        tolerance = HALF_PRECISION if right.dtype.name == "float16" else TOLERANCE
        np.testing.assert_allclose(left, right, tolerance, tolerance)
        assert left.dtype.name == right.dtype.name
    losses, expected = [attempt(functools.partial(losses_of, run.subject)) for run in both]
    if isinstance(expected, str):
        assert losses == expected
    else:
        np.testing.assert_allclose(losses, expected, tolerance, tolerance)


def losses_of(subject: Any) -> list[float]:
    return [float(loss) for loss in subject.losses]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_case_of_the_reference(stacks: tuple[Engine, Engine], case: dict[str, Any]) -> None:
    runs = [Run(engine, case.get("code", "")) for engine in stacks]
    for run in runs:
        run.construct(case["expr"])
        if "input_shape" in case:
            shape = case["input_shape"]
            run.build(None if shape is None else tuple(shape))
        if "input" in case:
            run.call(np.array(case["input"], "float32"))
        if ".compile(" in case["expr"]:
            # The lookups for the mean loss belong to the metric that holds it.
            run.steps["construct"][0]["children"] = run.steps["construct"][0]["children"][:1]
            run.subject = SimpleNamespace(name="", built=True)
    assert_same(*runs)


# -- the grammar of arguments ----------------------------------------------------------------------


def words(text: str) -> list[str]:
    """Split a list of Python arguments, none of which contains a space."""
    return text.split()


ACTIVATIONS = words(
    "None 'relu' 'softmax' 'gelu' 'swish' 'mish' 'hard_sigmoid' 'leaky_relu' 'tanh' 'exponential' "
    "activations.relu activations.selu 'Relu' 'nope' '' 5 []"
)
INITIALIZERS = words(
    "None 'zeros' 'Zeros' 'ones' 'one' 'he_normal' 'GlorotUniform' 'orthogonal' 'identity' "
    "initializers.Zeros initializers.Constant(2.0) initializers.RandomNormal(stddev=0.5,seed=1) "
    "{'class_name':'Constant','config':{'value':0.5}} {'class_name':'nope','config':{}} "
    "initializers.VarianceScaling(mode='fan_out') 'nope' 5 {} []"
)
REGULARIZERS = words(
    "None 'l1' 'l2' 'L2' 'l1_l2' 'OrthogonalRegularizer' regularizers.L1 regularizers.L2(0.1) "
    "regularizers.L1L2(0.1,0.2) {'class_name':'L2','config':{'l2':0.25}} 'nope' 5 []"
)
CONSTRAINTS = words(
    "None 'max_norm' 'MaxNorm' 'non_neg' 'nonneg' 'unit_norm' constraints.MaxNorm(1.5) "
    "constraints.MinMaxNorm(0.1,0.5) constraints.NonNeg 'nope' 5 []"
)
SWITCHES = ["True", "False", "None", "0"]
UNITS = words("1 2 3 '4' 2.7 0 -1 'a' None [2]")
KEYWORDS: dict[str, list[str]] = {
    "activation": ACTIVATIONS,
    "use_bias": SWITCHES,
    "kernel_initializer": INITIALIZERS,
    "bias_initializer": INITIALIZERS,
    "kernel_regularizer": REGULARIZERS,
    "bias_regularizer": REGULARIZERS,
    "activity_regularizer": REGULARIZERS,
    "kernel_constraint": CONSTRAINTS,
    "bias_constraint": CONSTRAINTS,
    "name": ["'a'", "'a/b'", "''", "None", "5"],
    "dtype": ["'float64'", "'float16'", "'int32'", "'nope'", "None"],
    "trainable": ["True", "False", "None"],
    "input_shape": ["(3,)", "(4,)", "[3]", "3", "(None,)"],
    "kernel_layout": ["None", "0", "'x'"],
    "bias_layout": ["None"],
    "alpha_layout": ["1"],
    "autocast": ["False"],
    "units": ["2"],
    "unknown": ["1"],
}
LIKELY = ["2", "3", "1"]


@st.composite
def dense_expressions(draw: st.DrawFn, names: list[str] | None = None) -> str:
    """Generate a call of Dense with units and up to four keyword arguments."""
    units = draw(st.one_of(st.sampled_from(LIKELY), st.sampled_from(UNITS)))
    chosen = draw(st.lists(st.sampled_from(names or list(KEYWORDS)), unique=True, max_size=4))
    given = [f"{name}={draw(st.sampled_from(KEYWORDS[name]))}" for name in chosen]
    return f"Dense({', '.join([units, *given])})"


IN_A_STACK = ["activation", "use_bias", "kernel_initializer", "activity_regularizer", "input_shape",
              "kernel_regularizer", "trainable"]  # fmt: skip


@st.composite
def sequential_expressions(draw: st.DrawFn) -> str:
    """Generate a call of Sequential with up to three layers, models and input tensors."""
    layer = st.one_of(
        dense_expressions(IN_A_STACK),
        st.sampled_from([
            "Dense(2)", "Dense(2,input_shape=(3,))", "Input((3,))", "Sequential([Dense(2)])",
            "layers.InputLayer((3,))", "Dense(2,name='a')", "Layer()", "5", "None",
        ]),
    )  # fmt: skip
    layers = ", ".join(draw(st.lists(layer, max_size=3)))
    keywords = draw(st.sampled_from(["", ", name='m'", ", name=None"]))
    return f"Sequential([{layers}]{keywords})"


BOTH_STACKS = settings(
    deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], database=None
)


@settings(BOTH_STACKS, max_examples=200)
@given(expression=dense_expressions())
@example(expression="Dense(2, kernel_regularizer='nope')")
def test_generated_dense_layers(stacks: tuple[Engine, Engine], expression: str) -> None:
    compare(stacks, expression)


@settings(BOTH_STACKS, max_examples=100)
@given(expression=sequential_expressions())
@example(expression="Sequential([Dense(2, input_shape=(3,)), Dense(1)])")
def test_generated_models(stacks: tuple[Engine, Engine], expression: str) -> None:
    compare(stacks, expression)


def compare(stacks: tuple[Engine, Engine], expression: str) -> None:
    """Construct and call an expression on both stacks, and compare the runs."""
    ours, theirs = runs = [Run(engine) for engine in stacks]
    for run in runs:
        run.construct(expression)
        run.call(X)
    assert_same(ours, theirs)
    if theirs.error is None:
        assert_same_numbers(ours, theirs)
