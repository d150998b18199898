"""Gradients, as TensorFlow 2.14 computed them: ties, zeros, second order, what is not connected."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from densetrace import keras
from densetrace.sources.script.standins import tree
from tests.tensorflow.recorded import agree, written

CASES = json.loads((Path(__file__).parents[1] / "data" / "keras-2.14-gradients.json").read_text())
TF: Any = tree("tensorflow")["tensorflow"]


def flat(value: Any) -> Any:
    """A tensor without the word for it, a scalar as its number."""
    found = written(value)
    found = found.get("tensor", found) if isinstance(found, dict) else found
    if isinstance(found, dict) and found.get("shape") == []:
        return found["values"][0]
    return found


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: str(case["id"]))
def test_a_gradient(case: dict[str, Any]) -> None:
    out: dict[str, Any] = {}
    exec(case["script"], {"tf": TF, "np": np, "keras": keras, "out": out})
    for name, expected in case["result"]["out"].items():
        assert agree(flat(out[name]), expected), name
