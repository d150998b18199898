"""A search finds everything that matches, once around the trace."""

from hypothesis import given

from densetrace.stepper.cursor import Cursor
from densetrace.stepper.find import Search, Seeking
from tests.stepper import numbers
from tests.stepper.timelines import cursors, timeline


def found_by(search: Search, cursor: Cursor, forward: bool = True) -> Cursor | None:
    """The cursor at the stop that a search finds."""
    seeking = Seeking(search, cursor, forward)
    while not seeking.is_over:
        seeking = seeking.further()
    return None if seeking.found is None else cursor.at(seeking.found)


@given(cursors())
def test_a_search_meets_every_match(cursor: Cursor) -> None:
    search = Search("a", "attribute")
    stops = cursor.stops
    matching = {
        stops.of[position]
        for position, step in enumerate(cursor.timeline.steps)
        if step.kind == "assign" and step.inputs["name"] == "a"
    }
    for forward in (True, False):
        met = set()
        here = found_by(search, cursor, forward)
        while here is not None and here.stop not in met:
            met.add(here.stop)
            here = found_by(search, here, forward)
        assert met - {cursor.stop} == matching - {cursor.stop}


@given(cursors())
def test_forward_meets_the_nearest_match_first(cursor: Cursor) -> None:
    # Every step matches. A line may have a step before and one after the lines inside it.
    found = found_by(Search("dense"), cursor)
    of = cursor.stops.of
    later = [*of[cursor.position + 1 :], *of[: cursor.position]]
    nearest = next((stop for stop in later if stop != cursor.stop), None)
    assert (None if found is None else found.stop) == nearest


def test_names_values_source_lines_and_kinds_are_searched() -> None:
    cursor = Cursor(timeline())
    for words, line in (
        ("KERNEL_INIT", "kernel_initializer"),
        ("f32[3,64]", "Layer.__call__"),
        ("self.use_bias", "use_bias"),
        ("matmul", "matmul"),
        ("add_weight", "kernel"),
    ):
        found = found_by(Search(words), cursor.at(numbers.LAYER_INIT - 1))
        assert found is not None
        assert found.line(found.stop)[0].text == line or words == "f32[3,64]"


def test_an_attribute_is_touched_where_it_is_set_made_and_read() -> None:
    cursor = Cursor(timeline(), "framework")
    kinds = []
    here = found_by(Search("kernel", "attribute"), cursor)
    while here is not None and here.steps[0].kind not in kinds:
        kinds.append(here.steps[0].kind)
        here = found_by(Search("kernel", "attribute"), here)
    assert kinds == ["add_weight", "assign", "op"]


def test_a_slice_looks_at_a_bounded_number_of_steps() -> None:
    seeking = Seeking(Search("nowhere"), Cursor(timeline())).further(10)
    assert (seeking.looked_at, seeking.is_over) == (10, False)
