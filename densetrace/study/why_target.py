"""What can be asked for in a trace: each object's attributes, its weights and its output, by name.

A target is written as in Python: `kernel`, `dense_1.kernel`, `scale.hidden.kernel.shape`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from densetrace.errors import RequestError, did_you_mean, shown
from densetrace.study.index import COMPILED, Held
from densetrace.study.parts import NOTHING, Part, direct_parts
from densetrace.study.provenance import Ledger, Place
from densetrace.study.statements import attribute_set
from densetrace.values import Instance, Mapping, Tensor

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
    match step.kind:
        case "assign":
            return Place(number, "input", "value")
        case "init":
            return Place(number, "input", "name")
        case "compile":
            return [
                Place(number, "fact", fact, (part,))
                for fact in COMPILED
                for part in direct_parts(step.facts.get(fact))
                if str(part) == name
            ][-1]
    return Place(number, "result")


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
    return f" The run was stopped by {shown(error)} before everything was set."
