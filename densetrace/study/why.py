"""Why a target has its value: the shortest chain of steps from what the user typed to it.

A target is written as in Python: `kernel`, `dense_1.kernel`, `scale.hidden.kernel.shape`. The chain
is the path with the fewest steps through the graph of provenance (`densetrace.study.provenance`). A
path that begins with an argument the user typed comes before one that begins with the data an
object was called on (for an output it is the other way round), that before a default, and that
before a step which ran only because of the user's line.
"""

import heapq
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from densetrace.data.steps import Absent, Step
from densetrace.data.trace import Trace
from densetrace.data.values import Function, Instance, Mapping, Tensor, Value
from densetrace.kinds import KINDS
from densetrace.kinds.statements import attribute_set
from densetrace.study import settings, training, training_targets
from densetrace.study.calls import INNER, Calls, Found
from densetrace.study.index import NOTHING, Held, Part, Place, TraceIndex, direct_parts, part_of
from densetrace.study.provenance import ENDINGS, How, Provenance, Source
from densetrace.system.errors import RequestError, did_you_mean, shown

# -- targets ---------------------------------------------------------------------------------------


_WORDS: Final = re.compile(r"[^.\[\]]+")
MAX_LISTED: Final = 40
MAX_OBJECTS: Final = 4


@dataclass(frozen=True, slots=True)
class Target:
    """An attribute `name` of the object `owner` (or a number of a training, which has
    no owner), its place, and the same attribute of other objects if the user named no object."""

    owner: str
    name: str
    place: Place
    others: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The target with its object, as you would type it."""
        return f"{self.owner}.{self.name}" if self.owner else self.name


def place_of(index: TraceIndex, number: int, owner: str, name: str) -> Place:
    """The place of the attribute of an object that a step sets."""
    step = index.steps[number]
    variable = training.final_weight(step, owner, name)
    if variable is not None:
        return Place(number, "fact", "weights", (variable,))
    slot, of, entries = KINDS[step.kind].holds(step, name)
    return Place(number, slot, of, entries)


def find_target(index: TraceIndex, text: str) -> Target:
    """The target that `text` names.

    Raises:
        RequestError: if the trace has no such attribute, with near misses and a list.
    """
    held = index.tables.held
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":  # as a shell needs it
        text = text[1:-1]
    if "self" not in held:  # as the attribute is written in a method
        text = text.removeprefix("self.")
    calls = Calls(index)
    if training_targets.is_one(text):
        return Target("", *training_targets.find(index, text, calls))
    if (numbered := calls.numbered(text)) is not None:
        return Target("", *numbered)
    if not any(held.values()):
        raise RequestError(
            "No object in this trace has attributes, so there is nothing to ask about.",
            settings.hint(index, text),
        )
    owner, rest = _owner(text, held)
    if owner is None and "/" in text:
        text = training_targets.as_attribute(text)
        owner, rest = _owner(text, held)
    words = _WORDS.findall(rest)
    if not words:
        raise _unknown(index, held, text, owner)
    owners = [owner] if owner is not None else _by_preference(index, held)
    for candidate in owners:
        target = _resolve(index, held, candidate, words)
        if target is not None:
            if owner is not None:
                return _with_others(target, [], calls.beside(target.place, target.name, owner))
            named = [one for one in calls.named(text) if index.value(one[1]) is not NOTHING]
            named += calls.beside(target.place, target.name)
            return _with_others(target, _elsewhere(index, held, words, candidate), named)
    if owner is None:
        if found := calls.named(text):
            return _with_others(Target("", *found[0]), [], found[1:])
        if targets := list(_of_settings(index, held, owners, words)):
            target = targets[0]
            beside = calls.beside(target.place, target.name)
            return _with_others(target, targets[1:], beside)
    raise _unknown(index, held, text, owner)


def _of_settings(
    index: TraceIndex, held: Held, owners: list[str], words: list[str]
) -> Iterator[Target]:
    """The settings of this name of objects that attributes hold: `optimizer.learning_rate`."""
    for owner in owners:
        for name, number in held[owner].items():
            value = index.value(place_of(index, number, owner, name))
            if isinstance(value, Instance) and _has_setting(value, words[0]):
                target = _resolve(index, held, owner, [name, *words])
                if target is not None:
                    yield target


def _has_setting(value: Value | Absent, name: str) -> bool:
    """Whether an object, or the optimizer that it wraps, has a setting of this name."""
    inner = part_of(value, INNER)
    return part_of(value, name) is not NOTHING or part_of(inner, name) is not NOTHING


def _with_others(target: Target, alike: list[Target], of_calls: Iterable[Found]) -> Target:
    """A target with the same ones of other objects and of other calls. What a call ended with may
    be what an object has."""
    shown = {(one.place.step, one.place.path[-1:]) for one in (target, *alike)}
    more = [name for name, place in of_calls if (place.step, place.path[-1:]) not in shown]
    others = dict.fromkeys([*(one.text for one in alike), *more])
    return Target(target.owner, target.name, target.place, tuple(others))


def _owner(text: str, held: Held) -> tuple[str | None, str]:
    """The object that a target begins with, or None, and the rest of the target."""
    if any(text in attributes for attributes in held.values()):
        return None, text
    for label in sorted(held, key=len, reverse=True):
        if text == label or text.startswith((f"{label}.", f"{label}[")):
            return label, text[len(label) :]
    return None, text


def _elsewhere(index: TraceIndex, held: Held, words: list[str], taken: str) -> list[Target]:
    """The same target of other objects."""
    owners = (label for label in held if words[0] in held[label] and label != taken)
    found = ((label, _resolve(index, held, label, words)) for label in owners)
    return [target for _, target in found if target is not None]


def _by_preference(index: TraceIndex, held: Held) -> list[str]:
    """The objects: the one the run was about, then the others in order of creation."""
    asked = index.outcome.get("object")
    return sorted(held, key=lambda label: label != asked)


def _resolve(index: TraceIndex, held: Held, owner: str, words: list[str]) -> Target | None:
    name = words[0]
    number = held[owner].get(name)
    # The numbers of a weight come from its last update, its shape and dtype from its creation.
    if len(words) == 1 or number is None:
        number = index.tables.updated.get(owner, {}).get(name, number)
    if number is None:
        return None
    place = place_of(index, number, owner, name)
    for position, word in enumerate(words[1:], start=1):
        value = index.value(place)
        if isinstance(value, Instance) and value.label in held and not place.path:
            return _resolve(index, held, value.label, words[position:])
        part: Part = int(word) if re.fullmatch(r"-?\d{1,3}", word) else word.strip("'\"")
        place = place.part(part)
        if index.value(place) is NOTHING:
            place = place.whole.part(INNER, part)  # of the optimizer that it wraps
            name += f".{INNER}"
        if index.value(place) is NOTHING:
            return None
        name += f"[{part}]" if isinstance(part, int) else f".{part}"
    return Target(owner, name, place)


# -- errors with suggestions -----------------------------------------------------------------------


def _unknown(index: TraceIndex, held: Held, text: str, owner: str | None) -> RequestError:
    owners = [owner] if owner is not None else _by_preference(index, held)
    choices = [name for label in owners for name in _names(index, label, held[label])]
    choices += [f"{label}.{name}" for label in held for name in _names(index, label, held[label])]
    choices += Calls(index).all_names() if owner is None else ()
    asked = text if owner is None else text[len(owner) :].lstrip(".")
    problem = (
        f"Nothing called '{shown(asked)}' was recorded."
        if asked
        else "A target has to be an attribute."
    )
    if owner is not None and asked:
        problem = f"{shown(owner)} has no {shown(asked)}."
    problem += _stopped(index, asked)
    near = settings.hint(index, asked) if owner is None else ""
    near = near or shown(
        did_you_mean(asked, choices) or did_you_mean(asked.partition(".")[0], choices), 200
    )
    listed = [_listed(label, held[label]) for label in owners[:MAX_OBJECTS] if held[label]]
    if owner is None and asked and not near:
        near = _with_value(index, held, owners, asked)
    if listed and (owner is not None or asked):
        _, _, names = listed[0].partition(" has ")
        listed[0] = f"Try: {names}"
    if len(owners) > MAX_OBJECTS:
        listed.append(f"{len(owners) - MAX_OBJECTS:,} more objects.")
    listed.append(training_targets.listed(index))
    return RequestError(problem, "\n".join(filter(None, [near, *listed])))


def _with_value(index: TraceIndex, held: Held, owners: list[str], asked: str) -> str:
    """Which attribute has the value that was asked for: `relu is the value of activation.`"""
    for label in owners:
        for name, number in held[label].items():
            value = index.value(place_of(index, number, label, name))
            if value is not NOTHING and not isinstance(value, bool) and asked in _called(value):
                target = shown(f"{label}.{name}")
                return f"{shown(asked)} is the value of {target}. Ask about {target} instead."
    return ""


def _called(value: object) -> tuple[str, ...]:
    """The names by which a person may call a value."""
    if isinstance(value, Function):
        return (value.name,)
    if isinstance(value, Instance):
        return (value.cls, value.label)
    return (value,) if isinstance(value, str) else ()


def _names(index: TraceIndex, owner: str, attributes: dict[str, int]) -> list[str]:
    """The names of the attributes of an object and of their parts."""
    names = list(attributes)
    for name, number in attributes.items():
        value = index.value(place_of(index, number, owner, name))
        if isinstance(value, Tensor | Mapping | Instance):
            names += [f"{name}.{part}" for part in direct_parts(value) if isinstance(part, str)]
    return names


def _listed(label: str, attributes: dict[str, int]) -> str:
    names = sorted(attributes)
    more = f" and {len(names) - MAX_LISTED:,} more" if len(names) > MAX_LISTED else ""
    return f"{shown(label)} has {shown(', '.join(names[:MAX_LISTED]), 2000)}{more}."


def _stopped(index: TraceIndex, asked: str) -> str:
    """If an error ended the run: which step would have set the attribute."""
    error = index.outcome.get("error_type")
    if not isinstance(error, str):
        return ""
    name = asked.partition(".")[0]
    for step in index.steps:
        attribute = attribute_set(step.where.text) if step.where and step.error else None
        if attribute and attribute.lstrip("_") == name:
            where = shown(".".join(step.point.split(".")[-2:]))
            return f" It was never set: {where} raised {shown(error)}."
    if index.outcome.get("stopped") == "refused":
        return " densetrace stopped the run before everything was set."
    return f" {shown(error)} stopped the run before everything was set."


# -- chains ----------------------------------------------------------------------------------------


_OUTPUT_ENDINGS: Final[tuple[How, ...]] = ("given", "typed", "left_out", "called")

_COMBINING: Final = ("part", "operand", "computed", "beside")
_PENALTY: Final[dict[How, float]] = {
    "computed": 0.2, "filled": 0.2, "caused": 0.1, "operand": 0.01, "beside": 50.0
}  # fmt: skip
"""Extra cost of weak evidence, which decides between paths of equal length."""

_MAX_PLACES: Final = 50_000
"""The most places that a search expands."""

_MAX_VISITED: Final = 2_000_000
"""The most values and steps visited for a chain, and again for the other ingredients; an ordinary
trace needs a few thousand."""

_MAX_OTHERS: Final = 4


@dataclass(frozen=True, slots=True)
class Link:
    """A step of the chain and the places in it that the path goes through. Only the step of an
    output is in a chain twice: first with its input, last with its result."""

    step: Step
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Ingredient:
    """Another operand or part: its step and place, its value, and how its own chain begins."""

    step: Step
    place: Place
    value: Value
    begins: How
    origin: Link


@dataclass(frozen=True, slots=True)
class Why:
    """The answer: the target with its value, the chain that leads to it, and the other ingredients.
    `begins` says how the first link came from the user. `later` is the last update of a weight, if
    that was not recorded; `unread` a recorded one whose new numbers were not. `acts_in` are the
    steps in which a setting of a training acts, without updates that used another value, and
    `changes` those of callbacks that change it. `used` is None but for a setting of an optimizer,
    which may have been set since. `keras` is 3 for a trace of Keras 3."""

    target: Target
    value: Value | Absent
    begins: How
    links: tuple[Link, ...]
    also: tuple[Ingredient, ...] = field(default=())
    later: training.Later | None = None
    unread: Step | None = None
    acts_in: tuple[Step, ...] = ()
    changes: tuple[Step, ...] = ()
    keras: int = 2
    used: settings.Used | None = None


def why(trace: Trace, target: str, provenance: Provenance | None = None) -> Why:
    """The chain of steps that gave a target its value. Pass the `provenance` of the trace to reuse
    it for several questions.

    Raises:
        RequestError: if the trace has no such target.
    """
    provenance = provenance or Provenance.of(trace)
    found = find_target(provenance.index, target)
    computed = found.place.slot == "result" and provenance.steps[found.place.step].kind == "invoke"
    trained = provenance.steps[found.place.step].kind in training.STEPS
    is_output = trained or (computed and not found.place.path)
    preferred = _OUTPUT_ENDINGS if is_output else ENDINGS
    provenance.index.visited = 0
    path, begins, _ = _shortest(provenance, found.place, preferred, trained)
    links = _links(provenance, path)
    provenance.index.visited = 0
    value = provenance.index.value(found.place)
    if found.place.slot == "left_out":
        value = settings.default(provenance.steps[found.place.step], found.place.name)
    acts_in = settings.acts_in(provenance.index, found.place)
    used = None
    if settings.is_of_optimizer(provenance.index, found.place):
        used = settings.used(provenance.index, found.place, acts_in)
        if used.other is not None:
            acts_in = used.fitting
    return Why(
        found,
        value,
        begins,
        links,
        tuple(_ingredients(provenance, path[::-1] if trained else path, path[0])),
        _later(provenance, path),
        training.unread_update(provenance.index, found.owner, found.name, found.place.step),
        acts_in,
        settings.changes(provenance.index, found.name),
        trace.keras,
        used,
    )


def _later(provenance: Provenance, path: list[Place]) -> training.Later | None:
    """The last update of the weight that a path leads to, if that was not recorded."""
    target = path[-1]
    if target.slot != "fact" or target.name != "weights":
        return None
    for place in reversed(path):
        if provenance.steps[place.step].kind == "update":
            return training.later_update(provenance.index, target.step, place.step)
    return None


def _shortest(
    provenance: Provenance,
    target: Place,
    preferred: tuple[How, ...] = ENDINGS,
    from_data: bool = False,
) -> tuple[list[Place], How, set[How]]:
    """The best path from an ending to the target, the ending, and the kinds of its edges.

    With `from_data`, of the operations of the user only those whose result a model was called on,
    such as `tf.ones`, come first: the arguments of others, such as an exponent, come last.
    """
    order = count()
    waiting: list[tuple[float, int, Place]] = [(0.0, next(order), target)]
    leads_to: dict[Place, tuple[Place, How]] = {}
    cost: dict[Place, float] = {target: 0.0}
    done: set[Place] = set()
    best: tuple[int, Place, How] | None = None
    index = provenance.index
    while waiting and len(done) < _MAX_PLACES and index.visited < _MAX_VISITED:
        so_far, _, place = heapq.heappop(waiting)
        if place in done:
            continue
        done.add(place)
        for source in provenance.sources(place):
            if source.place is None:
                rank = preferred.index(source.how)
                if from_data and provenance.steps[place.step].kind == "op":
                    rank = 0 if _makes_data(provenance, place, leads_to) else len(preferred)
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
    path, edges = [best[1]], set()
    while path[-1] != target:
        following, how = leads_to[path[-1]]
        path.append(following)
        edges.add(how)
    return path, best[2], edges


def _makes_data(
    provenance: Provenance, place: Place, leads_to: dict[Place, tuple[Place, How]]
) -> bool:
    """Whether a place in an operation outside all layers leads to the input of a model."""
    if provenance.index.parent(place.step) is not None:
        return False
    while place in leads_to:
        place = leads_to[place][0]
        if place.slot == "input" and provenance.steps[place.step].kind == "invoke":
            return True
    return False


def _cost(place: Place, source: Source) -> float:
    assert source.place is not None
    return (source.place.step != place.step) + _PENALTY.get(source.how, 0.0) + 0.001


def _links(provenance: Provenance, path: list[Place]) -> tuple[Link, ...]:
    """The steps along a path, each once, in order of first use; the target's own step last."""
    end = len(path)
    while end and path[end - 1].step == path[-1].step:
        end -= 1
    places: dict[int, list[Place]] = {}
    for place in path[:end]:
        places.setdefault(place.step, []).append(place)
    links = [Link(provenance.steps[number], tuple(kept)) for number, kept in places.items()]
    return (*links, Link(provenance.steps[path[-1].step], tuple(path[end:])))


def _ingredients(provenance: Provenance, path: list[Place], first: Place) -> list[Ingredient]:
    """The other operands and parts of the places along a path, which begins with `first`."""
    found: list[Ingredient] = []
    on_path = set(path)
    beginnings = {first}
    for place in path:
        for source in provenance.sources(place):
            other = source.place
            if other is None or other in on_path or source.how not in _COMBINING:
                continue
            value = provenance.index.value(other)
            if value is NOTHING:
                continue
            way, begins, edges = _shortest(provenance, other)
            # Defaults that Keras fills in, such as a dtype, explain nothing.
            if begins == "called" or "filled" in edges or way[0] in beginnings:
                continue
            beginnings.add(way[0])
            step = provenance.steps[other.step]
            origin = Link(provenance.steps[way[0].step], (way[0],))
            found.append(Ingredient(step, other, value, begins, origin))
            if len(found) == _MAX_OTHERS:
                return found
    return found
