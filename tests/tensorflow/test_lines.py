"""Lines with tensors and variables, as TensorFlow 2.14 and Keras 2.14 run them: eagerly, and in the
call of a layer."""

import json
import math
import re
from typing import Any

import pytest

from densetrace.sources.script.standins import tree
from tests.tensorflow.lines import RECORDED, observed

tf: Any = tree("tensorflow")["tensorflow"]
keras: Any = tree("keras")["keras"]
LINES = json.loads(RECORDED.read_text())["lines"]
_NUMBER = re.compile(r"-?\d+\.?\d*(?:e[-+]?\d+)?")


def agree(ours: Any, theirs: Any) -> bool:
    """Whether two observations are equal, but for spaces and the last digits of numbers."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(agree(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(agree, ours, theirs))
    if isinstance(ours, str) and isinstance(theirs, str):
        words = [_NUMBER.sub("#", "".join(text.split())) for text in (ours, theirs)]
        numbers = [[float(one) for one in _NUMBER.findall(text)] for text in (ours, theirs)]
        return words[0] == words[1] and all(
            math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-4) for a, b in zip(*numbers, strict=True)
        )
    return type(ours) is type(theirs) and bool(ours == theirs)


@pytest.mark.parametrize("case", LINES, ids=lambda case: str(case["line"]))
def test_a_line_gives_what_it_gives_in_tensorflow(case: dict[str, Any]) -> None:
    found = json.loads(json.dumps(observed(tf, keras, case["line"])))
    for way in ("eager", "inside", "symbolic"):
        assert agree(found[way], case[way]), (way, found[way], case[way])
