"""Tracing shows any custom object, but runs none of its code."""

from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np
import pytest

import densetrace
from densetrace.data.values import Tensor
from densetrace.keras import initializers, regularizers
from densetrace.keras.layers import Dense, Layer
from densetrace.recording.hooks import traced

X = np.ones((2, 3), "float32")
calls: list[str] = []


def counted(name: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
        calls.append(name)
        raise RuntimeError(f"the custom {name} was run")

    return method


SPECIAL = (
    "__repr__", "__str__", "__eq__", "__len__", "__hash__", "__bool__", "__iter__", "__format__",
    "__getitem__", "__contains__", "__int__", "__index__", "__float__", "__array__", "__lt__",
    "__getattr__", "__reduce_ex__", "__sizeof__", "__dir__", "__call__",
)  # fmt: skip
METHODS = {name: counted(name) for name in SPECIAL}
PROPERTIES = {
    name: property(counted(name))
    for name in ("__class__", "__dict__", "shape", "dtype", "name", "ndim", "config", "get_config")
}
READ = ("__repr__", "__str__", "__eq__", "__len__", "__iter__", "__format__", "__getitem__")
BUILTIN = {name: METHODS[name] for name in READ}


def see_everything(self: object, name: str) -> Any:
    calls.append(name)
    return object.__getattribute__(self, name)


class Meta(type):
    """A metaclass whose methods count calls, or raise."""

    __instancecheck__ = __subclasscheck__ = __eq__ = counted("metaclass")

    def __hash__(cls) -> int:
        calls.append("metaclass hash")
        return 1

    def __getattribute__(cls, name: str) -> Any:
        calls.append(f"metaclass {name}")
        return type.__getattribute__(cls, name)


def made(name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> Callable[..., Any]:
    return type(name, bases, {"__module__": __name__, **namespace})


class WithMeta(metaclass=Meta):
    """An ordinary object of a class with that metaclass."""


ODD: dict[str, Callable[[], Any]] = {
    "fails in everything": made("Fails", (), METHODS | PROPERTIES),
    "sees each question": made("Sees", (), {"__getattribute__": see_everything}),
    "no weak references": made("Slots", (), {"__slots__": (), **METHODS}),
    "odd metaclass": WithMeta,
    "module that is no name": made("Odd", (), {"__module__": 5}),
    "very long name": made("N" * 100_000, (), {}),
    "int": lambda: made("Int", (int,), BUILTIN)(3),
    "float": lambda: made("Float", (float,), BUILTIN)(3.0),
    "str": lambda: made("Str", (str,), BUILTIN | {"__hash__": str.__hash__})("relu"),
    "bytes": lambda: made("Bytes", (bytes,), BUILTIN)(b"1"),
    "list": lambda: made("List", (list,), BUILTIN)([1, 2]),
    "tuple": lambda: made("Tuple", (tuple,), BUILTIN)((1, 2)),
    "dict": lambda: made("Dict", (dict,), BUILTIN | {"items": counted("items")})(a=1),
    "array": lambda: np.ones(3).view(made("Array", (np.ndarray,), BUILTIN)),
    "object array": lambda: np.full(2, made("InArray", (), BUILTIN)(), dtype=object),
    "module": lambda: np,
    "regularizer": lambda: made(
        "L2", (regularizers.L2,), {"l2": property(counted("l2"), lambda self, value: None)}
    )(),
    "initializer": lambda: made(
        "Own", (initializers.Initializer,), {"get_config": counted("get_config")}
    )(),
}


class Holds(Layer):
    """A layer that stores its argument and does not use it."""

    def __init__(self, odd: Any, *more: Any, **named: Any) -> None:
        super().__init__()
        self.__dict__.update(held=odd)

    def call(self, inputs: Any, odd: Any = None) -> Any:
        return inputs


def calls_of(action: Callable[[], object]) -> list[str]:
    """Run an action; return the calls of custom methods, and how the action ended."""
    calls.clear()
    try:
        action()
        ended = "returned"
    except Exception as error:
        ended = type(error).__name__
    return [*calls, ended]


def uses(odd: Any) -> list[Callable[[], object]]:
    """Return actions that use an object."""
    return [
        lambda: Holds(odd),
        lambda: Holds([odd, (odd,), {"odd": odd}], odd, named=odd),
        lambda: setattr(Holds(1), "attribute", odd),
        lambda: Holds(1)(X, odd=odd),
        lambda: Holds(1)(odd),
        lambda: Dense(odd),
        lambda: Dense(2, kernel_initializer=odd),
        lambda: Dense(2, activation=odd),
        lambda: Dense(2, kernel_regularizer=odd)(X),
        lambda: Dense(2, name=odd),
    ]


@pytest.mark.parametrize("name", ODD)
def test_tracing_runs_no_method_of_an_object_that_would_not_run_untraced(name: str) -> None:
    odd = ODD[name]()
    for number, use in enumerate(uses(odd)):
        expected = calls_of(use)
        with densetrace.trace() as t:
            found = calls_of(use)
        calls.clear()
        assert densetrace.Trace.loads(t.dumps()).steps == t.steps
        t.tree("framework")
        assert not calls, (number, calls)
        assert found == expected, number
        assert "recording_stopped" not in t.outcome, (number, t.outcome)


def test_tracing_reads_no_attribute_of_a_layer_that_is_not_read_untraced() -> None:
    class Sees(Dense):
        def __getattribute__(self, name: str) -> Any:
            calls.append(name)
            return super().__getattribute__(name)

    expected = calls_of(lambda: Sees(2)(X))
    with densetrace.trace():
        assert calls_of(lambda: Sees(2)(X)) == expected


class OddError(Exception):
    def __str__(self) -> str:
        calls.append("__str__")
        return "odd"


def test_tracing_does_not_call_str_of_a_custom_exception() -> None:
    class Raises(Layer):
        def call(self, inputs: Any) -> Any:
            raise OddError(3)

    def use() -> None:
        with pytest.raises(OddError):
            Raises()(X)

    expected = calls_of(use)
    with densetrace.trace() as t:
        assert calls_of(use) == expected
    [error] = [step.error for step in t.find("call")]
    assert error is not None
    assert error.type == "OddError"


def test_tracing_calls_no_method_of_what_a_custom_exception_carries() -> None:
    class Raises(Layer):
        def call(self, inputs: Any) -> Any:
            raise OddError(made("Weird", (), METHODS)(), 3)

    def use() -> None:  # Keras puts the first argument in its message
        with pytest.raises(RuntimeError, match="the custom __format__ was run"):
            Raises()(X)

    expected = calls_of(use)
    with densetrace.trace():
        assert calls_of(use) == expected


def test_a_list_with_an_iterator_of_its_own_is_not_iterated() -> None:
    class Odd(list[int]):
        def __iter__(self) -> Iterator[int]:
            calls.append("__iter__")
            yield 1

    @traced("activation")
    def takes(x: Any) -> None:
        pass

    calls.clear()
    with densetrace.trace() as t:
        takes(Odd([7]))
    assert calls == []
    assert str(t.steps[0].inputs["x"]) == "[7]"


@pytest.mark.parametrize(
    "array",
    [
        np.float32(3),
        np.array(3),
        np.longdouble(0.5),
        np.ones((2, 2), np.longdouble),
        np.zeros(2, dtype=[("a", "i4"), ("b", "f8")]),
        np.array(["2020-01-01"], "datetime64[D]"),
        np.ma.masked_array([1.0, 2.0], mask=[True, False]),
        np.empty((0, 3)),
        np.lib.stride_tricks.as_strided(np.zeros(1), (10**6, 10**6), (0, 0)),
    ],
    ids=lambda array: str(array.dtype),
)
def test_arrays_of_any_dtype_become_a_few_numbers(array: Any) -> None:
    with densetrace.trace() as t:
        Holds(array)
    args: Any = t.find("new")[0].inputs["args"]
    [kept] = args.items
    assert isinstance(kept, Tensor)
    assert kept.shape == array.shape
    assert all(isinstance(element, bool | int | float) for element in kept.elements)


def test_objects_that_change_later_are_shown_unchanged() -> None:
    numbers, array, table = [1, 2], np.zeros(3, "float32"), {"a": [1]}
    with densetrace.trace() as t:
        Holds(numbers, array, table)
        numbers.append(3)
        array += 1
        table["a"].append(2)
        table.clear()
    args: Any = t.find("new")[0].inputs["args"]
    assert str(args) == "([1, 2], f32[3], {'a': [1]})"
    assert args.items[1].elements == (0.0, 0.0, 0.0)
    assert densetrace.Trace.loads(t.dumps()).steps == t.steps


def test_an_object_lives_no_longer_than_untraced() -> None:
    class Slots:
        __slots__ = ()

        def __del__(self) -> None:
            calls.append("__del__")

    class Drops(Layer):
        def __init__(self, given: Any) -> None:
            super().__init__()

    calls.clear()
    with densetrace.trace():
        Drops(Slots())
        assert calls == ["__del__"]


def test_a_custom_initializer_may_have_any_attribute() -> None:
    class Zipf(initializers.Initializer):
        distribution = "zipf"

        def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
            return np.ones(shape, dtype.as_numpy_dtype)

    with densetrace.trace() as t:
        Dense(1, kernel_initializer=Zipf())(X)
    assert t.find("initialize")[0].facts["class"] == "Zipf"
    assert "recording_stopped" not in t.outcome
