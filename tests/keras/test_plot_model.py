"""`plot_model` draws a model as SVG: boxes with what was asked for, arrows, and no overlaps."""

import itertools
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from densetrace.data.picture import Box, Picture
from densetrace.keras import Input, Model, Sequential, layers, utils
from densetrace.tensorflow.missing import NotInDensetraceError

SVG = "{http://www.w3.org/2000/svg}"


def drawn(picture: Picture) -> ET.Element:
    return ET.fromstring(picture.create())


def texts(picture: Picture) -> list[str]:
    return [found.text or "" for found in drawn(picture).iter(f"{SVG}text")]


def stack() -> Any:
    return Sequential(
        [
            layers.Dense(4, activation="relu", input_shape=(3,), name="one"),
            layers.Dropout(0.5, name="two", trainable=False),
            layers.Dense(2, name="three"),
        ],
        name="net",
    )


def two_ways() -> Any:
    """A model with a nested one and an arrow past it."""
    inside = Input((8,), name="inside")
    nested = Model(inside, layers.Dense(8, name="deep")(inside), name="nested")
    first, second = Input((8,), name="first"), Input((3,), name="second")
    joined = layers.Concatenate(name="joined")([nested(first), first, second])
    return Model([first, second], layers.Dense(1, name="last")(joined), name="whole")


def edges(picture: Picture) -> set[tuple[str, str]]:
    names = {
        key: next(text for row in box.rows for text, style in row if style == "name")
        for key, box in picture.boxes.items()
    }
    return {(names[src], names[dst]) for src, dst in picture.edges}


def test_a_stack_is_a_line_of_boxes_with_its_input(tmp_path: Path) -> None:
    picture = utils.plot_model(stack(), tmp_path / "net.svg")
    assert (tmp_path / "net.svg").read_bytes() == picture.create()
    assert edges(picture) == {("one_input", "one"), ("one", "two"), ("two", "three")}
    assert texts(picture)[2:4] == ["one", "Dense"]
    assert drawn(picture).find(f"{SVG}title").text == "net"  # type: ignore[union-attr]
    assert picture._repr_svg_().startswith("<svg")


def test_what_is_asked_for_is_in_the_boxes() -> None:
    asked = utils.model_to_dot(
        stack(), show_shapes=True, show_dtype=True, show_layer_names=False,
        show_layer_activations=True, show_trainable=True,
    )  # fmt: skip
    found = texts(asked)
    box = found[found.index("relu") - 2 :][:8]
    assert [text.strip() for text in box] == [
        "T", "Dense", "relu", "float32", "input:", "(None, 3)", "output:", "(None, 4)",
    ]  # fmt: skip
    assert found.count("NT") == 1
    assert "one" not in found


def test_arrows_of_a_graph_and_of_a_nested_model() -> None:
    model = two_ways()
    outer = {("first", "joined"), ("second", "joined"), ("joined", "last")}
    assert edges(utils.model_to_dot(model)) == outer | {("first", "nested"), ("nested", "joined")}
    expanded = utils.model_to_dot(model, expand_nested=True)
    inner = {("first", "inside"), ("inside", "deep"), ("deep", "joined")}
    assert edges(expanded) == outer | inner
    frames = [one for one in drawn(expanded).iter(f"{SVG}rect") if one.get("class") == "frame"]
    assert len(frames) == 1
    assert "nested" in texts(expanded)


@pytest.mark.parametrize(("rankdir", "axis", "sign"), [
    ("TB", "y", 1), ("BT", "y", -1), ("LR", "x", 1), ("RL", "x", -1),
])  # fmt: skip
def test_arrows_lead_in_the_direction_asked_for(rankdir: str, axis: str, sign: int) -> None:
    picture = utils.model_to_dot(stack(), rankdir=rankdir)
    boxes = [one for one in drawn(picture).iter(f"{SVG}rect") if one.get("class") == "box"]
    at = [sign * float(one.get(axis, "")) for one in boxes]
    assert at == sorted(at)


def test_no_box_lies_on_another_one_or_outside() -> None:
    picture = Picture("made up")
    for name in "abcdefgh":
        picture.boxes[name] = Box((((name * 12, "name"),),))
    arrows = [("a", "b"), ("a", "c"), ("a", "d"), ("a", "e"), ("b", "f"), ("e", "f"),
                     ("a", "f"), ("d", "g"), ("f", "g"), ("h", "g")]  # fmt: skip
    picture.edges = dict.fromkeys(arrows)
    root = drawn(picture)
    left, top, width, height = map(float, root.get("viewBox", "").split())
    boxes = [
        tuple(float(one.get(name, "")) for name in ("x", "y", "width", "height"))
        for one in root.iter(f"{SVG}rect")
        if one.get("class") == "box"
    ]
    for x, y, across, down in boxes:
        assert left <= x <= x + across <= left + width
        assert top <= y <= y + down <= top + height
    for (x, y, across, down), (x2, y2, across2, down2) in itertools.combinations(boxes, 2):
        assert x + across <= x2 or x2 + across2 <= x or y + down <= y2 or y2 + down2 <= y


def test_a_name_cannot_break_out_of_the_document() -> None:
    picture = Picture('</title><script>"')
    picture.boxes["a"] = Box(((("<b>&\x1b[31m", "name"),),))
    assert texts(picture) == [r"<b>&\x1b[31m"]
    assert not list(drawn(picture).iter(f"{SVG}script"))
    assert "</title><script>" not in picture.create().decode()


def test_a_part_of_a_model_and_the_language_of_graphviz() -> None:
    part = utils.model_to_dot(stack(), layer_range=["two", "three"])
    assert edges(part) == {("two", "three")}
    assert re.findall(r"n\d -> n\d", part.to_string()) == ["n0 -> n1"]
    assert utils.model_to_dot(stack(), dpi=192).create() != utils.model_to_dot(stack()).create()


def test_what_cannot_be_drawn_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not built"):
        utils.plot_model(Sequential([layers.Dense(1)]), tmp_path / "a.svg")
    with pytest.raises(NotInDensetraceError, match=r"to_file='.*net.svg'"):
        utils.plot_model(stack(), tmp_path / "net.png")
    assert not list(tmp_path.iterdir())

    class Own(Model):
        def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
            return inputs

    own = Own(name="own")
    own(Input((2,)))
    assert texts(utils.model_to_dot(own)) == ["own"]
