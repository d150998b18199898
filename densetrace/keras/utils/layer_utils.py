"""The table that `Model.summary()` prints, and the parsed signature of `call`.

Follows keras 2.14 utils/layer_utils.py.
"""

import inspect
import re
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from densetrace.keras._exports import get_canonical_name_for_symbol
from densetrace.recording.introspect import getfullargspec

_COLUMNS: Final = ("Layer (type)", "Output Shape", "Param #")
_ENDS: Final = (0.45, 0.85, 1.0)
_TRAINABLE_WIDTH: Final = 11
_BREAKS: Final = ("),", "},", "],", "',")
"""A field goes on in a new line after each of these, so that each shape of a list has its line."""


def readable_memory_size(size: float) -> str:
    """Return a number of bytes in the largest unit that it fills, with two decimals: `1.00 KB`.

    Follows keras 2.14 utils/layer_utils.py, readable_memory_size.
    """
    for unit in ("Byte", "KB", "MB", "GB", "TB"):
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} PB"


def print_summary(
    model: Any,
    line_length: int | None = None,
    positions: Any = None,
    print_fn: Callable[[str], None] | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Any = None,
) -> None:
    """Print a row for each layer, then the number of parameters.

    Follows keras 2.14 utils/layer_utils.py, print_summary.

    Args:
        model: a built model.
        line_length: the number of characters per line; 65 if None.
        positions: the end of each column, in characters or as a fraction of the line.
        print_fn: called with each line; `print` if None.
        expand_nested: whether to add a row for each layer of a nested model.
        show_trainable: whether to add a column that shows which layers are trainable.
        layer_range: names of the first and the last layer to show, or patterns for them.

    Raises:
        ValueError: if `layer_range` is not a pair of strings, or no layer has one of the names.
    """
    write = print_fn or print
    length = line_length or 65
    ends = list(positions or _ENDS)
    if ends[-1] <= 1:
        ends = [int(length * end) for end in ends]
    header = [*_COLUMNS]
    if show_trainable:
        length += _TRAINABLE_WIDTH
        ends.append(length)
        header.append("Trainable")

    layers = _in_range(model.layers, layer_range)
    write(f'Model: "{model.name}"')
    write("_" * length)
    _write_row(write, header, ends)
    write("=" * length)
    for layer in layers:
        _write_layer(write, layer, ends, length, expand_nested, show_trainable)
    write("=" * length)
    _write_totals(write, model)
    write("_" * length)


def _in_range(layers: list[Any], names: Any) -> list[Any]:
    if names is None:
        return layers
    if len(names) != 2:
        raise ValueError(
            f"layer_range must be a list or tuple of two layer names. Received: layer_range={names}"
        )
    if not all(isinstance(name, str) for name in names):
        raise ValueError(f"layer_range must hold strings. Received: layer_range={names}")
    matching = [
        [index for index, layer in enumerate(layers) if re.match(name, layer.name)]
        for name in names
    ]
    if not all(matching):
        raise ValueError(f"No layer has a name in layer_range. Received: layer_range={names}")
    first, last = matching
    if min(first) > max(last):
        return layers[min(last) : max(first) + 1]
    return layers[min(first) : max(last) + 1]


def _write_layer(
    write: Callable[[str], None],
    layer: Any,
    ends: list[int],
    length: int,
    expand: bool,
    show_trainable: bool,
    nested: int = 0,
    last: bool = False,
) -> None:
    try:
        output_shape: Any = layer.output_shape
    except AttributeError:
        output_shape = "multiple"
    except RuntimeError:
        output_shape = "?"
    parameters = layer.count_params() if layer.built else "0 (unused)"
    fields = [f"{layer.name} ({type(layer).__name__})", output_shape, parameters]
    if show_trainable:
        fields.append("Y" if layer.trainable else "N")
    _write_row(write, fields, ends, nested)
    inner = getattr(layer, "layers", None)
    if expand and inner:
        write("|" * (nested + 1) + "¯" * (length - 2 * nested - 2) + "|" * (nested + 1))
        for child in inner:
            _write_layer(
                write, child, ends, length, expand, show_trainable, nested + 1, child is inner[-1]
            )
        write("|" * nested + "¯" * (length - 2 * nested) + "|" * nested)
        last = True  # no empty line follows a frame
    if not last:
        write("|" * nested + " " * (length - 2 * nested) + "|" * nested)


def _write_row(
    write: Callable[[str], None], fields: list[Any], ends: list[int], nested: int = 0
) -> None:
    """Write fields in columns; a field that is too long continues on the next line."""
    left = [str(field) for field in fields]
    while any(left):
        line = ""
        for column, end in enumerate(ends):
            first, last = column == 0, column == len(ends) - 1
            room = end - (ends[column - 1] if column else 0)
            room -= (0 if last else 3) + (nested if first else 0)
            part = left[column][: max(1, room)]
            ends_of_shapes = [part.find(end) + len(end) for end in _BREAKS if end in part]
            part = part[: min(ends_of_shapes, default=len(part))]
            left[column] = left[column][len(part) :]
            line += ("|" * nested + " " if first else "") + part + ("" if last else "  ")
            line = line.ljust(end - nested if last else end)
        write(line + "|" * nested)


def _write_totals(write: Callable[[str], None], model: Any) -> None:
    counts = {
        "Total": model.weights,
        "Trainable": model.trainable_weights,
        "Non-trainable": model.non_trainable_weights,
    }
    for label, weights in counts.items():
        count = sum(int(np.prod(tuple(weight.shape))) for weight in weights)
        size = sum(weight.numpy().nbytes for weight in weights)
        write(f"{label} params: {count} ({readable_memory_size(size)})")


def is_builtin_layer(layer: Any) -> bool:
    """Return whether a layer is of a public class of Keras other than `Layer`, or of a subclass.

    Follows keras 2.14 utils/layer_utils.py, is_builtin_layer.
    """
    names = map(get_canonical_name_for_symbol, type(layer).__mro__)
    return next(filter(None, names), "keras.layers.Layer") != "keras.layers.Layer"


class CallFunctionSpec:
    """The arguments of a layer's `call`, besides its inputs.

    Follows keras 2.14 utils/layer_utils.py, CallFunctionSpec.
    """

    def __init__(self, call: Callable[..., Any]) -> None:
        spec = getfullargspec(call)
        self.arg_names = spec.args[1:] if inspect.ismethod(call) else spec.args
        accepted = {*spec.args, *spec.kwonlyargs}
        self.expects_training_arg = "training" in accepted or spec.varkw is not None
        self.expects_mask_arg = "mask" in accepted or spec.varkw is not None
        defaults = dict(zip(reversed(spec.args), reversed(spec.defaults or ()), strict=False))
        self.positional = list(self.arg_names)
        self.required = self.arg_names[1 : len(self.arg_names) - len(spec.defaults or ())]
        self.default_training_arg = (defaults | (spec.kwonlydefaults or {})).get("training")

    def split_out_first_arg(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
        """Return the inputs, and the other arguments without them.

        Raises:
            ValueError: if the inputs were not passed.
        """
        if args:
            return args[0], args[1:], kwargs
        if self.arg_names and self.arg_names[0] in kwargs:
            rest = dict(kwargs)
            return rest.pop(self.arg_names[0]), (), rest
        raise ValueError("The first argument to `Layer.call` must always be passed.")

    def was_passed(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Whether an argument was passed, by position or by name."""
        return name in kwargs or name in self.arg_names[1 : len(args) + 1]

    def value_of(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Return the value passed for an argument, by position or by name, or None."""
        if name in kwargs:
            return kwargs[name]
        if name in self.arg_names:
            position = self.arg_names.index(name) - 1
            if 0 <= position < len(args):
                return args[position]
        return None
