"""Strings of numbers, joined strings and templates: tensors of strings.

Follows tensorflow/python/ops/string_ops.py and the formats of core/kernels/as_string_op.cc.
"""

from typing import Any

import numpy as np

from densetrace.tensorflow import printing
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.dtypes import string
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.operation import Index, Operands, Spec, export, operation
from densetrace.tensorflow.ops.gradients import no_gradient
from densetrace.tensorflow.shapes import TensorShape, broadcast
from densetrace.tensorflow.tensor import Array


@operation("strings.as_string")
def as_string(
    input: Index,
    precision: int = -1,
    scientific: bool = False,
    shortest: bool = False,
    width: int = -1,
    fill: str = "",
    name: Any = None,
) -> Array:
    """Each element as a string: same shape.

    Args:
        input: numbers, booleans or strings.
        precision: how many digits to write behind the point, 6 unless given.
        scientific: whether to write `1.5e+00`.
        shortest: whether to write the shorter of both forms.
        width: how many characters to fill up to.
        fill: what to fill with, a space unless given: `0` on the left, `-` for spaces on the right.
        name: not used.

    Raises:
        ValueError: when both forms are asked for, or the filling is longer than a character.
    """
    kind = input.dtype.kind
    if scientific and shortest:
        raise ValueError("Cannot select both scientific and shortest notation")
    if len(fill) > 1:
        raise ValueError(f"Fill string must be one or fewer characters. Received: {fill!r}")
    form = f"%{fill}{width if width > -1 else ''}"
    if kind in "fc":
        form += f"{f'.{precision}' if precision > -1 else ''}{_letter(scientific, shortest)}"
    elif kind in "iu":
        form += "d"
    made = np.empty(input.shape, object)
    for place in np.ndindex(*input.shape):
        made[place] = _written(input[place], form, kind).encode()
    return made


def _letter(scientific: bool, shortest: bool) -> str:
    return "e" if scientific else "g" if shortest else "f"


def _written(item: Any, form: str, kind: str) -> str:
    if kind == "b":
        return "true" if item else "false"
    if kind == "O":
        return str(item.decode())
    if kind == "c":
        return f"({form % item.real},{form % item.imag})"
    return form % (int(item) if kind in "iu" else float(item))


@as_string.shape_rule
def _as_string_rule(input: Spec, **attributes: Any) -> Any:
    return input.shape, string


@operation("raw_ops.StringJoin")
def _join(inputs: Operands, separator: str, name: Any = None) -> Array:
    """The strings of some tensors one after the other."""
    arrays = np.broadcast_arrays(*inputs)
    if any(one.ndim and one.shape != arrays[0].shape for one in inputs):
        raise InvalidArgumentError("Input shapes do not match")
    made = np.empty(arrays[0].shape, object)
    for place in np.ndindex(*made.shape):
        made[place] = separator.encode().join([bytes(one[place]) for one in arrays])
    return made


@_join.shape_rule
def _join_rule(inputs: list[Spec], separator: str) -> Any:
    return broadcast(*(one.shape for one in inputs)), string


@export("strings.join")
def join(inputs: Any, separator: str = "", name: Any = None) -> Any:
    """The strings of some tensors one after the other, element by element: [...]. A scalar goes to
    every element.

    Raises:
        InvalidArgumentError: when the shapes differ.
    """
    return _join([convert_to_tensor(one, string) for one in inputs], separator)


@operation("raw_ops.StringFormat")
def _format(
    input: Index | None, template: str, placeholder: str, summarize: int, name: Any = None
) -> Array:
    """A template with a tensor in place of its placeholder."""
    made = np.empty((), object)
    text = template
    if input is not None:
        before, _, after = template.partition(placeholder)
        text = f"{before}{printing.text_of(input, summarize)}{after}"
    made[()] = text.encode()
    return made


@_format.shape_rule
def _format_rule(input: Any, template: str, placeholder: str, summarize: int) -> Any:
    return TensorShape(()), string


@export("strings.format")
def format_(
    template: str, inputs: Any, placeholder: str = "{}", summarize: int = 3, name: Any = None
) -> Any:
    """A template with tensors in place of its placeholders, as `tf.print` prints them: a scalar.

    Raises:
        ValueError: when there are more or fewer tensors than placeholders.
    """
    tensors = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
    if template.count(placeholder) != len(tensors):
        raise ValueError(
            f"The template expects {template.count(placeholder)} tensors, but the inputs only has "
            f"{len(tensors)}. Please ensure the number of placeholders in template matches inputs "
            "length."
        )
    if not tensors:
        return _format(None, template, placeholder, summarize)
    # One tensor at a time: their dtypes may differ.
    parts = template.split(placeholder)
    texts: list[Any] = []
    for part, one in zip(parts, tensors, strict=False):
        texts.append(_format(one, f"{part}\0", "\0", summarize))
    texts.append(convert_to_tensor(parts[-1]))
    return join(texts)


for _made in (as_string, _join, _format):
    _made.gradient(no_gradient)
