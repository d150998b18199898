"""A diff in a few sentences: what the user wrote differently, what that means for weights, outputs,
losses and training, what happens inside Keras, and what stays the same."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from densetrace.data.trace import Trace
from densetrace.data.values import Instance, Tensor, Value, counted
from densetrace.data.wording import in_sentence, joined, number, plain
from densetrace.kinds.kind import Effect
from densetrace.study.diff import Diff
from densetrace.study.diff_causes import SETTINGS, Cause, causes, instead
from densetrace.study.diff_consequences import Consequence, consequences
from densetrace.study.diff_effects import effects, minor_effects, moved
from densetrace.study.diff_outcome import Agreement, Outcomes
from densetrace.study.diff_tally import Tally
from densetrace.study.diff_wrapping import wrapping

NUMBERS_DIFFER: Final = "only numbers differ"
"""Of two traces with the same steps."""

MAX_CAUSES: Final = 3
MAX_EFFECTS: Final = 4
_PLURAL: Final = {"does": "do", "squeezes": "squeeze", "passes": "pass"}
"""The plural of verbs that do not only lose their s."""


def sentence(found: Diff) -> str:
    """The difference in words."""
    outcomes = Outcomes(found.left, found.right)
    if found.same:
        return _of_equal_steps(found, outcomes)
    return " ".join([*_differences(found), *_ending(found, outcomes)])


def _of_equal_steps(found: Diff, outcomes: Outcomes) -> str:
    steps = counted(_count(found.left), "step")
    differing = [
        noun
        for noun, agreement in (
            ("inputs", outcomes.inputs),
            ("weights", outcomes.weights),
            ("outputs", outcomes.output),
            ("losses", outcomes.losses),
            ("trained weights", outcomes.trained),
        )
        if agreement in ("numbers", "random")
    ]
    if not differing:
        return f"The two traces are the same: {steps}."
    text = f"Both take the same {steps}; {NUMBERS_DIFFER}, those of the {joined(differing)}."
    return " ".join([text, *_on_seeds(outcomes)])


# -- what differs ----------------------------------------------------------------------------------


def _differences(found: Diff) -> Iterator[str]:
    wraps = wrapping(found)
    written = causes(found)
    if wraps is not None:
        yield from wraps.sentences()
        written = [cause for cause in written if cause.argument is not None]
    meant = consequences(found, written)
    if wraps is not None:
        lead, _ = _lead(found, written, [one for one in meant if one.argument is not None])
        if lead:
            yield f"{_capital(lead)}."
        return
    changed = _inner(found, written) or ([] if meant else minor_effects(found))
    if not changed and not meant and written and all(cause.other_form for cause in written):
        yield "Both do the same; only how the arguments are passed differs."
        return
    without = _without(written, meant, changed)
    if without:
        yield without
        return
    lead, led = _lead(found, written, meant)
    if lead:
        yield f"{_capital(lead) if written else lead}."
    if changed:
        if lead and len(led) == len(written):
            yield f"Inside Keras, this {_clauses(changed, many=False)}."
        else:
            subject, many = _subject(found, written, begins=not lead)
            where = "Inside Keras, " if lead else ""
            yield f"{where}{subject} {_clauses(changed, many)}."
    elif not lead:
        subject, many = _subject(found, written)
        yield f"{subject} {_clauses([_step_counts(found, written)], many)}."


def _inner(found: Diff, written: list[Cause]) -> list[Effect]:
    """What happens differently inside Keras; between two classes, not their attributes."""
    changed = effects(found, written)
    if any(cause.of_class for cause in written):
        return [one for one in changed if one.verb not in ("sets", "leaves")] or changed
    return changed


def _lead(found: Diff, written: list[Cause], meant: list[Consequence]) -> tuple[str, list[Cause]]:
    """Each cause with what it means, and the causes that have a meaning."""
    first = {cause.argument: at for at, cause in reversed(list(enumerate(written)))}
    groups: dict[int | None, list[Effect]] = {}
    for one in meant:
        # With one cause, all follows from it; otherwise several may be the cause of the rest.
        at = 0 if len(written) == 1 else first.get(one.argument) if one.argument else None
        groups.setdefault(at, []).append(one.effect)
    led = sorted(position for position in groups if position is not None)
    texts = [f"{written[at].text} {_clauses(groups[at], many=False)}" for at in led]
    if None in groups:
        subject = "the changes together" if written else _subject(found, written)[0]
        texts.append(f"{subject} {_clauses(groups[None], many=bool(written))}")
    return _listed(texts, MAX_EFFECTS, ", and "), [written[at] for at in led]


def _without(written: list[Cause], meant: list[Consequence], changed: list[Effect]) -> str:
    """The difference, where it is one argument left out and its attribute has another value."""
    if len(written) != 1 or written[0].argument is None or not changed:
        return ""
    cause, (first, *others) = written[0], changed
    before, _, value = first.rest.partition(" to ")
    if not cause.is_left_out or first.verb != "sets" or before != cause.argument:
        return ""
    left_out = cause.text.removeprefix("leaving out ")
    text = f"Without {left_out}, {before} is {value.partition(' instead of ')[0]}"
    if not meant:
        return f"{text}, which {_clauses(others, many=False)}." if others else f"{text}."
    text = f"{text}, which {_clauses([one.effect for one in meant], many=False)}."
    return f"{text} Inside Keras, this {_clauses(others, many=False)}." if others else text


def agreement(found: Diff) -> dict[str, Agreement]:
    """How the inputs, weights, outputs, losses and trained weights of both sides agree."""
    outcomes = Outcomes(found.left, found.right)
    return {
        "inputs": outcomes.inputs,
        "weights": outcomes.weights,
        "output": outcomes.output,
        "losses": outcomes.losses,
        "trained": outcomes.trained,
    }


def alone(found: Diff) -> tuple[int, int]:
    """How many steps only the left and only the right side has, with the steps inside them."""
    tally = Tally.of(found)
    return tally.left, tally.right


def _count(trace: Trace) -> int:
    return len(trace.order.steps)


def _subject(found: Diff, written: list[Cause], begins: bool = True) -> tuple[str, bool]:
    """The subject of the sentence, and whether it is plural. If it `begins` the sentence, it has a
    capital letter."""
    if not written:
        engines = [trace.engine.get("name") for trace in (found.left, found.right)]
        if engines[0] != engines[1] and isinstance(engines[1], str):
            return plain(engines[1]), False
        return "The second" if begins else "the second", False
    text = _listed([cause.text for cause in written], MAX_CAUSES, " and ")
    return (_capital(text) if begins and written[0].in_words else text), len(written) > 1


def _capital(text: str) -> str:
    """A sentence with a capital letter, unless it begins with code."""
    first = text.partition(" ")[0]
    return text if "=" in first or "(" in first else text[:1].upper() + text[1:]


def _clauses(found: Iterable[Effect], many: bool) -> str:
    """The effects as clauses; successive ones with the same verb share it."""
    effects = list(found)
    kept = effects if len(effects) <= MAX_EFFECTS else effects[: MAX_EFFECTS - 1]
    clauses = []
    for verb, group in groupby(kept, key=lambda effect: effect.verb):
        rests = [effect.rest for effect in group]
        shown = _PLURAL.get(verb, verb.removesuffix("s")) if many else verb
        clauses.append(f"{shown} {joined(rests)}")
    if len(kept) < len(effects):
        clauses.append(f"{len(effects) - len(kept):,} more changes")
    return _listed(clauses, len(clauses), ", and ")


def _step_counts(found: Diff, written: list[Cause]) -> Effect:
    """How many steps differ, for a difference without an effect."""
    left, right = alone(found)
    if left and right:
        return Effect("replaces", f"{counted(left, 'step')} with {right:,} others")
    if right:
        return Effect("adds", counted(right, "step"))
    if left:
        return Effect("removes", counted(left, "step"))
    if not written:
        return Effect(
            "differs", f"in the inputs or results of {counted(len(found.differing), 'step')}"
        )
    if any(pair.either.kind in SETTINGS for pair in found.differing):
        return Effect("changes", "the numbers of the training, but none of its steps")
    others = sum(1 for pair in found.differing if pair.either.kind not in _CONSTRUCTION)
    if others:
        return Effect("changes", f"the inputs or results of {counted(others, 'step')}")
    if any(pair.either.kind == "assign" for pair in found.differing):
        return Effect("changes", "only an attribute")
    return Effect("changes", "only the argument")


_CONSTRUCTION: Final = ("new", "layout", "init", "assign")


# -- what came of it -------------------------------------------------------------------------------


def _ending(found: Diff, outcomes: Outcomes) -> Iterator[str]:
    stopped = [isinstance(t.outcome.get("error_type"), str) for t in (found.left, found.right)]
    if any(stopped):
        yield {
            (False, True): "The run stops there.",
            (True, False): "The run no longer stops there.",
            (True, True): "Both runs stop there.",
        }[stopped[0], stopped[1]]
        return
    second = joined(_of_the_second(outcomes))
    if second != "none":
        yield f"The second {second}."
    kept = "; ".join(_kept(outcomes))
    if kept:
        yield f"{kept[0].upper()}{kept[1:]}."
    yield from _on_seeds(outcomes)
    elsewhere = moved(found)
    if elsewhere and not kept and wrapping(found) is None:
        verb = "runs" if elsewhere == 1 else "run"
        yield f"{counted(elsewhere, 'step')} {verb} in both, but in a different place."


def _of_the_second(outcomes: Outcomes) -> Iterator[str]:
    left, right = outcomes.left, outcomes.right
    if outcomes.output == "shapes" and left.output != right.output:
        yield f"returns {_results(right.output, left.output)}"
    if left.weights and right.weights and left.parameters != right.parameters:
        yield f"has {counted(right.parameters, 'parameter')} instead of {left.parameters:,}"
    for name in right.logs if outcomes.losses == "numbers" else ():
        one, other = left.logs[name], right.logs[name]
        if one != other:
            yield f"ends with {plain(name)} {number(other)} instead of {number(one)}"


def _results(right: Value, left: Value) -> str:
    if isinstance(left, Tensor) and isinstance(right, Tensor) and right.symbolic != left.symbolic:
        return f"{_tensor(right)} instead of {_tensor(left)}"
    if isinstance(left, Instance) or isinstance(right, Instance):
        return instead(right, left)
    return f"{in_sentence(right)} instead of {in_sentence(left)}"


def _tensor(value: Tensor) -> str:
    return f"{in_sentence(value)}{' (symbolic)' if value.symbolic else ''}"


def _kept(outcomes: Outcomes) -> Iterator[str]:
    """What is equal on both sides, and what has at least equal shapes."""
    is_trained = outcomes.trained != "none"
    found: list[tuple[str, Agreement, bool]] = [
        ("the initial weights" if is_trained else "the weights", outcomes.weights, True),
        ("the output", outcomes.output, False),
        ("the losses", "equal" if outcomes.losses == "equal" else "none", True),
    ]
    equal = [one for one in found if one[1] == "equal"]
    if equal:
        many = len(equal) > 1 or equal[0][2]
        yield f"{joined(noun for noun, _, _ in equal)} {'are' if many else 'is'} the same"
    of_shapes = (
        (("numbers",), ", but different numbers"), (("random",), ", but different random numbers"),
        (("unknown",), ""),
    )  # fmt: skip
    for agreements, but in of_shapes:
        alike = [one for one in found if one[1] in agreements]
        if alike:
            many = len(alike) > 1 or alike[0][2]
            verb, shapes = ("have", "shapes") if many else ("has", "shape")
            yield f"{joined(noun for noun, _, _ in alike)} {verb} the same {shapes}{but}"
    if outcomes.trained == "numbers":
        yield "training ends with different weights"


def _on_seeds(outcomes: Outcomes) -> Iterator[str]:
    if not outcomes.draws_apart:
        return
    seeds = [trace.source.get("seed") for trace in (outcomes.left.trace, outcomes.right.trace)]
    if seeds[0] == seeds[1] and seeds[0] is not None:
        yield "The seed is the same, but the layers draw from it in a different order."
    else:
        yield "Each run draws its own random numbers."


def _listed(words: list[str], most: int, last: str) -> str:
    if len(words) > most:
        words = [*words[: most - 1], f"{len(words) - most + 1:,} more changes"]
    if len(words) < 2:
        return "".join(words)
    return ", ".join(words[:-1]) + last + words[-1]
