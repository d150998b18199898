"""Expressions of tensors, as TensorFlow 2.14 and Keras 2.14 evaluated them, eager and symbolic."""

import contextlib
import copy
import io
import json
import math
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from densetrace import keras
from densetrace.data.names import public
from densetrace.keras import backend, layers
from densetrace.sources.script.standins import tree
from densetrace.system.lazy import imported
from tests.tensorflow.recorded import agree, written

DATA = Path(__file__).parents[1] / "data"
CASES = [
    case
    for name in ("keras-2.14-tensors.json", "keras-2.14-more-tensors.json")
    for case in json.loads((DATA / name).read_text(encoding="utf-8"))["cases"]
]
TF: Any = tree("tensorflow")["tensorflow"]
_NUMBER = re.compile(r"-?\d+\.?\d*(?:e[-+]?\d+)?")


def scope() -> dict[str, Any]:
    """What the expressions can name."""
    backend.clear_session()
    return {
        "tf": TF,
        "np": np,
        "json": json,
        "math": math,
        "copy": copy,
        "pickle": pickle,
        "keras": keras,
        "layers": layers,
        "K": TF.keras.backend,
        "v": TF.Variable([1.0, 2.0, 3.0]),
    }


def evaluated(names: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    """What an expression gives, in the form of a recording."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            if "setup" in case:
                exec(case["setup"], names)
            value = eval(case["expr"], names)
    except Exception as error:
        return {"error": type(error).__name__}
    found = {"value": written(value), "printed": printed.getvalue()}
    if isinstance(value, TF.Tensor | TF.Variable):
        found |= {"repr": repr(value), "str": str(value)}
    return found


def same_text(ours: str, theirs: str) -> bool:
    """Whether two texts are equal but for spaces and the last digits of numbers."""
    words = _NUMBER.sub("#", "".join(ours.split())), _NUMBER.sub("#", "".join(theirs.split()))
    numbers = [[float(n) for n in _NUMBER.findall(text)] for text in (ours, theirs)]
    return words[0] == words[1] and agree(*numbers)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_an_eager_expression(case: dict[str, Any]) -> None:
    expected = case["eager"]
    names = scope() | {"x": TF.constant([[1.0, -2, 3], [4, 5, -6]])}
    found = evaluated(names, case)
    if "error" in expected:
        assert found == {"error": expected["error"]["type"]}
        return
    if "value" in expected:
        assert agree(found["value"], expected["value"]), found
    for text in ("printed", "repr", "str"):
        if text in expected and text in found:
            assert same_text(found[text], expected[text])


SYMBOLIC = [case for case in CASES if "symbolic" in case["modes"]]


@pytest.mark.parametrize("case", SYMBOLIC, ids=lambda case: str(case["id"]))
def test_an_expression_in_the_call_of_a_layer(case: dict[str, Any]) -> None:
    expected = case["symbolic"]
    names = scope()
    results: list[Any] = []

    class Body(layers.Layer):
        def call(self, x: Any) -> Any:
            here = names | {"x": x}
            if "setup" in case:
                exec(case["setup"], here)
            results.append(eval(case["expr"], here))
            return results[-1]

    def run() -> tuple[Any, Any]:
        model = keras.Sequential([layers.InputLayer((3,)), Body()])
        shape = model.output_shape
        return shape, model(TF.constant([[1.0, -2, 3], [4, 5, -6]]))

    if "error" in expected:
        with pytest.raises(Exception) as raised:  # noqa: PT011 - its type is compared below
            run()
        assert type(raised.value).__name__ == expected["error"]["type"]
        return
    if "value_error" in expected:
        with pytest.raises(Exception) as raised:  # noqa: PT011 - its type is compared below
            run()
        assert type(raised.value).__name__ == expected["value_error"]["type"]
        assert agree(written(results[0]), expected["result"])
        return
    shape, value = run()
    assert agree(written(results[0]), expected["result"])
    assert agree(written(shape), expected["output_shape"])
    if "value" in expected:
        assert agree(written(value), expected["value"])


def test_every_name_of_the_backend_is_there() -> None:
    for name, made in public("keras.backend").items():
        assert callable(imported(made.module, made.own)), name
