"""What happens differently inside Keras: one clause for each difference of a diff."""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from densetrace.data.steps import ABSENT, Step
from densetrace.data.trace import Trace
from densetrace.data.values import Instance, Tensor
from densetrace.data.wording import in_sentence, joined, name_of, plain, settings
from densetrace.kinds import KINDS
from densetrace.kinds.kind import Effect
from densetrace.study.diff import Change, Diff, Pair
from densetrace.study.diff_causes import Cause, instead
from densetrace.study.index import same


@dataclass(slots=True)
class _Mentioned:
    """What the sentence already mentions, and what it can leave out."""

    arguments: Mapping[str, object]
    several_objects: bool
    moved: tuple[Counter[Hashable], Counter[Hashable]]
    weights: set[object] = field(default_factory=set)
    found: set[str] = field(default_factory=set)


def effects(found: Diff, written: list[Cause]) -> list[Effect]:
    """Everything that happens differently, in order, each once."""
    arguments = {cause.argument: cause.value for cause in written if cause.argument is not None}
    several = max(_objects(found.left), _objects(found.right)) > 1
    mentioned = _Mentioned(arguments, several, _one_sided(found))
    distinct: dict[Effect, None] = {}
    for pair in _mentionable(found):
        effect = _effect(pair, mentioned)
        if effect is not None:
            distinct[effect] = None
            if _raised(pair):
                return list(distinct)  # steps that never ran after it are not effects of their own
    return list(distinct)


def minor_effects(found: Diff) -> list[Effect]:
    """What is worth mentioning only if there is nothing else: demands on the input, and arguments
    of operations."""
    demands = [Effect("demands", demand) for demand in _demands(found)]
    return list(dict.fromkeys([*demands, *_operations(found)]))


def _operations(found: Diff) -> Iterator[Effect]:
    """The operations that are called with other settings: `axis=-1 instead of 1`."""
    for pair in found.differing:
        if pair.either.kind != "op" or pair.left is None or pair.right is None:
            continue
        values = [
            f"{plain(change.name)}={instead(change.right, change.left)}"
            for change in pair.changes
            if change.name in pair.right.inputs and not isinstance(change.right, Tensor)
        ]
        if values:
            yield Effect("calls", f"{_function(pair.right)} with {joined(values)}")


def _demands(found: Diff) -> Iterator[str]:
    """Which inputs are accepted: mentioned only if there is no other effect."""
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
    """The steps that only one side has in their position, by `_identity`: a step in both counters
    was moved, not removed or added."""
    counters: tuple[Counter[Hashable], Counter[Hashable]] = (Counter(), Counter())
    for pair in found.differing:
        for side, step, other in ((0, pair.left, pair.right), (1, pair.right, pair.left)):
            if step is not None and other is None:
                counters[side].update(map(_identity, (step,) if pair.inside else step.walk()))
    return counters


def moved(found: Diff) -> int:
    """How many steps both sides have, but in different positions."""
    left, right = _one_sided(found)
    return (left & right).total()


def _identity(step: Step) -> Hashable:
    return step.kind, step.point, str(step.inputs.get("name"))


def _mentionable(found: Diff) -> Iterator[Pair]:
    """The pairs that differ, without those inside a lookup or a weight that differs."""
    inside: set[int] = set()
    for pair in found.differing:
        if id(pair) not in inside:
            yield pair
        kind = KINDS[pair.either.kind]
        if kind.looks_up or kind.name == "add_weight" or id(pair) in inside:
            inside.update(map(id, pair.inside))


def _raised(pair: Pair) -> bool:
    """Whether a step of this pair itself raised an error, rather than a step inside it."""
    return any(
        step is not None
        and step.error is not None
        and not any(child.error == step.error for child in step.children)
        for step in (pair.left, pair.right)
    )


def _effect(pair: Pair, mentioned: _Mentioned) -> Effect | None:
    if pair.left is None or pair.right is None:
        return _of_one_side(pair, mentioned)
    changes = {change.name: change for change in pair.changes}
    if _raised(pair) and pair.either.kind != "get":
        return _error(pair.left, pair.right)
    match pair.either.kind:
        case "get":
            return _lookup(pair.left, pair.right, mentioned)
        case "assign":
            return _assignment(pair.right, changes, mentioned)
        case "add_weight":
            mentioned.weights.add((pair.either.subject, pair.either.inputs.get("name")))
        case "activation" if "point" in changes:
            first, second = (_function(step) for step in (pair.left, pair.right))
            if mentioned.found >= {first, second}:
                return Effect("then applies", second)
            return Effect("runs", f"{second} instead of {first}")
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
    "find": ("find", "return", "make", "reject"),
    "finding": ("finding", "returning", "making", "rejecting"),
}


def _lookup(left: Step, right: Step, mentioned: _Mentioned) -> Effect | None:
    mentioned.found |= {name_of(step.result) for step in (left, right) if step.result is not ABSENT}
    where = f"{plain(right.facts.get('registry', 'get'))}.get"
    sides = [(step.facts.get("branch"), _found_by(step)) for step in (left, right)]
    names = [name_of(step.result) for step in (left, right)]
    if names[0] == names[1] and left.result is not ABSENT and right.result is not ABSENT:
        if right.facts.get("registry") == "optimizers":
            return None  # the setting that differs is a cause
        if settings(left.result) != settings(right.result):
            return None  # so is the setting of this object
    results = left.result, right.result
    is_found = not any(result is ABSENT or isinstance(result, str) for result in results)
    if sides[0] == sides[1] and sides[0][0] == "str" and is_found:
        return Effect("makes", f"{where} find {instead(right.result, left.result)}")
    is_none = "None" in (sides[0][0], sides[1][0])
    if is_none and not any(isinstance(one, str) or one is ABSENT for one in results):
        # How each was found is in the rows: one sentence for two ways is hard to read.
        return Effect("makes", f"{where} return {names[1]} instead of {names[0]}")
    return Effect("makes", f"{where} {_found(right, 'find')} instead of {_found(left, 'finding')}")


def _found(step: Step, form: str) -> str:
    find, give, make, reject = _VERBS[form]
    identifier = in_sentence(next(iter(step.inputs.values()), None))
    if step.result is ABSENT:
        return f"{reject} {identifier}"
    result = name_of(step.result)
    match step.facts.get("branch"):
        case "None":
            return f"{give} {result}" if step.result is None else f"{give} {result} for None"
        case "str" if result != identifier:
            return f"{find} {result} through {_found_by(step)}"
        case "dict":
            return f"{make} {result} from a dict"
    return f"{give} {result} unchanged"


def _found_by(step: Step) -> str:
    vias = [inner.facts.get("via") for inner in step.walk() if inner.kind == "deserialize"]
    if "legacy" in vias:
        return "the legacy deserializer"
    return plain(vias[0]) if vias else "its name"


# -- attributes and weights -----------------------------------------------------------------------


def _assignment(step: Step, changes: dict[str, Change], mentioned: _Mentioned) -> Effect | None:
    change, name = changes.get("value"), step.inputs.get("name")
    if change is None or (step.subject, name) in mentioned.weights:
        return None
    if name_of(change.right) in mentioned.found:
        return None  # the lookup was mentioned
    if isinstance(name, str) and same(mentioned.arguments.get(name, ABSENT), change.right):
        return None  # it is the argument as written
    if isinstance(change.left, Tensor) and isinstance(change.right, Tensor):
        return None  # the weight itself was mentioned
    if _is_demand(change.left) and _is_demand(change.right):
        return None
    return Effect(
        "sets", f"{_attribute_name(step, mentioned)} to {instead(change.right, change.left)}"
    )


def _attribute_name(step: Step, mentioned: _Mentioned) -> str:
    """The name of an attribute, with its object if there are several objects."""
    name = plain(step.inputs.get("name"))
    return f"{plain(step.subject)}.{name}" if mentioned.several_objects and step.subject else name


def _of_one_side(pair: Pair, mentioned: _Mentioned) -> Effect | None:
    step, here = pair.either, pair.right is not None
    if mentioned.moved[0 if here else 1][_identity(step)]:
        return None
    kind, sets = KINDS[step.kind], (step.subject, step.inputs.get("name"))
    if kind.name == "add_weight":
        mentioned.weights.add(sets)
        return None  # a consequence
    if kind.name == "assign" and (
        sets in mentioned.weights or name_of(step.inputs.get("value")) in mentioned.found
    ):
        return None  # another step mentions it
    if kind.effect is None:
        return None
    added, missing = kind.effect(step, _attribute_name(step, mentioned))
    return added if here else missing


def _function(step: Step) -> str:
    return plain(step.point.rpartition(".")[2])
