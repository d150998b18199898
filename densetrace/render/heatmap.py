"""Heat maps of weights and gradients: a tensor of a trace as words, as rows of signs, or as SVG.

`heat_map(value)` returns the grid of a tensor, or None when there is nothing to draw. Then

| | |
|---|---|
| `in_words(value)` | min, mean and max, and how many numbers a cell covers |
| `rows(map, width)` | lines of one sign a cell: `░▒▓█` for positive, `-=≡≣` for negative numbers |
| `svg(value, name)` | an `<svg>` element without ids, styles or scripts, for light and dark pages |

A heat map never depends on colour alone: signs, and in SVG a line across each negative cell, tell
negative numbers from positive ones.
"""

from collections.abc import Iterator
from html import escape
from itertools import groupby
from math import isfinite, isnan
from typing import Final, NamedTuple

from densetrace.data.numbers import number_in, statistics_text
from densetrace.data.values import Tensor, Value
from densetrace.kinds.spans import Span, Spans
from densetrace.system.escape import visible

POSITIVE: Final = "░▒▓█"
NEGATIVE: Final = "-=≡≣"
"""The signs of a cell, from a small number to a large one."""
NEAR_ZERO: Final = "·"
NO_NUMBER: Final = "?"

MOST_ROWS: Final = 16
MOST_COLUMNS: Final = 64
"""The greatest size of a heat map; that of a recorded grid."""

_SHADES: Final = len(POSITIVE)
_LEAST: Final = 0.1
"""Below this part of the largest number, a cell is near zero."""

Level = int | None
"""A cell from -127 to 127; None is not a number."""


class HeatMap(NamedTuple):
    """The grid of a tensor: levels row by row, and the rows and columns of the tensor.

    A level of 127 is `largest`, which is the largest absolute value of a cell.
    """

    levels: tuple[tuple[Level, ...], ...]
    largest: Value
    size: tuple[int, int]

    @property
    def block(self) -> tuple[float, float]:
        """How many rows and columns of the tensor a cell covers."""
        rows, columns = self.size
        return rows / len(self.levels), columns / len(self.levels[0])


def heat_map(value: Value) -> HeatMap | None:
    """The heat map of a tensor; None of any other value, of a single number, and of a tensor whose
    numbers were not recorded."""
    if not isinstance(value, Tensor) or not value.shape or value.size < 2:
        return None
    columns = value.shape[-1] or 1
    size = value.size // columns, columns
    grid = value.grid
    if grid is not None:
        if not grid.rows or not grid.columns:
            return None
        found = HeatMap(tuple(map(grid.row, range(grid.rows))), grid.largest, size)
        return fitted(found, MOST_COLUMNS, MOST_ROWS)
    if not value.is_whole:
        return None
    numbers = list(map(number_in, value.elements))
    largest = max((abs(one) for one in numbers if one is not None and isfinite(one)), default=0.0)
    levels = [_level(number, largest) for number in numbers]
    rows = tuple(tuple(levels[at : at + columns]) for at in range(0, len(levels), columns))
    return fitted(HeatMap(rows, largest, size), MOST_COLUMNS, MOST_ROWS)


def _level(number: float | None, largest: float) -> Level:
    if number is None or isnan(number):
        return None
    if not isfinite(number):
        return 127 if number > 0 else -127
    return round(number / largest * 127) if largest else 0


def in_words(value: Value) -> str:
    """`min -0.3, mean 0.002, max 0.3; each cell is the mean of 4x2 numbers`; empty where there is
    no heat map."""
    found = heat_map(value)
    if found is None or not isinstance(value, Tensor):
        return ""
    return statistics_text(value) + covers(found)


def covers(found: HeatMap) -> str:
    """`; each cell is the mean of 4x2 numbers`, where a heat map is smaller than its tensor."""
    rows, columns = found.block
    if rows <= 1 and columns <= 1:
        return ""
    about = "" if rows.is_integer() and columns.is_integer() else "about "
    return f"; each cell is the mean of {about}{rows:.3g}x{columns:.3g} numbers"


# -- signs ----------------------------------------------------------------------------------------


def fitted(found: HeatMap, width: int, height: int) -> HeatMap:
    """The heat map in at most so many columns and rows: means of neighbours."""
    levels = [_means(row, width) for row in found.levels]
    columns = [_means(column, height) for column in zip(*levels, strict=True)]
    return found._replace(levels=tuple(zip(*columns, strict=True)))


def _means(levels: tuple[Level, ...], most: int) -> tuple[Level, ...]:
    most = max(most, 1)
    if len(levels) <= most:
        return levels
    size = -(-len(levels) // most)  # all blocks are equal, but the last may be smaller
    return tuple(_mean(levels[at : at + size]) for at in range(0, len(levels), size))


def _mean(levels: tuple[Level, ...]) -> Level:
    numbers = [level for level in levels if level is not None]
    return round(sum(numbers) / len(numbers)) if len(numbers) == len(levels) else None


def rows(found: HeatMap) -> Iterator[Spans]:
    """A line for each row: one sign for each cell."""
    for levels in found.levels:
        text = "".join(map(_sign, levels))
        yield tuple(
            Span("".join(run), "positive" if kind > 0 else "negative" if kind < 0 else "aside")
            for kind, run in groupby(text, key=_kind)
        )


def _sign(level: Level) -> str:
    if level is None:
        return NO_NUMBER
    part = abs(level) / 127
    if part < _LEAST:
        return NEAR_ZERO
    return (POSITIVE if level > 0 else NEGATIVE)[min(_SHADES - 1, int(part * _SHADES))]


def _kind(sign: str) -> int:
    return (sign in POSITIVE) - (sign in NEGATIVE)


# -- SVG ------------------------------------------------------------------------------------------

_WIDEST: Final = 512
_CELL: Final = 8, 22
"""The width of a heat map in pixels, and the least and greatest size of a cell."""
WARM: Final = "#c2500f"
COLD: Final = "#1b6fb5"
LINE: Final = "#808890"
_OPACITIES: Final = 15
"""Positive and negative cells, which are the more opaque the larger the number: so they suit light
and dark pages."""


def svg(value: Value, name: str = "") -> str:
    """The heat map of a tensor as an `<svg>` element; empty where there is none.

    It has no ids, styles or scripts, so that a page with a strict policy can hold many of them.

    Args:
        value: a tensor of a trace.
        name: what it is: `dense/kernel`. A screen reader reads it before min, mean and max.
    """
    found = heat_map(value)
    if found is None:
        return ""
    height, width = len(found.levels), len(found.levels[0])
    cell = min(_CELL[1], max(_CELL[0], _WIDEST // width))
    words = visible(f"{name}: {in_words(value)}" if name else in_words(value))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="heatmap" viewBox="0 0 {width} {height}" '
        f'width="{width * cell}" height="{height * cell}" role="img" '
        f'aria-label="{escape(words)}">{"".join(_paths(found))}</svg>'
    )


def _paths(found: HeatMap) -> Iterator[str]:
    """One path for all cells of a colour, then the lines across negative cells."""
    cells: dict[tuple[str, int], list[str]] = {}
    lines: list[str] = []
    for y, row in enumerate(found.levels):
        for x, level in enumerate(row):
            if level is None:
                lines.append(f"M{x + 0.3:g} {y + 0.3:g}l.4 .4m0-.4l-.4 .4")
                continue
            opacity = round(abs(level) / 127 * _OPACITIES)
            if opacity:
                colour = WARM if level > 0 else COLD
                cells.setdefault((colour, opacity), []).append(f"M{x} {y}h1v1h-1z")
            if level < 0 and opacity:
                lines.append(f"M{x + 0.3:g} {y + 0.5:g}h.4")
    for (colour, opacity), squares in sorted(cells.items()):
        yield f'<path fill="{colour}" fill-opacity="{opacity / _OPACITIES:.2g}" '
        yield f'd="{"".join(squares)}"/>'
    if lines:
        yield f'<path fill="none" stroke="{LINE}" stroke-width=".1" d="{"".join(lines)}"/>'
    height, width = len(found.levels), len(found.levels[0])
    yield f'<path fill="none" stroke="{LINE}" stroke-width=".06" d="M0 0h{width}v{height}H0z"/>'
