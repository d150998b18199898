"""The code of a person in a trace, and the statements of it."""

from pathlib import Path

import pytest

import densetrace
from densetrace import api
from densetrace.data.code import LONGEST_LINE, MOST_LINES, code_of, code_value, statements
from densetrace.data.trace import Trace
from densetrace.data.values import Items, Mapping

SCRIPT = """\
from keras.layers import Dense

@print
def make(
    units,
):
    return Dense(
        units,
    )

if True:
    pass
else: pass
match 3:
    case 3 if (
        True
    ):
        pass
x = '''
text
'''; y = 2
"""


@pytest.mark.parametrize(
    ("line", "first", "last"),
    [
        (1, 1, 1),
        (3, 3, 6),
        (5, 3, 6),
        (8, 7, 9),
        (11, 11, 11),
        (12, 12, 12),
        (13, 13, 13),
        (14, 14, 14),
        (18, 18, 18),
        (20, 19, 21),
    ],
)
def test_the_statement_of_a_line(line: int, first: int, last: int) -> None:
    assert statements(SCRIPT.split("\n"))[line] == (first, last)


def test_a_line_without_a_statement_has_none() -> None:
    assert not {2, 10} & statements(SCRIPT.split("\n")).keys()


@pytest.mark.parametrize("text", ["def (", "x = 1\0", "(" * 10_000, ""])
def test_what_is_not_python_has_no_statements(text: str) -> None:
    assert statements(text.split("\n")) == {}


def test_a_script_is_kept_with_its_trace(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("from keras.layers import Dense\n\nmake = Dense\n")
    script = tmp_path / "main.py"
    text = "from keras.layers import Dense\n\n\ndef make():\n    return Dense(1)\n\n\nmake()\n"
    script.write_text(text, encoding="utf-8")
    made = api.run(script).trace
    assert code_of(made) == {"main.py": tuple(text.splitlines())}
    assert code_of(Trace.loads(made.dumps())) == code_of(made)


def test_a_block_of_python_keeps_its_file() -> None:
    with densetrace.trace() as made:
        densetrace.Dense(1)
    [(name, lines)] = code_of(made).items()
    assert name.endswith("test_code.py")
    assert lines[made.steps[0].where.line - 1].strip() == "densetrace.Dense(1)"  # type: ignore[union-attr] # it is known


def test_an_expression_has_none() -> None:
    assert code_of(api.explain("Dense(1)")) == {}


def test_what_is_kept_is_bounded() -> None:
    value = code_value({"a.py": ["x" * 5_000], "b.py": ["pass"] * (MOST_LINES + 1)})
    made = Trace({"code": value})
    assert code_of(made) == {"a.py": ("x" * LONGEST_LINE + "...",)}


@pytest.mark.parametrize("value", [None, 3, "x", Items("list", (), 0), Mapping(((1, 2),), 1)])
def test_another_value_is_no_code(value: object) -> None:
    assert code_of(Trace({"code": value})) == {}  # type: ignore[dict-item] # as a file may have it
