"""Small handmade traces for tests of renderers."""

from collections.abc import Iterable
from itertools import count

from densetrace.data.steps import ABSENT, Absent, Error, Step, Where
from densetrace.data.trace import Trace
from densetrace.data.values import Value

_numbers = count()


def step(
    kind: str,
    point: str = "keras.engine.base_layer.Layer.thing",
    *children: Step,
    subject: str | None = "dense",
    result: Value | Absent = None,
    error: Error | None = None,
    line: str = "",
    facts: dict[str, Value] | None = None,
    **inputs: Value,
) -> Step:
    """A step; one with an error has no result."""
    where = Where("file.py", 1, "function", line) if line else None
    result = ABSENT if error else result
    return Step(
        next(_numbers), kind, point, subject, inputs, facts or {}, result, error, where, 0, children
    )


def trace(*steps: Step, text: str = "Dense(3)") -> Trace:
    """A trace of an expression."""
    return Trace({"kind": "expression", "text": text}, {"follows": "Keras 2.14"}, {}, steps)


def nested(depth: int, kind: str = "call") -> Step:
    """Steps inside each other, `depth` of them."""
    inner: Iterable[Step] = ()
    for _ in range(depth):
        inner = (step(kind, "keras.layers.core.dense.Dense.call", *inner),)
    return next(iter(inner))
