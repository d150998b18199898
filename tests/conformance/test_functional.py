"""Functional models do what those of a real Keras 2.14 do: graphs, summaries, configs, numbers.

tests/data/keras-2.14-functional.json has what Keras returned, raised and printed.
"""

import contextlib
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import densetrace.tensorflow as tf
from densetrace import keras
from densetrace.data.names import public
from densetrace.keras import backend
from densetrace.keras.engine.keras_tensor import KerasTensor
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.tensor import Operators
from densetrace.tensorflow.variables import Variable
from tests.conformance.reference import scope

_FILE = Path(__file__).parents[1] / "data" / "keras-2.14-functional.json"
_OURS = public("keras.layers")
CASES = [
    case
    for case in json.loads(_FILE.read_text("utf-8"))["cases"]
    if all(name in _OURS for name in re.findall(r"layers\.(\w+)\(", case["code"]))
]

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


def _x(*shape: int, seed: int = 0) -> Any:
    return np.random.RandomState(seed).uniform(-1, 1, shape).round(3).astype("float32")


def _setw(model: Any, seed: int = 7) -> None:
    rng = np.random.RandomState(seed)
    values = []
    for weight in model.weights:
        value = rng.uniform(-1, 1, weight.shape).round(3)
        if "variance" in weight.name:
            value = np.abs(value) + 0.1
        values.append(value.astype(weight.dtype.name))
    model.set_weights(values)


def _summary(model: Any, **options: Any) -> str:
    lines: list[str] = []
    model.summary(print_fn=lines.append, **options)
    return "\n".join(line.rstrip() for line in lines)


def _names() -> dict[str, Any]:
    return scope() | {"X": _x, "setw": _setw, "summary": _summary, "tf": tf, "json": json}


def _numbers(array: Any) -> dict[str, Any]:
    return {
        "shape": list(array.shape),
        "dtype": getattr(array.dtype, "name", str(array.dtype)),
        "values": np.asarray(array).ravel()[:400].tolist(),
    }


def plain(value: Any) -> Any:
    """Convert a value to the form of the reference."""
    if isinstance(value, KerasTensor):
        return {"symbol": list(value.shape), "dtype": value.dtype.name}
    if isinstance(value, TensorShape):
        return {"TensorShape": list(value)}
    if isinstance(value, Variable):
        return {"variable": _numbers(value), "name": value.name}
    if isinstance(value, Operators):
        return {"tensor": _numbers(value)}
    if isinstance(value, np.ndarray):
        return {"ndarray": _numbers(value)}
    if isinstance(value, tuple):
        return {"tuple": [plain(item) for item in value]}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {"dict": {str(key): plain(item) for key, item in value.items()}}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return {"instance": type(value).__name__}


def same(found: Any, expected: Any) -> bool:
    """Return whether values are equal, numbers within 1e-5."""
    if isinstance(expected, dict):
        return (
            isinstance(found, dict)
            and found.keys() == expected.keys()
            and all(same(found[key], expected[key]) for key in expected)
        )
    if isinstance(expected, list):
        return (
            isinstance(found, list)
            and len(found) == len(expected)
            and all(map(same, found, expected))
        )
    if isinstance(expected, int | float) and not isinstance(expected, bool):
        return isinstance(found, int | float) and bool(
            np.isclose(found, expected, rtol=1e-5, atol=1e-5)
        )
    return bool(found == expected)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_functional_model_does_what_it_does_in_keras(case: dict[str, Any]) -> None:
    backend.clear_session()
    names = _names()
    exec(case["code"], names)
    for expression, expected in zip(case["observe"], case["values"], strict=True):
        printed = io.StringIO()
        found: dict[str, Any] = {}
        try:
            with contextlib.redirect_stdout(printed):
                value = eval(expression, names)
            found["value"] = plain(value)
            if isinstance(value, KerasTensor):
                found["repr"] = repr(value)
        except Exception as error:
            found["error"] = type(error).__name__
        if "error" in expected:
            assert found.get("error") == expected["error"]["type"], expression
            continue
        assert same(found, expected), (expression, found, expected)


RECORDED: dict[str, Any] = json.loads(
    (_FILE.parent / "keras-2.14-functional-scripts.json").read_text("utf-8")
)


def _lines(text: str) -> list[str]:
    """Lines without addresses, and without the names of a layer's outputs, which Keras takes from
    operations of its graphs."""
    text = re.sub("0x[0-9a-f]+", "0x", text)
    text = re.sub(r", name='[\w./]+:0'", "", text)
    text = text.replace("densetrace.keras.callbacks", "keras.src.callbacks")
    text = re.sub(r"np\.(?:float|u?int)\d+\(([^()]*)\)", r"\1", text)
    return [line.rstrip() for line in text.rstrip("\n").split("\n")]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", RECORDED["scripts"])
def test_a_script_of_functional_models_prints_what_it_prints_on_keras(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded = RECORDED["scripts"][name]
    backend.clear_session()
    names = {"keras": keras, "tf": tf, "layers": keras.layers}
    exec("\n".join([*RECORDED["prelude"], *recorded["code"]]), names)
    assert _lines(capsys.readouterr().out) == _lines("\n".join(recorded["prints"]))
