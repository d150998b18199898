"""Where a value came from: for each place of a trace, the places that its value came from.

Every rule asks for evidence in the trace itself: an equal value, an object seen before, a name in
the source line, a lookup in the same statement as the assignment of its result. Without evidence, a
value came from the step that was running, and its source says only that. No rule knows what an
attribute means; your own classes are treated as Keras's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Literal, TypeAlias

from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.data.values import Function, Instance, Items, Tensor, Value
from densetrace.kinds import KINDS
from densetrace.study import training
from densetrace.study.index import (
    MAX_PARTS,
    NOTHING,
    Part,
    Place,
    TraceIndex,
    direct_parts,
    from_user_code,
    has_identity,
    is_distinctive,
    same,
)
from densetrace.study.source_line import (
    LineExpression,
    argument_expression,
    setting_expression,
)

# -- evidence --------------------------------------------------------------------------------------


How: TypeAlias = Literal[
    "typed",  # the user wrote it
    "given",  # the user called the object on it, or densetrace did for them
    "left_out",  # the user left it out, so its default is used
    "called",  # the user's line made the step run; more is not known
    "bound",  # the argument of `__init__` is one of the construction
    "passed",  # it was an argument of the parent step
    "computed",  # the line computes it from this
    "fed",  # an earlier step returned it
    "found",  # it was looked up by this
    "inside",  # a child step returned it
    "operand",  # it was computed from this
    "beside",  # this took part too
    "read",  # it was an attribute of the object
    "part",  # this is a part of it
    "filled",  # this was None, so a default was filled in
    "caused",  # the step ran because of this
]
ENDINGS: Final[tuple[How, ...]] = ("typed", "given", "left_out", "called")


@dataclass(frozen=True, slots=True)
class Source:
    """How a value came to a place, and from which place; None if it came from the user."""

    how: How
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Finds evidence near the places of a trace."""

    index: TraceIndex

    def fed_by(self, number: int, step: Step, value: Value) -> int | None:
        """The earlier step of the same statement that returned this value."""
        for sibling in self.index.earlier_siblings(number):
            earlier = self.index.steps[sibling]
            if not _same_statement(earlier, step):
                return None
            if earlier.kind != "new" and same(earlier.result, value):
                return sibling
        return None

    def from_line(self, number: int, expression: LineExpression, value: Value) -> list[Source]:
        """The sources that a line's expression shows: its names, or that it is a literal."""
        by_name = self.from_names(number, expression, value)
        if by_name or not expression.literal:
            return by_name
        if from_user_code(self.index.steps[number]):
            return [Source("typed")]
        return [Source("caused", Place(number, "run"))]

    def from_names(self, number: int, expression: LineExpression, value: Value) -> list[Source]:
        """The arguments of the parent step and the attributes that an expression names."""
        parent_number = self.index.parent_number(number)
        if parent_number is None:
            return []
        equal, other = [], []
        for name in expression.names:
            if name in self.index.steps[parent_number].inputs:
                place = Place(parent_number, "input", name)
                path = self._path_to(place, value)
                if path is not None:
                    equal.append(Source("passed", place.part(*path)))
                else:
                    other.append(Source("computed", place))
        attributes = self.index.attributes(self.index.steps[parent_number].subject, number)
        for name in expression.attributes:
            if name in attributes:
                place = Place(attributes[name], "input", "value")
                path = self._path_to(place, value)
                if path is not None:
                    equal.append(Source("read", place.part(*path)))
                else:
                    other.append(Source("computed", place))
        return equal or other

    def _path_to(self, place: Place, value: Value) -> tuple[Part, ...] | None:
        """The path to an equal value within the value of a place; None if there is none."""
        for path, found in self.index.parts(place):
            if same(found, value) and (not path or is_distinctive(value)):
                return path
        return None

    def from_equal_values(self, place: Place, parent: Step | None, value: Value) -> list[Source]:
        """An earlier place of the same object, or a visible place with an equal value."""
        if not is_distinctive(value):
            return []
        visible = list(self._visible(place.step, parent))
        if has_identity(value):
            for how, candidate in visible:
                if same(self.index.value(candidate), value):
                    return [Source(how, candidate)]
            earlier = self.index.latest_producer(value, place.step)
            return [] if earlier is None else [Source("fed", Place(earlier, "result"))]
        equal = [
            Source(how, candidate.part(*path))
            for how, candidate in visible
            for path, found in self.index.parts(candidate)
            if same(found, value) and "dtype" not in path  # all tensors may have one dtype
        ]
        if not equal:
            return []
        return [equal[min(self._equals_before(place, value), len(equal) - 1)]]

    def _visible(self, number: int, parent: Step | None) -> Iterator[tuple[How, Place]]:
        """The places that a line can read: the arguments of the parent step, the attributes of its
        object, and the constructor arguments of the objects among those arguments."""
        parent_number = self.index.parent_number(number)
        if parent is None or parent_number is None:
            return
        yield from (("passed", Place(parent_number, "input", name)) for name in parent.inputs)
        own_name = self.index.steps[number].inputs.get("name")
        for name, step in self.index.attributes(parent.subject, number).items():
            if name != own_name:  # its old value is replaced, not read
                yield "read", Place(step, "input", "value")
        for value in parent.inputs.values():
            if isinstance(value, Instance):
                made = self.index.latest_producer_of(value.label, number)
                if made is not None and self.index.steps[made].kind == "new":
                    yield "read", Place(made, "fact", "bound")

    def _equals_before(self, place: Place, value: Value) -> int:
        """How many items before this one are equal to it: two equal sizes of a shape come from two
        places, if there are two."""
        last = place.path[-1] if place.path else None
        if not isinstance(last, int):
            return 0
        whole = self.index.value(place.whole)
        items = whole.items[:last] if isinstance(whole, Items) else ()
        self.index.visited += len(items)
        return sum(same(item, value) for item in items)

    def from_parts(self, place: Place, value: Value) -> list[Source]:
        """The parts that a value consists of."""
        parts: list[Part] = list(islice(direct_parts(value), MAX_PARTS))
        if isinstance(value, Tensor):
            parts = ["shape"]
        return [
            Source("part", place.part(part))
            for part in parts
            if is_distinctive(self.index.value(place.part(part)))
        ]

    def from_default(self, place: Place, step: Step, name: str) -> list[Source]:
        """The argument of this name that was None and got a default; else the running step."""
        caused = [Source("caused", Place(place.step, "run"))]
        if place.path:
            return caused
        parent_number = self.index.parent_number(place.step)
        about = step.subject or (
            self.index.steps[parent_number].subject if parent_number is not None else None
        )
        if about is not None:
            for number in self.index.initializers_of(about, place.step):
                inputs = self.index.steps[number].inputs
                if name in inputs and inputs[name] is None:
                    return [Source("filled", Place(number, "input", name))]
        return caused


def _same_statement(step: Step, later: Step) -> bool:
    first, second = step.where, later.where
    if first is None or second is None:
        return False
    # A statement of several lines assigns on its first and may look up further down.
    same_function = (first.file, first.function) == (second.file, second.function)
    return same_function and second.line <= first.line


# -- sources ---------------------------------------------------------------------------------------


_UNCHANGED: Final = ("bound", "passed", "fed", "inside", "read", "found")
"""Ways by which a value arrives unchanged, so that each part comes from the same part."""

_LAST_AXIS_OF_SECOND: Final = ("tf.matmul", "tf.tensordot")
"""Operations whose last axis is that of their second operand, other axes those of the first."""


@dataclass(slots=True)
class Provenance:
    """The graph of where values came from; edges are computed when they are asked for."""

    index: TraceIndex
    evidence: Evidence
    _known: dict[Place, tuple[Source, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, trace: Trace) -> "Provenance":
        """The provenance of a trace."""
        index = TraceIndex(trace)
        return cls(index, Evidence(index))

    def belongs_to(self, trace: Trace) -> bool:
        """Whether this is the provenance of a trace as it is now."""
        return self.index.trace_steps is trace.steps

    @property
    def steps(self) -> list[Step]:
        """The steps of the trace by number, as in `Place.step`."""
        return self.index.steps

    def sources(self, place: Place) -> tuple[Source, ...]:
        """The places that the value in `place` came from, each with evidence. Of several, all took
        part if they are `part`, `computed` or `operand`; otherwise any one may be the source.
        """
        if place not in self._known:
            self._known[place] = ()  # a place is not a source of itself
            found = dict.fromkeys(self._find(place))
            self._known[place] = tuple(source for source in found if source.place != place)
        return self._known[place]

    def _find(self, place: Place) -> list[Source]:
        if place.slot == "run":
            return self._causes(place.step)
        if place.slot == "left_out":
            return [Source("left_out")]
        value = self.index.value(place)
        if value is NOTHING:
            return []
        if place.path:
            trained = self._in_training(place, self.index.steps[place.step], value)
            kept = trained or self._from_whole(place, value)
            if kept:
                return kept
        step = self.index.steps[place.step]
        trained = self._in_training(place, step, value)
        if trained:
            return trained
        if place.slot == "fact" and step.kind != "new":
            return self._fact_sources(place, value)
        if place.slot == "subject":
            return self._subject_sources(place, str(value))
        if place.slot == "result":
            return self._result_sources(place, step, value)
        if step.kind == "new":
            return self._construction_argument(place, step, value)
        if KINDS[step.kind].initializes and not place.path:
            return self._init_argument(place, step, value)
        return self._input_sources(place, step, value, place.name)

    def _in_training(self, place: Place, step: Step, value: Value) -> list[Source]:
        """The sources of a number of a training (`densetrace.study.training`)."""
        if step.kind in training.STEPS:
            found = training.sources(self.index, place, value)
        elif step.kind == "invoke" and place.slot == "input" and not place.path:
            found = training.input_of_model(self.index, place, value)
        else:
            return []
        return [Source(how, source) for how, source in found]

    def _from_whole(self, place: Place, value: Value) -> list[Source]:
        """The sources of a part of a value that arrived unchanged: the same part of each source."""
        kept = []
        whole = self.index.value(place.whole)
        for source in self.sources(place.whole):
            if source.place is None:
                kept += [source] if source.how != "called" else []
            elif source.how in _UNCHANGED or same(self.index.value(source.place), whole):
                same_part = source.place.part(place.path[-1])
                if same(self.index.value(same_part), value):
                    kept.append(Source(source.how, same_part))
        step = self.index.steps[place.step]
        if place.slot == "result" and place.path in (("shape",), ("dtype",)):
            argument = Place(place.step, "input", str(place.path[0]))
            if same(self.index.value(argument), value):
                kept.append(Source("operand", argument))
        if step.kind == "new" and place.name == "bound" and len(place.path) == 1:
            return []  # nobody passed the dict of arguments itself
        return kept

    # -- inputs ------------------------------------------------------------------------------------

    def _input_sources(self, place: Place, step: Step, value: Value, name: str) -> list[Source]:
        """Sources of an input, from its statement, its line, equal values or its parts."""
        parent = self.index.parent(place.step)
        if not place.path:
            feeding = self.evidence.fed_by(place.step, step, value)
            if feeding is not None:
                return [Source("fed", Place(feeding, "result"))]
            same_object = (
                self.evidence.from_equal_values(place, parent, value)
                if isinstance(value, Instance)
                else []
            )
            expression = argument_expression(step, parent, name, _position(step, name))
            from_line = same_object or self.evidence.from_line(place.step, expression, value)
            if from_line:
                return from_line
        elif step.kind == "assign" and len(place.path) == 1:
            from_line = self.evidence.from_line(
                place.step, setting_expression(step, parent, place.path[0]), value
            )
            if from_line:
                return from_line
        elif len(place.path) == 1 and isinstance(place.path[0], int):
            expression = argument_expression(step, parent, name, _position(step, name))
            if 0 <= place.path[0] < len(expression.items):
                item = expression.items[place.path[0]]
                from_line = self.evidence.from_line(place.step, item, value)
                if from_line:
                    return from_line
        found = self.evidence.from_equal_values(place, parent, value)
        if found:
            return found
        if parent is None and from_user_code(step):
            return [Source("given" if KINDS[step.kind].takes_input else "typed")]
        return self.evidence.from_parts(place, value) or self.evidence.from_default(
            place, step, name
        )

    # -- construction -----------------------------------------------------------------------------

    def _init_argument(self, place: Place, step: Step, value: Value) -> list[Source]:
        """Sources of an argument of `__init__`: a subclass's `__init__`, or the construction."""
        parent = self.index.parent(place.step)
        parent_number = self.index.parent_number(place.step)
        if parent is not None and parent_number is not None and _initializes_the_same(parent, step):
            argument = Place(parent_number, "input", place.name)
            if same(self.index.value(argument), value):
                return [Source("passed", argument)]
            expression = argument_expression(step, parent, place.name)
            from_line = self.evidence.from_line(place.step, expression, value)
            if from_line:
                return from_line
        new = self.index.construction_of(place.step)
        if new is None:
            return self._input_sources(place, step, value, place.name)
        bound = Place(new, "fact", "bound", (place.name,))
        given = self.index.value(bound)
        if given is not NOTHING:
            return [Source("bound" if same(given, value) else "computed", bound)]
        return [Source("left_out", Place(new, "left_out", place.name))]

    def _construction_argument(self, place: Place, step: Step, value: Value) -> list[Source]:
        """Sources of a constructor argument: the user typed it, or the line reads it."""
        parent = self.index.parent(place.step)
        if place.path[:1] and len(place.path) == 1:
            name = str(place.path[0])
            expression = argument_expression(step, parent, name, _position(step, name))
            by_name = self.evidence.from_names(place.step, expression, value)
            if by_name:
                return by_name
        if from_user_code(step):
            return [Source("typed")]
        found = self.evidence.from_equal_values(place, parent, value)
        return (
            found
            or self.evidence.from_parts(place, value)
            or [Source("caused", Place(place.step, "run"))]
        )

    def _fact_sources(self, place: Place, value: Value) -> list[Source]:
        """Sources of a fact of a step: the result of a child step, or an argument."""
        for child in self.index.children(place.step):
            if is_distinctive(value) and same(self.index.steps[child].result, value):
                return [Source("inside", Place(child, "result"))]
        argument = Place(place.step, "input", str(place.path[-1]) if place.path else place.name)
        if same(self.index.value(argument), value):
            return [Source("passed", argument)]
        return [Source("caused", Place(place.step, "run"))]

    # -- results ----------------------------------------------------------------------------------

    def _result_sources(self, place: Place, step: Step, value: Value) -> list[Source]:
        number = place.step
        if step.kind == "new":
            return [Source("typed")] if from_user_code(step) else self._causes(number)
        if KINDS[step.kind].looks_up and not place.path:
            return [Source("found", Place(number, "input", name)) for name in list(step.inputs)[:1]]
        if KINDS[step.kind].has_default:
            return self.evidence.from_default(place, step, "name")
        if not place.path and is_distinctive(value):
            for child in self.index.children(number):
                if same(self.index.steps[child].result, value):
                    return [Source("inside", Place(child, "result"))]
        if place.path:
            return self._computed_part(place, step, value)
        return self._operands(number, step) or [Source("caused", Place(number, "run"))]

    def _operands(self, number: int, step: Step) -> list[Source]:
        """The operands of a step: its inputs, its object, the tensor a child step returned."""
        self.index.visited += len(step.inputs)
        operands = [
            Source("operand", Place(number, "input", name))
            for name, value in step.inputs.items()
            if is_distinctive(value)
        ]
        if step.subject is not None and KINDS[step.kind].acts_for_object:
            operands.insert(0, Source("operand", Place(number, "subject")))
        if KINDS[step.kind].of_attribute:
            operands += self._function_attribute(number, step)
        inner = filter(self._has_tensor_result, self.index.children(number))
        return operands + [Source("operand", Place(child, "result")) for child in islice(inner, 1)]

    def _has_tensor_result(self, number: int) -> bool:
        return isinstance(self.index.steps[number].result, Tensor)

    def _function_attribute(self, number: int, step: Step) -> list[Source]:
        """The attribute through which the object called this function."""
        parent = self.index.parent(number)
        name = step.point.rpartition(".")[2]
        numbers = self.index.attributes(parent.subject, number).values() if parent else ()
        for assigned in numbers:
            place = Place(assigned, "input", "value")
            value = self.index.value(place)
            if isinstance(value, Function) and value.name == name:
                return [Source("operand", place)]
        return []

    def _computed_part(self, place: Place, step: Step, value: Value) -> list[Source]:
        """Sources of a part of a result: the same part of an operand, or an equal one."""
        if isinstance(value, Items) and value.length:
            whole = self._equal_parts(place, step, value)
            return whole or self.evidence.from_parts(place, value)
        equal = self._equal_parts(place, step, value)
        return equal or self._operands(place.step, step)

    def _equal_parts(self, place: Place, step: Step, value: Value) -> list[Source]:
        if not is_distinctive(value):
            return []
        names = list(step.inputs)
        last = self._is_last(place)
        if step.point in _LAST_AXIS_OF_SECOND and last is not None and len(names) > 1:
            names = names[1:2] if last else names[:1]
        candidates = [Place(place.step, "input", name) for name in names]
        candidates += [Place(child, "result") for child in self.index.children(place.step)]
        found = [
            (path != place.path, order, candidate.part(*path))
            for order, candidate in enumerate(candidates)
            for path, part in self.index.parts(candidate)
            if same(part, value)
        ]
        # The same axis is a likelier source than another axis of the same size.
        best = [candidate for moved, _, candidate in sorted(found, key=lambda f: f[:2])][:1]
        return [Source("operand", candidate) for candidate in best]

    def _is_last(self, place: Place) -> bool | None:
        if len(place.path) != 2 or place.path[0] != "shape":
            return None
        shape = self.index.value(place.whole)
        return place.path[1] == len(shape.items) - 1 if isinstance(shape, Items) else None

    # -- objects and causes ------------------------------------------------------------------------

    def _subject_sources(self, place: Place, label: str) -> list[Source]:
        """Sources of the object that a step is about: an argument of the parent, or created."""
        parent_number = self.index.parent_number(place.step)
        for name, value in (
            self.index.steps[parent_number].inputs if parent_number is not None else {}
        ).items():
            if parent_number is not None and isinstance(value, Instance) and value.label == label:
                return [Source("passed", Place(parent_number, "input", name))]
        producer = self.index.latest_producer_of(label, place.step)
        if producer is not None:
            return [Source("fed", Place(producer, "result"))]
        return [Source("caused", Place(place.step, "run"))]

    def _causes(self, number: int) -> list[Source]:
        """Why a step ran: the construction of its object, or its parent step."""
        step = self.index.steps[number]
        if KINDS[step.kind].initializes:
            new = self.index.construction_of(number)
            parent = self.index.parent(number)
            if new is not None and not (parent and _initializes_the_same(parent, step)):
                return [Source("caused", Place(new, "run"))]
        parent_number = self.index.parent_number(number)
        return (
            [Source("called")]
            if parent_number is None
            else [Source("caused", Place(parent_number, "run"))]
        )


def _initializes_the_same(parent: Step, step: Step) -> bool:
    """Whether an `__init__` was called by that of a subclass."""
    return parent.kind == "init" == step.kind and parent.subject == step.subject


def _position(step: Step, name: str) -> int | None:
    """The position at which an argument was passed, as far as the step shows."""
    positional = step.facts.get("positional") if step.kind == "new" else None
    names = list(direct_parts(positional)) if positional is not None else list(step.inputs)
    return names.index(name) if name in names else None
