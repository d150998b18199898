"""What an object holds at a moment of a timeline: its attributes so far, and what has changed."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from densetrace.data.values import Value
from densetrace.stepper.timeline import Timeline


class Unset(Enum):
    """The type of `UNSET`, which says that an attribute was not there."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET

CHANGES_TOLD: Final = 100


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute at a moment; `changed` when it was set just now, and what stood there before."""

    name: str
    value: Value
    changed: bool
    before: Value | Unset = UNSET


@dataclass(slots=True)
class Life:
    """One object's life: its attributes in the order in which they were first set.

    A name may belong to several objects one after the other; each has a life of its own. `times`
    are the positions at which any attribute was set, `which` tells which one.
    """

    start: int
    names: list[str] = field(default_factory=list)
    firsts: list[int] = field(default_factory=list)
    settings: dict[str, list[int]] = field(default_factory=dict)
    times: list[int] = field(default_factory=list)
    which: list[int] = field(default_factory=list)
    _indices: dict[str, int] = field(default_factory=dict)

    def set(self, name: str, position: int) -> None:
        """Note that an attribute was set."""
        if name not in self.settings:
            self.settings[name] = []
            self.names.append(name)
            self.firsts.append(position)
            self._indices[name] = len(self.names) - 1
        self.settings[name].append(position)
        self.times.append(position)
        self.which.append(self._indices[name])


class States:
    """The attributes of every object in a timeline, by time."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self._lives: dict[str, list[Life]] = {}
        for position, step in enumerate(timeline.steps):
            if step.subject is None or step.kind not in ("new", "assign"):
                continue
            lives = self._lives.setdefault(step.subject, [])
            if step.kind == "new" or not lives:
                lives.append(Life(position))
            name = step.inputs.get("name")
            if step.kind == "assign" and isinstance(name, str):
                lives[-1].set(name, position)

    def subject(self, position: int) -> str | None:
        """The object that is worked on at a position: the step's own, or the one around it."""
        while position >= 0:
            subject = self.timeline.steps[position].subject
            if subject in self._lives:
                return subject
            position = self.timeline.parents[position]
        return None

    def count(self, subject: str, until: int) -> int:
        """How many attributes an object has after the step at `until`."""
        life = self._life(subject, until)
        return bisect_right(life.firsts, until) if life else 0

    def names(self, subject: str, until: int) -> list[str]:
        """The names of all attributes that an object ever has in the life it is in."""
        life = self._life(subject, until)
        return list(life.names) if life else []

    def attribute(self, subject: str, index: int, since: int, until: int) -> Attribute:
        """One attribute after the step at `until`; changed when it was set from `since` on."""
        life = self._life(subject, until)
        assert life is not None
        name = life.names[index]
        settings = life.settings[name]
        latest = bisect_right(settings, until) - 1
        value = self._value(settings[latest])
        if settings[latest] < since:
            return Attribute(name, value, changed=False)
        earlier = bisect_left(settings, since) - 1
        before = self._value(settings[earlier]) if earlier >= 0 else UNSET
        return Attribute(name, value, changed=True, before=before)

    def changes(self, subject: str, since: int, until: int) -> list[int]:
        """The indices of the attributes set from `since` to `until`, in the order in which they are
        set; of very many, the last `CHANGES_TOLD` settings are looked at."""
        life = self._life(subject, until)
        if life is None:
            return []
        start, end = bisect_left(life.times, since), bisect_right(life.times, until)
        return list(dict.fromkeys(life.which[max(start, end - CHANGES_TOLD) : end]))

    def _life(self, subject: str, until: int) -> Life | None:
        lives = self._lives[subject]
        index = bisect_right(lives, until, key=lambda life: life.start) - 1
        return lives[index] if index >= 0 else None

    def _value(self, position: int) -> Value:
        return self.timeline.steps[position].inputs.get("value")
