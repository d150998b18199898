"""Hostile text in names, messages and files is shown escaped."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cli.running import invoke
from tests.cli.test_hostile_cli import OBEYED
from tests.reliability.forks import Forks

NAMES: Final = [
    "\x1b[2J\x1b[H",
    "\x1b]0;title\x07",
    "\x9b31m",
    "a\rb\tc\nd\x08\x7f\x00",
    "\u202egnp.exe\u2066\u200f\u061c",
    "\u200b\u2060\ufeff\u2028\u2029",
    "\U000e0041\ufff9",
    "\ud800",
    "[bold red]x[/] [link=http://x]y[/link]",
    "</script><script>alert(1)</script>",
    "--><img src=x onerror=alert(1)>",
    "` ``` | ~~~ $x$ {{7*7}} %s \\",
]

FORMS: Final = ("tree", "plain", "json", "html", "svg", "markdown", "chrome")
MORE_OBEYED: Final = re.compile("[\u061c\ud800-\udfff\U000e0000-\U000e007f]")


def output_of(*arguments: str, stdin: str | None = None, codes: tuple[int, ...] = (0, 1, 2)) -> str:
    """Run a command, check that its output is escaped, and return it."""
    result = invoke(*arguments, stdin=stdin, FORCE_COLOR="")
    assert result.exit_code in codes, result.stderr
    text = result.stdout + result.stderr
    for pattern in (OBEYED, MORE_OBEYED):
        found = pattern.search(text)
        assert found is None, repr(text[max(0, found.start() - 80) : found.end() + 20])
    is_script = any(
        word.endswith(".py") for word in arguments
    )  # a script may print its own traceback
    assert "Traceback" not in result.stderr or is_script
    return text


def each_way(name: str) -> Iterator[str]:
    """Yield the output of every command for a layer of this name."""
    layer = f"Dense(3, name={name!r})"
    for form in FORMS:
        yield output_of("explain", layer, "--format", form)
    for form in ("tree", "plain", "json"):
        yield output_of("why", layer, "kernel", "--format", form)
        yield output_of("diff", layer, "Dense(2)", "--format", form)
    keys = "jjj/dense\n.\nG?vm\nq"
    yield output_of("step", layer, stdin=keys)
    yield output_of("quiz", layer, "--seed", "1", stdin="a\nb\n?\n" * 9)
    yield output_of("quiz", layer, "--seed", "1", "--json", stdin="a\nb\n" * 9)


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_the_name_of_a_layer_is_escaped(name: str) -> None:
    for text in each_way(name):
        # The HTML page has scripts, but a name must not begin one.
        assert "<script>alert" not in text or "<html" not in text
        assert "<img src=x" not in text or "<html" not in text


MARKS: Final = st.sampled_from("".join(NAMES) + "\x1b\x9b\x07\u202d\u2067<>&`|[]*_#\"'")
HOSTILE: Final = st.text(MARKS | st.characters(), max_size=20)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(HOSTILE, st.sampled_from(FORMS))
def test_a_generated_name_is_escaped_in_every_format(name: str, form: str) -> None:
    output_of("explain", f"Dense(1, name={name!r})", "--format", form)


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(HOSTILE, st.sampled_from(("tree", "plain", "json")))
def test_a_generated_name_is_escaped_in_answers(name: str, form: str) -> None:
    layer = f"Dense(1, name={name!r})"
    output_of("why", layer, "bias", "--format", form)
    output_of("why", layer, name, "--format", form)
    output_of("diff", layer, "Dense(1)", "--until", "init", "--format", form)


OPTIONS: Final = (
    *("--only", "--level", "--depth", "--format", "--input"),
    *("--input-shape", "--until", "--seed", "--engine"),
)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(HOSTILE, st.integers(0, 15))
def test_invalid_arguments_are_escaped(text: str, way: int) -> None:
    if way < len(OPTIONS):
        output_of("explain", "Dense(1)", OPTIONS[way], text)
        return
    arguments = {
        9: ["explain", text],
        10: [text],
        11: ["explain", "Dense(1)", f"--{text}"],
        12: ["names", text],
        13: ["glossary", text],
        14: ["demo", text],
        15: ["quiz", "Dense(1)", "--topic", text, "--seed", "1"],
    }[way]
    output_of(*arguments)


SCRIPTS: Final = [
    "raise ValueError({name!r})",
    "import sys; sys.exit({name!r})",
    "class Own(Layer):\n    def call(self, x):\n        raise KeyError({name!r})\nOwn()(1)",
    "raise type('E' + {safe!r}, (Exception,), {{}})({name!r})",
    "Dense(3, **{{{name!r}: 1}})",
    "keras.activations.get({name!r})",
    "error = ValueError({name!r}); error.add_note({name!r}); raise error",
]


IMPORTS: Final = "from tensorflow import keras\nfrom keras.layers import Dense, Layer\n"


@pytest.mark.parametrize("body", SCRIPTS, ids=range(len(SCRIPTS)))
def test_the_exception_of_a_script_is_escaped(body: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    for name in NAMES:
        code = body.format(name=name, safe=name.replace("\x00", ""))
        script.write_text(f"{IMPORTS}Dense(3, name={name!r})\n{code}\n")
        output_of("run", str(script))
        output_of("why", str(script), "units")


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_the_name_of_a_file_is_escaped(name: str, tmp_path: Path) -> None:
    output_of("explain", f"{name}.json", codes=(2,))
    output_of("demo", f"{name}.md", codes=(2,))
    output_of("explain", "Dense(3)", "-o", f"{tmp_path}/nowhere/{name}.json", codes=(2,))
    if "\x00" in name or "\ud800" in name:
        return
    path = str(tmp_path / name.replace("/", "_"))
    output_of("explain", "Dense(3)", "-o", f"{path}.json", codes=(0,))
    output_of("explain", f"{path}.json", codes=(0,))
    output_of("explain", f"{path}x.json", codes=(2,))
    output_of("quiz", "Dense(3)", "--handout", f"{path}.md", codes=(0,))
    script = Path(f"{path}.py")
    script.write_text("from keras.layers import Dense\nDense(3)\n1 / 0\n")
    output_of("run", str(script), codes=(1,))
    output_of("run", f"{path}x.py", codes=(2,))
    output_of("step", str(script), stdin="jj/dense\nq")
    output_of("quiz", str(script), "--seed", "1", stdin="a\nq\n")
    script.write_text(f"def broken({name.splitlines()[0]}\n")
    output_of("run", str(script), codes=(2,))


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_lesson_is_escaped(name: str, tmp_path: Path) -> None:
    lesson = tmp_path / "lesson.md"
    lesson.write_text(
        f"# A {name}\n\n*{name}* `{name}` {name}\n\n## Run {name}\n\n"
        f"```trace\nDense(3, name={name!r})\n```\n\n```expect\nstep new: bound.units == 3\n```\n\n"
        f"```python\nprint({name!r})\n```\n",
        errors="replace",
    )
    output_of("demo", str(lesson))
    page = output_of("demo", str(lesson), "--format", "html")
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    output_of("demo", str(lesson), "--format", "markdown")
    output_of("demo", str(lesson), "--step", "1", stdin="jjq")
    lesson.write_text(
        f"# A\n\n```trace\nDense(3)\n```\n\n```expect\nshows {name}\n```\n", errors="replace"
    )
    output_of("demo", str(lesson), "--check")
    lesson.write_text(f"# A\n\n```{name}\nDense(3)\n```\n", errors="replace")
    output_of("demo", str(lesson))


def test_bytes_that_are_not_text_are_escaped(forks: Forks) -> None:
    """The operating system passes names that are not UTF-8 as lone surrogates."""
    for name in ("\udcff\udc9b31m.json", "Dense('\udcff')", "\udcff.py"):
        for arguments in (["explain", name], ["run", name], ["step", name], ["demo", name]):
            ended = forks.run(arguments)
            assert ended.code == 2
            assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f-\xff]", ended.stderr)
