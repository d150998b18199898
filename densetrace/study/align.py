"""Aligns two sequences by what is the same in both, in nearly linear time.

`align` pairs items whose keys are equal: those at both ends, then those whose key is unique in
both (as in patience diff), then, in the gaps between these, what a longest common subsequence
finds; a gap too big for that is paired in order. Nothing is paired across a pair.
"""

from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Hashable, Iterator, Sequence
from typing import Final, TypeAlias

Pair: TypeAlias = tuple[int | None, int | None]
"""A position on the left and one on the right; None where the other side has nothing like it."""

SMALL: Final = 4_096
"""How many pairs of items a gap may have for its longest common subsequence to be looked for."""


def align(left: Sequence[Hashable], right: Sequence[Hashable]) -> list[tuple[int, int]]:
    """The pairs of positions whose keys are equal, in order on both sides."""
    return sorted(_aligned(left, right))


def pairs(left: Sequence[Hashable], right: Sequence[Hashable], *finer: Sequence[Sequence[Hashable]]
          ) -> list[Pair]:  # fmt: skip
    """Every position of both sides, in order: first paired by these keys, what then is left in the
    gaps by those of the next pair of sequences in `finer`, and so on."""
    found: list[Pair] = []
    for left_gap, right_gap, pair in _gaps(align(left, right), len(left), len(right)):
        found += _in_gap(left_gap, right_gap, finer)
        if pair is not None:
            found.append(pair)
    return found


def _in_gap(left: range, right: range, finer: Sequence[Sequence[Sequence[Hashable]]]) -> list[Pair]:
    if not left or not right or not finer:
        return [*((i, None) for i in left), *((None, j) for j in right)]
    (left_keys, right_keys), *rest = finer
    inner = pairs([left_keys[i] for i in left], [right_keys[j] for j in right],
                  *(([a[i] for i in left], [b[j] for j in right]) for a, b in rest))  # fmt: skip
    return [(None if i is None else left[i], None if j is None else right[j]) for i, j in inner]


def _gaps(
    matched: list[tuple[int, int]], left: int, right: int
) -> Iterator[tuple[range, range, tuple[int, int] | None]]:
    """Each pair with the gap before it, and the gap after the last."""
    i = j = 0
    for pair in matched:
        yield range(i, pair[0]), range(j, pair[1]), pair
        i, j = pair[0] + 1, pair[1] + 1
    yield range(i, left), range(j, right), None


def _aligned(left: Sequence[Hashable], right: Sequence[Hashable]) -> Iterator[tuple[int, int]]:
    """The pairs, in no order. Not recursive: anchors may nest as deep as there are items."""
    waiting = [(0, len(left), 0, len(right))]
    while waiting:
        start, stop, begin, end = waiting.pop()
        while start < stop and begin < end and left[start] == right[begin]:
            yield start, begin
            start, begin = start + 1, begin + 1
        while start < stop and begin < end and left[stop - 1] == right[end - 1]:
            stop, end = stop - 1, end - 1
            yield stop, end
        if start == stop or begin == end:
            continue
        anchors = _anchors(left, right, range(start, stop), range(begin, end))
        if anchors:
            for i, j in [*anchors, (stop, end)]:
                waiting.append((start, i, begin, j))
                start, begin = i + 1, j + 1
            yield from anchors
        elif (stop - start) * (end - begin) <= SMALL:
            yield from _longest(left, right, range(start, stop), range(begin, end))
        else:
            yield from _in_order(left, right, range(start, stop), range(begin, end))


def _anchors(
    left: Sequence[Hashable], right: Sequence[Hashable], here: range, there: range
) -> list[tuple[int, int]]:
    """The longest run of pairs, in order on both sides, whose keys are unique on both."""
    left_counts = Counter(left[i] for i in here)
    right_counts = Counter(right[j] for j in there)
    position = {right[j]: j for j in there if right_counts[right[j]] == 1}
    unique = [
        (i, position[left[i]]) for i in here if left_counts[left[i]] == 1 and left[i] in position
    ]
    return _rising(unique)


def _rising(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest subsequence that rises on the right too (patience sorting)."""
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
    rising: list[tuple[int, int]] = []
    at = piles[-1] if piles else None
    while at is not None:
        rising.append(found[at])
        at = below[at]
    return rising[::-1]


def _longest(
    left: Sequence[Hashable], right: Sequence[Hashable], here: range, there: range
) -> Iterator[tuple[int, int]]:
    """A longest common subsequence of a small gap."""
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
    """Pairs of a big gap that repeats itself: each item with the next one like it."""
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
