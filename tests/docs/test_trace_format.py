"""docs/trace.schema.json describes every trace that densetrace writes, and nothing else."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from densetrace.data.schema import KINDS

import densetrace
from densetrace.keras import initializers

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = json.loads((DOCS / "trace.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

EXPRESSIONS = [
    "Dense(64, activation='relu')",
    "Dense(-1)",
    "Dense(2, kernel_layout=None, activity_regularizer='l2', kernel_constraint='max_norm')",
    "Sequential([Dense(4, input_shape=(3,)), Dense(2, kernel_initializer=HeNormal(seed=1))])",
    "Dense(3, kernel_initializer=Constant(1e999))",
    "Dense(3, name='" + "long" * 100 + "')",
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_traces_fit_the_schema(expression: str) -> None:
    VALIDATOR.validate(densetrace.explain(expression).to_json())


def test_every_kind_of_value_fits_the_schema() -> None:
    odd: list[Any] = [
        *(None, True, 1, 1.5, "a", "a" * 300, float("nan"), 2**80, b"bytes", print, int),
        *(
            (1,),
            {1},
            frozenset({1}),
            {"a": [1]},
            initializers.Zeros(),
            np.ones(3),
            object(),
            slice(3),
        ),
    ]
    with densetrace.trace() as t:
        densetrace.Input((3,))
        for value in odd:
            with pytest.raises(Exception):  # noqa: B017, PT011 - only what was recorded matters
                densetrace.Dense(1, nonsense=value)
    VALIDATOR.validate(t.to_json())


def test_the_schema_and_the_page_know_every_kind() -> None:
    assert tuple(SCHEMA["$defs"]["step"]["properties"]["kind"]["enum"]) == KINDS
    page = (DOCS / "trace-format.md").read_text()
    assert all(f"`{kind}`" in page for kind in KINDS)


@pytest.mark.parametrize(
    "damage",
    [
        {"version": 1},
        {"extra": 1},
        {"steps": [{}]},
        {"outcome": {"x": {"unknown": 1}}},
        {"outcome": {"x": {"tensor": [-1], "dtype": "float32"}}},
    ],
)
def test_what_is_no_trace_does_not_fit(damage: dict[str, Any]) -> None:
    form = densetrace.explain("Dense(1)", until="init").to_json()
    assert not VALIDATOR.is_valid(form | damage)
