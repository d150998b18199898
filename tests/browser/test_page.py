"""The page as a stepper: opened, stepped, folded, searched, linked to, by mouse and by keyboard."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from densetrace import api
from densetrace.data.trace import Trace
from densetrace.kinds.kind import LEVELS, Level
from densetrace.kinds.spans import plain_text
from densetrace.render.outline import Outline, View
from densetrace.render.phases import phases
from densetrace.stepper.cursor import Cursor
from densetrace.stepper.keys import key_table
from densetrace.stepper.timeline import Timeline
from densetrace.teach.explanations import explain_step
from tests import finding
from tests.browser.conftest import Open
from tests.render.shared import dense, failing, long
from tests.render.steps import nested, step, trace
from tests.stepper import numbers

REFUSED = finding.number(failing(), "get", identifier="rleu")
"""The step of `failing()` that raises."""

ONLY_IN_A_TERMINAL = {"a", "A", "m", "w", "q", "+", "-", "="}
"""Keys of the terminal that a page has no use for, or other ways to do the same: + and - are for
the size of the type, as in every browser."""

MOVES: dict[str, Callable[[Cursor], Cursor]] = {
    "j": Cursor.next,
    "k": Cursor.previous,
    "s": Cursor.into,
    "S": Cursor.back_into,
    "o": Cursor.over,
    "O": Cursor.back_over,
    "u": Cursor.out,
    "t": Cursor.same_kind,
    "T": lambda cursor: cursor.same_kind(forward=False),
    "g": Cursor.first,
    "G": Cursor.last,
}

PRESS_ALL = """(tries) => tries.map(([start, key]) => {
  toNumber(start);
  document.getElementById('tree').dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
  return level().steps(here.row)[0] + 1;
})"""
"""From each step, presses a key; tells the first step of the line where that leads."""


def title(page: Any) -> str:
    """What the step in full is headed by."""
    return str(page.locator("#detail-title").inner_text())


def position(page: Any) -> str:
    return str(page.locator("#number").input_value())


def here(page: Any) -> Any:
    """The row that is chosen."""
    return page.locator("#sheet .row.here")


def lines(page: Any) -> list[str]:
    """The lines of the rows that are in the page."""
    return [line.strip() for line in page.locator("#sheet .line").all_inner_texts()]


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


class TestOpening:
    def test_it_shows_the_tree_and_the_first_step_in_full(self, visit: Open) -> None:
        page = visit(dense())
        assert page.title() == "Dense(64, activation='relu') · densetrace"
        assert lines(page)[:2] == ["1  construct", "Layer.__new__(Dense, 64, activation='relu')"]
        assert title(page) == "Layer.__new__(Dense, 64, activation='relu')"
        assert position(page) == "1"
        assert page.locator("#of").inner_text() == f"of {numbers.COUNT}"

    @pytest.mark.parametrize("make", [dense, failing])
    @pytest.mark.parametrize("level", LEVELS)
    def test_it_says_what_the_terminal_says(self, visit: Open, make: Any, level: Level) -> None:
        made: Trace = make()
        page = visit(made, view=View(level), viewport={"width": 1280, "height": 20_000})
        outline = Outline(made, View(level))
        expected = []
        for phase in outline.phases():
            expected.append("")
            expected += [plain_text(row.line.spans).strip() for row in outline.rows(phase)]
        shown = page.locator("#sheet .row:not(.phase) .line").all_inner_texts()
        assert shown == [line for line in expected if line]

    def test_the_step_is_explained_as_everywhere(self, visit: Open) -> None:
        made = dense()
        page = visit(made, f"#{numbers.GLOROT}")
        explained = explain_step(made.order.steps[numbers.GLOROT - 1])
        text = page.locator("#body").inner_text()
        for answer in (explained.what, explained.why, explained.where):
            assert answer in text

    def test_an_expression_is_what_the_person_typed(self, visit: Open) -> None:
        page = visit(dense(), "#1")
        assert page.locator("#step figcaption").inner_text() == "what you typed"

    def test_the_summary_stands_at_the_end(self, visit: Open) -> None:
        page = visit(dense())
        assert (
            "256 parameters, all trainable (kernel 192, bias 64)."
            in page.locator("#closing").inner_text()
        )
        assert (
            f"{numbers.COUNT} steps, 38 shown at this level."
            in page.locator("#closing").inner_text()
        )

    def test_without_scripts_it_is_the_tree_as_text(self, browser: Any, tmp_path: Any) -> None:
        from tests.browser.driving import written

        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(written(tmp_path, dense()).as_uri())
        assert "├─ units = 64" in page.locator("noscript pre").inner_text()
        assert not page.locator("#app").is_visible()
        context.close()

    def test_a_trace_without_steps_opens(self, visit: Open) -> None:
        page = visit(trace(step("op")))
        assert position(page) == "1"


class TestStepping:
    def test_the_buttons_go_on_and_back(self, visit: Open) -> None:
        page = visit(dense())
        assert page.locator("#previous").is_disabled()
        page.locator("#next").click()
        assert title(page) == "allow_initializer_layout calls Dense.__init__"
        page.locator("#next").click()
        page.locator("#next").click()
        assert title(page) == "built = False"
        page.locator("#out").click()
        assert title(page).startswith("Layer.__init__")
        page.locator("#last").click()
        assert page.locator("#next").is_disabled()
        page.locator("#first").click()
        assert position(page) == "1"

    def test_every_step_with_a_line_is_reached_and_left_again(self, visit: Open) -> None:
        page = visit(failing(), view=View("framework"))
        seen = [position(page)]
        while page.locator("#next").is_enabled():
            page.locator("#next").click()
            seen.append(position(page))
        assert seen == [str(number) for number in range(1, 11)]
        for number in reversed(seen[:-1]):
            page.locator("#previous").click()
            assert position(page) == number

    @pytest.mark.parametrize("level", ["author", "framework"])
    @pytest.mark.parametrize("make", [dense, failing])
    def test_keys_move_as_in_the_terminal(self, visit: Open, make: Any, level: Level) -> None:
        made = make()
        page = visit(made, view=View(level))
        cursor = Cursor(Timeline(made), level)
        tries = [(positions[0], key) for positions in cursor.stops.positions for key in MOVES]
        ended = page.evaluate(PRESS_ALL, [[start + 1, key] for start, key in tries])
        for (start, key), number in zip(tries, ended, strict=True):
            assert number == MOVES[key](cursor.at(start)).number, (start + 1, key)

    def test_a_number_leads_to_its_step(self, visit: Open) -> None:
        page = visit(dense())
        press(page, *str(numbers.GLOROT), "Enter")
        assert position(page) == str(numbers.GLOROT)

    def test_a_line_that_tells_two_steps_offers_both(self, visit: Open) -> None:
        page = visit(dense(), f"#{numbers.GLOROT}")
        page.get_by_role("button", name=f"step {numbers.KERNEL_INITIALIZER}: assign").click()
        assert position(page) == str(numbers.KERNEL_INITIALIZER)
        pressed = page.locator("#body [aria-pressed='true']")
        assert pressed.inner_text() == f"step {numbers.KERNEL_INITIALIZER}: assign"

    def test_the_state_shows_what_has_just_been_set(self, visit: Open) -> None:
        page = visit(dense(), f"#{numbers.GLOROT}")
        state = page.locator('[data-key="state"]')
        assert "State of dense" in state.inner_text()
        changed = state.locator("tr.changed")
        assert changed.count() == 1
        assert re.sub(r"\s+", " ", changed.inner_text()).startswith("kernel_initializer")
        assert "bias_initializer" not in state.inner_text()
        press(page, "j")
        assert "bias_initializer" in page.locator('[data-key="state"]').inner_text()

    def test_an_attribute_leads_to_the_step_that_set_it(self, visit: Open) -> None:
        page = visit(dense(), f"#{numbers.LAST}")
        page.get_by_role("button", name="units", exact=True).click()
        assert title(page) == "units = 64"

    def test_parts_that_were_closed_stay_closed(self, visit: Open) -> None:
        page = visit(dense(), f"#{numbers.GLOROT}")
        press(page, "e", "v", "c")
        press(page, "j", "j")
        for part in ("why", "where", "state", "line"):
            assert page.locator(f'[data-key="{part}"]').get_attribute("open") is None
        press(page, "e")
        assert page.locator('[data-key="why"]').get_attribute("open") is not None

    def test_a_failure_is_told_in_full(self, visit: Open) -> None:
        page = visit(failing(), f"#{REFUSED}")
        assert "Unknown activation function 'rleu'" in page.locator("#body .failed").inner_text()


class TestFolding:
    def test_a_press_on_the_sign_folds_and_unfolds(self, visit: Open) -> None:
        page = visit(dense())
        row = page.locator("#sheet .row", has_text="Layer.__init__").first
        assert row.get_attribute("aria-expanded") == "true"
        row.locator(".fold").click()
        assert "built = False" not in lines(page)
        assert row.get_attribute("aria-expanded") == "false"
        row.locator(".fold").click()
        assert "built = False" in lines(page)

    def test_arrows_fold_as_in_every_tree(self, visit: Open) -> None:
        page = visit(dense(), f"#{numbers.LAYER_INIT}")
        press(page, "ArrowLeft")
        assert here(page).get_attribute("aria-expanded") == "false"
        press(page, "ArrowDown")
        assert title(page) == "units = 64"
        press(page, "ArrowUp", "ArrowRight", "ArrowRight")
        assert title(page) == "built = False"
        press(page, "ArrowLeft")
        assert title(page).startswith("Layer.__init__")

    def test_everything_folds_and_unfolds(self, visit: Open) -> None:
        page = visit(dense(), f"#{numbers.GLOROT}")
        press(page, "z")
        assert len(lines(page)) == 2
        press(page, "Z")
        assert len(lines(page)) > 20

    def test_a_fold_around_the_chosen_line_takes_its_place(self, visit: Open) -> None:
        page = visit(dense(), f"#{numbers.LAYER_INIT}")
        press(page, "x")
        assert title(page).startswith("Layer.__init__")
        assert here(page).get_attribute("aria-expanded") == "false"

    def test_a_link_opens_what_hides_its_step(self, visit: Open) -> None:
        page = visit(dense())
        press(page, "z")
        page.evaluate(f"location.hash = '#{numbers.GLOROT}'")
        value = "document.getElementById('number').value"
        page.wait_for_function(f"{value} === '{numbers.GLOROT}'")
        assert here(page).is_visible()


class TestLevels:
    def test_the_place_is_kept(self, visit: Open) -> None:
        page = visit(dense(), f"#{numbers.GLOROT}")
        page.get_by_text("framework", exact=True).click()
        assert position(page) == str(numbers.GLOROT)
        assert title(page).startswith("initializers.get")
        press(page, "s")
        inner = position(page)
        page.get_by_text("author", exact=True).click()
        assert position(page) == inner
        assert "kernel_initializer" in here(page).inner_text()

    def test_the_user_level_shows_what_one_got(self, visit: Open) -> None:
        page = visit(dense(), f"#{numbers.GLOROT}")
        press(page, "L")
        assert any(line.startswith("given units=64") for line in lines(page))
        press(page, "l")
        assert position(page) == str(numbers.GLOROT)

    def test_each_line_of_the_user_level_leads_to_its_step(self, visit: Open) -> None:
        page = visit(dense(), view=View("user"))
        assert title(page) == "given units=64, activation='relu'"
        press(page, "j")
        assert title(page) == "units = 64"
        assert "assign, about dense" in page.locator("#body").inner_text()
        page.locator("#sheet .line", has_text="weights").click()
        body = page.locator("#body").inner_text()
        assert "kernel = f32[3,64]" in body


class TestSearching:
    def test_what_is_found_is_marked_and_gone_through(self, visit: Open) -> None:
        page = visit(dense())
        press(page, "/")
        page.keyboard.type("('ZEROS')")
        assert page.locator("#found").inner_text() == "1 found"
        press(page, "Enter")
        assert "bias_initializer" in title(page)
        assert page.locator("#found").inner_text() == "1 of 1"
        assert page.locator("#sheet mark").all_inner_texts() == ["('zeros')"]

    def test_it_goes_round_both_ways_and_opens_folds(self, visit: Open) -> None:
        page = visit(dense())
        press(page, "z", "/")
        page.keyboard.type("regularizers.get")
        press(page, "Enter")
        first = title(page)
        press(page, "Escape", ".", ".")
        assert page.locator("#query").input_value() == "regularizers.get"
        assert title(page) != first
        press(page, ".")
        assert title(page) == first
        press(page, ",")
        assert title(page) != first

    def test_it_finds_source_lines_too(self, visit: Open) -> None:
        page = visit(dense())
        page.locator("#query").fill("int(units)")
        page.locator("#query").press("Enter")
        assert title(page) == "units = 64"

    def test_what_is_not_there_is_told(self, visit: Open) -> None:
        page = visit(dense())
        page.locator("#query").fill("nowhere")
        assert page.locator("#found").inner_text() == "not found"
        page.locator("#query").fill("")
        assert page.locator("#sheet mark").count() == 0


LINKED = (numbers.NEW, numbers.GLOROT, numbers.KERNEL_INITIALIZER, numbers.LAST)
WRONG = ("#0", f"#{numbers.COUNT + 1}", "#banana", "#-1", "#1e1", "#<img>")


class TestLinks:
    @pytest.mark.parametrize("number", LINKED)
    def test_a_link_leads_to_its_step(self, visit: Open, number: int) -> None:
        page = visit(dense(), f"#{number}")
        assert position(page) == str(number)
        assert here(page).is_visible()

    def test_the_address_follows_the_step(self, visit: Open) -> None:
        page = visit(dense())
        press(page, "j", "j")
        assert page.evaluate("location.hash") == f"#{position(page)}"

    @pytest.mark.parametrize("link", WRONG)
    def test_a_wrong_link_is_told_and_harmless(self, visit: Open, link: str) -> None:
        page = visit(dense(), link)
        assert position(page) in ("1", "10")
        if position(page) == "1":
            assert (
                f"Steps are numbered 1 to {numbers.COUNT}." in page.locator("#status").inner_text()
            )

    def test_a_step_can_be_asked_for_by_number(self, visit: Open) -> None:
        page = visit(dense())
        page.locator("#number").fill("20")
        page.locator("#number").press("Enter")
        assert page.evaluate("location.hash") == "#20"
        page.locator("#number").fill("999")
        page.locator("#number").press("Enter")
        assert position(page) == "20"


class TestKeyboard:
    def test_everything_is_reached_by_tab_and_can_be_seen_to_be(self, visit: Open) -> None:
        page = visit(dense(), f"#{numbers.GLOROT}")
        page.evaluate("document.activeElement.blur()")
        reached = set()
        for _ in range(40):
            press(page, "Tab")
            focus = page.evaluate(
                "(() => { const at = document.activeElement;"
                " if (at === document.body) return ['outside'];"
                " const seen = at.closest('label') ?? "
                "(at.id === 'tree' ? document.querySelector('.row.here') : at); return "
                "[at.id || at.name || at.textContent, getComputedStyle(seen).outlineStyle]; })()"
            )
            reached.add(focus[0])
            if focus[0] != "outside":
                assert focus[1] not in ("none", ""), focus
        assert reached >= {"level", "query", "dark", "help", "tree"}
        assert reached >= {"next", "previous", "number", "step"}

    def test_the_keys_are_told_in_a_dialog(self, visit: Open) -> None:
        page = visit(dense())
        press(page, "?")
        dialog = page.get_by_role("dialog", name="Keys")
        assert dialog.is_visible()
        press(page, "j", "Escape")
        assert not dialog.is_visible()
        assert position(page) == "1"
        assert page.evaluate("document.activeElement.id") == "tree"

    def test_the_keys_are_those_of_the_terminal(self, visit: Open) -> None:
        page = visit(dense())
        press(page, "?")
        rows = page.locator("#key-rows tr").all_inner_texts()
        pairs = [re.sub(r"\s*\t\s*", "\t", row).split("\t") for row in rows]
        listed = {what: keys for keys, what in pairs}
        by_key = {key: what for what, keys in listed.items() for key in keys.split()}
        for binding in key_table():
            for key in binding.keys:
                if len(key) == 1 and key.isprintable() and key not in ONLY_IN_A_TERMINAL:
                    if key == " ":
                        key = "Space"
                    if key.isdigit():
                        continue
                    assert by_key[key] == binding.help.partition(" (")[0], key

    def test_letters_can_be_turned_off_outside_the_tree(self, visit: Open) -> None:
        page = visit(dense())
        press(page, "h")
        page.locator("#letters").uncheck()
        page.get_by_role("button", name="Close").click()
        page.locator("#help").focus()
        press(page, "j")
        assert position(page) == "1"
        page.locator("#tree").focus()
        press(page, "j")
        assert position(page) == "2"

    def test_keys_of_the_browser_are_left_alone(self, visit: Open) -> None:
        page = visit(dense())
        press(page, "Control+j", "Alt+j")
        assert position(page) == "1"
        page.locator("#query").press("j")
        assert position(page) == "1"


def colours(page: Any) -> tuple[str, str]:
    """Of the paper and of the ink."""
    found = page.evaluate(
        "(() => { const style = getComputedStyle(document.body);"
        " return [style.backgroundColor, style.color]; })()"
    )
    return found[0], found[1]


class TestLooks:
    def test_it_follows_the_persons_choice_of_light_or_dark(self, visit: Open) -> None:
        light = colours(visit(dense(), color_scheme="light"))
        dark = colours(visit(dense(), color_scheme="dark"))
        assert light != dark

    def test_dark_can_be_turned_on_and_off(self, visit: Open) -> None:
        page = visit(dense(), color_scheme="light")
        light = colours(page)
        page.locator("#dark").click()
        assert colours(page) != light
        assert page.locator("#dark").get_attribute("aria-pressed") == "true"
        press(page, "d")
        assert colours(page) == light

    @pytest.mark.parametrize("width", [320, 400, 768, 1280])
    def test_nothing_is_wider_than_the_window(self, visit: Open, width: int) -> None:
        page = visit(dense(), f"#{numbers.GLOROT}", viewport={"width": width, "height": 700})
        for inside in ("html", "#scroller", "#step"):
            fits = "(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)"
            assert page.evaluate(f"{fits}(document.querySelector('{inside}'))"), inside
        assert here(page).is_visible()
        assert page.locator("#next").is_visible()

    def test_deep_lines_keep_room(self, visit: Open) -> None:
        page = visit(trace(nested(300)), "#300", viewport={"width": 400, "height": 700})
        assert page.evaluate("document.querySelector('.row.here .line').clientWidth") > 120
        assert here(page).inner_text().startswith("300")

    def test_on_paper_is_the_whole_tree_and_nothing_to_press(self, visit: Open) -> None:
        page = visit(dense())
        rows = len(list(Outline(dense()).phases())) + sum(
            1 for phase in phases(dense()) for _ in Outline(dense()).rows(phase)
        )
        page.emulate_media(media="print")
        page.locator("#paper .row").first.wait_for()
        assert page.locator("#paper .row").count() == rows
        for control in ("#next", "#query", "#scroller", "#dark"):
            assert not page.locator(control).is_visible()
        assert page.pdf().startswith(b"%PDF")
        page.emulate_media(media="screen")
        page.wait_for_function("!document.querySelector('#paper .row')")
        assert page.locator("#next").is_visible()


class TestLength:
    def test_only_what_is_seen_is_in_the_page(self, visit: Open) -> None:
        made = long(10_000)
        page = visit(made)
        assert page.locator("#sheet .row").count() < 80
        press(page, "G")
        assert here(page).is_visible()
        assert int(position(page)) > 9_000
        assert page.locator("#sheet .row").count() < 80

    def test_scrolling_shows_other_rows_and_loses_none(self, visit: Open) -> None:
        page = visit(long(2_000), view=View("framework"))
        seen: set[int] = set()
        while True:
            numbers = page.evaluate(
                "[...document.querySelectorAll('#sheet .row')]"
                ".map((row) => Number(row.dataset.row))"
            )
            assert numbers == sorted(numbers)
            seen.update(numbers)
            before = page.evaluate("document.getElementById('scroller').scrollTop")
            page.evaluate("document.getElementById('scroller').scrollBy(0, 600)")
            page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
            if page.evaluate("document.getElementById('scroller').scrollTop") == before:
                break
        rows = page.evaluate("trace.levels.framework.rows.length")
        assert seen == set(range(rows))

    def test_rows_neither_overlap_nor_leave_gaps(self, visit: Open) -> None:
        page = visit(long(2_000), "#900")
        boxes = page.evaluate(
            "[...document.querySelectorAll('#sheet .row')].map((row) =>"
            " [row.getBoundingClientRect().top, row.getBoundingClientRect().bottom])"
        )
        for (_, bottom), (top, _) in pairwise(boxes):
            assert abs(bottom - top) < 0.6

    def test_a_resize_keeps_the_place(self, visit: Open) -> None:
        page = visit(long(2_000), "#900", viewport={"width": 1280, "height": 700})
        page.set_viewport_size({"width": 400, "height": 700})
        page.wait_for_timeout(100)
        press(page, "j", "k")
        assert here(page).is_visible()


def test_a_saved_trace_makes_the_same_page(tmp_path: Any) -> None:
    from densetrace.render.html import render_html

    made = dense()
    made.save(tmp_path / "trace.json")
    assert render_html(api.load(tmp_path / "trace.json")) == render_html(made)
