"""Chrome trace events, read by a strict reader: valid, in order, nested as the steps are."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.render.chrome import render_chrome
from tests.conftest import Golden
from tests.render.hostile import NAMES, hostile_step_trace, table_traces
from tests.render.shared import dense, failing, long
from tests.render.steps import nested, step, trace

Slice = tuple[str, Decimal, Decimal, list[Any]]
"""A slice as a viewer draws it: name, begin, end (microseconds), and the slices inside."""

FIELDS = {
    "B": {"ph", "name", "cat", "ts", "pid", "tid", "args"},
    "E": {"ph", "ts", "pid", "tid", "args"},
    "M": {"ph", "name", "pid", "tid", "args"},
    "i": {"ph", "s", "name", "ts", "pid", "tid", "args"},
}


def no_constant(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    assert len(set(names)) == len(names), names
    return dict(pairs)


def read(document: str) -> list[Slice]:
    """The slices of a trace file.

    Raises:
        AssertionError: when anything in it is not as the format says.
    """
    form = json.loads(
        document, parse_float=Decimal, parse_constant=no_constant, object_pairs_hook=once
    )
    assert set(form) == {"traceEvents", "displayTimeUnit", "otherData"}
    assert form["displayTimeUnit"] in ("ms", "ns")
    assert all(type(value) is str for value in form["otherData"].values())
    top: list[Slice] = []
    waiting: list[tuple[dict[str, Any], list[Slice]]] = []
    now = Decimal(0)
    named = set()
    for event in form["traceEvents"]:
        assert set(event) == FIELDS[event["ph"]]
        assert type(event["pid"]) is type(event["tid"]) is int
        assert type(event["args"]) is dict
        if event["ph"] == "M":
            assert not waiting
            assert set(event["args"]) == {"name"}
            named.add(event["name"])
            continue
        moment = Decimal(event["ts"])
        assert moment >= now
        now = moment
        if event["ph"] == "i":  # what stopped the run, at its end
            assert event is form["traceEvents"][-1]
            assert type(event["args"]["stopped"]) is str
            continue
        if event["ph"] == "B":
            assert type(event["name"]) is str
            assert type(event["cat"]) is str
            waiting.append((event, []))
        else:
            begin, inside = waiting.pop()
            level = waiting[-1][1] if waiting else top
            level.append((begin["name"], Decimal(begin["ts"]), moment, inside))
    assert not waiting
    assert named == {"process_name", "thread_name"}
    return top


def shape(slices: list[Slice]) -> list[Any]:
    return [shape(inside) for _, _, _, inside in slices]


def shape_of(steps: tuple[Step, ...]) -> list[Any]:
    return [shape_of(step.children) for step in steps]


def check_times(steps: tuple[Step, ...], slices: list[Slice]) -> None:
    """Each slice as long as its step took, and inside the one around it."""
    for each, (_, begin, end, inside) in zip(steps, slices, strict=True):
        assert (end - begin) * 1000 == each.ns
        assert all(begin <= inner[1] <= inner[2] <= end for inner in inside)
        check_times(each.children, inside)


@pytest.mark.parametrize("make", [dense, failing])
def test_it_looks_as_agreed(make: "type[Trace]", golden: Golden) -> None:
    golden(f"share/{make.__name__}.chrome", render_chrome(make()))


@pytest.mark.parametrize("make", [dense, failing, lambda: long(600)])
def test_a_real_trace_is_nested_and_timed_as_its_steps(make: "type[Trace]") -> None:
    made = make()
    slices = read(render_chrome(made))
    assert shape(slices) == shape_of(made.steps)
    check_times(made.steps, slices)


def test_steps_follow_each_other() -> None:
    made = trace(replace(step("op"), ns=2_000), replace(step("op"), ns=500))
    first, second = read(render_chrome(made))
    assert first[1:3] == (Decimal(0), Decimal(2))
    assert second[1:3] == (Decimal(2), Decimal("2.5"))


def test_a_step_is_as_long_as_what_is_inside_it_claims() -> None:
    inner = replace(step("op"), ns=3_000)
    outer = replace(step("call", "k.Dense.call", inner), ns=1_000)
    [(_, begin, end, [(_, inner_begin, inner_end, _)])] = read(render_chrome(trace(outer)))
    assert (begin, end) == (inner_begin, inner_end) == (0, 3)


def test_what_went_in_stands_at_the_begin_and_what_came_out_at_the_end() -> None:
    events = json.loads(render_chrome(failing()))["traceEvents"]
    [begin] = [event for event in events if event.get("name") == "activations.get('rleu')"]
    assert begin["args"]["inputs"] == {"identifier": "'rleu'"}
    assert begin["args"]["line"] == "self.activation = activations.get(activation)"
    errors = [event["args"]["error"] for event in events if "error" in event["args"]]
    assert any(error.startswith("ValueError: Unknown activation function") for error in errors)


def test_depth_is_no_limit() -> None:
    assert "E" in render_chrome(trace(nested(5_000)))


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_hostile_names_are_told_in_characters_that_show(name: str) -> None:
    document = render_chrome(hostile_step_trace(name))
    read(document)
    assert all(line.isprintable() for line in document.split("\n"))


def test_all_of_the_hostile_table_can_be_read() -> None:
    for made in table_traces():
        assert shape(read(render_chrome(made))) == shape_of(made.steps)
