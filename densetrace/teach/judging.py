"""Holds what a lesson expects against what happened, and tells what was found instead."""

import re
from dataclasses import dataclass, field
from typing import Final

from densetrace.data.trace import Step, Trace
from densetrace.data.values import Text, Value, counted
from densetrace.data.wording import joined
from densetrace.teach.comparing import MISSING, field_of, holds, text_of, within
from densetrace.teach.facts import (
    Condition,
    Fact,
    OutcomeFact,
    Selector,
    StepFact,
    TextFact,
)

_DRAWN: Final = re.compile(r"[\s│├└─|`]+")
"""Spaces and guides: an output is read without its line breaks and its drawing."""

_MOST_NAMED: Final = 6


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether an expectation holds; `found` says what was found instead when it does not.
    `steps` are those that prove it."""

    fact: Fact
    holds: bool
    found: str = ""
    steps: tuple[Step, ...] = ()


@dataclass(slots=True)
class Judge:
    """Judges what is expected of one run: its trace, if it has one, and the text it showed.

    Words that are shown are looked for one after the other.
    """

    trace: Trace | None
    shown: str
    _at: int = 0
    _steps: tuple[Step, ...] = ()
    _around: dict[int, Step] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.shown = _flat(self.shown)
        if self.trace is not None:
            self._steps = tuple(self.trace.walk())
            self._around = {id(child): step for step in self._steps for child in step.children}

    def judge(self, fact: Fact) -> Finding:
        """Whether a fact holds."""
        if isinstance(fact, TextFact):
            return self._text(fact)
        if self.trace is None:
            return Finding(fact, False, "no single run to look at: only 'shows' can be asked here")
        if isinstance(fact, StepFact):
            return self._step(fact)
        if isinstance(fact, OutcomeFact):
            return self._outcome(fact, self.trace.outcome)
        error = self.trace.outcome.get("error_type")
        if error == fact.type:
            return Finding(fact, True, steps=tuple(s for s in self._steps if s.error)[-1:])
        return Finding(fact, False, told_error(self.trace) or "no error")

    # -- text --------------------------------------------------------------------------------------

    def _text(self, fact: TextFact) -> Finding:
        words = _flat(fact.words)
        if fact.never:
            return Finding(fact, words not in self.shown, "these very words")
        at = self.shown.find(words, self._at)
        if at >= 0:
            self._at = at + len(words)
            return Finding(fact, True)
        earlier = words in self.shown
        place = "these words only before those of the line above" if earlier else "no such words"
        return Finding(fact, False, place)

    # -- steps -------------------------------------------------------------------------------------

    def _step(self, fact: StepFact) -> Finding:
        steps = self._selected(fact.selector)
        if fact.which == "count":
            count = counted(len(steps), "step")
            return Finding(fact, len(steps) == fact.count, count, tuple(steps))
        if not steps:
            return Finding(fact, False, self._none(fact.selector))
        chosen = {"first": steps[:1], "last": steps[-1:], "every": steps}[fact.which]
        if fact.before is not None:
            return self._order(fact, chosen, fact.before)
        for step in chosen:
            for condition in fact.conditions:
                if not holds(condition, field_of(step, condition.path)):
                    return Finding(fact, False, _found(step, condition))
        return Finding(fact, True, steps=tuple(chosen))

    def _order(self, fact: StepFact, chosen: list[Step], later: Selector) -> Finding:
        after = next(iter(self._selected(later)), None)
        if after is None:
            return Finding(fact, False, self._none(later))
        position = {id(step): number for number, step in enumerate(self._steps, start=1)}
        first, second = position[id(chosen[-1])], position[id(after)]
        found = f"the one is step {first}, the other step {second}"
        return Finding(fact, first < second, found, (*chosen, after))

    def _selected(self, selector: Selector) -> list[Step]:
        """The steps that are meant, in order."""
        steps = [
            step
            for step in self._steps
            if step.kind == selector.kind
            and all(holds(one, field_of(step, one.path)) for one in selector.having)
        ]
        if selector.inside is None:
            return steps
        around = {id(step) for step in self._selected(selector.inside)}
        inside: set[int] = set()
        for step in self._steps:  # what a step is inside of comes before it
            outer = self._around.get(id(step))
            if outer is not None and (id(outer) in around or id(outer) in inside):
                inside.add(id(step))
        return [step for step in steps if id(step) in inside]

    def _none(self, selector: Selector) -> str:
        """That there is no such step, and what there is instead."""
        kin = [step for step in self._steps if step.kind == selector.kind]
        if not kin:
            return f"no {selector.kind} step"
        if not selector.having:
            return f"no such step among {len(kin)} of kind {selector.kind}"
        path = selector.having[0].path
        values = dict.fromkeys(text_of(field_of(step, path)) for step in kin)
        named = joined(list(values)[:_MOST_NAMED])
        more = " and others" if len(values) > _MOST_NAMED else ""
        return f"no such step; {'.'.join(path)} is {named}{more}"

    def _outcome(self, fact: OutcomeFact, outcome: dict[str, Value]) -> Finding:
        for condition in fact.conditions:
            value = within(outcome.get(condition.path[0], MISSING), condition.path[1:])
            if not holds(condition, value):
                return Finding(fact, False, f"{'.'.join(condition.path)} is {text_of(value)}")
        return Finding(fact, True)


def told_error(trace: Trace) -> str:
    """The error that ended a run, in one line; empty when none did."""
    error = trace.outcome.get("error_type")
    if error is None:
        return ""
    message = trace.outcome.get("error", "")
    whole = message.start if isinstance(message, Text) else str(message)
    return f"{error}: {' '.join(whole.split())}".rstrip(": ")


def _found(step: Step, condition: Condition) -> str:
    value = text_of(field_of(step, condition.path))
    return f"{'.'.join(condition.path)} is {value} in step {step.id + 1} ({step.point})"


def _flat(shown: str) -> str:
    return _DRAWN.sub(" ", shown).strip()
