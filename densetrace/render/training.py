"""The results of a training in a few lines: a table of its epochs, a small curve, what one step
changed, and how many times Python ran."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.data.values import Mapping as Dict
from densetrace.data.values import Value, counted, times
from densetrace.data.wording import plain, rounded, short
from densetrace.kinds.fitting import logs_of, number_of, position
from densetrace.kinds.label import subject
from densetrace.kinds.optimizing import has_numbers, numbers, variable_of
from densetrace.kinds.spans import Span, Spans
from densetrace.render.lines import table

MOST_ROWS: Final = 12
MOST_COLUMNS: Final = 5
MOST_TABLES: Final = 4
MOST_NAMED: Final = 6
CURVE_WIDTH: Final = 40
"""The rows and columns of a table, the tables, the objects that a line names, and the cells of a
curve, at most."""

LEVELS: Final = "▁▂▃▄▅▆▇█"
"""The cells of a curve, from the lowest value to the highest."""

_WIDEST: Final = 18


def results(trace: Trace, of: Mapping[str, list[Step]]) -> Iterator[Spans]:
    """The closing lines about training; nothing for a trace without any.

    Args:
        trace: the trace.
        of: its steps by kind.
    """
    fits = of.get("fit", [])
    compiled = _times_compiled(fits, of.get("compile", []))
    models = [list(found) for _, found in groupby(fits, lambda fit: compiled[fit.id])]
    seen: set[str] = set()
    for found in models[:MOST_TABLES]:
        yield from _model(found, again=subject(found[0]) in seen and compiled[found[0].id][1] > 1)
        seen.add(subject(found[0]))
    if len(models) > MOST_TABLES:
        yield (Span(f"{len(models) - MOST_TABLES:,} more training runs."),)
    if "fit" in trace.source:
        yield from _changed([*of.get("update", []), *of.get("constrain", [])])
    yield from _python_runs(trace, of)


# -- the epochs of a model -------------------------------------------------------------------------


def _times_compiled(fits: list[Step], compiles: list[Step]) -> dict[int, tuple[str, int]]:
    """For each call of `fit` its model, and how often that was compiled before: a loss after it is
    not one to compare with those before it."""
    counts: Counter[str] = Counter()
    found: dict[int, tuple[str, int]] = {}
    for step in sorted((*fits, *compiles), key=lambda step: step.id):
        if step.kind == "compile":
            counts[subject(step)] += 1
        else:
            found[step.id] = subject(step), counts[subject(step)]
    return found


def _model(fits: list[Step], again: bool) -> Iterator[Spans]:
    """A table and a curve of all epochs of a model's successive calls of `fit`, which was compiled
    `again` or not."""
    epochs = [child for fit in fits for child in fit.children if child.kind == "epoch"]
    rows = [(number, logs_of(epoch)) for number, epoch in enumerate(epochs, start=1)]
    names = list(dict.fromkeys(name for _, logs in rows for name in logs))
    if not names:
        return
    calls = f" in {counted(len(fits), 'call')} of fit" if len(fits) > 1 else ""
    total = sum(map(_count, epochs))
    yield (
        Span("Training of "),
        Span(subject(fits[0]), "name"),
        Span(f"{', compiled again' if again else ''}: {counted(total, 'epoch')}{calls}."),
    )
    by_epoch = len(fits) == 1
    labels = [position(one, "epoch").partition(" of ")[0] if by_epoch else str(number)
              for number, one in enumerate(epochs, start=1)]  # fmt: skip
    yield from _table(labels, [logs for _, logs in rows], names)
    if total > 1:
        shown = [name for name in ("loss", "val_loss") if name in names]
        for name in shown:
            label = name.ljust(max(map(len, shown)))
            yield from _curve(label, [logs.get(name) for _, logs in rows])


def _count(step: Step) -> int:
    """For how many epochs or batches a step stands."""
    first = step.inputs.get(step.kind)
    last = step.facts.get("last")
    return last - first + 1 if isinstance(first, int) and isinstance(last, int) else 1


def _table(labels: list[str], rows: list[dict[str, Value]], names: list[str]) -> Iterator[Spans]:
    shown = names[:MOST_COLUMNS]
    head = ["epoch", *(_cut(name) for name in shown)]
    cells = [[label, *(_number(logs.get(name)) for name in shown)]
             for label, logs in zip(labels, rows, strict=True)]  # fmt: skip
    half = MOST_ROWS // 2
    gap = [] if len(cells) <= MOST_ROWS else [["..."] + [""] * len(shown)]
    if gap:
        cells = [*cells[:half], *gap, *cells[-half:]]
    widths = [max(map(len, column)) for column in zip(head, *cells, strict=True)]
    yield from table(
        [
            [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
            for row in (head, *cells)
        ]
    )
    if len(names) > len(shown):
        yield (Span(f"  {len(names) - len(shown)} more: --format json has all.", "aside"),)


def _cut(name: str) -> str:
    name = plain(name)
    return name if len(name) <= _WIDEST else f"{name[: _WIDEST - 3]}..."


def _number(value: Value) -> str:
    found = number_of(value)
    if found is None:
        return "-"
    return rounded(found, 4) if isinstance(found, float) else short(found)


def _curve(name: str, values: Iterable[Value]) -> Iterator[Spans]:
    """`loss  █▆▅▃▂▁  1.3 to 0.2`: the values as cells, averaged where there are many."""
    found = [number for number in map(number_of, values) if _is_number(number)]
    plotted = [float(one) for one in found]  # type: ignore[arg-type] # all are numbers
    if len(plotted) < 2:
        return
    cells = "".join(curve(plotted))
    first, last = _number(plotted[0]), _number(plotted[-1])
    yield Span(f"  {name}  "), Span(cells, "result"), Span(f"  {first} to {last}")


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def curve(values: list[float], width: int = CURVE_WIDTH) -> str:
    """Values as a line of cells, the higher the larger; means of neighbours where there are more
    values than cells."""
    if len(values) > width:
        edges = [round(number * len(values) / width) for number in range(width + 1)]
        parts = [values[edges[i] : edges[i + 1]] for i in range(width)]
        values = [sum(part) / len(part) for part in parts]
    low, high = min(values), max(values)
    if high == low:
        return LEVELS[0] * len(values)
    top = len(LEVELS) - 1
    return "".join(LEVELS[round((value - low) / (high - low) * top)] for value in values)


# -- one step --------------------------------------------------------------------------------------


def _changed(updates: list[Step]) -> Iterator[Spans]:
    """What one step of training changed: each variable before its update, and after it or after
    its constraint."""
    first: dict[str, Value] = {}
    last: dict[str, Value] = {}
    for step in updates:
        name, before = variable_of(step), step.inputs.get("before")
        if name and step.kind == "update" and has_numbers(before):
            first[name] = before
        if name in first and has_numbers(after := step.facts.get("after")):
            last[name] = after
    shown = [(name, first[name], last[name]) for name in first if name in last]
    if shown:
        yield (Span("One step of training changed:"),)
    for name, before, after in shown[:MOST_NAMED]:
        yield (
            Span("  "), Span(plain(name), "name"), Span("  "), Span(numbers(after, 4), "result"),
            Span(f"  (was {numbers(before, 4)})", "aside"),
        )  # fmt: skip
    if len(shown) > MOST_NAMED:
        yield (Span(f"  {len(shown) - MOST_NAMED:,} more variables."),)


# -- how many times Python ran ---------------------------------------------------------------------


def _python_runs(trace: Trace, of: Mapping[str, list[Step]]) -> Iterator[Spans]:
    """How many batches ran, how many of them as replays, and the runs of each `call` in Python."""
    batches = [step for step in of.get("batch", []) if step.error is None]
    ran = sum(map(_count, batches))
    replayed = sum(_count(step) for step in batches if step.facts.get("replayed") is True)
    counted_all = trace.outcome.get("batches")
    if isinstance(counted_all, Dict):  # also those of epochs without steps for batches
        ran, replayed = _held(counted_all, "ran"), _held(counted_all, "replayed")
    counts = trace.outcome.get("python_runs")
    if not ran or not isinstance(counts, Dict) or not counts.entries:
        return
    named = [
        f"{plain(name)} {times(count) if isinstance(count, int) else short(count)}"
        for name, count in counts.entries[:MOST_NAMED]
    ]
    if counts.length > len(named):
        named.append(f"{counts.length - len(named):,} more")
    how = f", {replayed:,} of them as replays of a graph" if replayed else ""
    yield (
        Span(f"{ran:,} {'batch' if ran == 1 else 'batches'} ran{how}."),
        Span(" Python ran the call method of "),
        Span(f"{'each layer: ' * (len(named) > 1)}{', '.join(named)}."),
    )


def _held(counts: Dict, name: str) -> int:
    held = counts.get(name)
    return held if isinstance(held, int) else 0
