"""The page of a diff in a browser: from difference to difference, by mouse and by keyboard."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from densetrace import api
from densetrace.data.trace import Trace
from densetrace.render.diff_html import chunks
from densetrace.study.diff import diff
from tests.browser.driving import Visit
from tests.browser.test_safety import RUN_AXE, axe_source
from tests.render.hostile import NAMES, hostile_step_trace
from tests.render.shared import long

Compare = Callable[..., Any]


@pytest.fixture
def compare(browser: Any, tmp_path: Path) -> Iterator[Compare]:
    """Opens the page of a diff. In the end it is checked that nothing went wrong there."""
    visits: list[Visit] = []

    def open_page(left: Trace, right: Trace, link: str = "", **settings: Any) -> Any:
        file = tmp_path / "diff.html"
        file.write_text("".join(chunks(diff(left, right))), encoding="utf-8")
        made = Visit(browser, file, **settings)
        visits.append(made)
        made.page.goto(file.as_uri() + link)
        made.page.locator("h1").wait_for()
        return made.page

    yield open_page
    for made in visits:
        made.check()
        made.context.close()


def two() -> tuple[Trace, Trace]:
    return (
        api.explain("Dense(4, activation='relu')", seed=1),
        api.explain("Dense(8, use_bias=False)", seed=1),
    )


def here(page: Any) -> Any:
    return page.locator("tr.here")


class TestMoves:
    def test_the_buttons_go_through_all_differences(self, compare: Compare) -> None:
        page = compare(*two())
        count = page.locator("tr.differs, tr.left, tr.right").count()
        assert page.locator("#position").inner_text() == f"{count} rows differ"
        assert page.locator("#previous").is_disabled()
        seen = []
        while page.locator("#next").is_enabled():
            page.locator("#next").click()
            seen.append(here(page).get_attribute("id"))
            assert here(page).is_visible()
        assert seen == [f"d{number}" for number in range(1, count + 1)]
        assert page.locator("#position").inner_text() == f"{count} of {count}"

    def test_so_do_keys(self, compare: Compare) -> None:
        page = compare(*two())
        for key, row in (("j", "d1"), ("n", "d2"), ("k", "d1"), ("G", None), ("g", "d1")):
            page.keyboard.press(key)
            assert row is None or here(page).get_attribute("id") == row
        assert page.evaluate("location.hash") == "#d1"
        assert here(page).evaluate("(row) => document.activeElement === row")

    def test_a_link_opens_at_its_difference(self, compare: Compare) -> None:
        page = compare(*two(), link="#d3")
        assert here(page).get_attribute("id") == "d3"
        for harmless in ("#d0", "#banana", "#<img>"):
            assert here(compare(*two(), link=harmless)).count() == 0

    def test_both_sides_of_a_row_are_level(self, compare: Compare) -> None:
        page = compare(*two())
        tops = page.locator("tr.differs").evaluate_all(
            "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.getBoundingClientRect())"
            ".map(({ top, width }) => `${top} ${width}`))"
        )
        assert tops
        assert all(left == right for left, right in tops)

    def test_equal_steps_unfold(self, compare: Compare) -> None:
        page = compare(*two())
        fold = page.locator("details.equal").first
        assert not fold.locator(".pairs").is_visible()
        page.keyboard.press("e")
        assert fold.locator(".pairs").is_visible()
        assert page.locator("#unfold").get_attribute("aria-pressed") == "true"
        page.keyboard.press("e")
        assert not fold.locator(".pairs").is_visible()

    def test_equal_traces_have_nothing_to_go_to(self, compare: Compare) -> None:
        page = compare(two()[0], two()[0])
        assert not page.locator("#next").is_visible()
        page.keyboard.press("j")
        page.keyboard.press("y")


class TestLooks:
    @pytest.mark.parametrize("width", [360, 1280])
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_axe_finds_nothing(self, compare: Compare, width: int, scheme: str) -> None:
        page = compare(
            *two(),
            viewport={"width": width, "height": 700},
            color_scheme=scheme,
            bypass_csp=True,
        )
        page.keyboard.press("j")
        page.keyboard.press("e")
        page.evaluate(axe_source())
        assert page.evaluate(RUN_AXE) == []

    def test_what_is_lit_can_be_read(self, compare: Compare) -> None:
        for scheme in ("light", "dark"):
            page = compare(*two(), color_scheme=scheme)
            assert page.locator("tr.differs mark").count() > 2

    def test_nothing_is_wider_than_a_phone(self, compare: Compare) -> None:
        page = compare(
            hostile_step_trace("a" * 5_000),
            two()[0],
            viewport={"width": 320, "height": 640},
        )
        fits = "({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth"
        assert page.locator("html").evaluate(fits)

    def test_dark_and_size_change(self, compare: Compare) -> None:
        page = compare(*two(), color_scheme="light")
        paper = "getComputedStyle(document.body).backgroundColor"
        before = page.evaluate(paper)
        page.keyboard.press("d")
        assert page.evaluate(paper) != before
        height = "document.querySelector('tr.differs').offsetHeight"
        small = page.evaluate(height)
        for _ in range(3):
            page.keyboard.press("+")
        assert page.evaluate(height) > small

    def test_on_paper_there_is_nothing_to_press(self, compare: Compare) -> None:
        page = compare(*two())
        page.emulate_media(media="print")
        assert not page.locator("#next").is_visible()
        assert page.locator("tr.differs").first.is_visible()
        assert page.pdf().startswith(b"%PDF")

    def test_without_scripts_it_can_be_read(self, browser: Any, tmp_path: Path) -> None:
        file = tmp_path / "diff.html"
        file.write_text("".join(chunks(diff(*two()))), encoding="utf-8")
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(file.as_uri())
        assert page.locator("tr.differs").first.is_visible()
        assert not page.locator("#next").is_visible()
        page.locator("details.equal summary").first.click()
        assert page.locator("details.equal .pairs").first.is_visible()
        context.close()


def test_hostile_names_are_shown_and_not_obeyed(compare: Compare) -> None:
    for name in NAMES:
        page = compare(hostile_step_trace(name), two()[0])
        page.keyboard.press("j")
        assert page.evaluate("typeof densetrace_canary") == "undefined"


def test_a_long_diff_stays_usable(compare: Compare) -> None:
    left, right = (
        long(6_000),
        api.explain(f"Sequential([{', '.join(['Dense(3, use_bias=False)'] * 100)}])", seed=1),
    )
    page = compare(left, right)
    page.keyboard.press("G")
    assert here(page).is_visible()
    page.keyboard.press("k")
    assert here(page).is_visible()
