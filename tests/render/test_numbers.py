"""The numbers of a tensor are right, beside its shape, and never make a line wider or longer."""

import ast
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from densetrace import api
from densetrace.data.numbers import (
    array_text,
    first_text,
    number_texts,
    statistics_of,
    statistics_text,
)
from densetrace.data.values import Number, Tensor, Text
from densetrace.kinds.kind import Level
from densetrace.kinds.spans import plain_text
from densetrace.recording.arrays import Whole
from densetrace.recording.snapshot import snapshot
from densetrace.render import plain
from densetrace.render.layout import texts
from densetrace.render.numbers import LEAST_ROOM, fitting
from densetrace.render.outline import View
from densetrace.render.svg import render_svg
from densetrace.render.tree import Tree, render_text
from densetrace.tensorflow.ops.creating import constant
from tests.render.hostile import NAMES
from tests.render.steps import step, trace

EXAMPLE = "Dense(2, use_bias=False)"
SHAPES = [(1,), (3,), (1, 2), (4, 5), (2, 2, 2), (7, 3), (300,), (40, 80)]


def tensor(array: Any) -> Tensor:
    found = snapshot(Whole(constant(np.asarray(array, "float32"))), str)
    assert isinstance(found, Tensor)
    return found


@settings(deadline=None)
@given(st.sampled_from(SHAPES), st.integers(0, 2**32 - 1), st.sampled_from([1e-6, 1.0, 1e5]))
def test_the_statistics_are_those_of_numpy(shape: tuple[int, ...], seed: int, scale: float) -> None:
    array = (np.random.default_rng(seed).normal(size=shape) * scale).astype("float32")
    value = tensor(array)
    expected = [array.min(), array.mean(dtype=float), array.max()]
    assert statistics_of(value) == pytest.approx(expected, rel=1e-5, abs=1e-6 * scale)
    if array.size > 1:
        found = [float(one) for one in re.findall(r"-?[\d.]+(?:e[+-]\d+)?", statistics_text(value))]
        assert found == pytest.approx(expected, rel=1e-3, abs=1e-3 * scale)


@settings(deadline=None)
@given(st.sampled_from(SHAPES), st.integers(0, 2**32 - 1))
def test_all_numbers_of_a_small_tensor_are_shown_in_its_shape(
    shape: tuple[int, ...], seed: int
) -> None:
    array = np.random.default_rng(seed).normal(size=shape).astype("float32")
    shown = array_text(tensor(array))
    if array.size > 20:
        assert not shown
        return
    read = np.array(eval(shown))
    assert read.shape == shape
    assert read == pytest.approx(array, rel=1e-3)


@pytest.mark.parametrize(
    ("shape", "most", "expected"),
    [
        ((3, 2), 6, "[[0, 1], [2, 3], [4, 5]]"),
        ((3, 2), 4, "[[0, 1], [2, 3], ...]"),
        ((3, 2), 3, "[[0, 1], [2, ...], ...]"),
        ((2, 2), 3, "[[0, 1], [2, ...]]"),
        ((2, 2, 2), 5, "[[[0, 1], [2, 3]], [[4, ...], ...]]"),
        ((40, 80), 2, "[[0, 1, ...], ...]"),
        ((5,), 2, "[0, 1, ...]"),
        ((1, 1), 1, "[[0]]"),
    ],
)
def test_the_first_numbers_are_shown_in_the_shape_of_the_tensor(
    shape: tuple[int, ...], most: int, expected: str
) -> None:
    value = tensor(np.arange(np.prod(shape)).reshape(shape))
    assert first_text(value, most) == expected


def test_an_update_shows_gradient_and_weight_in_the_same_form() -> None:
    shown = plain_text_of(api.explain("Dense(2)", fit=True), "update_step(dense/kernel")
    gradient, after, before = re.findall(r"\[\[.*?\]\]", shown)
    assert all(np.shape(ast.literal_eval(one)) == (3, 2) for one in (gradient, after, before))


def plain_text_of(trace: api.Trace, words: str) -> str:
    [found] = [line for line in plain.render_text(trace).splitlines() if words in line]
    return found


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Dense(64)", "bias = add_weight('bias') → f32[64]  (all 0); built = True"),
        ("Sequential([Dense(64)])", "bias = add_weight('bias') → f32[64]  (all 0); built = True"),
        (
            "Sequential([Sequential([Sequential([Dense(64)])])])",
            "bias = add_weight('bias') → f32[64]  (all 0)",
        ),
    ],
)
def test_a_weight_in_a_line_with_other_statements_shows_its_numbers(
    source: str, expected: str
) -> None:
    shown = render_text(api.explain(source))
    [line] = [line for line in shown.splitlines() if "add_weight('bias')" in line]
    assert line.rstrip().endswith(expected)


@settings(deadline=None)
@given(st.sampled_from(SHAPES), st.integers(0, 2**32 - 1), st.integers(0, 150))
def test_what_is_shown_fits_and_is_the_longest_that_does(
    shape: tuple[int, ...], seed: int, room: int
) -> None:
    value = tensor(np.random.default_rng(seed).normal(size=shape))
    shown = plain_text(fitting(value, room))
    assert cell_len(shown) <= room
    signs = [3 if one.startswith("[") else 4 for one in number_texts(value)]
    longer = [
        one for one, more in zip(number_texts(value), signs, strict=True) if len(one) + more <= room
    ]
    if room < LEAST_ROOM and len(set(value.elements)) > 1:
        longer = []
    assert bool(shown) == bool(longer)
    assert not longer or longer[0] in shown


@settings(deadline=None)
@given(st.sampled_from(SHAPES), st.integers(0, 2**32 - 1), st.floats(-30, 30), st.floats(-30, 6))
def test_whether_a_range_is_shown_depends_on_the_room_and_not_on_the_numbers(
    shape: tuple[int, ...], seed: int, center: float, scale: float
) -> None:
    """Numbers of all sizes have a range wherever there is the least room."""
    drawn = np.random.default_rng(seed).normal(center, 10.0**scale, size=shape)
    value = tensor(drawn.astype(np.float32))
    assert not value.shape or fitting(value, LEAST_ROOM)


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        ((1.0, Number("nan")), "all nan"),
        ((1.0, Number("inf")), "min 1, mean inf, max inf"),
        ((0.0, 0.0), "all 0"),
        ((True, False), "min 0, mean 0.5, max 1"),
        ((Number("1j"), 1.0), ""),
        ((10**400, 1), ""),
        ((Text("1", 900), "2"), ""),
    ],
)
def test_what_is_no_plain_number_has_its_words(elements: Any, words: str) -> None:
    assert statistics_text(Tensor((2,), "float32", elements)) == words


def test_the_given_sample_and_the_output_are_in_the_closing_lines() -> None:
    made = api.explain(EXAMPLE, inputs=[[1, 2, 3]], seed=1)
    output = made.outcome["output"]
    assert isinstance(output, Tensor)
    expected = array_text(output)
    shown = render_text(made)
    assert f"dense([[1, 2, 3]]) = {expected}" in shown
    assert f"matmul(f32[1,3], f32[3,2]) → f32[1,2] = {expected}" in shown
    assert "dense(x) = x @ kernel   f32[1,3] @ f32[3,2] → f32[1,2]" in shown


@pytest.mark.parametrize(
    ("expression", "shapes"),
    [
        ("Dense(64, activation='relu')", "f32[2,3] @ f32[3,64] + f32[64] → f32[2,64]"),
        ("Conv2D(2, 2)", "convolution(f32[2,6,5,3], f32[2,2,3,2]) + f32[2] → f32[2,5,4,2]"),
        ("Flatten()", ""),
        ("LSTM(2)", ""),
        ("Embedding(9, 2)", ""),
        ("Add()", ""),
    ],
)
def test_the_formula_has_its_shapes_where_each_name_is_known(expression: str, shapes: str) -> None:
    shown = render_text(api.explain(expression), width=120)
    if shapes:
        assert shapes in shown
    assert (" turns " in shown) is (not shapes)


@pytest.mark.parametrize("expression", [EXAMPLE, "Dense(64, activation='relu')", "GRU(3)"])
@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_numbers_make_no_line_wider_and_no_tree_longer(
    expression: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = api.explain(expression, seed=1)
    lines = list(Tree(made).lines(width))
    assert max(cell_len(line.rstrip("\n")) for line in texts(lines)) <= width
    assert width < 80 or any(role == "numbers" for line in lines for _, role in line)
    monkeypatch.setattr("densetrace.render.tree.with_numbers", lambda line, room: line.spans)
    without = list(Tree(made).lines(width))
    assert [[run for run in line if run[1] != "numbers"] for line in lines] == without


@pytest.mark.parametrize("name", NAMES)
def test_hostile_numbers_are_shown_and_never_obeyed(name: str) -> None:
    value = Tensor((2, 15), name, (name,), statistics=(name, Text(name, 10**9), Number(name)))
    whole = Tensor((2,), name, (name, name))
    made = trace(
        step("op", "tf.matmul", result=value, x=whole),
        step("op", "tf.matmul", result=whole, x=value),
        step("invoke", result=whole, x=value),
    )
    for width in (30, 80, 1000):
        lines = list(texts(Tree(made).lines(width)))
        assert all(line.rstrip("\n").isprintable() for line in lines)
    assert all(line.rstrip("\n").isprintable() for line in plain.chunks(made, View()))
    assert "<script>" not in render_svg(made)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-0.2985, 0.2961, "-0.3 to 0.3"),
        (-1.7, 0.8371, "-1.7 to 0.84"),
        (-0.5495, 1.014, "-0.55 to 1"),
        (0.7, 1.0, "0.7 to 1"),
        (0.2981, 0.2984, "0.2981 to 0.2984"),
        (0.0, 0.24, "0 to 0.24"),
        (-123.4, 99.6, "-123.4 to 99.6"),
    ],
)
def test_a_range_is_rounded(low: float, high: float, expected: str) -> None:
    *_, brief, least = number_texts(tensor(np.linspace(low, high, 100)))
    assert least == expected
    assert brief.startswith(f"{expected}, mean ")


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-0.2985, 0.2961, "-0.29 to 0.29"),
        (-0.2941, 0.2, "-0.29 to 0.2"),
        (-0.286, 0.286, "-0.29 to 0.29"),
    ],
)
def test_a_range_is_cut_off_where_rounding_would_pass_a_limit(
    low: float, high: float, expected: str
) -> None:
    value = tensor(np.linspace(low, high, 100))
    assert number_texts(value, (-0.2993, 0.2993))[-1] == expected


@pytest.mark.parametrize(
    ("initializer", "bound"),
    [("GlorotUniform(seed=1)", 0.299253), ("RandomUniform(-0.2993, 0.2993, seed=1)", 0.2993)],
)
@pytest.mark.parametrize("level", ["author", "framework"])
def test_no_line_of_a_weight_has_a_range_wider_than_its_limit(
    initializer: str, bound: float, level: Level
) -> None:
    made = api.explain(f"Dense(64, kernel_initializer={initializer})")
    shown = render_text(made, level, width=300)
    lines = [line for line in shown.splitlines() if re.search(r"→ f32\[3,64\]  \(", line)]
    assert len(lines) == (1 if level == "author" else 3)
    for line in lines:
        numbers = [
            float(one) for one in re.findall(r"-?\d[\d.]*", line.partition("→ f32[3,64]")[2])
        ]
        assert max(map(abs, numbers)) <= bound + 5e-5


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1e-6, 0.3, 1.0, 7.0, 1e5]))
def test_a_range_never_exceeds_a_limit_and_contains_the_mean(seed: int, limit: float) -> None:
    array = np.random.default_rng(seed).uniform(-limit, limit, size=100)
    found = re.findall(r"-?[\d.]+(?:e[+-]\d+)?", number_texts(tensor(array), (-limit, limit))[-2])
    low, high, mean = map(float, found)
    assert -limit <= low <= mean <= high <= limit
