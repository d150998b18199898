"""A trace made ready for questions: what stands around a step, found without a search."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.data.values import Class, Instance
from densetrace.data.wording import first, given, plain

_OWN_AFFAIRS: Final = ("InputLayer",)
"""Classes whose objects Keras makes for itself."""


NEARBY: Final = 20
"""How many siblings of a step are looked at on either side of it."""

FAR_AROUND: Final = 1000
"""How many of the steps around a step are looked at, the innermost ones."""


class Run:
    """The steps of a trace with their neighbourhood. Made once; every question it is asked then
    costs what stands near a step, not what the trace holds.

    Steps are told apart by identity: one that was read from a damaged file may have any `id`.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.steps = tuple(trace.walk())
        self._place = {id(step): place for place, step in enumerate(self.steps)}
        self._parent: dict[int, Step] = {}
        self._sibling: dict[int, int] = {}
        self._about: dict[tuple[str, str], list[Step]] = defaultdict(list)
        self._of_kind: dict[str, list[int]] = defaultdict(list)
        self._again: set[int] = set()
        self._first: dict[tuple[int, str], Step | None] = {}
        self._quiet: set[int] = set()
        self._root: dict[int, Step] = {}
        for number, step in enumerate(trace.steps):
            self._sibling[id(step)] = number
        for step in self.steps:
            for number, child in enumerate(step.children):
                self._parent[id(child)] = step
                self._sibling[id(child)] = number
        self._ends = self._found_ends()
        until: dict[tuple[str, str], int] = defaultdict(int)
        for place, step in enumerate(self.steps):
            self._of_kind[step.kind].append(place)
            if step.subject is not None:
                named = step.kind, step.subject
                self._about[named].append(step)
                if place < until[named]:
                    self._again.add(id(step))
                until[named] = max(until[named], self._ends[place])
            parent = self._parent.get(id(step))
            self._root[id(step)] = step if parent is None else self._root[id(parent)]
            if self._is_own_affair(step, parent):
                self._quiet.add(id(step))

    def _found_ends(self) -> list[int]:
        """For each step, the first place after everything inside it."""
        ends = list(range(1, len(self.steps) + 1))
        for place in range(len(self.steps) - 1, -1, -1):
            parent = self._parent.get(id(self.steps[place]))
            if parent is not None:
                around = self._place[id(parent)]
                ends[around] = max(ends[around], ends[place])
        return ends

    def _is_own_affair(self, step: Step, parent: Step | None) -> bool:
        if parent is not None and id(parent) in self._quiet:
            return True
        if step.point.startswith("keras.metrics.") and step.kind != "get":
            return True
        if step.kind == "new" and parent is not None and parent.kind == "compile":
            return True
        return class_of(step) in _OWN_AFFAIRS

    def place(self, step: Step) -> int:
        """The position of a step in the order of opening, from 0."""
        return self._place[id(step)]

    def is_quiet(self, step: Step) -> bool:
        """Whether a step belongs to an object that Keras made for itself: an input layer, or the
        metric in which `compile` will count the loss."""
        return id(step) in self._quiet

    def parent(self, step: Step) -> Step | None:
        return self._parent.get(id(step))

    def around(self, step: Step) -> Iterator[Step]:
        """The steps that a step is inside of, the innermost first, and no more than
        `FAR_AROUND`."""
        outer = self.parent(step)
        for _ in range(FAR_AROUND):
            if outer is None:
                return
            yield outer
            outer = self.parent(outer)

    def is_again(self, step: Step) -> bool:
        """Whether a step is inside another one of its kind that is about the same object."""
        return id(step) in self._again

    def inside(self, step: Step, kind: str) -> Iterator[Step]:
        """The steps of a kind inside a step, at any depth, in order."""
        places = self._of_kind.get(kind, [])
        place = self._place[id(step)]
        for index in range(bisect_right(places, place), len(places)):
            if places[index] >= self._ends[place]:
                return
            yield self.steps[places[index]]

    def first(self, step: Step, kind: str) -> Step | None:
        """The first step of a kind right inside a step, found once for all the steps in there."""
        key = id(step), kind
        if key not in self._first:
            self._first[key] = first(step, kind)
        return self._first[key]

    @cached_property
    def compiled(self) -> Step | None:
        """The first `compile` that no other step is around."""
        return next((step for step in self.trace.steps if step.kind == "compile"), None)

    @cached_property
    def has_model(self) -> bool:
        """Whether one of the outermost steps is about a Sequential."""
        return any(class_of(step) == "Sequential" for step in self.trace.steps)

    @cached_property
    def layers(self) -> frozenset[str]:
        """The layers that are constructed by the outermost steps, by name."""
        made = (step.subject for step in self.trace.steps if step.kind == "layout")
        return frozenset(name for name in made if name is not None)

    @cached_property
    def built(self) -> list[int]:
        """The places of the steps that build one of these layers or add a weight to it."""
        places = [*self._of_kind.get("build", ()), *self._of_kind.get("add_weight", ())]
        return sorted(place for place in places if self.steps[place].subject in self.layers)

    def builds_layers(self, step: Step) -> bool:
        """Whether one of these steps is inside a step."""
        place = self._place[id(step)]
        later = bisect_right(self.built, place)
        return later < len(self.built) and self.built[later] < self._ends[place]

    def weights_before(self, step: Step) -> bool:
        """Whether one of these layers got a weight before a step."""
        place = self._place[id(step)]
        added = (built for built in self.built if self.steps[built].kind == "add_weight")
        return next(added, place) < place

    def outermost(self, step: Step) -> Step:
        """The outermost step that a step is inside of, or the step itself."""
        return self._root[id(step)]

    def siblings(self, step: Step) -> tuple[Step, ...]:
        parent = self.parent(step)
        return self.trace.steps if parent is None else parent.children

    def before(self, step: Step) -> Step | None:
        """The sibling just before a step."""
        number = self._sibling[id(step)]
        return self.siblings(step)[number - 1] if number else None

    def after(self, step: Step) -> Step | None:
        """The sibling just after a step."""
        siblings, number = self.siblings(step), self._sibling[id(step)] + 1
        return siblings[number] if number < len(siblings) else None

    def nearby(self, step: Step) -> tuple[Sequence[Step], Sequence[Step]]:
        """The siblings shortly before a step, the nearest first, and those shortly after it."""
        siblings, number = self.siblings(step), self._sibling[id(step)]
        earlier = siblings[max(0, number - NEARBY) : number]
        return earlier[::-1], siblings[number + 1 : number + 1 + NEARBY]

    def about(self, kind: str, subject: str | None) -> Sequence[Step]:
        """The steps of a kind about one object, in order."""
        return self._about.get((kind, subject or ""), ())

    def feeds(self, step: Step) -> Step | None:
        """The assignment that the very next step makes of what a lookup gave."""
        follower = self.after(step)
        if follower is None or follower.kind != "assign" or step.error is not None:
            return None
        first, second = step.where, follower.where
        same_place = (
            first is not None
            and second is not None
            and (first.file, first.function) == (second.file, second.function)
        )
        return follower if same_place and step.result == given(follower, "value") else None

    def context(self, step: Step) -> str:
        """The line of a script that a step belongs to: `Line 5: model.add(...)`. Empty for an
        expression, which is one line altogether."""
        where = self.outermost(step).where
        if self.trace.source.get("kind") == "expression" or where is None or not where.text:
            return ""
        # A statement may go on in lines that are not recorded.
        more = " ..." if where.text.rstrip().endswith((",", "(", "[", "{", "\\")) else ""
        return f"Line {where.line}: {plain(where.text)}{more}"


def class_of(step: Step) -> str:
    """The class of the object that a step is about; empty when it is not told."""
    named = given(step, "class")
    if isinstance(named, str):
        return named
    if isinstance(named, Class):
        return named.name
    made = given(step, "layer") if step.kind == "add" else None
    return made.cls if isinstance(made, Instance) else ""


def ends(step: Step, point: str) -> bool:
    """Whether a hook point ends so: `Dense.__init__`."""
    return step.point == point or step.point.endswith("." + point)


def brief(point: str, parts: int = 2) -> str:
    """The last parts of a hook point: `Dense.__init__`, safe to show."""
    return plain(".".join(point.split(".")[-parts:]))


def name_of(step: Step) -> str:
    """What the object of a step is called."""
    return plain(step.subject) if step.subject is not None else "the layer"
