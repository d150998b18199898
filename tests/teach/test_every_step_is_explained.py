"""Each hook point has a text; each text is used, has no gaps left, and names code of Keras."""

import json
import re
from functools import cache
from pathlib import Path

import pytest

from densetrace.data.schema import KINDS
from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.data.values import Tensor
from densetrace.data.wording import keras_source
from densetrace.keras import hook_points
from densetrace.keras.layers.core.dense import Dense
from densetrace.kinds.kind import LEVELS
from densetrace.recording.keras3_observers import ONLY_IN_KERAS_3
from densetrace.teach.entries import NOT_RECORDED, Entry
from densetrace.teach.explanations import entry_for, explain_step, note
from densetrace.teach.texts import ENTRIES
from tests.teach import corpus

PLACES = json.loads(
    (Path(__file__).parents[1] / "data" / "keras-2.14-places.json").read_text("utf-8")
)
NAMED_PLACE = re.compile(r"(keras/[\w/]+\.py), (\w[\w.]*\w)")
UNUSUAL = (
    # Texts for steps of other engines, saved traces and custom decorators only.
    Step(0, "get", "keras.losses.get", None, {}, {}, None, None, None, 0),
    Step(0, "invoke", "keras.engine.base_layer.Layer.__call__", None, {}, {}, None, None, None, 0),
    Step(0, "op", "tf.add", None, {"x": Tensor((2,), "float32")}, {}, None, None, None, 0),
    Step(0, "activation", "mine.bend", None, {"x": Tensor((2,), "float32")}, {}, 1, None, None, 0),
)

REAL_OPERATIONS = Trace.loads(
    (Path(__file__).parents[1] / "data" / "real-operations.json").read_text("utf-8")
)
"""A step for each operation that layers of a real Keras run (tests.engines.record_operations)."""


@cache
def first_steps() -> dict[tuple[str, str, str], Step]:
    """The first step that uses each text, by the key of the text."""
    found: dict[tuple[str, str, str], Step] = {}
    for step in (*corpus.steps(), *UNUSUAL, *REAL_OPERATIONS.steps):
        found.setdefault(entry_for(step).key, step)
    return found


def whole_text(step: Step) -> str:
    explanation = explain_step(step)
    parts = explanation.what, explanation.why, explanation.where, note(step, "framework") or ""
    return "\n".join(parts)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: "/".join(entry.key))
def test_a_text_is_reached_by_some_step(entry: Entry) -> None:
    assert entry.key in first_steps()


@pytest.mark.parametrize(("kind", "point"), sorted(hook_points()))
def test_a_hook_point_has_a_text_of_its_own_or_of_its_kind(kind: str, point: str) -> None:
    step = Step(0, kind, point, None, {}, {}, None, None, None, 0)
    assert entry_for(step).kind == kind


def test_every_kind_of_step_is_reached() -> None:
    assert {step.kind for step in corpus.steps()} == set(KINDS) - set(ONLY_IN_KERAS_3)


def test_no_text_lacks_a_word_of_its_step() -> None:
    for step in corpus.steps():
        text = whole_text(step)
        assert NOT_RECORDED not in text, text
        assert not re.search(r"\{[a-z_]+\}", text), text


@pytest.mark.parametrize("step", REAL_OPERATIONS.steps, ids=lambda step: step.point)
def test_the_operations_of_a_real_keras_are_explained(step: Step) -> None:
    explanation = explain_step(step)
    assert explanation.what.endswith(".")
    assert explanation.why.endswith(".")
    assert explanation.where
    text = whole_text(step)
    assert NOT_RECORDED not in text, text
    assert not re.search(r"\{[a-z_]+\}", text), text


def test_every_part_of_an_explanation_is_made_of_sentences() -> None:
    for step in corpus.steps():
        explanation = explain_step(step)
        assert explanation.what.endswith("."), explanation
        assert explanation.why.endswith("."), explanation
        assert explanation.where


def test_a_note_has_at_most_two_sentences() -> None:
    for step in first_steps().values():
        text = note(step, "framework") or ""
        assert len(re.findall(r"[.?!](?= [A-Z']|$)", text)) <= 2, text


def test_a_note_is_a_text_that_ends() -> None:
    for step in corpus.steps():
        text = note(step, "framework")
        assert text is None or text.endswith((".", "?")), text


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: "/".join(entry.key))
def test_the_places_a_text_names_are_places_of_keras(entry: Entry) -> None:
    for file, name in NAMED_PLACE.findall(entry.where):
        assert name in PLACES[file], (file, name)


def test_every_explanation_of_a_keras_step_names_a_place_of_keras() -> None:
    for step in corpus.steps():
        where = explain_step(step).where
        named = NAMED_PLACE.findall(where)
        assert all(name in PLACES[file] for file, name in named), where
        assert named or not step.point.startswith("keras."), where


@pytest.mark.parametrize("point", sorted(point for _, point in hook_points()))
def test_the_place_of_a_hook_point_is_one_of_keras(point: str) -> None:
    file, _, name = keras_source(point).partition(", ")
    if not point.startswith("keras."):
        assert (file, name) == (point, "")  # an operation of TensorFlow
    elif not name.startswith("_"):  # private names are our own
        assert name in PLACES[file]


def test_most_steps_need_no_note() -> None:
    walk = list(corpus.traced(lambda: Dense(64, activation="relu")(corpus.X)).walk())
    noted = [step for step in walk if note(step) is not None]
    assert 0 < len(noted) < len(walk) / 5


def test_a_fuller_level_shows_the_notes_of_the_shorter_ones() -> None:
    for step in first_steps().values():
        shown = [note(step, level) is not None for level in LEVELS]
        assert shown == sorted(shown)
