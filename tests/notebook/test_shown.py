"""Answers that show themselves: strings in a program, text in a REPL, HTML in a notebook."""

import pickle
import re
from html import unescape
from pathlib import Path, PurePath

import pytest

from densetrace.api import Trace, explain
from densetrace.recording.cells import CellLines
from densetrace.render.shown import Shown
from densetrace.system.errors import RequestError
from tests.cli.running import run


@pytest.fixture(scope="module")
def trace() -> Trace:
    return explain("Dense(4, activation='relu')", seed=1)


def answers(trace: Trace) -> list[Shown]:
    return [trace.tree(), trace.why("kernel"), trace.diff(explain("Dense(3)", seed=1))]


def test_a_repl_prints_the_text_itself(trace: Trace) -> None:
    for answer in answers(trace):
        assert repr(answer) == answer.rstrip("\n")
        assert str(answer) == answer


def test_it_is_a_string(trace: Trace) -> None:
    assert "relu" in trace.tree()
    assert isinstance(trace.why("kernel"), str)
    assert trace.tree() == trace.tree()
    assert hash(trace.tree()) == hash(str(trace.tree()))
    assert type(pickle.loads(pickle.dumps(trace.tree()))) is str


def test_html_has_the_same_text(trace: Trace) -> None:
    for answer in answers(trace):
        body = re.search(r"<pre[^>]*>(.*)</pre>", answer.html(), re.DOTALL)
        assert body is not None
        shown = unescape(re.sub(r"<[^>]+>", "", body[1]))
        assert [line.rstrip() for line in shown.splitlines()] == answer.splitlines()


def test_marimo_gets_html(trace: Trace) -> None:
    for kind, document in (*(answer._mime_() for answer in answers(trace)), trace._mime_()):
        assert kind == "text/html"
        assert "relu" in document


def test_a_diff_as_a_page_is_that_of_the_command(trace: Trace, tmp_path: Path) -> None:
    file = tmp_path / "diff.html"
    arguments = ["diff", "Dense(4, activation='relu')", "Dense(3)", "--seed", "1"]
    assert run(*arguments, "-o", str(file)).returncode == 1
    assert trace.diff_html(explain("Dense(3)", seed=1)) == file.read_text(encoding="utf-8")


def test_pages_are_shown_in_a_frame(trace: Trace) -> None:
    for page in (trace.html(), trace.diff_html(explain("Dense(3)", seed=1))):
        bundle = page._repr_mimebundle_()
        assert page._mime_() == ("text/html", bundle["text/html"])
        [document] = re.findall(r'srcdoc="([^"]*)"', bundle["text/html"])
        assert unescape(document) == page
        assert bundle["text/plain"].startswith("<HTML page of ")
        assert type(pickle.loads(pickle.dumps(page))) is str


@pytest.mark.parametrize("is_newer_first", [False, True])
def test_traces_of_two_generations_are_compared_as_such(is_newer_first: bool) -> None:
    older = explain("Dense(2)")
    newer = Trace(older.source, older.engine | {"name": "keras", "version": "3.4.1"})
    newer.steps, newer.outcome = older.steps, older.outcome
    one, other = (newer, older) if is_newer_first else (older, newer)
    assert "from densetrace" in one.diff(other)
    assert "to keras 3.4.1" in one.diff(other)
    assert "to keras 3.4.1" in one.diff_html(other)


def test_ipython_shows_a_wrong_request_as_its_sentence() -> None:
    assert RequestError("It was wrong.", "Type that.")._render_traceback_() == [
        "Error: It was wrong.\nType that."
    ]


def test_a_cell_of_marimo_is_called_a_cell() -> None:
    lines = CellLines(home=None)
    assert lines._file_name(PurePath("marimo_7", "__marimo__cell_Hbol_.py")) == "marimo cell"
    assert "marimo cell" not in lines._file_name(PurePath("marimo_7", "lesson.py"))
