"""Two values that differ, written so that the difference shows."""

from densetrace.data.steps import ABSENT, Absent
from densetrace.data.values import Class, Function, Instance, Items, Mapping, Tensor, Value
from densetrace.data.wording import outcome
from densetrace.kinds.spans import Span

Side = Value | Absent


def told_apart(ours: Side, theirs: Side) -> tuple[str, str]:
    """Return the texts of two values; if both are the same, with what differs in brackets."""
    texts = outcome(ours), outcome(theirs)
    if Span(texts[0]).text != Span(texts[1]).text:
        return texts
    left, right = what_differs(ours, theirs)
    return f"{texts[0]} ({left})", f"{texts[1]} ({right})"


def what_differs(ours: Side, theirs: Side) -> tuple[str, str]:
    """Return what the two values differ in: the type, the last digits, the module, an item."""
    if type(ours) is not type(theirs):
        return type_of(ours), type_of(theirs)
    match ours, theirs:
        case float(), float():
            return repr(ours), repr(theirs)
        case (Function(_, here), Function(_, there)) | (Class(_, here), Class(_, there)):
            return f"of {here}", f"of {there}"
        case Tensor(), Tensor():
            if ours.symbolic != theirs.symbolic:
                return _with_numbers(ours), _with_numbers(theirs)
            if ours.dtype != theirs.dtype:
                return ours.dtype, theirs.dtype
            if ours.shape != theirs.shape:
                return str(ours.shape), str(theirs.shape)
            return repr(ours.elements), repr(theirs.elements)
        case Instance(), Instance():
            if (ours.cls, ours.module) != (theirs.cls, theirs.module):
                return f"{ours.module}.{ours.cls}", f"{theirs.module}.{theirs.cls}"
            if ours.label != theirs.label:
                return ours.label, theirs.label
            return _inside("config", *_or_none(ours.config, theirs.config))
        case Items(), Items():
            if ours.type != theirs.type:
                return ours.type, theirs.type
            if ours.length != theirs.length:
                return f"{ours.length} items", f"{theirs.length} items"
            for index, (one, other) in enumerate(zip(ours.items, theirs.items, strict=False)):
                if not _equal(one, other):
                    return _inside(f"item {index}", one, other)
        case Mapping(), Mapping():
            keys = [[str(key) for key, _ in mapping.entries] for mapping in (ours, theirs)]
            if keys[0] != keys[1]:
                return f"keys {', '.join(keys[0])}", f"keys {', '.join(keys[1])}"
            for (key, one), (_, other) in zip(ours.entries, theirs.entries, strict=False):
                if not _equal(one, other):
                    return _inside(str(key), one, other)
    return repr(ours), repr(theirs)


def _inside(name: str, ours: Side, theirs: Side) -> tuple[str, str]:
    left, right = told_apart(ours, theirs)
    return f"{name}: {left}", f"{name}: {right}"


def _or_none(ours: Mapping | None, theirs: Mapping | None) -> tuple[Side, Side]:
    return ABSENT if ours is None else ours, ABSENT if theirs is None else theirs


def _equal(ours: Value, theirs: Value) -> bool:
    return type(ours) is type(theirs) and ours == theirs


def _with_numbers(tensor: Tensor) -> str:
    return "symbolic: it has no numbers" if tensor.symbolic else "with numbers"


def type_of(value: Side) -> str:
    """Return the type of a value: `int`, `str`, `list`, `a function`."""
    match value:
        case Absent():
            return "nothing"
        case Items(type=name):
            return name
        case Mapping():
            return "dict"
        case Instance(cls=name):
            return f"an object of {name}"
        case Function() | Class() | Tensor():
            return f"a {type(value).__name__.lower()}"
    return type(value).__name__
