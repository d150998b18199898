"""The results that a generated script leaves on two stacks, compared value by value."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from densetrace.recording.introspect import facts_of
from densetrace.system.errors import shown

SINGLE: Final = 1e-5
"""The largest difference of two numbers, relative to the largest number of their array if that
exceeds 1: many operations, or several updates of the weights, lie before each."""

HALF: Final = 8 * float(np.finfo(np.float16).eps)
"""The same if a case computes in half precision anywhere."""

ROOTS: Final = 1e-4
"""The same for Ftrl, which divides the difference of two roots by the learning rate, 0.001 by
default: this makes the rounding error of the roots 1,000 times as large."""

SENSITIVE: Final = 20.0
"""How much further than by moved weights and inputs numbers may differ: many roundings act like
many moves."""

LONGEST: Final = 200
"""The characters of a value in a difference."""


@dataclass(frozen=True, slots=True)
class ResultDifference:
    """Two results that differ, and where: `config.layers[0].name`. Of dicts with different keys
    these are the lists of their keys. `sentence` says how they differ."""

    place: str
    ours: Any
    theirs: Any
    sentence: str


def tolerance(script: str) -> float:
    """The tolerance for the numbers of a script, by the least precise dtype that it names, and by
    its optimizer."""
    if "float16" in script:
        return HALF
    return ROOTS if "ftrl" in script.lower() else SINGLE


def rounding(script: str) -> float:
    """The relative rounding error of the least precise dtype that a script names."""
    return float(np.finfo(np.float16 if "float16" in script else np.float32).eps)


def plain(value: Any) -> Any:
    """A result without objects of either stack: tensors as arrays, other objects as their names."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case np.ndarray() | np.generic():
            return np.asarray(value)
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case type():
            return value.__name__
    name = facts_of(type(value)).name
    if name == "TensorShape":
        return "unknown" if value.rank is None else plain(tuple(value.as_list()))
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if name in ("DType", "Policy"):
        return value.name
    if "KerasTensor" in facts_of(type(value)).lineage:
        return ["symbolic", plain(value.shape), plain(value.dtype)]
    if hasattr(value, "numpy"):
        return np.asarray(value.numpy())
    return getattr(value, "__name__", name)


def differences(
    ours: Any, theirs: Any, allowed: float, path: str = "", moves: Sequence[Any] = ()
) -> Iterator[ResultDifference]:
    """The places where two plain results differ. `moves` are ours from moved numbers: where these
    differ from ours, theirs may too."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        if list(ours) != list(theirs):
            yield _different(path or "results", list(ours), list(theirs))
        for key in ours:
            if key in theirs:
                inside = f"{path}.{key}" if path else key
                moved = [one[key] for one in moves]
                yield from differences(ours[key], theirs[key], allowed, inside, moved)
    elif isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            sizes = f"{len(ours)} items beside {len(theirs)}"
            yield ResultDifference(path, ours, theirs, f"{path}: {sizes}")
        for index, (one, other) in enumerate(zip(ours, theirs, strict=False)):
            moved = [move[index] for move in moves if index < len(move)]
            yield from differences(one, other, allowed, f"{path}[{index}]", moved)
    elif isinstance(ours, np.ndarray) and isinstance(theirs, np.ndarray):
        yield from _of_arrays(ours, theirs, allowed, path, moves)
    elif type(ours) is float and type(theirs) is float:
        arrays = [np.asarray(one, np.float32) for one in (ours, theirs)]
        yield from _of_arrays(arrays[0], arrays[1], allowed, path, moves)
    elif type(ours) is not type(theirs) or ours != theirs:
        yield _different(path, ours, theirs)


def value_at(results: Any, place: str) -> Any:
    """The value at the place of a difference; None if there is none."""
    for key, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", place):
        if key and isinstance(results, Mapping) and key in results:
            results = results[key]
        elif index and isinstance(results, list) and int(index) < len(results):
            results = results[int(index)]
        else:
            return None
    return results


def comparisons(ours: Any, theirs: Any) -> int:
    """The number of comparisons that `differences` makes, each of which may find one."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return 1 + sum(comparisons(ours[key], theirs[key]) for key in ours if key in theirs)
    if isinstance(ours, list) and isinstance(theirs, list):
        return 1 + sum(map(comparisons, ours, theirs))
    return 1


def _different(path: str, ours: Any, theirs: Any) -> ResultDifference:
    kinds = [type(one).__name__ for one in (ours, theirs)]
    alike = f" ({kinds[0]} and {kinds[1]})" if str(ours) == str(theirs) else ""
    sentence = f"{path}: {_short(ours)} beside {_short(theirs)}{alike}"
    return ResultDifference(path, ours, theirs, sentence)


def _of_arrays(
    ours: Any, theirs: Any, allowed: float, path: str, moves: Sequence[Any]
) -> Iterator[ResultDifference]:
    if (ours.shape, ours.dtype) != (theirs.shape, theirs.dtype):
        kinds = [f"{array.dtype.name} of shape {array.shape}" for array in (ours, theirs)]
        yield ResultDifference(path, ours, theirs, f"{path}: {kinds[0]} beside {kinds[1]}")
        return
    if ours.dtype.kind != "f":
        if not np.array_equal(ours, theirs):
            yield _different(path, ours.tolist(), theirs.tolist())
        return
    left, right = ours.astype(np.float64), theirs.astype(np.float64)
    same = (left == right) | (np.isnan(left) & np.isnan(right))
    with np.errstate(invalid="ignore"):  # infinity less infinity
        apart = np.where(same, 0.0, np.abs(left - right))
    bound = allowed * np.abs(right[np.isfinite(right)]).max(initial=1.0)
    for move in moves:
        with np.errstate(invalid="ignore"):
            moved = np.abs(np.asarray(move, np.float64) - left)
        bound += SENSITIVE * float(np.nanmax(moved, initial=0.0))
    if not bool(np.all(apart <= bound)):
        at = int(np.argmax(np.where(np.isnan(apart), np.inf, apart)))
        pair = left.ravel()[at], right.ravel()[at]
        numbers = f"{pair[0]:.9g} beside {pair[1]:.9g}, element {at} of shape {ours.shape}"
        yield ResultDifference(path, ours, theirs, f"{path}: {numbers}")


def _short(value: Any) -> str:
    return shown(repr(value), LONGEST)
