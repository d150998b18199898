"""The cursor goes everywhere, and back."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from densetrace.kinds.kind import LEVELS, Level
from densetrace.stepper.cursor import Cursor
from densetrace.stepper.timeline import Timeline
from tests.stepper.timelines import cursors, timeline, timelines


def is_in_sight(cursor: Cursor) -> bool:
    return not any(map(cursor.is_folded, cursor.outer(cursor.stop)))


@given(cursors())
def test_forward_then_back_is_where_one_was(cursor: Cursor) -> None:
    for forward, back in (("next", "previous"), ("into", "back_into")):
        moved = getattr(cursor, forward)()
        if moved.stop != cursor.stop:
            assert getattr(moved, back)().stop == cursor.stop


@given(cursors())
def test_back_then_forward_is_where_one_was(cursor: Cursor) -> None:
    for back, forward in (("previous", "next"), ("back_into", "into")):
        moved = getattr(cursor, back)()
        if moved.stop != cursor.stop:
            assert getattr(moved, forward)().stop == cursor.stop


@given(timelines, st.sampled_from(LEVELS))
def test_every_stop_is_reached_by_going_on(through: Timeline, level: Level) -> None:
    for move in ("next", "into"):
        cursor = Cursor(through, level).first()
        reached = [cursor.stop]
        while (moved := getattr(cursor, move)()) != cursor:
            cursor = moved
            reached.append(cursor.stop)
        assert reached == list(range(len(cursor.stops.positions)))


@given(timelines)
def test_at_framework_level_every_step_is_a_stop(through: Timeline) -> None:
    assert through.stops["framework"].positions == [(position,) for position in range(len(through))]


@given(timelines, st.sampled_from(LEVELS))
def test_every_step_has_a_stop_and_every_stop_its_steps(through: Timeline, level: Level) -> None:
    stops = through.stops[level]
    for stop, positions in enumerate(stops.positions):
        assert positions
        assert [stops.of[position] for position in positions] == [stop] * len(positions)
    assert all(0 <= stop < len(stops.positions) for stop in stops.of)


@given(cursors())
def test_into_goes_inside_where_there_is_something(cursor: Cursor) -> None:
    if cursor.has_inner_stops(cursor.stop):
        inside = cursor.into()
        assert inside.stops.parents[inside.stop] == cursor.stop
        assert inside.out().stop == cursor.stop
        assert is_in_sight(inside)


@given(cursors())
def test_over_leaves_what_is_inside_behind(cursor: Cursor) -> None:
    stops, stop = cursor.stops, cursor.stop
    after = cursor.over()
    if after != cursor:
        assert after.stop == stops.ends[stop]
        if stops.parents[after.stop] == stops.parents[stop]:
            assert after.back_over().stop == stop


@given(cursors())
def test_back_over_goes_to_a_sibling_or_out(cursor: Cursor) -> None:
    before = cursor.back_over()
    if before != cursor:
        parents = cursor.stops.parents
        assert before.stop == parents[cursor.stop] or (
            parents[before.stop] == parents[cursor.stop]
            and cursor.stops.ends[before.stop] == cursor.stop
        )


@given(cursors(), st.sampled_from(LEVELS), st.sampled_from(LEVELS))
def test_a_change_of_level_keeps_the_place(cursor: Cursor, first: Level, second: Level) -> None:
    there = cursor.at_level(first).at_level(second)
    assert there.position == cursor.position
    assert is_in_sight(there)
    assert there.at_level(cursor.level).stop == cursor.stop


@given(cursors())
def test_folding_and_unfolding_are_each_others_reverse(cursor: Cursor) -> None:
    if cursor.has_inner_stops(cursor.stop) and not cursor.is_folded(cursor.stop):
        assert cursor.fold() != cursor
        assert cursor.fold().unfold() == cursor


@given(cursors())
def test_what_is_folded_is_passed_over(cursor: Cursor) -> None:
    folded = cursor.fold()
    if folded.is_folded(folded.stop):
        assert folded.next().stop in (folded.stop, folded.stops.ends[folded.stop])


@given(cursors())
def test_one_always_stands_in_sight(cursor: Cursor) -> None:
    for move in (
        "next", "previous", "into", "back_into", "over", "back_over", "out", "first", "last",
        "same_kind", "fold", "unfold", "fold_everything", "unfold_everything",
    ):  # fmt: skip
        assert is_in_sight(getattr(cursor, move)())


@given(cursors())
def test_when_everything_is_folded_the_outermost_stops_remain(cursor: Cursor) -> None:
    cursor = cursor.fold_everything()
    while (before := cursor.previous()) != cursor:
        cursor = before
    seen = [cursor.stop]
    while (after := cursor.next()) != cursor:
        cursor = after
        seen.append(cursor.stop)
    assert seen == [stop for stop, parent in enumerate(cursor.stops.parents) if parent < 0]


@given(cursors())
def test_the_same_kind_is_found_nearest_first(cursor: Cursor) -> None:
    kind = cursor.steps[0].kind
    alike = [
        stop
        for stop, positions in enumerate(cursor.stops.positions)
        if any(cursor.timeline.steps[position].kind == kind for position in positions)
    ]
    later = [stop for stop in alike if stop > cursor.stop]
    assert cursor.same_kind().stop == (later[0] if later else cursor.stop)
    earlier = [stop for stop in alike if stop < cursor.stop]
    assert cursor.same_kind(forward=False).stop == (earlier[-1] if earlier else cursor.stop)


@pytest.mark.parametrize(
    ("level", "lines"),
    [
        ("user", ["Layer.__new__", "Dense.__init__", "Layer.__call__", "dense.build", "add_weight",
                  "add_weight", "dense.call"]),
    ],
)  # fmt: skip
def test_user_level_stops_where_something_becomes_of_the_object(
    level: Level, lines: list[str]
) -> None:
    cursor = Cursor(timeline(), level)
    assert [cursor.line(stop)[0].text for stop in range(len(cursor.stops.positions))] == lines


def test_a_step_without_a_line_of_its_own_keeps_its_place() -> None:
    cursor = Cursor(timeline(), "framework")
    hidden = next(
        position
        for position, step in enumerate(cursor.timeline.steps)
        if step.kind == "deserialize"
    )
    there = cursor.at(hidden).at_level("author")
    assert there.line(there.stop)[0].text == "activation"
    assert there.at_level("framework").steps[0].kind == "deserialize"


@given(cursors())
def test_above_a_stop_is_the_one_that_has_it_below(cursor: Cursor) -> None:
    seen = [stop for stop in range(len(cursor.stops.positions)) if not hidden(cursor, stop)]
    assert cursor.stop in seen
    for above, stop in pairwise(seen):
        assert cursor.above(stop) == above
        assert cursor.below(above) == stop
    assert cursor.above(seen[0]) is None
    assert cursor.below(seen[-1]) is None


def hidden(cursor: Cursor, stop: int) -> bool:
    return any(cursor.is_folded(outer) for outer in cursor.outer(stop))
