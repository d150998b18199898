"""How a diff is shown: side by side, stacked, flat, and as data."""

import json
import re
from typing import Literal

import pytest
from hypothesis import given, settings
from rich.cells import cell_len

from densetrace.api import explain
from densetrace.data.trace import Trace
from densetrace.data.value_reader import from_json
from densetrace.kinds.spans import plain_text
from densetrace.render.diff import form, lines, plain, render_text
from densetrace.render.diff_rows import rows
from densetrace.render.theme import ascii_signs
from densetrace.study.diff import Diff, diff
from densetrace.study.diff_tally import Tally
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
    "layout": ("Dense(2)", "Dense(2, kernel_layout='my layout')"),
}


def found(name: str) -> Diff:
    left, right = CASES[name]
    seed = 1 if name == "layout" else None  # a layout cannot draw numbers without a seed
    return diff(explain(left, seed=seed), explain(right, seed=seed))


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
    assert "= 52 equal steps" in render_text(same)


WRITTEN = (
    "Dense(64)",
    "Dense(units=64)",
    "Dense(64, 'relu')",
    "Dense(units=64, activation='relu', name='x')",
    "Dense(3, kernel_layout='my layout')",
    "Dense(4, activation='rellu')",
    "Dropout(0.5)",
    "LSTM(2)",
    "Sequential([Dense(4), Dense(2)])",
    "Sequential([Dense(4, 'relu'), Dropout(0.1), Dense(units=2)])",
)
UNTIL = ("init", "build", "call")


def check_tally(difference: Diff) -> Tally:
    """The counted steps add up to those of both traces."""
    tally = Tally.of(difference)
    both = tally.equal + tally.differing
    assert tally.left_out >= 0
    for made, alone in ((difference.left, tally.left), (difference.right, tally.right)):
        assert both + alone + tally.left_out == len(made.order.steps)
    return tally


@pytest.mark.parametrize("until", UNTIL)
def test_the_counted_steps_add_up_to_the_traces(until: Literal["init", "build", "call"]) -> None:
    made = [explain(written, until=until) for written in WRITTEN]
    for left in made:
        for right in made:
            difference = diff(left, right)
            check_tally(difference)
            assert difference.same or counted_in_words(difference) == added_up(difference)


def counted_in_words(difference: Diff) -> dict[str, int]:
    """The counts below the rows of a diff."""
    [words] = [line for line in plain(difference) if re.match(r"\d[\d,]* equal step", line)]
    found = re.findall(
        r"(\d[\d,]*) (equal|difference|steps? only on the left|steps? only on the right)", words
    )
    names = {what.split()[-1]: int(count.replace(",", "")) for count, what in found}
    return {"equal": 0, "difference": 0, "left": 0, "right": 0} | names


def added_up(difference: Diff) -> dict[str, int]:
    """The steps that a reader counts in the rows of a diff."""
    counts = {"equal": 0, "difference": 0, "left": 0, "right": 0}
    for line in plain(difference):
        if match := re.match(r"Same: (\d[\d,]*) equal steps?$", line):
            counts["equal"] += int(match[1].replace(",", ""))
        elif line.startswith("Differs."):
            counts["difference"] += 1
        elif match := re.match(r"Only (left|right)\b", line):
            steps = re.search(r"\((\d[\d,]*) steps\)|: and (\d[\d,]*) steps? after it", line)
            number = next(filter(None, steps.groups())) if steps else "1"
            counts[match[1]] += int(number.replace(",", ""))
    return counts


@settings(deadline=None)
@given(TRACES, TRACES)
def test_the_counted_steps_of_any_traces_add_up(left: Trace, right: Trace) -> None:
    check_tally(diff(left, right))


@pytest.mark.parametrize("until", UNTIL)
def test_arguments_written_in_another_way_leave_no_step_uncounted(
    until: Literal["init", "build", "call"],
) -> None:
    sides = [explain(written, until=until) for written in ("Dense(units=64)", "Dense(64)")]
    difference = diff(*sides)
    folded = [row for row in rows(difference) if row.kind == "same"]
    equal = sum(sum(1 for _ in pair.either.walk()) for row in folded for pair in row.equal)
    assert equal == Tally.of(difference).equal == len(sides[0].order.steps) - 2


def test_only_a_sentence_on_numbers_is_said_to_use_them() -> None:
    same, other = (explain("Dense(2)", seed=seed) for seed in (4, 5))
    assert "does use the numbers" not in " ".join(render_text(diff(same, same)).split())
    assert "does use the numbers" in " ".join(render_text(diff(same, other)).split())


def trained() -> Diff:
    sides = ("Dense(2)", "Dense(2, kernel_regularizer='l2')")
    return diff(*(explain(side, fit=True, seed=1) for side in sides))


def test_a_given_name_is_shown_beside_the_name_that_keras_makes_up() -> None:
    sides = explain("Dense(3)"), explain("Dense(3, name='x')")
    given = "(name='x' is given)"
    left, right = diff(*sides), diff(*reversed(sides))
    row = next(line for line in render_text(left).splitlines() if "_name" in line)
    assert row.split() == ["_name", "=", "'dense'", "-", *given.split()]
    row = next(line for line in render_text(right).splitlines() if "_name" in line)
    assert row.split() == [*given.split(), "+", "_name", "=", "'dense'"]
    assert f"Only left. Left: _name = 'dense'. Right: {given}." in plain(left)
    assert f"Only right. Left: {given}. Right: _name = 'dense'." in plain(right)


def test_a_row_that_is_not_marked_shows_no_result_of_one_side() -> None:
    difference = trained()
    assert "      train_function()" in render_text(difference).splitlines()
    assert "In train_function():" in plain(difference)
    inside = [plain_text(row.left or ()) for row in rows(difference) if row.kind == "inside"]
    assert len(inside) > 3
    assert not [text for text in inside if "loss=" in text]


def test_a_long_label_is_not_broken_inside_a_word() -> None:
    shown = render_text(trained(), 80)
    assert "y_t " not in shown
    assert "LossesContainer.__call__( " in shown
    assert "y_true=f32[4,2]," in shown


@pytest.mark.parametrize("name", ["relu", "bias", "failing", "inserted", "trained", "layout"])
def test_the_counts_add_up_from_the_rows(name: str) -> None:
    difference = trained() if name == "trained" else found(name)
    assert counted_in_words(difference) == added_up(difference)
    assert counted_in_words(difference)["difference"] > 0


def test_an_attribute_that_a_decorator_sets_has_a_row() -> None:
    shown = render_text(found("layout"), 200)
    assert "+ kernel_layout = 'my layout'" in shown
    assert "+ 1 step only on the right." in shown


def test_numbers_are_said_to_be_compared_in_the_sentences_only() -> None:
    note = "Numbers in arrays are compared only in the sentences above, not step by step."
    assert "training ends with different weights" in " ".join(render_text(trained()).split())
    assert render_text(trained()).endswith(f"{note}\n")
    assert list(plain(trained()))[-1] == note
    for name in ("relu", "same"):  # with other seeds; all equal
        assert note not in render_text(found(name))
    assert "are not compared step by step" in " ".join(render_text(found("same")).split())


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
