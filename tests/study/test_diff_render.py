"""How a diff is shown: side by side, stacked, flat, and as data."""

import json

import pytest
from hypothesis import given, settings
from rich.cells import cell_len

from densetrace.api import explain
from densetrace.data.trace import Trace
from densetrace.data.value_reader import from_json
from densetrace.render.diff import form, lines, plain, render_text
from densetrace.render.theme import ascii_signs
from densetrace.study.diff import Diff, diff
from tests.conftest import Golden
from tests.render.hostile import NAMES, hostile_step_trace
from tests.render.widths import check_sides, check_width
from tests.study.random_traces import TRACES

CASES = {
    "relu": ("Dense(64)", "Dense(64, activation='relu')"),
    "bias": ("Dense(64)", "Dense(32, use_bias=False)"),
    "failing": ("Dense(4)", "Dense(4, activation='rellu')"),
    "inserted": (
        "Sequential([Dense(4), Dense(2)])",
        "Sequential([Dense(4), Dense(8), Dense(2)])",
    ),
    "same": ("Dense(64)", "Dense(64)"),
}


def found(name: str) -> Diff:
    left, right = CASES[name]
    return diff(explain(left), explain(right))


@pytest.mark.parametrize("name", CASES)
def test_goldens(name: str, golden: Golden) -> None:
    difference = found(name)
    golden(f"ask/diff-{name}-80", render_text(difference, 80))
    for width in (40, 60, 200):
        check_sides(render_text(difference, width), render_text(difference, 80), width)
    check_width(render_text(difference, 40), render_text(difference, 60), 40)


def test_golden_of_plain_lines(golden: Golden) -> None:
    golden("ask/diff-relu-plain", "".join(f"{line}\n" for line in plain(found("relu"))))


def test_one_argument_s_difference_fits_a_screen() -> None:
    assert len(render_text(found("relu"), 80).splitlines()) <= 24


@pytest.mark.parametrize("width", [20, 60, 71, 72, 80, 200])
@pytest.mark.parametrize("name", CASES)
def test_no_line_is_wider_than_asked(name: str, width: int) -> None:
    assert max(map(cell_len, render_text(found(name), width).splitlines())) <= width


def test_where_there_is_room_both_sides_stand_in_one_line() -> None:
    assert any(
        line.startswith("    linear(") and "relu(" in line
        for line in render_text(found("relu"), 80).splitlines()
    )


def test_without_room_the_right_side_stands_below_the_left() -> None:
    shown = render_text(found("relu"), 60).splitlines()
    left = next(i for i, line in enumerate(shown) if line.startswith("-") and "linear(" in line)
    assert "relu(" in shown[left + 1]
    assert shown[left + 1].startswith("+")


def test_equal_steps_are_folded_and_counted() -> None:
    same = diff(explain("Dense(64)"), explain("Dense(units=64)"))
    assert "= 25 equal steps" in render_text(same)


def test_what_only_one_side_has_is_shown_in_part_and_counted() -> None:
    assert "steps after it" in render_text(found("failing"))


def test_plain_characters_are_enough() -> None:
    for line in lines(found("relu"), 80, ascii_signs()):
        assert "".join(text for text, _ in line).isascii()


def test_plain_lines_say_in_words_what_is_left_and_what_is_right() -> None:
    text = "\n".join(plain(found("relu")))
    assert "Differs. Left: linear(f32[2,64]) returns f32[2,64]. Right: relu(" in text
    assert "│" not in text


def test_the_data_holds_every_difference_with_its_values() -> None:
    comparison = found("relu")
    data = json.loads(json.dumps(form(comparison)))
    assert data["same"] is False
    assert len(data["differences"]) == len(comparison.differing)
    looked_up = next(d for d in data["differences"] if d.get("left", {}).get("kind") == "get")
    change = next(change for change in looked_up["changes"] if change["field"] == "identifier")
    assert (from_json(change["left"]), from_json(change["right"])) == (None, "relu")


@pytest.mark.parametrize("name", NAMES)
def test_no_name_can_do_harm(name: str) -> None:
    trace = hostile_step_trace(name)
    comparison = diff(trace, explain("Dense(3)"))
    for text in (
        render_text(comparison),
        render_text(comparison, 60),
        "\n".join(plain(comparison)),
    ):
        assert all(line.isprintable() for line in text.splitlines())


@settings(max_examples=40, deadline=None)
@given(TRACES, TRACES)
def test_any_two_traces_can_be_shown(left: Trace, right: Trace) -> None:
    comparison = diff(left, right)
    for width in (60, 80):
        assert all(cell_len(line) <= width for line in render_text(comparison, width).splitlines())
    assert list(plain(comparison))
    json.dumps(form(comparison))
