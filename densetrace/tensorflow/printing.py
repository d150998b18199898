"""`tf.print`: prints tensors on standard error; in a graph, each time the graph runs.

Follows tensorflow/python/ops/logging_ops.py, print_v2, and the element formats of
core/framework/tensor.cc.
"""

import pprint
import sys
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from densetrace.tensorflow.graph_operation import Operation, operation_in_graph
from densetrace.tensorflow.nest import flatten, pack_like
from densetrace.tensorflow.operation import export
from densetrace.tensorflow.replay import OwnOperation
from densetrace.tensorflow.symbolic import Node, Symbol, current_graph
from densetrace.tensorflow.tensor import Array, Operators, Tensor

_STREAMS: Final = ("stderr", "stdout")


class _Print(OwnOperation):
    """Prints a template, with tensors filled in."""

    operand_names = ("inputs",)
    operand_roles = ("list",)

    def compute(
        self, operands: tuple[Any, ...], attributes: dict[str, Any], *arrays: Array
    ) -> list[Array]:
        """Print the template."""
        _print(list(arrays), **attributes)
        return []

    def run(self, operands: tuple[Any, ...], attributes: dict[str, Any]) -> list[Any]:
        """Print the template; in a graph, add a node that prints it."""
        graph = current_graph()
        if graph is None:
            return self.compute(operands, attributes, *[one._array for one in operands[0]])
        graph.nodes.append(Node(self, operands, attributes, []))
        return []


_PRINT: Final = _Print("PrintV2")


class _Hole:
    """Marks the position of a tensor in a template."""

    def __repr__(self) -> str:
        return "\0"


_HOLE: Final = _Hole()


class _Number:
    """A number of NumPy, printed without its type: as by NumPy 1, with which TensorFlow runs."""

    def __init__(self, number: Any) -> None:
        self._number = number

    def __repr__(self) -> str:
        return str(self._number)


@export("print")
def print_(*inputs: Any, **kwargs: Any) -> Operation | None:
    """Print tensors and other objects, on standard error unless `output_stream` is given.

    Args:
        inputs: what to print; nests of tensors too.
        output_stream: `sys.stderr`, `sys.stdout`, or `file://` with a path.
        summarize: the number of elements to print at each end of an axis: 3, or -1 for all.
        sep: the separator between the inputs, a space.
        end: the text after the last input, a new line.

    Raises:
        ValueError: for an unknown argument or output stream.
    """
    stream = kwargs.pop("output_stream", sys.stderr)
    kwargs.pop("name", None)
    summarize = kwargs.pop("summarize", 3)
    sep, end = kwargs.pop("sep", " "), kwargs.pop("end", None)
    if kwargs:
        raise ValueError(f"Unrecognized keyword arguments for tf.print: {kwargs}")
    tensors: list[Any] = []
    template = sep.join(_template(one, tensors) for one in inputs)
    attributes = {
        "template": template,
        "stream": _stream_of(stream),
        "summarize": summarize,
        "end": "\n" if end is None else end,
    }
    if current_graph() is None and any(isinstance(one, Symbol) for one in tensors):
        raise TypeError(
            "tf.print takes no symbolic input or output of Keras. Call it inside of a layer's "
            "`call`."
        )
    _PRINT.run((tensors,), attributes)
    return operation_in_graph("PrintV2")


def _template(given: Any, tensors: list[Any]) -> str:
    """The printed form of an input, with a hole for each tensor."""
    if isinstance(given, str):
        return given.replace("\0", "")
    leaves: list[Any] = []
    for leaf in flatten(given):
        if isinstance(leaf, Operators):
            tensors.append(leaf if isinstance(leaf, Tensor | Symbol) else leaf.value())
            leaves.append(_HOLE)
        else:
            leaves.append(_Number(leaf) if isinstance(leaf, np.number | np.bool_) else leaf)
    return pprint.pformat(pack_like(given, leaves))


def _stream_of(stream: Any) -> str:
    for name in _STREAMS:
        if stream in (getattr(sys, name), getattr(sys, f"__{name}__"), name):
            return name
    if isinstance(stream, str) and stream.startswith("file://"):
        return stream
    raise ValueError(
        "Unknown output stream. tf.print writes to sys.stdout, sys.stderr or file:// with a path. "
        f"Received: {stream!r:.80}"
    )


def _print(arrays: list[Array], template: str, stream: str, summarize: int, end: str) -> None:
    parts = template.split("\0")
    alone = len(arrays) == 1 and parts == ["", ""]
    texts = [text_of(array, summarize, quoted=not alone or array.ndim > 0) for array in arrays]
    text = "".join(part + after for part, after in zip(parts, [*texts, ""], strict=True)) + end
    if stream.startswith("file://"):
        with open(stream.removeprefix("file://"), "a", encoding="utf-8") as file:
            file.write(text)
        return
    target = getattr(sys, stream)
    target.write(text)
    target.flush()


def text_of(array: Array, summarize: int, quoted: bool = True) -> str:
    if array.ndim == 0:
        return _element(array[()], quoted)
    return "".join(_rows(array, summarize, 1))


def _rows(array: Array, summarize: int, depth: int) -> Iterator[str]:
    """An array in brackets; the middle of a long axis is left out."""
    gap = " " if array.ndim == 1 else "\n" * (array.ndim - 1) + " " * depth
    count = len(array)
    is_short = summarize < 0 or count <= 2 * summarize
    shown = (
        list(range(count)) if is_short else [*range(summarize), *range(count - summarize, count)]
    )
    yield "["
    for order, at in enumerate(shown):
        if order:
            yield gap
        if not is_short and order == summarize:
            yield f"...{gap}"
        if array.ndim == 1:
            yield _element(array[at], True)
        else:
            yield from _rows(array[at], summarize, depth + 1)
    yield "]"


def _element(item: Any, quoted: bool) -> str:
    if isinstance(item, bytes):
        text = item.decode("utf-8", "backslashreplace")
        return f'"{text}"' if quoted else text
    if isinstance(item, bool | np.bool_):
        return str(int(item))
    if isinstance(item, np.floating):
        return _float(item)
    if isinstance(item, np.complexfloating):
        return "?"  # as in TensorFlow, which has no text for it
    return str(item)


def _float(item: Any) -> str:
    """The shorter of two C `%g` formats that reads back as the same number."""
    if not np.isfinite(item):
        return "nan" if np.isnan(item) else "inf" if item > 0 else "-inf"
    if item.dtype == np.float16:
        item = np.float32(item)
    short, long = (15, 17) if item.dtype == np.float64 else (6, 9)
    text = f"{float(item):.{short}g}"
    return text if type(item)(text) == item else f"{float(item):.{long}g}"
