"""Every kind of step is complete: it is observed, it has a label, it is explained."""

import inspect
from dataclasses import fields

import pytest

from densetrace.data.schema import KINDS as NAMES
from densetrace.data.steps import Step
from densetrace.kinds import KINDS, feeds, full_label_of, label_of
from densetrace.kinds.kind import LEVELS, Kind
from densetrace.kinds.spans import plain_text
from densetrace.recording import keras3_observers
from densetrace.recording.observers import ENTER, LEAVE
from densetrace.teach.explanations import explain_step
from densetrace.teach.texts import ENTRIES, keras3
from tests.render.steps import step


def test_the_schema_lists_the_kinds_of_the_families() -> None:
    assert tuple(KINDS) == NAMES
    assert all(name == kind.name for name, kind in KINDS.items())


def test_every_kind_is_observed() -> None:
    assert set(ENTER) | set(keras3_observers.ENTER) == set(KINDS)
    assert set(LEAVE) | set(keras3_observers.LEAVE) <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_is_explained(kind: Kind) -> None:
    assert any(entry.kind == kind.name for entry in (*ENTRIES, *keras3.ENTRIES))
    explained = explain_step(empty(kind))
    assert all((explained.what, explained.why, explained.where))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_what_is_asked_of_a_kind_is_answered_for_a_step_that_says_nothing(kind: Kind) -> None:
    said_nothing = empty(kind)
    assert plain_text(label_of(said_nothing))
    assert plain_text(full_label_of(said_nothing))
    assert plain_text(kind.short_label(said_nothing))
    assert kind.level in LEVELS
    assert not kind.is_repeated(said_nothing, None)
    names = [(setting.name, setting.of) for setting in kind.sets(said_nothing)]
    assert names in ([], [("output", "own")], [("name", "around")], [("loss", "own")])
    assert hash(kind.identity(said_nothing, None, None)) is not None
    assert kind.loose_identity(said_nothing)[0] == kind.name  # type: ignore[index] # a tuple
    assert not feeds(said_nothing, said_nothing)
    if kind.effect is not None:
        added, missing = kind.effect(said_nothing, "x")
        assert added != missing


def test_what_a_kind_names_is_a_kind() -> None:
    for kind in KINDS.values():
        assert kind.covers <= set(KINDS)
        assert kind.wraps is None or kind.wraps in KINDS


def test_every_field_of_a_kind_is_described_and_used() -> None:
    described = {
        line.split(":")[0].strip()
        for line in inspect.cleandoc(Kind.__doc__ or "").splitlines()
        if line.startswith("    ") and ":" in line
    }
    names = {field.name for field in fields(Kind)}
    assert names <= described
    usual = Kind(name="usual", label=label_of)
    for name in names - {"name", "label"}:
        assert any(getattr(kind, name) != getattr(usual, name) for kind in KINDS.values()), name


def empty(kind: Kind) -> Step:
    """A step of a kind, from a file that says nothing more of it."""
    return step(kind.name, "keras.somewhere.Some.point")
