"""The mirrored stack records the same steps as a real Keras 2.14: order, nesting and values."""

import json
import warnings
from typing import Any

import numpy as np
import pytest

import densetrace
from densetrace.keras import backend
from tests.conformance.reference import CASES, comparable, scope


def run(case: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Run a case on the mirrored stack; return its phases and its outcome."""
    backend.clear_session()
    names = scope()
    exec(case.get("code", ""), names)
    phases: list[Any] = []
    outcome: dict[str, Any] = {}
    subject: Any = None

    def observe(name: str, action: Any) -> Any:
        result = None
        with densetrace.trace() as t:
            try:
                result = action()
            except Exception as error:
                outcome["error"] = error
        phases.append({"phase": name, "steps": comparable(t.steps)})
        return result

    subject = observe("construct", lambda: eval(case["expr"], names))
    if "error" not in outcome and "input_shape" in case:
        shape = case["input_shape"]
        observe("build", lambda: subject.build(None if shape is None else tuple(shape)))
    if "error" not in outcome and "input" in case:
        outcome["output"] = observe("call", lambda: subject(np.array(case["input"], "float32")))
    outcome["subject"] = subject
    return phases, outcome


def rounded(value: Any) -> Any:
    """Round floats to seven digits, as the reference does in configs."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return float(f"{value:.7g}") if isinstance(value, float) else value


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_steps_equal_those_of_keras(case: dict[str, Any]) -> None:
    phases, outcome = run(case)
    expected = [dict(phase) for phase in case["phases"]]
    if ".compile(" in case["expr"]:
        # The steps after the lookup of the optimizer belong to the metric for the mean loss.
        phases[0]["steps"], expected[0]["steps"] = phases[0]["steps"][:1], expected[0]["steps"][:1]
    assert phases == expected
    error = outcome.get("error")
    assert (type(error).__name__ if error else None) == case.get("error", {}).get("type")


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_outcome_equals_that_of_keras(case: dict[str, Any]) -> None:
    _, outcome = run(case)
    subject = outcome["subject"]
    if "weights" in case:
        assert [
            {
                "name": weight.name,
                "shape": list(weight.shape),
                "dtype": weight.dtype.name,
                "trainable": weight.trainable,
            }
            for weight in subject.weights
        ] == case["weights"]
    if "config" in case:
        # Keras warns when it saves a regularizer that it accepted as an unknown string.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            config = subject.get_config()
        assert rounded(json.loads(json.dumps(config))) == rounded(case["config"])
    if "output_shape" in case:
        assert list(outcome["output"].shape) == case["output_shape"]
        assert outcome["output"].dtype.name == case["output_dtype"]
    if "losses" in case:
        assert len(subject.losses) == case["losses"]
