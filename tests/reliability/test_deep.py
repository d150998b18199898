"""Traces of any depth and size are shown in linear time and memory.

The limits are far above linear and far below quadratic time.
"""

import re
from dataclasses import replace
from typing import Any, Final

import pytest

from densetrace.data.json_reader import loads
from densetrace.data.schema import KINDS
from densetrace.data.steps import ABSENT, Error, Step, Where
from densetrace.data.trace import Trace
from densetrace.data.values import Tensor, Value
from densetrace.kinds.kind import Level
from densetrace.render.html_fragment import DEEPEST, render_fragment
from densetrace.render.outline import MOST_GUIDES, Outline, View
from densetrace.render.tree import Tree
from tests.reliability.command import Command
from tests.reliability.large import TYPED, WAYS, ended

DEPTH: Final = 12_000
DEEP_KIB: Final = 400 * 1024
"""Twice the memory for such a trace and its page; quadratic memory would be more."""


def nested(
    depth: int, kinds: tuple[str, ...] = KINDS, dtype: str = "float32", **more: Any
) -> Trace:
    """Return a trace of `depth` nested steps."""
    inside: tuple[Step, ...] = ()
    for number in reversed(range(depth)):
        where = Where("lesson.py", number % 7 + 1, "call", f"self.a{number % 5} = g(b)")
        inputs: dict[str, Value] = {
            "name": f"a{number % 3}",
            "value": number,
            "input": Tensor((2, number % 5), dtype),
        }
        step = Step(
            number, kinds[number % len(kinds)], f"keras.layers.X.f{number % 9}", f"x{number % 4}",
            inputs, {"class": "X"}, Tensor((2, 3), dtype), None, where, 5, inside,
        )  # fmt: skip
        inside = (replace(step, **more),)
    return Trace({"kind": "expression", "text": "x"}, {}, {"object": "x0"}, inside)


def wide(count: int, kinds: tuple[str, ...]) -> Trace:
    """Return a trace of `count` sibling steps."""
    [one] = nested(1, kinds).steps
    steps = [
        replace(one, id=number, inputs={"name": f"a{number % 9}", "value": number})
        for number in range(count)
    ]
    return Trace({"kind": "script", "text": "x"}, {}, {"object": "x0"}, tuple(steps))


def with_objects(trace: Trace) -> Trace:
    """Return the trace with the construction of its objects in front."""
    [first, *_] = trace.steps
    made = tuple(
        replace(first, kind="new", subject=f"x{number}", children=()) for number in range(4)
    )
    steps = (*made, *trace.steps)
    return Trace(trace.source, trace.engine, trace.outcome, numbered(steps))


def numbered(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Number steps in their order of opening."""
    order = [step for outermost in steps for step in outermost.walk()]
    done: dict[int, Step] = {}
    for number in range(len(order) - 1, -1, -1):
        step = order[number]
        inside = tuple(done[id(child)] for child in step.children)
        done[id(step)] = replace(step, id=number, children=inside)
    return tuple(done[id(step)] for step in steps)


DEEP_WAYS: Final = (
    *WAYS[:9],
    ["explain", "{}", "--depth", "3"],
    ["explain", "{}", "--only", "get"],
    ["why", "{}", "x1.a1"],
    ["diff", "{}", "{other}"],
    ["diff", "{}", "{other}", "--format", "json"],
    *WAYS[-4:],
)


@pytest.mark.parametrize("way", DEEP_WAYS, ids=" ".join)
def test_a_deep_trace_is_shown(command: Command, way: list[str]) -> None:
    path, other = command.folder / "deep.json", command.folder / "other.json"
    if not path.exists():
        nested(DEPTH).save(path)
        nested(DEPTH, dtype="float64").save(other)
    words = [word.format(path, other=other) for word in way]
    ended(command, *words, stdin=TYPED.get(way[0], ""), kib=DEEP_KIB)


@pytest.mark.parametrize("kind", ["get", "init", "invoke", "compile", "add_weight", "assign"])
@pytest.mark.parametrize("shape", ["nested", "wide"])
def test_many_steps_of_one_kind_are_shown(command: Command, kind: str, shape: str) -> None:
    path = command.folder / "many.json"
    make = nested if shape == "nested" else wide
    with_objects(make(DEPTH // 2, (kind,))).save(path)
    for way in (["why", "{}", "x0.a1"], *WAYS[-3:-1]):
        ended(command, *(word.format(path) for word in way), stdin=TYPED.get(way[0], ""))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", ["author", "framework"])
def test_steps_of_one_object_and_kind_nest_deeper_than_python_s_stack(
    kind: str, level: Level
) -> None:
    outline = Outline(nested(3000, (kind,), subject="x0"), View(level), brief=True)
    shown = [row for phase in outline.phases() for row in outline.rows(phase)]
    assert len(shown) == 3000 if level == "framework" else len(shown) <= 3000


def test_an_error_that_passed_many_steps_is_explained(command: Command) -> None:
    path = command.folder / "failed.json"
    nested(DEPTH // 2, ("call", "op"), result=ABSENT, error=Error("ValueError", "no")).save(path)
    for way in (WAYS[0], WAYS[3], *WAYS[-3:-1]):
        ended(command, *(word.format(path) for word in way), stdin=TYPED.get(way[0], ""))


def test_deep_lines_show_their_depth_as_a_number_instead_of_guides() -> None:
    depth = 3 * MOST_GUIDES
    lines = Tree(nested(depth), View("framework")).chunks(1000)
    drawn = [line for line in lines if "└─ " in line]
    assert len(drawn) == depth
    for number, line in enumerate(drawn, start=1):
        guides = line[: line.index("└")]
        assert len(guides) <= 3 * MOST_GUIDES
        if number > MOST_GUIDES + 1:
            assert guides.split()[0] == str(number)


def test_elements_of_the_fragment_do_not_nest_deeper_than_browsers_allow() -> None:
    page = render_fragment(nested(500), View("framework"))
    deepest = now = 0
    for closes in re.findall(r"<(/?)(?:details|div)\b", page):
        now += -1 if closes else 1
        deepest = max(deepest, now)
    assert now == 0
    assert deepest <= 2 * DEEPEST + 4
    assert ">500  <" in page


def document(value: str) -> str:
    """Return a saved trace with this value, as JSON, in a step."""
    trace = Trace(
        steps=(Step(0, "assign", "p", "x", {"name": "a", "value": 0}, {}, None, None, None, 0),)
    )
    return trace.dumps().replace('"value": 0', f'"value": {value}')


def test_values_that_nest_too_deep_are_refused_quickly(command: Command) -> None:
    path = command.folder / "value.json"
    for value in ('{"length": 1, "list": [' * 1_000_000, "[" * 5_000_000, '{"a": ' * 1_000_000):
        path.write_text(document(value))
        printed = ended(command, "why", str(path), "a", codes=(2,))
        assert "nests too deep" in printed


LARGE: Final = {
    "items": '{"length": 9, "list": [' + "1," * 1_000_000 + "1]}",
    "lists": '{"length": 9, "list": [' + '{"list": [1], "length": 1},' * 200_000 + "1]}",
    "entries": '{"length": 9, "dict": [' + "[1, 2]," * 300_000 + "[1, 2]]}",
}


@pytest.mark.parametrize("value", LARGE.values(), ids=LARGE)
def test_why_answers_about_a_large_value(command: Command, value: str) -> None:
    path = command.folder / "value.json"
    path.write_text(document(value))
    for form in ("tree", "plain"):
        ended(command, "why", str(path), "a", "--format", form, codes=(0,))


def test_only_the_stated_keys_nest_to_any_depth() -> None:
    deep = '{"steps": [' * 5_000 + "]}" * 5_000
    assert loads(deep, deep=("steps",))
    with pytest.raises(ValueError, match="nests too deep"):
        loads(deep, deep=("children",))


def test_a_search_for_sources_terminates(command: Command) -> None:
    """Thousands of inputs, each of which may come from any input of the parent step."""
    inputs: dict[str, Value] = {f"a{number}": "same" for number in range(10_000)}
    where = Where("keras/x.py", 1, "f", "g(b)")
    inner = Step(1, "call", "keras.X.call", "x", inputs, {}, "other", None, where, 1)
    outer = Step(0, "invoke", "keras.X.f", "x", inputs, {}, "out", None, where, 2, (inner,))
    path = command.folder / "search.json"
    Trace(steps=(outer,)).save(path)
    assert "out" in ended(command, "why", str(path), "x.output", codes=(0,))
