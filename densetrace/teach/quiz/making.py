"""Makes questions from a run: the kinds propose, here their options are chosen and shuffled.

Pure, and repeatable by a seed: the same run, step and seed give the same question.
"""

from collections.abc import Iterator
from random import Random
from typing import Final

from densetrace.data.steps import Step
from densetrace.teach.quiz.kinds import KINDS
from densetrace.teach.quiz.model import FEWEST_OPTIONS, MOST_OPTIONS, Draft, Kind, Option, Question
from densetrace.teach.quiz.run import Run

_BY_STEP: Final[dict[str, tuple[Kind, ...]]] = {
    step_kind: tuple(kind for kind in KINDS if step_kind in kind.steps)
    for step_kind in {name for kind in KINDS for name in kind.steps}
}


def questions_at(
    run: Run, step: Step, seed: int = 0, *, foresee: bool = True
) -> Iterator[Question]:
    """The questions that a step of the run gives rise to; with `foresee` also those that only a
    later step answers."""
    if run.is_quiet(step):
        return
    for kind in _BY_STEP.get(step.kind, ()):
        if kind.foresees and not foresee:
            continue
        for draft in kind.ask(step, run):
            question = _finished(kind, step, draft, run, seed)
            if question is not None:
                yield question


def predict(run: Run, step: Step, seed: int = 0) -> Question | None:
    """A question about the step that is about to be shown, or None when it raises none worth
    asking. The step itself proves the answer. It costs what stands near the step, not the length
    of the run."""
    questions = list(questions_at(run, step, seed, foresee=False))
    if not questions:
        return None
    return _random(f"{seed} {run.place(step)}").choice(questions)


def _random(seed: str) -> Random:
    """A generator for a seed that may hold any character, half of a surrogate pair included."""
    return Random(seed.encode("utf-8", "surrogatepass"))


def _finished(kind: Kind, step: Step, draft: Draft, run: Run, seed: int) -> Question | None:
    """A draft with its options chosen and in their order; None when too few are left that differ
    to the eye."""
    shuffle = _random(f"{seed} {kind.name} {run.place(step)} {draft.core}")
    wrong = _chosen(draft)
    if not draft.right or len(wrong) + 1 < FEWEST_OPTIONS:
        return None
    options = [Option(draft.right), *wrong]
    shuffle.shuffle(options)
    right = next(number for number, option in enumerate(options) if option.text == draft.right)
    return Question(
        kind=kind,
        step=step,
        core=f"{kind.name}: {draft.core}",
        context=run.context(step),
        ask=draft.ask,
        options=tuple(options),
        right=right,
        hint=draft.hint,
        because=draft.because,
        proof=draft.proof,
    )


def _chosen(draft: Draft) -> list[Option]:
    """The wrong options to show: none twice, none that reads like the right one, and those first
    that reveal something."""
    seen, kept = {_read(draft.right), ""}, []
    for option in draft.wrong:
        if _read(option.text) not in seen:
            seen.add(_read(option.text))
            kept.append(option)
    kept.sort(key=lambda option: not option.misconception)
    return kept[: MOST_OPTIONS - 1]


def _read(text: str) -> str:
    """How a hasty eye reads a text."""
    return " ".join(text.split()).casefold()
