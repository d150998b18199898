"""Align two sequences by equal items, in nearly linear time.

`align` pairs items whose keys are equal: those at both ends, then those whose key is unique in
both (as in patience diff), then the longest common subsequence of each gap between them. A gap that
is too big or nested too deeply is paired in order. Pairs never cross.
"""

from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Hashable, Iterator, Sequence
from typing import Final, Protocol, TypeAlias

Pair: TypeAlias = tuple[int | None, int | None]
"""A position on the left and one on the right; None if the other side has no counterpart."""

MAX_TABLE: Final = 4_096
"""The most pairs of items in a gap for which the longest common subsequence is computed."""

MAX_DEPTH: Final = 50
"""How many times unique keys are searched in a gap between unique keys. Each search reads all
remaining items; without a limit, some sequences would take quadratic time."""


def align(left: Sequence[Hashable], right: Sequence[Hashable]) -> list[tuple[int, int]]:
    """The pairs of positions whose keys are equal, in order on both sides."""
    return sorted(_aligned(left, right))


class Keys(Protocol):
    """The keys of a side, requested in slices, so that unneeded keys are never computed."""

    def __getitem__(self, part: slice, /) -> Sequence[Hashable]: ...


def pairs(
    left: Sequence[Hashable], right: Sequence[Hashable], *finer: tuple[Keys, Keys]
) -> list[Pair]:
    """Every position of both sides, in order: first paired by these keys, then in the gaps by the
    next pair of key sequences in `finer`, and so on."""
    found: list[Pair] = []
    _pair(range(len(left)), range(len(right)), ((left, right), *finer), found)
    return found


def _pair(
    here: range, there: range, keys: tuple[tuple[Keys, Keys], ...], found: list[Pair]
) -> None:
    """Append every position of two gaps to `found`."""
    if not here or not there or not keys:
        found += [(i, None) for i in here]
        found += [(None, j) for j in there]
        return
    (left, right), *finer = keys
    rest = tuple(finer)
    i, j = here.start, there.start
    for first, second in align(left[i : here.stop], right[j : there.stop]):
        pair = here[first], there[second]
        _pair(range(i, pair[0]), range(j, pair[1]), rest, found)
        found.append(pair)
        i, j = pair[0] + 1, pair[1] + 1
    _pair(range(i, here.stop), range(j, there.stop), rest, found)


def _aligned(left: Sequence[Hashable], right: Sequence[Hashable]) -> Iterator[tuple[int, int]]:
    """The pairs, unordered. Not recursive: anchors may nest as deep as there are items."""
    waiting = [(0, len(left), 0, len(right), 0)]
    while waiting:
        start, stop, begin, end, depth = waiting.pop()
        while start < stop and begin < end and left[start] == right[begin]:
            yield start, begin
            start, begin = start + 1, begin + 1
        while start < stop and begin < end and left[stop - 1] == right[end - 1]:
            stop, end = stop - 1, end - 1
            yield stop, end
        if start == stop or begin == end or stop - start == end - begin == 1:
            continue
        here, there = range(start, stop), range(begin, end)
        anchors = _anchors(left, right, here, there) if depth < MAX_DEPTH else []
        if anchors:
            for i, j in [*anchors, (stop, end)]:
                waiting.append((start, i, begin, j, depth + 1))
                start, begin = i + 1, j + 1
            yield from anchors
        elif (stop - start) * (end - begin) <= MAX_TABLE:
            yield from _longest(left, right, here, there)
        else:
            yield from _in_order(left, right, here, there)


def _anchors(
    left: Sequence[Hashable], right: Sequence[Hashable], here: range, there: range
) -> list[tuple[int, int]]:
    """The longest ascending sequence of pairs whose keys are unique on both sides."""
    left_keys, right_keys = left[here.start : here.stop], right[there.start : there.stop]
    left_counts, right_counts = Counter(left_keys), Counter(right_keys)
    position = {key: j for j, key in zip(there, right_keys, strict=True) if right_counts[key] == 1}
    return _ascending(
        [
            (i, position[key])
            for i, key in zip(here, left_keys, strict=True)
            if key in position and left_counts[key] == 1
        ]
    )


def _ascending(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest subsequence that ascends on the right too (patience sorting)."""
    tops: list[int] = []
    piles: list[int] = []
    below: list[int | None] = []
    for index, (_, j) in enumerate(found):
        pile = bisect_left(tops, j)
        below.append(piles[pile - 1] if pile else None)
        if pile == len(tops):
            tops.append(j)
            piles.append(index)
        else:
            tops[pile], piles[pile] = j, index
    ascending: list[tuple[int, int]] = []
    at = piles[-1] if piles else None
    while at is not None:
        ascending.append(found[at])
        at = below[at]
    return ascending[::-1]


def _longest(
    left: Sequence[Hashable], right: Sequence[Hashable], here: range, there: range
) -> Iterator[tuple[int, int]]:
    """The longest common subsequence of a small gap."""
    width = len(there) + 1
    table = [[0] * width for _ in range(len(here) + 1)]
    for a in range(len(here) - 1, -1, -1):
        for b in range(len(there) - 1, -1, -1):
            if left[here[a]] == right[there[b]]:
                table[a][b] = table[a + 1][b + 1] + 1
            else:
                table[a][b] = max(table[a + 1][b], table[a][b + 1])
    a = b = 0
    while a < len(here) and b < len(there):
        if left[here[a]] == right[there[b]]:
            yield here[a], there[b]
            a, b = a + 1, b + 1
        elif table[a + 1][b] >= table[a][b + 1]:
            a += 1
        else:
            b += 1


def _in_order(
    left: Sequence[Hashable], right: Sequence[Hashable], here: range, there: range
) -> Iterator[tuple[int, int]]:
    """Pairs of a big, repetitive gap: each item with the next equal one."""
    waiting: dict[Hashable, deque[int]] = defaultdict(deque)
    for j in there:
        waiting[right[j]].append(j)
    last = -1
    for i in here:
        queue = waiting.get(left[i])
        while queue and queue[0] <= last:
            queue.popleft()
        if queue:
            last = queue.popleft()
            yield i, last
