"""The rows of a diff: which pairs of steps share a row, which are folded, how rows nest."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from densetrace.data.steps import Step
from densetrace.data.values import Instance, Mapping, Tensor, counted
from densetrace.data.wording import as_code, outcome, short
from densetrace.kinds import KINDS, attribute_by_line, feeds, label_of
from densetrace.kinds.label import assigned, error_text, gives
from densetrace.kinds.spans import ARROW, CROSS, Span, Spans, plain_text
from densetrace.study.comparable import FACT
from densetrace.study.diff import Diff, Pair, Side

Kind: TypeAlias = Literal["same", "inside", "differs", "left", "right"]

_ONE_SIDED: Final = 4
"""At most this many consecutive one-sided rows are shown; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: folded equal steps, a step with rows inside it, or a difference. `equal` has the pairs
    of the folded steps, each with all that is inside it. `steps` is how many steps the row has: of
    folded and one-sided steps, those inside them count too."""

    kind: Kind
    left: Spans | None
    right: Spans | None
    depth: int
    equal: tuple[Pair, ...] = ()
    steps: int = 1


@dataclass(slots=True)
class _Fold:
    """Collects equal steps until a row can show them as one line."""

    count: int = 0
    pairs: list[Pair] = field(default_factory=list)

    def add(self, pair: Pair) -> None:
        self.count += sum(1 for _ in pair.either.walk())
        self.pairs.append(pair)

    def row(self, depth: int) -> Iterator[Row]:
        if self.count:
            equal = counted(self.count, "equal step")
            words = (Span(f"= {equal}", "aside"),)
            yield Row("same", words, None, depth, tuple(self.pairs), self.count)
        self.count = 0
        self.pairs.clear()


def rows(found: Diff) -> Iterator[Row]:
    """The rows of a diff, in reading order. Not recursive, because a trace may be deep."""
    lines = found.left.source.get("kind") == "script" or found.right.source.get("kind") == "script"
    given = _given_names(found)
    waiting: list[Iterator[tuple[Row, tuple[Pair, ...]]]] = [_level(found.pairs, 0, lines, given)]
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
            waiting.append(_level(inside, row.depth + 1, False, given))


def _given_names(found: Diff) -> dict[int, str]:
    """The name that the other side was given, by `id(step)` of a step that makes a name up."""
    names: dict[int, str] = {}
    waiting = list(found.pairs)
    while waiting:
        pair = waiting.pop()
        waiting.extend(pair.inside)
        if pair.left is None or pair.right is None:
            continue
        for inner in pair.inside:
            other = pair.right if inner.right is None else pair.left
            name = other.inputs.get("name")
            is_alone = inner.left is None or inner.right is None
            if is_alone and inner.either.kind == "name" and isinstance(name, str):
                names[id(inner.either)] = name
    return names


def _level(
    pairs: tuple[Pair, ...], depth: int, lines: bool, given: dict[int, str]
) -> Iterator[tuple[Row, tuple[Pair, ...]]]:
    """The rows of sibling pairs, each with the pairs whose rows go inside it."""
    pairs = tuple(_unwrapped(pairs))
    fold = _Fold()
    position = 0
    while position < len(pairs):
        pair = pairs[position]
        if pair.same:
            fold.add(pair)
            position += 1
            continue
        for row in fold.row(depth):
            yield row, ()
        if pair.inside and (pair.left is None or pair.right is None):
            side: Kind = "left" if pair.right is None else "right"
            yield _only(side, _label(pair.either, lines), depth), pair.inside
            position += 1
            continue
        if pair.left is None or pair.right is None:
            alone = _alone(pairs, position)
            yield from ((row, ()) for row in _one_sided(alone, depth, lines, given))
            position += len(alone)
            continue
        after = pairs[position + 1] if position + 1 < len(pairs) else None
        if after is not None and _both_assigned(pair, after) and (pair.changes or after.changes):
            yield _difference(pair, depth, lines, _name(after)), _below(pair)
            position += 2
            continue
        yield from _pair(pair, depth, lines)
        position += 1
    for row in fold.row(depth):
        yield row, ()


def _pair(pair: Pair, depth: int, lines: bool) -> Iterator[tuple[Row, tuple[Pair, ...]]]:
    step = pair.either
    if KINDS[step.kind].initializes or not pair.changes:
        yield Row("inside", _container(pair), None, depth), _below(pair)
        return
    yield _difference(pair, depth, lines), _below(pair)


def _unwrapped(pairs: tuple[Pair, ...]) -> Iterator[Pair]:
    """The pairs, with those inside a decorator in its place: it passes the same arguments to the
    function it wraps, so one row is enough for both."""
    for pair in pairs:
        wrapped = KINDS[pair.either.kind].wraps
        is_on_both_sides = pair.left is not None and pair.right is not None
        if (
            wrapped is not None
            and is_on_both_sides
            and any(inner.either.kind == wrapped for inner in pair.inside)
        ):
            yield from pair.inside
        else:
            yield pair


def _container(pair: Pair) -> Spans:
    """A step by name only: another row shows its arguments. A result that differs is left out."""
    label = KINDS[pair.either.kind].short_label(pair.either)
    if pair.left is None or pair.right is None or ARROW not in label:
        return label
    other = KINDS[pair.right.kind].short_label(pair.right)
    return label if label == other else label[: label.index(ARROW) - 1]


def _below(pair: Pair) -> tuple[Pair, ...]:
    """The pairs shown inside a row: for a weight only its initializer, for a lookup only the steps
    of one side, since the row itself shows the rest."""
    if KINDS[pair.either.kind].looks_up:
        return tuple(inner for inner in pair.inside if inner.left is None or inner.right is None)
    if pair.either.kind == "add_weight":
        return tuple(inner for inner in pair.inside if inner.either.kind == "initialize")
    return pair.inside


def _both_assigned(pair: Pair, after: Pair) -> bool:
    """Whether on both sides the second step assigns the result of the first."""
    if after.left is None or after.right is None or pair.left is None or pair.right is None:
        return False
    return feeds(pair.left, after.left) and feeds(pair.right, after.right)


def _name(pair: Pair) -> Spans:
    return assigned(str(pair.either.inputs.get("name")))


def _difference(pair: Pair, depth: int, lines: bool, before: Spans = ()) -> Row:
    assert pair.left is not None
    assert pair.right is not None
    left, right = (
        (*(before or _set_by_line(step)), *_label(step, lines)) for step in (pair.left, pair.right)
    )
    if pair.changes and plain_text(left) == plain_text(right):
        left, right = (
            (*spans, Span(f"  ({detail})", "aside"))
            for spans, detail in zip((left, right), _details(pair), strict=True)
        )
    return Row("differs", left, right, depth)


def _details(pair: Pair) -> tuple[str, str]:
    """The values of the first differing field, for two steps with equal labels."""
    change = pair.changes[0]
    name, left, right = change.name.removesuffix(FACT).strip("()"), change.left, change.right
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        keys = dict.fromkeys(key for key, _ in (*left.entries, *right.entries))
        for key in (key for key in keys if isinstance(key, str)):
            if left.get(key) != right.get(key):
                name, left, right = key, left.get(key), right.get(key)
                break
    words = _in_detail(left), _in_detail(right)
    if words[0] == words[1] and isinstance(left, Tensor) and isinstance(right, Tensor):
        words = _kind_of_tensor(left), _kind_of_tensor(right)
    return f"{name}: {words[0]}", f"{name}: {words[1]}"


def _kind_of_tensor(value: Tensor) -> str:
    return "symbolic" if value.symbolic else "with numbers"


def _in_detail(value: Side) -> str:
    return as_code(value) if isinstance(value, Instance) else outcome(value)


def _set_by_line(step: Step) -> Spans:
    name = attribute_by_line(step)
    return assigned(name) if name is not None else ()


def counted_steps(shown: Iterable[Row]) -> Counter[Kind]:
    """How many steps the rows of each kind have."""
    found: Counter[Kind] = Counter()
    for row in shown:
        found[row.kind] += row.steps
    return found


def _alone(pairs: tuple[Pair, ...], start: int) -> list[Pair]:
    """The consecutive pairs from `start` on that only this side has."""
    here = pairs[start].left is None
    stop = start
    while stop < len(pairs):
        pair = pairs[stop]
        both = pair.left is not None and pair.right is not None
        if both or pair.inside or (pair.left is None) != here:
            break
        stop += 1
    return list(pairs[start:stop])


def _one_sided(alone: list[Pair], depth: int, lines: bool, given: dict[int, str]) -> Iterator[Row]:
    steps = [pair.either for pair in alone]
    side: Kind = "right" if alone[0].left is None else "left"
    labels: list[tuple[Spans, int, Spans]] = []
    position = 0
    while position < len(steps):
        step = steps[position]
        after = steps[position + 1] if position + 1 < len(steps) else None
        joined = after is not None and feeds(step, after)
        before = assigned(str(after.inputs.get("name"))) if joined and after is not None else ()
        count = sum(1 for _ in step.walk()) + joined
        spans = (*before, *_label(step, lines))
        if count > 1:
            spans = (*spans, Span(f"  ({counted(count, 'step')})", "aside"))
        name = given.get(id(step))
        there: Spans = (
            (Span(f"(name={short(name)} is given)", "aside"),) if name is not None else ()
        )
        labels.append((spans, count, there))
        position += 1 + joined
    few = len(labels) <= _ONE_SIDED
    shown = labels if few else labels[: _ONE_SIDED - 1]
    for spans, count, there in shown:
        yield _only(side, spans, depth, there, count)
    left_out = sum(count for _, count, _ in labels[len(shown) :])
    if left_out:
        rest = (Span(f"and {counted(left_out, 'step')} after it", "aside"),)
        yield _only(side, rest, depth, steps=left_out)


def _only(side: Kind, spans: Spans, depth: int, there: Spans = (), steps: int = 1) -> Row:
    """A row of one side; `there` says what the other side has instead of a step."""
    ours, theirs = spans, there or None
    left, right = (ours, theirs) if side == "left" else (theirs, ours)
    return Row(side, left, right, depth, steps=steps)


def _label(step: Step, lines: bool) -> Spans:
    spans = label_of(step)
    if step.kind == "deserialize":
        via = "legacy" if step.facts.get("via") == "legacy" else "serialization_lib"
        identifier = ", ".join(map(short, step.inputs.values()))
        spans = (Span(via, "call"), Span(": "), Span(identifier, "value"), *gives(step))
    if step.error is not None and not any(child.error == step.error for child in step.children):
        spans = (*spans, Span("  "), CROSS, Span(f" {error_text(step.error)}", "error"))
    if lines and step.where is not None and step.where.line:
        spans = (*spans, Span(f"  (line {step.where.line})", "aside"))
    return spans
