"""Beside the tree: the script, the bar of moves, headings, heat maps, and type for a projector."""

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from densetrace import api
from densetrace.data.trace import Trace
from tests import finding
from tests.browser.conftest import Open
from tests.browser.test_page import here, lines, position, press, title
from tests.browser.test_safety import RUN_AXE, axe_source
from tests.render.shared import dense, long
from tests.stepper import numbers

SCRIPT = """\
import numpy as np
from tensorflow.keras.layers import Dense

def make(units):
    return Dense(
        units,
        activation="relu",
    )

layer = make(2)
for size in (1, 2):
    layer(
        np.ones((size, 3), "float32"),
    )
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    script = tmp_path_factory.mktemp("script") / "lesson.py"
    script.write_text(dedent(SCRIPT), encoding="utf-8")
    return api.run(script).trace


def lit(page: Any) -> list[str]:
    """The lines of the script that are lit."""
    return [line.strip() for line in page.locator("#lines .lit code").all_inner_texts()]


class TestScript:
    def test_the_whole_statement_of_a_step_is_lit(self, visit: Open, ran: Trace) -> None:
        page = visit(ran)
        assert page.locator("#code-title").inner_text() == "lesson.py"
        assert page.locator("#lines .code-line").count() == SCRIPT.count("\n")
        assert lit(page) == ["return Dense(", "units,", 'activation="relu",', ")"]
        assert page.locator("#lines .lit.exact").count() == 1
        build = finding.number(ran, "build")
        page.evaluate(f"location.hash = '#{build}'")
        page.locator("#lines .lit", has_text="np.ones").wait_for()
        assert lit(page) == ["layer(", 'np.ones((size, 3), "float32"),', ")"]
        assert page.locator("#lines [aria-current]").count() == 3

    def test_a_line_leads_to_its_steps_and_then_to_where_it_runs_again(
        self, visit: Open, ran: Trace
    ) -> None:
        page = visit(ran)
        line = page.locator("#lines .code-line", has_text="np.ones")
        calls = [step.id + 1 for step in ran.steps if step.kind == "invoke"]
        assert len(calls) == 2
        for call in (*calls, calls[0]):
            line.click()
            assert position(page) == str(call)

    def test_every_step_of_the_script_lights_a_statement(self, visit: Open, ran: Trace) -> None:
        page = visit(ran)
        while page.locator("#next").is_enabled():
            press(page, "j")
            assert lit(page)

    def test_it_is_printed_before_the_tree(self, visit: Open, ran: Trace) -> None:
        page = visit(ran)
        page.emulate_media(media="print")
        page.locator("#paper .row").first.wait_for()
        printed = page.locator("#paper .code-line code").all_inner_texts()
        assert "\n".join(printed).split() == SCRIPT.split()

    def test_an_expression_has_no_script(self, visit: Open) -> None:
        assert not visit(dense()).locator("#code").is_visible()

    def test_a_saved_trace_has_it_too(self, ran: Trace) -> None:
        from densetrace.render.html import render_html

        assert render_html(api.Trace.loads(ran.dumps())) == render_html(ran)


class TestMoves:
    def test_next_goes_on_to_the_end_from_everything_folded(self, visit: Open) -> None:
        page = visit(dense())
        every = page.evaluate("level().stops.length")
        press(page, "g", "z")
        assert len(lines(page)) == 2
        for _ in range(every + 2):
            if page.locator("#next").is_enabled():
                page.locator("#next").click()
        assert position(page) == str(page.evaluate("level().steps(level().stops.at(-1))[0] + 1"))
        assert here(page).is_visible()

    def test_previous_goes_back_to_the_first_step_in_the_same_way(self, visit: Open) -> None:
        page = visit(dense())
        press(page, "G", "z")
        while page.locator("#previous").is_enabled():
            page.locator("#previous").click()
        assert position(page) == "1"

    def test_the_slider_goes_over_all_lines_with_steps(self, visit: Open) -> None:
        page = visit(dense())
        slider = page.locator("#slider")
        assert int(slider.get_attribute("max")) == page.evaluate("level().stops.length") - 1
        slider.fill("3")
        assert title(page) == "built = False"
        assert slider.get_attribute("aria-valuetext") == "built = False"
        slider.press("ArrowRight")
        assert title(page) == "_name = 'dense'"
        press(page, "g")  # letters act while it has the focus
        assert slider.input_value() == "0"

    def test_play_goes_on_and_stops_at_the_end(self, visit: Open) -> None:
        page = visit(dense())
        page.locator("#speed").select_option("4")
        page.locator("#last").click()
        page.locator("#previous").click()
        page.locator("#play").click()
        assert page.locator("#play").inner_text() == "Pause"
        page.locator("#play", has_text="Play").wait_for()
        assert page.locator("#next").is_disabled()
        press(page, "r")
        assert position(page) == "1"
        page.locator("#detail-title", has_text="allow_initializer_layout").wait_for()
        press(page, "r")
        assert page.locator("#play").inner_text() == "Play"

    def test_a_link_to_the_step_is_copied(self, visit: Open) -> None:
        page = visit(dense(), f"#{numbers.GLOROT}")
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.locator("#copy").click()
        page.locator("#toast").wait_for()
        assert f"step {numbers.GLOROT}" in page.locator("#toast").inner_text()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.endswith(f"page.html#{numbers.GLOROT}")

    def test_where_copying_is_refused_the_link_is_shown(self, visit: Open) -> None:
        page = visit(dense(), f"#{numbers.GLOROT}")
        page.evaluate(
            "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }"
        )
        press(page, "y")
        page.locator("#toast").wait_for()
        assert page.locator("#toast").inner_text().endswith(f"#{numbers.GLOROT}")


class TestHeadings:
    def test_a_heading_says_what_its_statement_did(self, visit: Open, ran: Trace) -> None:
        page = visit(ran)
        page.evaluate(f"location.hash = '#{finding.number(ran, 'build')}'")  # scrolls there
        page.locator("#sheet .phase .line", has_text="line 12").click()
        body = page.locator("#body").inner_text()
        assert "lesson.py, lines 12 to 14" in body
        assert 'layer(\n    np.ones((size, 3), "float32"),\n)' in body
        assert "Layer.__call__(dense, f32[1,3])" in body
        assert "dense/kernel new" in " ".join(body.split())
        assert page.locator("#body [data-key='changes'] th", has_text="built").count() == 1

    def test_its_lines_lead_to_them(self, visit: Open) -> None:
        page = visit(dense())
        page.locator("#sheet .phase .line").first.click()
        page.locator("#body .entry").nth(1).click()
        assert position(page) == str(numbers.LAYOUT)

    def test_weights_that_a_training_changes_are_marked(self, visit: Open) -> None:
        made = api.explain("Dense(2)", fit=True, seed=1)
        page = visit(made)
        press(page, "z")
        page.locator("#sheet .phase .line").last.click()
        flags = page.locator("#body .weight .flag").all_inner_texts()
        assert flags == ["changed", "changed"]


class TestHeatMaps:
    def test_a_weight_has_a_cell_for_each_number(self, visit: Open) -> None:
        made = api.explain("Dense(4)", seed=1)
        page = visit(made, f"#{finding.number(made, 'add_weight', name='kernel')}")
        drawing = page.locator("#body svg.heat").first
        assert drawing.locator("rect").count() == 12
        kernel: Any = made.find("add_weight")[0].result
        signs = ["plus" if number >= 0 else "minus" for number in kernel.elements]
        classes = [each.get_attribute("class") for each in drawing.locator("rect").all()]
        assert classes == signs
        largest = max(range(12), key=lambda at: abs(kernel.elements[at]))
        share = (
            drawing.locator("rect")
            .nth(largest)
            .evaluate("(cell) => cell.style.getPropertyValue('--share')")
        )
        assert share == "100%"
        assert "min -" in drawing.get_attribute("aria-label")


class TestPictures:
    def test_a_heading_shows_the_model(self, visit: Open) -> None:
        page = visit(api.explain("Sequential([Dense(4), Dense(2)])", seed=1))
        page.locator("#sheet .phase .line").first.click()
        picture = page.locator("#body img.picture")
        assert "dense leads to dense_1" in picture.get_attribute("alt")
        assert picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 50


class TestType:
    def test_it_grows_and_shrinks(self, visit: Open) -> None:
        page = visit(dense())
        height = "document.querySelector('.row.here').offsetHeight"
        before = page.evaluate(height)
        press(page, "+", "+")
        assert page.evaluate(height) > before
        press(page, "-", "-")
        assert page.evaluate(height) == before

    def test_presenting_shows_the_script_and_the_step_big(self, visit: Open, ran: Trace) -> None:
        page = visit(ran, viewport={"width": 1280, "height": 720})
        press(page, "f")
        for control in ("#query", "#levels", "#copy"):
            assert not page.locator(control).is_visible()
        for shown in ("#lines .lit", "#sheet .row.here", "#detail-title", "#next", "#present"):
            assert page.locator(shown).first.is_visible()
        size = page.evaluate("getComputedStyle(document.querySelector('.row.here .line')).fontSize")
        assert float(size.removesuffix("px")) >= 19
        fits = "({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth"
        assert page.locator("html").evaluate(fits)
        page.locator("#present").click()
        assert page.locator("#query").is_visible()

    def test_a_remote_control_moves_by_one_step_while_presenting(self, visit: Open) -> None:
        page = visit(dense(), viewport={"width": 1280, "height": 720})
        page.locator("#present").click()
        press(page, "PageDown")
        assert position(page) == "2"
        press(page, "PageUp")
        assert position(page) == "1"
        page.locator("#present").click()
        press(page, "PageDown")
        assert int(position(page)) > 3

    @pytest.mark.parametrize("size", [(360, 640), (1280, 720)])
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_axe_finds_nothing(
        self, visit: Open, ran: Trace, size: tuple[int, int], scheme: str
    ) -> None:
        width, height = size
        page = visit(
            ran,
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            bypass_csp=True,
        )
        page.evaluate(axe_source())
        assert page.evaluate(RUN_AXE) == []
        page.locator("#sheet .phase .line").first.click()
        press(page, "f")
        assert page.evaluate(RUN_AXE) == []

    def test_on_a_phone_everything_is_reached(self, visit: Open, ran: Trace) -> None:
        page = visit(ran, viewport={"width": 360, "height": 640})
        for shown in (
            "#lines .lit",
            "#sheet .row.here",
            "#detail-title",
            "#next",
            "#play",
            "#copy",
        ):
            assert page.locator(shown).first.is_visible(), shown
        assert not page.locator("#query").is_visible()
        page.locator("#more").click()
        assert page.locator("#query").is_visible()
        fits = "({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth"
        for inside in ("html", "#scroller", "#step", "#lines"):
            assert page.locator(inside).evaluate(fits), inside


def test_a_page_of_20_000_steps_stays_usable(visit: Open) -> None:
    page = visit(long(20_000))
    for key in ("G", "k", "g", "j"):
        press(page, key)
        assert here(page).is_visible()
    slow = page.evaluate(
        "() => { const start = performance.now();"
        " for (let n = 0; n < 100; n += 1) go(nextStop(1));"
        " return (performance.now() - start) / 100; }"
    )
    assert slow < 500  # milliseconds for a step on; it takes about 20 on a quiet machine
    page.locator("#sheet .phase .line").first.wait_for(state="attached")
    page.evaluate("choose(0)")
    assert page.locator("#body .entry").count() <= 24


def test_the_script_of_a_path(tmp_path: Path) -> None:
    """The name in the trace has no folder of this machine."""
    script = tmp_path / "one.py"
    script.write_text("from keras.layers import Dense\nDense(1)\n", encoding="utf-8")
    assert str(tmp_path) not in api.run(script).trace.dumps()
