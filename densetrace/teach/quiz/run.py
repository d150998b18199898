"""A trace made ready for questions: what stands around a step, found without a search."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from densetrace.teach.reading import given, plain
from densetrace.trace import Step, Trace
from densetrace.values import Class, Instance

_OWN_AFFAIRS: Final = ("InputLayer",)
"""Classes whose objects Keras makes for itself."""


NEARBY: Final = 20
"""How many siblings of a step are looked at on either side of it."""


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
        self._quiet: set[int] = set()
        self._root: dict[int, Step] = {}
        for number, step in enumerate(trace.steps):
            self._sibling[id(step)] = number
        for step in self.steps:
            if step.subject is not None:
                self._about[step.kind, step.subject].append(step)
            parent = self._parent.get(id(step))
            self._root[id(step)] = step if parent is None else self._root[id(parent)]
            if self._is_own_affair(step, parent):
                self._quiet.add(id(step))
            for number, child in enumerate(step.children):
                self._parent[id(child)] = step
                self._sibling[id(child)] = number

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
        """The steps that a step is inside of, the innermost first."""
        outer = self.parent(step)
        while outer is not None:
            yield outer
            outer = self.parent(outer)

    def is_inside(self, step: Step, kind: str, subject: str | None = None) -> bool:
        return any(
            outer.kind == kind and subject in (None, outer.subject) for outer in self.around(step)
        )

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
