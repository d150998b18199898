"""Rows with NaN are sorted as TensorFlow's kernels sort them: by comparisons that NaN always loses.

`tests/data/tensorflow-2.14-nan.json` has rows (None for NaN) and what TensorFlow 2.14 gives.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import densetrace.tensorflow as tf
from densetrace.tensorflow.ops import ordering

CASES = json.loads(
    (Path(__file__).parents[1] / "data" / "tensorflow-2.14-nan.json").read_text("utf-8")
)["cases"]


def found(rows: Any, what: str, option: Any) -> Any:
    """What an operation gives, as the recording writes it."""
    if what in ("topk", "unsorted"):
        return tf.math.top_k(rows, option, sorted=what == "topk")[1].numpy().tolist()
    if what == "argsort":
        return tf.argsort(rows, direction=option).numpy().tolist()
    if what == "sort":
        return str(tf.sort(rows, direction=option).numpy().tolist())
    if what in ("reduce_max", "reduce_min"):
        return str(getattr(tf, what)(rows, option).numpy().tolist())
    if what == "intopk":
        return tf.math.in_top_k([0, rows.shape[1] - 1], rows, 2).numpy().tolist()
    return getattr(tf, what)(rows, option).numpy().tolist()


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(len(case["rows"][0])))
def test_rows_with_nan_are_ordered_as_in_tensorflow(case: dict[str, Any]) -> None:
    rows = tf.constant(np.array(case["rows"], np.float32))
    for what, option, expected in case["found"]:
        assert found(rows, what, option) == expected, (what, option)


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=60))
def test_without_nan_the_sort_is_a_sort(numbers: list[int]) -> None:
    order = list(range(len(numbers)))
    ordering.sort(order, lambda a, b: numbers[a] < numbers[b])
    assert [numbers[at] for at in order] == sorted(numbers)


@given(st.lists(st.integers(-5, 5), min_size=2, max_size=40), st.data())
def test_without_nan_the_heap_has_the_first_ones(numbers: list[int], data: st.DataObject) -> None:
    count = data.draw(st.integers(1, len(numbers)))
    rows = np.array([numbers])
    firsts = ordering.largest_first(rows, count)[0].tolist()
    assert sorted(ordering.largest_unsorted(rows, count)[0].tolist()) == sorted(firsts)
    assert firsts == sorted(range(len(numbers)), key=lambda at: (-numbers[at], at))[:count]
