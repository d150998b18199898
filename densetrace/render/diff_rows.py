"""The rows of a diff: which pairs of steps share a row, what is folded, what stands inside what."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from densetrace.data.steps import Step
from densetrace.data.values import Instance, Mapping, counted
from densetrace.data.wording import as_code, outcome, short
from densetrace.kinds import KINDS, attribute_by_line, feeds, label_of
from densetrace.kinds.label import assigned, error_text, gives
from densetrace.kinds.spans import CROSS, Part, Parts, plain_text
from densetrace.study.diff import FACT, Diff, Pair, Side

Kind: TypeAlias = Literal["same", "inside", "differs", "left", "right"]

_ONE_SIDED: Final = 4
"""Of more steps in a row that only one side has, the first are shown and the others counted."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: equal steps folded into one, a step that others stand inside of, or a difference."""

    kind: Kind
    left: Parts | None
    right: Parts | None
    depth: int


@dataclass(slots=True)
class _Fold:
    """Equal steps on their way into one row."""

    count: int = 0

    def add(self, step: Step) -> None:
        self.count += sum(1 for _ in step.walk())

    def row(self, depth: int) -> Iterator[Row]:
        if self.count:
            equal = counted(self.count, "equal step")
            yield Row("same", (Part(f"= {equal}", "aside"),), None, depth)
        self.count = 0


def rows(found: Diff) -> Iterator[Row]:
    """The rows of a diff, in reading order. Not recursive: a trace may be deep."""
    lines = found.left.source.get("kind") == "script" or found.right.source.get("kind") == "script"
    waiting: list[Iterator[tuple[Row, tuple[Pair, ...]]]] = [_level(found.pairs, 0, lines)]
    depths = [0]
    while waiting:
        item = next(waiting[-1], None)
        if item is None:
            waiting.pop()
            depths.pop()
            continue
        row, inside = item
        yield row
        if inside:
            depths.append(row.depth + 1)
            waiting.append(_level(inside, row.depth + 1, False))


def _level(
    pairs: tuple[Pair, ...], depth: int, lines: bool
) -> Iterator[tuple[Row, tuple[Pair, ...]]]:
    """The rows of some sibling pairs, each with the pairs whose rows stand inside it."""
    fold = _Fold()
    position = 0
    while position < len(pairs):
        pair = pairs[position]
        if pair.same:
            fold.add(pair.either)
            position += 1
            continue
        for row in fold.row(depth):
            yield row, ()
        if pair.left is None or pair.right is None:
            alone = _alone(pairs, position)
            yield from ((row, ()) for row in _one_sided(alone, depth, lines))
            position += len(alone)
            continue
        after = pairs[position + 1] if position + 1 < len(pairs) else None
        if after is not None and _fed(pair, after) and (pair.changes or after.changes):
            yield _difference(pair, depth, lines, _name(after)), _below(pair)
            position += 2
            continue
        yield from _pair(pair, depth, lines)
        position += 1
    for row in fold.row(depth):
        yield row, ()


def _pair(pair: Pair, depth: int, lines: bool) -> Iterator[tuple[Row, tuple[Pair, ...]]]:
    step = pair.either
    wrapped = KINDS[step.kind].wraps
    if wrapped is not None and any(inner.either.kind == wrapped for inner in pair.inside):
        # The decorator and what it wraps hand on the same arguments.
        yield from _level_flat(pair, depth)
        return
    if KINDS[step.kind].initializes or not pair.changes:
        yield Row("inside", _container(pair), None, depth), _below(pair)
        return
    yield _difference(pair, depth, lines), _below(pair)


def _level_flat(pair: Pair, depth: int) -> Iterator[tuple[Row, tuple[Pair, ...]]]:
    for inner in pair.inside:
        if inner.either.kind == KINDS[pair.either.kind].wraps and not inner.same:
            yield Row("inside", _container(inner), None, depth), _below(inner)


def _container(pair: Pair) -> Parts:
    """A step by name only: another row shows its arguments."""
    return KINDS[pair.either.kind].short_label(pair.either)


def _below(pair: Pair) -> tuple[Pair, ...]:
    """What stands inside a row: of a weight, only what it was filled with; of a lookup, only what
    one side has alone, since the lookup tells the rest."""
    if KINDS[pair.either.kind].looks_up:
        return tuple(inner for inner in pair.inside if inner.left is None or inner.right is None)
    if pair.either.kind == "add_weight":
        return tuple(inner for inner in pair.inside if inner.either.kind == "initialize")
    return pair.inside


def _fed(pair: Pair, after: Pair) -> bool:
    """Whether both sides assign what they looked up, or one of them nothing else."""
    if after.left is None or after.right is None or pair.left is None or pair.right is None:
        return False
    return feeds(pair.left, after.left) and feeds(pair.right, after.right)


def _name(pair: Pair) -> Parts:
    return assigned(str(pair.either.inputs.get("name")))


def _difference(pair: Pair, depth: int, lines: bool, before: Parts = ()) -> Row:
    assert pair.left is not None
    assert pair.right is not None
    left, right = (
        (*(before or _set_by_line(step)), *_label(step, lines)) for step in (pair.left, pair.right)
    )
    if pair.changes and plain_text(left) == plain_text(right):
        left, right = (
            (*parts, Part(f"  ({detail})", "aside"))
            for parts, detail in zip((left, right), _details(pair), strict=True)
        )
    return Row("differs", left, right, depth)


def _details(pair: Pair) -> tuple[str, str]:
    """What differs in two steps that read alike: a field that a line does not tell."""
    change = pair.changes[0]
    name, left, right = change.name.removesuffix(FACT).strip("()"), change.left, change.right
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        keys = dict.fromkeys(key for key, _ in (*left.entries, *right.entries))
        for key in (key for key in keys if isinstance(key, str)):
            if left.get(key) != right.get(key):
                name, left, right = key, left.get(key), right.get(key)
                break
    return f"{name}: {_in_detail(left)}", f"{name}: {_in_detail(right)}"


def _in_detail(value: Side) -> str:
    return as_code(value) if isinstance(value, Instance) else outcome(value)


def _set_by_line(step: Step) -> Parts:
    name = attribute_by_line(step)
    return assigned(name) if name is not None else ()


def _alone(pairs: tuple[Pair, ...], start: int) -> list[Pair]:
    """The pairs from here on that only this side has."""
    here = pairs[start].left is None
    stop = start
    while stop < len(pairs):
        pair = pairs[stop]
        if (pair.left is not None and pair.right is not None) or (pair.left is None) != here:
            break
        stop += 1
    return list(pairs[start:stop])


def _one_sided(alone: list[Pair], depth: int, lines: bool) -> Iterator[Row]:
    steps = [pair.either for pair in alone]
    side: Kind = "right" if alone[0].left is None else "left"
    labels: list[tuple[Parts, int]] = []
    position = 0
    while position < len(steps):
        step = steps[position]
        after = steps[position + 1] if position + 1 < len(steps) else None
        joined = after is not None and feeds(step, after)
        before = assigned(str(after.inputs.get("name"))) if joined and after is not None else ()
        inside = sum(1 for _ in step.walk()) - 1
        count = inside + 1 + joined
        parts = (*before, *_label(step, lines))
        if inside:
            parts = (*parts, Part(f"  ({counted(inside, 'step')} inside)", "aside"))
        labels.append((parts, count))
        position += 1 + joined
    few = len(labels) <= _ONE_SIDED
    shown = labels if few else labels[: _ONE_SIDED - 1]
    for parts, _ in shown:
        yield _only(side, parts, depth)
    left_out = sum(count for _, count in labels[len(shown) :])
    if left_out:
        yield _only(side, (Part(f"and {counted(left_out, 'step')} after it", "aside"),), depth)


def _only(side: Kind, parts: Parts, depth: int) -> Row:
    return Row(side, parts, None, depth) if side == "left" else Row(side, None, parts, depth)


def _label(step: Step, lines: bool) -> Parts:
    parts = label_of(step)
    if step.kind == "deserialize":
        via = "legacy" if step.facts.get("via") == "legacy" else "serialization_lib"
        identifier = ", ".join(map(short, step.inputs.values()))
        parts = (Part(via, "call"), Part(": "), Part(identifier, "value"), *gives(step))
    if step.error is not None and not any(child.error == step.error for child in step.children):
        parts = (*parts, Part("  "), CROSS, Part(f" {error_text(step.error)}", "error"))
    if lines and step.where is not None and step.where.line:
        parts = (*parts, Part(f"  (line {step.where.line})", "aside"))
    return parts
