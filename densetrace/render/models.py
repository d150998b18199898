"""The tables of the layers of functional models, among the closing lines of a trace."""

from collections.abc import Iterator, Mapping
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.values import Items, Value, counted
from densetrace.data.values import Mapping as Dict
from densetrace.data.wording import plain, shape_text
from densetrace.kinds.spans import Span, Spans

MOST_MODELS: Final = 3
MOST_ROWS: Final = 20
WIDEST: Final = 30
"""The characters of a cell. A longer one has no class after the name of a layer, or is cut."""

_HEAD: Final = ("layer", "output", "parameters", "inputs")


def layers(of: Mapping[str, list[Step]]) -> Iterator[Spans]:
    """A table for each functional model: its layers in the order in which they run.

    Args:
        of: the steps of the trace by kind.
    """
    models = {step.subject: step for step in of.get("graph", []) if _entries(step)}
    for step in list(models.values())[-MOST_MODELS:]:
        yield from _table(step)
    if len(models) > MOST_MODELS:
        yield (Span(f"{counted(len(models) - MOST_MODELS, 'model')} more.", "aside"),)


def _entries(step: Step) -> list[dict[str, Value]]:
    """What a step says of each layer of its graph."""
    listed = step.facts.get("layers")
    entries = listed.items if isinstance(listed, Items) else ()
    return [
        {str(key): value for key, value in entry.entries}
        for entry in entries
        if isinstance(entry, Dict)
    ]


def _table(step: Step) -> Iterator[Spans]:
    entries = _entries(step)
    listed = step.facts.get("layers")
    count = listed.length if isinstance(listed, Items) else len(entries)
    rows = [_HEAD, *(_row(entry) for entry in entries[:MOST_ROWS])]
    if count > MOST_ROWS:
        rows.append((f"{count - MOST_ROWS:,} more", "", "", ""))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    yield (
        Span("Layers of "),
        Span(plain(step.subject), "name"),
        Span(f", in the order in which they run ({count:,}):"),
    )
    for number, row in enumerate(rows):
        name, output, parameters, inputs = row
        cells = (
            name.ljust(widths[0]),
            output.ljust(widths[1]),
            parameters.ljust(widths[2]) if number == 0 else parameters.rjust(widths[2]),
            inputs,
        )
        yield (Span("  " + "  ".join(cells).rstrip(), "aside" if number == 0 else "text"),)


def _row(entry: dict[str, Value]) -> tuple[str, str, str, str]:
    shapes = entry.get("output_shapes")
    listed = shapes.items if isinstance(shapes, Items) else ()
    count = entry.get("parameters")
    inputs = entry.get("inputs")
    sources = inputs.items if isinstance(inputs, Items) else ()
    name = plain(entry.get("name"))
    both = f"{name} ({plain(entry.get('class'))})"
    return (
        both if len(both) <= WIDEST else _cut(name),
        _cut(" or ".join(map(shape_text, listed))),
        f"{count:,}" if isinstance(count, int) else "?",
        _cut(", ".join(map(plain, sources))),
    )


def _cut(text: str) -> str:
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 3]}..."
