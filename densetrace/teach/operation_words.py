"""The words that fill the gaps in the text of an operation.

Most come from the shapes of its operands and from arguments that a step leaves out where they are
at their default.
"""

import math
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.values import Items, Tensor, Value
from densetrace.data.wording import in_sentence, joined, number, plain, result, shape_text
from densetrace.teach.window_words import windows_of

Word = Callable[[Step], str | None]

# -- where it was called ---------------------------------------------------------------------------

_OWN_FILES: Final = {
    "keras/_random.py": ("keras/backend.py", "RandomGenerator"),
    "keras/engine/_layer_losses.py": ("keras/engine/base_layer.py", "Layer"),
    "keras/engine/_layer_state.py": ("keras/engine/base_layer.py", "Layer"),
    "keras/_callbacks_base.py": ("keras/callbacks.py", "Callback"),
    "keras/_callbacks_checkpoint.py": ("keras/callbacks.py", "ModelCheckpoint"),
    **{
        f"keras/engine/_{part}.py": ("keras/engine/training.py", "Model")
        for part in ("model_saving", "training_loops", "training_on_batch", "training_steps")
    },
}
"""Files of our stack that hold a part of one of Keras's: that file, and the class in it."""

_OWN_METHODS: Final = {
    "BatchNormalizationBase._statistics": "BatchNormalizationBase.call",
    "BatchNormalizationBase._corrected": "BatchNormalizationBase.call",
    "LayerNormalization._normalized": "LayerNormalization.call",
    "_Merge._merged_with_unknown_ranks": "_Merge.call",
}
"""Methods that only our stack has: the method of Keras's that they are a part of."""

_PRIVATE: Final = re.compile(r"_(?!_)\w*$")


def _caller(step: Step) -> str:
    """Where it was called, to go on after the name of a place: `; called in keras/...`."""
    where = step.where
    if where is None or where.file.startswith("<"):
        return ""
    file = where.file.removeprefix("densetrace/").replace("keras/src/", "keras/", 1)
    function = where.function.partition(".<locals>")[0]
    if file.startswith("tensorflow/"):
        return "; called inside TensorFlow"
    keras_place = _OWN_FILES.get(file)
    if keras_place is not None and file.startswith("keras/"):
        file, cls = keras_place
        function = f"{cls}.{function.rpartition('.')[2]}"
    function = _OWN_METHODS.get(function, function)
    # A module's private function is our own; methods are named as Keras names them.
    if file.startswith("keras/") and _PRIVATE.match(function):
        return f"; called in {plain(file)}"
    if function in ("", "<module>"):
        return f"; called by line {where.line} of {plain(file)}"
    return f"; called in {plain(file)}, {plain(function)}"


# -- operands --------------------------------------------------------------------------------------


def tensors(step: Step) -> list[Tensor]:
    """The tensors among the inputs of a step."""
    return [value for value in step.inputs.values() if isinstance(value, Tensor)]


def operands(step: Step) -> str:
    """The tensors among the inputs of a step, joined."""
    return " and ".join(map(in_sentence, tensors(step))) or "no tensor"


def tensor(position: int, step: Step) -> str:
    """The tensor at a position among the inputs of a step."""
    found = tensors(step)
    return in_sentence(found[position] if position < len(found) else None)


def _from_operands(step: Step) -> str:
    return f" from {operands(step)}" if tensors(step) else ""


def _size_of_first(step: Step) -> str:
    found = tensors(step)
    if not found or None in found[0].shape:
        return "elements"
    count = found[0].size
    return f"{count:,} element{'s' * (count != 1)}"


def _stretched(step: Step) -> str:
    """A sentence on broadcasting, where two tensors differ in shape."""
    shapes = [found.shape for found in tensors(step)]
    if len(shapes) < 2 or shapes[0] == shapes[1] or () in shapes:
        return ""
    return " The shapes differ, so broadcasting repeats elements until they match."


# -- axes ------------------------------------------------------------------------------------------


def _numbers(value: Value) -> list[Value]:
    return list(value.items) if isinstance(value, Items) else [value]


def _axes(step: Step) -> str:
    """The axes that a reduction runs over."""
    axis, found = step.inputs.get("axis"), tensors(step)
    if axis is None:
        return "its only element" if found and not found[0].shape else "all axes"
    names = [in_sentence(one) for one in _numbers(axis)]
    return f"ax{'i' if len(names) == 1 else 'e'}s {joined(names) or 'none'}"


def _axis(default: str, step: Step) -> str:
    axis = step.inputs.get("axis")
    return default if axis is None else f"axis {in_sentence(axis)}"


def _along_axis(step: Step) -> str:
    axis = step.inputs.get("axis")
    return ", as one row" if axis is None else f" along axis {in_sentence(axis)}"


def _last_axis(step: Step) -> str:
    axis = step.inputs.get("axis")
    return "the last axis" if axis in (None, -1) else f"axis {in_sentence(axis)}"


def _keeping_axes(step: Step) -> str:
    if step.inputs.get("keepdims") is not True:
        return ""
    return " The axes stay, with size 1, because of keepdims=True."


def _axis_order(step: Step) -> str:
    perm = step.inputs.get("perm")
    return "reverse order" if perm is None else f"the order {in_sentence(perm)}"


def _squeezed(step: Step) -> str:
    axis = step.inputs.get("axis")
    return "all axes of size 1" if axis is None else f"axis {in_sentence(axis)}, of size 1,"


def _order(step: Step) -> str:
    """How a running total runs, where it does so in an unusual way."""
    ways = {"exclusive": "without the element itself", "reverse": "from the end"}
    used = [says for name, says in ways.items() if step.inputs.get(name) is True]
    return f", {' and '.join(used)}" if used else ""


# -- products --------------------------------------------------------------------------------------


def _products(step: Step) -> str:
    """How the elements of a matrix product come about."""
    found, made = tensors(step), result(step)
    swapped = any(step.inputs.get(name) is True for name in ("transpose_a", "adjoint_a"))
    inner: int | None = None
    if found and len(found[0].shape) > 1:
        inner = found[0].shape[-2 if swapped else -1]
    terms = "products" if inner is None else f"{inner:,} product{'s' * (inner != 1)}"
    known = isinstance(made, Tensor) and made.shape and None not in made.shape
    sizes = "x".join(map(str, made.shape)) if isinstance(made, Tensor) and known else ""
    results = f"the {sizes} results" if sizes else "its elements"
    return f"each of {results} is a sum of {terms}"


def _paired(step: Step) -> str:
    """The axes that a tensordot sums over."""
    axes = step.inputs.get("axes")
    if isinstance(axes, Items) and len(axes.items) == 2:
        first, second = (joined(map(in_sentence, _numbers(one))) for one in axes.items)
        return f"axis {first} of the first and axis {second} of the second"
    if isinstance(axes, int):
        return f"the last {axes} of the first's axes and the first {axes} of the second's"
    return "axes of both"


# -- parts -----------------------------------------------------------------------------------------

_ITEMS: Final = {"None": "a new axis"}


def _item(value: Value) -> str:
    words = in_sentence(value)
    return _ITEMS.get(words, words)


def _index(step: Step) -> str:
    """The index of a slice: `[1:, 0]`."""
    return f"[{', '.join(map(_item, _numbers(step.inputs.get('key'))))}]"


def _on_off(step: Step) -> str:
    on, off = (step.inputs.get(name) for name in ("on_value", "off_value"))
    return (
        f"{in_sentence(1 if on is None else on)} at the class and "
        f"{in_sentence(0 if off is None else off)} elsewhere"
    )


def _filling(step: Step) -> str:
    mode = step.inputs.get("mode")
    if isinstance(mode, str) and mode.upper() != "CONSTANT":
        return "its own elements, mirrored"
    value = step.inputs.get("constant_values")
    return f"elements of value {in_sentence(0 if value is None else value)}"


def _inferred(step: Step) -> str:
    """What -1 in a new shape stands for."""
    shape, made = step.inputs.get("shape"), result(step)
    sizes = _numbers(shape)
    if -1 not in sizes or not isinstance(made, Tensor):
        return ""
    at = sizes.index(-1)
    size = made.shape[at] if at < len(made.shape) else None
    return "" if size is None else f"; -1 stands for {size:,}, which is what is left"


# -- random numbers --------------------------------------------------------------------------------


def _count(step: Step) -> str:
    """How many random numbers are drawn."""
    made = result(step)
    if isinstance(made, Tensor) and None not in made.shape:
        count = math.prod(size for size in made.shape if size is not None)
        return f"{count:,} random number{'s' * (count != 1)}"
    return f"random numbers of shape {shape_text(step.inputs.get('shape'))}"


def _or(name: str, default: Value, step: Step) -> str:
    value = step.inputs.get(name)
    return number(default if value is None else value)


def _either(names: tuple[str, ...], step: Step) -> str | None:
    """An input by the name that it has here or in a raw operation of TensorFlow."""
    found = next((name for name in names if name in step.inputs), None)
    return None if found is None else in_sentence(step.inputs[found])


WORDS: Final[Mapping[str, Word]] = {
    "alpha_or_usual": partial(_or, "alpha", 0.2),
    "along_axis": _along_axis,
    "axes": _axes,
    "axis_or_first": partial(_or, "axis", 0),
    "axis_order": _axis_order,
    "caller": _caller,
    "condition": partial(_either, ("condition", "input")),
    "count": _count,
    "filling": _filling,
    "first": partial(tensor, 0),
    "first_axis": partial(_axis, "axis 0"),
    "from_operands": _from_operands,
    "index": _index,
    "inferred": _inferred,
    "keeping_axes": _keeping_axes,
    "last_axis": _last_axis,
    "logits": partial(_either, ("logits", "features")),
    "mean_or_usual": partial(_or, "mean", 0),
    "on_false": partial(_either, ("y", "e")),
    "on_off": _on_off,
    "on_true": partial(_either, ("x", "t")),
    "one_axis": partial(_axis, "axis 0"),
    "operands": operands,
    "order": _order,
    "paired": _paired,
    "products": _products,
    "second": partial(tensor, 1),
    "size_of_first": _size_of_first,
    "squeezed": _squeezed,
    "splits": partial(_either, ("num_or_size_splits", "size_splits")),
    "stddev_or_usual": partial(_or, "stddev", 1),
    "stretched": _stretched,
    "windows": windows_of,
    "value": lambda step: number(step.inputs.get("value", result(step))),
}
