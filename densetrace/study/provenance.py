"""Where a value came from: for each place of a trace, the places it was taken from.

Every rule asks for evidence that the trace itself holds: an equal value, an object met again, a
name in the source line, the statement that a lookup shares with the assignment it feeds. Where
there is none, a value came from the step that was running: its line says so and no more. No rule
knows what an attribute means; a person's own classes are treated as Keras's.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Final, Literal, TypeAlias

from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.data.values import Function, Instance, Items, Tensor, Value
from densetrace.kinds import KINDS
from densetrace.study.index import (
    MOST_PARTS,
    NOTHING,
    Ledger,
    Part,
    Place,
    direct_parts,
    is_persons,
    is_someone,
    is_telling,
    same,
)

# -- what a source line says -----------------------------------------------------------------------


LONGEST_LINE: Final = 2_000
"""Longer lines are not parsed. What the recorder keeps of a line is a tenth of that."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a line says of a value: the names and the attributes of `self` that stand in its
    expression, or that the expression is a literal."""

    names: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    literal: bool = False


def said(step: Step, parent: Step | None, name: str, position: int | None = None) -> Said:
    """What the line that caused `step` says of its input `name`, given there as a keyword or at a
    position; nothing when the line does not stand in the function of the step's parent, whose
    arguments its names would be.
    """
    if step.where is None or not _stands_in(step, parent):
        return Said()
    if step.kind == "assign":
        return _assigned(step.where.text, str(step.inputs.get("name")))
    function = _function(step)
    return _argument(step.where.text, function, name, position)


def said_of_part(step: Step, parent: Step | None, part: str | int) -> Said:
    """What the line that assigns a new object says of one of its settings:
    `self.input_spec = InputSpec(min_ndim=2)`."""
    if step.where is None or not isinstance(part, str) or not _stands_in(step, parent):
        return Said()
    return _argument(step.where.text, "", part, None)


def _stands_in(step: Step, parent: Step | None) -> bool:
    """Whether the line stands in the function of the step around, whose arguments it names."""
    if step.where is None or parent is None:
        return False
    return step.where.function.rpartition(".")[2] == parent.point.rpartition(".")[2]


def _function(step: Step) -> str:
    """The name by which a line calls what opened a step; empty when it can be any."""
    if step.kind == "new":
        return str(step.inputs.get("class"))
    return "" if KINDS[step.kind].goes_by_any_name else step.point.rpartition(".")[2]


@lru_cache(maxsize=4096)
def _assigned(text: str, attribute: str) -> Said:
    tree = _parsed(text)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(_sets(target, attribute) for target in targets):
                return _told(node.value)
    return Said()


def _sets(target: ast.expr, attribute: str) -> bool:
    # `self._kernel_x = ...` sets the property `kernel_x`.
    return isinstance(target, ast.Attribute) and target.attr in (attribute, f"_{attribute}")


@lru_cache(maxsize=4096)
def _argument(text: str, function: str, name: str, position: int | None) -> Said:
    tree = _parsed(text)
    for node in ast.walk(tree) if tree else ():
        if not isinstance(node, ast.Call) or not _calls(node.func, function):
            continue
        for keyword in node.keywords:
            if keyword.arg == name:
                return _told(keyword.value)
        if position is not None and position < len(node.args):
            return _told(node.args[position])
    return Said()


def _calls(node: ast.expr, function: str) -> bool:
    match node:
        case ast.Name(id=called) | ast.Attribute(attr=called):
            return not function or called == function
    return not function


def _told(expression: ast.expr) -> Said:
    names, attributes = [], []
    for node in ast.walk(expression):
        match node:
            case ast.Attribute(value=ast.Name(id="self"), attr=attribute):
                attributes.append(attribute)
            case ast.Name(id=name) if name != "self":
                names.append(name)
            case ast.Constant(value=str(key)):  # as in `kwargs.pop("name")`
                names.append(key)
    return Said(tuple(names), tuple(attributes), _is_literal(expression))


def _is_literal(expression: ast.expr) -> bool:
    return not any(
        isinstance(node, ast.Name | ast.Call | ast.Attribute) for node in ast.walk(expression)
    )


def _parsed(text: str) -> ast.Module | None:
    """The syntax of a line; of a statement that goes on in other lines, nothing."""
    if len(text) > LONGEST_LINE:
        return None
    for attempt in (text, text.rstrip(":") + ": pass"):
        try:
            return ast.parse(attempt)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None


# -- evidence --------------------------------------------------------------------------------------


How: TypeAlias = Literal[
    "typed",  # the person wrote it
    "given",  # the person called the object on it, or densetrace did for them
    "left_out",  # the person left it out, so its default stands
    "called",  # the person's line made it run, and more is not known
    "bound",  # an argument of `__init__` is one of the construction
    "passed",  # it was an argument of the step around
    "computed",  # the line computes it from this
    "fed",  # it came out of an earlier step
    "found",  # it was looked up by this
    "inside",  # it came out of a step inside
    "operand",  # it was computed from this
    "read",  # it was an attribute of the object
    "part",  # it consists of this
    "filled",  # this was None, so a value was filled in
    "caused",  # it ran because of this
]
ENDINGS: Final[tuple[How, ...]] = ("typed", "given", "left_out", "called")


@dataclass(frozen=True, slots=True)
class Source:
    """How a value came to a place, and from where; None when it came from the person."""

    how: How
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Looks for evidence around the places of a trace."""

    ledger: Ledger

    def fed(self, number: int, step: Step, value: Value) -> int | None:
        """The earlier step of the same statement that gave this value."""
        for sibling in self.ledger.earlier_siblings(number):
            earlier = self.ledger.steps[sibling]
            if not _same_statement(earlier, step):
                return None
            if earlier.kind != "new" and same(earlier.result, value):
                return sibling
        return None

    def told(self, number: int, told: Said, value: Value) -> list[Source]:
        """What a line says of a value: the names it is made of, or that it stands there."""
        named = self.named(number, told, value)
        if named or not told.literal:
            return named
        if is_persons(self.ledger.steps[number]):
            return [Source("typed")]
        return [Source("caused", Place(number, "run"))]

    def named(self, number: int, told: Said, value: Value) -> list[Source]:
        """What the names in a line stand for: arguments of the step around, attributes."""
        above = self.ledger.above(number)
        if above is None:
            return []
        equal, other = [], []
        for name in told.names:
            if name in self.ledger.steps[above].inputs:
                place = Place(above, "input", name)
                path = self._path_to(place, value)
                if path is not None:
                    equal.append(Source("passed", place.part(*path)))
                else:
                    other.append(Source("computed", place))
        attributes = self.ledger.attributes(self.ledger.steps[above].subject, number)
        for name in told.attributes:
            if name in attributes:
                place = Place(attributes[name], "input", "value")
                path = self._path_to(place, value)
                if path is not None:
                    equal.append(Source("read", place.part(*path)))
                else:
                    other.append(Source("computed", place))
        return equal or other

    def _path_to(self, place: Place, value: Value) -> tuple[Part, ...] | None:
        """The path to a value in what stands in a place; None when it is not there."""
        for path, found in self.ledger.parts(place):
            if same(found, value) and (not path or is_telling(value)):
                return path
        return None

    def met_before(self, place: Place, parent: Step | None, value: Value) -> list[Source]:
        """The same object met before, or an equal value near by."""
        if not is_telling(value):
            return []
        near = list(self._near(place.step, parent))
        if is_someone(value):
            for how, candidate in near:
                if same(self.ledger.value(candidate), value):
                    return [Source(how, candidate)]
            earlier = self.ledger.came_out_before(value, place.step)
            return [] if earlier is None else [Source("fed", Place(earlier, "result"))]
        equal = [
            Source(how, candidate.part(*path))
            for how, candidate in near
            for path, found in self.ledger.parts(candidate)
            if same(found, value) and "dtype" not in path  # all tensors may have one dtype
        ]
        if not equal:
            return []
        return [equal[min(self._repeats(place, value), len(equal) - 1)]]

    def _near(self, number: int, parent: Step | None) -> Iterator[tuple[How, Place]]:
        """What a line can see: the arguments of the step around, the attributes of its object, and
        what the objects among those arguments were made with."""
        above = self.ledger.above(number)
        if parent is None or above is None:
            return
        yield from (("passed", Place(above, "input", name)) for name in parent.inputs)
        own_name = self.ledger.steps[number].inputs.get("name")
        for name, step in self.ledger.attributes(parent.subject, number).items():
            if name != own_name:  # what stood there before is replaced, not used
                yield "read", Place(step, "input", "value")
        for value in parent.inputs.values():
            if isinstance(value, Instance):
                made = self.ledger.labelled_before(value.label, number)
                if made is not None and self.ledger.steps[made].kind == "new":
                    yield "read", Place(made, "fact", "bound")

    def _repeats(self, place: Place, value: Value) -> int:
        """How often the same value stands before this part in the same whole: two equal sizes of
        a shape do not come from one place when there are two to come from."""
        last = place.path[-1] if place.path else None
        if not isinstance(last, int):
            return 0
        whole = self.ledger.value(place.whole)
        items = whole.items[:last] if isinstance(whole, Items) else ()
        self.ledger.looked += len(items)
        return sum(same(item, value) for item in items)

    def in_pieces(self, place: Place, value: Value) -> list[Source]:
        parts: list[Part] = list(islice(direct_parts(value), MOST_PARTS))
        if isinstance(value, Tensor):
            parts = ["shape"]
        return [
            Source("part", place.part(part))
            for part in parts
            if is_telling(self.ledger.value(place.part(part)))
        ]

    def defaulted(self, place: Place, step: Step, name: str) -> list[Source]:
        """What was filled in for an argument of the same name that was None; else the step that
        ran says it."""
        caused = [Source("caused", Place(place.step, "run"))]
        if place.path:
            return caused
        above = self.ledger.above(place.step)
        about = step.subject or (self.ledger.steps[above].subject if above is not None else None)
        if about is not None:
            for number in self.ledger.initializers_of(about, place.step):
                inputs = self.ledger.steps[number].inputs
                if name in inputs and inputs[name] is None:
                    return [Source("filled", Place(number, "input", name))]
        return caused


def _same_statement(step: Step, later: Step) -> bool:
    first, second = step.where, later.where
    if first is None or second is None:
        return False
    # A statement of several lines assigns on its first and may look up further down.
    same_place = (first.file, first.function) == (second.file, second.function)
    return same_place and second.line <= first.line


# -- sources ---------------------------------------------------------------------------------------


_KEEPS: Final = ("bound", "passed", "fed", "inside", "read", "found")
"""By these a value comes unchanged, so that each part of it comes from the same part."""

_BY_LAST: Final = ("tf.matmul", "tf.tensordot")
"""Operations whose last axis is that of their second operand, the others those of the first."""


@dataclass(slots=True)
class Provenance:
    """The graph of where values came from, drawn only where somebody asks."""

    ledger: Ledger
    evidence: Evidence
    _known: dict[Place, tuple[Source, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, trace: Trace) -> "Provenance":
        """The provenance of a trace."""
        ledger = Ledger(trace)
        return cls(ledger, Evidence(ledger))

    def is_of(self, trace: Trace) -> bool:
        """Whether this is still the provenance of a trace."""
        return self.ledger.of is trace.steps

    @property
    def steps(self) -> list[Step]:
        """The steps of the trace by number, which is what a place counts."""
        return self.ledger.steps

    def sources(self, place: Place) -> tuple[Source, ...]:
        """The places that the value in `place` came from, each with evidence. When there are
        several, `part`, `computed` and `operand` say that all took part; otherwise any may be it.
        """
        if place not in self._known:
            self._known[place] = ()  # a place is no source of itself
            found = dict.fromkeys(self._found(place))
            self._known[place] = tuple(source for source in found if source.place != place)
        return self._known[place]

    def _found(self, place: Place) -> list[Source]:
        if place.slot == "run":
            return self._causes(place.step)
        if place.slot == "left_out":
            return [Source("left_out")]
        value = self.ledger.value(place)
        if value is NOTHING:
            return []
        if place.path:
            kept = self._with_the_whole(place, value)
            if kept:
                return kept
        step = self.ledger.steps[place.step]
        if place.slot == "fact" and step.kind != "new":
            return self._settled(place, value)
        if place.slot == "subject":
            return self._subject(place, str(value))
        if place.slot == "result":
            return self._came_out(place, step, value)
        if step.kind == "new":
            return self._constructed(place, step, value)
        if KINDS[step.kind].initializes and not place.path:
            return self._argument(place, step, value)
        return self._came_in(place, step, value, place.name)

    def _with_the_whole(self, place: Place, value: Value) -> list[Source]:
        """Where a part came from when the whole came unchanged: the same part there."""
        kept = []
        whole = self.ledger.value(place.whole)
        for source in self.sources(place.whole):
            if source.place is None:
                kept += [source] if source.how != "called" else []
            elif source.how in _KEEPS or same(self.ledger.value(source.place), whole):
                there = source.place.part(place.path[-1])
                if same(self.ledger.value(there), value):
                    kept.append(Source(source.how, there))
        step = self.ledger.steps[place.step]
        if place.slot == "result" and place.path in (("shape",), ("dtype",)):
            asked = Place(place.step, "input", str(place.path[0]))
            if same(self.ledger.value(asked), value):
                kept.append(Source("operand", asked))
        if step.kind == "new" and place.name == "bound" and len(place.path) == 1:
            return []  # the dict of arguments is not what anybody handed over
        return kept

    # -- what came in -----------------------------------------------------------------------------

    def _came_in(self, place: Place, step: Step, value: Value, name: str) -> list[Source]:
        """An input: by its statement, by its line, by identity, by value, by its parts."""
        parent = self.ledger.parent(place.step)
        if not place.path:
            fed = self.evidence.fed(place.step, step, value)
            if fed is not None:
                return [Source("fed", Place(fed, "result"))]
            met = (
                self.evidence.met_before(place, parent, value)
                if isinstance(value, Instance)
                else []
            )
            told = said(step, parent, name, _position(step, name))
            told_by_line = met or self.evidence.told(place.step, told, value)
            if told_by_line:
                return told_by_line
        elif step.kind == "assign" and len(place.path) == 1:
            told_by_line = self.evidence.told(
                place.step, said_of_part(step, parent, place.path[0]), value
            )
            if told_by_line:
                return told_by_line
        found = self.evidence.met_before(place, parent, value)
        if found:
            return found
        if parent is None and is_persons(step):
            return [Source("given" if KINDS[step.kind].takes_input else "typed")]
        return self.evidence.in_pieces(place, value) or self.evidence.defaulted(place, step, name)

    # -- construction -----------------------------------------------------------------------------

    def _argument(self, place: Place, step: Step, value: Value) -> list[Source]:
        """An argument of `__init__`: from the `__init__` around it, or from the construction."""
        parent = self.ledger.parent(place.step)
        above = self.ledger.above(place.step)
        if parent is not None and above is not None and _initializes_the_same(parent, step):
            around = Place(above, "input", place.name)
            if same(self.ledger.value(around), value):
                return [Source("passed", around)]
            told_by_line = self.evidence.told(place.step, said(step, parent, place.name), value)
            if told_by_line:
                return told_by_line
        maker = self.ledger.maker(place.step)
        if maker is None:
            return self._came_in(place, step, value, place.name)
        bound = Place(maker, "fact", "bound", (place.name,))
        given = self.ledger.value(bound)
        if given is not NOTHING:
            return [Source("bound" if same(given, value) else "computed", bound)]
        return [Source("left_out", Place(maker, "left_out", place.name))]

    def _constructed(self, place: Place, step: Step, value: Value) -> list[Source]:
        """An argument of a construction: typed, or taken from what the line can see."""
        parent = self.ledger.parent(place.step)
        if place.path[:1] and len(place.path) == 1:
            name = str(place.path[0])
            told = said(step, parent, name, _position(step, name))
            named = self.evidence.named(place.step, told, value)
            if named:
                return named
        if is_persons(step):
            return [Source("typed")]
        found = self.evidence.met_before(place, parent, value)
        return (
            found
            or self.evidence.in_pieces(place, value)
            or [Source("caused", Place(place.step, "run"))]
        )

    def _settled(self, place: Place, value: Value) -> list[Source]:
        """Something that a step found out: it came out of a step inside, or is an argument."""
        for child in self.ledger.children(place.step):
            if is_telling(value) and same(self.ledger.steps[child].result, value):
                return [Source("inside", Place(child, "result"))]
        argument = Place(place.step, "input", str(place.path[-1]) if place.path else place.name)
        if same(self.ledger.value(argument), value):
            return [Source("passed", argument)]
        return [Source("caused", Place(place.step, "run"))]

    # -- what came out ----------------------------------------------------------------------------

    def _came_out(self, place: Place, step: Step, value: Value) -> list[Source]:
        number = place.step
        if step.kind == "new":
            return [Source("typed")] if is_persons(step) else self._causes(number)
        if KINDS[step.kind].looks_up and not place.path:
            return [Source("found", Place(number, "input", name)) for name in list(step.inputs)[:1]]
        if KINDS[step.kind].has_default:
            return self.evidence.defaulted(place, step, "name")
        if not place.path and is_telling(value):
            for child in self.ledger.children(number):
                if same(self.ledger.steps[child].result, value):
                    return [Source("inside", Place(child, "result"))]
        if place.path:
            return self._computed_part(place, step, value)
        return self._operands(number, step) or [Source("caused", Place(number, "run"))]

    def _operands(self, number: int, step: Step) -> list[Source]:
        """What a step computed with: its inputs, the object whose step it is, what ran inside."""
        self.ledger.looked += len(step.inputs)
        operands = [
            Source("operand", Place(number, "input", name))
            for name, value in step.inputs.items()
            if is_telling(value)
        ]
        if step.subject is not None and KINDS[step.kind].acts_for_object:
            operands.insert(0, Source("operand", Place(number, "subject")))
        if KINDS[step.kind].of_attribute:
            operands += self._function_attribute(number, step)
        inner = filter(self._gave, self.ledger.children(number))
        return operands + [Source("operand", Place(child, "result")) for child in islice(inner, 1)]

    def _gave(self, number: int) -> bool:
        return isinstance(self.ledger.steps[number].result, Tensor)

    def _function_attribute(self, number: int, step: Step) -> list[Source]:
        """The attribute by which an object called this function."""
        parent = self.ledger.parent(number)
        name = step.point.rpartition(".")[2]
        numbers = self.ledger.attributes(parent.subject, number).values() if parent else ()
        for assigned in numbers:
            place = Place(assigned, "input", "value")
            value = self.ledger.value(place)
            if isinstance(value, Function) and value.name == name:
                return [Source("operand", place)]
        return []

    def _computed_part(self, place: Place, step: Step, value: Value) -> list[Source]:
        """Part of a result: the same part of an operand, or an equal one."""
        if isinstance(value, Items) and value.length:
            whole = self._equal_parts(place, step, value)
            return whole or self.evidence.in_pieces(place, value)
        equal = self._equal_parts(place, step, value)
        return equal or self._operands(place.step, step)

    def _equal_parts(self, place: Place, step: Step, value: Value) -> list[Source]:
        if not is_telling(value):
            return []
        names = list(step.inputs)
        last = self._is_last(place)
        if step.point in _BY_LAST and last is not None and len(names) > 1:
            names = names[1:2] if last else names[:1]
        candidates = [Place(place.step, "input", name) for name in names]
        candidates += [Place(child, "result") for child in self.ledger.children(place.step)]
        found = [
            (path != place.path, order, candidate.part(*path))
            for order, candidate in enumerate(candidates)
            for path, part in self.ledger.parts(candidate)
            if same(part, value)
        ]
        # The axis of the same number is likelier than another of the same size.
        best = [candidate for moved, _, candidate in sorted(found, key=lambda f: f[:2])][:1]
        return [Source("operand", candidate) for candidate in best]

    def _is_last(self, place: Place) -> bool | None:
        if len(place.path) != 2 or place.path[0] != "shape":
            return None
        shape = self.ledger.value(place.whole)
        return place.path[1] == len(shape.items) - 1 if isinstance(shape, Items) else None

    # -- whom and why -----------------------------------------------------------------------------

    def _subject(self, place: Place, label: str) -> list[Source]:
        """The object that a step is about: handed to the step around, or made before."""
        above = self.ledger.above(place.step)
        for name, value in (self.ledger.steps[above].inputs if above is not None else {}).items():
            if above is not None and isinstance(value, Instance) and value.label == label:
                return [Source("passed", Place(above, "input", name))]
        made = self.ledger.labelled_before(label, place.step)
        if made is not None:
            return [Source("fed", Place(made, "result"))]
        return [Source("caused", Place(place.step, "run"))]

    def _causes(self, number: int) -> list[Source]:
        """Why a step ran: the construction of its object, or the step around it."""
        step = self.ledger.steps[number]
        if KINDS[step.kind].initializes:
            maker = self.ledger.maker(number)
            parent = self.ledger.parent(number)
            if maker is not None and not (parent and _initializes_the_same(parent, step)):
                return [Source("caused", Place(maker, "run"))]
        above = self.ledger.above(number)
        return [Source("called")] if above is None else [Source("caused", Place(above, "run"))]


def _initializes_the_same(parent: Step, step: Step) -> bool:
    """Whether an `__init__` was called by that of a subclass."""
    return parent.kind == "init" == step.kind and parent.subject == step.subject


def _position(step: Step, name: str) -> int | None:
    """At which position an argument was given, as far as a step tells."""
    positional = step.facts.get("positional") if step.kind == "new" else None
    names = list(direct_parts(positional)) if positional is not None else list(step.inputs)
    return names.index(name) if name in names else None
