"""A picture of a model of a trace: boxes for layers, arrows for what they hand on.

| | |
|---|---|
| `pictured(trace)` | the models that are worth a picture |
| `lines(model, width)` | the picture in a terminal: one line where the layers are a chain |
| `svg(model, others)` | the picture as an SVG document, for a file or a `data:` URL |
| `in_words(model)` | what leads where, in sentences |
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Final, NamedTuple, TypeAlias

from densetrace.data.graph_layout import Edge, arranged, ranks_of
from densetrace.data.picture import Box, Picture
from densetrace.data.trace import Trace
from densetrace.data.wording import joined
from densetrace.kinds.spans import Span, Spans
from densetrace.render.cells import cell_len
from densetrace.render.models import Layer, Model, chain, edges, models, outermost
from densetrace.system.escape import shortened, visible

LONGEST_NAME: Final = 24
MOST_LINES: Final = 24
"""A picture of more lines is not drawn in a terminal."""

_GAP: Final = 3


def pictured(trace: Trace) -> list[Model]:
    """The models of a trace whose layers are all known, without those inside another one."""
    return outermost(models(trace))


def in_words(model: Model) -> str:
    """What leads where: `entry leads to dense and dense_1; dense leads to add`."""
    targets: dict[str, list[str]] = {layer.name: [] for layer in model.layers}
    for source, target in edges(model):
        targets[source].append(target)
    parts = [f"{name} leads to {joined(found)}" for name, found in targets.items() if found]
    return "; ".join(parts)


# -- SVG ------------------------------------------------------------------------------------------


def svg(model: Model, others: Sequence[Model] = ()) -> str:
    """The picture as an SVG document for light and dark pages, with frames around nested models.

    Args:
        model: a model of a trace.
        others: the models of the trace; one that is a layer of `model` is drawn in a frame.
    """
    picture = Picture(model.name)
    nested = {other.name: other for other in others if other.name != model.name}
    _draw(picture, model, nested, (), "")
    return picture.create().decode()


def _draw(
    picture: Picture, model: Model, nested: dict[str, Model], group: tuple[str, ...], prefix: str
) -> tuple[list[str], list[str]]:
    """Add the boxes and arrows of a model. Returns the boxes that nothing leads to, and those that
    lead nowhere: arrows to a nested model go to the first, arrows from it come from the others."""
    entries: dict[str, list[str]] = {}
    exits: dict[str, list[str]] = {}
    before = len(picture.boxes)
    if model.is_sequential and not group:
        shape = model.layers[0].inputs[0]
        picture.boxes[key := f"{prefix}{shape}"] = Box((((shape, "aside"),),), group)
        entries[shape] = exits[shape] = [key]
    for layer in model.layers:
        inner = nested.get(layer.name)
        key = f"{prefix}{layer.name}"
        if inner is not None and len(group) < _DEEPEST:
            entries[layer.name], exits[layer.name] = _draw(
                picture, inner, nested, (*group, layer.name), f"{key}/"
            )
            continue
        picture.boxes[key] = Box(tuple(_rows(layer)), group)
        entries[layer.name] = exits[layer.name] = [key]
    for layer in model.layers:
        for source in dict.fromkeys(layer.inputs):
            if source == layer.name or source not in exits:
                continue
            for src in exits[source]:
                picture.edges |= dict.fromkeys((src, dst) for dst in entries[layer.name])
    new = list(picture.boxes)[before:]
    targets, sources = {dst for _, dst in picture.edges}, {src for src, _ in picture.edges}
    firsts = [key for key in new if key not in targets]
    lasts = [key for key in new if key not in sources]
    return firsts or new[:1], lasts or new[-1:]


_DEEPEST: Final = 4
"""How deep models are drawn inside models."""


def _rows(layer: Layer) -> Iterator[tuple[tuple[str, str], ...]]:
    name, cls = (shortened(text, LONGEST_NAME) for text in (layer.name, layer.cls))
    yield (name, "name"), (cls, "class")
    if layer.shapes:
        yield ("output:", "aside"), (shortened(layer.shape, 2 * LONGEST_NAME), "shape")
    if layer.parameters:
        yield ("parameters:", "aside"), (f"{layer.parameters:,}", "shape")


# -- a terminal -----------------------------------------------------------------------------------

_UP, _DOWN, _LEFT, _RIGHT = 1, 2, 4, 8
_SIGNS: Final = {
    _UP | _DOWN: "│", _LEFT | _RIGHT: "─",
    _DOWN | _RIGHT: "┌", _DOWN | _LEFT: "┐", _UP | _RIGHT: "└", _UP | _LEFT: "┘",
    _UP | _DOWN | _RIGHT: "├", _UP | _DOWN | _LEFT: "┤", _DOWN | _LEFT | _RIGHT: "┬",
    _UP | _LEFT | _RIGHT: "┴", _UP | _DOWN | _LEFT | _RIGHT: "┼",
}  # fmt: skip
_TIP: Final = "▼"
_DRAWN: Final = frozenset((*_SIGNS.values(), _TIP, "▶"))


def lines(model: Model, width: int) -> list[Spans]:
    """The picture in a terminal; empty where it does not fit into `width` and `MOST_LINES`."""
    names = {layer.name: visible(shortened(layer.name, LONGEST_NAME)) for layer in model.layers}
    line = visible(chain(model))
    if line and cell_len(line) <= width:
        return [_styled(line)]
    boxes, arrows = {name: f"[ {shown} ]" for name, shown in names.items()}, edges(model)
    if not _may_fit(boxes, arrows, width):
        return []
    drawn = _drawn(boxes, arrows)
    if len(drawn) > MOST_LINES or max(map(cell_len, drawn)) > width:
        return []
    return [_styled(line) for line in drawn]


def _may_fit(texts: dict[str, str], edges: Sequence[Edge], width: int) -> bool:
    """Whether a picture has at least room for the boxes of each rank and the arrows past them.
    Drawing a large model takes long, and the picture would not be shown."""
    ranks = ranks_of(texts, edges)
    last = max(ranks.values())
    if 2 * last + 1 > MOST_LINES:
        return False
    cells = [0] * (last + 1)
    for name, text in texts.items():
        cells[ranks[name]] += cell_len(text)
    for source, target in set(edges):
        for rank in range(ranks[source] + 1, ranks[target]):
            cells[rank] += 1
    return max(cells) <= width


def _styled(line: str) -> Spans:
    """A line of the picture; what is drawn in it recedes behind the names."""
    return tuple(
        Span("".join(run), "aside" if is_drawn else "text")
        for is_drawn, run in groupby(line, key=_DRAWN.__contains__)
    )


def _drawn(texts: dict[str, str], edges: Sequence[Edge]) -> list[str]:
    """The rows of the picture: a row for each rank of boxes, and between them a channel of rows in
    which arrows run across."""
    points, paths = arranged({name: cell_len(text) for name, text in texts.items()}, edges, _GAP)
    bends = [point for path in paths.values() for point in path]
    left = min(point.across - point.size / 2 for point in (*points.values(), *bends))
    column = {id(point): round(point.across - left) for point in (*points.values(), *bends)}
    boxes = {id(point) for point in points.values()}
    canvas: _Canvas = defaultdict(dict)
    top = 0
    for rank in range(max(point.rank for point in points.values()) + 1):
        for name, point in points.items():
            if point.rank == rank:
                canvas[top][max(0, column[id(point)] - int(point.size) // 2)] = texts[name]
        links = [
            _Link(edge, column[id(one)], column[id(other)], id(other) in boxes)
            for edge, path in paths.items()
            for one, other in pairwise(path)
            if one.rank == rank
        ]
        top = _draw_channel(canvas, top + 1, links)
    return [_row_text(canvas[row]) for row in range(top)]


_Canvas: TypeAlias = "defaultdict[int, dict[int, str]]"
"""The texts of each row, by the column where they begin."""


class _Link(NamedTuple):
    """An arrow, or a part of one, through a channel: where it begins and ends, and whether it ends
    at a box."""

    edge: Edge
    start: int
    end: int
    to_box: bool


def _draw_channel(canvas: _Canvas, top: int, links: list[_Link]) -> int:
    """Draw the arrows between two ranks of boxes. Returns the row of the next rank."""
    if not links:
        return top
    nets = _nets(links)
    rows = {edge: top + number for number, net in enumerate(nets) for edge in net}
    bottom = top + len(nets)
    parts: defaultdict[tuple[int, int], list[tuple[int, Edge]]] = defaultdict(list)
    for edge, start, end, to_box in links:
        bend = rows.get(edge, bottom)
        for row in range(top, bottom):
            if row != bend:
                parts[row, start if row < bend else end].append((_UP | _DOWN, edge))
        if start != end:
            ahead, back = (_RIGHT, _LEFT) if start < end else (_LEFT, _RIGHT)
            parts[bend, start].append((_UP | ahead, edge))
            parts[bend, end].append((_DOWN | back, edge))
            for column in range(min(start, end) + 1, max(start, end)):
                parts[bend, column].append((_LEFT | _RIGHT, edge))
        canvas[bottom][end] = _TIP if to_box else _SIGNS[_UP | _DOWN]
        if not to_box:  # past the boxes of the next rank
            canvas[bottom + 1][end] = _SIGNS[_UP | _DOWN]
    for (row, column), found in parts.items():
        canvas[row][column] = _sign(found)
    return bottom + 1


def _nets(links: list[_Link]) -> list[set[Edge]]:
    """The arrows that share a row across, from the top: those from one box, or to one box. An arrow
    that ends below the begin of another one gets a lower row, so that they do not run over each
    other."""
    bending = [link for link in links if link.start != link.end]
    count = Counter(link.edge[0] for link in bending)
    nets: defaultdict[tuple[bool, str | int], list[_Link]] = defaultdict(list)
    for link in bending:
        from_one = count[link.edge[0]] > 1
        nets[from_one, link.edge[0] if from_one else link.end].append(link)
    waiting = list(nets.values())
    found: list[set[Edge]] = []
    while waiting:
        ends = [{link.end for link in net} for net in waiting]
        free = (
            position
            for position, net in enumerate(waiting)
            if not any(
                link.start in ends[other]
                for other in range(len(waiting))
                if other != position
                for link in net
            )
        )
        found.append({link.edge for link in waiting.pop(next(free, 0))})
    return found


def _sign(parts: list[tuple[int, Edge]]) -> str:
    """The sign of a cell. Arrows that have neither begin nor end in common cross: the one that
    leads down is drawn over the other."""
    down = {edge for mask, edge in parts if mask == _UP | _DOWN}
    across = {edge for mask, edge in parts if mask & (_LEFT | _RIGHT)}
    if down and across and not any(set(one) & set(other) for one in down for other in across):
        return _SIGNS[_UP | _DOWN]
    union = 0
    for mask, _ in parts:
        union |= mask
    return _SIGNS[union]


def _row_text(texts: dict[int, str]) -> str:
    line = ""
    for column, text in sorted(texts.items()):
        line += " " * (column - cell_len(line)) + text
    return line
