"""The author level shows each operation of a layer's `call` on a line; the framework level shows
what functions of Keras consist of."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from densetrace import api
from densetrace.data.names import usual
from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.kinds.kind import Level
from densetrace.render.outline import Outline, View
from densetrace.teach.explanations import note


def shown(trace: Trace, level: Level) -> list[Step]:
    """The steps that have a line at a level."""
    outline = Outline(trace, View(level))
    rows = (row for phase in outline.phases() for row in outline.rows(phase))
    return [step for row in rows for step in row.line.steps]


def pairs(trace: Trace) -> Iterator[tuple[Step, Step | None]]:
    """Each step with the step around it."""
    for number, step in enumerate(trace.order.steps):
        parent = trace.order.parents[number]
        yield step, None if parent is None else trace.order.steps[parent]


def explained(expression: str, input_shape: tuple[int | None, ...] = (None, 2, 3)) -> Trace:
    return api.explain(expression, input_shape=input_shape, seed=1)


@pytest.mark.parametrize(("shape", "product"), [((2, 3), "matmul"), ((None, 2, 3), "tensordot")])
@pytest.mark.parametrize("name", usual("activations"))
def test_the_call_of_a_dense_has_three_lines(
    name: str, shape: tuple[int | None, ...], product: str
) -> None:
    trace = explained(f"Dense(64, activation='{name}')", shape)
    call = trace.find("call")[0]
    lines = [step for step in shown(trace, "author") if any(s is step for s in call.walk())]
    assert [step.point.rpartition(".")[2] for step in lines[1:]] == [product, "bias_add", name]


@pytest.mark.parametrize(
    "argument",
    [
        *(f"kernel_initializer='{name}'" for name in usual("initializers") if name != "identity"),
        *(f"activity_regularizer='{name}'" for name in usual("regularizers")),
        *(f"activation='{name}'" for name in usual("activations")),
    ],
)
def test_inner_operations_are_shown_at_framework_level_only(argument: str) -> None:
    trace = explained(f"Dense(4, {argument})")
    author = [step.id for step in shown(trace, "author")]
    operations = [(step, parent) for step, parent in pairs(trace) if step.kind == "op"]
    inner = [step.id for step, parent in operations if parent and parent.kind != "call"]
    assert inner  # the initializers consist of operations at least
    assert not set(inner) & set(author)
    direct = [step.id for step, parent in operations if parent and parent.kind == "call"]
    assert set(direct) <= set(author)
    assert len(author) == len(set(author))
    assert [step.id for step in shown(trace, "framework")] == [s.id for s in trace.walk()]


def test_the_penalty_of_an_output_is_one_line_that_says_how_it_goes_on() -> None:
    trace = explained("Dense(2, activity_regularizer='l2')")
    last = shown(trace, "author")[-1]
    assert last.kind == "regularize"
    assert "divides it by the batch size" in (note(last) or "")
    divided = trace.find("op", where=lambda step: step.point == "tf.math.divide")
    assert [step.id for step in divided] == [shown(trace, "framework")[-1].id]


SCRIPTS = {
    "loss": "print(float(keras.losses.{}()(t, p)))",
    "metric": "m = keras.metrics.{}()\nm.update_state(t, p)",
    "constraint": "keras.constraints.get('{}')(w)",
}
BEGINNING = """\
import numpy as np
from tensorflow import keras
t, p = np.array([[0.0, 1.0]], 'float32'), np.array([[0.25, 0.75]], 'float32')
w = keras.backend.variable(np.ones((2, 3), 'float32'))
"""


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *(("loss", name) for name in ("MeanSquaredError", "BinaryCrossentropy", "Huber")),
        *(("loss", name) for name in ("CategoricalCrossentropy", "Poisson", "CosineSimilarity")),
        *(("metric", name) for name in ("MeanSquaredError", "BinaryAccuracy", "Precision", "AUC")),
        *(("constraint", name) for name in usual("constraints") if name != "radial_constraint"),
    ],
)
def test_losses_metrics_and_constraints_show_no_operation_to_an_author(
    kind: str, name: str, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text(BEGINNING + SCRIPTS[kind].format(name), "utf-8")
    trace = api.run(script).trace
    assert trace.outcome.get("error_type") is None, trace.outcome
    assert trace.find("op")
    assert not [step for step in shown(trace, "author") if step.kind == "op"]
    assert [step.id for step in shown(trace, "framework")] == [s.id for s in trace.walk()]


def test_operations_of_keras_in_a_row_have_one_heading(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(BEGINNING + "keras.losses.mean_squared_error(t, p)\n", "utf-8")
    trace = api.run(script).trace
    headings = {
        level: [phase.number for phase in Outline(trace, View(level)).phases()]
        for level in ("author", "framework")
    }
    assert headings == {"author": [], "framework": ["line 5"]}
