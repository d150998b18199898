"""A diff in one sentence: what the user wrote differently, and what that changes."""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from densetrace.data.steps import ABSENT, Step
from densetrace.data.trace import Trace
from densetrace.data.values import Instance, Items, Tensor, Value, counted
from densetrace.data.wording import (
    as_code,
    entries,
    in_sentence,
    keywords,
    name_of,
    plain,
)
from densetrace.kinds import KINDS
from densetrace.kinds.kind import Effect
from densetrace.study.diff import Change, Diff, Pair, Side, hyperparameters
from densetrace.study.index import from_user_code, same

# -- causes ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that was written differently: `text` is code, or words if `in_words`. For an
    argument, its name and its value on the right side. `other_form` if the arguments are the same,
    and only written in another form."""

    text: str
    in_words: bool = False
    argument: str | None = None
    value: Side = ABSENT
    other_form: bool = False


def causes(found: Diff) -> list[Cause]:
    """Everything that was written differently, in order, each once."""
    made = [pair for pair in found.differing if pair.either.kind == "new"]
    outermost = [pair for pair in found.pairs if not pair.same and pair.either.kind == "new"]
    # Objects created inside another one follow from that one, if it was written differently.
    written = outermost or [pair for pair in made if from_user_code(pair.either)]
    by_text = {cause.text: cause for pair in written for cause in _of_construction(pair)}
    settings = {cause.text: cause for cause in _of_settings(found)}
    return list((by_text | settings).values()) or list(_of_inputs(found))


def _of_construction(pair: Pair) -> Iterator[Cause]:
    if pair.left is None:
        yield Cause(f"one more {_constructed(pair.either)}", in_words=True)
    elif pair.right is None:
        yield Cause(f"one {_constructed(pair.either)} less", in_words=True)
    elif _class(pair.left) != _class(pair.right):
        yield Cause(f"{_class(pair.right)} instead of {_class(pair.left)}")
    else:
        yield from _of_arguments(pair, pair.left, pair.right)


def _of_arguments(pair: Pair, first: Step, second: Step) -> Iterator[Cause]:
    left, right = dict(entries(first.facts.get("bound"))), dict(entries(second.facts.get("bound")))
    bound_the_same = True
    for name in dict.fromkeys([*left, *right]):
        if name in left and name in right and _equal(left[name], right[name]):
            continue
        bound_the_same = False
        if name not in right:
            text = f"leaving out {plain(name)}={name_of(left[name])}"
            yield Cause(text, in_words=True, argument=name)
        elif name not in left:
            text = f"{plain(name)}={name_of(right[name])}"
            yield Cause(text, argument=name, value=right[name])
        elif not _only_objects(left[name], right[name]):
            text = f"{plain(name)}={instead(right[name], left[name])}"
            yield Cause(text, argument=name, value=right[name])
    if bound_the_same and any(change.name in ("args", "kwargs") for change in pair.changes):
        text = f"writing the arguments of {_class(first)} in another form"
        yield Cause(text, in_words=True, other_form=True)


def _of_numbers(left: Value, right: Value) -> Iterator[Cause]:
    """The settings that differ between two optimizers of one class: `learning_rate=0.2 instead of
    0.1`."""
    if not isinstance(left, Instance) or not isinstance(right, Instance) or left.cls != right.cls:
        return
    configs = [dict(entries(side.config)) | dict(hyperparameters(side)) for side in (left, right)]
    for name, value in configs[1].items():
        if name in configs[0] and not isinstance(value, Tensor) and value != configs[0][name]:
            text = f"{plain(name)}={in_sentence(value)} instead of {in_sentence(configs[0][name])}"
            yield Cause(text)


_SETTINGS: Final = ("compile", "fit", "evaluate", "predict")
"""The kinds of steps whose arguments, other than data, are the settings of a training."""


def _of_settings(found: Diff) -> Iterator[Cause]:
    """The settings of a training that differ: `optimizer='sgd' instead of 'adam'`."""
    for pair in found.differing:
        if pair.either.kind not in _SETTINGS or pair.left is None or pair.right is None:
            continue
        left, right = pair.left.inputs, pair.right.inputs
        for name in dict.fromkeys([*left, *right]):
            if name in left and name in right and _equal(left[name], right[name]):
                continue
            sides = [side.get(name) for side in (left, right)]
            if any(isinstance(value, Tensor) for value in sides):
                continue  # data
            numbers = list(_of_numbers(*sides))
            if numbers:
                yield from numbers
                continue
            if name not in right:
                text = f"leaving out {plain(name)}={name_of(left[name])}"
                yield Cause(text, in_words=True)
            elif name not in left:
                yield Cause(f"{plain(name)}={name_of(right[name])}")
            else:
                yield Cause(f"{plain(name)}={instead(right[name], left[name])}")


def _of_inputs(found: Diff) -> Iterator[Cause]:
    for pair in found.pairs:
        if pair.either.kind != "invoke" or pair.left is None or pair.right is None:
            continue
        for change in pair.changes:
            if change.name == "input":
                text = f"an input of {instead(change.right, change.left)}"
                yield Cause(text, in_words=True)


def _equal(left: Value, right: Value) -> bool:
    """Whether two arguments are the same. Labels are ignored: each trace has its own."""
    if isinstance(left, Instance) and isinstance(right, Instance):
        return left.config is not None and (left.cls, left.config) == (right.cls, right.config)
    return not _only_objects(left, right) and same(left, right)


def _only_objects(left: Value, right: Value) -> bool:
    """Whether two arguments are layers, or lists of layers: their differences are causes of their
    own constructions."""
    if isinstance(left, Items) and isinstance(right, Items):
        return all(isinstance(item, Instance) for item in (*left.items, *right.items))
    return (
        isinstance(left, Instance)
        and isinstance(right, Instance)
        and left.config is None
        and left.cls == right.cls
    )


def _constructed(step: Step) -> str:
    return f"{_class(step)}({keywords(entries(step.facts.get('bound')))})"


def _class(step: Step) -> str:
    return plain(step.inputs.get("class"))


def instead(value: Side, other: Side) -> str:
    """`32 instead of 64`; two objects of one class are shown with their settings."""
    if (
        isinstance(value, Instance)
        and isinstance(other, Instance)
        and name_of(value) == name_of(other)
    ):
        return f"{as_code(value)} instead of {as_code(other)}"
    return f"{name_of(value)} instead of {name_of(other)}"


# -- effects ---------------------------------------------------------------------------------------


_WEIGHT_FIELDS: Final = {
    "shape": "the shape ",
    "initializer": "the initializer ",
    "dtype": "the dtype ",
    "regularizer": "the regularizer ",
    "constraint": "the constraint ",
    "trainable": "trainable=",
}


@dataclass(slots=True)
class _Mentioned:
    """What the sentence mentions so far, and what it need not mention."""

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
    distinct |= dict.fromkeys(_results(found))
    return list(distinct) or [Effect("demands", demand) for demand in _demands(found)]


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
                counters[side].update(map(_identity, step.walk()))
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
            return _weight(pair.right, changes, mentioned)
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


def _lookup(left: Step, right: Step, mentioned: _Mentioned) -> Effect | None:
    mentioned.found |= {name_of(step.result) for step in (left, right) if step.result is not ABSENT}
    where = f"{plain(right.facts.get('registry', 'get'))}.get"
    names = [name_of(step.result) for step in (left, right)]
    if names[0] == names[1] and ABSENT not in (left.result, right.result):
        if right.facts.get("registry") == "optimizers":
            return None  # the setting that differs is a cause
        return Effect("makes", f"{where} give {instead(right.result, left.result)}")
    return Effect("makes", f"{where} {_found(right, 'find')} instead of {_found(left, 'finding')}")


def _found(step: Step, form: str) -> str:
    find, give, make, take, refuse = _VERBS[form]
    identifier = in_sentence(next(iter(step.inputs.values()), None))
    if step.result is ABSENT:
        return f"{refuse} {identifier}"
    result = name_of(step.result)
    match step.facts.get("branch"):
        case "None":
            return f"{give} {result} for None"
        case "str" if result != identifier:
            return f"{find} {result} by {_found_by(step)}"
        case "dict":
            return f"{make} {result} from a dict"
    return f"{take} {result} as it is"


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


def _weight(step: Step, changes: dict[str, Change], mentioned: _Mentioned) -> Effect | None:
    mentioned.weights.add((step.subject, step.inputs.get("name")))
    for name, phrase in _WEIGHT_FIELDS.items():
        change = changes.get(name)
        if change is not None and name_of(change.right) not in mentioned.found:
            values = instead(change.right, change.left)
            return Effect("gives", f"{_attribute_name(step, mentioned)} {phrase}{values}")
    return None


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
    elif kind.name == "assign" and (
        sets in mentioned.weights or name_of(step.inputs.get("value")) in mentioned.found
    ):
        return None  # another step mentions it
    if kind.effect is None:
        return None
    added, missing = kind.effect(step, _attribute_name(step, mentioned))
    return added if here else missing


def _function(step: Step) -> str:
    return plain(step.point.rpartition(".")[2])


def _results(found: Diff) -> Iterator[Effect]:
    """The results of the user's own calls."""
    for pair in found.pairs:
        if pair.either.kind == "invoke" and pair.left is not None and pair.right is not None:
            for change in pair.changes:
                if change.name == "(result)" and ABSENT not in (change.left, change.right):
                    yield Effect("returns", instead(change.right, change.left))


# -- the sentence ----------------------------------------------------------------------------------


MAX_CAUSES: Final = 3
MAX_EFFECTS: Final = 4
_PLURAL: Final = {"does": "do"}


def sentence(found: Diff) -> str:
    """The difference in one sentence."""
    if found.same:
        return (
            f"The two lifecycles are the same: {counted(_count(found.left), 'step')}, one by one."
        )
    written = causes(found)
    changed = effects(found, written)
    if not changed and written and all(cause.other_form for cause in written):
        return "Both do the same; only how the arguments are passed differs."
    without = _without(written, changed)
    if without:
        return f"{without}; {_rest(found, len(changed))}"
    subject, many = _subject(found, written)
    clauses = [_clause(effect, many) for effect in changed]
    clauses = clauses or [_clause(_step_counts(found, written), many)]
    return f"{subject} {_listed(clauses, MAX_EFFECTS, ', and ')}; {_rest(found, len(clauses))}"


def _without(written: list[Cause], changed: list[Effect]) -> str:
    """The difference, where it is one argument left out and its attribute has another value."""
    if len(written) != 1 or not changed or written[0].argument is None:
        return ""
    cause, (first, *others) = written[0], changed
    before, _, value = first.rest.partition(" to ")
    if cause.value is not ABSENT or first.verb != "sets" or before != cause.argument:
        return ""
    left_out = cause.text.removeprefix("leaving out ")
    text = f"Without {left_out}, {before} is {value.partition(' instead of ')[0]}"
    if not others:
        return text
    clauses = [_clause(effect, many=False) for effect in others]
    return f"{text}, which {_listed(clauses, MAX_EFFECTS, ', and ')}"


def alone(found: Diff) -> tuple[int, int]:
    """How many steps only the left and only the right side has, with the steps inside them."""
    left = sum(_size(pair.left) for pair in found.differing if pair.right is None)
    right = sum(_size(pair.right) for pair in found.differing if pair.left is None)
    return left, right


def _size(step: Step | None) -> int:
    return 0 if step is None else sum(1 for _ in step.walk())


def _count(trace: Trace) -> int:
    return len(trace.order.steps)


def _subject(found: Diff, written: list[Cause]) -> tuple[str, bool]:
    """The subject of the sentence, and whether it is plural."""
    if not written:
        engines = [trace.engine.get("name") for trace in (found.left, found.right)]
        if engines[0] != engines[1] and isinstance(engines[1], str):
            return plain(engines[1]), False
        return "The second", False
    text = _listed([cause.text for cause in written], MAX_CAUSES, " and ")
    if written[0].in_words:
        text = text[:1].upper() + text[1:]
    return text, len(written) > 1


def _clause(effect: Effect, many: bool) -> str:
    verb = _PLURAL.get(effect.verb, effect.verb.removesuffix("s")) if many else effect.verb
    return f"{verb} {effect.rest}"


def _step_counts(found: Diff, written: list[Cause]) -> Effect:
    """How many steps differ, for a difference without an effect."""
    left, right = alone(found)
    if left and right:
        return Effect("takes", f"{counted(left, 'step')} away and brings {right:,} others")
    if right:
        return Effect("brings", f"{counted(right, 'step')} more")
    if left:
        return Effect("takes", f"{counted(left, 'step')} away")
    if not written:
        return Effect(
            "differs", f"in what {counted(len(found.differing), 'step')} are given or give"
        )
    if any(pair.either.kind in _SETTINGS for pair in found.differing):
        return Effect("changes", "only the numbers of the training")
    return Effect("changes", "only the argument itself")


def _rest(found: Diff, clauses: int) -> str:
    stopped = [isinstance(t.outcome.get("error_type"), str) for t in (found.left, found.right)]
    if stopped == [False, True]:
        return "the run stops there."
    if stopped == [True, False]:
        return "the run no longer stops there."
    if stopped == [True, True]:
        return "both runs stop there."
    if clauses > MAX_EFFECTS:
        changed = sum(1 for pair in found.differing if pair.left and pair.right)
        return f"{counted(changed + sum(alone(found)), 'step')} differ in all."
    elsewhere = moved(found)
    if elsewhere:
        return f"{counted(elsewhere, 'step')} of both run in another place."
    return "everything else is the same."


def _listed(words: list[str], most: int, last: str) -> str:
    if len(words) > most:
        words = [*words[: most - 1], f"{len(words) - most + 1:,} changes more"]
    if len(words) < 2:
        return "".join(words)
    return ", ".join(words[:-1]) + last + words[-1]
