"""tf.TensorShape, as TensorFlow 2.14 and Keras 2.14 run expressions with it."""

import json
import math
from typing import Any

import pytest

from densetrace.data.values import Items
from densetrace.recording.snapshot import snapshot
from densetrace.sources.script.standins import tree
from densetrace.tensorflow.shapes import TensorShape
from tests.tensorflow.shape_expressions import RECORDED, observed

tf: Any = tree("tensorflow")["tensorflow"]
keras: Any = tree("keras")["keras"]
EXPRESSIONS = json.loads(RECORDED.read_text())["expressions"]


def agree(ours: Any, theirs: Any) -> bool:
    """Whether two recorded values are equal, numbers but for their last digits."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(agree(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(agree, ours, theirs))
    if isinstance(ours, float) and isinstance(theirs, float):
        return math.isclose(ours, theirs, rel_tol=1e-5, abs_tol=1e-5)
    return type(ours) is type(theirs) and bool(ours == theirs)


@pytest.mark.parametrize("case", EXPRESSIONS, ids=lambda case: str(case["line"]))
def test_an_expression_gives_what_it_gives_in_tensorflow(case: dict[str, Any]) -> None:
    found = json.loads(json.dumps(observed(tf, keras, case["line"])))
    assert agree(found, case["gives"]), (found, case["gives"])


@pytest.mark.parametrize("sizes", [(), (2, None, 3)])
def test_a_trace_has_a_shape_as_the_tuple_of_its_sizes(sizes: tuple[int | None, ...]) -> None:
    assert snapshot(TensorShape(sizes), repr) == Items("tuple", sizes, len(sizes))


def test_a_trace_has_none_for_a_shape_of_unknown_rank() -> None:
    assert snapshot(TensorShape(None), repr) is None
