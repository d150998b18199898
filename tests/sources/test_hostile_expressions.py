"""Every row of hostile.tsv ends as stated there: refused, raised by the layer, or built."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from densetrace.keras.engine.sequential import Sequential
from densetrace.sources.expression.parser import evaluate, names, parse, refused_as_too_big
from densetrace.system.errors import RequestError
from densetrace.tensorflow.tensor import Array

TABLE = Path(__file__).parent.parent / "data" / "hostile.tsv"
SECONDS = 1.0
LONGEST_REFUSAL = 700


class Row(NamedTuple):
    expression: str
    classes: frozenset[str]
    exception: str


def rows() -> Iterator[Row]:
    for line in TABLE.read_text(encoding="utf-8").split("\n"):
        if line and not line.startswith("##"):
            expression, classes, exception = line.split("\t")
            if expression.startswith("#gen "):
                # The table is part of the test, so its code is trusted.
                expression = eval(expression.removeprefix("#gen "))
            yield Row(expression, frozenset(classes.split("|")), exception)


ROWS = list(rows())


def sample(layer: Any) -> Array:
    """A batch of two for a layer or model, of its input shape or of `(None, 3)`."""
    shape = getattr(layer, "_batch_input_shape", None) or (None, 3)
    if isinstance(layer, Sequential) and layer.built:
        shape = layer.input_shape
    return np.ones([2 if size is None else size for size in shape], np.float32)


def outcome(expression: str) -> tuple[str, BaseException | None]:
    """How the construction and first call of an expression end, as on the command line."""
    try:
        layer = evaluate(parse(expression), names())
        layer(sample(layer))
    except RequestError as refused:
        return "reject", refused
    except Exception as error:
        refusal = refused_as_too_big(error)
        return ("reject", refusal) if refusal else ("keras-error", error)
    return "ok", None


def test_the_table_is_whole() -> None:
    assert len(ROWS) > 250


@pytest.mark.parametrize("row", ROWS, ids=lambda row: ascii(row.expression[:60]))
def test_an_expression_ends_as_the_table_says(
    row: Row, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    started = time.process_time()
    ended, error = outcome(row.expression)
    assert ended in row.classes, error
    assert time.process_time() - started < SECONDS
    assert not list(tmp_path.iterdir())
    if ended == "reject":
        said = str(error)
        assert said.isprintable()
        assert len(said) < LONGEST_REFUSAL
    elif ended == "keras-error" and row.exception != "-":
        assert type(error).__name__ == row.exception


BOMBS = {
    "signs": "Dense(" + "-" * 1000 + "3)",
    "more signs": "-" * 100_000,
    "nots": "not " * 5000,
    "quotients": "P/a" * 33_000,
    "powers": "a**" * 9000 + "a",
    "calls": "()" * 30_000,
    "more calls": "a" + "()" * 9000,
    "attributes": "a" + ".a" * 9000,
    "strings": '"a" ' * 24_999,
    "brackets": "[" * 100_000,
    "items": "1," * 50_000,
    "calls in calls, wrong inside": "f(a=" * 99 + "1 1" + ")" * 99,
    "dicts in dicts, wrong inside": "{1:" * 99 + "*" + "}" * 99,
    "conditions": "1 if 1 else " * 1900 + "1",
    "lambdas": "lambda:" * 9000 + "1",
    "comparisons": "a<" * 9000 + "a",
    "operators": "*" * 100_000,
    "colons": ":" * 100_000,
    "continued lines": "\\\n" * 49_000 + "a",
    "format strings in format strings": "f'{" * 9000,
    "far places": "Dense(" + "\u6f22," * 9000 + "*a)",
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_in_little_time_and_memory(bomb: str) -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    with pytest.raises(RequestError):
        parse(bomb)
    assert time.process_time() - started < SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * 1024
