"""The models of a trace: their layers, in the order in which they run, as a table."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from densetrace.data.order import OUTSIDE
from densetrace.data.steps import ABSENT, Step
from densetrace.data.trace import Trace
from densetrace.data.values import Instance, Items, Tensor, Value, counted
from densetrace.data.values import Mapping as Dict
from densetrace.data.wording import plain, shape_text
from densetrace.kinds.spans import Span, Spans
from densetrace.render.layout import size_of
from densetrace.render.lines import Figure, table

MOST_MODELS: Final = 3
MOST_ROWS: Final = 20
WIDEST: Final = 30
"""The characters of a cell. A longer one has no class after the name of a layer, or is cut."""

_HEAD: Final = ("layer", "output", "parameters", "inputs")


class Layer(NamedTuple):
    """A layer of a model: its name and class, the shapes of its outputs, the number of its
    parameters, and the layers whose outputs it gets."""

    name: str
    cls: str
    shapes: tuple[Value, ...]
    parameters: int | None
    inputs: tuple[str, ...]

    @property
    def shape(self) -> str:
        """Its output shape: `(None, 64)`."""
        return " or ".join(map(shape_text, self.shapes))


class Model(NamedTuple):
    """A model and its first layers; `total` is how many it has."""

    name: str
    layers: tuple[Layer, ...]
    total: int
    is_sequential: bool

    @property
    def parameters(self) -> int | None:
        """How many parameters its layers have together; None if that is unknown or 0."""
        each = [layer.parameters for layer in self.layers]
        if len(each) < self.total or None in each:
            return None
        return sum(count or 0 for count in each) or None


def models(trace: Trace) -> list[Model]:
    """The functional and sequential models of a trace whose layers have run, in order of their
    creation. A `Sequential` of one layer is none."""
    order = trace.order
    graphs: dict[str, Model] = {}
    stacks: dict[str, list[tuple[str, str]]] = {}
    found: dict[str, None] = {}
    calls: dict[str, Step] = {}
    parameters: dict[str, dict[int, int]] = {}
    for position, step in enumerate(order.steps):
        name = step.subject
        if step.kind == "add_weight":
            around = position
            while around != OUTSIDE:  # of every layer that it is made in
                inside = order.steps[around]
                if inside.subject is not None and isinstance(step.result, Tensor):
                    of_layer = parameters.setdefault(inside.subject, {})
                    of_layer[step.id] = step.result.size
                around = order.parents[around]
        elif name is None:
            continue
        elif step.kind == "graph":
            model = _functional(step, name)
            if model is not None:
                graphs[name] = model
                found[name] = None
        elif step.kind == "add" and step.error is None:
            layer = step.inputs.get("layer")
            if isinstance(layer, Instance) and layer.cls != "InputLayer":
                stacks.setdefault(name, []).append((layer.label, layer.cls))
                found[name] = None
        elif step.kind == "pop" and stacks.get(name):
            stacks[name].pop()
        elif step.kind == "invoke" and step.result is not ABSENT:
            calls.setdefault(name, step)
    for name, stack in stacks.items():
        if len(stack) > 1 and all(layer in calls for layer, _ in stack):
            graphs[name] = _sequential(name, stack, calls, parameters, graphs)
    return [graphs[name] for name in found if name in graphs]


def _functional(step: Step, name: str) -> Model | None:
    listed = step.facts.get("layers")
    if not isinstance(listed, Items):
        return None
    layers = []
    for entry in listed.items:
        if not isinstance(entry, Dict):
            continue
        shapes, count, inputs = map(entry.get, ("output_shapes", "parameters", "inputs"))
        layers.append(
            Layer(
                plain(entry.get("name")),
                plain(entry.get("class")),
                shapes.items if isinstance(shapes, Items) else (),
                count if isinstance(count, int) else None,
                tuple(map(plain, inputs.items)) if isinstance(inputs, Items) else (),
            )
        )
    return Model(name, tuple(layers), listed.length, False) if layers else None


def _sequential(
    name: str,
    stack: list[tuple[str, str]],
    calls: dict[str, Step],
    parameters: dict[str, dict[int, int]],
    known: dict[str, Model],
) -> Model:
    layers = []
    before = _SAMPLE
    for layer, cls in stack:
        result = calls[layer].result
        outputs = result.items if isinstance(result, Items) else (result,)
        shapes = [
            Items("tuple", one.shape, len(one.shape)) for one in outputs if isinstance(one, Tensor)
        ]
        counts = [one.parameters or 0 for one in known[layer].layers] if layer in known else []
        count = sum(counts) or sum(parameters.get(layer, {}).values())
        layers.append(Layer(plain(layer), plain(cls), tuple(shapes), count, (before,)))
        before = plain(layer)
    return Model(name, tuple(layers), len(layers), True)


_SAMPLE: Final = "input"
"""What the first layer of a `Sequential` gets."""


def outermost(found: Sequence[Model]) -> list[Model]:
    """The models whose layers are all known, without those inside another one."""
    inside = {layer.name for model in found for layer in model.layers}
    whole = (model for model in found if model.total == len(model.layers))
    return [model for model in whole if model.name not in inside]


def edges(model: Model) -> list[tuple[str, str]]:
    """The arrows between the layers of a model, each once."""
    names = {layer.name for layer in model.layers}
    return list(
        dict.fromkeys(
            (source, layer.name)
            for layer in model.layers
            for source in layer.inputs
            if source in names and source != layer.name
        )
    )


def chain(model: Model) -> str:
    """`dense ─▶ dropout ─▶ dense_1`; empty where a layer has several inputs or outputs."""
    names = [layer.name for layer in model.layers]
    if len(names) != model.total or any(len(layer.inputs) > 1 for layer in model.layers):
        return ""
    if len(names) < 2 or edges(model) != list(pairwise(names)):
        return ""
    return " ─▶ ".join(names)


def tables(
    found: Sequence[Model], parameters: str = "", *, are_trainable: bool = False
) -> Iterator[Spans]:
    """A table for each of the last models. `parameters` says how many a single model has, and
    `are_trainable` that all of them are trainable."""
    for model in found[-MOST_MODELS:]:
        yield from _table(model, parameters, are_trainable)
    if len(found) > MOST_MODELS:
        yield (Span(f"{counted(len(found) - MOST_MODELS, 'model')} more.", "aside"),)


def _table(model: Model, parameters: str, are_trainable: bool) -> Iterator[Spans]:
    head = _HEAD
    if are_trainable:  # in few words beside the inputs
        counted_ones = "trainable parameters" if model.is_sequential else "trainable"
        head = (*_HEAD[:2], counted_ones, _HEAD[3])
    rows = [head, *(_row(layer) for layer in model.layers[:MOST_ROWS])]
    if model.total > MOST_ROWS:
        rows.append((f"{model.total - MOST_ROWS:,} more", "", "", ""))
    if model.is_sequential:  # each layer gets the output of the layer before it
        rows = [(*row[:3], "") for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    yield _heading(model, parameters)
    yield from table(
        [
            (
                name.ljust(widths[0]),
                output.ljust(widths[1]),
                parameters.ljust(widths[2]) if number == 0 else parameters.rjust(widths[2]),
                inputs,
            )
            for number, (name, output, parameters, inputs) in enumerate(rows)
        ]
    )


def _heading(model: Model, parameters: str) -> Figure:
    """`Layers of net (9 parameters): dense ─▶ dense_1`, where that is true and fits; else how many
    layers there are."""
    named: tuple[Span, ...] = Span("Layers of "), Span(plain(model.name), "name")
    if parameters:
        named = (*named, Span(f" ({parameters})"))
    words = (*named, Span(f", in the order in which they run ({model.total:,}):"))
    picture = chain(model)
    pictured = (*named, Span(": "), Span(picture))
    fits = bool(picture) and size_of(pictured)

    def draw(width: int) -> tuple[Spans]:
        return (pictured if fits and fits <= width else words,)

    return Figure(words, draw)


def _row(layer: Layer) -> tuple[str, str, str, str]:
    both = f"{layer.name} ({layer.cls})"
    return (
        both if len(both) <= WIDEST else _cut(layer.name),
        _cut(layer.shape),
        "?" if layer.parameters is None else f"{layer.parameters:,}",
        _cut(", ".join(layer.inputs)),
    )


def _cut(text: str) -> str:
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 3]}..."
