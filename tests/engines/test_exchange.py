"""A function reports while its code is exchanged, and is itself again afterwards."""

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import densetrace
from densetrace.data.steps import Step
from densetrace.engines.exchange import Exchange, OutsideHook
from densetrace.recording.hooks import Hook


class Base:
    def __init__(self, first: int, *rest: int, named: int = 3, **others: int) -> None:
        self.seen = (first, rest, named, others)


class Derived(Base):
    """Its `__init__` closes over its class, as every `super()` does."""

    def __init__(self, first: int, second: int = 2, /, *rest: int, **others: int) -> None:
        super().__init__(first, second, *rest, **others)


def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def anything(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return anything


def plain(x: float, scale: float = 2.0) -> float:
    """Multiply."""
    if x < 0:
        raise ValueError("below zero")
    return x * scale


wrapped = decorated(plain)
copied = plain


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    exchange = Exchange()
    yield exchange
    exchange.undo()


def hook(exchange: Exchange, function: Any, kind: str = "activation") -> None:
    exchange.hook(function, lambda copy: Hook(kind, f"here.{function.__name__}", copy, None))


def steps_of(action: Callable[[], object]) -> list[Step]:
    with densetrace.trace() as t:
        action()
    return list(t.walk())


def test_a_function_reports_its_arguments_defaults_and_result(exchange: Exchange) -> None:
    hook(exchange, plain)
    (step,) = steps_of(lambda: plain(3.0))
    assert (step.point, step.inputs, step.result) == ("here.plain", {"x": 3.0, "scale": 2.0}, 6.0)


def test_it_reports_also_by_a_name_that_was_imported_earlier(exchange: Exchange) -> None:
    hook(exchange, plain)
    assert len(steps_of(lambda: copied(3.0))) == 1


def test_the_line_that_called_it_is_told(exchange: Exchange) -> None:
    hook(exchange, plain)
    (step,) = steps_of(lambda: plain(11.0))
    assert step.where is not None
    assert "plain(11.0)" in step.where.text


def test_a_decorated_function_reports_the_arguments_of_its_signature(exchange: Exchange) -> None:
    hook(exchange, wrapped)
    (step,) = steps_of(lambda: wrapped(3.0))
    assert step.inputs == {"x": 3.0, "scale": 2.0}


def test_its_exception_passes_through_and_is_recorded(exchange: Exchange) -> None:
    hook(exchange, plain)

    def fail() -> None:
        with pytest.raises(ValueError, match="below zero"):
            plain(-1.0)

    (step,) = steps_of(fail)
    assert step.error is not None
    assert step.error.type == "ValueError"


def test_every_kind_of_parameter_arrives(exchange: Exchange) -> None:
    hook(exchange, Derived.__init__, "init")
    hook(exchange, Base.__init__, "init")
    made = []
    outer, inner = steps_of(lambda: made.append(Derived(1, 4, 5, named=6, more=7)))
    assert made[0].seen == (1, (4, 5), 6, {"more": 7})
    assert (outer.inputs["first"], outer.inputs["second"]) == (1, 4)
    assert inner.id in [child.id for child in outer.children]


def test_wrong_arguments_fail_as_they_do_unhooked(exchange: Exchange) -> None:
    def message() -> str:
        with pytest.raises(TypeError) as caught:
            plain()  # type: ignore[call-arg] # what is wrong is the point here
        return str(caught.value)

    before = message()
    hook(exchange, plain)
    assert message() == before


@pytest.mark.parametrize("function", [plain, wrapped, Base.__init__, Derived.__init__])
def test_who_inspects_it_sees_no_difference(exchange: Exchange, function: Any) -> None:
    def looks() -> list[object]:
        return [
            inspect.signature(function),
            inspect.getfullargspec(function),
            inspect.getsource(function),
            function.__defaults__,
            function.__kwdefaults__,
            function.__doc__,
            vars(function).keys(),
            function.__code__.co_freevars,
        ]

    before = looks()
    hook(exchange, function)
    assert looks() == before


def test_afterwards_its_own_code_is_back(exchange: Exchange) -> None:
    before = plain.__code__
    hook(exchange, plain)
    assert plain.__code__ is not before
    exchange.undo()
    assert plain.__code__ is before
    assert steps_of(lambda: plain(3.0)) == []


def test_hooking_twice_reports_once(exchange: Exchange) -> None:
    hook(exchange, plain)
    hook(exchange, plain)
    assert len(steps_of(lambda: plain(3.0))) == 1


def test_nothing_is_recorded_without_a_recorder(exchange: Exchange) -> None:
    hook(exchange, plain)
    assert plain(2.0) == 4.0


def test_calls_from_inside_a_library_are_no_steps(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    function: Any = plain
    exchange.hook(function, lambda copy: OutsideHook("op", "here.plain", copy, None))
    assert len(steps_of(lambda: plain(3.0))) == 1
    monkeypatch.setattr(OutsideHook, "INSIDE", (__name__,))
    assert steps_of(lambda: plain(3.0)) == []
