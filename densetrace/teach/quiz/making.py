"""Make questions from a run: the kinds draft them; here their options are chosen and shuffled.

The same run, step and seed give the same question.
"""

from collections.abc import Iterator
from random import Random
from typing import Final

from densetrace.data.steps import Step
from densetrace.teach.quiz.kinds import KINDS
from densetrace.teach.quiz.model import (
    FEWEST_OPTIONS,
    MOST_OPTIONS,
    Draft,
    Kind,
    Option,
    OrderDraft,
    Precedence,
    Question,
    Stage,
)
from densetrace.teach.quiz.run import Run

_BY_STEP: Final[dict[str, tuple[Kind, ...]]] = {
    step_kind: tuple(kind for kind in KINDS if step_kind in kind.steps)
    for step_kind in {name for kind in KINDS for name in kind.steps}
}


def questions_at(
    run: Run, step: Step, seed: int = 0, *, foresee: bool = True
) -> Iterator[Question]:
    """The questions about a step of the run; with `foresee` also those whose answer only a later
    step proves. There are none about what Keras creates internally and none about operations that a
    function of Keras consists of."""
    if run.is_internal(step) or run.is_inner(step):
        return
    for kind in _BY_STEP.get(step.kind, ()):
        if kind.foresees and not foresee:
            continue
        for draft in kind.ask(step, run):
            question = _finished(kind, step, draft, run, seed)
            if question is not None:
                yield question


def predict(run: Run, step: Step, seed: int = 0) -> Question | None:
    """A question about the step that is shown next, or None. The step itself proves the answer.
    The cost depends on the neighbours of the step, not on the length of the run."""
    questions = list(questions_at(run, step, seed, foresee=False))
    if not questions:
        return None
    return _random(f"{seed} {run.position(step)}").choice(questions)


def _random(seed: str) -> Random:
    """A generator for a seed with any characters, even a lone surrogate."""
    return Random(seed.encode("utf-8", "surrogatepass"))


def _finished(
    kind: Kind, step: Step, draft: Draft | OrderDraft, run: Run, seed: int
) -> Question | None:
    """The question of a draft; None if too few distinct options remain."""
    shuffle = _random(f"{seed} {kind.name} {run.position(step)} {draft.core}")
    return finished(kind, step, draft, shuffle, run.context(step))


def finished(
    kind: Kind, step: Step, draft: Draft | OrderDraft, shuffle: Random, context: str
) -> Question | None:
    """The question of a draft, its options chosen and shuffled; None if too few distinct options
    remain."""
    parts = _ordered(draft, shuffle) if isinstance(draft, OrderDraft) else _selected(draft, shuffle)
    if parts is None:
        return None
    options, right, precedences = parts
    return Question(
        kind=kind,
        step=step,
        core=f"{kind.name}: {draft.core}",
        context=context,
        ask=draft.ask,
        options=options,
        right=right,
        hint=draft.hint,
        because=draft.because,
        proof=draft.proof,
        precedences=precedences,
    )


_Parts = tuple[tuple[Option, ...], tuple[int, ...], tuple[Precedence, ...]]
"""The options of a question, its right answer, and what must come before what."""


def _selected(draft: Draft, shuffle: Random) -> _Parts | None:
    wrong = _chosen(draft)
    if not draft.right or len(wrong) + 1 < FEWEST_OPTIONS:
        return None
    options = [Option(draft.right), *wrong]
    shuffle.shuffle(options)
    right = next(number for number, option in enumerate(options) if option.text == draft.right)
    return tuple(options), (right,), ()


def _ordered(draft: OrderDraft, shuffle: Random) -> _Parts | None:
    stages = list(draft.stages)
    if len({normalized(stage.text) for stage in stages}) != len(stages) or len(stages) < 3:
        return None
    if not any(stage.needs for stage in stages) or _misses_a_need(stages):
        return None
    while not _misses_a_need(stages):
        shuffle.shuffle(stages)
    index = {stage.name: number for number, stage in enumerate(stages)}
    precedences = tuple(
        Precedence(index[needed], index[stage.name], dict(stage.mistakes).get(needed, ""))
        for stage in draft.stages
        for needed in stage.needs
    )
    right = tuple(index[stage.name] for stage in draft.stages)
    return tuple(Option(stage.text) for stage in stages), right, precedences


def _misses_a_need(stages: list[Stage]) -> bool:
    """Whether a stage comes before one that it needs."""
    place = {stage.name: number for number, stage in enumerate(stages)}
    return any(place[name] > place[stage.name] for stage in stages for name in stage.needs)


def _chosen(draft: Draft) -> list[Option]:
    """The wrong options to show: distinct, unlike the right one, and first those that reveal a
    misconception."""
    seen, kept = {normalized(draft.right), ""}, []
    for option in draft.wrong:
        if normalized(option.text) not in seen:
            seen.add(normalized(option.text))
            kept.append(option)
    kept.sort(key=lambda option: not option.misconception)
    return kept[: MOST_OPTIONS - 1]


def normalized(text: str) -> str:
    """A text without differences in case and spaces."""
    return " ".join(text.split()).casefold()
