"""The picture: a well-formed document that says what the terminal says, and asks for nothing."""

import re
from itertools import groupby
from operator import itemgetter
from xml.etree import ElementTree

import pytest

from densetrace.data.trace import Trace
from densetrace.kinds.kind import Level
from densetrace.render.outline import View
from densetrace.render.svg import render_svg
from densetrace.render.tree import Tree
from tests.conftest import Golden
from tests.render.hostile import NAMES, hostile_step_trace, table_traces
from tests.render.shared import dense, failing

SVG = "{http://www.w3.org/2000/svg}"
TAGS = {f"{SVG}{name}" for name in ("svg", "title", "style", "rect", "path", "text")}

DRAWN = str.maketrans("│├└─", "    ")
"""The guides of a tree are strokes in a picture."""


def parsed(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)


def text_runs(picture: str) -> list[str]:
    """The runs of text in a picture, in order."""
    return [run.text or "" for run in parsed(picture).iter(f"{SVG}text")]


@pytest.mark.parametrize("make", [dense, failing])
def test_it_looks_as_agreed(make: "type[Trace]", golden: Golden) -> None:
    golden(f"share/{make.__name__}.svg", render_svg(make()))


@pytest.mark.parametrize("level", ["user", "author", "framework"])
@pytest.mark.parametrize("width", [40, 80, 200])
def test_it_says_what_the_terminal_says(level: Level, width: int) -> None:
    made = dense()
    lines = Tree(made, View(level)).lines(width)
    in_terminal = [
        "".join(text for text, _ in group).translate(DRAWN).strip()
        for line in lines
        for _, group in groupby(line, key=itemgetter(1))
    ]
    assert text_runs(render_svg(made, View(level), width)) == [text for text in in_terminal if text]


def test_every_branch_of_the_tree_is_drawn() -> None:
    made = dense()
    in_terminal = "".join(Tree(made).chunks(80))
    branches = in_terminal.count("├─") + in_terminal.count("└─")
    strokes = "".join(path.get("d", "") for path in parsed(render_svg(made)).iter(f"{SVG}path"))
    assert strokes.count("h") == branches


def test_it_asks_for_nothing() -> None:
    picture = render_svg(dense())
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"url\(|@import|href|<script|<image", picture)


def test_it_has_a_name_for_those_who_do_not_see_it() -> None:
    root = parsed(render_svg(dense()))
    assert root.get("role") == "img"
    title = root.find(f"{SVG}title")
    assert title is not None
    assert title.text == "densetrace explain Dense(64, activation='relu')"
    assert root.get("aria-labelledby") == title.get("id")


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_hostile_names_stay_text(name: str) -> None:
    root = parsed(render_svg(hostile_step_trace(name)))
    assert {element.tag for element in root.iter()} <= TAGS
    assert all(
        (text or "").isprintable() for text in text_runs(render_svg(hostile_step_trace(name)))
    )


def test_all_of_the_hostile_table_stays_text() -> None:
    for made in table_traces():
        picture = render_svg(made)
        assert {element.tag for element in parsed(picture).iter()} <= TAGS
        assert all(run.isprintable() for run in text_runs(picture))
