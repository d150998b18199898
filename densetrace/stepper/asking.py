"""Questions while stepping: the next step is asked about before it is shown. Pure, as the session.

All steps up to the furthest one visited count as shown, because the map shows them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from densetrace.data.trace import Trace
from densetrace.stepper.cursor import Cursor
from densetrace.teach.quiz import Answer, Question, Run, predict


class Questions:
    """Makes the questions about a trace. The index is built at once: no key waits for it."""

    def __init__(self, trace: Trace, seed: int = 0) -> None:
        self.run = Run(trace)
        self.seed = seed

    def about(self, cursor: Cursor) -> Question | None:
        """The question about the steps of a stop, if there is one."""
        asked = (predict(self.run, step, self.seed) for step in cursor.steps)
        return next((question for question in asked if question is not None), None)


@dataclass(frozen=True, slots=True)
class Asking:
    """The state of the questions of a session.

    `shown` is the furthest position shown so far, -1 before the first. `question` waits for an
    answer, and then `target` is shown; `verdict` is the answer just given. `asked` has the answered
    and the skipped questions.
    """

    questions: Questions
    shown: int = -1
    question: Question | None = None
    target: Cursor | None = None
    hinted: bool = False
    verdict: Answer | None = None
    asked: tuple[Question, ...] = ()
    answers: tuple[Answer, ...] = ()

    def before(self, cursor: Cursor) -> "Asking":
        """With a question about a stop, if it was not shown yet and there is a question."""
        question = None if cursor.positions[0] <= self.shown else self.questions.about(cursor)
        if question is None:
            return self
        return replace(self, question=question, target=cursor, hinted=False, verdict=None)

    def at(self, cursor: Cursor) -> "Asking":
        """After a stop was shown without a question."""
        shown = max(self.shown, cursor.positions[-1])
        return replace(self, shown=shown, question=None, target=None, hinted=False, verdict=None)

    def with_hint(self) -> "Asking":
        """With the hint shown."""
        return replace(self, hinted=True)

    def skipped(self) -> "Asking":
        """After the question was skipped."""
        return self._done(())

    def answered(self, chosen: int) -> "Asking":
        """After the option with this index was chosen."""
        if self.question is None:
            return self
        answer = Answer(self.question, (chosen,), self.hinted)
        return replace(self._done((answer,)), verdict=answer)

    def without_verdict(self) -> "Asking":
        """After the verdict was read."""
        return replace(self, verdict=None)

    def _done(self, answers: Sequence[Answer]) -> "Asking":
        if self.question is None or self.target is None:
            return self
        after = replace(self, asked=(*self.asked, self.question), answers=(*self.answers, *answers))
        return after.at(self.target)
