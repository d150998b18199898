"""A quiz as flat text for terminals, pipes and screen readers: questions, feedback and score."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from string import ascii_lowercase
from typing import Final, NamedTuple

from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.data.values import counted
from densetrace.kinds import label_of
from densetrace.kinds.spans import Span
from densetrace.render.layout import NARROWEST, block
from densetrace.render.phases import source_text
from densetrace.render.plain import spoken
from densetrace.system.errors import quoted
from densetrace.system.escape import visible
from densetrace.teach.explanations import explain_step, note
from densetrace.teach.quiz import (
    CONFIDENCE,
    MISCONCEPTIONS,
    Answer,
    Question,
    Quiz,
    calibration,
    score,
)

PROMPT: Final = "Your answer: "
CONFIDENCE_PROMPT: Final = "How sure are you? 1 guessing, 2 unsure, 3 sure: "
LONGEST_ANSWER: Final = 40


@dataclass(slots=True)
class Conversation:
    """The dialogue of a quiz. It does no input or output: the caller shows the texts that `talk`
    yields and sends back the lines that were typed.

    `width` is the width of lines; with None they are not wrapped. `again` is the command that asks
    the same questions again. With `asks_confidence` it first asks how sure the person is.
    """

    quiz: Quiz
    width: int | None = None
    again: str = ""
    asks_confidence: bool = False
    answers: list[Answer] = field(default_factory=list)

    def talk(self) -> Generator[str, str | None, None]:
        """Yield texts that end in a prompt, and receive each typed line, or None at the end of
        input. Afterwards `ending` returns the score."""
        text = self._text(intro(self.quiz, asks_confidence=self.asks_confidence))
        total = len(self.quiz.questions)
        for number, question in enumerate(self.quiz.questions, start=1):
            text += self._text(["", *numbered_question(question, number, total)])
            answer, text = yield from self._asked(question, text)
            if answer is None:
                return
            self.answers.append(answer)
            text += self._text(feedback(answer, self.quiz, self._shown))
        self._last = text

    def _asked(
        self, question: Question, text: str
    ) -> Generator[str, str | None, tuple[Answer | None, str]]:
        """Ask until there is an answer, or None if the person stops. `text` comes before the first
        prompt."""
        hinted, confidence = False, 0
        while True:
            wants_confidence = self.asks_confidence and not confidence
            typed = yield text + (CONFIDENCE_PROMPT if wants_confidence else PROMPT)
            meant = "q" if typed is None else request(typed)
            if meant == "q":
                return None, ""
            if meant == "?":
                hinted = True
                text = self._text([f"Hint: {question.hint}"])
            elif wants_confidence:
                confidence = sureness(typed or "")
                text = "" if confidence else self._text([_unclear_sureness(typed or "")])
            elif (chosen := answer_to(question, typed or "")) is not None:
                return Answer(question, chosen, hinted, confidence), ""
            else:
                text = self._text([retry_message(typed or "", question)])

    _last: str = ""
    _shown: set[int] = field(default_factory=set)

    def ending(self) -> str:
        """The feedback on the last answer, and the score."""
        score = self._text(["", *score_lines(self.quiz, self.answers)])
        # The command is not wrapped, so that it can be copied.
        again = (
            f"Repeat the questions of this seed:\n  {visible(self.again)}\n" if self.again else ""
        )
        return self._last + score + again

    def _text(self, lines: Sequence[str] | Iterator[str]) -> str:
        return "".join(f"{line}\n" for text in lines for line in wrapped(text, self.width))


def request(typed: str) -> str:
    """`q` or `?` if a typed line asks to stop or for a hint, else ""."""
    word = _bare(typed)
    return "q" if word in ("q", "quit") else "?" if word in ("?", "h", "hint") else ""


def _bare(typed: str) -> str:
    return typed.strip().strip("().").strip().lower()


def choice(typed: str, options: int) -> int | str:
    """The meaning of a typed line: the index of an option, `q`, `?`, or "" for anything else.

    A number has no meaning here, since it may be meant as an answer or as a position.
    """
    word = _bare(typed)
    if asked := request(typed):
        return asked
    if len(word) == 1 and word in ascii_lowercase[:options]:
        return ascii_lowercase.index(word)
    return ""


_SEPARATORS: Final = str.maketrans(",;>-.()", "       ")


def arrangement(typed: str, options: int) -> tuple[int, ...] | None:
    """An order of all options: `b d a c e`, `bdace`; None for anything else."""
    words = typed.lower().translate(_SEPARATORS).split()
    if len(words) == 1:
        words = list(words[0])
    if len(words) != options:
        return None
    order = tuple(one for word in words if isinstance(one := choice(word, options), int))
    return order if len(set(order)) == options else None


def answer_to(question: Question, typed: str) -> tuple[int, ...] | None:
    """The answer that a typed line gives to a question; None if it gives none."""
    count = len(question.options)
    if question.asks_for_order:
        return arrangement(typed, count)
    chosen = choice_of(question, typed)
    return (chosen,) if isinstance(chosen, int) else None


def choice_of(question: Question, typed: str) -> int | str:
    """The meaning of a line typed at a question: as `choice` says, or the index of the option whose
    text it is."""
    meant = choice(typed, len(question.options))
    if meant != "":
        return meant
    text = _comparable(typed)
    same = [at for at, option in enumerate(question.options) if _comparable(option.text) == text]
    return same[0] if text and len(same) == 1 else ""


def _comparable(text: str) -> str:
    """The text of an option as it may be typed: without spaces, quotes around it, and the commas of
    a number."""
    bare = "".join(text.split()).casefold()
    if bare[:1] == bare[-1:] and bare[:1] in ("'", '"'):
        bare = bare[1:-1]
    number = bare.replace(",", "")
    return number if number.isdecimal() else bare


_SURENESS: Final = {word[0]: number for number, word in enumerate(CONFIDENCE, start=1)}


def sureness(typed: str) -> int:
    """The confidence that a typed line states, from 1; 0 if it states none."""
    word = _bare(typed)
    if word in CONFIDENCE or (len(word) == 1 and word in _SURENESS):
        return _SURENESS[word[0]]
    return int(word) if word in ("1", "2", "3") else 0


def _unclear_sureness(typed: str) -> str:
    return f"Type 1, 2 or 3, ? for a hint, or q to stop. {_received(typed)}".rstrip()


def _received(typed: str) -> str:
    return f"Received: {quoted(typed.strip(), LONGEST_ANSWER)}." if typed.strip() else ""


def retry_message(typed: str, question: Question) -> str:
    """The message after a line that is no answer: what can be typed."""
    count = len(question.options)
    wanted = (
        f"Type all {count} letters in order, such as {_example(count)}"
        if question.asks_for_order
        else f"Type a letter from a to {ascii_lowercase[count - 1]}"
    )
    return f"{wanted}, ? for a hint, or q to stop. {_received(typed)}".rstrip()


def _example(count: int) -> str:
    """An order of letters. Options are never shown in a right order, so it reveals nothing."""
    return " ".join(ascii_lowercase[:count])


def letters(chosen: tuple[int, ...]) -> str:
    """An answer as it is typed: `b`, or `b d a c e`."""
    return " ".join(ascii_lowercase[index] for index in chosen)


def solution(question: Question) -> str:
    """The right answer with its letters: `b) kernel`, `b c a: the kernel, then ...`."""
    sign = ":" if question.asks_for_order else ")"
    return f"{letters(question.right)}{sign} {question.answer}"


def intro(quiz: Quiz, *, asks_confidence: bool = False) -> Iterator[str]:
    """The lines before the first question."""
    count = len(quiz.questions)
    yield f"Quiz: {title_of(quiz)}"
    yield (
        f"{count} question{'s' * (count != 1)} about what Keras does. "
        "Type the letter of an answer, ? for a hint, q to stop."
    )
    if asks_confidence:
        yield "Before each answer, say how sure you are: 1 guessing, 2 unsure, 3 sure."


def title_of(quiz: Quiz) -> str:
    """What a quiz is about: one run, or two."""
    traces = [quiz.trace] if quiz.other is None else [quiz.trace, quiz.other]
    return " and ".join(source_text(trace) or "a run" for trace in traces)


def numbered_question(question: Question, number: int, total: int) -> Iterator[str]:
    """A question with its number and options."""
    yield f"Question {number} of {total}: {question.kind.title}."
    yield from question_lines(question)


def question_lines(question: Question) -> Iterator[str]:
    """A question with its options."""
    if question.context:
        yield question.context
    yield question.ask
    if question.asks_for_order:
        yield f"Type all letters in order, such as {_example(len(question.options))}."
    for letter, option in zip(ascii_lowercase, question.options, strict=False):
        yield f"  {letter}) {option.text}"


def feedback(answer: Answer, quiz: Quiz, known: set[int] | None = None) -> Iterator[str]:
    """Whether an answer was right, the misconception behind it, and the steps that prove it.

    Steps in `known` were shown before and are only named; those shown now are added to it.
    """
    yield from verdict(answer)
    yield from (line.text + line.source for line in proof(answer.question, quiz, known))


def verdict(answer: Answer) -> Iterator[str]:
    """Whether an answer was right, and the misconception that may be behind it."""
    question = answer.question
    if answer.is_right:
        yield f"Right. {question.because}"
        return
    if question.asks_for_order:
        yield f"Wrong. {_too_late(answer)} {question.because}"
        yield f"One right order is {solution(question)}."
    else:
        yield f"Wrong. The answer is {solution(question)}. {question.because}"
    belief = MISCONCEPTIONS.get(answer.misconception)
    if belief is not None:
        yield f'Perhaps you thought: "{belief.claim}" {belief.truth}'


def _too_late(answer: Answer) -> str:
    """What must come earlier in an order."""
    broken = next(answer.question.broken(answer.chosen))
    first, then = ascii_lowercase[broken.first], ascii_lowercase[broken.then]
    return f"{first}) must come before {then})."


SHORT_PROOF: Final = 2
"""The most steps of a proof that are shown with their source lines."""


class ProofLine(NamedTuple):
    """A line of a proof: its text, and the line of source code at its end, if any."""

    text: str
    source: str = ""


def proof(question: Question, quiz: Quiz, known: set[int] | None = None) -> Iterator[ProofLine]:
    """The steps that prove the right answer, each with its hook point, source line and note; if
    there are many, or a step was shown before, only its label."""
    of_other = frozenset() if quiz.other is None else frozenset(map(id, quiz.other.walk()))
    seen = set() if known is None else known
    for step in question.proof:
        trace = quiz.other if quiz.other is not None and id(step) in of_other else quiz.trace
        run = "" if quiz.other is None else f" in {'A' if trace is quiz.trace else 'B'}"
        number = f"Proof: step {step.id + 1} of {len(trace.order.steps):,}{run}"
        if id(step) in seen or len(question.proof) > SHORT_PROOF:
            yield ProofLine(f"{number}: {spoken(label_of(step))}")
        else:
            yield ProofLine(f"{number}, {step.point}")
            yield from _shown_step(step, trace)
        seen.add(id(step))


def _shown_step(step: Step, trace: Trace) -> Iterator[ProofLine]:
    annotation = note(step, "framework", trace.keras)
    # Without a note the explanation is shown, which names the step itself.
    what = spoken(label_of(step)) if annotation else explain_step(step, trace.keras).what
    yield ProofLine(f"  {what}")
    if step.where is not None and step.where.line:
        where = step.where
        # An expression has one line and no file.
        location = f"{where.file}, line {where.line}: " if where.file[:1] != "<" else ""
        yield ProofLine(f"  {location}", where.text)
    if annotation:
        yield ProofLine(f"  {annotation}")


# -- the score -------------------------------------------------------------------------------------


def score_lines(quiz: Quiz, answers: Sequence[Answer]) -> Iterator[str]:
    """The score, by kind of question, how well confidence fits it, and the misconceptions met."""
    right, total = sum(answer.is_right for answer in answers), len(quiz.questions)
    hinted = sum(answer.hinted for answer in answers)
    left = total - len(answers)
    not_answered = f", {left} not answered" if left else ""
    hints = ""
    if hinted:
        hints = (
            f" You used {'a hint' if hinted == 1 else 'hints'} on {counted(hinted, 'question')}."
        )
    yield f"Score: {right} of {len(answers)} right{not_answered}.{hints}"
    for title, (good, all_of_them) in score(answers).items():
        yield f"  {title}: {good} of {all_of_them}"
    yield from _confidence_lines(answers)
    sure = [answer for answer in answers if answer.is_sure_but_wrong]
    if sure:
        yield "You were sure, but wrong. Review these first:"
        for answer in sure:
            yield f"  {_review(answer)}"
    first = {answer.misconception for answer in sure}
    revealed = dict.fromkeys(answer.misconception for answer in answers)
    others = [key for key in revealed if key and key not in first]
    if others:
        yield "Misconceptions to review:"
        for key in others:
            yield f'  "{MISCONCEPTIONS[key].claim}" {MISCONCEPTIONS[key].truth}'


def _review(answer: Answer) -> str:
    """What to review after a wrong answer: the misconception behind it, or the right answer."""
    belief = MISCONCEPTIONS.get(answer.misconception)
    if belief is not None:
        return f'"{belief.claim}" {belief.truth}'
    question = answer.question
    if question.asks_for_order:
        return f"{question.kind.title.capitalize()}: {question.because}"
    return f"{question.ask} The answer is {solution(question)}."


FITTING: Final = 0.8
"""The share of right answers that fits being sure; more than this does not fit guessing."""

FEWEST_ANSWERS: Final = 3
"""The fewest answers of one confidence that say whether it fits."""


def _confidence_lines(answers: Sequence[Answer]) -> Iterator[str]:
    found = calibration(answers)
    if not found:
        return
    parts = ", ".join(f"{word} {right} of {asked}" for word, (right, asked) in found.items())
    yield f"Right by confidence: {parts}."
    yield f"  {_calibrated(found)}"


def _calibrated(found: dict[str, tuple[int, int]]) -> str:
    """Whether confidence fits the answers, in a sentence."""
    guessing, _, sure = (found.get(word, (0, 0)) for word in CONFIDENCE)
    if sure[1] >= FEWEST_ANSWERS and sure[0] < FITTING * sure[1]:
        return "You were overconfident: at least 4 in 5 of your sure answers should be right."
    if guessing[1] >= FEWEST_ANSWERS and guessing[0] > FITTING * guessing[1]:
        return "You know more than you think: most of your guesses were right."
    if max(sure[1], guessing[1]) < FEWEST_ANSWERS:
        return "There are too few answers to tell whether your confidence fits."
    return "Your confidence fits your answers."


def wrapped(line: str, width: int | None) -> Iterator[str]:
    """A line, escaped and wrapped to a width, its later lines indented like the first."""
    text = visible(line)
    if width is None:
        yield text
        return
    body = text.lstrip(" ")
    indent = " " * (len(text) - len(body))
    # The later lines of an option are aligned with its text, not its letter.
    hang = indent + ("   " if body[1:3] == ") " else "  " if indent else "")
    for runs in block([Span(body)], max(width, NARROWEST), first=indent, rest=hang):
        yield "".join(text for text, _ in runs)
