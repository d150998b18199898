"""A trace is data: iteration, search, and equality after saving and loading."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import densetrace
from densetrace.data.steps import ABSENT, Step, Stop, Where
from densetrace.data.trace import Trace
from densetrace.data.values import Mapping, Value
from densetrace.keras import backend
from densetrace.keras.layers import Dense
from densetrace.system.errors import RequestError


@pytest.fixture
def dense_trace() -> densetrace.Trace:
    backend.clear_session()
    with densetrace.trace() as t:
        Dense(4, activation="relu", kernel_regularizer="l2")(np.ones((2, 3), "float32"))
    return t


def nested(depth: int) -> Step:
    """Return a chain of `depth` + 1 nested steps."""
    step: Step | None = None
    for number in reversed(range(depth + 1)):
        step = Step(number, "call", "p", None, {}, {}, None, None, None, 0, (step,) if step else ())
    assert step is not None
    return step


def test_steps_are_numbered_in_the_order_of_opening(dense_trace: Trace) -> None:
    assert [step.id for step in dense_trace.walk()] == list(range(len(list(dense_trace.walk()))))


def test_steps_are_found_by_kind_point_subject_and_condition(dense_trace: Trace) -> None:
    assert [step.inputs["name"] for step in dense_trace.find("add_weight")] == ["kernel", "bias"]
    assert len(dense_trace.find(point="Dense.build")) == 1
    assert {step.subject for step in dense_trace.find(subject="dense")} == {"dense"}
    assert len(dense_trace.find("get", where=lambda step: step.facts["branch"] == "str")) == 4


def test_an_unknown_kind_is_refused(dense_trace: Trace) -> None:
    with pytest.raises(ValueError, match="kind must be one of new, layout"):
        dense_trace.find("gett")


def test_a_loaded_trace_equals_the_saved_one(dense_trace: densetrace.Trace, tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    dense_trace.save(path)
    assert densetrace.load(path) == dense_trace


def test_the_json_text_is_the_json_form(dense_trace: Trace) -> None:
    assert json.loads(dense_trace.dumps()) == dense_trace.to_json()


def test_an_empty_trace_survives_json() -> None:
    assert Trace.loads(Trace().dumps()) == Trace()


def test_deeply_nested_steps_can_be_iterated_and_written() -> None:
    deep = Trace(steps=(nested(5000),))
    assert len(list(deep.walk())) == 5001
    assert deep.dumps().count('"id"') == 5001


def test_a_trace_outlives_its_layer(dense_trace: Trace) -> None:
    [step] = dense_trace.find("new")
    assert str(step.result) == "dense"


def test_a_step_is_frozen(dense_trace: Trace) -> None:
    with pytest.raises(AttributeError):
        dense_trace.steps[0].kind = "init"  # type: ignore[misc] # the assignment must fail


def test_a_step_that_raised_has_an_error_and_no_result() -> None:
    with densetrace.trace() as t, pytest.raises(ValueError, match="units"):
        Dense(-1)
    [step] = t.find("layout")
    assert step.result is ABSENT
    assert step.error is not None
    assert step.error.type == "ValueError"
    assert Trace.loads(t.dumps()).steps == t.steps


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ("", "not a whole JSON document"),
        ("{", "not a whole JSON document"),
        ("[]", "not a densetrace trace"),
        ('{"format": "other"}', "not a densetrace trace"),
        ('{"format": "densetrace"}', "no valid version"),
        ('{"format": "densetrace", "version": "1"}', "no valid version"),
        ('{"format": "densetrace", "version": 4}', "format version 4"),
        ('{"format": "densetrace", "version": 1}', "'source' is missing"),
        (
            '{"format": "densetrace", "version": 1, "source": {}, "engine": {}, "outcome": {},'
            ' "steps": [{"kind": "nonsense"}]}',
            "no step is of kind 'nonsense'",
        ),
        (
            '{"format": "densetrace", "version": 1, "source": {}, "engine": {}, "outcome": {},'
            ' "steps": 3}',
            "list expected",
        ),
    ],
)
def test_an_invalid_document_is_refused_with_a_clear_message(document: str, problem: str) -> None:
    with pytest.raises(RequestError, match=problem):
        Trace.loads(document)


def test_every_truncated_document_is_refused(dense_trace: Trace) -> None:
    document = dense_trace.dumps()
    for end in range(0, len(document) - 2, 997):
        with pytest.raises(RequestError):
            Trace.loads(document[:end])


def test_a_missing_file_and_a_binary_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="File not found"):
        densetrace.load(tmp_path / "none.json")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RequestError, match=r"Received: .*, UTF-16"):
        densetrace.load(tmp_path / "binary")


# -- what stopped a run ----------------------------------------------------------------------------

HERE = Where("mine.py", 3, "<module>", "model.fit(x)")


@pytest.mark.parametrize(
    "stop",
    [
        Stop("refused", "RequestError", "no fit", "use another", HERE),
        Stop("raised", "ValueError", "", where=HERE),
        Stop("interrupted", "KeyboardInterrupt"),
    ],
)
def test_the_stop_of_a_run_survives_saving(stop: Stop) -> None:
    loaded = Trace.loads(Trace(outcome=stop.outcome()).dumps())
    assert loaded.stop == stop
    assert stop.exit_code == {"refused": 2, "raised": 1, "interrupted": 130}[stop.how]


def test_a_finished_run_has_no_stop() -> None:
    assert Trace(outcome={"exit_code": 7}).stop is None


def test_a_long_message_is_cut() -> None:
    stop = Trace(outcome=Stop("raised", "ValueError", "x" * 10_000).outcome()).stop
    assert stop is not None
    assert stop.message == "x" * 1000 + "..."


def test_a_trace_of_an_older_densetrace_has_a_stop() -> None:
    for kind, how in (("ValueError", "raised"), ("KeyboardInterrupt", "interrupted")):
        stop = Trace(outcome={"error_type": kind, "error": "x"}).stop
        assert stop == Stop(how, kind, "x")


@pytest.mark.parametrize("odd", [None, 3, True, "refused?", Mapping((("line", "x"),), 1)])
def test_an_outcome_with_invalid_fields_is_read(odd: Value) -> None:
    fields = dict.fromkeys(("stopped", "error", "hint", "stopped_at"), odd)
    stop = Trace(outcome={"error_type": "ValueError", **fields}).stop
    assert stop is not None
    assert (stop.how, stop.where) == ("raised", None)
    assert Trace(outcome={**fields, "error_type": odd if odd != "refused?" else None}).stop is None


@pytest.mark.parametrize(
    ("ending", "code", "how"),
    [
        ("keras.layers.Conv3D()", 2, "refused"),
        ("1 / 0", 1, "raised"),
        ("raise KeyboardInterrupt", 130, "interrupted"),
    ],
)
def test_run_returns_however_the_script_ends(
    tmp_path: Path, ending: str, code: int, how: str
) -> None:
    path = tmp_path / "mine.py"
    path.write_text(f"import keras\nkeras.layers.Dense(3)\n{ending}\n")
    ended = densetrace.run(path)
    assert ended.exit_code == code
    assert ended.trace.find("init")
    assert ended.trace.stop is not None
    assert ended.trace.stop.how == how
    assert ended.trace.stop.where == Where("mine.py", 3, "<module>", ending)


def test_a_block_that_raises_has_a_stop_in_its_trace() -> None:
    with suppress(KeyboardInterrupt), densetrace.trace() as t:
        raise KeyboardInterrupt
    assert t.stop == Stop("interrupted", "KeyboardInterrupt")


# -- versions and lines ----------------------------------------------------------------------------


def version_1(form: dict[str, Any]) -> dict[str, Any]:
    """Convert a JSON form to version 1, which nests its steps."""
    steps = {step["id"]: {**step, "children": []} for step in form["steps"]}
    outermost: list[dict[str, Any]] = []
    for step in steps.values():
        parent = step.pop("parent")
        (outermost if parent is None else steps[parent]["children"]).append(step)
    return {**form, "version": 1, "steps": outermost}


def test_version_1_still_loads() -> None:
    trace = densetrace.explain("Sequential([Dense(3, 'relu'), Dense(2)])")
    nested = version_1(trace.to_json())
    assert "parent" not in json.dumps(nested)
    assert densetrace.Trace.from_json(nested) == trace == densetrace.Trace.loads(json.dumps(nested))


@pytest.mark.parametrize("indent", [None, 1])
def test_another_layout_of_the_same_document_loads(indent: int | None) -> None:
    trace = densetrace.explain("Dense(2)")
    assert densetrace.Trace.loads(json.dumps(trace.to_json(), indent=indent)) == trace


def test_lines_are_read_one_by_one_unless_the_document_has_another_layout() -> None:
    trace = densetrace.explain("Dense(2)")
    document = trace.dumps()
    lines = document.splitlines(keepends=True)
    assert len(lines) == 1 + len(trace.order.steps)
    assert densetrace.Trace.load_lines(iter(lines), pytest.fail) == trace
    unread = iter([*lines[:2], "{]\n", *lines[3:]])
    with pytest.raises(RequestError, match="not a whole JSON document"):
        Trace.load_lines(unread, lambda: "{]")
    assert list(unread) == lines[3:]
    again = densetrace.Trace.load_lines([*lines[:2], "\n", *lines[2:]], lambda: document)
    assert again == trace


@pytest.mark.parametrize("parent", [7, 0])
def test_a_parent_must_be_open_at_its_child(parent: int) -> None:
    form = densetrace.explain("Dense(2)").to_json()
    outermost = [step for step in form["steps"] if step["parent"] is None]
    outermost[-1]["parent"] = parent
    with pytest.raises(RequestError, match="which has already ended"):
        densetrace.Trace.from_json(form)
