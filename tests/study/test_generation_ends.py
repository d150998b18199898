"""A comparison of Keras 2 and Keras 3 says how the runs ended, and claims nothing that did not run.

Traces of our own stack, with another engine written into them, stand for those of Keras 3.
"""

from typing import Any

import pytest

from densetrace import api
from densetrace.data.trace import Trace
from densetrace.study.generations import generations

ONE = "Dense(4)"
UNKNOWN = "Dense(4, activation='rleu')"
TOO_FEW = {"input_shape": (None, 3)}


def explained(expression: str, engine: bool = False, **options: Any) -> Trace:
    trace = api.explain(expression, seed=1, **options)
    if engine:
        trace.engine = {"name": "keras", "version": "3.15.1"}
    return trace


def topics(older: Trace, newer: Trace) -> dict[str, str]:
    found = generations(older, newer)
    assert found is not None
    return {sentence.topic: sentence.text for sentence in found.sentences}


@pytest.mark.parametrize("is_newer", [True, False])
def test_the_argument_that_only_one_rejects_is_named(is_newer: bool) -> None:
    older, newer = (ONE, UNKNOWN) if is_newer else (UNKNOWN, ONE)
    found = topics(explained(older), explained(newer, engine=True))
    one, other = ("Keras 3", "Keras 2") if is_newer else ("Keras 2", "Keras 3")
    assert next(iter(found)) == "exception"
    assert found["exception"] == (
        f"{one} rejects activation='rleu': ValueError: Unknown activation function 'rleu' cannot "
        f"be deserialized. {other} accepts it."
    )
    assert "unchanged" not in found


def test_what_both_reject_is_named_once() -> None:
    found = topics(explained(UNKNOWN), explained(UNKNOWN, engine=True))
    assert found["exception"].startswith("Both reject activation='rleu': ValueError: Unknown")
    assert found["exception"].count("ValueError") == 1


def test_nothing_is_the_same_where_both_raise_in_a_call() -> None:
    both = (explained("Conv2D(2, 3)", engine=newer, **TOO_FEW) for newer in (False, True))
    found = topics(*both)
    assert found["exception"].startswith("Both raise an exception in Layer.__call__: ValueError: ")
    assert "unchanged" not in found


def test_where_only_one_raises_in_a_call_the_other_reaches_the_end() -> None:
    newer = explained("Conv2D(2, 3)", engine=True, **TOO_FEW)
    found = topics(explained("Conv2D(2, 3)"), newer)
    text = found["exception"]
    assert text.startswith("Keras 3 raises an exception in Layer.__call__: ValueError: ")
    assert text.endswith(". Keras 2 reaches the end.")
    assert "unchanged" not in found


@pytest.mark.parametrize(
    ("until", "claim"),
    [
        ("new", None),
        ("init", None),
        ("build", "What it builds is the same: 16 parameters. Keras 2 took"),
        ("call", "What it computes is the same: 16 parameters, and an output of the same shape"),
    ],
)
def test_only_what_ran_is_said_to_be_the_same(until: str, claim: str | None) -> None:
    found = topics(*(explained(ONE, engine=newer, until=until) for newer in (False, True)))
    assert "exception" not in found
    assert found.get("unchanged", "").startswith(claim or "")
    assert ("unchanged" in found) == (claim is not None)
