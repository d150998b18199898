"""A snapshot is a bounded copy: it never raises, is fast, and references no live object."""

import enum
import tracemalloc
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from densetrace import api
from densetrace.data.values import (
    Function,
    Instance,
    Items,
    Mapping,
    Number,
    Opaque,
    Tensor,
    Text,
    text,
)
from densetrace.data.wording import short
from densetrace.keras import Input, initializers
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.recording.arrays import Whole
from densetrace.recording.snapshot import ITEM_LIMIT, TEXT_LIMIT, message_of, snapshot
from densetrace.tensorflow.ops.creating import constant
from densetrace.tensorflow.variables import Variable


def label(value: object) -> str:
    return type(value).__name__ + "#1"


def shot(value: object) -> Any:
    return snapshot(value, label)


class Hostile:
    """Every method raises."""

    def __getattr__(self, name: str) -> NoReturn:
        raise RuntimeError(name)

    def __repr__(self) -> NoReturn:
        raise RuntimeError("repr")

    __str__ = __len__ = __eq__ = __hash__ = __iter__ = __bool__ = __repr__  # type: ignore[assignment] # all the same


class Liar:
    """It has the shape and dtype of an array that fits no memory."""

    shape = (10**12, 10**12)
    dtype = np.dtype("float32")

    @property
    def asked(self) -> NoReturn:
        raise AssertionError("a custom property was run")


class HostileList(list[int]):
    def __iter__(self) -> NoReturn:
        raise RuntimeError("iter")

    def __len__(self) -> int:
        return 10**18


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
        max_leaves=20,
    )
)
def test_any_plain_value_has_a_snapshot(value: object) -> None:
    text(shot(value)).encode()


ODD: dict[str, Callable[[], object]] = {
    "hostile": Hostile,
    "hostile list": lambda: HostileList([1]),
    "class": lambda: Hostile,
    "object": object,
    "iterator": lambda: iter([]),
    "function": lambda: print,
    "liar": Liar,
    "singleton": lambda: NotImplemented,
}


@pytest.mark.parametrize("name", ODD)
def test_a_snapshot_never_raises(name: str) -> None:
    assert isinstance(text(shot(ODD[name]())), str)


def test_the_shape_attribute_of_a_custom_class_is_ignored() -> None:
    assert shot(Liar()) == Instance("Liar", __name__, "Liar#1")


def test_long_strings_are_cut() -> None:
    assert shot("a" * 10**6) == Text("a" * TEXT_LIMIT, 10**6)


def test_long_containers_are_cut() -> None:
    kept = shot(list(range(10**5)))
    assert (len(kept.items), kept.length) == (ITEM_LIMIT, 10**5)
    assert len(shot({i: i for i in range(1000)}).entries) == ITEM_LIMIT


def test_deep_containers_are_cut() -> None:
    deep: list[object] = []
    for _ in range(10_000):
        deep = [deep]
    assert isinstance(shot(deep), Items)


def test_a_list_that_contains_itself_is_cut() -> None:
    endless: list[object] = []
    endless.append(endless)
    assert isinstance(shot(endless), Items)


def test_a_copy_does_not_change_with_the_original() -> None:
    original = {"a": [1]}
    kept = shot(original)
    original["a"].append(2)
    assert kept == Mapping((("a", Items("list", (1,), 1)),), 1)


def test_an_array_becomes_shape_dtype_and_first_elements() -> None:
    big = np.arange(10**6, dtype="float32").reshape(1000, 1000)
    assert shot(big) == Tensor((1000, 1000), "float32", (0.0, 1.0, 2.0, 3.0))
    assert shot(np.arange(6.0).reshape(3, 2)).elements == (0.0, 1.0, 2.0, 3.0, 4.0, 5.0)
    assert shot(np.arange(20.0)).is_whole
    assert not shot(np.arange(21.0)).is_whole
    assert shot(np.arange(4.0).reshape(2, 1, 2)).elements == (0.0, 1.0, 2.0, 3.0)
    assert shot(np.float32(0.1)) == Tensor((), "float32", (0.1,))
    assert shot(np.array([np.nan, np.inf])).elements == (Number("nan"), Number("inf"))
    assert shot(np.zeros((0, 3))) == Tensor((0, 3), "float64")


def numbers_of(value: object) -> Any:
    """A weight with its statistics and its grid."""
    return shot(Whole(constant(value)))


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32 - 1), st.sampled_from([(3, 64), (200,), (40, 7), (2, 3, 70), (5, 300)]))
def test_a_weight_has_its_statistics_and_a_grid(seed: int, shape: tuple[int, ...]) -> None:
    array = np.random.default_rng(seed).normal(0.1, 3.0, shape).astype("float32")
    taken = numbers_of(array)
    assert taken == shot(array)
    expected = [array.min(), array.mean(dtype=float), array.max()]
    assert taken.statistics == pytest.approx(expected, rel=1e-6)
    grid = taken.grid
    rows, columns = array.reshape(-1, shape[-1]).shape
    assert (grid.rows, grid.columns) == (min(rows, 16), min(columns, 64))
    if (grid.rows, grid.columns) == (rows, columns):
        levels = np.array([grid.row(number) for number in range(rows)]) / 127 * grid.largest
        assert grid.largest == pytest.approx(np.abs(array).max(), rel=1e-6)
        assert np.abs(levels - array.reshape(rows, columns)).max() <= grid.largest / 127


def test_a_cell_of_a_grid_is_the_mean_of_its_block() -> None:
    array = np.repeat(np.repeat(np.arange(16.0), 2)[:, None] - 8, 128, 1)
    grid = numbers_of(array).grid
    assert (grid.rows, grid.columns, grid.largest) == (16, 64, 8.0)
    for number in range(16):
        assert set(grid.row(number)) == {round((number - 8) / 8 * 127)}


def test_numbers_that_are_not_finite_are_measured_without_a_warning() -> None:
    taken = numbers_of(np.array([np.nan, np.inf, -np.inf, 2.0, 0.0] * 8, "float32"))
    assert taken.statistics == (Number("nan"),) * 3
    assert taken.grid.row(0)[:5] == (None, 127, -127, 127, 0)
    assert taken.grid.largest == 2.0


@pytest.mark.parametrize("array", [np.zeros(30, bool), np.zeros(30, "complex64"), np.zeros((0, 3))])
def test_only_numbers_are_measured(array: np.ndarray[Any, Any]) -> None:
    taken = numbers_of(array)
    assert (taken.statistics, taken.grid) == ((), None)


def test_what_a_layer_is_called_on_and_what_steps_return_is_measured() -> None:
    made = api.explain("Dense(30)", inputs=np.arange(60.0).reshape(2, 30))
    steps = {step.kind: step for step in made.walk()}
    given, inner = steps["invoke"].inputs["input"], next(iter(steps["call"].inputs.values()))
    kernel = steps["initialize"].result
    assert isinstance(given, Tensor)
    assert isinstance(kernel, Tensor)
    assert isinstance(inner, Tensor)
    assert given.statistics == (0.0, 29.5, 59.0)
    assert len(kernel.statistics) == 3
    assert (inner, inner.statistics) == (given, ())


def test_a_symbolic_tensor_becomes_shape_and_dtype() -> None:
    assert shot(Input((3,))) == Tensor((None, 3), "float32", symbolic=True)


def test_functions_and_classes_have_the_names_of_keras() -> None:
    assert shot(initializers.get) == Function("get", "keras.initializers")
    assert str(shot(initializers.Zeros)) == "Zeros"


def test_instances_of_the_stack_show_their_config() -> None:
    kept = shot(initializers.HeNormal(seed=1))
    assert kept.config.get("seed") == 1
    assert str(shot(InputSpec(min_ndim=2, axes={-1: 3}))) == "InputSpec(min_ndim=2, axes={-1: 3})"


def test_a_custom_get_config_is_never_run() -> None:
    class Mine(initializers.Initializer):
        def get_config(self) -> NoReturn:
            raise AssertionError("it was run")

    assert shot(Mine()).config is None


def test_numbers_that_json_cannot_hold_are_spelled_out() -> None:
    assert shot(float("nan")) == Number("nan")
    assert shot(1 + 2j) == Number("(1+2j)")
    assert shot(2**70) == Number("2**70 or more")
    assert shot(10**5000) == Number("2**16609 or more")


def test_lone_surrogates_are_spelled_out() -> None:
    assert shot("\ud800") == "\\ud800"


def test_enumerations_and_subclasses_of_containers_have_snapshots() -> None:
    class Colour(enum.Enum):
        RED = 1

    assert str(shot(Colour.RED)) == "Colour#1"
    assert isinstance(shot(HostileList()), Items | Opaque)


class Counting(type):
    """A metaclass that counts calls of its methods."""

    calls = 0

    def __hash__(cls) -> int:
        Counting.calls += 1
        return 1

    def __eq__(cls, other: object) -> bool:
        Counting.calls += 1
        return True

    def __instancecheck__(cls, instance: object) -> bool:
        Counting.calls += 1
        return True


def test_no_custom_code_is_run() -> None:
    ran: list[str] = []

    def raising(name: str) -> Any:
        def method(self: object, *args: object) -> NoReturn:
            ran.append(name)
            raise AssertionError(name)

        return method

    methods = {
        name: raising(name)
        for name in ("__getattribute__", "__len__", "__iter__", "__eq__", "__repr__", "__getitem__",
                     "__str__", "items", "keys", "isascii", "__index__", "__float__")
    } | {
        name: property(raising(name)) for name in ("__class__", "shape", "dtype", "name", "ndim")
    }  # fmt: skip
    made = [Counting(base.__name__.title(), (base,), methods) for base in (object, list, dict, str)]
    for cls in made:
        shot(cls())
        shot([cls(), {"a": cls()}])
        shot(cls)
    assert ran == []
    assert Counting.calls == 0


def test_the_snapshot_of_a_large_variable_does_not_copy_it() -> None:
    variable = Variable(np.zeros((1000, 1000), "float32"))
    shot(variable)  # fills the cache for the class
    tracemalloc.start()
    try:
        assert shot(variable).shape == (1000, 1000)
        assert tracemalloc.get_traced_memory()[1] < 10_000
    finally:
        tracemalloc.stop()


def test_the_message_of_an_exception_is_read_without_running_custom_code() -> None:
    class SilentError(Exception):
        def __str__(self) -> NoReturn:
            raise AssertionError("it was run")

    assert message_of(ValueError("a", 1)) == "('a', 1)"
    assert message_of(KeyError("k")) == "'k'"
    assert message_of(SilentError("still read")) == "still read"
    assert message_of(SilentError()) == ""
    assert message_of(ValueError(Hostile())) == "Hostile"


def test_long_doubles_become_numbers() -> None:
    assert shot(np.array([0.5, np.inf], dtype=np.longdouble)).elements == (0.5, Number("inf"))


def test_the_snapshot_of_a_wide_and_deep_container_is_bounded() -> None:
    def count(value: Any) -> int:
        return 1 + (sum(map(count, value.items)) if isinstance(value, Items) else 0)

    wide: object = 1
    for _ in range(6):
        wide = [wide] * ITEM_LIMIT
    assert count(shot(wide)) < 6000
    assert count(shot({"key": wide}.get("key"))) == count(shot(wide))


def test_long_strings_with_odd_characters_are_cut_before_they_are_escaped() -> None:
    assert shot("é" * 10**6) == Text("é" * TEXT_LIMIT, 10**6)
    assert shot("\ud800" * 100) == Text(("\\ud800" * 100)[:TEXT_LIMIT], 600)


@pytest.mark.parametrize(
    ("index", "written"),
    [
        (np.s_[1:], "1:"),
        (np.s_[:, -1], "(:, -1)"),
        (np.s_[..., None, ::2], "(..., None, ::2)"),
        (slice(object(), 10**90), "?:?"),
    ],
)
def test_an_index_is_written_as_in_code(index: Any, written: str) -> None:
    assert short(snapshot(index, lambda value: "x")) == written
