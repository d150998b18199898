"""A trace in a notebook, executed by a real kernel."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")

CELLS = [
    "from densetrace import Dense, trace",
    "with trace() as t:\n    Dense(64, activation='relu')\nt",
    "with trace() as t:\n    Dense(3)",
    "%load_ext densetrace",
    "%%densetrace kept\nlayer = Dense(2)\nlayer.units + 1",
    "len(kept.find('get')), repr(kept)",
    "%%densetrace\nDense(4, activation='rleu')",
    "%%densetrace not a name\nDense(4)",
    "with trace() as t:\n    Dense(3, name='<img src=x onerror=alert(1)>')",
    "def own():\n    with trace() as t:\n        Dense(3)\n    return len(t.find('get'))\nown()",
    "t = kept\nt.tree()",
    "t.why('units')",
    "t.diff(kept)",
    "t.why('nope')",
    "%%densetrace\nx = (",
    "print(t.tree()[:4]); 'units' in t.tree()",
    "Dense(4, activation='rleu')",
    "t.diff_html(kept)",
    "%unload_ext densetrace\n'%%densetrace' in get_ipython().magics_manager.lsmagic()['cell']",
]


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[list[Any]]:
    """What the cells put out, each."""
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells)
    folder = tmp_path_factory.mktemp("notebook")
    nbclient.NotebookClient(
        notebook,
        timeout=60,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    ).execute()
    return [cell.outputs for cell in notebook.cells]


def html(output: Any) -> str:
    return str(output.data["text/html"])


def text(output: Any) -> str:
    return str(output.data["text/plain"])


def test_a_trace_at_the_end_of_a_cell_shows_itself_once(outputs: list[list[Any]]) -> None:
    [shown] = outputs[1]
    assert shown.output_type == "execute_result"
    assert "activation" in html(shown)
    assert "activation = activations.get('relu') → function relu" in text(shown)


def test_a_with_block_in_a_cell_is_enough(outputs: list[list[Any]]) -> None:
    [shown] = outputs[2]
    assert shown.output_type == "display_data"
    assert "units" in html(shown)


def test_lines_are_told_by_cell(outputs: list[list[Any]]) -> None:
    assert "line 2  Dense(3)" in text(outputs[2][0])
    assert "ipykernel" not in html(outputs[2][0])


def test_the_magic_traces_a_cell_and_gives_its_value(outputs: list[list[Any]]) -> None:
    trace, value = outputs[4]
    assert "units" in html(trace)
    assert text(value) == "3"
    assert text(outputs[5][0]).startswith("(")
    assert re.search(r"<Trace: \d+ steps>", text(outputs[5][0]))


def test_a_cell_that_raises_shows_the_steps_up_to_there(outputs: list[list[Any]]) -> None:
    shown, error = outputs[6]
    assert "failed" in html(shown)
    assert error.output_type == "error"
    assert error.ename == "ValueError"


def test_a_wrong_use_of_the_magic_is_told_in_a_sentence(outputs: list[list[Any]]) -> None:
    [error] = outputs[7]
    error_text = error.get("text", "") + "\n".join(error.get("traceback", []))
    assert "%%densetrace takes the name of a variable" in error_text
    assert "notebook.py" not in error_text


def test_names_are_shown_and_not_obeyed(outputs: list[list[Any]]) -> None:
    shown = html(outputs[8][0])
    assert "&lt;img src=x onerror=alert(1)&gt;" in shown
    assert "<img" not in shown


def test_a_trace_inside_a_function_is_the_functions_own_affair(outputs: list[list[Any]]) -> None:
    [value] = outputs[9]
    assert value.output_type == "execute_result"


def test_the_extension_can_be_unloaded(outputs: list[list[Any]]) -> None:
    assert text(outputs[-1][0]) == "False"


@pytest.mark.parametrize("cell", [10, 11, 12])
def test_an_answer_shows_itself(outputs: list[list[Any]], cell: int) -> None:
    [shown] = outputs[cell]
    assert shown.output_type == "execute_result"
    assert "\n" in text(shown)
    assert "\\n" not in text(shown)
    assert html(shown).startswith("<div><style>.densetrace-text")
    assert re.sub(r"<[^>]+>", "", html(shown).partition("<pre")[2]).count("\n") > 2
    for rule in _styles(html(shown)):
        assert all(part.strip().startswith(".densetrace-text") for part in rule.split(","))


def test_an_answer_is_a_string(outputs: list[list[Any]]) -> None:
    printed, value = outputs[15]
    assert printed.text == "Pyth\n"
    assert text(value) == "True"


def test_a_request_that_was_wrong_is_one_sentence(outputs: list[list[Any]]) -> None:
    [error] = outputs[13]
    assert error.ename == "RequestError"
    shown = "\n".join(error.traceback)
    assert shown.startswith("Error: Nothing called 'nope' was recorded.")
    assert "Traceback" not in shown
    assert "api.py" not in shown


def test_a_syntax_error_in_a_traced_cell_is_one_line(outputs: list[list[Any]]) -> None:
    [error] = outputs[14]
    assert error.text == "UsageError: SyntaxError in line 2: '(' was never closed.\n"


def test_a_failing_cell_shows_its_own_lines_only(outputs: list[list[Any]]) -> None:
    shown = _plain(outputs[6][1].traceback)
    assert "Cell In[7], line 2" in shown
    assert "densetrace hook" not in shown
    assert "activations.py" not in shown
    assert "notebook.py" not in shown


def test_a_failing_cell_without_a_trace_shows_its_own_lines_and_who_raised(
    outputs: list[list[Any]],
) -> None:
    [error] = outputs[16]
    shown = _plain(error.traceback)
    files = re.findall(r"^(?:File )?(Cell In\[\d+\]|\S+\.py|<densetrace hook>)", shown, re.M)
    assert files == ["Cell In[17]", "<densetrace hook>"]
    assert "in Dense.__init__(" in shown


def test_a_page_shows_itself_in_a_frame(outputs: list[list[Any]]) -> None:
    [shown] = outputs[17]
    assert html(shown).startswith("<iframe ")
    assert text(shown).startswith("<HTML page of ")


def _plain(lines: list[str]) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(lines))


def test_a_line_of_a_traced_cell_has_its_number_in_the_cell(outputs: list[list[Any]]) -> None:
    assert "In[5], line 2  layer = Dense(2)" in text(outputs[4][0])


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _styles(document: str) -> Iterator[str]:
    for style in re.findall(r"<style>(.+?)</style>", document):
        yield from re.findall(r"([^{}]+)\{", style)


def test_the_fragment_is_well_formed_and_keeps_its_style_to_itself(
    outputs: list[list[Any]],
) -> None:
    document = html(outputs[1][0])
    tags = _Tags()
    tags.feed(document)
    assert tags.open == []
    assert tags.tags <= {"div", "span", "style", "details", "summary", "br"}
    rules = list(_styles(document))
    assert rules
    for rule in rules:
        assert all(part.strip().startswith(".densetrace-trace") for part in rule.split(","))
    assert str(Path.home()) not in document
