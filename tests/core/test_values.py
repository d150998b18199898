"""Values hold type and content in bounded size, and survive JSON."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from densetrace.data.json_writer import to_json, value_text
from densetrace.data.value_reader import from_json
from densetrace.data.values import (
    Binary,
    Class,
    Function,
    Grid,
    Instance,
    Items,
    Mapping,
    Number,
    Opaque,
    Tensor,
    Text,
    Value,
    text,
)

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
) | st.text()
LENGTHS = st.integers(0, 10**6)
RECORDS = (
    st.builds(Text, st.text(), LENGTHS)
    | st.builds(Number, st.sampled_from(["nan", "inf", "-inf", "(1+2j)"]))
    | st.builds(Binary, st.text(), LENGTHS)
    | st.builds(Function, st.text(), st.text())
    | st.builds(Class, st.text(), st.text())
    | st.builds(
        Tensor,
        st.lists(st.none() | st.integers(0, 10**6)).map(tuple),
        st.sampled_from(["float32", "int64", "bool"]),
    )
    | st.builds(Opaque, st.text())
)


def containers(values: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    items = st.lists(values, max_size=3).map(tuple)
    mappings = st.builds(
        Mapping, st.lists(st.tuples(values, values), max_size=3).map(tuple), LENGTHS
    )
    return (
        st.builds(Items, st.sampled_from(["list", "tuple", "set", "frozenset"]), items, LENGTHS)
        | mappings
        | st.builds(Instance, st.text(), st.text(), st.text(), st.none() | mappings)
    )


VALUES: st.SearchStrategy[Value] = st.recursive(SCALARS | RECORDS, containers, max_leaves=8)


@settings(deadline=None)
@given(VALUES)
def test_a_value_survives_json(value: Value) -> None:
    assert from_json(json.loads(json.dumps(to_json(value), allow_nan=False))) == value


@settings(deadline=None)
@given(VALUES)
def test_the_json_text_of_a_value_equals_that_of_the_standard_encoder(value: Value) -> None:
    assert value_text(value) == json.dumps(to_json(value), ensure_ascii=False, allow_nan=False)


def test_statistics_and_the_grid_of_a_tensor_survive_json() -> None:
    grid = Grid(1, 3, 2.5, "80ff01")
    value = Tensor((30,), "float32", (1.0,), statistics=(-2.5, 0.0, Number("inf")), grid=grid)
    read = from_json(json.loads(value_text(value)))
    assert isinstance(read, Tensor)
    assert (read, read.statistics, read.grid) == (value, value.statistics, grid)
    assert grid.row(0) == (0, 127, -127)


@pytest.mark.parametrize(
    "change",
    [
        {"levels": "8"},
        {"levels": "80FF01"},
        {"rows": 2},
        {"columns": -1},
        {"x": 1},
    ],
)
def test_a_grid_that_is_none_is_refused(change: dict[str, object]) -> None:
    grid = {"rows": 1, "columns": 3, "largest": 2.5, "levels": "80ff01"} | change
    with pytest.raises(ValueError, match="not the JSON form"):
        from_json({"tensor": [30], "dtype": "float32", "grid": grid})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Items("list", (-float("inf"),), 1)])
def test_a_float_without_a_json_form_is_refused(value: Value) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        value_text(value)


def test_equal_values_of_different_types_have_different_texts() -> None:
    values: list[Value] = [1, True, 1.0, 0.0, -0.0, False]
    tensors = [Tensor((), "float32", (value,)) for value in values]
    assert len(set(map(value_text, values))) == len(values)
    assert len(set(map(value_text, tensors))) == len(values)


@settings(deadline=None)
@given(VALUES)
def test_every_value_has_a_text(value: Value) -> None:
    assert isinstance(text(value), str)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("relu", "'relu'"),
        (None, "None"),
        (Tensor((3, 64), "float32"), "f32[3,64]"),
        (Tensor((None, 3), "float16", symbolic=True), "f16[None,3]"),
        (Tensor((), "bool"), "bool[]"),
        (Tensor((2,), "uint8"), "u8[2]"),
        (Items("tuple", (1,), 1), "(1,)"),
        (Items("list", (1, 2), 5), "[1, 2, ... 3 more]"),
        (Items("set", (), 0), "set()"),
        (Mapping((("a", 1),), 1), "{'a': 1}"),
        (Instance("Zeros", "keras.initializers", "Zeros#1"), "Zeros#1"),
        (Text("aaa", 3000), "'aaa'... (3,000 characters)"),
    ],
)
def test_the_text_of_a_value(value: Value, expected: str) -> None:
    assert text(value) == expected


@pytest.mark.parametrize(
    "form",
    [
        {},
        [],
        {"unknown": 1},
        {"str": 1, "length": 2},
        {"str": "a"},
        {"tensor": [-1], "dtype": "float32"},
        {"tensor": [True], "dtype": "float32"},
        {"list": 3, "length": 1},
        {"dict": [[1]], "length": 1},
        {"instance": "A", "module": "m", "label": "l", "config": 3},
        {"function": "f"},
    ],
)
def test_an_invalid_json_form_is_refused(form: object) -> None:
    with pytest.raises(ValueError, match=r"not the JSON form|not enough values"):
        from_json(form)
