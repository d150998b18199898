"""Calls of TensorFlow's functions and their neighbours, as TensorFlow 2.14 and Keras 2.14 ran them:
values, printed forms, shapes that a graph knows, gradients, and errors; and errors in our words."""

import json
import math
import re
from typing import Any

import numpy as np
import pytest

from densetrace import keras
from densetrace.sources.script.standins import tree
from tests.tensorflow.calls import INPUTS, RECORDED, names_in, observed

tf: Any = tree("tensorflow")["tensorflow"]
CASES = json.loads(RECORDED.read_text())["calls"]
_NUMBER = re.compile(r"-?\d+\.?\d*(?:e[-+]?\d+)?")


def agree(ours: Any, theirs: Any) -> bool:
    """Whether two observations are equal, but for the last digits of numbers."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(agree(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(agree, ours, theirs))
    if isinstance(ours, bool) or isinstance(theirs, bool):
        return ours is theirs
    if isinstance(ours, int | float) and isinstance(theirs, int | float):
        return math.isclose(ours, theirs, rel_tol=2e-5, abs_tol=1e-5)
    if isinstance(ours, str) and isinstance(theirs, str):
        words = [_NUMBER.sub("#", "".join(text.split())) for text in (ours, theirs)]
        numbers = [[float(one) for one in _NUMBER.findall(text)] for text in (ours, theirs)]
        return words[0] == words[1] and agree(*numbers)
    return bool(ours == theirs)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["call"]))
def test_a_call_gives_what_it_gives_in_tensorflow(case: dict[str, Any]) -> None:
    found = observed(tf, keras, case["call"])
    for way, expected in case.items():
        assert agree(found[way], expected), (way, found[way], expected)


READS_NUMBERS = ("int(", "float(", "round(")  # as in TensorFlow, NumPy says that there are several
REFUSED = [
    one["call"]
    for one in CASES
    if "error" in one["eager"]
    and ";;" not in one["call"]
    and not one["call"].startswith((*READS_NUMBERS, "K.placeholder"))
]
_OF_NUMPY = re.compile(
    r"numpy(?!=|\(| array| when)|ufunc|operands could not|einstein|array at index|for array of|"
    r"input array|array of dimension|cannot reshape array|to Python scalar",
    re.IGNORECASE,
)


@pytest.mark.parametrize("call", REFUSED)
def test_an_error_is_not_in_the_words_of_numpy(call: str) -> None:
    given = {name: tf.constant(INPUTS[name]) for name in names_in(call)}
    scope = {"tf": tf, "K": tf.keras.backend, "keras": keras, "layers": keras.layers, "np": np}
    with pytest.raises(Exception) as raised:  # noqa: PT011 - its type is compared above
        eval(call, scope | given)
    assert not _OF_NUMPY.search(
        str(raised.value).replace("NumPy's", "").replace("class 'numpy", "")
    )
