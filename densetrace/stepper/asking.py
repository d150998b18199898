"""Questions on the way: what comes next is asked before it is shown. Pure, as the session is.

What lies before the furthest step that somebody has been at counts as shown: the map shows it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from densetrace.data.trace import Trace
from densetrace.stepper.cursor import Cursor
from densetrace.teach.quiz import Answer, Question, Run, predict


class Questions:
    """Makes the questions about a trace. It is made ready at once: no key has to wait for it."""

    def __init__(self, trace: Trace, seed: int = 0) -> None:
        self.run = Run(trace)
        self.seed = seed

    def about(self, cursor: Cursor) -> Question | None:
        """The question about the steps of a stop, if there is one worth asking."""
        asked = (predict(self.run, step, self.seed) for step in cursor.steps)
        return next((question for question in asked if question is not None), None)


@dataclass(frozen=True, slots=True)
class Asking:
    """The state of the questions of a session.

    `shown` is the furthest position that was shown, -1 before the first. `question` waits for an
    answer, after which `going` is shown; `verdict` is the answer that was given just now. `asked`
    are the questions that were answered or skipped.
    """

    questions: Questions
    shown: int = -1
    question: Question | None = None
    going: Cursor | None = None
    hinted: bool = False
    verdict: Answer | None = None
    asked: tuple[Question, ...] = ()
    answers: tuple[Answer, ...] = ()

    def before(self, cursor: Cursor) -> "Asking":
        """The same with a question about a stop, when it was not shown yet and raises one."""
        question = None if cursor.positions[0] <= self.shown else self.questions.about(cursor)
        if question is None:
            return self
        return replace(self, question=question, going=cursor, hinted=False, verdict=None)

    def at(self, cursor: Cursor) -> "Asking":
        """The same once a stop is shown, and nothing is asked."""
        shown = max(self.shown, cursor.positions[-1])
        return replace(self, shown=shown, question=None, going=None, hinted=False, verdict=None)

    def helped(self) -> "Asking":
        """The same with a hint."""
        return replace(self, hinted=True)

    def skipped(self) -> "Asking":
        """The same after the question was left open."""
        return self._done(())

    def answered(self, chosen: int) -> "Asking":
        """The same after an option, counted from 0, was chosen."""
        if self.question is None:
            return self
        answer = Answer(self.question, chosen, self.hinted)
        return replace(self._done((answer,)), verdict=answer)

    def without_verdict(self) -> "Asking":
        """The same once the verdict was read."""
        return replace(self, verdict=None)

    def _done(self, answers: Sequence[Answer]) -> "Asking":
        if self.question is None or self.going is None:
            return self
        after = replace(self, asked=(*self.asked, self.question), answers=(*self.answers, *answers))
        return after.at(self.going)
