"""What changed between Keras 2 and Keras 3 for one expression, in a few sentences.

Each sentence is read from the two traces: nothing is said that does not show in them.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.data.values import Items, Mapping, Value, times
from densetrace.data.wording import children, in_sentence, joined, plain
from densetrace.study.generation_ends import Sentence, ended

MOST: Final = 10
"""How many sentences there are at most."""

OPERATIONS_NAMED: Final = 5
"""A sentence names this many operations, each once."""


@dataclass(frozen=True, slots=True)
class Generations:
    """The trace of Keras 2 (or of the mirrored stack), that of Keras 3, and what changed."""

    older: Trace
    newer: Trace
    sentences: tuple[Sentence, ...]


def generations(one: Trace, other: Trace) -> Generations | None:
    """What changed between two traces of which one is of Keras 3; None unless exactly one is."""
    if one.keras == other.keras:
        return None
    older, newer = sorted((one, other), key=lambda trace: trace.keras)
    found = (sentence for rule in _RULES if (sentence := rule(older, newer)) is not None)
    return Generations(older, newer, tuple(found)[:MOST])


def _capture(older: Trace, newer: Trace) -> Sentence | None:
    before, after = (_made(trace) for trace in (older, newer))
    if not before or not after:
        return None
    kept = after[0].facts.get("bound")
    many = f", {kept.length} in all" if isinstance(kept, Mapping) else ""
    return Sentence(
        "arguments",
        f"Operation.__new__ captures the arguments, with their defaults{many}; in Keras 2, "
        "Layer.__new__ stored only those that were passed:"
        " "
        f"{in_sentence(before[0].facts.get('bound'))}.",
        (before[0],),
        (after[0],),
    )


def _made(trace: Trace) -> list[Step]:
    """The layers that were created, without models and inputs, which Keras also creates itself."""
    models = ("InputLayer", "Sequential", "Functional", "Model")
    return [step for step in trace.find("new") if step.inputs.get("class") not in models]


def _decorator(older: Trace, newer: Trace) -> Sentence | None:
    layouts = older.find("layout")
    if not layouts or newer.find("layout"):
        return None
    return Sentence(
        "decorator",
        "No decorator wraps __init__: allow_initializer_layout and the *_layout arguments are "
        "gone.",
        (layouts[0],),
    )


def _deserializers(older: Trace, newer: Trace) -> Sentence | None:
    legacy = [step for step in older.find("deserialize") if step.facts.get("via") == "legacy"]
    if not legacy:
        return None
    after = newer.find("deserialize")
    return Sentence(
        "deserializer",
        "There is one deserializer, serialization_lib, instead of two; in Keras 2 the legacy one "
        f"ran {times(len(legacy))}.",
        tuple(legacy[:1]),
        tuple(after[:1]),
    )


def _looked_up(older: Trace, newer: Trace) -> Sentence | None:
    before, after = ([*_strings(trace)] for trace in (older, newer))
    if not any(step.children for step in before) or not any(not step.children for step in after):
        return None
    direct = next(step for step in after if not step.children)
    return Sentence(
        "lookup",
        f"The name {in_sentence(next(iter(direct.inputs.values())))} is looked up directly in a "
        "table of names, without the deserializer.",
        tuple(step for step in before if step.children)[:1],
        (direct,),
    )


def _strings(trace: Trace) -> Iterator[Step]:
    return (
        step
        for step in trace.find("get")
        if step.facts.get("branch") == "str"
        and step.facts.get("registry") in ("activations", "regularizers")
        and step.error is None
    )


def _refused(older: Trace, newer: Trace) -> Sentence | None:
    failed = [step for step in newer.find("get") if step.error is not None]
    for step in failed:
        identifier = next(iter(step.inputs.values()), None)
        kept = [
            other
            for other in older.find("get")
            if other.error is None and other.result == identifier and isinstance(identifier, str)
        ]
        if kept:
            return Sentence(
                "unknown name",
                f"{plain(step.facts.get('registry'))}.get refuses {in_sentence(identifier)} "
                "immediately; Keras 2 stored the string and only failed when it was used.",
                (kept[0],),
                (step,),
            )
    return None


def _checks(older: Trace, newer: Trace) -> Sentence | None:
    order: list[Step] = []
    for invoke in newer.find("invoke"):
        kinds = [child.kind for child in invoke.children]
        if "build" in kinds:
            place = kinds.index("build")
            order = [child for child in invoke.children[place:] if child.kind == "check"]
            break
    if not order:
        return None
    return Sentence(
        "checks",
        "The first call checks the input before build and again after it, when the number of "
        "features is known; in Keras 2 both checks came before build.",
        tuple(older.find("check")[:2]),
        (order[0],),
    )


def _lock(older: Trace, newer: Trace) -> Sentence | None:
    locks = newer.find("lock")
    if not locks:
        return None
    return Sentence(
        "lock",
        f"After build the state of {plain(locks[0].subject)} is locked: it accepts no new "
        "variables or layers.",
        (),
        (locks[0],),
    )


def _paths(older: Trace, newer: Trace) -> Sentence | None:
    tracked = [step for step in newer.find("track") if "name" in step.inputs]
    names = [step.inputs["name"] for step in tracked]
    if not names:
        return None
    listed = joined(plain(name) for name in names[:3])
    return Sentence(
        "paths",
        f"A tracker collects the weights, and each has a path: {listed}. In Keras 2, "
        "Layer.add_weight stored them in lists.",
        tuple(older.find("add_weight")[:1]),
        tuple(tracked[:1]),
    )


def _symbols(older: Trace, newer: Trace) -> Sentence | None:
    specs = [
        step for step in newer.find("spec") if not any(c.kind == "call" for c in step.children)
    ]
    ran = [
        step
        for step in older.find("invoke")
        if step.facts.get("mode") == "symbolic" and children(step, "call")
    ]
    if not specs or not ran:
        return None
    return Sentence(
        "symbols",
        f"call does not run on symbolic tensors: {plain(specs[0].subject)} computes the shape of "
        "its output, and a node stores the call.",
        (ran[0],),
        (specs[0],),
    )


def _operations(older: Trace, newer: Trace) -> Sentence | None:
    before, after = (_computing(trace) for trace in (older, newer))
    if not before or not after or {step.point for step in before} == {step.point for step in after}:
        return None
    tensorflow = _listed(step.point for step in before)
    short = _listed(f"ops.{step.point.rpartition('.')[2]}" for step in after)
    return Sentence(
        "operations",
        f"call computes with keras.ops, which every backend has ({short}), not with TensorFlow "
        f"({tensorflow}).",
        tuple(before[:1]),
        tuple(after[:1]),
    )


def _listed(points: Iterable[str]) -> str:
    """The first of these names, each once, and how many more there are."""
    names = list(dict.fromkeys(points))
    shown = names[:OPERATIONS_NAMED]
    rest = len(names) - len(shown)
    return joined([*shown, f"{rest} more"] if rest else shown)


def _computing(trace: Trace) -> list[Step]:
    """The operations of the first `call` that has data, and of the layers inside it."""
    for call in trace.find("call"):
        found: list[Step] = []
        waiting = list(reversed(call.children))
        while waiting:
            step = waiting.pop()
            if step.kind != "op":
                waiting.extend(reversed(step.children))
            elif not step.point.startswith(_PREPARE):
                found.append(step)
        if found:
            return found
    return []


_PREPARE: Final = ("tf.cast", "tf.raw_ops.", "keras.ops.core.")
"""The points of operations that prepare operands, or that one of two Kerases alone shows."""


def _same(older: Trace, newer: Trace) -> Sentence | None:
    both = (older, newer)
    if any(trace.stop is not None or trace.outcome.get("built") is not True for trace in both):
        return None
    numbers = [trace.outcome.get("parameters") for trace in both]
    if numbers[0] != numbers[1] or numbers[0] is None:
        return None
    same = f"{in_sentence(numbers[0])} parameters"
    ran = [trace.outcome.get("output") is not None for trace in both]
    if all(ran):
        shapes = [_shape(trace.outcome.get("output")) for trace in both]
        if shapes[0] != shapes[1]:
            return None
        same += ", and an output of the same shape and dtype"
    return Sentence(
        "unchanged",
        f"{'What it computes' if all(ran) else 'What it builds'} is the same: {same}. Keras 2 took "
        f"{len(older.order.steps)} steps, Keras 3 {len(newer.order.steps)}.",
    )


def _shape(value: Value | None) -> object:
    if isinstance(value, Items):
        return tuple(map(_shape, value.items))
    return getattr(value, "shape", None), getattr(value, "dtype", None)


_RULES: Final[tuple[Callable[[Trace, Trace], Sentence | None], ...]] = (
    ended,
    _capture,
    _decorator,
    _deserializers,
    _looked_up,
    _refused,
    _lock,
    _checks,
    _paths,
    _symbols,
    _operations,
    _same,
)
"""The rules: how the runs ended, if one of them stopped, then in the order of a layer's life."""
