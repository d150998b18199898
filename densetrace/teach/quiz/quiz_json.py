"""The JSON form of an answered quiz, for teachers: questions, choices, misconceptions, score."""

from collections.abc import Iterable
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.values import JSON
from densetrace.data.wording import plain
from densetrace.teach.quiz.model import Question
from densetrace.teach.quiz.quiz import Answer, Quiz, calibration, score

FORMAT: Final = "densetrace-quiz"
VERSION: Final = 2


def quiz_json(quiz: Quiz, answers: Iterable[Answer]) -> JSON:
    """Every question of the quiz in order, with the answer. Options are numbered from 1; `chosen`
    is null for an unanswered question."""
    given = tuple(answers)
    other = frozenset(map(id, quiz.other.walk())) if quiz.other is not None else frozenset()
    return {
        "format": FORMAT,
        "version": VERSION,
        "source": plain(quiz.trace.source.get("text")),
        "compared_with": None if quiz.other is None else plain(quiz.other.source.get("text")),
        "seed": quiz.seed,
        "asked": len(quiz.questions),
        "answered": len(given),
        "right": sum(answer.is_right for answer in given),
        "confidence": [
            {"confidence": word, "right": right, "answered": asked}
            for word, (right, asked) in calibration(given).items()
        ],
        "kinds": [
            {"title": title, "right": right, "answered": asked}
            for title, (right, asked) in score(given).items()
        ],
        "questions": [
            _question(number, question, given[number - 1] if number <= len(given) else None, other)
            for number, question in enumerate(quiz.questions, start=1)
        ],
    }


def _is_in(steps: frozenset[int], step: Step) -> bool:
    return id(step) in steps


def _question(
    number: int, question: Question, answer: Answer | None, other: frozenset[int]
) -> JSON:
    return {
        "number": number,
        "kind": question.kind.name,
        "topic": question.kind.topic,
        "step": question.step.id,
        "point": question.step.point,
        "context": question.context,
        "ask": question.ask,
        "options": [
            {"text": option.text, "misconception": option.misconception or None}
            for option in question.options
        ],
        "right": _numbers(question, question.right),
        "precedences": [[one.first + 1, one.then + 1] for one in question.precedences],
        "chosen": None if answer is None else _numbers(question, answer.chosen),
        "is_right": None if answer is None else answer.is_right,
        "hinted": None if answer is None else answer.hinted,
        "confidence": None if answer is None else answer.confidence or None,
        "misconception": None if answer is None else answer.misconception or None,
        "proof": [step.id for step in question.proof if not _is_in(other, step)],
        "proof_in_b": [step.id for step in question.proof if _is_in(other, step)],
    }


def _numbers(question: Question, chosen: tuple[int, ...]) -> JSON:
    """An answer as the number of an option, or as their numbers in order."""
    numbers: list[JSON] = [index + 1 for index in chosen]
    return numbers if question.asks_for_order else numbers[0]
