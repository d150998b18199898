"""Reports on generated cases, values that look alike, and the tolerance of half precision."""

import numpy as np
import pytest

from densetrace.data.outputs import CLOSE, HALF_CLOSE, Outputs, closeness
from densetrace.data.steps import ABSENT, Step
from densetrace.data.trace import Trace
from densetrace.data.values import Function, Instance, Items, Mapping, Tensor
from densetrace.render import proof as view
from densetrace.render.layout import texts
from densetrace.running.results import HALF, ROOTS, SINGLE, differences, tolerance
from densetrace.study.apart import Side, told_apart
from densetrace.study.generated.cases import generate, standalone
from densetrace.study.proof import Report, Result, form
from densetrace.study.verify import Comparison, same

HOSTILE = "a\x1b[31m\nb\u202e"


@pytest.mark.parametrize(
    ("ours", "theirs", "shown"),
    [
        (1, True, ("1", "True")),
        ("1", "2", ("'1'", "'2'")),
        (Function("f", "a"), Function("f", "b"), ("of a", "of b")),
        (Tensor((2,), "float32", symbolic=True), Tensor((2,), "float32", (1.0, 2.0)),
         ("symbolic", "with numbers")),
        (Items("list", (0.1,), 1), Items("list", (0.1000000001,), 1), ("item 0", "item 0")),
        (Instance("A", "x", "a#1"), Instance("A", "y", "a#1"), ("x.A", "y.A")),
        (Mapping((("k", Function("f", "a")),), 1), Mapping((("k", Function("f", "b")),), 1),
         ("k: function f (of a)", "k: function f (of b)")),
        (ABSENT, "none", ("none", "'none'")),
    ],
)  # fmt: skip
def test_two_values_that_differ_are_never_shown_alike(
    ours: Side, theirs: Side, shown: tuple[str, str]
) -> None:
    left, right = told_apart(ours, theirs)
    assert left != right
    assert shown[0] in left
    assert shown[1] in right


def trace_of(dtype: str) -> Trace:
    trace = Trace({"kind": "python"}, {"name": "keras"})
    result = Tensor((1,), dtype, (1.0,))
    trace.steps = (Step(0, "call", "p", None, {}, {}, result, None, None, 0),)
    return trace


def test_half_precision_has_a_tolerance_of_its_own() -> None:
    assert closeness(trace_of("float32"), trace_of("float32")) == CLOSE
    assert closeness(trace_of("float32"), trace_of("float16")) == HALF_CLOSE
    logs = [Mapping((("loss", number),), 1) for number in (1.0, 1.001)]
    assert not same(logs[0], logs[1])
    assert same(logs[0], logs[1], HALF_CLOSE)


@pytest.mark.parametrize(
    ("script", "allowed"),
    [
        ("layers.Dense(2)", SINGLE),
        ("keras.optimizers.legacy.Ftrl()", ROOTS),
        ("optimizer='ftrl'", ROOTS),
        ("optimizer='ftrl', dtype='mixed_float16'", HALF),
    ],
)
def test_the_tolerance_of_a_script(script: str, allowed: float) -> None:
    assert tolerance(script) == allowed


def test_results_that_differ_have_their_place_and_both_values() -> None:
    ours = {"config": {"name": "a", "axis": [1]}, "weights": [np.zeros(2), np.zeros(2)]}
    theirs = {"config": {"name": "a", "axis": -1, "more": 1}, "weights": [np.zeros(2), np.ones(2)]}
    found = [(one.place, one.ours, one.theirs) for one in differences(ours, theirs, SINGLE)]
    assert found[:2] == [
        ("config", ["name", "axis"], ["name", "axis", "more"]), ("config.axis", [1], -1),
    ]  # fmt: skip
    assert [place for place, _, _ in found[2:]] == ["weights[1]"]


def report() -> Report:
    covers = (("layer", "Dense"), ("layer", "Dropout"))
    good = Result(0, "layer", covers, 10, 8, (("They differ.", 2),), ())
    bad = Result(1, "layer", covers[:1], 10, 9, (), (f"output: {HOSTILE}",))
    both = Result(2, "training", (("loss", "Huber"),), 5, 5, (), (), "ValueError")
    return Report(1, {"name": "keras", "version": "2.14.0"}, (good, bad, both))


def test_a_report_has_the_sums_of_what_its_cases_cover() -> None:
    rows = {row.name: row for row in report().rows("layer")}
    assert (rows["Dense"].cases, rows["Dense"].agreeing_cases, rows["Dense"].steps) == (2, 1, 20)
    assert (rows["Dropout"].cases, rows["Dropout"].departing) == (1, 2)
    assert [row.name for row in report().rows("kind")] == ["layer", "training"]
    assert (report().total.cases, report().total.raising, report().agrees) == (3, 1, False)
    data = form(report())
    assert data["total"]["steps_agree"] == 22
    assert data["differing"][0]["case"] == 1


@pytest.mark.parametrize("width", [20, 60, 120])
def test_a_report_is_shown_at_any_width_and_its_text_is_harmless(width: int) -> None:
    drawn = "".join(texts(view.lines(report(), width, everything=True)))
    flat = "\n".join(view.plain(report(), everything=True))
    for text in (drawn, flat):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "2 of 3 cases agree with keras 2.14.0" in " ".join(drawn.split())
    assert all(len(line) <= width for line in drawn.splitlines())


@pytest.mark.parametrize("version", ["2.14.0", "3.15.1"])
@pytest.mark.parametrize("width", [40, 80])
def test_the_output_for_a_case_is_python_at_any_width(version: str, width: int) -> None:
    case = generate(3, 5)
    assert max(map(len, standalone(case).splitlines())) > 80  # so that a width of 80 would wrap it
    engine = {"name": "keras", "version": version}
    ours = Trace({"kind": "script", "text": "case.py"}, {"name": "densetrace", "version": "0"})
    theirs = Trace({"kind": "script", "text": "case.py"}, {**engine})
    problem = "output: 1 beside 2, and so on\nuntil the line is full: " + "word " * 20
    result = Result(5, case.kind, case.covers, 3, 2, (("Keras differs.", 1),), (problem,))
    found = Comparison(ours, theirs, (), Outputs(True, 1e-5))
    drawn = "".join(texts(view.case_lines(case, found, result, width)))
    flat = "\n".join(view.plain_case(case, found, result))
    for whole in (drawn, flat):
        compile(whole, "case.py", "exec")
        assert whole.startswith(standalone(case))
        below = whole.removeprefix(standalone(case)).strip().splitlines()
        assert below
        assert all(line.startswith("#") for line in below)
    assert max(map(len, drawn.removeprefix(standalone(case)).splitlines())) <= width
