"""Functions on symbolic tensors become the layers that they become in Keras 2.14."""

import json
from typing import Any

import numpy as np
import pytest

from densetrace.sources.script.standins import tree
from tests.keras.symbolic_lines import RECORDED, observed

tf: Any = tree("tensorflow")["tensorflow"]
keras: Any = tree("keras")["keras"]
LINES = json.loads(RECORDED.read_text())["lines"]


@pytest.mark.parametrize("case", LINES, ids=lambda case: str(case["line"]))
def test_a_line_becomes_the_layers_of_keras(case: dict[str, Any]) -> None:
    found = json.loads(json.dumps(observed(tf, keras, case["line"]))) | {"line": case["line"]}
    numbers, expected = found.pop("numbers", []), dict(case)
    theirs = expected.pop("numbers", [])
    assert found == expected
    for ours, real in zip(numbers, theirs, strict=True):
        np.testing.assert_allclose(np.array(ours), np.array(real), rtol=1e-4, atol=2e-4)


def test_a_model_with_such_layers_is_read_from_its_config() -> None:
    keras.backend.clear_session()
    k = keras.Input((4,))
    model = keras.Model(k, keras.losses.hinge(k, keras.backend.binary_crossentropy(k, k)))
    again = keras.Model.from_config(model.get_config())
    x = tf.constant([[0.1, 0.2, 0.3, 0.9]])
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
    np.testing.assert_array_equal(again(x), model(x))


@pytest.mark.parametrize(
    "name", ["keras.backend.set_floatx", "keras.backend.clear_session", "keras.layers.Dense"]
)
def test_a_config_names_no_other_function_of_keras(name: str) -> None:
    layer = keras.backend.square(keras.Input((4,))).node.layer
    with pytest.raises(ValueError, match="could not be found"):
        type(layer).from_config({"name": "layer", "function": name})
