"""Questions about a trace: asked before the next step is shown, and graded."""

from densetrace.teach.quiz.making import predict, questions_at
from densetrace.teach.quiz.misconceptions import MISCONCEPTIONS, Misconception
from densetrace.teach.quiz.model import Kind, Option, Question
from densetrace.teach.quiz.quiz import ALL_KINDS as KINDS
from densetrace.teach.quiz.quiz import ALL_TOPICS as TOPICS
from densetrace.teach.quiz.quiz import (
    CONFIDENCE,
    SURE,
    USUAL_COUNT,
    Answer,
    Quiz,
    calibration,
    make_quiz,
    score,
)
from densetrace.teach.quiz.run import Run

__all__ = [
    "CONFIDENCE",
    "KINDS",
    "MISCONCEPTIONS",
    "SURE",
    "TOPICS",
    "USUAL_COUNT",
    "Answer",
    "Kind",
    "Misconception",
    "Option",
    "Question",
    "Quiz",
    "Run",
    "calibration",
    "make_quiz",
    "predict",
    "questions_at",
    "score",
]
