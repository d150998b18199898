"""The page as a document: self-contained, locked down, and no text from a trace outside its data.

How it behaves is tested in a browser (tests/browser).
"""

import base64
import json
import re
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import pytest

from densetrace import api
from densetrace.data.trace import Trace
from densetrace.kinds.kind import LEVELS
from densetrace.kinds.spans import plain_text
from densetrace.render.html import SCRIPTS, render_html
from densetrace.render.html_data import duration, page_data
from densetrace.render.html_fragment import LINES_UNFOLDED, MOST_LINES, render_fragment
from densetrace.render.outline import Outline, View
from densetrace.render.tree import READABLE_LINES, readable_text
from densetrace.teach.explanations import explain_step
from tests.conftest import Golden
from tests.render.hostile import NAMES, hostile_step_trace, table_traces
from tests.render.shared import dense, evened, failing, long
from tests.render.steps import nested, step, trace


class Document(HTMLParser):
    """Every element of a page with its attributes, and the text of its scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self.inside = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside = tag
        if tag in self.raw:
            self.raw[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside in self.raw:
            self.raw[self.inside][-1] += data


TEMPLATE = [tag for tag, _ in Document(render_html(trace())).elements]
"""The elements that every page has before its script runs."""


def data_of(page: str) -> Any:
    return json.loads(Document(page).raw["script"][0])


class TestDocument:
    def test_it_asks_for_nothing(self) -> None:
        page = render_html(dense())
        addresses = re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s'\"]*", page)
        # Names, not addresses: in the icon, and of the elements of a heat map.
        assert addresses == ["http://www.w3.org/2000/svg"] * 2
        for tag, attributes in Document(page).elements:
            assert "src" not in attributes
            assert not any(name.startswith("on") for name in attributes)
            assert tag == "link" or "href" not in attributes

    def test_its_policy_allows_its_own_script_and_style_only(self) -> None:
        page = Document(render_html(dense()))
        [policy] = [
            attributes["content"] or ""
            for _, attributes in page.elements
            if attributes.get("http-equiv") == "Content-Security-Policy"
        ]
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        _, script = page.raw["script"]
        [style] = page.raw["style"]
        assert rules["default-src"] == "'none'"
        assert rules["script-src"] == f"'{digest(script)}'"
        assert rules["style-src"] == f"'{digest(style)}'"
        assert rules["require-trusted-types-for"] == "'script'"

    def test_its_script_never_makes_markup_of_a_text(self) -> None:
        _, script = Document(render_html(dense())).raw["script"]
        assert not re.search(r"(inner|outer|Adjacent)HTML|document\.write|eval\(", script)
        assert all(name.endswith(".js") for name in SCRIPTS)

    def test_the_tree_can_be_read_without_a_script(self) -> None:
        page = render_html(dense())
        assert "├─ Layer.__new__(Dense, 64, activation=&#x27;relu&#x27;)" in page


def digest(text: str) -> str:
    return "sha256-" + base64.b64encode(sha256(text.encode()).digest()).decode()


def luminance(colour: str) -> float:
    """As WCAG 2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


class TestColours:
    # axe cannot tell what a line of the tree stands on, because guides are drawn behind it.
    @pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
    @pytest.mark.parametrize("ground", ["paper", "panel", "here"])
    @pytest.mark.parametrize("ink", ["ink", "quiet", "call", "result", "error"])
    def test_every_ink_can_be_read_on_every_ground(
        self, ink: str, ground: str, scheme: int
    ) -> None:
        assert self.contrast(ink, ground, scheme) >= 4.5

    @pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
    @pytest.mark.parametrize("ink", ["ink", "quiet", "call", "result", "error"])
    def test_what_is_marked_can_be_read(self, ink: str, scheme: int) -> None:
        assert self.contrast(ink, "mark", scheme) >= 4.5

    def contrast(self, ink: str, ground: str, scheme: int) -> float:
        [style] = Document(render_html(trace())).raw["style"]
        found = re.findall(r"--(\w+): light-dark\((#\w{6}), (#\w{6})\)", style)
        colours = {name: pair for name, *pair in found}
        low, high = sorted(luminance(colours[name][scheme]) for name in (ink, ground))
        return (high + 0.05) / (low + 0.05)


def listed(data: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The parts of page data by their paths; rows, steps and texts are one line each."""
    if isinstance(data, dict):
        for name, inner in data.items():
            yield from listed(inner, f"{path}.{name}".lstrip("."))
    elif isinstance(data, list):
        yield from ((path, json.dumps(one, ensure_ascii=False)) for one in data)
    else:
        yield path, json.dumps(data, ensure_ascii=False)


class TestData:
    def test_it_is_as_agreed(self, golden: Golden) -> None:
        made = evened(api.explain("Dense(2)", until="new"))
        lines = [f"{key}: {one}" for key, one in listed(json.loads(page_data(made, View())))]
        golden("share/new.page", "\n".join(lines) + "\n")

    @pytest.mark.parametrize("make", [dense, failing])
    def test_each_level_has_the_lines_of_the_terminal(self, make: Any) -> None:
        made = make()
        data = json.loads(page_data(made, View()))
        assert list(data["levels"]) == list(LEVELS)
        for level in LEVELS:
            outline = Outline(made, View(level))
            rows = [row for phase in outline.phases() for row in outline.rows(phase)]
            shown = [row for row in data["levels"][level]["rows"] if row[0] > 0]
            assert [text(data, row[2]) for row in shown] == [
                plain_text(row.line.spans) for row in rows
            ]
            assert [text(data, row[3]) for row in shown] == [
                plain_text(row.line.notes) for row in rows
            ]
            assert [row[0] for row in shown] == [row.depth for row in rows]

    def test_each_step_has_its_explanation(self) -> None:
        made = dense()
        data = json.loads(page_data(made, View()))
        for known, each in zip(data["steps"], made.walk(), strict=True):
            explained = explain_step(each)
            assert [data["texts"][index] for index in known[4]] == [
                explained.what,
                explained.why,
                explained.where,
            ]

    def test_a_view_is_kept(self) -> None:
        data = json.loads(page_data(dense(), View("framework", frozenset({"get"}))))
        assert data["level"] == "framework"
        assert list(data["levels"]) == ["author", "framework"]
        kinds = {
            data["texts"][data["steps"][position][1]]
            for row in data["levels"]["framework"]["rows"]
            for position in row[4]
        }
        assert kinds == {"get"}

    def test_depth_is_no_limit(self) -> None:
        assert len(json.loads(page_data(trace(nested(5_000)), View()))["steps"]) == 5_000

    def test_its_size_is_in_proportion(self) -> None:
        made = long(2_000)
        steps = sum(1 for _ in made.walk())
        assert len(page_data(made, View())) < 400 * steps


def text(data: Any, spans: list[int]) -> str:
    return "".join(data["texts"][data["parts"][span][1]] for span in spans)


class TestHostile:
    @pytest.mark.parametrize("name", NAMES, ids=ascii)
    def test_a_name_adds_no_element(self, name: str) -> None:
        page = render_html(hostile_step_trace(name))
        assert [tag for tag, _ in Document(page).elements] == TEMPLATE
        assert all(line.isprintable() for line in page.split("\n"))

    def test_all_of_the_table_adds_no_element(self) -> None:
        for made in table_traces():
            assert [tag for tag, _ in Document(render_html(made)).elements] == TEMPLATE

    @pytest.mark.parametrize("name", NAMES, ids=ascii)
    def test_the_data_holds_nothing_that_a_parser_acts_on(self, name: str) -> None:
        data = page_data(hostile_step_trace(name), View())
        assert not set("<>&\u2028\u2029") & set(data)
        json.loads(data)


def in_sight(fragment: str) -> int:
    """How many lines of a fragment are seen before anything is unfolded."""
    lines, hidden, opened = 0, 0, []
    for tag in re.findall(r'<details[^>]*>|</details>|<summary>|<div class="leaf', fragment):
        if tag.startswith("<details"):
            lines += not hidden
            opened.append("open" not in tag)
            hidden += opened[-1]
        elif tag == "</details>":
            hidden -= opened.pop()
        elif tag != "<summary>":
            lines += not hidden
    return lines


class TestFragment:
    @pytest.mark.parametrize("make", [dense, failing])
    def test_it_looks_as_agreed(self, make: Any, golden: Golden) -> None:
        golden(f"share/{make.__name__}.fragment", render_fragment(make()) + "\n")

    @pytest.mark.parametrize("name", NAMES, ids=ascii)
    def test_a_name_adds_no_element(self, name: str) -> None:
        tags = {tag for tag, _ in Document(render_fragment(hostile_step_trace(name))).elements}
        assert tags <= {"div", "style", "details", "summary", "span", "br"}

    @pytest.mark.parametrize("steps", [60, 600, 3_000])
    def test_it_is_folded_to_what_fits(self, steps: int) -> None:
        made = long(steps)
        fragment = render_fragment(made)
        assert fragment.count('class="leaf"') + fragment.count("<summary>") <= MOST_LINES + 100
        phases = len(list(Outline(made).phases()))
        assert in_sight(fragment) <= max(LINES_UNFOLDED, phases)

    def test_a_failure_is_in_sight(self) -> None:
        made = trace(nested(6), step("build", "k.B.build", *[step("op")] * LINES_UNFOLDED))
        assert "<details>" in render_fragment(made)
        fragment = render_fragment(failing())
        error = fragment.index("Unknown activation function")
        opened = re.findall(r"<details[^>]*>|</details>", fragment[:error])
        still_open: list[str] = []
        for tag in opened:
            if tag == "</details>":
                still_open.pop()
            else:
                still_open.append(tag)
        assert set(still_open) == {"<details open>"}

    @pytest.mark.parametrize("steps", [60, 600, 3_000])
    def test_its_text_is_in_a_length_that_somebody_reads(self, steps: int) -> None:
        text = readable_text(long(steps), View())
        assert READABLE_LINES / 10 < text.count("\n") <= 201


def test_a_trace_says_what_it_is(tmp_path: Any) -> None:
    made = dense()
    assert isinstance(made, Trace)
    assert repr(made) == "<Trace of Dense(64, activation='relu'): 57 steps>"


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0 ns"),
        (850, "850 ns"),
        (999, "999 ns"),
        (12_345, "12.3 µs"),
        (1_500_000, "1.5 ms"),
        (2_000_000_000, "2 s"),
    ],
)
def test_a_duration_is_written_in_the_unit_that_suits_it(ns: int, text: str) -> None:
    assert duration(ns) == text
