"""A trace indexed for questions: the neighbours of a step without a search."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.data.values import Class, Instance, Mapping, Tensor
from densetrace.data.wording import first, given, plain
from densetrace.kinds import KINDS as STEP_KINDS

_INTERNAL_CLASSES: Final = ("InputLayer",)
"""Classes whose objects Keras creates internally."""


MAX_SIBLINGS: Final = 20
"""The most siblings that `nearby` gives on either side of a step."""

MAX_PARENTS: Final = 1000
"""The most parents that `parents` gives, innermost first."""


class Run:
    """The steps of a trace with lookup of parents, siblings and objects. It is built once; a lookup
    then costs what is near a step, not the length of the trace.

    Steps are distinguished by identity: a step from a damaged file may have any `id`.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.steps = tuple(trace.walk())
        self._position = {id(step): position for position, step in enumerate(self.steps)}
        self._parent: dict[int, Step] = {}
        self._sibling: dict[int, int] = {}
        self._about: dict[tuple[str, str], list[Step]] = defaultdict(list)
        self._of_kind: dict[str, list[int]] = defaultdict(list)
        self._nested: set[int] = set()
        self._first: dict[tuple[int, str], Step | None] = {}
        self._internal: set[int] = set()
        self._root: dict[int, Step] = {}
        for number, step in enumerate(trace.steps):
            self._sibling[id(step)] = number
        for step in self.steps:
            for number, child in enumerate(step.children):
                self._parent[id(child)] = step
                self._sibling[id(child)] = number
        self._ends = self._ends_of_steps()
        until: dict[tuple[str, str], int] = defaultdict(int)
        for position, step in enumerate(self.steps):
            self._of_kind[step.kind].append(position)
            if step.subject is not None:
                named = step.kind, step.subject
                self._about[named].append(step)
                if position < until[named]:
                    self._nested.add(id(step))
                until[named] = max(until[named], self._ends[position])
            parent = self._parent.get(id(step))
            self._root[id(step)] = step if parent is None else self._root[id(parent)]
            if self._is_internal_step(step, parent):
                self._internal.add(id(step))

    def _ends_of_steps(self) -> list[int]:
        """For each step, the position after the last step inside it."""
        ends = list(range(1, len(self.steps) + 1))
        for position in range(len(self.steps) - 1, -1, -1):
            parent = self._parent.get(id(self.steps[position]))
            if parent is not None:
                outer = self._position[id(parent)]
                ends[outer] = max(ends[outer], ends[position])
        return ends

    def _is_internal_step(self, step: Step, parent: Step | None) -> bool:
        if parent is not None and id(parent) in self._internal:
            return True
        if step.point.startswith("keras.metrics.") and step.kind != "get":
            return True
        if step.kind == "new" and parent is not None and parent.kind == "compile":
            return True
        return class_of(step) in _INTERNAL_CLASSES

    def position(self, step: Step) -> int:
        """The position of a step in the order of opening, from 0."""
        return self._position[id(step)]

    def is_internal(self, step: Step) -> bool:
        """Whether a step is about an object that Keras creates internally: an input layer, or the
        metric in which `compile` accumulates the loss."""
        return id(step) in self._internal

    def is_inner(self, step: Step) -> bool:
        """Whether a step is an operation that a function of Keras or TensorFlow consists of: only
        the framework level shows it."""
        return STEP_KINDS[step.kind].is_inner(step, self.parent(step))

    def parent(self, step: Step) -> Step | None:
        return self._parent.get(id(step))

    def parents(self, step: Step) -> Iterator[Step]:
        """The parents of a step, innermost first, at most `MAX_PARENTS`."""
        outer = self.parent(step)
        for _ in range(MAX_PARENTS):
            if outer is None:
                return
            yield outer
            outer = self.parent(outer)

    def is_nested(self, step: Step) -> bool:
        """Whether a step is inside another one of its kind that is about the same object."""
        return id(step) in self._nested

    def inside(self, step: Step, kind: str) -> Iterator[Step]:
        """The steps of a kind inside a step, at any depth, in order."""
        positions = self._of_kind.get(kind, [])
        position = self._position[id(step)]
        for index in range(bisect_right(positions, position), len(positions)):
            if positions[index] >= self._ends[position]:
                return
            yield self.steps[positions[index]]

    def first(self, step: Step, kind: str) -> Step | None:
        """The first child of a kind, cached."""
        key = id(step), kind
        if key not in self._first:
            self._first[key] = first(step, kind)
        return self._first[key]

    @cached_property
    def compiled(self) -> Step | None:
        """The first outermost `compile` step."""
        return next((step for step in self.trace.steps if step.kind == "compile"), None)

    @cached_property
    def learning_rates(self) -> dict[str, float]:
        """The learning rate of each optimizer that `compile` looked up, by its label."""
        rates: dict[str, float] = {}
        for position in self._of_kind.get("compile", ()):
            now = self.steps[position].facts.get("resolved_now")
            found = now.get("optimizer") if isinstance(now, Mapping) else None
            if isinstance(found, Instance) and found.config is not None:
                match found.config.get("learning_rate"):
                    case float() as rate:
                        rates[found.label] = rate
                    case Tensor(shape=(), elements=(float() as rate,)):
                        rates[found.label] = rate
        return rates

    @cached_property
    def has_model(self) -> bool:
        """Whether one of the outermost steps is about a Sequential."""
        return any(class_of(step) == "Sequential" for step in self.trace.steps)

    @cached_property
    def layers(self) -> frozenset[str]:
        """The names of the layers that the outermost steps construct."""
        made = (step.subject for step in self.trace.steps if step.kind == "layout")
        return frozenset(name for name in made if name is not None)

    @cached_property
    def built(self) -> list[int]:
        """The positions of the steps that build one of these layers or add a weight to it."""
        positions = [*self._of_kind.get("build", ()), *self._of_kind.get("add_weight", ())]
        return sorted(
            position for position in positions if self.steps[position].subject in self.layers
        )

    @cached_property
    def weights(self) -> tuple[str, ...]:
        """The names of the weights that steps add to these layers: `dense/kernel`."""
        added = (self.steps[position] for position in self.built)
        named = (
            f"{plain(step.subject)}/{plain(given(step, 'name'))}"
            for step in added
            if step.kind == "add_weight" and step.error is None
        )
        return tuple(dict.fromkeys(named))

    def builds_layers(self, step: Step) -> bool:
        """Whether a step contains a step that builds one of these layers."""
        position = self._position[id(step)]
        later = bisect_right(self.built, position)
        return later < len(self.built) and self.built[later] < self._ends[position]

    def weights_before(self, step: Step) -> bool:
        """Whether one of these layers got a weight before a step."""
        position = self._position[id(step)]
        added = (built for built in self.built if self.steps[built].kind == "add_weight")
        return next(added, position) < position

    def weights_until(self, step: Step) -> list[Step]:
        """The steps up to the end of a step that add weights, other than those of internal
        objects."""
        end = self._ends[self._position[id(step)]]
        added = (self.steps[one] for one in self._of_kind.get("add_weight", ()) if one < end)
        return [one for one in added if not self.is_internal(one) and one.error is None]

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
        """The siblings shortly before a step, nearest first, and those shortly after it."""
        siblings, number = self.siblings(step), self._sibling[id(step)]
        earlier = siblings[max(0, number - MAX_SIBLINGS) : number]
        return earlier[::-1], siblings[number + 1 : number + 1 + MAX_SIBLINGS]

    def about(self, kind: str, subject: str | None) -> Sequence[Step]:
        """The steps of a kind about one object, in order."""
        return self._about.get((kind, subject or ""), ())

    def feeds(self, step: Step) -> Step | None:
        """The next step, if it assigns the result of this lookup in the same function."""
        follower = self.after(step)
        if follower is None or follower.kind != "assign" or step.error is not None:
            return None
        first, second = step.where, follower.where
        same_function = (
            first is not None
            and second is not None
            and (first.file, first.function) == (second.file, second.function)
        )
        return follower if same_function and step.result == given(follower, "value") else None

    def context(self, step: Step) -> str:
        """The line of a script that caused a step: `Line 5: model.add(...)`. Empty for an
        expression, which is a single line."""
        where = self.outermost(step).where
        if self.trace.source.get("kind") == "expression" or where is None or not where.text:
            return ""
        # A statement may continue on lines that are not recorded.
        more = " ..." if where.text.rstrip().endswith((",", "(", "[", "{", "\\")) else ""
        return f"Line {where.line}: {plain(where.text)}{more}"


def class_of(step: Step) -> str:
    """The class of the object that a step is about; empty if it was not recorded."""
    named = given(step, "class")
    if isinstance(named, str):
        return named
    if isinstance(named, Class):
        return named.name
    made = given(step, "layer") if step.kind == "add" else None
    return made.cls if isinstance(made, Instance) else ""


def ends(step: Step, point: str) -> bool:
    """Whether a hook point ends with `point`, such as `Dense.__init__`."""
    return step.point == point or step.point.endswith("." + point)


def brief(point: str, parts: int = 2) -> str:
    """The last parts of a hook point: `Dense.__init__`, safe to show."""
    return plain(".".join(point.split(".")[-parts:]))


def name_of(step: Step) -> str:
    """The label of the object that a step is about."""
    return plain(step.subject) if step.subject is not None else "the layer"
