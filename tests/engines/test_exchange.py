"""A function reports calls while its code is exchanged, and is restored afterwards."""

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
    """Its `__init__` has a closure over the class, because it calls `super()`."""

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


def test_a_reference_from_before_the_exchange_reports_too(exchange: Exchange) -> None:
    hook(exchange, plain)
    assert len(steps_of(lambda: copied(3.0))) == 1


def test_a_step_has_the_line_of_the_caller(exchange: Exchange) -> None:
    hook(exchange, plain)
    (step,) = steps_of(lambda: plain(11.0))
    assert step.where is not None
    assert "plain(11.0)" in step.where.text


def test_a_decorated_function_reports_the_arguments_of_its_signature(exchange: Exchange) -> None:
    hook(exchange, wrapped)
    (step,) = steps_of(lambda: wrapped(3.0))
    assert step.inputs == {"x": 3.0, "scale": 2.0}


def test_an_exception_propagates_and_is_recorded(exchange: Exchange) -> None:
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
            plain()  # type: ignore[call-arg] # the call must fail
        return str(caught.value)

    before = message()
    hook(exchange, plain)
    assert message() == before


@pytest.mark.parametrize("function", [plain, wrapped, Base.__init__, Derived.__init__])
def test_introspection_sees_no_difference(exchange: Exchange, function: Any) -> None:
    def introspected() -> list[object]:
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

    before = introspected()
    hook(exchange, function)
    assert introspected() == before


def test_undo_restores_the_code(exchange: Exchange) -> None:
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


def test_calls_from_inside_a_library_are_not_steps(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    function: Any = plain
    exchange.hook(function, lambda copy: OutsideHook("op", "here.plain", copy, None))
    assert len(steps_of(lambda: plain(3.0))) == 1
    monkeypatch.setattr(OutsideHook, "INSIDE", (__name__,))
    assert steps_of(lambda: plain(3.0)) == []


def test_a_function_that_others_wrap_gets_what_was_passed_and_the_step_has_the_names(
    exchange: Exchange,
) -> None:
    passed: list[Any] = []

    def noting(*args: Any, **kwargs: Any) -> Any:
        passed.append((args, kwargs))
        return plain(*args, **kwargs)

    function: Any = functools.update_wrapper(noting, plain)
    exchange.hook(function, lambda copy: OutsideHook("op", "here.plain", copy, None))
    steps = steps_of(lambda: (function(3.0), function(x=3.0, scale=2.0)))
    assert passed == [((3.0,), {}), ((), {"x": 3.0, "scale": 2.0})]
    assert [step.inputs["x"] for step in steps] == [3.0, 3.0]


def test_wrong_arguments_fail_as_without_a_hook(exchange: Exchange) -> None:
    function: Any = decorated(plain)
    with pytest.raises(TypeError) as expected:
        function(3.0, other=1)
    exchange.hook(function, lambda copy: OutsideHook("op", "here.plain", copy, None))
    with densetrace.trace() as trace, pytest.raises(TypeError) as found:
        function(3.0, other=1)
    assert str(found.value) == str(expected.value)
    assert not trace.steps
