"""The page of a diff as a document: all rows in it, no request, no text that becomes markup."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings

from densetrace import api
from densetrace.data.trace import Trace
from densetrace.kinds.spans import Span, plain_text
from densetrace.render.diff_html import _lit, chunks
from densetrace.render.diff_rows import rows
from densetrace.study.diff import diff
from densetrace.study.diff_sentence import sentence
from tests.cli.running import run
from tests.render.hostile import NAMES, hostile_step_trace, table_traces
from tests.render.test_html import Document, digest
from tests.study.random_traces import TRACES

OURS = {
    "html", "head", "meta", "title", "link", "style", "body", "header", "div", "h1", "p", "span",
    "button", "main", "table", "caption", "thead", "tbody", "tr", "th", "td", "mark", "details",
    "summary", "script",
}  # fmt: skip


def page_of(left: Trace, right: Trace) -> str:
    return "".join(chunks(diff(left, right)))


def relu() -> tuple[Trace, Trace]:
    return api.explain("Dense(64)"), api.explain("Dense(64, activation='relu')")


class Cells(Document):
    """The text of each row of the tables of steps, with the class of the row."""

    def __init__(self, page: str) -> None:
        self.rows: list[tuple[str, list[str]]] = []
        self.is_in_cell = False
        super().__init__(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        if tag == "tr":
            self.rows.append((dict(attrs).get("class") or "", []))
        elif tag == "td":
            self.rows[-1][1].append("")
            self.is_in_cell = True

    def handle_endtag(self, tag: str) -> None:
        super().handle_endtag(tag)
        self.is_in_cell = self.is_in_cell and tag != "td"

    def handle_data(self, data: str) -> None:
        super().handle_data(data)
        if self.is_in_cell:
            self.rows[-1][1][-1] += data


def test_it_asks_for_nothing_and_runs_its_own_script_only() -> None:
    page = page_of(*relu())
    document = Document(page)
    assert re.findall(r"(?:https?:)?//[\w.-]+\.\w+", page) == ["http://www.w3.org"]  # in the icon
    for tag, attributes in document.elements:
        assert "src" not in attributes
        assert "style" not in attributes  # its policy would forbid it
        assert not any(name.startswith("on") for name in attributes)
        assert tag == "link" or "href" not in attributes
    [policy] = [
        attributes["content"] or ""
        for _, attributes in document.elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    [script], [style] = document.raw["script"], document.raw["style"]
    assert f"script-src '{digest(script)}'" in policy
    assert f"style-src '{digest(style)}'" in policy
    assert "default-src 'none'" in policy


def test_it_has_the_sentence_and_every_row() -> None:
    found = diff(*relu())
    page = "".join(chunks(found))
    document = Cells(page)
    assert sentence(found) in re.sub(r"&#x27;", "'", page)
    shown = [row for row in document.rows if row[1]]
    expected = list(rows(found))
    assert [kind for kind, _ in shown] == [row.kind for row in expected]
    for (_, cells), row in zip(shown, expected, strict=True):
        if row.kind == "differs":
            assert cells == [plain_text(row.left or ()), plain_text(row.right or ())]
        elif row.kind == "same":
            assert cells[0].startswith(plain_text(row.left or ()))
            assert len(row.equal) > 0


def test_two_equal_traces_have_a_page_too() -> None:
    page = page_of(relu()[0], relu()[0])
    assert "<table" not in page
    assert "are not compared step by step" in page


@pytest.mark.parametrize(
    ("left", "right", "lit"),
    [
        ("units = 4", "units = 8", ("4", "8")),
        ("get('relu')", "get('softplus')", ("relu", "softplus")),
        ("units = 64", "units = 32", ("64", "32")),
        ("units = 64", "units = 640", ("64", "640")),
        ("call(a)", "call(a, b)", ("", ", b")),
        ("aab", "aaab", ("aab", "aaab")),
        ("f(1, 1)", "f(1)", (", 1", "")),
        ("same", "same", ("", "")),
    ],
)
def test_what_differs_is_lit_in_whole_words(left: str, right: str, lit: tuple[str, str]) -> None:
    sides = _lit((Span(left),), (Span(right),))
    assert tuple("".join(span.text for span, on in side if on) for side in sides) == lit
    assert tuple("".join(span.text for span, _ in side) for side in sides) == (left, right)


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_adds_no_element(name: str) -> None:
    page = page_of(hostile_step_trace(name), api.explain("Dense(3)"))
    document = Document(page)
    assert {tag for tag, _ in document.elements} <= OURS
    assert len(document.raw["script"]) == 1
    assert all(line.isprintable() for line in page.split("\n"))


def test_all_of_the_table_adds_no_element() -> None:
    plain = api.explain("Dense(3)")
    for made in table_traces():
        assert {tag for tag, _ in Document(page_of(plain, made)).elements} <= OURS


@settings(max_examples=30, deadline=None)
@given(TRACES, TRACES)
def test_any_two_traces_have_a_page(left: Trace, right: Trace) -> None:
    assert {tag for tag, _ in Document(page_of(left, right)).elements} <= OURS


class TestScripts:
    def traces(self, folder: Path, *texts: str) -> list[Trace]:
        made: list[Trace] = []
        for name, text in zip(("a.py", "b.py"), texts, strict=True):
            (folder / name).write_text(text, encoding="utf-8")
            made.append(api.run(folder / name).trace)
        return made

    def test_both_are_beside_each_other(self, tmp_path: Path) -> None:
        page = page_of(
            *self.traces(
                tmp_path,
                "from keras.layers import Dense\nDense(1)\nx = 1\n",
                "from keras.layers import Dense\n# <b>\nDense(2)\n",
            )
        )
        shown = [row for row in Cells(page).rows if row[1]]
        assert shown[:3] == [
            ("plain", ["1from keras.layers import Dense"] * 2),
            ("differs", ["2Dense(1)", "2# <b>"]),
            ("differs", ["3x = 1", "3Dense(2)"]),
        ]
        assert "<b>" not in page

    def test_equal_scripts_are_not_repeated(self, tmp_path: Path) -> None:
        text = "from keras.layers import Dense\nDense(1)\n"
        assert "The two scripts" not in page_of(*self.traces(tmp_path, text, text))


class TestCommand:
    def test_a_file_with_that_suffix_is_a_page(self, tmp_path: Path) -> None:
        file = tmp_path / "diff.html"
        result = run("diff", "Dense(2)", "Dense(3)", "-o", str(file))
        assert result.returncode == 1
        assert "<!DOCTYPE html>" in file.read_text(encoding="utf-8")

    def test_the_page_is_printed_when_asked_for(self) -> None:
        result = run("diff", "Dense(2)", "Dense(2)", "--format", "html")
        assert result.returncode == 0
        assert result.stdout.startswith(b"<!DOCTYPE html>")

    def test_other_answers_have_none(self, tmp_path: Path) -> None:
        result = run("why", "units", "Dense(2)", "-o", str(tmp_path / "why.html"))
        assert result.returncode == 2
