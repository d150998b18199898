"""The screen at its sizes: what is drawn fits, and is what the goldens show."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from densetrace import load
from densetrace.render.theme import UNICODE, Signs, ascii_signs
from densetrace.stepper.cursor import Cursor
from densetrace.stepper.keys import key_table
from densetrace.stepper.panels import WIDEST_HELP, help_rows
from densetrace.stepper.screen import Frame, draw
from densetrace.stepper.session import Session
from densetrace.stepper.state import States
from densetrace.terminal.source import Sources
from tests import finding
from tests.stepper import numbers
from tests.stepper.timelines import (
    SAVED_FAILURE,
    cursors,
    saved_session,
    session,
    source_folder,
    typed,
)

KEYS: dict[str, tuple[str, ...]] = {
    "start": (),
    "lookup": (*str(numbers.RELU), "enter"),
    "kernel": (*str(numbers.KERNEL), "enter"),
    "call": (*str(numbers.MATMUL), "enter"),
    "folded": ("j", "-"),
    "search": ("/", *"glorot"),
    "not-found": ("/", *"glorto", "enter"),
    "help": ("?",),
    "no-map": (*str(numbers.RELU), "enter", "m"),
    "map-only": (*str(numbers.RELU), "enter", "e", "v", "c"),
}


def frame(
    session: Session,
    width: int,
    height: int,
    signs: Signs = UNICODE,
    sources: Sources | None = None,
) -> Frame:
    return draw(session, sources or Sources(), signs, width, height)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    return Sources(source_folder(tmp_path_factory.mktemp("sources")))


def text(shown: Frame) -> str:
    return "".join("".join(run for run, _ in row).rstrip() + "\n" for row in shown.rows)


Golden = Callable[[str, str], None]


@pytest.mark.parametrize("name", KEYS)
def test_goldens(name: str, golden: Golden, sources: Sources) -> None:
    there = typed(saved_session(), *KEYS[name])
    golden(f"stepper/{name}-80", text(frame(there, 80, 24, sources=sources)))


@pytest.mark.parametrize("level", ["user", "framework"])
def test_goldens_of_levels(level: str, golden: Golden, sources: Sources) -> None:
    there = typed(saved_session(at=numbers.KERNEL), "l" if level == "framework" else "L")
    golden(f"stepper/level-{level}-80", text(frame(there, 80, 24, sources=sources)))


def test_golden_of_a_failing_layer(golden: Golden, sources: Sources) -> None:
    decorator = finding.number(load(SAVED_FAILURE), "layout")
    shown = frame(
        saved_session(SAVED_FAILURE, at=decorator),
        80,
        24,
        sources=sources,
    )
    golden("stepper/failing-80", text(shown))


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("size", [(160, 40), (80, 24), (60, 20)])
def test_ascii_has_the_same_rows(name: str, size: tuple[int, int], sources: Sources) -> None:
    there, signs = typed(saved_session(), *KEYS[name]), ascii_signs()
    shown = text(frame(there, *size, signs, sources))
    assert shown.isascii()
    lines = text(frame(there, *size, sources=sources)).splitlines()
    assert len(shown.splitlines()) == len(lines)


@given(cursors(), st.integers(1, 200), st.integers(1, 60), st.sampled_from("mevc? /z"))
def test_a_screen_is_never_larger_than_the_terminal(
    cursor: Cursor, width: int, height: int, key: str
) -> None:
    there = typed(Session(cursor, States(cursor.timeline)), key)
    # What explains a step is the teacher's matter, and random steps have no such texts.
    there = Session(cursor, there.states, there.panels - {"explanation"}, help=there.help)
    rows = frame(there, width, height).rows
    assert len(rows) <= height
    assert all(cell_len("".join(run for run, _ in row)) <= width for row in rows)


@pytest.mark.parametrize("width", [40, 60, 80, 160])
def test_the_help_of_a_key_is_never_cut_off(width: int) -> None:
    shown = [" ".join("".join(run for run, _ in row).split()) for row in help_rows(UNICODE, width)]
    everything = " ".join(shown)
    assert "\N{HORIZONTAL ELLIPSIS}" not in everything
    if width < 2 * WIDEST_HELP:  # one column
        assert all(f"{binding.shown} {binding.help}" in everything for binding in key_table())


@pytest.mark.parametrize(
    "size", [(30, 8), (45, 12), (60, 20), (80, 24), (100, 30), (132, 43), (250, 80)]
)
def test_every_step_fits_at_every_level(size: tuple[int, int]) -> None:
    width, height = size
    for level in ("user", "author", "framework"):
        there = session(level=level)
        for number in range(1, 55, 4):
            rows = frame(Session(there.cursor.at(number - 1), there.states), width, height).rows
            assert len(rows) == height
            assert all(cell_len("".join(run for run, _ in row)) <= width for row in rows)


@pytest.mark.parametrize(("width", "height"), [(29, 20), (80, 7), (5, 1)])
def test_a_screen_that_is_too_small_says_so(width: int, height: int) -> None:
    assert text(frame(session(), width, height)).startswith("Too")


def test_a_small_screen_keeps_the_step_and_the_position() -> None:
    shown = text(frame(session(at=numbers.RELU), 40, 10))
    assert f"step {numbers.RELU} of {numbers.COUNT}" in shown
    assert "What:" in shown


@pytest.mark.parametrize("number", [numbers.NEW, numbers.RELU, numbers.KERNEL, numbers.LAST])
def test_phase_and_position_are_always_told(number: int) -> None:
    for width, height in ((60, 20), (80, 24), (160, 50)):
        first = text(frame(session(at=number), width, height)).splitlines()[0]
        assert numbers.at(number) in first
        assert "construct" in first or "first call" in first


def test_the_step_around_the_current_one_is_on_the_map() -> None:
    rows = text(frame(session(at=numbers.KERNEL_INITIALIZER), 80, 24)).splitlines()
    assert "allow_initializer_layout calls Dense.__init__" in rows[1]


def test_the_page_is_what_is_left_when_the_screen_grows() -> None:
    small = frame(typed(session(), " "), 80, 24)
    assert small.last_page > 0
    there = Session(session().cursor, session().states, scroll=small.last_page + 5)
    assert frame(there, 80, 24).page == small.last_page
    assert frame(there, 80, 80).page == 0


def test_foreign_text_is_shown_and_never_obeyed() -> None:
    expression = r"Dense(3, name='\x1b[31m\u202ex')"
    for number in range(1, 40, 3):
        shown = text(frame(session(expression, at=number), 80, 24))
        assert "\x1b" not in shown
        assert "\u202e" not in shown
