"""The commands in the pages of docs/ are run, and their outputs are as stated.

`pytest tests/docs/test_pages.py --update-goldens` writes the outputs anew; read the difference.
"""

import contextlib
import doctest
import importlib.util
import re
from pathlib import Path

import pytest

import densetrace
from densetrace.engines import installed_keras
from densetrace.keras import backend
from densetrace.system.errors import RequestError
from tests.docs.pages import (
    DOCS,
    ROOT,
    agree,
    blocks,
    changed,
    commands,
    needs_keras,
    run,
    typed,
    updated_output,
)

ELSEWHERE = {"lessons.md", "contributing.md"}
"""Pages whose blocks have their own tests."""

PAGES = sorted(
    str(path.relative_to(DOCS))
    for path in DOCS.rglob("*.md")
    if path.name not in ELSEWHERE and "_build" not in path.parts
)
KERAS_IS_HERE = any(importlib.util.find_spec(name) for name in ("keras", "tf_keras"))

LESSON = """\
import keras
import numpy as np


class Scale(keras.layers.Layer):
    def __init__(self, factor=2.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs):
        return inputs * self.factor


Scale(3.0)(np.ones((2, 3), "float32"))
keras.layers.Dense(4, activation="relu")(np.ones((2, 3), "float32"))
"""


@pytest.fixture(autouse=True)
def _a_folder_with_what_examples_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    backend.clear_session()
    for name in ("lesson.py", "old.py", "new.py"):
        Path(name).write_text(LESSON)
    for name in ("trace.json", "before.json", "after.json"):
        densetrace.explain("Dense(64)", seed=1).save(name)
    Path("answers.txt").write_text("a\nb\n")
    Path("mine.md").write_text("# Mine\n\n```trace\nDense(4)\n```\n")


def read(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_true_block_by_block(page: str, request: pytest.FixtureRequest) -> None:
    text = read(page)
    names: dict[str, object] = {"__name__": page}
    for block in blocks(text):
        if block.language == "diff" and block.file:
            path = Path(block.file)
            path.write_text(changed(path.read_text(), block.text))
        elif block.file:
            Path(block.file).write_text(block.text)
        elif block.language == "python" and ("verify(" not in block.text or KERAS_IS_HERE):
            with contextlib.redirect_stdout(None):
                exec(block.text, names)
        elif block.language == "pycon":
            _follow(block.text, names, page)
        elif block.language == "console":
            stated = "".join(_checked(one.command, one.output) for one in typed(block.text))
            if request.config.getoption("--update-goldens") and stated != block.text:
                text = text.replace(block.text, stated)
                (DOCS / page).write_text(text, encoding="utf-8")
                continue
            assert stated == block.text, (
                f"{page} states:\n{block.text}\nbut the output is:\n{stated}"
            )


def _checked(command: str, stated: str) -> str:
    """A command and its stated output, or its real output if that differs."""
    if needs_keras(command) or "pip install" in command:
        return f"$ {command}\n{stated}"  # each has a test of its own, below
    code, shown = run(command)
    if not agree(stated, shown):
        stated = updated_output(stated, shown)
    refused = re.search("^Error:", shown, re.MULTILINE)
    assert code in ((2,) if refused else (0, 1)), (command, shown)
    return f"$ {command}\n{stated}"


def _follow(session: str, names: dict[str, object], page: str) -> None:
    example = doctest.DocTestParser().get_doctest(session, names, page, page, 0)
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    runner.run(example, out=said.append, clear_globs=False)
    names.update(example.globs)
    assert not said, "".join(said)


@pytest.mark.parametrize(
    ("page", "command"),
    sorted({(page, one) for page in (*PAGES, "lessons.md") for one in commands(read(page))}),
)
def test_an_example_without_output_can_be_typed(page: str, command: str) -> None:
    code, shown = run(command)
    if needs_keras(command) and (code == 2 or not KERAS_IS_HERE):
        assert code == 2  # one of two Kerases may be missing
        assert 'pip install "densetrace[keras]"' in shown
    elif "densetrace diff" in command:
        assert code in (0, 1), shown
    else:
        assert code == 0, shown
    assert shown or ">" in command


@pytest.mark.keras
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("page", "command", "stated"),
    [
        (page, one.command, one.output)
        for page in PAGES
        for block in blocks(read(page))
        if block.language == "console"
        for one in typed(block.text)
        if one.needs_keras
    ],
)
def test_the_page_states_the_output_with_a_real_keras(page: str, command: str, stated: str) -> None:
    try:
        here = installed_keras().title
    except RequestError as error:
        pytest.skip(f"needs a real Keras. {error}")
    [there] = set(re.findall(r"tf_keras [\d.]+\d", stated))
    if here != there:
        pytest.skip(f"{page} tells what {there} says; here is {here}")
    code, shown = run(command)
    assert code == 0
    assert agree(stated, shown), shown


def test_what_is_typed_to_install_is_what_the_readme_says() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    installs = [
        one.command
        for page in PAGES
        for block in blocks(read(page))
        if block.language == "console"
        for one in typed(block.text)
        if "pip install" in one.command and "[keras]" not in one.command
    ]
    assert installs
    assert all(command in readme for command in installs)


@pytest.mark.parametrize(
    ("stated", "shown", "expected"),
    [
        ("a\n", "a\n", True),
        ("a\n", "a\nb\n", False),
        ("a\n...\n", "a\nb\nc\n", True),
        ("...\nc\n", "a\nb\nc\n", True),
        ("a\n...\nd\n", "a\nb\nc\n", False),
    ],
)
def test_three_dots_stand_for_any_lines(stated: str, shown: str, expected: bool) -> None:
    assert agree(stated, shown) is expected
    assert agree(updated_output(stated, shown), shown)
