"""Reads values from their JSON form, and checks each part of it."""

from typing import Final, cast

from densetrace.data.values import (
    JSON,
    LARGEST_COUNT,
    Binary,
    Class,
    Function,
    Grid,
    Instance,
    Items,
    Mapping,
    Number,
    Opaque,
    Scalar,
    Tensor,
    Text,
    Value,
)

_ITEM_TYPES: Final = ("list", "tuple", "set", "frozenset")
# The fields of each record, the first of which is its type; then its optional fields.
_FIELDS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "str": (("str", "length"), ()),
    "number": (("number",), ()),
    "bytes": (("bytes", "length"), ()),
    "function": (("function", "module"), ()),
    "class": (("class", "module"), ()),
    "dict": (("dict", "length"), ()),
    "instance": (("instance", "module", "label"), ("config",)),
    "tensor": (("tensor", "dtype"), ("elements", "symbolic", "statistics", "grid")),
    "object": (("object",), ()),
} | {kind: ((kind, "length"), ()) for kind in _ITEM_TYPES}

DEEPEST: Final = 32
"""The deepest nesting of values that is read; the recorder nests at most ten deep."""


def from_json(form: JSON) -> Value:
    """The value with this JSON form.

    Raises:
        ValueError: when `form` is not the JSON form of any value, or nests deeper than `DEEPEST`.
    """
    try:
        return _from_json(form, 0)
    except ValueError as error:
        raise ValueError(f"not the JSON form of a value: {error}") from error


def _from_json(form: JSON, depth: int) -> Value:
    if isinstance(form, Scalar):
        return form
    if depth == DEEPEST:
        raise ValueError(f"values nest at most {DEEPEST} deep")
    if not isinstance(form, dict):
        raise ValueError(f"a value expected. Received: {form_text(form)}")
    tag = next(filter(_FIELDS.__contains__, form), None)
    if tag is None:
        raise ValueError(f"no value has the fields {', '.join(form)!r:.80}")
    required, optional = _FIELDS[tag]
    fields_of(form, required, optional)
    return _record_from_json(tag, form, depth + 1)


def _record_from_json(tag: str, form: dict[str, JSON], depth: int) -> Value:
    def values(forms: JSON) -> tuple[Value, ...]:
        return tuple([_from_json(item, depth) for item in list_of(forms)])

    match tag:
        case "str":
            return Text(string_of(form[tag]), count_of(form["length"]))
        case "number":
            return Number(string_of(form[tag]))
        case "bytes":
            return Binary(string_of(form[tag]), count_of(form["length"]))
        case "function":
            return Function(string_of(form[tag]), string_of(form["module"]))
        case "class":
            return Class(string_of(form[tag]), string_of(form["module"]))
        case "dict":
            entries = [values(pair) for pair in list_of(form[tag])]
            if any(len(entry) != 2 for entry in entries):
                raise ValueError("an entry of a dict is a key and a value")
            pairs = tuple([(entry[0], entry[1]) for entry in entries])
            return Mapping(pairs, count_of(form["length"]))
        case "instance":
            config = _from_json(form["config"], depth) if "config" in form else None
            if not isinstance(config, Mapping) and "config" in form:
                raise ValueError("the config of an instance is a dict")
            cls, module, label = (string_of(form[name]) for name in ("instance", "module", "label"))
            return Instance(cls, module, label, cast("Mapping | None", config))
        case "tensor":
            shape = [None if size is None else count_of(size) for size in list_of(form[tag])]
            if form.get("symbolic", True) is not True:
                raise ValueError("symbolic is true or left out")
            statistics = values(form.get("statistics", []))
            if len(statistics) not in (0, 3):
                raise ValueError("statistics are min, mean and max")
            return Tensor(
                tuple(shape),
                string_of(form["dtype"]),
                values(form.get("elements", [])),
                "symbolic" in form,
                statistics,
                _grid_from_json(form["grid"], depth) if "grid" in form else None,
            )
        case "object":
            return Opaque(string_of(form[tag]))
    return Items(tag, values(form[tag]), count_of(form["length"]))


def _grid_from_json(form: JSON, depth: int) -> Grid:
    fields_of(form, ("rows", "columns", "largest", "levels"))
    rows, columns = count_of(form["rows"]), count_of(form["columns"])
    levels = string_of(form["levels"])
    if len(levels) != 2 * rows * columns or not _HEXADECIMAL.issuperset(levels):
        raise ValueError("levels are two hexadecimal digits for each cell")
    return Grid(rows, columns, _from_json(form["largest"], depth), levels)


_HEXADECIMAL: Final = frozenset("0123456789abcdef")


# -- checks of a form -----------------------------------------------------------------------------


def fields_of(form: JSON, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> None:
    """Refuse a form that is not an object with these fields.

    Raises:
        ValueError: naming a field that is missing or unknown.
    """
    if not isinstance(form, dict):
        raise ValueError(f"an object expected. Received: {form_text(form)}")
    for name in required:
        if name not in form:
            raise ValueError(f"{name!r} is missing")
    if len(form) > len(required):
        for name in form:
            if name not in required and name not in optional:
                raise ValueError(f"there is no field {name!r:.40} here")


def string_of(form: JSON) -> str:
    """A form that is a string.

    Raises:
        ValueError: when it is none.
    """
    if not isinstance(form, str):
        raise ValueError(f"a string expected. Received: {form_text(form)}")
    return form


def list_of(form: JSON) -> list[JSON]:
    """A form that is a list.

    Raises:
        ValueError: when it is none.
    """
    if not isinstance(form, list):
        raise ValueError(f"a list expected. Received: {form_text(form)}")
    return form


def count_of(form: JSON) -> int:
    """A form that is a whole number from 0 to 2**63 - 1; `1.0` is one, as JSON knows one kind of
    number.

    Raises:
        ValueError: when it is none.
    """
    if not is_count(form):
        raise ValueError(f"a count expected. Received: {form_text(form)}")
    return int(form)


def is_count(form: JSON) -> bool:
    """Whether a form is a whole number from 0 to 2**63 - 1."""
    whole = isinstance(form, int) or (isinstance(form, float) and form.is_integer())
    return whole and not isinstance(form, bool) and 0 <= form <= LARGEST_COUNT


def form_text(form: JSON) -> str:
    """A form for a message; of a list or an object only its type, since it may nest very deep."""
    return f"{form!r:.40}" if isinstance(form, Scalar) else type(form).__name__
