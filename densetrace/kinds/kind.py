"""The definition of a kind of step: its label, where it is shown, what it changes.

A family of kinds has a module here, and `densetrace.kinds.KINDS` has all kinds. Code that shows or
studies a trace asks the kind of a step, and names a kind only in a question about that kind.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

from densetrace.data.steps import Step
from densetrace.kinds.label import point_end
from densetrace.kinds.spans import Span, Spans

Level: TypeAlias = Literal["user", "author", "framework"]

LEVELS: Final[tuple[Level, ...]] = ("user", "author", "framework")
"""From the shortest view of a trace to the fullest."""

RESULT: Final = "(result)"
"""The result of a step, among the names of its inputs."""

Slot: TypeAlias = Literal["input", "fact", "result"]


class Setting(NamedTuple):
    """An attribute that a step sets: of its own object, of its parent's object, or of the object
    with the label `of`. A `weight` has got new numbers; its shape and dtype stay those of its
    creation. Both it and a `log` are set when the step ends, so after those of the steps inside."""

    name: str
    of: str = "own"
    what: Literal["attribute", "weight", "log"] = "attribute"


class Held(NamedTuple):
    """Where a step has the value of an attribute that it sets: an input or a fact by name, or the
    result, and which entry of it."""

    slot: Slot
    name: str = ""
    entries: tuple[str | int, ...] = ()


class Effect(NamedTuple):
    """The effect of a step, as a verb and its object: `also runs`, `matmul`."""

    verb: str
    rest: str


def last_two(step: Step) -> Spans:
    """The last two parts of the hook point: `Dense.build`."""
    return (Span(point_end(step, 2), "call"),)


def is_never(step: Step, parent: Step | None) -> bool:
    """A rule that never applies."""
    return False


def of_base_class(step: Step, parent: Step | None) -> bool:
    """Whether a method is that of a base class, called by the one that overrides it."""
    return parent is not None and parent.kind == step.kind and parent.subject == step.subject


def nothing_set(step: Step) -> Iterable[Setting]:
    """The attributes set by a step that sets none."""
    return ()


def in_result(step: Step, name: str) -> Held:
    """An attribute whose value is the result."""
    return Held("result")


def by_kind_and_object(step: Step, sets: str | None, about: Hashable) -> Hashable:
    """The identity of a step by its kind and its object."""
    return step.kind, about


def by_kind_and_name(step: Step, sets: str | None, about: Hashable) -> Hashable:
    """The identity of a step by its kind and its input `name`."""
    return step.kind, step.inputs.get("name")


def by_kind_and_point(step: Step, sets: str | None, about: Hashable) -> Hashable:
    """The identity of a step by its kind and hook point."""
    return step.kind, step.point


def by_class_and_object(step: Step, sets: str | None, about: Hashable) -> Hashable:
    """The identity of a step by its kind, the class it is about and its object."""
    return step.kind, step.facts.get("class", step.inputs.get("class")), about


def loosely_by_kind(step: Step) -> Hashable:
    """The loose identity of a step by its kind alone."""
    return (step.kind,)


def loosely_by_name(step: Step) -> Hashable:
    """The loose identity of a step by its kind and its input `name`."""
    return step.kind, step.inputs.get("name")


def loosely_by_point(step: Step) -> Hashable:
    """The loose identity of a step by its kind and hook point."""
    return step.kind, step.point


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of step.

    How it reads:
        name: what `Step.kind` says.
        label: a step in one line.
        full_label: the same with every argument, where `label` leaves some out.
        short_label: a step by its name only, where its arguments were shown before.
        shows_none: whether a result of None is shown.

    Where it shows:
        level: the shortest account that shows it.
        is_repeated: whether a step repeats what its neighbours show, given the step around it.
        is_inner: whether a step is an operation that the function around it consists of, so that
            the step of that function is enough, given the step around it.
        hands_on: whether a method only calls that of its base class, so that the steps inside
            replace it, given the step around it.
        once: whether a second step with the same inputs in the same step repeats the first.
        covers: the kinds of which a step inside is explained by this one, at any depth.
        wraps: the kind that shares a line with it, when the first step inside is of it.
        line_names_result: whether the source line may name the attribute its result is set to,
            where no `assign` step does.
        act: what the user does with it, if it begins a phase: `construct`, `call`.

    What it changes:
        sets: the attributes a step sets, other than by an `assign` step.
        holds: where a step holds the value of such an attribute.
        feeds_assign: whether the next `assign` step may set its result.
        effect: what a step does when it runs, and what is missing when it does not, given the name
            of what it sets; None where that says nothing.

    What identifies it when two traces are compared:
        identity: which step it is, given the attribute its result is set to and its object.
        loose_identity: the same, where nothing closer was found.
        not_said: the inputs and facts whose values another step has as well, or that are random.
        not_compared: the inputs that only one of two stacks has; `RESULT` for a result that
            depends only on how a stack works.

    What `why` needs:
        initializes: whether its inputs are arguments of a construction.
        takes_input: whether a user's own call of it gives the input.
        looks_up: whether its result is found by its first input.
        has_default: whether Keras creates its result if you pass none.
        acts_for_object: whether its result depends on how its object is set.
        of_attribute: whether it is a function that an object holds in an attribute.
        goes_by_any_name: whether a source line may call it by any name.
    """

    name: str
    label: Callable[[Step], Spans]
    full_label: Callable[[Step], Spans] | None = None
    short_label: Callable[[Step], Spans] = last_two
    shows_none: bool = False

    level: Level = "author"
    is_repeated: Callable[[Step, Step | None], bool] = is_never
    is_inner: Callable[[Step, Step | None], bool] = is_never
    hands_on: Callable[[Step, Step | None], bool] = is_never
    once: bool = False
    covers: frozenset[str] = frozenset()
    wraps: str | None = None
    line_names_result: bool = False
    act: str | None = None

    sets: Callable[[Step], Iterable[Setting]] = nothing_set
    holds: Callable[[Step, str], Held] = in_result
    feeds_assign: bool = False
    effect: Callable[[Step, str], tuple[Effect, Effect]] | None = None

    identity: Callable[[Step, str | None, Hashable], Hashable] = by_kind_and_object
    loose_identity: Callable[[Step], Hashable] = loosely_by_kind
    not_said: frozenset[str] = frozenset()
    not_compared: frozenset[str] = frozenset()

    initializes: bool = False
    takes_input: bool = False
    looks_up: bool = False
    has_default: bool = False
    acts_for_object: bool = False
    of_attribute: bool = False
    goes_by_any_name: bool = False
