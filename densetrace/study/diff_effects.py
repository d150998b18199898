"""What a difference changes: the steps that do something else, told by verb and object. Steps that
only hand a value on, or repeat what the step around them says, are no effect."""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from densetrace.data.trace import ABSENT, Step, Trace
from densetrace.data.values import Instance, Tensor
from densetrace.data.wording import plain, told
from densetrace.study.diff import Change, Diff, Pair
from densetrace.study.diff_causes import Cause, instead, name_of
from densetrace.study.parts import same

_WEIGHT_FIELDS: Final = {
    "shape": "the shape ",
    "initializer": "the initializer ",
    "dtype": "the dtype ",
    "regularizer": "the regularizer ",
    "constraint": "the constraint ",
    "trainable": "trainable=",
}


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that is done otherwise: a verb in the third person, and the rest."""

    verb: str
    rest: str


@dataclass(slots=True)
class _Known:
    """What has been told already, and what need not be told."""

    arguments: Mapping[str, object]
    several_objects: bool
    moved: tuple[Counter[Hashable], Counter[Hashable]]
    weights: set[object] = field(default_factory=set)
    found: set[str] = field(default_factory=set)


def effects(found: Diff, written: list[Cause]) -> list[Effect]:
    """What is done otherwise, in order, each once."""
    arguments = {cause.argument: cause.value for cause in written if cause.argument is not None}
    several = max(_objects(found.left), _objects(found.right)) > 1
    known = _Known(arguments, several, _one_sided(found))
    told_already: dict[Effect, None] = {}
    for pair in _telling(found):
        effect = _effect(pair, known)
        if effect is not None:
            told_already[effect] = None
            if _refused(pair):
                return list(told_already)  # what then never came is no effect of its own
    told_already |= dict.fromkeys(_results(found))
    return list(told_already) or [Effect("demands", demand) for demand in _demands(found)]


def _demands(found: Diff) -> Iterator[str]:
    """Which inputs are accepted: of interest only where nothing else says that they differ."""
    for pair in found.differing:
        for change in pair.changes:
            if (
                _is_demand(change.left)
                and _is_demand(change.right)
                and pair.either.kind == "assign"
            ):
                yield instead(change.right, change.left)


def _is_demand(value: object) -> bool:
    return isinstance(value, Instance) and value.cls == "InputSpec"


def _objects(trace: Trace) -> int:
    return sum(1 for step in trace.walk() if step.kind == "new")


def _one_sided(found: Diff) -> tuple[Counter[Hashable], Counter[Hashable]]:
    """The steps that only one side has in this place, by what they are: a step on both lists was
    moved, not taken away or brought."""
    counted: tuple[Counter[Hashable], Counter[Hashable]] = (Counter(), Counter())
    for pair in found.differing:
        for side, step, other in ((0, pair.left, pair.right), (1, pair.right, pair.left)):
            if step is not None and other is None:
                counted[side].update(map(_what, step.walk()))
    return counted


def moved(found: Diff) -> int:
    """How many steps both sides have, but in different places."""
    left, right = _one_sided(found)
    return (left & right).total()


def _what(step: Step) -> Hashable:
    return step.kind, step.point, str(step.inputs.get("name"))


def _telling(found: Diff) -> Iterator[Pair]:
    """The pairs that differ, without what stands inside a lookup or a weight that differs."""
    inside: set[int] = set()
    for pair in found.differing:
        if id(pair) not in inside:
            yield pair
        if pair.either.kind in ("get", "deserialize", "add_weight") or id(pair) in inside:
            inside.update(map(id, pair.inside))


def _refused(pair: Pair) -> bool:
    """Whether one side ended here with an error of this very step."""
    return any(
        step is not None
        and step.error is not None
        and not any(child.error == step.error for child in step.children)
        for step in (pair.left, pair.right)
    )


def _effect(pair: Pair, known: _Known) -> Effect | None:
    if pair.left is None or pair.right is None:
        return _of_one_side(pair, known)
    changes = {change.name: change for change in pair.changes}
    if _refused(pair) and pair.either.kind != "get":
        return _error(pair.left, pair.right)
    match pair.either.kind:
        case "get":
            return _lookup(pair.left, pair.right, known)
        case "assign":
            return _assignment(pair.right, changes, known)
        case "add_weight":
            return _weight(pair.right, changes, known)
        case "activation" if "point" in changes:
            first, second = (_function(step) for step in (pair.left, pair.right))
            return Effect("runs", f"{second} in place of {first}")
    return None


def _error(left: Step, right: Step) -> Effect:
    step = right if right.error else left
    assert step.error is not None
    where = plain(".".join(step.point.split(".")[-2:]))
    if right.error and left.error:
        return Effect("makes", f"{where} raise {plain(right.error.type)} otherwise")
    verb = "makes" if right.error else "keeps"
    rest = f"{where} raise {plain(step.error.type)}"
    return Effect(verb, rest if right.error else rest.replace(" raise ", " from raising "))


# -- lookups --------------------------------------------------------------------------------------

_VERBS: Final = {
    "find": ("find", "return", "make", "take", "refuse"),
    "finding": ("finding", "returning", "making", "taking", "refusing"),
}


def _lookup(left: Step, right: Step, known: _Known) -> Effect:
    known.found |= {name_of(step.result) for step in (left, right) if step.result is not ABSENT}
    where = f"{plain(right.facts.get('registry', 'get'))}.get"
    names = [name_of(step.result) for step in (left, right)]
    if names[0] == names[1] and ABSENT not in (left.result, right.result):
        return Effect("makes", f"{where} give {instead(right.result, left.result)}")
    return Effect("makes", f"{where} {_found(right, 'find')} instead of {_found(left, 'finding')}")


def _found(step: Step, form: str) -> str:
    find, give, make, take, refuse = _VERBS[form]
    identifier = told(next(iter(step.inputs.values()), None))
    if step.result is ABSENT:
        return f"{refuse} {identifier}"
    result = name_of(step.result)
    match step.facts.get("branch"):
        case "None":
            return f"{give} {result} for None"
        case "str" if result != identifier:
            return f"{find} {result} by {_road(step)}"
        case "dict":
            return f"{make} {result} from a dict"
    return f"{take} {result} as it is"


def _road(step: Step) -> str:
    vias = [inner.facts.get("via") for inner in step.walk() if inner.kind == "deserialize"]
    if "legacy" in vias:
        return "the legacy road"
    return plain(vias[0]) if vias else "its name"


# -- attributes and weights -----------------------------------------------------------------------


def _assignment(step: Step, changes: dict[str, Change], known: _Known) -> Effect | None:
    change, name = changes.get("value"), step.inputs.get("name")
    if change is None or (step.subject, name) in known.weights:
        return None
    if name_of(change.right) in known.found:
        return None  # the lookup has told
    if isinstance(name, str) and same(known.arguments.get(name, ABSENT), change.right):
        return None  # it is as written
    if isinstance(change.left, Tensor) and isinstance(change.right, Tensor):
        return None  # the weight itself has told
    if _is_demand(change.left) and _is_demand(change.right):
        return None
    return Effect("sets", f"{_named(step, known)} to {instead(change.right, change.left)}")


def _weight(step: Step, changes: dict[str, Change], known: _Known) -> Effect | None:
    known.weights.add((step.subject, step.inputs.get("name")))
    for name, phrase in _WEIGHT_FIELDS.items():
        change = changes.get(name)
        if change is not None and name_of(change.right) not in known.found:
            values = instead(change.right, change.left)
            return Effect("gives", f"{_named(step, known)} {phrase}{values}")
    return None


def _named(step: Step, known: _Known) -> str:
    """An attribute by its name, and by its object where there are several."""
    name = plain(step.inputs.get("name"))
    return f"{plain(step.subject)}.{name}" if known.several_objects and step.subject else name


def _of_one_side(pair: Pair, known: _Known) -> Effect | None:
    step, here = pair.either, pair.right is not None
    if known.moved[0 if here else 1][_what(step)]:
        return None
    match step.kind:
        case "add_weight":
            known.weights.add((step.subject, step.inputs.get("name")))
            shape = told(step.inputs.get("shape"))
            name = _named(step, known)
            return Effect("makes", f"a weight {name} of shape {shape}" if here else f"no {name}")
        case "op" | "activation":
            name = _function(step)
            return Effect("runs", f"{name} too") if here else Effect("does", f"not run {name}")
        case "regularize" | "constrain":
            name, does = plain(step.subject), f"{step.kind} a weight"
            return Effect("makes", f"{name} {does}") if here else Effect("does", f"not {does}")
        case "compile":
            return Effect("does", f"{'' if here else 'not '}compile {plain(step.subject)}")
        case "assign" if (step.subject, step.inputs.get("name")) not in known.weights:
            if name_of(step.inputs.get("value")) in known.found:
                return None
            value = name_of(step.inputs.get("value"))
            name = _named(step, known)
            return (
                Effect("sets", f"{name} to {value}") if here else Effect("does", f"not set {name}")
            )
    return None


def _function(step: Step) -> str:
    return plain(step.point.rpartition(".")[2])


def _results(found: Diff) -> Iterator[Effect]:
    """What a person's own call gave."""
    for pair in found.pairs:
        if pair.either.kind == "invoke" and pair.left is not None and pair.right is not None:
            for change in pair.changes:
                if change.name == "(result)" and ABSENT not in (change.left, change.right):
                    yield Effect("returns", instead(change.right, change.left))
