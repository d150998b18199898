"""Alternatives are timed in turn, ratios made within a round, and tables say what was measured."""

import gc
import importlib

import pytest

import densetrace
from densetrace.keras.layers import Dense
from tests.benchmarks.figures import Figure, Row
from tests.benchmarks.page import shown_figures, table, with_table
from tests.benchmarks.stacks import life, steps_of_a_life, without_hooks
from tests.benchmarks.timing import interleaved, ratios

PAGE = "Before.\n\n<!-- figures: one -->\n<!-- end of figures -->\n\nAfter.\n"
SLOW = Figure("a walk", "ms", at_most=10)
FAST = Figure("a run", "times", at_least=2)
FOREIGN = Figure("a flight", "ms", needs=("no_such_package",))
TOLD = Figure("a nap", "MB")


class Clock:
    """A clock that the work itself moves on."""

    def __init__(self) -> None:
        self.now = 0.0
        self.speed = 1.0
        self.order: list[str] = []

    def work(self, name: str, seconds: float) -> None:
        self.now += seconds * self.speed
        self.order.append(name)


def test_a_machine_that_gets_slower_does_not_change_a_ratio() -> None:
    clock = Clock()

    def short() -> None:
        clock.work("short", 0.1)

    def long() -> None:
        clock.work("long", 0.3)
        clock.speed *= 2

    times = interleaved({"long": long, "short": short}, 4, clock=lambda: clock.now)
    assert len(times["long"]) == len(times["short"]) == 4
    assert times["long"][3] > times["long"][0]
    assert max(ratios(times["long"], times["short"])) <= 6


def test_each_round_begins_with_another_alternative() -> None:
    clock = Clock()
    actions = {name: lambda name=name: clock.work(name, 1.0) for name in "abc"}
    interleaved(actions, 3, clock=lambda: clock.now)
    assert "".join(clock.order[-9:]) == "abcbcacab"


def test_what_is_quick_is_repeated() -> None:
    clock = Clock()
    times = interleaved({"quick": lambda: clock.work("quick", 1e-6)}, 2, clock=lambda: clock.now)
    assert times["quick"] == pytest.approx([1e-6, 1e-6])
    assert len(clock.order) > 20_000


def test_no_garbage_is_collected_while_the_clock_runs() -> None:
    clock, collecting = Clock(), []

    def look() -> None:
        clock.work("look", 1.0)
        collecting.append(gc.isenabled())

    interleaved({"look": look}, 2, clock=lambda: clock.now)
    assert collecting[-2:] == [False, False]
    assert gc.isenabled()


def test_the_stack_without_hooks_makes_no_step_and_takes_nobodys_place() -> None:
    bare = without_hooks()
    with densetrace.trace() as trace:
        life(bare.Dense)()
    assert not trace.steps
    assert steps_of_a_life() > 40
    assert importlib.import_module("densetrace.keras.layers").Dense is Dense is not bare.Dense


def test_a_target_is_met_by_the_median() -> None:
    assert SLOW.measured([9, 11, 8]).met is True
    assert SLOW.measured([11, 9, 12]).met is False
    assert FAST.measured([1, 2, 3]).met is True
    assert FAST.measured([1.9]).met is False
    assert TOLD.measured([1]).met is None


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (SLOW.measured([1.234, 0.5, 12.34]), "1.23 ms (0.50 to 12.3)"),
        (TOLD.measured([1234.5]), "1,234 MB"),
    ],
)
def test_a_row_tells_the_median_and_the_range(row: Row, told: str) -> None:
    assert str(row) == told


def test_a_table_takes_its_place_and_leaves_the_words_alone() -> None:
    rows = [SLOW.measured([12], "on a hill"), FAST.measured([3])]
    first = with_table(PAGE, "one", table([SLOW, FAST, FOREIGN, TOLD], [], "a machine"))
    page = with_table(first, "one", table([SLOW, FAST, FOREIGN], rows, "a machine"))
    assert page == (
        "Before.\n\n<!-- figures: one -->\n\n"
        "| what | median (range) | target | met |\n|---|---|---|---|\n"
        "| a walk | 12.0 ms | at most 10 ms | no: on a hill |\n"
        "| a run | 3.00 times | at least 2 times | yes |\n"
        "| a flight | not measured |  | no_such_package was not installed |\n"
        "\nMeasured on a machine.\n\n"
        "<!-- end of figures -->\n\nAfter.\n"
    )
    assert shown_figures(page, "one") == [
        ("a walk", "at most 10 ms"),
        ("a run", "at least 2 times"),
        ("a flight", ""),
    ]


def test_a_page_without_a_place_for_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="<!-- figures: two -->"):
        with_table(PAGE, "two", "")
