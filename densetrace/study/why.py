"""Why a target is what it is: the shortest chain of steps from what the person typed to it.

A target is written as in Python: `kernel`, `dense_1.kernel`, `scale.hidden.kernel.shape`. The chain
is the shortest way through the graph of provenance (`densetrace.study.provenance`), by number of
steps. A way that begins with an argument the person wrote goes before one that begins with the data
an object was called on (for an output it is the other way round), that before a default, and that
before a step which only ran because of the person's line.
"""

import heapq
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from densetrace.data.steps import Absent, Step
from densetrace.data.trace import Trace
from densetrace.data.values import Instance, Mapping, Tensor, Value
from densetrace.kinds import KINDS
from densetrace.kinds.statements import attribute_set
from densetrace.study.index import NOTHING, Held, Ledger, Part, Place, direct_parts
from densetrace.study.provenance import ENDINGS, How, Provenance, Source
from densetrace.system.errors import RequestError, did_you_mean, shown

# -- targets ---------------------------------------------------------------------------------------


_WORDS: Final = re.compile(r"[^.\[\]]+")
LISTED: Final = 40
SHOWN_OBJECTS: Final = 4
LONGEST: Final = 120


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked for: `name` of an object, where it stands, and the same of other objects of
    the trace, when the person did not say whose is meant."""

    owner: str
    name: str
    place: Place
    others: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The target with its object, as one would type it."""
        return f"{self.owner}.{self.name}"


def place_of(ledger: Ledger, number: int, name: str) -> Place:
    """Where in a step the attribute stands that an object holds by it."""
    step = ledger.steps[number]
    slot, of, entries = KINDS[step.kind].holds(step, name)
    return Place(number, slot, of, entries)


def find_target(ledger: Ledger, text: str) -> Target:
    """What `text` asks for.

    Raises:
        RequestError: when the trace has nothing of that name: with the near misses and a list.
    """
    held = ledger.index.held
    if not any(held.values()):
        raise RequestError("No object of this trace holds anything, so there is nothing to ask.")
    owner, rest = _owner(text, held)
    words = _WORDS.findall(rest)
    if not words:
        raise _unknown(ledger, held, text, owner)
    owners = [owner] if owner is not None else _by_preference(ledger, held)
    for candidate in owners:
        target = _resolve(ledger, held, candidate, words)
        if target is not None:
            others = () if owner is not None else tuple(_elsewhere(held, words[0], text, candidate))
            return Target(target.owner, target.name, target.place, others)
    raise _unknown(ledger, held, text, owner)


def _owner(text: str, held: Held) -> tuple[str | None, str]:
    """The object that a target begins with, if it does, and what is asked of it."""
    if any(text in attributes for attributes in held.values()):
        return None, text
    for label in sorted(held, key=len, reverse=True):
        if text == label or text.startswith((f"{label}.", f"{label}[")):
            return label, text[len(label) :]
    return None, text


def _elsewhere(held: Held, name: str, text: str, taken: str) -> Iterable[str]:
    """The same target of other objects, as one would type it."""
    return (f"{label}.{text}" for label in held if name in held[label] and label != taken)


def _by_preference(ledger: Ledger, held: Held) -> list[str]:
    """The objects, the one that was asked for first, then in the order in which they were made."""
    asked = ledger.outcome.get("object")
    return sorted(held, key=lambda label: label != asked)


def _resolve(ledger: Ledger, held: Held, owner: str, words: list[str]) -> Target | None:
    name = words[0]
    number = held[owner].get(name)
    if number is None:
        return None
    place = place_of(ledger, number, name)
    for index, word in enumerate(words[1:], start=1):
        value = ledger.value(place)
        if isinstance(value, Instance) and value.label in held and not place.path:
            return _resolve(ledger, held, value.label, words[index:])
        part: Part = int(word) if re.fullmatch(r"-?\d{1,3}", word) else word.strip("'\"")
        place = place.part(part)
        if ledger.value(place) is NOTHING:
            return None
        name += f"[{part}]" if isinstance(part, int) else f".{part}"
    return Target(owner, name, place)


# -- what there is instead ------------------------------------------------------------------------


def _unknown(ledger: Ledger, held: Held, text: str, owner: str | None) -> RequestError:
    owners = [owner] if owner is not None else _by_preference(ledger, held)
    choices = [name for label in owners for name in _names(ledger, held[label])]
    choices += [f"{label}.{name}" for label in held for name in _names(ledger, held[label])]
    asked = text if owner is None else text[len(owner) :].lstrip(".")
    problem = f"This trace has no {shown(asked)}." if asked else "A target names an attribute."
    if owner is not None and asked:
        problem = f"{shown(owner)} has no {shown(asked)}."
    problem += _stopped(ledger, asked)
    near = shown(
        did_you_mean(asked, choices) or did_you_mean(asked.partition(".")[0], choices), 200
    )
    listed = [_listed(label, held[label]) for label in owners[:SHOWN_OBJECTS] if held[label]]
    if len(owners) > SHOWN_OBJECTS:
        listed.append(f"{len(owners) - SHOWN_OBJECTS:,} more objects.")
    return RequestError(problem, "\n".join(filter(None, [near, *listed])))


def _names(ledger: Ledger, attributes: dict[str, int]) -> list[str]:
    """The names of attributes, and of the parts that can be asked for."""
    names = list(attributes)
    for name, number in attributes.items():
        value = ledger.value(place_of(ledger, number, name))
        if isinstance(value, Tensor | Mapping | Instance):
            names += [f"{name}.{part}" for part in direct_parts(value) if isinstance(part, str)]
    return names


def _listed(label: str, attributes: dict[str, int]) -> str:
    names = sorted(attributes)
    more = f" and {len(names) - LISTED:,} more" if len(names) > LISTED else ""
    return f"{shown(label)} has {shown(', '.join(names[:LISTED]), 2000)}{more}."


def _stopped(ledger: Ledger, asked: str) -> str:
    """Of a run that an error ended: what it was that was to set the attribute."""
    error = ledger.outcome.get("error_type")
    if not isinstance(error, str):
        return ""
    name = asked.partition(".")[0]
    for step in ledger.steps:
        attribute = attribute_set(step.where.text) if step.where and step.error else None
        if attribute and attribute.lstrip("_") == name:
            where = shown(".".join(step.point.split(".")[-2:]))
            return f" It was never set: {where} raised {shown(error)}."
    if ledger.outcome.get("stopped") == "refused":
        return " densetrace stopped the run before everything was set."
    return f" {shown(error)} stopped the run before everything was set."


# -- chains ----------------------------------------------------------------------------------------


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
