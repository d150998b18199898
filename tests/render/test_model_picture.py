"""A picture of a model has each layer, each arrow, and fits."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

import densetrace
from densetrace import Trace, api
from densetrace.data.graph_layout import MOST_POINTS, arranged
from densetrace.data.values import Items, Mapping, Value
from densetrace.kinds.spans import plain_text
from densetrace.render import model_picture, plain
from densetrace.render.layout import texts
from densetrace.render.model_picture import in_words, lines, pictured, svg
from densetrace.render.models import Layer, Model, edges, models
from densetrace.render.tree import Tree, render_text
from tests.render.hostile import NAMES
from tests.render.steps import step, trace

SVG = "{http://www.w3.org/2000/svg}"

SCRIPT = """\
from tensorflow import keras
from tensorflow.keras import layers

entry = keras.Input((4,), name="entry")
side = keras.Input((4,), name="side")
shared = layers.Dense(3, name="shared")
inner = keras.Sequential(
    [layers.Dense(2, input_shape=(3,), name="one"), layers.Dense(2, name="two")], name="inner"
)
a, b = shared(entry), shared(side)
both = layers.Add(name="both")([a, b])
joined = layers.Concatenate(name="joined")([inner(both), a])
keras.Model([entry, side], joined, name="net")
"""


def model(**inputs: tuple[str, ...]) -> Model:
    layers = [Layer(name, "Dense", (), 0, given) for name, given in inputs.items()]
    return Model("net", tuple(layers), len(layers), False)


def drawn(made: Model, width: int = 80) -> list[str]:
    return [plain_text(line) for line in lines(made, width)]


@pytest.fixture
def recorded(tmp_path: Path) -> Trace:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT, "utf-8")
    return densetrace.run(str(path)).trace


def test_a_large_model_that_cannot_fit_is_not_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each layer takes the outputs of all before it: laying out 60 of them takes minutes."""
    names = [f"layer_{number}" for number in range(60)]
    dense = model(**{name: tuple(names[:at]) for at, name in enumerate(names)})
    wide = model(first=(), **dict.fromkeys(names, ("first",)))
    monkeypatch.setattr(model_picture, "arranged", lambda *given: pytest.fail("it is laid out"))
    assert drawn(dense) == []
    assert drawn(wide) == []


def test_a_chain_is_one_line() -> None:
    assert drawn(model(a=(), b=("a",), c=("b",))) == ["a ─▶ b ─▶ c"]


def test_branches_and_merges_are_drawn() -> None:
    assert drawn(model(a=(), b=("a",), c=("a",), d=("b", "c"))) == [
        "    [ a ]",
        "  ┌───┴───┐",
        "  ▼       ▼",
        "[ b ]   [ c ]",
        "  └───┬───┘",
        "      ▼",
        "    [ d ]",
    ]


def test_an_arrow_past_a_layer_goes_beside_it() -> None:
    shown = drawn(model(a=(), b=("a",), c=("b", "a")))
    assert shown[0].strip() == "[ a ]"
    assert shown[-1].strip() == "[ c ]"
    beside = next(line for line in shown if "[ b ]" in line)
    assert "│" in beside


@st.composite
def graphs(draw: st.DrawFn) -> Model:
    """Models of up to twelve layers, each with any of the layers before it as inputs."""
    names = [
        f"layer_{number}" * draw(st.integers(1, 2)) for number in range(draw(st.integers(1, 12)))
    ]
    inputs = {
        name: tuple(draw(st.lists(st.sampled_from(names[:at]), max_size=3))) if at else ()
        for at, name in enumerate(names)
    }
    return model(**inputs)


@settings(deadline=None)
@given(graphs(), st.integers(20, 160))
def test_every_layer_is_there_once_and_no_line_is_too_wide(made: Model, width: int) -> None:
    shown = drawn(made, width)
    assert all(cell_len(line) <= width for line in shown)
    if not shown:
        return
    text = "\n".join(shown)
    if len(shown) == 1 and "─▶" in text:
        assert text.split(" ─▶ ") == [layer.name for layer in made.layers]
        return
    for layer in made.layers:
        assert text.count(f"[ {layer.name} ]") == 1
    # Each layer that gets anything has one tip above it, on its middle.
    assert text.count("▼") == len({target for _, target in edges(made)})
    for row, line in enumerate(shown):
        for column, sign in enumerate(line):
            if sign == "▼":
                assert shown[row + 1][column] not in " │─"
                assert (
                    shown[row - 1][column] in "│┌┐└┘├┤┬┴┼abcdefghijklmnopqrstuvwxyz_0123456789[] "
                )


@settings(deadline=None)
@given(graphs())
def test_the_svg_has_a_box_for_each_layer_and_a_path_for_each_arrow(made: Model) -> None:
    root = ElementTree.fromstring(svg(made))
    boxes = [one for one in root.iter(f"{SVG}rect") if one.get("class") == "box"]
    arrows = [one for one in root.iter(f"{SVG}path") if one.get("class") == "edge"]
    assert (len(boxes), len(arrows)) == (len(made.layers), len(edges(made)))


@pytest.mark.parametrize("count", [10, 60])
def test_a_dense_graph_has_all_its_arrows_and_few_points(count: int) -> None:
    names = [f"l{number}" for number in range(count)]
    made = model(**{name: tuple(names[:number]) for number, name in enumerate(names)})
    root = ElementTree.fromstring(svg(made))
    paths = [one for one in root.iter(f"{SVG}path") if one.get("class") == "edge"]
    assert len(paths) == count * (count - 1) // 2
    points, ways = arranged(dict.fromkeys(names, 10.0), edges(made), 5.0)
    between = sum(len(way) - 2 for way in ways.values())
    assert between <= MOST_POINTS + len(ways)
    for (source, target), way in ways.items():
        ranks = [point.rank for point in way]
        assert (way[0], way[-1]) == (points[source], points[target])
        assert ranks == sorted(set(ranks))
        assert len(way) == 2 + ranks[-1] - ranks[0] - 1 or len(way) == 3
    if count == 10:
        assert all(len(way) == 2 + way[-1].rank - way[0].rank - 1 for way in ways.values())


def test_the_models_of_a_trace_are_those_that_keras_made(recorded: Trace) -> None:
    inner, net = models(recorded)
    assert [(layer.name, layer.shape, layer.parameters) for layer in inner.layers] == [
        ("one", "(None, 2)", 8),
        ("two", "(None, 2)", 6),
    ]
    assert {layer.name: layer.inputs for layer in net.layers} == {
        "entry": (),
        "side": (),
        "shared": ("entry", "side"),
        "both": ("shared", "shared"),
        "inner": ("both",),
        "joined": ("inner", "shared"),
    }
    assert {layer.name: layer.parameters for layer in net.layers}["inner"] == 14
    assert pictured(recorded) == [net]
    assert "both leads to inner; inner leads to joined" in in_words(net)


def test_a_nested_model_is_drawn_in_a_frame(recorded: Trace) -> None:
    root = ElementTree.fromstring(svg(pictured(recorded)[0], models(recorded)))
    words = [one.text for one in root.iter(f"{SVG}text")]
    assert [one for one in root.iter(f"{SVG}rect") if one.get("class") == "frame"]
    assert {"inner", "one", "two", "shared"} <= set(words)


def test_the_tree_closes_with_it(recorded: Trace) -> None:
    shown = render_text(recorded)
    assert "Layers of inner: one ─▶ two\n" in shown
    assert "[ shared ]" in shown
    assert "Picture of net: " not in shown
    assert "Picture of net: " in plain.render_text(recorded)
    assert "[ shared ]" not in render_text(recorded, width=20)


def test_a_sequential_has_a_table_with_the_parameters_of_each_layer() -> None:
    made = api.explain(
        "Sequential([Bidirectional(LSTM(2)), BatchNormalization(), Dropout(0.1), Dense(3)])"
    )
    [found] = models(made)
    assert [layer.parameters for layer in found.layers] == [96, 16, 0, 15]
    assert found.layers[0].cls == "Bidirectional"
    total = sum(layer.parameters or 0 for layer in found.layers)
    assert made.outcome["parameters"] == total
    assert f"{total} parameters." in render_text(made)


def test_a_layer_that_was_removed_is_not_in_the_table(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(
        "from tensorflow import keras\n"
        "from tensorflow.keras.layers import Dense\n"
        "model = keras.Sequential([Dense(4), Dense(5), Dense(6)])\n"
        "model.pop()\n"
        "model.build((None, 3))\n",
        "utf-8",
    )
    [found] = models(densetrace.run(str(path)).trace)
    assert [layer.shape for layer in found.layers] == ["(None, 4)", "(None, 5)"]


@pytest.mark.parametrize("name", NAMES)
def test_hostile_layers_are_shown_and_never_obeyed(name: str) -> None:
    entries: list[Value] = [
        Mapping(
            (
                ("name", f"{name}{number}"),
                ("class", name),
                ("output_shapes", Items("list", (name,), 1)),
                ("parameters", number),
                ("inputs", Items("list", tuple(f"{name}{one}" for one in range(number + 1)), 1)),
            ),
            5,
        )
        for number in range(4)
    ]
    made = trace(step("graph", subject=name, facts={"layers": Items("list", tuple(entries), 4)}))
    for width in (30, 1000):
        assert all(line.rstrip("\n").isprintable() for line in texts(Tree(made).lines(width)))
    for found in models(made):
        ElementTree.fromstring(svg(found, models(made)))
