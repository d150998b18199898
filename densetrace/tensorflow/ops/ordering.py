"""The order in which TensorFlow's kernels sort the elements of a row.

Without NaN any stable sort gives it. NaN compares as neither less nor greater, so its place depends
on the comparisons that an algorithm makes: rows with NaN go through the same algorithms.

Follows tensorflow/core/kernels/topk_op.cc, tensorflow/core/lib/gtl/top_n.h, and the sort and the
heap of the C++ standard library that TensorFlow is built with.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from densetrace.tensorflow.tensor import Array

Before = Callable[[int, int], bool]
"""Whether the element at one position comes before the one at another."""

_SMALL: Final = 16
"""Up to this many elements are sorted by insertion alone."""


def largest_first(rows: Array, count: int) -> Array:
    """The positions of the `count` largest elements of each row, in order: [n, m] -> i64[n, count].
    Of equal elements the first comes first."""
    order = np.argsort(-rows if rows.dtype.kind == "f" else ~rows, axis=-1, kind="stable")
    found = np.ascontiguousarray(order[:, :count])
    if rows.dtype.kind == "f":
        for at in np.flatnonzero(np.isnan(rows).any(axis=-1)):
            found[at] = _largest_of_row(rows[at].tolist(), count, 32 // rows.itemsize)
    return found


def largest_unsorted(rows: Array, count: int) -> Array:
    """The positions of the `count` largest elements of each row, in the order of the heap that
    collects them: [n, m] -> i64[n, count]."""
    if count in (0, 1, rows.shape[-1]):
        return largest_first(rows, count)
    listed = [_heap_of(row.tolist(), count) for row in rows]
    return np.array(listed, np.int64).reshape(len(rows), count)


def _largest_of_row(row: list[float], count: int, packet: int) -> list[int]:
    if count == 1:
        return [_maximum(row, packet)]
    if count == len(row):
        return _sorted_all(row)
    return _sorted_heap(_heap_of(row, count), _stable(row))


def _stable(row: list[Any]) -> Before:
    def before(a: int, b: int) -> bool:
        return row[b] < row[a] or (not row[b] > row[a] and a < b)

    return before


def _maximum(row: list[float], packet: int) -> int:
    """The position of the maximum. The part that fills whole packets is compared in packets, where
    NaN is never the larger one; in the rest each NaN replaces what was largest before it."""
    whole = len(row) - len(row) % packet
    largest = -np.inf
    for one in row[whole:]:
        largest = largest if one < largest else one
    of_packets = max((one for one in row[:whole] if one == one), default=-np.inf)
    largest = of_packets if of_packets > largest else largest
    return next((at for at, one in enumerate(row) if one == largest), 0)


def _sorted_all(row: list[float]) -> list[int]:
    """All positions, largest element first; runs of equal elements in their order."""
    order = list(range(len(row)))
    sort(order, lambda a, b: row[b] < row[a])
    start = 0
    while start < len(order):
        stop = start + 1
        while stop < len(order) and row[order[start]] == row[order[stop]]:
            stop += 1
        order[start:stop] = sorted(order[start:stop])
        start = stop
    return order


# -- the heap that collects the first elements -----------------------------------------------------


def _heap_of(row: list[Any], count: int) -> list[int]:
    """The positions of the first `count` elements in order, in the order of their heap."""
    if not count:
        return []
    before = _stable(row)
    held: list[int] = []
    for one in range(len(row)):
        if len(held) <= count:
            held.append(one)
            if len(held) == count + 1:
                _make_heap(held, before)
                _pop_heap(held, len(held), before)
        elif before(one, held[0]):
            _pop_heap(held, count, before)
            _push_heap(held, count - 1, 0, one, before)
    return held[:count]


def _sorted_heap(heap: list[int], before: Before) -> list[int]:
    for size in range(len(heap), 1, -1):
        _pop_heap(heap, size, before)
    return heap


def _push_heap(heap: list[int], at: int, top: int, value: int, before: Before) -> None:
    parent = (at - 1) // 2
    while at > top and before(heap[parent], value):
        heap[at] = heap[parent]
        at, parent = parent, (parent - 1) // 2
    heap[at] = value


def _adjust_heap(heap: list[int], at: int, size: int, value: int, before: Before) -> None:
    top, child = at, at
    while child < (size - 1) // 2:
        child = 2 * (child + 1)
        if before(heap[child], heap[child - 1]):
            child -= 1
        heap[at] = heap[child]
        at = child
    if size % 2 == 0 and child == (size - 2) // 2:
        child = 2 * child + 1
        heap[at] = heap[child]
        at = child
    _push_heap(heap, at, top, value, before)


def _make_heap(heap: list[int], before: Before) -> None:
    for parent in range((len(heap) - 2) // 2, -1, -1):
        _adjust_heap(heap, parent, len(heap), heap[parent], before)


def _pop_heap(heap: list[int], size: int, before: Before) -> None:
    """Move the first of a heap of this size to its end."""
    value = heap[size - 1]
    heap[size - 1] = heap[0]
    _adjust_heap(heap, 0, size - 1, value, before)


# -- the sort of the standard library --------------------------------------------------------------


def sort(order: list[int], before: Before) -> None:
    """Sort positions in place: quicksort by the median of three, heapsort where that goes too
    deep, insertion at the end."""
    if not order:
        return
    _partially_sorted(order, 0, len(order), 2 * (len(order).bit_length() - 1), before)
    for at in range(1, min(len(order), _SMALL)):
        value = order[at]
        if before(value, order[0]):
            order[1 : at + 1] = order[:at]
            order[0] = value
        else:
            _insert(order, at, before)
    for at in range(_SMALL, len(order)):
        _insert(order, at, before)


def _insert(order: list[int], at: int, before: Before) -> None:
    value = order[at]
    while at > 0 and before(value, order[at - 1]):
        order[at] = order[at - 1]
        at -= 1
    order[at] = value


def _partially_sorted(order: list[int], first: int, last: int, depth: int, before: Before) -> None:
    while last - first > _SMALL:
        if not depth:
            part = order[first:last]
            _make_heap(part, before)
            order[first:last] = _sorted_heap(part, before)
            return
        depth -= 1
        _median_first(order, first, (first + last) // 2, last - 1, before)
        cut = _cut(order, first, last, before)
        _partially_sorted(order, cut, last, depth, before)
        last = cut


def _median_first(order: list[int], first: int, middle: int, last: int, before: Before) -> None:
    """Swap the median of three elements to the front."""
    a, b, c = order[first + 1], order[middle], order[last]
    if before(a, b):
        at = middle if before(b, c) else last if before(a, c) else first + 1
    else:
        at = first + 1 if before(a, c) else last if before(b, c) else middle
    order[first], order[at] = order[at], order[first]


def _cut(order: list[int], first: int, last: int, before: Before) -> int:
    """Partition by the element at the front; where the second part begins."""
    pivot, low, high = order[first], first + 1, last
    while True:
        while low < last and before(order[low], pivot):
            low += 1
        high -= 1
        while high > first and before(pivot, order[high]):
            high -= 1
        if not low < high:
            return low
        order[low], order[high] = order[high], order[low]
        low += 1
