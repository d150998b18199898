"""The page obeys nothing that a trace says, and everybody can use it."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from densetrace.data.code import code_value
from densetrace.data.trace import Trace
from densetrace.render.outline import View
from tests import finding
from tests.browser.conftest import Open
from tests.render.hostile import NAMES, hostile_step_trace, table_traces
from tests.render.shared import dense, failing, long
from tests.stepper import numbers

REFUSED = finding.number(failing(), "get", identifier="rleu")
"""The step of `failing()` that raises."""

OURS = {"BUTTON", "CODE", "DETAILS", "DIV", "FIGCAPTION", "FIGURE", "H3", "MARK", "P", "SPAN"}
OURS |= {"SUMMARY", "TABLE", "CAPTION", "THEAD", "TBODY", "TR", "TH", "TD", "H4"}
OURS |= {"svg", "rect", "path"}  # of a heat map
OURS |= {"IMG"}  # the picture of a model, in which a browser runs no script
"""All elements that the script makes for what it shows."""

TAGS = "[...new Set([...document.querySelectorAll('#app *')].map((each) => each.tagName))]"


def together(traces: list[Trace]) -> Trace:
    """One trace with the steps of all."""
    made = Trace({"kind": "expression", "text": "all of them"})
    made.steps = tuple(step for each in traces for step in each.steps)
    return made


def hostile(which: str) -> Trace:
    return together(list(map(hostile_step_trace, NAMES)) if which == "names" else table_traces())


@pytest.mark.parametrize("which", ["names", "table"])
class TestHostileNames:
    @pytest.mark.parametrize("level", ["user", "author", "framework"])
    def test_they_are_shown_and_not_obeyed(self, visit: Open, which: str, level: Any) -> None:
        page = visit(hostile(which), view=View(level))
        before = set(page.evaluate(TAGS))
        page.emulate_media(media="print")  # puts every row into the page
        page.locator("#paper .row").first.wait_for()
        assert set(page.evaluate(TAGS)) <= before | OURS
        assert page.evaluate("typeof densetrace_canary") == "undefined"
        assert page.evaluate("Object.keys({}).length") == 0

    def test_every_step_in_full_obeys_nothing(self, visit: Open, which: str) -> None:
        page = visit(hostile(which), view=View("framework"))
        before = set(page.evaluate(TAGS))
        # One after the other: with all of them at once, the page would hold a million elements.
        shown = page.evaluate(
            "() => { const shown = new Set();"
            " const show = (parts) => { element('body').replaceChildren(...parts);"
            " for (const each of element('body').querySelectorAll('*')) shown.add(each.tagName); };"
            " for (let at = 0; at < TOTAL; at += 1) show(detail(stepAt(at), [at]));"
            " level().rows.forEach(([depth], row) => { if (depth === 0) show(headed(row)); });"
            " return [...shown]; }"
        )
        assert set(shown) <= before | OURS
        assert page.evaluate("typeof densetrace_canary") == "undefined"


def test_a_hostile_script_is_shown_and_not_obeyed(visit: Open) -> None:
    made = hostile("names")
    made.source["code"] = code_value({"a.py": NAMES})
    page = visit(made)
    assert page.locator("#lines .code-line").count() == len(NAMES)
    assert page.locator("#lines code *").count() == 0
    assert page.evaluate("typeof densetrace_canary") == "undefined"


def test_a_hostile_name_can_be_searched_for(visit: Open) -> None:
    page = visit(hostile_step_trace(NAMES[0]))
    page.locator("#query").fill(NAMES[0])
    page.locator("#query").press("Enter")
    assert page.locator("#sheet mark").first.inner_text() == NAMES[0]
    assert page.evaluate("typeof densetrace_canary") == "undefined"


class TestPolicy:
    @pytest.mark.parametrize(
        "attempt",
        [
            "document.body.innerHTML = '<b>x</b>'",
            "document.body.insertAdjacentHTML('beforeend', '<b>x</b>')",
            "document.write('<b>x</b>')",
            "eval('1')",
            "new Function('return 1')()",
        ],
    )
    def test_the_browser_refuses_to_make_markup_or_script_of_text(
        self, browser: Any, tmp_path: Path, attempt: str
    ) -> None:
        from tests.browser.driving import Visit, written

        page = Visit(browser, written(tmp_path, dense())).open()
        # In a task of its own: what a debugger runs itself is not held to the policy of the page.
        tried = page.evaluate(
            "() => new Promise((done) => setTimeout(() => {"
            f" try {{ {attempt}; done('obeyed'); }} catch {{ done('refused'); }} }}))"
        )
        assert tried == "refused"
        page.context.close()

    def test_the_browser_refuses_every_request(self, browser: Any, tmp_path: Path) -> None:
        from tests.browser.driving import Visit, written

        visit = Visit(browser, written(tmp_path, dense()))
        page = visit.open()
        tried = page.evaluate(
            "() => fetch('http://127.0.0.1:9/').then(() => 'sent', (error) => error.name)"
        )
        assert tried == "TypeError"
        assert any("Content Security Policy" in complaint for complaint in visit.complaints)
        page.context.close()


def axe_source() -> str:
    """axe-core, which a package on PyPI carries."""
    found = find_spec("axe_playwright_python")
    if found is None or not found.submodule_search_locations:
        pytest.skip("axe-core is not installed (pip install axe-playwright-python)")
    return (Path(found.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")


RUN_AXE = """async () => {
  const found = await axe.run(document, { resultTypes: ['violations', 'incomplete'] });
  return found.violations.map((each) =>
    `${each.id}: ${each.help}: ${each.nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`);
}"""


class TestAccessibility:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("width", [400, 1280])
    @pytest.mark.parametrize(
        ("make", "keys"),
        [
            (dense, []),
            (dense, ["l"]),
            (dense, ["L"]),
            (dense, ["z"]),
            (dense, ["?"]),
            (failing, ["G"]),
            (lambda: long(2_000), ["PageDown"]),
        ],
    )
    def test_axe_finds_nothing(
        self, visit: Open, make: Any, keys: list[str], width: int, scheme: str
    ) -> None:
        page = visit(
            make(),
            f"#{REFUSED}" if make is failing else "",
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            bypass_csp=True,
        )
        for key in keys:
            page.keyboard.press(key)
        page.evaluate(axe_source())
        assert page.evaluate(RUN_AXE) == []

    def test_axe_finds_nothing_while_searching(self, visit: Open) -> None:
        page = visit(dense(), bypass_csp=True)
        page.locator("#query").fill("get")
        page.locator("#query").press("Enter")
        page.evaluate(axe_source())
        assert page.evaluate(RUN_AXE) == []

    def test_it_has_landmarks_and_roles(self, visit: Open) -> None:
        page = visit(dense(), f"#{numbers.GLOROT}")
        for role, name in (
            ("tree", "Steps as a tree"),
            ("region", "The step in full"),
            ("navigation", "Move between steps"),
            ("searchbox", "Search the tree"),
            ("group", "Level of the tree"),
        ):
            assert page.get_by_role(role, name=name).count() == 1, role
        assert page.get_by_role("main").count() == page.get_by_role("banner").count() == 1
        chosen = page.get_by_role("treeitem", selected=True)
        assert chosen.count() == 1
        tree = page.get_by_role("tree")
        assert tree.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
        for name, value in (("level", "3"), ("posinset", "5"), ("setsize", "12")):
            assert chosen.get_attribute(f"aria-{name}") == value, name

    def test_what_a_button_did_is_said(self, visit: Open) -> None:
        page = visit(dense())
        page.locator("#next").click()
        assert page.locator("#status").inner_text() == (
            f"Step {numbers.LAYOUT} of {numbers.COUNT}: "
            "allow_initializer_layout calls Dense.__init__"
        )
