"""Every row of tests/data/hostile.tsv on the command line: its exit code, one clear message, no
traceback, nothing obeyed, nothing executed."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from densetrace.data.trace import Trace
from tests.cli.running import invoke, run

ROWS = Path(__file__).parents[1] / "data" / "hostile.tsv"
CANARY = "densetrace_canary"
EXIT_CODES = {"ok": 0, "keras-error": 1, "reject": 2}

OBEYED = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff]"
)
"""What moves a cursor, changes colours, reorders or hides text."""


class Row(NamedTuple):
    number: int
    expression: str
    codes: frozenset[int]
    exception: str


def rows() -> Iterator[Row]:
    lines = ROWS.read_text(encoding="utf-8").split("\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("##"):
            continue
        expression, classes, exception = line.split("\t")
        if expression.startswith("#gen "):
            expression = str(eval(expression.removeprefix("#gen "), {}))
        codes = frozenset(EXIT_CODES[name] for name in classes.split("|"))
        yield Row(number, expression, codes, exception)


ALL = list(rows())


def check(row: Row, code: int, stdout: str, stderr: str) -> None:
    assert code in row.codes, stderr
    assert not OBEYED.search(stdout + stderr)
    assert "Traceback" not in stderr
    if code == 0:
        assert stdout
        assert stderr == ""
    elif code == 1:
        assert "✗" in stdout
        if row.exception != "-":
            assert stderr.startswith(f"The layer raised {row.exception}")
        assert stderr.count("\n") == 1
    else:
        assert stdout == "" or "✗ Stopped. Nothing after it ran." in stdout
        assert stderr.startswith("Error: ")
        assert len(stderr) < 1000


@pytest.mark.parametrize("row", ALL, ids=lambda row: f"line{row.number}")
def test_every_row_ends_as_it_must(
    row: Row, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = invoke("explain", row.expression)
    check(row, result.exit_code, result.stdout, result.stderr)
    assert not (tmp_path / CANARY).exists()


def named() -> list[Row]:
    section = ROWS.read_text(encoding="utf-8").split("\n")
    begin = section.index("## --- hostile-name") + 1
    end = next(i for i in range(begin, len(section)) if section[i].startswith("##")) + 1
    return [row for row in ALL if begin < row.number < end]


@pytest.mark.parametrize("form", ["plain", "json"])
@pytest.mark.parametrize("row", named(), ids=lambda row: f"line{row.number}")
def test_hostile_names_are_obeyed_in_no_format(row: Row, form: str) -> None:
    result = invoke("explain", row.expression, "--format", form)
    assert result.exit_code == 0
    assert not OBEYED.search(result.stdout)
    if form == "json":
        assert Trace.loads(result.stdout).source["text"] is not None


def test_markup_is_shown_as_it_was_written() -> None:
    for name in ("[red]x[/red]", ":boom:", "[@click=app.quit]x[/]", "{{7*7}}", "</pre>"):
        shown = invoke("explain", f"Dense(3, name={name!r})", FORCE_COLOR="1").stdout
        assert f"first call: {name}(x)" in re.sub("\x1b\\[[0-9;]*m", "", shown)


SAMPLE = [
    "Dense(3).__class__",
    "__import__('os').system('touch densetrace_canary')",
    "Dense(3, name='\\x1b[2J\\x1b[H')",
    "Sequential([Dense(1000000000, input_shape=(1000000000,))])",
    "Dense('a' * 10**10)",
    "Dense(-1)",
]


@pytest.mark.parametrize("expression", SAMPLE)
def test_a_process_of_its_own_says_the_same(expression: str, tmp_path: Path) -> None:
    ast.parse(expression)  # well formed: it is the meaning that is hostile
    here = invoke("explain", expression)
    there = run("explain", expression, cwd=tmp_path)
    assert there.returncode == here.exit_code
    assert there.stdout.decode() == here.stdout
    assert there.stderr.decode() == here.stderr
    assert list(tmp_path.iterdir()) == []
