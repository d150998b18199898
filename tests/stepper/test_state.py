"""The table of attributes says what an object holds at each moment."""

from hypothesis import given

from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.data.values import Value
from densetrace.stepper.cursor import Cursor
from densetrace.stepper.state import UNSET, States
from densetrace.stepper.timeline import Timeline
from tests.stepper import numbers
from tests.stepper.timelines import session, timelines, typed


def table(states: States, subject: str, since: int, until: int) -> dict[str, Value]:
    count = states.count(subject, until)
    attributes = [states.attribute(subject, index, since, until) for index in range(count)]
    return {attribute.name: attribute.value for attribute in attributes}


def assigned(name: str, value: Value, subject: str = "dense") -> Step:
    return step("assign", subject, {"name": name, "value": value})


def step(kind: str, subject: str, inputs: dict[str, Value], *children: Step) -> Step:
    return Step(0, kind, "keras.Layer.x", subject, inputs, {}, None, None, None, 0, children)


def states_of(*steps: Step) -> States:
    return States(Timeline(Trace({"kind": "python"}, steps=steps)))


@given(timelines)
def test_it_is_what_assigning_one_after_the_other_gives(through: Timeline) -> None:
    states = States(through)
    held: dict[str, Value] = {}
    for position, one in enumerate(through.steps):
        if one.kind == "assign":
            held[str(one.inputs["name"])] = one.inputs["value"]
        if states.subject(position) is not None:
            assert table(states, "dense", position, position) == held


def test_what_this_step_set_is_marked_with_what_stood_there_before() -> None:
    states = states_of(assigned("a", 1), assigned("b", 2), assigned("a", 3))
    first = states.attribute("dense", 0, 0, 0)
    assert (first.changed, first.before) == (True, UNSET)
    again = states.attribute("dense", 0, 2, 2)
    assert (again.value, again.changed, again.before) == (3, True, 1)
    assert not states.attribute("dense", 1, 2, 2).changed
    assert states.changes("dense", 1, 2) == [1, 0]


def test_a_name_used_again_begins_a_new_life() -> None:
    new = step("new", "dense", {})
    states = states_of(new, assigned("a", 1), new, assigned("b", 2))
    assert table(states, "dense", 1, 1) == {"a": 1}
    assert table(states, "dense", 2, 2) == {}
    assert table(states, "dense", 3, 3) == {"b": 2}


def test_a_step_without_an_object_belongs_to_the_one_around_it() -> None:
    inner = step("initialize", "Zeros#1", {})
    states = states_of(assigned("a", 1), step("build", "dense", {}, inner))
    assert states.subject(2) == "dense"
    assert states_of(inner).subject(0) is None


def test_kernel_is_seen_to_appear() -> None:
    before = session(level="framework", at=numbers.KERNEL)
    after = typed(before, *"/kernel = f32", "enter")
    assert after.cursor.steps[0].inputs["name"] == "kernel"
    names = [
        [
            item.states.attribute("dense", index, item.since, item.cursor.until).name
            for index in range(item.states.count("dense", item.cursor.until))
        ]
        for item in (before, after)
    ]
    assert "kernel" not in names[0]
    assert names[1] == [*names[0], "kernel"]


def test_a_folded_step_shows_what_comes_of_it() -> None:
    there = typed(session(at=numbers.INVOKE), "-")
    assert there.cursor.is_folded(there.cursor.stop)
    held = table(there.states, "dense", there.since, there.cursor.until)
    assert held["built"] is True
    assert {"kernel", "bias"} <= set(held)


def test_a_cursor_at_user_level_has_seen_what_stands_between_its_stops() -> None:
    there = session(level="user", at=numbers.KERNEL)
    assert there.cursor.steps[0].kind == "add_weight"
    assert "kernel" in table(there.states, "dense", there.since, there.cursor.until)
    assert isinstance(there.cursor, Cursor)
