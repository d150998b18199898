"""Arranges boxes and arrows in layers: every arrow leads to a later layer.

The method is Sugiyama's. A box gets the rank that is one more than the largest rank before it; an
arrow over several ranks gets a point on each rank between; each rank is sorted by the mean position
of the neighbours, several times up and down; then the positions are evened out in the same way. In
a dense graph, the points of its arrows would be quadratically many: then the longest arrows have
only one, halfway.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, TypeAlias

Edge: TypeAlias = tuple[str, str]
"""An arrow: the keys of two boxes."""

_SWEEPS: Final = 8

MOST_POINTS: Final = 10_000
"""The shortest arrows have a point on each rank between, as long as these are enough."""


@dataclass(slots=True)
class Point:
    """A box, or the point of an arrow on a rank: its rank, and its middle and size across it."""

    rank: int
    across: float
    size: float
    before: list["Point"] = field(default_factory=list)
    after: list["Point"] = field(default_factory=list)


def ranks_of(boxes: Iterable[str], edges: Sequence[Edge]) -> dict[str, int]:
    """The rank of each box: one more than the largest rank before it."""
    incoming = dict.fromkeys(boxes, 0)
    outgoing: dict[str, list[str]] = {key: [] for key in incoming}
    for src, dst in edges:
        incoming[dst] += 1
        outgoing[src].append(dst)
    ranks = dict.fromkeys(incoming, 0)
    ready = [key for key, count in incoming.items() if not count]
    for key in ready:  # grows
        for dst in outgoing[key]:
            ranks[dst] = max(ranks[dst], ranks[key] + 1)
            incoming[dst] -= 1
            if not incoming[dst]:
                ready.append(dst)
    return ranks


def arranged(
    sizes: Mapping[str, float], edges: Sequence[Edge], gap: float
) -> tuple[dict[str, Point], dict[Edge, list[Point]]]:
    """The point of each box, and the points of each arrow, with positions across.

    Args:
        sizes: how much room each box takes across, by its key.
        edges: the arrows, as pairs of keys, without circles.
        gap: the least distance between two boxes of a rank.
    """
    ranks = ranks_of(sizes, edges)
    lanes: list[list[Point]] = [[] for _ in range(max(ranks.values(), default=0) + 1)]
    points = {key: Point(ranks[key], 0, sizes[key]) for key in sizes}
    for key in sizes:
        lanes[ranks[key]].append(points[key])
    paths: dict[Edge, list[Point]] = {}
    between = _ranks_between(edges, ranks)
    for src, dst in edges:
        path = [points[src]]
        for rank in between[src, dst]:
            path.append(Point(rank, 0, gap))
            lanes[rank].append(path[-1])
        path.append(points[dst])
        for one, other in pairwise(path):
            one.after.append(other)
            other.before.append(one)
        paths[src, dst] = path
    for lane in lanes:
        _place_beside(lane, [0.0] * len(lane), gap)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for lane in lanes if down else reversed(lanes):
            wanted = {id(point): _wanted(point, down) for point in lane}
            if sweep < _SWEEPS - 2:
                lane.sort(key=lambda point: wanted[id(point)])
            _place_beside(lane, [wanted[id(point)] for point in lane], gap)
    return points, paths


def _ranks_between(edges: Sequence[Edge], ranks: Mapping[str, int]) -> dict[Edge, Sequence[int]]:
    """The ranks on which each arrow has a point."""
    found: dict[Edge, Sequence[int]] = {}
    left = MOST_POINTS
    for src, dst in sorted(edges, key=lambda edge: ranks[edge[1]] - ranks[edge[0]]):
        passed = range(ranks[src] + 1, ranks[dst])
        left -= len(passed)
        found[src, dst] = passed if left >= 0 else passed[len(passed) // 2 :][:1]
    return found


def _wanted(point: Point, down: bool) -> float:
    near = (point.before if down else point.after) or point.before or point.after
    return sum(one.across for one in near) / len(near) if near else point.across


def _place_beside(lane: list[Point], wanted: list[float], gap: float) -> None:
    """Place points near their wanted positions, in order and without overlaps.

    Neighbours that would overlap become a block, which lies at the mean of their wishes.
    """
    blocks: list[list[float]] = []  # of each block: its points, the sum of wishes, its width
    for point, wish in zip(lane, wanted, strict=True):
        width = point.size + gap
        blocks.append([1, wish, width])
        while len(blocks) > 1:
            (count, wishes, left), (more, others, right) = blocks[-2:]
            if wishes / count + left / 2 <= others / more + right / 2 - right:
                break
            # The wish of a block is for its middle: each part is moved to where that would be.
            moved = wishes + count * right / 2 + others - more * left / 2
            blocks[-2:] = [[count + more, moved, left + right]]
    at = iter(lane)
    for count, wishes, width in blocks:
        edge = wishes / count - width / 2
        for _ in range(int(count)):
            point = next(at)
            point.across = edge + (point.size + gap) / 2
            edge += point.size + gap
