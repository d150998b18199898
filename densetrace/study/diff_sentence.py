"""A diff in one sentence: what was written differently, and what that changes.

Both halves are read off the differences (`diff_causes`, `diff_effects`).
"""

from typing import Final

from densetrace.data.trace import Step, Trace
from densetrace.data.wording import plain
from densetrace.study.diff import Diff
from densetrace.study.diff_causes import Cause, causes
from densetrace.study.diff_effects import Effect, effects, moved

MOST_CAUSES: Final = 3
MOST_EFFECTS: Final = 4
_PLURAL: Final = {"does": "do"}


def sentence(found: Diff) -> str:
    """What differs, in one sentence."""
    if found.same:
        return f"The two lifecycles are the same: {steps(_count(found.left))}, one by one."
    written = causes(found)
    changed = effects(found, written)
    subject, many = _subject(found, written)
    told = [_told(effect, many) for effect in changed] or [_told(_balance(found, written), many)]
    return f"{subject} {_listed(told, MOST_EFFECTS, ', and ')}; {_rest(found, len(told))}"


def steps(count: int) -> str:
    """`1 step`, `1,000 steps`."""
    return f"{count:,} {'step' if count == 1 else 'steps'}"


def alone(found: Diff) -> tuple[int, int]:
    """How many steps only the left and only the right has, those inside them included."""
    left = sum(_size(pair.left) for pair in found.differing if pair.right is None)
    right = sum(_size(pair.right) for pair in found.differing if pair.left is None)
    return left, right


def _size(step: Step | None) -> int:
    return 0 if step is None else sum(1 for _ in step.walk())


def _count(trace: Trace) -> int:
    return len(trace.order.steps)


def _subject(found: Diff, written: list[Cause]) -> tuple[str, bool]:
    """Of what the sentence tells, and whether that is more than one thing."""
    if not written:
        engines = [trace.engine.get("name") for trace in (found.left, found.right)]
        if engines[0] != engines[1] and isinstance(engines[1], str):
            return plain(engines[1]), False
        return "The second", False
    told = _listed([cause.text for cause in written], MOST_CAUSES, " and ")
    if written[0].in_words:
        told = told[:1].upper() + told[1:]
    return told, len(written) > 1


def _told(effect: Effect, many: bool) -> str:
    verb = _PLURAL.get(effect.verb, effect.verb.removesuffix("s")) if many else effect.verb
    return f"{verb} {effect.rest}"


def _balance(found: Diff, written: list[Cause]) -> Effect:
    """For a difference that does nothing by itself: by how many steps it shows."""
    left, right = alone(found)
    if left and right:
        return Effect("takes", f"{steps(left)} away and brings {right:,} others")
    if right:
        return Effect("brings", f"{steps(right)} more")
    if left:
        return Effect("takes", f"{steps(left)} away")
    if not written:
        return Effect("differs", f"in what {steps(len(found.differing))} are given or give")
    return Effect("changes", "only the argument itself")


def _rest(found: Diff, told: int) -> str:
    stopped = [isinstance(t.outcome.get("error_type"), str) for t in (found.left, found.right)]
    if stopped == [False, True]:
        return "the run stops there."
    if stopped == [True, False]:
        return "the run no longer stops there."
    if stopped == [True, True]:
        return "both runs stop there."
    if told > MOST_EFFECTS:
        changed = sum(1 for pair in found.differing if pair.left and pair.right)
        return f"{steps(changed + sum(alone(found)))} differ in all."
    elsewhere = moved(found)
    if elsewhere:
        return f"{steps(elsewhere)} of both run in another place."
    return "everything else is the same."


def _listed(words: list[str], most: int, last: str) -> str:
    if len(words) > most:
        words = [*words[: most - 1], f"{len(words) - most + 1:,} changes more"]
    if len(words) < 2:
        return "".join(words)
    return ", ".join(words[:-1]) + last + words[-1]
