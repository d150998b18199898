"""Building and compiling a model: `add`, `pop`, `graph` and `compile`."""

from collections.abc import Iterable, Iterator
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.values import Items, Mapping
from densetrace.data.wording import LONGEST_VALUE, joined, plain, short
from densetrace.kinds.kind import Effect, Held, Kind, Setting
from densetrace.kinds.label import assigned, called, is_empty, named, point_end, subject
from densetrace.kinds.spans import Spans, span
from densetrace.system.escape import shortened

MOST_DEPTHS: Final = 8
"""A label names the layers of this many depths of a graph."""

_COMPILED: Final = ("put_off", "resolved_now")
"""The facts of `compile` that become attributes of the model."""


def _method(step: Step) -> Spans:
    """A method of a model: `sequential.add(dense)`."""
    # By default, `compile` gets 0 shards.
    given = {
        name: value for name, value in step.inputs.items() if value != 0 and not is_empty(value)
    }
    first = [short(given.pop("layer"))] if "layer" in given else []
    return called(f"{subject(step)}.{point_end(step, 1)}", first + named(given))


def _graph(step: Step) -> Spans:
    """The layers of a functional model: `model = graph: input_1, then dense, then add`."""
    depths = step.facts.get("depths")
    if not isinstance(depths, Items):
        return (*assigned(plain(step.subject)), span("graph", "call"))
    groups = [joined(map(plain, depth.items)) for depth in depths.items if isinstance(depth, Items)]
    if len(groups) > MOST_DEPTHS:
        groups = [*groups[: MOST_DEPTHS - 1], "...", groups[-1]]
    path = shortened(", then ".join(groups), LONGEST_VALUE)
    return (*assigned(plain(step.subject)), span("graph", "call"), span(f": {path}", "value"))


def _compiled(step: Step) -> Iterator[tuple[str, str | int]]:
    """Each fact of `compile` with each of its entries."""
    for fact in _COMPILED:
        match step.facts.get(fact):
            case Mapping(entries):
                yield from ((fact, key) for key, _ in entries if type(key) in (str, int))  # type: ignore[misc] # the types were just checked
            case Items(_, items):
                yield from ((fact, position) for position in range(len(items)))


def _settings(step: Step) -> Iterable[Setting]:
    return [Setting(str(entry)) for _, entry in _compiled(step)]


def _in_fact(step: Step, name: str) -> Held:
    fact, entry = [found for found in _compiled(step) if str(found[1]) == name][-1]
    return Held("fact", fact, (entry,))


def _compile(step: Step, name: str) -> tuple[Effect, Effect]:
    model = plain(step.subject)
    return Effect("compiles", model), Effect("leaves", f"{model} uncompiled")


KINDS: Final = (
    Kind(name="add", label=_method, level="user", act="add to"),
    Kind(name="pop", label=_method, level="user", act="pop from"),
    Kind(name="graph", label=_graph),
    Kind(
        name="compile",
        label=_method,
        level="user",
        act="compile",
        sets=_settings,
        holds=_in_fact,
        effect=_compile,
    ),
)
