"""The signature of a traced function as text: `f(x, training=False)`, with its tensors below.

Follows tensorflow/python/eager/polymorphic_function/concrete_function.py,
ConcreteFunction.pretty_printed_signature.
"""

import inspect
import pprint
from collections.abc import Sequence
from typing import Any

from densetrace.tensorflow.nest import flatten, is_nested, pack_like
from densetrace.tensorflow.shapes import TensorSpec

Signature = tuple[tuple[Any, ...], dict[str, Any]]
"""The arguments of a function by position and by keyword, with a spec for each tensor."""


class _Marker:
    """Where a tensor is in a nest: printed as `<1>`."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __repr__(self) -> str:
        return f"<{self._number}>"


def names_of(parameters: Sequence[inspect.Parameter], count: int) -> list[str]:
    """The names of arguments by position: those for `*args` are `args_0`, `args_1`."""
    names: list[str] = []
    for one in parameters:
        if one.kind is inspect.Parameter.VAR_POSITIONAL:
            names += [f"{one.name}_{number}" for number in range(count - len(names))]
        else:
            names.append(one.name)
    return names


def short(name: str, parameters: Sequence[str], signature: Signature) -> str:
    """The name of a function with its parameters; those that hold no tensor have their values."""
    args, kwargs = signature
    listed = [_with_value(one, value) for one, value in zip(parameters, args, strict=False)]
    if kwargs:
        listed += ["*", *[_with_value(one, value) for one, value in kwargs.items()]]
    return f"{name}({', '.join(listed)})"


def long(name: str, parameters: Sequence[str], signature: Signature, result: Any) -> str:
    """The short form, and the dtype and shape of each tensor that goes in or comes out."""
    args, kwargs = signature
    given = [*zip(parameters, args, strict=False), *sorted(kwargs.items())]
    tensors = [f"    {one}: {_described(value)}" for one, value in given if _holds_spec(value)]
    lines = [short(name, parameters, signature)]
    if tensors:
        lines += ["  Args:", *tensors]
    return "\n".join([*lines, "  Returns:", f"    {_described(result)}"])


def _holds_spec(value: Any) -> bool:
    return any(isinstance(one, TensorSpec) for one in flatten(value))


def _with_value(name: str, value: Any) -> str:
    return name if _holds_spec(value) else f"{name}={value}"


def _described(value: Any) -> str:
    if isinstance(value, TensorSpec):
        return f"{value.dtype.name} Tensor, shape={value.shape}"
    if not is_nested(value):
        return "NoneTensorSpec()" if value is None else repr(value)
    leaves = flatten(value)
    markers = [_Marker(number) for number in range(1, len(leaves) + 1)]
    lines = [pprint.pformat(pack_like(value, markers), width=10_000)]
    pairs = zip(markers, leaves, strict=True)
    return "\n      ".join(lines + [f"{marker}: {_described(leaf)}" for marker, leaf in pairs])
