"""The gate in front of a real Keras: only names of our own registries pass, at every depth."""

import re
from contextlib import nullcontext
from typing import Any

import pytest

from densetrace import engines
from densetrace.data.trace import Trace
from densetrace.engines import Engine, load
from densetrace.running.record import follow
from densetrace.sources.expression.parser import parse
from densetrace.system.errors import RequestError
from tests.cli.running import invoke
from tests.sources.canary import ALLOWED, CONFIGS, FIRES, PLACES, STRINGS


class EnteredError(Exception):
    """A class of the fake engine was called."""


class Room:
    """A module of a fake Keras: its classes and functions can be read, but not called."""

    def __init__(self, module: Any) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._module, name)
        return found if name in ("get", "Layer") else _closed(found)


def _closed(found: object) -> object:
    def enter(*given: object, **named: object) -> object:
        raise EnteredError

    return type("Closed", (found,), {"__new__": enter}) if isinstance(found, type) else enter


@pytest.fixture
def real() -> Engine:
    """A fake installed Keras with the names of our own stack, which raise when called.

    Its lookups also find what those of a real one find besides: helpers, imports, `__builtins__`.
    """
    own = load("densetrace")

    class Keras:
        def __getattr__(self, name: str) -> Any:
            found = getattr(own.keras, name)
            return found if name in ("backend", "utils") else Room(found)

    class Real(Engine):
        def layers(self) -> list[str]:
            return own.layers()

        def lookup_names(self) -> frozenset[str]:
            return super().lookup_names() | set(STRINGS)

    made = Real("tf_keras", "2.15.0", Keras(), nullcontext, own.nn, "tensorflow", "2.15.0")
    assert made.is_real
    return made


def explain(text: str, engine: Engine) -> object:
    return follow(Trace({"text": text}, {}), parse(text), engine)


def test_the_pretended_engine_says_when_it_is_entered(real: Engine) -> None:
    life: Any = explain("Dense(3)", real)
    assert isinstance(life.error, EnteredError)


DOORS = (
    ["explain", "{}"],
    ["explain", "{}", "--until", "new", "--format", "json"],
    ["step", "{}"],
    ["why", "{}", "kernel"],
    ["diff", "Dense(3)", "{}"],
    ["diff", "{}", "Dense(3)"],
    ["quiz", "{}"],
    ["verify", "{}"],
)
"""Every command that takes an expression and an engine; {} is the expression."""


@pytest.mark.parametrize("door", DOORS, ids=lambda door: " ".join(door))
@pytest.mark.parametrize("text", FIRES.values(), ids=FIRES)
def test_code_in_an_expression_is_refused_by_every_command(
    real: Engine, text: str, door: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = load("densetrace")
    monkeypatch.setattr(engines, "load", {"tf_keras": real, "densetrace": own}.__getitem__)
    ended = invoke(*(word.format(text) for word in door), "--engine", "tf_keras", stdin="q\n")
    assert ended.exit_code == 2
    assert re.match(r"Error: (In [AB]: )?A config .*\(column \d+\)\. Received: ", ended.stderr)
    assert ended.stdout == ""


@pytest.mark.parametrize("config", CONFIGS)
def test_a_config_that_names_what_is_not_ours_is_refused_anywhere(
    real: Engine, config: str
) -> None:
    for place in PLACES:
        with pytest.raises(RequestError, match=r"\bconfig\b.*\(column \d+\)\. Received: "):
            explain(place.format(config), real)


@pytest.mark.parametrize("string", STRINGS)
def test_a_string_that_names_what_is_internal_to_keras_is_refused_anywhere(
    real: Engine, string: str
) -> None:
    for place in PLACES:
        with pytest.raises(RequestError, match="not an internal one"):
            explain(place.format(repr(string)), real)


@pytest.mark.parametrize("text", ALLOWED)
def test_what_our_registries_have_passes(real: Engine, text: str) -> None:
    life: Any = explain(text, real)
    assert isinstance(life.error, EnteredError)


def test_an_unknown_name_is_refused_before_a_config_is_looked_at(real: Engine) -> None:
    with pytest.raises(RequestError, match="Nope is not a name"):
        explain("Sequential([Dense(3, activation={'class_name': 'x'}), Nope()])", real)


def test_a_misspelled_class_is_guessed(real: Engine) -> None:
    with pytest.raises(RequestError, match=r"Did you mean HeNormal\?"):
        explain("Dense(3, kernel_initializer={'class_name': 'HeNrmal', 'config': {}})", real)


def test_our_own_stack_answers_as_keras_does() -> None:
    """Its lookups find only what the registries list, and its errors are those of Keras."""
    own = load("densetrace")
    for text in (*FIRES.values(), "Dense(3, activation='get')"):
        life: Any = explain(text, own)
        assert isinstance(life.error, ValueError | TypeError), text
        assert "'deserialize" in str(life.error) or "'get'" in str(life.error)
