"""A heat map has the numbers of its tensor, in a terminal and as SVG, with and without colour."""

import math
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from densetrace import api
from densetrace.data.values import Grid, Number, Tensor
from densetrace.kinds.spans import plain_text
from densetrace.recording.arrays import Whole
from densetrace.recording.snapshot import snapshot
from densetrace.render import heatmap, plain
from densetrace.render.heatmap import NEAR_ZERO, NEGATIVE, POSITIVE, fitted, heat_map, in_words
from densetrace.render.layout import texts
from densetrace.render.outline import View
from densetrace.render.svg import render_svg
from densetrace.render.theme import STYLES, ascii_signs
from densetrace.render.tree import Tree
from densetrace.tensorflow.ops.creating import constant
from tests.render.hostile import NAMES, hostile_step_trace
from tests.render.steps import step, trace


def recorded(array: np.ndarray) -> Tensor:
    found = snapshot(Whole(constant(array.astype("float32"))), str)
    assert isinstance(found, Tensor)
    return found


def shrunk(size: int, most: int) -> int:
    """How many equal blocks, the last of which may be smaller, there are of at most so many."""
    return math.ceil(size / math.ceil(size / most))


SHAPES = st.sampled_from([(2,), (3, 4), (2, 2, 4), (5, 7), (16, 64), (3, 3, 5, 6)])


@settings(deadline=None)
@given(SHAPES, st.integers(0, 2**32 - 1))
def test_a_level_is_the_number_as_part_of_the_largest(shape: tuple[int, ...], seed: int) -> None:
    array = np.random.default_rng(seed).normal(size=shape).astype("float32")
    found = heat_map(recorded(array))
    assert found is not None
    rows = array.reshape(-1, shape[-1])
    if rows.shape[0] > 16:
        return
    assert found.size == rows.shape
    assert heatmap.covers(found) == ""
    expected = rows / np.abs(rows).max() * 127
    assert np.abs(np.array(found.levels) - expected).max() <= 1


@settings(deadline=None)
@given(SHAPES, st.integers(0, 2**32 - 1), st.integers(1, 70), st.integers(1, 20))
def test_signs_say_the_size_and_whether_a_number_is_negative(
    shape: tuple[int, ...], seed: int, width: int, height: int
) -> None:
    array = np.random.default_rng(seed).normal(size=shape)
    found = heat_map(recorded(array))
    assert found is not None
    smaller = fitted(found, width, height)
    lines = [plain_text(row) for row in heatmap.rows(smaller)]
    assert len(lines) == shrunk(len(found.levels), height)
    assert {cell_len(line) for line in lines} == {shrunk(len(found.levels[0]), width)}
    for line, levels in zip(lines, smaller.levels, strict=True):
        for sign, level in zip(line, levels, strict=True):
            assert level is not None
            assert sign in (POSITIVE if level > 0 else NEGATIVE) or sign == NEAR_ZERO
            assert (sign == NEAR_ZERO) == (abs(level) / 127 < 0.1)


def test_a_smaller_map_has_means_and_says_so() -> None:
    found = heat_map(recorded(np.tile([[3.0, 1.0], [-3.0, -1.0]], (8, 32))))
    assert found is not None
    smaller = fitted(found, 32, 16)
    # Of 127 and 42, which is a third of it.
    assert smaller.levels == ((84,) * 32, (-84,) * 32) * 8
    assert heatmap.covers(smaller) == "; each cell is the mean of 1x2 numbers"
    large = recorded(np.ones((32, 256)))
    assert in_words(large) == "all 1; each cell is the mean of 2x4 numbers"


def test_what_has_no_numbers_has_no_heat_map() -> None:
    for value in (
        None,
        1.0,
        Tensor((), "float32", (1.0,)),
        Tensor((1,), "float32", (1.0,)),
        Tensor((None, 3), "float32", symbolic=True),
        Tensor((30,), "float32", (1.0,)),
        Tensor((0, 3), "float32"),
        Tensor((30,), "float32", (1.0,), grid=Grid(0, 10**9, 1.0, "")),
    ):
        assert heat_map(value) is None
        assert heatmap.svg(value) == in_words(value) == ""


def test_a_number_that_is_none_is_marked() -> None:
    value = Tensor((2, 2), "float32", (Number("nan"), Number("inf"), -1.0, Number("-inf")))
    found = heat_map(value)
    assert found is not None
    assert found.levels == ((None, 127), (-127, -127))
    assert [plain_text(row) for row in heatmap.rows(found)] == ["?█", "≣≣"]
    ElementTree.fromstring(heatmap.svg(value))


def test_no_two_signs_are_the_same_in_ascii() -> None:
    signs = ascii_signs().fit(POSITIVE + NEGATIVE + NEAR_ZERO)
    assert signs.isascii()
    assert len(set(signs)) == len(POSITIVE + NEGATIVE + NEAR_ZERO)
    assert {"positive", "negative", "numbers"} <= set(STYLES)


@pytest.mark.parametrize("name", ["dense/kernel", *NAMES])
def test_the_svg_is_well_formed_and_has_nothing_active(name: str) -> None:
    made = heatmap.svg(recorded(np.random.default_rng(1).normal(size=(9, 30))), name)
    root = ElementTree.fromstring(made)
    assert {one.tag.rpartition("}")[2] for one in root.iter()} == {"svg", "path"}
    attributes = {attribute for one in root.iter() for attribute in one.attrib}
    assert not attributes & {"id", "style", "href"}
    assert not any(attribute.startswith("on") for attribute in attributes)
    assert "min -" in root.attrib["aria-label"]
    height, width = (int(root.attrib[one]) for one in ("height", "width"))
    assert width * 9 == height * 30


def test_a_training_closes_with_its_weights_and_gradients_where_asked_for() -> None:
    made = api.explain("Dense(64, activation='relu')", fit=True, seed=1)
    view = View(heatmaps=True)
    shown = "".join(Tree(made, view).chunks(80))
    for name in ("dense/kernel", "dense/bias", "gradient of dense/kernel"):
        assert f"\n{name} f32[" in shown
    assert "Heat maps:" not in "".join(Tree(made).chunks(80))
    in_plain = "".join(plain.chunks(made, view))
    assert "gradient of dense/kernel f32[3,64]: min -" in in_plain
    assert not set(in_plain) & set(POSITIVE + NEGATIVE[2:])
    squares = render_svg(made, view).count("<rect") - 1
    assert squares > 64 * 3


@pytest.mark.parametrize("width", [20, 60, 80, 120])
def test_no_line_of_it_is_wider_than_the_terminal(width: int) -> None:
    made = api.explain("Sequential([Conv2D(20, 3), Flatten(), Dense(90)])", seed=1)
    lines = texts(Tree(made, View(heatmaps=True)).lines(width))
    assert max(cell_len(line.rstrip("\n")) for line in lines) <= width


@pytest.mark.parametrize("name", NAMES)
def test_hostile_heat_maps_are_shown_and_never_obeyed(name: str) -> None:
    value = Tensor((30,), name, (name,), statistics=(name,) * 3, grid=Grid(1, 2, name, "80ff"))
    weight = step("add_weight", subject=name, result=value, name=name)
    made = trace(weight, *hostile_step_trace(name).steps)
    for width in (30, 1000):
        lines = texts(Tree(made, View(heatmaps=True)).lines(width))
        assert all(line.rstrip("\n").isprintable() for line in lines)
    ElementTree.fromstring(render_svg(made, View(heatmaps=True)))
