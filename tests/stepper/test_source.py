"""The source line has its context if its file is found, and is alone if not."""

from pathlib import Path

import pytest

from densetrace.data.steps import Where
from densetrace.terminal.source import Sources
from tests.stepper.timelines import timeline

SCRIPT = "import keras\n\nif True:\n\tlayer = Dense(3)\n\tlayer.build((2, 3))\n"


def test_our_own_files_are_found() -> None:
    where = next(step.where for step in timeline().steps if step.kind == "get")
    assert where is not None
    excerpt = Sources().excerpt(where, 5)
    assert len(excerpt.lines) == 5
    assert excerpt.lines[where.line - excerpt.first].strip() == where.text


def test_the_persons_script_is_found_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "lesson.py").write_text(SCRIPT)
    where = Where("lesson.py", 4, "<module>", "layer = Dense(3)")
    excerpt = Sources(tmp_path).excerpt(where, 3)
    assert excerpt.lines == ("if True:", "        layer = Dense(3)", "        layer.build((2, 3))")
    assert (excerpt.first, excerpt.current) == (3, 4)


def test_a_file_that_has_changed_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "lesson.py").write_text(SCRIPT.replace("Dense(3)", "Dense(4)"))
    where = Where("lesson.py", 4, "<module>", "layer = Dense(3)")
    assert Sources(tmp_path).excerpt(where, 3).lines == ("layer = Dense(3)",)


@pytest.mark.parametrize("file", ["../secret.py", "/etc/passwd", "nowhere.py", "<expression>", ""])
def test_a_trace_from_elsewhere_leads_nowhere_else(file: str, tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text("x = 1\n")
    folder = tmp_path / "inner"
    folder.mkdir()
    where = Where(file, 1, "f", "x = 1")
    assert Sources(folder).excerpt(where, 3).lines == ("x = 1",)


@pytest.mark.parametrize("line", [0, 99])
def test_a_line_that_is_not_there_stands_alone(line: int, tmp_path: Path) -> None:
    (tmp_path / "lesson.py").write_text(SCRIPT)
    where = Where("lesson.py", line, "<module>", "import keras")
    assert Sources(tmp_path).excerpt(where, 3).lines == ("import keras",)


def test_near_an_end_of_the_file_the_excerpt_is_still_full(tmp_path: Path) -> None:
    (tmp_path / "lesson.py").write_text(SCRIPT)
    first = Sources(tmp_path).excerpt(Where("lesson.py", 1, "<module>", "import keras"), 3)
    assert (first.first, len(first.lines)) == (1, 3)
    last = Sources(tmp_path).excerpt(Where("lesson.py", 5, "", "layer.build((2, 3))"), 3)
    assert (last.first, len(last.lines)) == (3, 3)


def test_a_large_or_a_binary_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "binary.py").write_bytes(b"x = 1\n\xff\xfe")
    where = Where("binary.py", 1, "f", "x = 1")
    assert Sources(tmp_path).excerpt(where, 3).lines == ("x = 1",)
