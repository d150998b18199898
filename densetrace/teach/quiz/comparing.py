"""Questions about two runs, made from the steps in which they differ."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from math import prod
from random import Random
from typing import TYPE_CHECKING, Final

from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.data.values import Tensor
from densetrace.data.wording import given, joined, plain, result
from densetrace.teach.quiz.making import finished
from densetrace.teach.quiz.model import Draft, Kind, Option, Question
from densetrace.teach.quiz.run import Run, brief

if TYPE_CHECKING:
    from densetrace.study.diff import Diff

TOPIC: Final = "comparison"

LONGEST_SOURCE: Final = 60
MOST_QUESTIONS: Final = 20
"""The most questions of one kind about two runs."""

_A, _B, _BOTH = "A", "B", "both"


@dataclass(frozen=True)
class Comparison:
    """Two runs, A and B, and their difference."""

    a: Run
    b: Run

    @cached_property
    def found(self) -> "Diff":
        from densetrace.study.diff import diff  # imported here: most quizzes are about one run

        return diff(self.a.trace, self.b.trace)

    @property
    def context(self) -> str:
        """What A and B are."""
        return f"A: {_source(self.a.trace)}   B: {_source(self.b.trace)}"

    def weights(self, run: Run) -> list[Step]:
        """The steps that add the weights of one of the runs."""
        return run.weights_until(run.steps[-1]) if run.steps else []


def _source(trace: Trace) -> str:
    text = plain(trace.source.get("text")) or "a run"
    if trace.source.get("kind") != "expression":
        text = text.replace("\\", "/").rpartition("/")[2]
    return text if len(text) <= LONGEST_SOURCE else f"{text[:LONGEST_SOURCE]}..."


def _sizes(added: Iterable[Step]) -> list[int]:
    tensors = (result(one) for one in added)
    return [tensor.size for tensor in tensors if isinstance(tensor, Tensor)]


def _last_call(run: Run) -> Step | None:
    """The last call of the code itself that returned a tensor."""
    return next(
        (
            step
            for step in reversed(run.trace.steps)
            if step.kind == "invoke" and isinstance(result(step), Tensor)
        ),
        None,
    )


def _shape(call: Step | None) -> tuple[int | None, ...] | None:
    made = None if call is None else result(call)
    return made.shape if isinstance(made, Tensor) else None


def _which(a: float, b: float) -> str:
    """Which of two numbers is larger."""
    return _A if a > b else _B if b > a else "neither"


# -- kinds -----------------------------------------------------------------------------------------


def _more_parameters(two: Comparison) -> Iterator[Draft]:
    """Which of the two has more parameters?"""
    added = two.weights(two.a), two.weights(two.b)
    sizes = [_sizes(side) for side in added]
    if [len(side) for side in sizes] != [len(side) for side in added] or not all(sizes):
        return
    a, b = map(sum, sizes)
    texts = {_A: "run A", _B: "run B", "neither": "neither: they have the same number"}
    right = _which(a, b)
    yield Draft(
        core="more parameters",
        ask="Which of the two has more parameters?",
        right=texts[right],
        wrong=(
            *(Option(text) for key, text in texts.items() if key != right),
            Option("that depends on the batch", "batch-in-weights"),
        ),
        hint="Which weights does each of them create, and of which shape?",
        because=_in_both("have", (f"{a:,}", f"{b:,}"), "parameters"),
        proof=(*added[0], *added[1]),
    )


def _larger_output(two: Comparison) -> Iterator[Draft]:
    """Which of the two returns more numbers for the same input?"""
    calls = _last_call(two.a), _last_call(two.b)
    a, b = map(_shape, calls)
    entering = [_entering(call) for call in calls]
    if a is None or b is None or entering[0] is None or entering[0] != entering[1]:
        return
    if None in a or None in b:
        return
    right = _which(prod(size or 0 for size in a), prod(size or 0 for size in b))
    same = "neither: they return equally many"
    texts = {_A: "run A", _B: "run B", "neither": same}
    yield Draft(
        core="larger output",
        ask=f"Both are called on an input of shape {entering[0]}. Which returns more numbers?",
        right=texts[right],
        wrong=(
            *(Option(text) for key, text in texts.items() if key != right),
            Option("that depends on the weights"),
        ),
        hint="What is the shape of each output?",
        because=f"Both outputs have the shape {a}."
        if a == b
        else f"The output of A has the shape {a}, that of B has the shape {b}.",
        proof=tuple(call for call in calls if call is not None),
    )


def _entering(call: Step | None) -> tuple[int | None, ...] | None:
    value = None if call is None else next(iter(call.inputs.values()), None)
    return value.shape if isinstance(value, Tensor) else None


_ASKED_KINDS: Final = ("op", "activation", "add_weight", "regularize", "constrain", "build",
                       "initialize", "add", "random")  # fmt: skip
"""The kinds of steps that it is worth knowing to run on one side only."""


def _label(step: Step) -> str:
    """A step in a question: `bias_add`, `add_weight('bias')`; empty if it is not asked about."""
    if step.kind not in _ASKED_KINDS:
        return ""
    if step.kind == "add_weight":
        return f"add_weight({plain(given(step, 'name'))!r})"
    if step.kind in ("op", "activation"):
        return brief(step.point, 1)
    return brief(step.point)


def _inherited(steps: list[Step]) -> str:
    """Which classes inherit a method, if the tree shows these and not the class that defines it."""
    own = list(dict.fromkeys(plain(name) for step in steps if (name := given(step, "class"))))
    others = [name for name in own if not any(_defines_call(step, name) for step in steps)]
    if not others or any(step.kind != "initialize" for step in steps):
        return ""
    return f", which {joined(others)} inherit{'s' * (len(others) == 1)}"


def _defines_call(step: Step, name: str) -> bool:
    """Whether a class of this name defines the method that a step runs."""
    return step.point.split(".")[-2:-1] == [name]


def _labels(run: Run) -> dict[str, Step]:
    """The first step of each label in a run that a question may be about."""
    found: dict[str, Step] = {}
    for step in run.steps:
        if not run.is_inner(step) and not run.is_internal(step) and (label := _label(step)):
            found.setdefault(label, step)
    return found


def _who_runs(two: Comparison) -> Iterator[Draft]:
    """Which of the two runs a step?"""
    sides = _labels(two.a), _labels(two.b)
    differing = (label for pair in two.found.differing if (label := _label(pair.either)))
    alone = [one for one in dict.fromkeys(differing) if (one in sides[0]) is not (one in sides[1])]
    shared = [one for one in sides[0] if one in sides[1]]
    texts = {_A: "only A", _B: "only B", _BOTH: "both", "": "neither"}
    for label in islice((*alone, *shared), MOST_QUESTIONS):
        where = [side[label] for side in sides if label in side]
        right = _BOTH if len(where) == 2 else _A if label in sides[0] else _B
        yield Draft(
            core=f"who runs {'both' if right == _BOTH else label}",
            ask=f"Which of the two runs {label}{_inherited(where)}?",
            right=texts[right],
            wrong=tuple(Option(text) for key, text in texts.items() if key != right),
            hint="Compare the arguments of the two.",
            because="It is a step of both runs."
            if right == _BOTH
            else f"It is a step of {right} only.",
            proof=tuple(where),
        )


def _what_differs(two: Comparison) -> Iterator[Draft]:
    """Which of two numbers differs?"""
    a, b = map(_shape, (_last_call(two.a), _last_call(two.b)))
    added = two.weights(two.a), two.weights(two.b)
    if a is None or b is None or not added[0] or not added[1]:
        return
    numbers = tuple(f"{sum(_sizes(side)):,}" for side in added)
    shapes = f"the shape {a}", f"the shape {b}"
    parameters = numbers[0] != numbers[1]
    texts = {
        (True, True): "the number of parameters and the shape of the output",
        (True, False): "the number of parameters, but not the shape of the output",
        (False, True): "the shape of the output, but not the number of parameters",
        (False, False): "neither the number of parameters nor the shape of the output",
    }
    right = texts[parameters, a != b]
    calls = [call for call in (_last_call(two.a), _last_call(two.b)) if call is not None]
    yield Draft(
        core="what differs",
        ask="In which of these do A and B differ?",
        right=right,
        wrong=tuple(Option(text) for text in texts.values() if text != right),
        hint="Units change both. What changes only one of them?",
        because=f"{_in_both('have', numbers, 'parameters')} {_in_both('return', shapes)}",
        proof=(*added[0], *added[1], *calls),
    )


def _in_both(verb: str, values: tuple[str, ...], noun: str = "") -> str:
    """What each of the two has, in a sentence: `Both have 8 parameters.`"""
    a, b = (f"{value} {noun}".rstrip() for value in values)
    if a == b:
        return f"Both {verb} {a}."
    singular = {"have": "has"}.get(verb, f"{verb}s")
    return f"A {singular} {a}, B {singular} {b}."


def _none(step: Step, run: Run) -> Iterator[Draft]:
    """No question about one run."""
    yield from ()


_ASKED: Final = (
    (Kind("more-parameters", TOPIC, "which has more parameters", (), _none), _more_parameters),
    (Kind("larger-output", TOPIC, "which returns more", (), _none), _larger_output),
    (Kind("what-differs", TOPIC, "what differs", (), _none), _what_differs),
    (Kind("who-runs", TOPIC, "which of two runs a step", (), _none), _who_runs),
)

KINDS: Final = tuple(kind for kind, _ in _ASKED)


def comparison_questions(two: Comparison, seed: int) -> Iterator[Question]:
    """The questions about the difference of two runs."""
    if two.found.same:
        return
    for kind, drafts in _ASKED:
        for draft in drafts(two):
            shuffle = Random(f"{seed} {kind.name} {draft.core}".encode("utf-8", "surrogatepass"))
            question = finished(kind, draft.proof[0], draft, shuffle, two.context)
            if question is not None:
                yield question
