"""Why a target is what it is: the shortest chain of steps from what the person typed to it.

The chain is the shortest way through the graph of provenance (`densetrace.study.provenance`), by
number of steps. A way that begins with an argument the person wrote goes before one that begins
with the data an object was called on (for an output it is the other way round), that before a
default, and that before a step which only ran because of the person's line.
"""

import heapq
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from densetrace.study.parts import NOTHING
from densetrace.study.provenance import Place
from densetrace.study.provenance_evidence import ENDINGS, How, Source
from densetrace.study.provenance_sources import Provenance
from densetrace.study.why_target import Target, find_target
from densetrace.trace import Absent, Step, Trace
from densetrace.values import Value

_FOR_OUTPUTS: Final[tuple[How, ...]] = ("given", "typed", "left_out", "called")

_ALL_TOOK_PART: Final = ("part", "operand", "computed")
_HAZARD: Final[dict[How, float]] = {"computed": 0.2, "filled": 0.2, "caused": 0.1, "operand": 0.01}
"""Between ways of equal length, the one with the stronger evidence is taken."""

_SEARCHED: Final = 50_000
"""How many places a search goes to."""

_LOOKED: Final = 2_000_000
"""How many values and steps are looked at for a chain, and again for what else took part; of an
ordinary trace, a few thousand."""

_SHOWN_OTHERS: Final = 4


@dataclass(frozen=True, slots=True)
class Link:
    """A step of the chain, and the places in it where the value, or what became it, stood. Only
    an output stands in its step twice: it begins with the input and ends with the result."""

    step: Step
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Ingredient:
    """Something else that took part: what it is, by which step, and how it begins."""

    step: Step
    place: Place
    value: Value
    begins: How
    origin: Link


@dataclass(frozen=True, slots=True)
class Why:
    """The answer: the target with its value, the chain from the person to it, and what else took
    part. `begins` says what the first link is to the person."""

    target: Target
    value: Value | Absent
    begins: How
    links: tuple[Link, ...]
    also: tuple[Ingredient, ...] = field(default=())


def why(trace: Trace, target: str, provenance: Provenance | None = None) -> Why:
    """The chain of steps that made a target what it is. Whoever asks more than once may keep the
    provenance of the trace, and hand it over.

    Raises:
        RequestError: when the trace has no such target.
    """
    provenance = provenance or Provenance.of(trace)
    found = find_target(provenance.ledger, target)
    computed = found.place.slot == "result" and provenance.steps[found.place.step].kind == "invoke"
    preferred = _FOR_OUTPUTS if computed and not found.place.path else ENDINGS
    provenance.ledger.looked = 0
    path, begins, _ = _shortest(provenance, found.place, preferred)
    links = _links(provenance, path)
    provenance.ledger.looked = 0
    return Why(
        found,
        provenance.ledger.value(found.place),
        begins,
        links,
        tuple(_ingredients(provenance, path)),
    )


def _shortest(
    provenance: Provenance, target: Place, preferred: tuple[How, ...] = ENDINGS
) -> tuple[list[Place], How, set[How]]:
    """The best way from an ending to the target, which ending that is, and how it goes on."""
    order = count()
    waiting: list[tuple[float, int, Place]] = [(0.0, next(order), target)]
    leads_to: dict[Place, tuple[Place, How]] = {}
    cost: dict[Place, float] = {target: 0.0}
    done: set[Place] = set()
    best: tuple[int, Place, How] | None = None
    ledger = provenance.ledger
    while waiting and len(done) < _SEARCHED and ledger.looked < _LOOKED:
        so_far, _, place = heapq.heappop(waiting)
        if place in done:
            continue
        done.add(place)
        for source in provenance.sources(place):
            if source.place is None:
                rank = preferred.index(source.how)
                if best is None or rank < best[0]:
                    best = rank, place, source.how
                continue
            total = so_far + _cost(place, source)
            if total < cost.get(source.place, float("inf")):
                cost[source.place] = total
                leads_to[source.place] = (place, source.how)
                heapq.heappush(waiting, (total, next(order), source.place))
        if best is not None and best[0] == 0:
            break
    if best is None:
        return [target], "called", set()
    path, ways = [best[1]], set()
    while path[-1] != target:
        onward, how = leads_to[path[-1]]
        path.append(onward)
        ways.add(how)
    return path, best[2], ways


def _cost(place: Place, source: Source) -> float:
    assert source.place is not None
    return (source.place.step != place.step) + _HAZARD.get(source.how, 0.0) + 0.001


def _links(provenance: Provenance, path: list[Place]) -> tuple[Link, ...]:
    """The steps along a way, each once, where it first stands; the target's own step last."""
    end = len(path)
    while end and path[end - 1].step == path[-1].step:
        end -= 1
    places: dict[int, list[Place]] = {}
    for place in path[:end]:
        places.setdefault(place.step, []).append(place)
    links = [Link(provenance.steps[number], tuple(kept)) for number, kept in places.items()]
    return (*links, Link(provenance.steps[path[-1].step], tuple(path[end:])))


def _ingredients(provenance: Provenance, path: list[Place]) -> list[Ingredient]:
    """What else took part along a way: the other operands, the other parts."""
    found: list[Ingredient] = []
    onward = set(path)
    begun = set(path[:1])
    for place in path:
        for source in provenance.sources(place):
            other = source.place
            if other is None or other in onward or source.how not in _ALL_TOOK_PART:
                continue
            value = provenance.ledger.value(other)
            if value is NOTHING:
                continue
            way, begins, ways = _shortest(provenance, other)
            # What Keras fills in where nothing was said, such as a dtype, is no news.
            if begins == "called" or "filled" in ways or way[0] in begun:
                continue
            begun.add(way[0])
            step = provenance.steps[other.step]
            origin = Link(provenance.steps[way[0].step], (way[0],))
            found.append(Ingredient(step, other, value, begins, origin))
            if len(found) == _SHOWN_OTHERS:
                return found
    return found
