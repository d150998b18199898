"""The attributes of an object at a position of a timeline, and their changes."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from densetrace.data.values import Value
from densetrace.stepper.timeline import Timeline


class Unset(Enum):
    """The type of `UNSET`, which means that an attribute did not exist."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET

MOST_CHANGES: Final = 100


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute with its value; `changed` if it was just set, and then its value `before`."""

    name: str
    value: Value
    changed: bool
    before: Value | Unset = UNSET


@dataclass(slots=True)
class History:
    """The attributes of one object in the order in which they were first set.

    Several objects may have the same name one after the other; each has its own history. `times`
    are the positions at which any attribute was set, `which` the indices of those attributes.
    """

    start: int
    names: list[str] = field(default_factory=list)
    firsts: list[int] = field(default_factory=list)
    settings: dict[str, list[int]] = field(default_factory=dict)
    times: list[int] = field(default_factory=list)
    which: list[int] = field(default_factory=list)
    _indices: dict[str, int] = field(default_factory=dict)

    def set(self, name: str, position: int) -> None:
        """Record that an attribute was set."""
        if name not in self.settings:
            self.settings[name] = []
            self.names.append(name)
            self.firsts.append(position)
            self._indices[name] = len(self.names) - 1
        self.settings[name].append(position)
        self.times.append(position)
        self.which.append(self._indices[name])


class States:
    """The attributes of every object over a timeline."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self._histories: dict[str, list[History]] = {}
        for position, step in enumerate(timeline.steps):
            if step.subject is None or step.kind not in ("new", "assign"):
                continue
            histories = self._histories.setdefault(step.subject, [])
            if step.kind == "new" or not histories:
                histories.append(History(position))
            name = step.inputs.get("name")
            if step.kind == "assign" and isinstance(name, str):
                histories[-1].set(name, position)

    def subject(self, position: int) -> str | None:
        """The object of the step at a position, or of the nearest step around it."""
        while position >= 0:
            subject = self.timeline.steps[position].subject
            if subject in self._histories:
                return subject
            position = self.timeline.parents[position]
        return None

    def count(self, subject: str, until: int) -> int:
        """The number of attributes of an object after the step at `until`."""
        history = self._history(subject, until)
        return bisect_right(history.firsts, until) if history else 0

    def names(self, subject: str, until: int) -> list[str]:
        """The names of all attributes that the object at `until` ever has."""
        history = self._history(subject, until)
        return list(history.names) if history else []

    def attribute(self, subject: str, index: int, since: int, until: int) -> Attribute:
        """One attribute after the step at `until`, changed if it was set from `since` on."""
        history = self._history(subject, until)
        assert history is not None
        name = history.names[index]
        settings = history.settings[name]
        latest = bisect_right(settings, until) - 1
        value = self._value(settings[latest])
        if settings[latest] < since:
            return Attribute(name, value, changed=False)
        earlier = bisect_left(settings, since) - 1
        before = self._value(settings[earlier]) if earlier >= 0 else UNSET
        return Attribute(name, value, changed=True, before=before)

    def changes(self, subject: str, since: int, until: int) -> list[int]:
        """The indices of the attributes set from `since` to `until`, in that order, but only of the
        last `MOST_CHANGES` settings."""
        history = self._history(subject, until)
        if history is None:
            return []
        start, end = bisect_left(history.times, since), bisect_right(history.times, until)
        return list(dict.fromkeys(history.which[max(start, end - MOST_CHANGES) : end]))

    def _history(self, subject: str, until: int) -> History | None:
        histories = self._histories[subject]
        index = bisect_right(histories, until, key=lambda history: history.start) - 1
        return histories[index] if index >= 0 else None

    def _value(self, position: int) -> Value:
        return self.timeline.steps[position].inputs.get("value")
