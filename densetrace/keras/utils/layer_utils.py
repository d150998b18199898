"""The table that `Model.summary()` prints, and the parsed signature of `call`.

Follows keras 2.14 utils/layer_utils.py.
"""

import inspect
import re
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from densetrace.keras import backend
from densetrace.keras._exports import get_canonical_name_for_symbol
from densetrace.recording.introspect import getfullargspec
from densetrace.tensorflow.nest import flatten

_COLUMNS: Final = ("Layer (type)", "Output Shape", "Param #")
_CHAIN_LENGTH: Final = 65
_CHAIN_ENDS: Final[tuple[float, ...]] = (0.45, 0.85, 1.0)
_GRAPH_LENGTH: Final = 98
_GRAPH_ENDS: Final[tuple[float, ...]] = (0.3, 0.6, 0.70, 1.0)
_TRAINABLE_WIDTH: Final = 11
_BREAKS: Final = ("),", "},", "],", "',")
"""A field goes on in a new line after each of these, so that each shape of a list has its line."""


def get_source_inputs(tensor: Any, layer: Any = None, node_index: Any = None) -> Any:
    """Return the symbolic inputs that a symbolic tensor depends on.

    Follows keras 2.14 utils/layer_utils.py, get_source_inputs.

    Args:
        tensor: the tensor; one that no layer returned is returned itself.
        layer: the layer that returned it; found by the tensor if None.
        node_index: which call of the layer; found by the tensor if None.
    """
    if not hasattr(tensor, "_keras_history"):
        return tensor
    if layer is None or node_index:
        layer, node_index, _ = tensor._keras_history
    if not layer._inbound_nodes:
        return [tensor]
    found: dict[int, Any] = {}
    seen: set[int] = set()
    waiting = [layer._inbound_nodes[node_index]]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.is_input:
            found |= {id(one): one for one in flatten(node.input_tensors)}
        else:
            waiting.extend(one.node for one in reversed(node.keras_inputs))
    return list(found.values())


def validate_string_arg(
    input_data: Any, allowable_strings: Any, layer_name: str, arg_name: str
) -> None:
    """Refuse an argument of a layer that is none of these strings.

    Follows keras 2.14 utils/layer_utils.py, validate_string_arg.

    Raises:
        ValueError: if it is not.
    """
    if isinstance(input_data, str) and input_data in allowable_strings:
        return
    raise ValueError(
        f"Unkown value for `{arg_name}` argument of layer {layer_name}. Allowed values are: or "
        f"one of the following values: {allowable_strings}. Received: {input_data}"
    )


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
        line_length: the number of characters per line; if None, 65 for a chain of layers and 98
            for other graphs, which have a column for the inputs of each layer.
        positions: the end of each column, in characters or as a fraction of the line.
        print_fn: called with each line; `print` if None.
        expand_nested: whether to add a row for each layer of a nested model.
        show_trainable: whether to add a column that shows which layers are trainable.
        layer_range: names of the first and the last layer to show, or patterns for them.

    Raises:
        ValueError: if `layer_range` is not a pair of strings, or no layer has one of the names.
    """
    if print_fn is None:
        print_fn = print
    table = _Summary(model, line_length, positions, print_fn, expand_nested, show_trainable)
    table.print(layers_in_range(model.layers, layer_range))


def _is_sequential_like(model: Any) -> bool:
    """Return whether the layers of a model form one chain, and each is called once."""
    if type(model).__name__ == "Sequential" or not model._is_graph_network:
        return True
    nodes = []
    for at_depth in model._nodes_by_depth.values():
        if len(at_depth) > 1 or len(at_depth[0].keras_inputs) > 1:
            return False
        nodes += at_depth
    return all(sum(node in nodes for node in layer._inbound_nodes) < 2 for layer in model.layers)


def layers_in_range(layers: list[Any], names: Any) -> list[Any]:
    """Return the layers from the first to the last of two names, which are regular expressions.

    Raises:
        ValueError: if these are not the names of two layers.
    """
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


class _Summary:
    """The table of a model: its columns, and how a row is printed."""

    def __init__(
        self,
        model: Any,
        line_length: int | None,
        positions: Any,
        print_fn: Callable[[str], Any],
        expand_nested: bool,
        show_trainable: bool,
    ) -> None:
        self.model = model
        self.print_fn = print_fn
        self.expand_nested = expand_nested
        self.show_trainable = show_trainable
        self.relevant_nodes: list[Any] | None = None
        length, ends, self.header = _CHAIN_LENGTH, _CHAIN_ENDS, list(_COLUMNS)
        if not _is_sequential_like(model):
            length, ends = _GRAPH_LENGTH, _GRAPH_ENDS
            self.header.append("Connected to")
            self.relevant_nodes = [n for nodes in model._nodes_by_depth.values() for n in nodes]
        self.length = line_length or length
        self.ends = list(positions or ends)
        if self.ends[-1] <= 1:
            self.ends = [int(self.length * end) for end in self.ends]
        if show_trainable:
            self.length += _TRAINABLE_WIDTH
            self.ends.append(self.length)
            self.header.append("Trainable")

    def print(self, layers: list[Any]) -> None:
        """Print the header, these layers and the number of parameters."""
        self.print_fn(f'Model: "{self.model.name}"')
        self.print_fn("_" * self.length)
        self._print_row(self.header)
        self.print_fn("=" * self.length)
        for layer in layers:
            self._print_layer(layer)
        self.print_fn("=" * self.length)
        self._print_totals()
        self.print_fn("_" * self.length)

    def _fields(self, layer: Any) -> list[Any]:
        try:
            output_shape: Any = layer.output_shape
        except AttributeError:
            output_shape = "multiple"
        except RuntimeError:
            output_shape = "?"
        fields = [f"{layer.name} ({type(layer).__name__})", output_shape]
        if self.relevant_nodes is not None:
            fields += [layer.count_params(), self._connections(layer)]
        elif layer.built or layer._is_graph_network:
            fields.append(layer.count_params())
        else:
            fields.append("0 (unused)")
        if self.show_trainable:
            fields.append("Y" if layer.trainable else "N")
        return fields

    def _connections(self, layer: Any) -> list[str]:
        """Return where the inputs of a layer come from: `dense[0][0]` is the first output of the
        first node of `dense`."""
        return [
            f"{inbound_layer.name}[{node_index}][{tensor_index}]"
            for node in layer._inbound_nodes
            if not self.relevant_nodes or node in self.relevant_nodes
            for inbound_layer, node_index, tensor_index, _ in node.iterate_inbound()
        ]

    def _print_layer(self, layer: Any, nested: int = 0, last: bool = False) -> None:
        self._print_row(self._fields(layer), nested)
        inner = getattr(layer, "layers", None)
        if self.expand_nested and inner:
            self._print_frame(nested + 1, "¯")
            for child in inner:
                self._print_layer(child, nested + 1, child is inner[-1])
            self._print_frame(nested, "¯")
            last = True  # no empty line follows a frame
        if not last:
            self._print_frame(nested, " ")

    def _print_frame(self, nested: int, filling: str) -> None:
        """Print a line between the frames of nested models."""
        self.print_fn("|" * nested + filling * (self.length - 2 * nested) + "|" * nested)

    def _print_row(self, fields: list[Any], nested: int = 0) -> None:
        """Print fields in columns; a field that is too long continues on the next line."""
        left = [str(field) for field in fields]
        while any(left):
            line = ""
            for column in range(len(left)):
                end = self.ends[column]
                first, last = column == 0, column == len(self.ends) - 1
                room = end - (self.ends[column - 1] if column else 0)
                room -= (0 if last else 3) + (nested if first else 0)
                part = left[column][: room if room > 0 else 1]
                ends_of_shapes = [part.find(end) + len(end) for end in _BREAKS if end in part]
                part = part[: min(ends_of_shapes, default=len(part))]
                left[column] = left[column][len(part) :]
                line += ("|" * nested + " " if first else "") + part + ("" if last else "  ")
                line = line.ljust(end - nested if last else end)
            self.print_fn(line + "|" * nested)

    def _print_totals(self) -> None:
        counts = {
            "Total": self.model.weights,
            "Trainable": self.model.trainable_weights,
            "Non-trainable": self.model.non_trainable_weights,
        }
        for label, weights in counts.items():
            count = sum(int(np.prod(tuple(weight.shape))) for weight in weights)
            size = sum(backend.get_value(weight).nbytes for weight in weights)
            self.print_fn(f"{label} params: {count} ({readable_memory_size(size)})")


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
        if self.arg_names[0] in kwargs:  # an IndexError if `call` takes nothing, as in Keras
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
