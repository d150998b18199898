"""A quiz as flat text for terminals, pipes and screen readers: questions, feedback and score."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from string import ascii_lowercase
from typing import Final

from densetrace.data.trace import Trace
from densetrace.kinds import label_of
from densetrace.kinds.spans import Span
from densetrace.render.layout import NARROWEST, block
from densetrace.render.phases import source_text
from densetrace.render.plain import spoken
from densetrace.system.errors import shown
from densetrace.system.escape import visible
from densetrace.teach.explanations import explain_step, note
from densetrace.teach.quiz import MISCONCEPTIONS, Answer, Question, Quiz, score

PROMPT: Final = "Your answer: "
LONGEST_ANSWER: Final = 40


@dataclass(slots=True)
class Conversation:
    """The dialogue of a quiz. It does no input or output: the caller shows the texts that `talk`
    yields and sends back the lines that were typed.

    `width` is the width of lines; with None they are not wrapped. `again` is the command that asks
    the same questions again.
    """

    quiz: Quiz
    width: int | None = None
    again: str = ""
    answers: list[Answer] = field(default_factory=list)

    def talk(self) -> Generator[str, str | None, None]:
        """Yield texts that end in a prompt, and receive each typed line, or None at the end of
        input. Afterwards `ending` returns the score."""
        text = self._text(intro(self.quiz))
        total = len(self.quiz.questions)
        for number, question in enumerate(self.quiz.questions, start=1):
            text += self._text(["", *numbered_question(question, number, total)])
            hinted = False
            while True:
                typed = yield text + PROMPT
                chosen = choice(typed, len(question.options)) if typed is not None else "q"
                if isinstance(chosen, int):
                    break
                if chosen == "q":
                    return
                hinted = hinted or chosen == "?"
                text = self._text(
                    [f"Hint: {question.hint}"]
                    if chosen == "?"
                    else [retry_message(typed or "", question)]
                )
            answer = Answer(question, chosen, hinted)
            self.answers.append(answer)
            text = self._text(feedback(answer, self.quiz))
        self._last = text

    _last: str = ""

    def ending(self) -> str:
        """The feedback on the last answer, and the score."""
        score = self._text(["", *score_lines(self.quiz, self.answers)])
        # The command is not wrapped, so that it can be copied.
        again = f"The same questions again:\n  {visible(self.again)}\n" if self.again else ""
        return self._last + score + again

    def _text(self, lines: Sequence[str] | Iterator[str]) -> str:
        return "".join(f"{line}\n" for text in lines for line in wrapped(text, self.width))


def choice(typed: str, options: int) -> int | str:
    """The meaning of a typed line: the index of an option, `q`, `?`, or "" for anything else."""
    word = typed.strip().strip("().").strip().lower()
    if word in ("q", "quit", "?", "h", "hint"):
        return "q" if word in ("q", "quit") else "?"
    if len(word) == 1 and word in ascii_lowercase[:options]:
        return ascii_lowercase.index(word)
    if word.isascii() and word.isdecimal() and len(word) < 4 and 1 <= int(word) <= options:
        return int(word) - 1
    return ""


def retry_message(typed: str, question: Question) -> str:
    """The message after a line that is no answer: what can be typed."""
    count = len(question.options)
    received = f"Received: {shown(typed.strip(), LONGEST_ANSWER)}." if typed.strip() else ""
    return (
        f"Type a letter from a to {ascii_lowercase[count - 1]} or a number from 1 to {count}, "
        f"? for a hint, or q to stop. {received}"
    ).rstrip()


def intro(quiz: Quiz) -> Iterator[str]:
    """The lines before the first question."""
    count = len(quiz.questions)
    yield f"Quiz: {source_text(quiz.trace) or 'a run'}"
    yield (
        f"{count} question{'s' * (count != 1)} about what Keras does, step by step. "
        "Type the letter or the number of an answer, ? for a hint, q to stop."
    )


def numbered_question(question: Question, number: int, total: int) -> Iterator[str]:
    """A question with its number and options."""
    yield f"Question {number} of {total}: {question.kind.title}."
    yield from question_lines(question)


def question_lines(question: Question) -> Iterator[str]:
    """A question with its options."""
    if question.context:
        yield question.context
    yield question.ask
    for letter, option in zip(ascii_lowercase, question.options, strict=False):
        yield f"  {letter}) {option.text}"


def feedback(answer: Answer, quiz: Quiz) -> Iterator[str]:
    """Whether an answer was right, the misconception behind it, and the steps that prove it."""
    yield from verdict(answer)
    yield from proof(answer.question, quiz.trace)


def verdict(answer: Answer) -> Iterator[str]:
    """Whether an answer was right, and the misconception that may be behind it."""
    question = answer.question
    if answer.is_right:
        yield f"Right. {question.because}"
    else:
        letter = ascii_lowercase[question.right]
        yield f"No. The answer is {letter}) {question.answer}. {question.because}"
        belief = MISCONCEPTIONS.get(answer.misconception)
        if belief is not None:
            yield f'Perhaps you thought: "{belief.claim}" {belief.truth}'


def proof(question: Question, trace: Trace) -> Iterator[str]:
    """The steps that prove the right answer, each with its hook point, source line and note."""
    total, keras = len(trace.order.steps), trace.keras
    for step in question.proof:
        yield f"Proof: step {step.id + 1} of {total:,}, {step.point}"
        annotation = note(step, "framework", keras)
        # Without a note the explanation is shown, which names the step itself.
        yield f"  {spoken(label_of(step)) if annotation else explain_step(step, keras).what}"
        if step.where is not None and step.where.line:
            where = step.where
            # An expression has one line and no file.
            location = f"{where.file}, line {where.line}: " if where.file[:1] != "<" else ""
            yield f"  {location}{where.text}"
        if annotation:
            yield f"  {annotation}"


def score_lines(quiz: Quiz, answers: Sequence[Answer]) -> Iterator[str]:
    """The score, by kind of question, and the misconceptions met."""
    right, total = sum(answer.is_right for answer in answers), len(quiz.questions)
    hinted = sum(answer.hinted for answer in answers)
    left = total - len(answers)
    more = [f"{hinted} with a hint"] * bool(hinted) + [f"{left} not answered"] * bool(left)
    yield f"Score: {right} of {len(answers)} right" + "".join(f", {count}" for count in more) + "."
    for title, (good, all_of_them) in score(answers).items():
        yield f"  {title}: {good} of {all_of_them}"
    revealed = dict.fromkeys(answer.misconception for answer in answers if answer.misconception)
    if revealed:
        yield "Misconceptions to review:"
        for key in revealed:
            yield f'  "{MISCONCEPTIONS[key].claim}" {MISCONCEPTIONS[key].truth}'


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
