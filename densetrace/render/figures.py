"""Pictures among the closing lines of a trace: models with branches, heat maps of weights and
gradients."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from densetrace.data.numbers import statistics_text
from densetrace.data.steps import ABSENT, Step
from densetrace.data.values import Items, Tensor, Value
from densetrace.data.values import Mapping as Dict
from densetrace.data.wording import plain, short
from densetrace.kinds.optimizing import gradient_names
from densetrace.kinds.spans import Span, Spans
from densetrace.render import heatmap
from densetrace.render.lines import Figure
from densetrace.render.model_picture import in_words, lines
from densetrace.render.models import Model, chain, edges, outermost

MOST_MAPS: Final = 12
MOST_ROWS: Final = 8
MOST_COLUMNS: Final = 64
"""The heat maps, and the rows and columns of each, at most."""

_INDENT: Final = Span("   ")


def pictures(found: Sequence[Model]) -> Iterator[Spans]:
    """The models with branches. The table of a model without any already shows its order."""
    for model in outermost(found):
        if edges(model) and not chain(model):
            words = f"Picture of {plain(model.name)}: {in_words(model)}."
            yield Figure((Span(words),), partial(_drawn, model))


def _drawn(model: Model, width: int) -> Iterator[Spans]:
    for line in lines(model, width - len(_INDENT.text)):
        yield (_INDENT, *line)


def heat_maps(of: Mapping[str, list[Step]]) -> Iterator[Spans]:
    """The weights as they are in the end, then the gradients of the last recorded step.

    Args:
        of: the steps of the trace by kind.
    """
    found = [*_weights(of).items(), *_gradients(of)]
    shown = [(name, value) for name, value in found if heatmap.heat_map(value) is not None]
    if not shown:
        return
    yield _legend()
    for name, value in shown[:MOST_MAPS]:
        head = (Span(plain(name), "name"), Span(f" {short(value)}: "))
        yield Figure((*head, Span(heatmap.in_words(value))), partial(_map, head, value))
    if len(shown) > MOST_MAPS:
        yield (Span(f"{len(shown) - MOST_MAPS:,} more heat maps.", "aside"),)


def _legend() -> Figure:
    words = (Span("Weights and gradients:"),)
    signs = (
        Span("Heat maps: "),
        Span(heatmap.POSITIVE, "positive"),
        Span(" positive, "),
        Span(heatmap.NEGATIVE, "negative"),
        Span(f" negative, {heatmap.NEAR_ZERO} near 0; each scale runs from small to large."),
    )
    return Figure(words, lambda width: (signs,))


def _map(head: Spans, value: Value, width: int) -> Iterator[Spans]:
    found = heatmap.heat_map(value)
    assert found is not None
    assert isinstance(value, Tensor)
    columns = min(MOST_COLUMNS, width - len(_INDENT.text))
    fitted = heatmap.fitted(found, columns, MOST_ROWS)
    yield (*head, Span(statistics_text(value) + heatmap.covers(fitted)))
    if any(level != 0 for row in fitted.levels for level in row):
        for row in heatmap.rows(fitted):
            yield (_INDENT, *row)


def _weights(of: Mapping[str, list[Step]]) -> dict[str, Value]:
    """Each weight by its name: `dense/kernel`."""
    found: dict[str, Value] = {}
    for step in of.get("add_weight", []):
        if step.result is not ABSENT:
            found[f"{step.subject}/{plain(step.inputs.get('name'))}"] = step.result
    for kind in ("fit", "on_batch"):
        for step in of.get(kind, []):
            weights = step.facts.get("weights")
            if isinstance(weights, Dict):
                found |= {
                    name.removesuffix(":0"): value
                    for name, value in weights.entries
                    if isinstance(name, str)
                }
    return found


def _gradients(of: Mapping[str, list[Step]]) -> list[tuple[str, Value]]:
    for step in reversed(of.get("gradient", [])):
        if isinstance(step.result, Items):
            names = [f"gradient of {name}" for name in gradient_names(step)]
            return list(zip(names, step.result.items, strict=False))
    return []
