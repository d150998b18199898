"""A step in full: values at length, and durations as people say them."""

import pytest

from densetrace.data.values import Class, Function, Instance, Items, Mapping, Tensor, Value
from densetrace.render.details import LONGEST, duration, in_full


@pytest.mark.parametrize(
    ("ns", "told"),
    [
        (0, "0 ns"),
        (850, "850 ns"),
        (999, "999 ns"),
        (12_345, "12.3 µs"),
        (1_500_000, "1.5 ms"),
        (2_000_000_000, "2 s"),
    ],
)
def test_a_duration_is_told_in_the_unit_that_suits_it(ns: int, told: str) -> None:
    assert duration(ns) == told


CONFIG = Mapping((("l2", 0.01),), 1)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "None"),
        ("relu", "'relu'"),
        ("x" * 100, repr("x" * 100)),
        (Function("relu", "keras.activations"), "function relu of keras.activations"),
        (Class("Zeros", "keras.initializers"), "class Zeros"),
        (Tensor((2, 3), "float32", (1.0, 2.0)), "f32[2,3]: 1, 2, ..."),
        (Tensor((2,), "float32", (1.0, 2.0)), "f32[2]: 1, 2"),
        (Tensor((None, 3), "float32", symbolic=True), "f32[None,3]"),
        (Tensor((), "float32", (0.5,)), "0.5 as f32[]"),
        (Instance("L2", "keras.reg", "L2#1", CONFIG), "L2#1 of keras.reg {'l2': 0.01}"),
        (Instance("Dense", "keras.layers", "dense"), "dense, a Dense of keras.layers"),
        (Items("list", (1, 2), 5), "[1, 2, ... 3 more]"),
    ],
)  # fmt: skip
def test_a_value_is_told_with_all_that_a_trace_holds(value: Value, told: str) -> None:
    assert in_full(value) == told


def test_a_value_is_told_in_bounded_length_and_safe() -> None:
    assert len(in_full("\x1b" * 10_000)) <= 4 * LONGEST
    assert in_full("\x1b\u202e").isprintable()
