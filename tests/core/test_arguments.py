"""Wrong arguments of public functions: one sentence that says what to write."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import densetrace
from densetrace import RequestError, Trace, api, explain

CODE = "Dense(2)"


class Unreadable:
    """An object whose text cannot be read."""

    def __repr__(self) -> str:
        raise ValueError("no text")


WRONG: tuple[Any, ...] = (5, -1, 2.5, True, [], b"a", {}, object(), np.ones(2), Unreadable())


@pytest.fixture(scope="module")
def trace() -> Trace:
    return explain(CODE)


def _recorded(**options: Any) -> None:
    with api.trace(**options):
        densetrace.Dense(2)


METHODS: dict[str, Callable[[Trace, Any], object]] = {
    "tree": lambda t, given: t.tree(given),
    "plain": lambda t, given: t.plain(given),
    "why": lambda t, given: t.why(given),
    "diff": lambda t, given: t.diff(given),
    "diff_html": lambda t, given: t.diff_html(given),
    "html": lambda t, given: t.html(given),
    "svg": lambda t, given: t.svg(given),
    "markdown": lambda t, given: t.markdown(given),
    "save": lambda t, given: t.save(given),
    "find point": lambda t, given: t.find(point=given),
    "find subject": lambda t, given: t.find(subject=given),
}
FUNCTIONS: dict[str, Callable[[Any], object]] = {
    "explain": explain,
    "until": lambda given: explain(CODE, until=given),
    "engine": lambda given: explain(CODE, engine=given),
    "load": densetrace.load,
    "loads": Trace.loads,
    "from_json": Trace.from_json,
    "run": densetrace.run,
    "run engine": lambda given: densetrace.run(__file__, engine=given),
    "trace engine": lambda given: _recorded(engine=given),
    "verify engine": lambda given: api.verify(CODE, engine=given),
    "names": api.names,
}


@pytest.mark.parametrize("given", WRONG, ids=lambda given: type(given).__name__)
def test_a_wrong_type_is_refused(trace: Trace, given: Any) -> None:
    for method in METHODS.values():
        with pytest.raises(RequestError, match="Received: "):
            method(trace, given)
    for function in FUNCTIONS.values():
        with pytest.raises(RequestError):
            function(given)


@pytest.mark.parametrize("given", [None, "a", [], 2.5, -1, 0, True, Unreadable()])
def test_a_width_is_a_number_from_1(trace: Trace, given: Any) -> None:
    methods: tuple[Callable[[], object], ...] = (
        lambda: trace.tree(width=given),
        lambda: trace.why("kernel", width=given),
        lambda: trace.diff(trace, width=given),
        lambda: trace.svg(width=given),
        lambda: trace.markdown(width=given),
    )
    for method in methods:
        with pytest.raises(RequestError, match=r"from 1\. Received: .* For example: width=80"):
            method()


WRONG_OPTIONS: dict[str, tuple[Any, ...]] = {
    "input_shape": (5, "a", 2.5, [3], (None, "a"), (None, -1), [(None, 3), 4], object()),
    "seed": ("a", [], 2.5, True, -1, 2**32, object()),
    "on_step": (5, "a", [], object()),
    "max_steps": ("a", -1, 2.5, True, []),
    "fit": (None, "a", 5, [], object()),
    "batches": (None, "a", -1, 2.5, True, [], np.ones(2)),
}


@pytest.mark.parametrize("name", WRONG_OPTIONS)
def test_a_wrong_option_is_refused_before_anything_runs(name: str) -> None:
    for given in WRONG_OPTIONS[name]:
        with pytest.raises(RequestError, match="Received: "):
            explain(CODE, **{name: given})
        if name in ("on_step", "max_steps", "batches"):
            with pytest.raises(RequestError):
                _recorded(**{name: given})
            with pytest.raises(RequestError):
                densetrace.run(__file__, **{name: given})


def test_the_arguments_of_a_script_are_strings(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("raise SystemExit('it ran')\n")
    wrong: tuple[Any, ...] = (5, "a", True, [5], {})
    for given in wrong:
        with pytest.raises(RequestError, match="a list of strings"):
            densetrace.run(script, given)


def test_numbers_of_numpy_are_numbers(trace: Trace) -> None:
    assert trace.tree(width=np.int64(60)) == trace.tree(width=60)  # type: ignore[arg-type]
    recorded = explain(CODE, seed=np.int64(7), input_shape=(None, np.int64(3)))  # type: ignore[arg-type]
    assert recorded.source["seed"] == 7
    assert recorded.stop is None


def test_the_sentence_says_what_to_write(trace: Trace) -> None:
    with pytest.raises(RequestError) as refused:
        trace.diff_html("x.json")  # type: ignore[arg-type] # as a person may
    assert str(refused.value) == (
        "A trace is compared with another trace. Received: 'x.json'. "
        "For example: t.diff(densetrace.load('t.json'))"
    )
