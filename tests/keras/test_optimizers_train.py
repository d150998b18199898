"""Optimizers update weights and their own variables as those of a real Keras 2.14 do.

`python -m tests.keras.record_optimizers` records what Keras does.
"""

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import densetrace.tensorflow as tf
from densetrace import keras
from tests.keras import optimizer_cases as cases

RECORDED: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data" / "keras-2.14-optimizers.json").read_text("utf-8")
)
RUNS = {"trainings": cases.trained, "lookups": cases.looked_up, "schedules": cases.scheduled}


@pytest.fixture(autouse=True)
def quiet() -> Any:
    """Keep the warnings of some cases out of the output."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def differences(found: Any, wanted: Any, at: str = "") -> list[str]:
    """Where nested results differ: numbers by more than 1e-6, relative or absolute."""
    if isinstance(wanted, list):
        if not isinstance(found, list) or len(found) != len(wanted):
            return [f"{at}: {found} for {wanted}"]
        pairs = enumerate(zip(found, wanted, strict=True))
        return [line for place, pair in pairs for line in differences(*pair, f"{at}[{place}]")]
    if isinstance(wanted, dict):
        if found.keys() != wanted.keys():
            return [f"{at}: {found} for {wanted}"]
        return [line for key in wanted for line in differences(found[key], wanted[key], key)]
    if isinstance(wanted, float) and isinstance(found, float | int):
        is_close = np.isclose(found, wanted, rtol=1e-6, atol=1e-6)
        return [] if is_close else [f"{at}: {found} for {wanted}"]
    return [] if found == wanted else [f"{at}: {found} for {wanted}"]


def all_cases(kind: str) -> list[str]:
    """The recorded cases of a kind, which are those that exist."""
    listed = {
        "trainings": cases.TRAININGS, "lookups": cases.LOOKUPS, "schedules": cases.SCHEDULES,
        "scripts": cases.SCRIPTS, "errors": cases.ERRORS,
    }  # fmt: skip
    assert list(RECORDED[kind]) == list(listed[kind]), "record the cases anew"
    return list(RECORDED[kind])


@pytest.mark.parametrize("mode", ["eager", "graph"])
@pytest.mark.parametrize(
    ("kind", "code"), [(kind, code) for kind in RUNS for code in all_cases(kind)]
)
def test_the_numbers_are_those_of_keras(kind: str, code: str, mode: str) -> None:
    recorded = RECORDED[kind][code]
    wrap = tf.function if mode == "graph" else lambda function: function
    found = RUNS[kind](code, tf, keras, wrap)
    # Only a graph of Nadam computes other numbers than the same code in eager mode.
    assert not differences(found, recorded.get(mode, recorded["eager"]))


@pytest.mark.parametrize("name", all_cases("scripts"))
def test_a_script_gives_what_it_gives_on_keras(name: str) -> None:
    found = cases.out_of(cases.SCRIPTS[name], tf, keras)
    assert not differences(found, RECORDED["scripts"][name])


@pytest.mark.parametrize("name", all_cases("errors"))
def test_an_error_has_the_type_that_it_has_in_keras(name: str) -> None:
    assert cases.raised(cases.ERRORS[name], tf, keras) == RECORDED["errors"][name]
