"""Every output escapes text at its edge: no control character of a renderer or command reaches a
terminal."""

import ast
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any, Final

import pytest

import densetrace
from densetrace.keras.datasets import _cached
from densetrace.render import lesson_html, lesson_markdown, quiz_handout, quiz_page
from densetrace.render.quiz import Conversation
from densetrace.render.tree import Tree
from densetrace.stepper import handout, spoken
from densetrace.system.escape import printable
from densetrace.terminal import output, progress
from tests.cli.running import invoke, run

RAW: Final = "\x1b]52;c;eA==\x07\x9b3m\r\u202e\u200b\u2028\ud800\x00\x7f" + "e" + "\u0301" * 5
FORMS: Final = ("plain", "html", "svg", "markdown")


def raw(*_: Any, **__: Any) -> Iterator[str]:
    """Yield output of a renderer that does not escape."""
    yield f"one {RAW}\n"
    yield f"two {RAW}"


def whole(*_: Any, **__: Any) -> str:
    return "".join(raw())


def harmless(text: str) -> None:
    """Check that the text is present, and escaped once."""
    assert printable(text) == text
    assert printable(RAW) in text


@pytest.mark.parametrize("form", FORMS)
def test_a_format_that_does_not_escape(
    form: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(f"densetrace.render.{form}.chunks", raw)
    harmless(invoke("explain", "Dense(1)", "--format", form).stdout)
    file = tmp_path / "file"
    assert invoke("explain", "Dense(1)", "--format", form, "-o", str(file)).exit_code == 0
    harmless(file.read_text("utf-8"))


def test_a_tree_that_does_not_escape(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Tree, "lines", lambda *_: iter([[(whole().strip("\n"), "text")]]))
    monkeypatch.setattr(Tree, "chunks", raw)
    shown = invoke("explain", "Dense(1)").stdout
    assert printable(shown) == shown
    assert shown.count("\\x1b]52") == 2
    file = tmp_path / "tree.txt"
    invoke("explain", "Dense(1)", "--format", "tree", "-o", str(file))
    harmless(file.read_text("utf-8"))


def test_chrome_events_that_do_not_escape(monkeypatch: pytest.MonkeyPatch) -> None:
    document = json.dumps([RAW], ensure_ascii=False)
    monkeypatch.setattr("densetrace.render.chrome.chunks", lambda *_: iter([document]))
    shown = invoke("explain", "Dense(1)", "--format", "chrome").stdout
    assert shown.isprintable()
    assert json.loads(shown) == [RAW]


@pytest.mark.parametrize("module", [lesson_html, lesson_markdown])
def test_a_lesson_that_does_not_escape(
    module: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lesson, page = tmp_path / "lesson.md", tmp_path / "page"
    lesson.write_text("# A lesson\n\n```trace\nDense(3)\n```\n")
    form = module.__name__.rpartition("_")[2]
    monkeypatch.setattr(module, f"render_{form}", whole)
    harmless(invoke("demo", str(lesson), "--format", form).stdout)
    invoke("demo", str(lesson), "--format", form, "-o", str(page))
    harmless(page.read_text("utf-8"))


def test_a_quiz_that_does_not_escape(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Conversation, "ending", whole)
    harmless(invoke("quiz", "Dense(1)", stdin="q\n").stdout)
    harmless(invoke("quiz", "Dense(1)", "--json", stdin="q\n").stderr)
    monkeypatch.setattr(quiz_handout, "questions", whole)
    monkeypatch.setattr(quiz_handout, "key", whole)
    invoke("quiz", "Dense(1)", "--handout", str(tmp_path / "quiz.md"))
    harmless((tmp_path / "quiz.md").read_text("utf-8"))
    harmless((tmp_path / "quiz-key.md").read_text("utf-8"))
    monkeypatch.setattr(quiz_page, "chunks", lambda *_, **__: iter([RAW]))
    invoke("quiz", "Dense(1)", "-o", str(tmp_path / "quiz.html"))
    harmless((tmp_path / "quiz.html").read_text("utf-8"))


def test_a_step_that_does_not_escape(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(spoken, "step", lambda _: iter([RAW]))
    monkeypatch.setattr(handout, "_lines", raw)
    monkeypatch.chdir(tmp_path)
    harmless(invoke("step", "Dense(1)", stdin="w\nq\n").stdout)
    (page,) = tmp_path.glob("densetrace-step-*.md")
    harmless(page.read_text("utf-8"))


def test_a_row_of_the_screen_that_does_not_escape(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from densetrace.stepper.terminal import Terminal

    monkeypatch.setattr(sys.stdin, "fileno", lambda: 0, raising=False)
    Terminal({}).show([[(RAW, "text")]])
    written = capsys.readouterr().out
    assert printable(RAW) in written
    assert RAW[:5] not in written


@pytest.mark.parametrize("form", ["tree", "plain", "json"])
def test_an_answer_that_does_not_escape(
    form: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for file in (None, str(tmp_path / "answer")):
        output.answer(
            form,
            file,
            drawn=lambda width, signs: [[(RAW, "text")]],
            flat=lambda: [RAW],
            data=lambda: RAW,
        )
        shown = Path(file).read_text("utf-8") if file else capsys.readouterr().out
        assert printable(shown) == shown or form == "json"
        assert form != "json" or (json.loads(shown) == RAW and shown[:-1].isprintable())


def test_a_message_that_does_not_escape(capsys: pytest.CaptureFixture[str]) -> None:
    output.say(RAW)
    harmless(capsys.readouterr().err)


def test_a_line_of_progress_that_does_not_escape() -> None:
    reader, writer = os.pipe()
    with open(reader, "rb") as shown:
        with open(writer, "wb") as terminal:
            line = progress._Line(terminal.fileno(), True, RAW, None)
            line.end()
            line._update(monotonic() + 60)
        said = shown.read()
    assert printable(RAW).encode("ascii", "backslashreplace") in said
    assert said.rstrip(b"\n").decode("ascii").isprintable()


def test_the_last_message_of_a_forked_process(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import os, sys\nchild = os.fork()\nif not child:\n    sys.exit('\\x1b]52;c;eA==\\x07')\n"
        "os.waitpid(child, 0)\n"
    )
    ended = run("run", str(script))
    assert b"\\x1b]52;c;eA==\\x07\n" in ended.stderr
    assert b"\x1b" not in ended.stderr


WRITERS: Final = {"terminal/output.py", "terminal/progress.py", "stepper/terminal.py"}
"""The edges: modules that write to the terminal and escape their output."""

FILES: Final = "system/files.py"
"""Writes to files what the edges pass to it."""

AS_KERAS: Final = "keras/utils/io_utils.py"
"""Prints what Keras prints for a script: part of the script's own output, which nothing escapes."""

NOTICE: Final = "keras/datasets/_cached.py"
"""Tells on standard error that data are made up; a test below checks that it escapes."""

LEAVING: Final = "sources/script/script.py"
"""Ends a forked process; a test above checks its message."""


def writes(call: ast.Call) -> bool:
    """Return whether a call prints, or writes to a standard stream or a descriptor."""
    match call.func:
        case ast.Name("print"):
            return True
        case ast.Attribute(ast.Attribute(ast.Name("sys"), "stdout" | "stderr"), "write"):
            return True
        case ast.Attribute(ast.Name("os"), "write") | ast.Attribute(_, "echo" | "secho"):
            return True
    return False


def test_only_the_edges_write_to_the_terminal() -> None:
    package = Path(densetrace.__file__).parent
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and writes(call)
    }
    assert found <= WRITERS | {FILES, AS_KERAS, NOTICE, LEAVING}
    assert {NOTICE, LEAVING} <= found


def test_the_notice_of_made_up_data(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_cached, "_REPORTED", set())
    _cached._report("mnist", f"of {RAW}")
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    harmless(said.rstrip("\n"))
