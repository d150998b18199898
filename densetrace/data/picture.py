"""A picture of boxes and arrows as SVG, in layers: every arrow leads to a later layer."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from typing import Any, Final, TypeAlias

from densetrace.data.graph_layout import Edge, arranged
from densetrace.system.escape import visible

Row: TypeAlias = tuple[tuple[str, str], ...]
"""A line of a box: texts, each with its style."""

_CHARACTER: Final = 8.45
"""The width of a character in pixels, at 14 pixels in a monospaced font."""
_LINE: Final = 20
_GAP: Final = 18
"""Between two texts of a line, two boxes of a rank, and the edge of a box and its texts."""
_BETWEEN_RANKS: Final = 46
_MARGIN: Final = 20
_FRAME: Final = 12

_STYLE: Final = """\
svg { color-scheme: light dark }
text { font: 14px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #1f2630;
  white-space: pre }
.paper { fill: #fdfdfc }
.box { fill: #f1f5f4; stroke: #8a9490 }
.frame { fill: none; stroke: #8a9490; stroke-dasharray: 5 4 }
.edge { fill: none; stroke: #57606c; stroke-width: 1.3 }
.tip { fill: #57606c }
.name { font-weight: bold }
.class { fill: #0a6374 }
.shape { fill: #22683a }
.aside { fill: #57606c }
@media (prefers-color-scheme: dark) {
  text { fill: #dbe1e8 }
  .paper { fill: #15181d }
  .box { fill: #20262e; stroke: #8793a2 }
  .frame { stroke: #8793a2 }
  .edge { stroke: #9da8b6 }
  .tip { fill: #9da8b6 }
  .class { fill: #78c8d8 }
  .shape { fill: #93d2a1 }
  .aside { fill: #9da8b6 }
}
"""


@dataclass(frozen=True, slots=True)
class Box:
    """A box: its lines, and the names of the frames around it, the outermost first."""

    rows: tuple[Row, ...]
    group: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[float, float]:
        """The width and the height in pixels."""
        width = max(map(_width_of, self.rows))
        return width + 2 * _GAP, len(self.rows) * _LINE + 14


def _width_of(row: Row) -> float:
    return sum(len(visible(text)) for text, _ in row) * _CHARACTER + _GAP * (len(row) - 1)


@dataclass
class Picture:
    """Boxes by their keys, and arrows as pairs of keys, each once. A notebook shows the picture."""

    name: str
    rankdir: str = "TB"
    dpi: float = 96
    boxes: dict[str, Box] = field(default_factory=dict)
    edges: dict[Edge, None] = field(default_factory=dict)

    def create(self, prog: Any = None, format: str = "svg") -> bytes:
        """Return the file as bytes.

        Args:
            prog: the program of graphviz; it is ignored.
            format: "svg", or "dot" or "raw" for text in the DOT language.

        Raises:
            ValueError: for another format.
        """
        if format == "svg":
            return "".join(_svg(self)).encode()
        if format in ("dot", "raw"):
            return self.to_string().encode()
        raise ValueError(f'format must be "svg" or "dot". Received: format={format!r}')

    def create_svg(self) -> bytes:
        """Return the SVG document as bytes."""
        return self.create()

    def write(self, path: Any, prog: Any = None, format: str = "svg") -> bool:
        """Write a file; the arguments are those of `create`."""
        data = self.create(prog, format)
        with open(path, "wb") as stream:
            stream.write(data)
        return True

    def to_string(self) -> str:
        """Return the picture in the DOT language of graphviz, without the frames."""
        lines = ["digraph G {", f"rankdir={self.rankdir};", "node [shape=record];"]
        names = {key: f"n{number}" for number, key in enumerate(self.boxes)}
        for key, box in self.boxes.items():
            rows = ("|".join(text for text, _ in row) for row in box.rows)
            label = "|".join(f"{{{row}}}" for row in rows).replace("\\", r"\\").replace('"', r"\"")
            lines.append(f'{names[key]} [label="{{{label}}}"];')
        lines += [f"{names[src]} -> {names[dst]};" for src, dst in self.edges]
        return "\n".join([*lines, "}", ""])

    def _repr_svg_(self) -> str:
        return self.create().decode()

    def __repr__(self) -> str:
        return f"<the picture of the model {self.name!r}: {len(self.boxes)} boxes>"


def _svg(picture: Picture) -> Iterator[str]:
    is_level = picture.rankdir in ("LR", "RL")
    sizes = {key: box.size for key, box in picture.boxes.items()}
    widths = {key: size[is_level] for key, size in sizes.items()}
    points, paths = arranged(widths, list(picture.edges), _GAP)
    depths = [0.0] * (max((point.rank for point in points.values()), default=0) + 1)
    for key, point in points.items():
        depths[point.rank] = max(depths[point.rank], sizes[key][not is_level])
    middles, edge = [], 0.0
    for depth in depths:
        middles.append(edge + depth / 2)
        edge += depth + _BETWEEN_RANKS
    flow = -1 if picture.rankdir in ("BT", "RL") else 1
    if flow < 0:
        middles = [edge - _BETWEEN_RANKS - middle for middle in middles]

    def at(across: float, along: float) -> tuple[float, float]:
        return (along, across) if is_level else (across, along)

    places = {
        key: (*at(point.across, middles[point.rank]), *sizes[key]) for key, point in points.items()
    }
    frames = list(_frames(picture, places))
    rectangles = [*places.values(), *(frame for _, frame in frames)]
    bends = [at(point.across, middles[point.rank]) for path in paths.values() for point in path]
    xs = [x + side * width / 2 for x, _, width, _ in rectangles for side in (-1, 1)]
    ys = [y + side * height / 2 for _, y, _, height in rectangles for side in (-1, 1)]
    xs += [x for x, _ in bends] or [0.0]
    ys += [y for _, y in bends] or [0.0]
    left, top = min(xs) - _MARGIN, min(ys) - _MARGIN
    width, height = max(xs) + _MARGIN - left, max(ys) + _MARGIN - top
    scale = picture.dpi / 96
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left:.1f} {top:.1f} {width:.1f} '
        f'{height:.1f}" width="{width * scale:.0f}" height="{height * scale:.0f}" role="img" '
        f'aria-labelledby="title">\n<title id="title">{_escaped(picture.name)}</title>\n'
        f"<style>\n{_STYLE}</style>\n"
        '<marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" '
        'orient="auto"><path class="tip" d="M0 1 10 5 0 9z"/></marker>\n'
        f'<rect class="paper" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" '
        f'height="{height:.1f}"/>\n'
    )
    for name, (x, y, across, down) in frames:
        yield f'<rect class="frame" {_corners(x, y, across, down)} rx="6"/>\n'
        yield _text(name, "aside", x - across / 2 + 8, y - down / 2 + 15)
    for src, dst in picture.edges:
        path = paths[src, dst]
        inner = [
            at(point.across, middles[point.rank] + side * flow * depths[point.rank] / 2)
            for point in path[1:-1]
            for side in (-1, 1)  # straight past the boxes of the rank
        ]
        begin, end = places[src], places[dst]
        yield f'<path class="edge" d="{_curve(begin, inner, end, picture.rankdir)}" '
        yield 'marker-end="url(#tip)"/>\n'
    for key, box in picture.boxes.items():
        yield from _drawn(box, places[key])
    yield "</svg>\n"


def _frames(
    picture: Picture, places: dict[str, tuple[float, float, float, float]]
) -> Iterator[tuple[str, tuple[float, float, float, float]]]:
    """Yield the name and the place of each frame, the outer ones first."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for key, box in picture.boxes.items():
        for depth in range(1, len(box.group) + 1):
            groups.setdefault(box.group[:depth], []).append(key)
    deepest = max((len(group) for group in groups), default=0)
    for group in sorted(groups, key=len):
        room = _FRAME * (1 + deepest - len(group))
        label = 26 * (1 + deepest - len(group))
        around = [places[key] for key in groups[group]]
        left = min(x - width / 2 for x, _, width, _ in around) - room
        right = max(x + width / 2 for x, _, width, _ in around) + room
        right = max(right, left + len(visible(group[-1])) * _CHARACTER + 16)
        top = min(y - height / 2 for _, y, _, height in around) - label
        bottom = max(y + height / 2 for _, y, _, height in around) + room
        yield group[-1], ((left + right) / 2, (top + bottom) / 2, right - left, bottom - top)


def _curve(begin: Any, inner: list[tuple[float, float]], end: Any, rankdir: str) -> str:
    """Return a path from the edge of a box to that of another one, through points between."""
    is_level, sign = rankdir in ("LR", "RL"), -1 if rankdir in ("BT", "RL") else 1

    def port(place: Any, side: int) -> tuple[float, float]:
        x, y, width, height = place
        return (x + side * width / 2, y) if is_level else (x, y + side * height / 2)

    points = [port(begin, sign), *inner, port(end, -sign)]
    path = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for (x, y), (to_x, to_y) in pairwise(points):
        if is_level:
            middle = (x + to_x) / 2
            path.append(f"C{middle:.1f} {y:.1f} {middle:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}")
        else:
            middle = (y + to_y) / 2
            path.append(f"C{x:.1f} {middle:.1f} {to_x:.1f} {middle:.1f} {to_x:.1f} {to_y:.1f}")
    return "".join(path)


def _drawn(box: Box, place: tuple[float, float, float, float]) -> Iterator[str]:
    x, y, width, height = place
    yield f'<rect class="box" {_corners(x, y, width, height)} rx="4"/>\n'
    baseline = y - height / 2 + 7 + 15
    for row in box.rows:
        at = x - _width_of(row) / 2 if len(box.rows) == 1 else x - width / 2 + _GAP
        for text, style in row:
            yield _text(text, style, at, baseline)
            at += len(visible(text)) * _CHARACTER + _GAP
        baseline += _LINE


def _corners(x: float, y: float, width: float, height: float) -> str:
    return (
        f'x="{x - width / 2:.1f}" y="{y - height / 2:.1f}" width="{width:.1f}" '
        f'height="{height:.1f}"'
    )


def _text(text: str, style: str, x: float, y: float) -> str:
    length = len(visible(text)) * _CHARACTER
    return (
        f'<text class="{style}" x="{x:.1f}" y="{y:.1f}" textLength="{length:.1f}" '
        f'lengthAdjust="spacingAndGlyphs">{_escaped(text)}</text>\n'
    )


def _escaped(text: str) -> str:
    return escape(visible(text))
