"""Each layer records the steps of a real Keras 2.14, and returns its numbers, masks and losses."""

import json
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import densetrace
from densetrace.data.names import public
from densetrace.keras import backend
from tests.conformance.reference import comparable, scope

_FILE = Path(__file__).parents[1] / "data" / "keras-2.14-layers.json"
_OURS = public("keras.layers")
CASES = [
    case
    for case in json.loads(_FILE.read_text("utf-8"))["cases"]
    if all(name in _OURS for name in re.findall(r"layers\.(\w+)", case["expr"]))
]


def _set_weights(layer: Any) -> None:
    rng = np.random.RandomState(7)
    values = []
    for weight in layer.weights:
        value = rng.uniform(-1, 1, weight.shape).round(3)
        if "variance" in weight.name:
            value = np.abs(value) + 0.1
        values.append(value.astype(weight.dtype.name))
    layer.set_weights(values)


def _inputs(case: dict[str, Any]) -> Any:
    arrays = [np.array(one["data"], one["dtype"]).reshape(one["shape"]) for one in case["inputs"]]
    return arrays[0] if len(arrays) == 1 else arrays


def _steps_of(action: Any) -> tuple[list[Any], Any]:
    with densetrace.trace() as t:
        try:
            result = action()
        except Exception as error:
            result = error
    return comparable(t.steps), result


def _same(found: Any, recorded: Any) -> None:
    if isinstance(recorded, list):
        for one, expected in zip(found, recorded, strict=True):
            _same(one, expected)
        return
    expected = recorded["tensor"]
    assert list(found.shape) == expected["shape"]
    assert found.dtype.name == expected["dtype"]
    np.testing.assert_allclose(
        found.numpy().ravel().astype(float), expected["values"], rtol=1e-5, atol=1e-5
    )


def _plain(config: Any) -> Any:
    """A config as JSON holds it, floats with seven digits, tensors by shape and dtype."""
    text = json.dumps(
        config, default=lambda value: {"tensor": list(value.shape), "dtype": value.dtype.name}
    )
    return json.loads(text, parse_float=lambda number: float(f"{float(number):.7g}"))


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_layer_takes_the_steps_of_keras(case: dict[str, Any]) -> None:
    backend.clear_session()
    names = scope()
    expected = {phase["phase"]: phase["steps"] for phase in case["phases"]}
    steps, layer = _steps_of(lambda: eval(case["expr"], names))
    assert steps == expected["construct"]
    failure = layer if isinstance(layer, Exception) else None
    if "call" in expected:
        steps, output = _steps_of(lambda: layer(_inputs(case)))
        assert steps == expected["call"]
        failure = output if isinstance(output, Exception) else None
    found = type(failure).__name__ if failure else None
    assert found == case.get("error", {}).get("type")
    if "symbolic" in expected:
        backend.clear_session()
        fresh = eval(case["expr"], scope())
        given = case["inputs"][0]["dtype"]
        entries = [names["Input"](tuple(one["shape"][1:]), dtype=given) for one in case["inputs"]]
        steps, output = _steps_of(lambda: fresh(entries[0] if len(entries) == 1 else entries))
        assert steps == expected["symbolic"]
        if "symbolic_error" in case:
            assert type(output).__name__ == case["symbolic_error"]["type"]
        else:
            assert list(output.shape) == case["symbolic_output"]["symbol"]
            assert output.dtype.name == case["symbolic_output"]["dtype"]


@pytest.mark.parametrize(
    "case", [case for case in CASES if "y" in case], ids=[c["id"] for c in CASES if "y" in c]
)
def test_a_layer_computes_what_keras_computes(case: dict[str, Any]) -> None:
    backend.clear_session()
    layer, inputs = eval(case["expr"], scope()), _inputs(case)
    layer(inputs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        if "<code>" in json.dumps(case["config"]):
            with pytest.raises(ValueError, match="Pass a named function"):
                layer.get_config()
        else:
            assert _plain(layer.get_config()) == _plain(case["config"])
    assert [[w.name, list(w.shape), w.dtype.name, w.trainable] for w in layer.weights] == [
        [w["name"], w["shape"], w["dtype"], w["trainable"]] for w in case["weights"]
    ]
    assert len(layer.trainable_weights) == case["trainable_weights"]
    assert layer.supports_masking == case["supports_masking"]
    _set_weights(layer)
    output = layer(inputs, training=False)
    _same(output, case["y"])
    several = isinstance(output, list)
    masks = [getattr(one, "_keras_mask", None) for one in (output if several else [output])]
    for mask, expected in zip(masks, case["mask"] if several else [case["mask"]], strict=True):
        assert (mask is None) == (expected is None)
        if mask is not None:
            _same(mask, expected)
    assert len(layer.losses) == len(case["losses"])
    if "y_training" in case:
        _same(layer(inputs, training=True), case["y_training"])
        for weight, recorded in zip(layer.weights, case["weights_after_training"], strict=True):
            _same(weight, {"tensor": recorded})
    shapes = [tuple(one["shape"]) for one in case["inputs"]]
    if isinstance(case.get("compute_output_shape"), list):
        shape = layer.compute_output_shape(shapes[0] if len(shapes) == 1 else shapes)
        assert list(shape) == case["compute_output_shape"]
