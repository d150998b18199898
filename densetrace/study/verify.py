"""Whether two stacks take the same steps: their traces aligned by hook point, step beside step.

Times, source positions, error messages and the elements of tensors, which depend on random numbers,
are not compared; each kind of step names the arguments that only one stack can have
(`Kind.not_compared`). Operations are steps on both stacks at the points of `ON_EVERY_ENGINE` only.
The others, such as TensorFlow's raw operations, are counted but not compared, since two stacks may
compute the same by different operations; the outputs are compared in their place. A known
difference of the mirrored stack is a stated departure: it is shown, but does not count.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from densetrace.data.outputs import CLOSE, Outputs, closeness
from densetrace.data.steps import ABSENT, Step
from densetrace.data.trace import Trace
from densetrace.data.values import Function, Instance, Items, Mapping, Tensor, Value
from densetrace.kinds import KINDS
from densetrace.kinds.kind import RESULT
from densetrace.study.align import pairs
from densetrace.study.comparable import FACT
from densetrace.study.diff import (
    Side,
    feeding,
    identity,
    inside_two_engines,
    loose,
    of_one_engine,
    outermost_two_engines,
)
from densetrace.study.stated_departures import stated

FOR_TENSORFLOW: Final = "tensorflow.ops.nn"
"""The functions of this module correspond to functions of TensorFlow."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of a step that differs: an input, a fact, the result or the error's type; `ABSENT` on
    a side that lacks the field. `departure` is the sentence that explains it, if one is stated.
    """

    field: str
    ours: Side
    theirs: Side
    departure: str = ""


@dataclass(frozen=True, slots=True)
class StepPair:
    """A step of densetrace and the same step of a real Keras; None if one stack lacks it.

    `departure` is the sentence that explains a missing step, if one is stated.
    """

    ours: Step | None
    theirs: Step | None
    depth: int
    differences: tuple[Difference, ...] = ()
    departure: str = ""

    @property
    def either(self) -> Step:
        """The step, on whichever side there is one."""
        step = self.ours or self.theirs
        assert step is not None
        return step

    @property
    def agrees(self) -> bool:
        """Whether both stacks took the step, with equal fields."""
        return self.ours is not None and self.theirs is not None and not self.differences

    @property
    def departures(self) -> tuple[str, ...]:
        """The stated departures of this pair, each once."""
        found = (self.departure, *(difference.departure for difference in self.differences))
        return tuple(dict.fromkeys(filter(None, found)))

    @property
    def counts(self) -> bool:
        """Whether something differs without a stated departure."""
        if self.agrees or self.departure:
            return False
        return not self.differences or not all(one.departure for one in self.differences)


@dataclass(frozen=True)
class Comparison:
    """Two traces of one expression, from densetrace and from a real Keras, step beside step."""

    ours: Trace
    theirs: Trace
    steps: tuple[StepPair, ...]
    outputs: Outputs | None = None

    @cached_property
    def differing(self) -> tuple[StepPair, ...]:
        """The steps that differ without a stated departure."""
        return tuple(step for step in self.steps if step.counts)

    @cached_property
    def departing(self) -> tuple[StepPair, ...]:
        """The steps that differ only by stated departures."""
        return tuple(step for step in self.steps if not step.agrees and not step.counts)

    @property
    def agreeing(self) -> int:
        """The number of steps that agree."""
        return len(self.steps) - len(self.differing) - len(self.departing)

    @cached_property
    def not_compared(self) -> tuple[int, int]:
        """How many operations of either stack have no counterpart in the other."""
        ours, theirs = (
            sum(1 for step in trace.walk() if of_one_engine(step))
            for trace in (self.ours, self.theirs)
        )
        return ours, theirs

    @property
    def errors(self) -> tuple[str, str]:
        """The types of the exceptions that ended the two runs; empty if there was none."""
        ours, theirs = (trace.outcome.get("error_type", "") for trace in (self.ours, self.theirs))
        return str(ours), str(theirs)

    @property
    def agrees(self) -> bool:
        """Whether steps, errors and outputs agree, apart from stated departures."""
        same_end = self.errors[0] == self.errors[1]
        return same_end and not self.differing and (self.outputs is None or self.outputs.agree)


def compare(
    ours: Trace, theirs: Trace, outputs: Outputs | None = None, close: float = CLOSE
) -> Comparison:
    """Align the steps of two traces of one expression and compare each pair. Numbers that were
    computed may differ by `close`, and in half precision by more (`closeness`)."""
    close = max(close, closeness(ours, theirs))
    return Comparison(ours, theirs, tuple(_step_pairs(ours, theirs, close)), outputs)


def _step_pairs(ours: Trace, theirs: Trace, close: float) -> Iterator[StepPair]:
    """Every step of both, parents first. Not recursive: a trace may be deep."""
    owners = _owners(theirs) | _owners(ours)
    is_other = is_other_version(theirs.engine)
    outermost = _level(*(outermost_two_engines(trace.steps) for trace in (ours, theirs)))
    waiting = [(0, *pair) for pair in reversed(outermost)]
    while waiting:
        depth, left, right = waiting.pop()
        if left is not None and right is not None:
            owner = owners.get(left.subject or "", "")
            found = tuple(differences(left, right, close, owner, is_other))
            yield StepPair(left, right, depth, found)
        else:
            step = left or right
            assert step is not None
            owner = owners.get(step.subject or "", "")
            sentence = stated(step, None, left, right, owner, is_other)
            yield StepPair(left, right, depth, departure=sentence)
        below = _level(*(inside_two_engines(side) if side else () for side in (left, right)))
        waiting.extend((depth + 1, *pair) for pair in reversed(below))


def is_other_version(engine: dict[str, Value]) -> bool:
    """Whether an engine is another Keras than 2.14, which the mirrored stack follows."""
    return not str(engine.get("version", "")).startswith("2.14.")


def _owners(trace: Trace) -> dict[str, str]:
    """Name of an object -> its class."""
    return {
        step.subject: str(step.inputs["class"])
        for step in trace.walk()
        if step.kind == "new" and step.subject and "class" in step.inputs
    }


def _level(
    ours: tuple[Step, ...], theirs: tuple[Step, ...]
) -> list[tuple[Step | None, Step | None]]:
    keys, finer = ([
        [
            (step.point, identity(step, feeds, step.subject))
            for step, feeds in zip(steps, feeding(steps), strict=True)
        ]
        for steps in (ours, theirs)
    ], ([loose(step) for step in ours], [loose(step) for step in theirs]))  # fmt: skip
    return [
        (None if i is None else ours[i], None if j is None else theirs[j])
        for i, j in pairs(keys[0], keys[1], finer)
    ]


# -- one step beside another -----------------------------------------------------------------------


def differences(
    ours: Step, theirs: Step, close: float = CLOSE, owner: str = "", is_other: bool = True
) -> Iterator[Difference]:
    """The fields of two steps that differ. Numbers that were computed, in results and facts, may
    differ by `close`. `owner` is the class of the object; `is_other` as for `stated`."""
    left, right = dict(_fields(ours)), dict(_fields(theirs))
    for name in dict.fromkeys((*left, *right)):
        mine, other = left.get(name, ABSENT), right.get(name, ABSENT)
        computed = name in (RESULT, "logs") or name.endswith(FACT)
        if not same(mine, other, close if computed else CLOSE):
            sentence = stated(ours, name, mine, other, owner, is_other)
            yield Difference(name, mine, other, sentence)


def _fields(step: Step) -> Iterator[tuple[str, Side]]:
    yield "point", step.point
    yield "subject", step.subject
    left_out = KINDS[step.kind].not_compared
    yield from ((name, value) for name, value in step.inputs.items() if name not in left_out)
    # `within` is a place in a source file.
    facts = ((name, value) for name, value in step.facts.items() if name != "within")
    yield from ((f"{name}{FACT}", value) for name, value in facts)
    if RESULT not in left_out:
        yield RESULT, step.result
    yield "(error)", step.error.type if step.error else ABSENT


def same(ours: Side, theirs: Side, close: float = CLOSE) -> bool:
    """Whether two values are the same. 1, 1.0 and True differ; a list and a tuple of sizes are the
    same shape, as for Keras."""
    match ours, theirs:
        case float(), float():
            return math.isclose(ours, theirs, rel_tol=close, abs_tol=close)
        case Tensor(), Tensor():
            return _type_of(ours) == _type_of(theirs)
        case Instance(), Instance():
            named = (ours.cls, ours.label) == (theirs.cls, theirs.label)
            return named and _same_module(ours, theirs) and same(ours.config, theirs.config)
        case Function(name, module), Function():
            # TensorFlow divides its modules differently.
            ours_of_tensorflow = module == FOR_TENSORFLOW or module.startswith("tensorflow.")
            corresponds = ours_of_tensorflow and theirs.module.startswith("tensorflow.")
            return name == theirs.name and (corresponds or module == theirs.module)
        case Items(), Items():
            alike = ours.type == theirs.type or (_is_shape(ours) and _is_shape(theirs))
            return (
                alike
                and ours.length == theirs.length
                and _all_same(ours.items, theirs.items, close)
            )
        case Mapping(), Mapping():
            keys = [[key for key, _ in mapping.entries] for mapping in (ours, theirs)]
            values = [[value for _, value in mapping.entries] for mapping in (ours, theirs)]
            lengths = ours.length == theirs.length
            return (
                lengths and _all_same(keys[0], keys[1]) and _all_same(values[0], values[1], close)
            )
    return type(ours) is type(theirs) and ours == theirs


def _same_module(ours: Instance, theirs: Instance) -> bool:
    """Whether two classes are in one module; that of TensorFlow is divided otherwise than ours."""
    in_tensorflow = ours.module.startswith("tensorflow.") and theirs.module.startswith(
        "tensorflow."
    )
    return ours.module == theirs.module or in_tensorflow


def _all_same(ours: Sequence[Value], theirs: Sequence[Value], close: float = CLOSE) -> bool:
    return len(ours) == len(theirs) and all(
        same(one, other, close) for one, other in zip(ours, theirs, strict=True)
    )


def _type_of(tensor: Tensor) -> tuple[object, ...]:
    return tensor.shape, tensor.dtype, tensor.symbolic


def _is_shape(items: Items) -> bool:
    sizes = all(size is None or type(size) is int for size in items.items)
    return items.type in ("list", "tuple") and sizes
