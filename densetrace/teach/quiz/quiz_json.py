"""The JSON form of an answered quiz, for teachers: questions, choices, misconceptions, score."""

from collections.abc import Iterable
from typing import Final

from densetrace.data.values import JSON
from densetrace.data.wording import plain
from densetrace.teach.quiz.model import Question
from densetrace.teach.quiz.quiz import Answer, Quiz, score

FORMAT: Final = "densetrace-quiz"
VERSION: Final = 1


def quiz_json(quiz: Quiz, answers: Iterable[Answer]) -> JSON:
    """Every question of the quiz in order, with the answer. Options are numbered from 1; `chosen`
    is null for an unanswered question."""
    given = tuple(answers)
    return {
        "format": FORMAT,
        "version": VERSION,
        "source": plain(quiz.trace.source.get("text")),
        "seed": quiz.seed,
        "asked": len(quiz.questions),
        "answered": len(given),
        "right": sum(answer.is_right for answer in given),
        "kinds": [
            {"title": title, "right": right, "answered": asked}
            for title, (right, asked) in score(given).items()
        ],
        "questions": [
            _question(number, question, given[number - 1] if number <= len(given) else None)
            for number, question in enumerate(quiz.questions, start=1)
        ],
    }


def _question(number: int, question: Question, answer: Answer | None) -> JSON:
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
        "right": question.right + 1,
        "chosen": None if answer is None else answer.chosen + 1,
        "is_right": None if answer is None else answer.is_right,
        "hinted": None if answer is None else answer.hinted,
        "misconception": None if answer is None else answer.misconception or None,
        "proof": [step.id for step in question.proof],
    }
