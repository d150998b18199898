"""Questions that ask for an order: graded by what must come before what, typed as letters."""

from dataclasses import replace
from itertools import permutations

import pytest

from densetrace import api
from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.render.quiz import Conversation, arrangement, letters
from densetrace.teach.quiz import MISCONCEPTIONS, Answer, Question, Quiz, make_quiz
from densetrace.teach.quiz.kinds import orders
from densetrace.teach.quiz.quiz_json import quiz_json
from tests.teach.quiz.test_questions import everywhere
from tests.teach.quiz.test_texts import transcript


def order_quiz(expression: str = "Dense(4, 'relu')", kind: str = "call-order") -> Quiz:
    return make_quiz(api.explain(expression, seed=1), topic=kind, count=1)


def only(quiz: Quiz) -> Question:
    (question,) = quiz.questions
    return question


def order_of(question: Question, *words: str) -> tuple[int, ...]:
    """The options that have these words, in this order."""
    texts = [option.text for option in question.options]
    return tuple(next(n for n, text in enumerate(texts) if word in text) for word in words)


def test_the_kernel_and_the_bias_may_be_created_in_either_order() -> None:
    question = only(order_quiz())
    rest = ("matmul", "bias_add", "relu")
    assert question.accepts(order_of(question, "creates the kernel", "creates the bias", *rest))
    assert question.accepts(order_of(question, "creates the bias", "creates the kernel", *rest))
    assert question.accepts(
        order_of(question, "creates the kernel", "matmul", "creates the bias", "bias_add", "relu")
    )


def test_what_is_needed_later_than_it_is_used_is_wrong_and_reveals_a_belief() -> None:
    question = only(order_quiz())
    chosen = order_of(
        question, "creates the kernel", "creates the bias", "matmul", "relu", "bias_add"
    )
    answer = Answer(question, chosen)
    assert not answer.is_right
    assert answer.misconception == "activation-before-bias"
    assert not question.accepts(
        order_of(question, "matmul", "creates the kernel", "creates the bias", "bias_add", "relu")
    )


@pytest.mark.parametrize("wrong", [(), (0,), (0, 0, 1, 2, 3), (0, 1, 2, 3, 4, 0), (0, 1, 2, 3)])
def test_an_answer_without_each_option_once_is_wrong(wrong: tuple[int, ...]) -> None:
    assert not only(order_quiz()).accepts(wrong)


def test_the_order_shown_is_never_right_and_some_are_right_in_several_orders() -> None:
    several = 0
    for question in everywhere():
        if question.asks_for_order:
            count = len(question.options)
            right = [order for order in permutations(range(count)) if question.accepts(order)]
            assert tuple(range(count)) not in right
            assert question.right in right
            several += len(right) > 1
    assert several > 5


def test_a_run_in_another_order_gives_rise_to_no_question() -> None:
    """A damaged trace in which the product comes before the kernel."""
    trace = api.explain("Dense(4)", seed=1)

    def turned(step: Step) -> Step:
        children = tuple(map(turned, step.children))
        return replace(step, children=children[::-1] if step.kind == "invoke" else children)

    damaged = Trace(trace.source, steps=tuple(map(turned, trace.steps)))
    asked = [q for q in make_quiz(damaged, count=100).questions if q.kind.name == "call-order"]
    assert not asked


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        *((typed, (1, 3, 0, 2, 4)) for typed in (
            "b d a c e", "bdace", "B, D, A, C, E", "b > d > a > c > e",
            "b) d) a) c) e)", "b->d->a->c->e",
        )),
        ("", None), ("b d a c", None), ("b d a c c", None), ("b d a c f", None), ("a", None),
        ("b d a c e e", None), ("2 4 1 3 5", None), ("24135", None), ("z" * 5000, None),
    ],
)  # fmt: skip
def test_an_order_is_typed_as_letters(typed: str, meant: tuple[int, ...] | None) -> None:
    assert arrangement(typed, 5) == meant


def test_the_conversation_asks_for_all_letters_and_says_what_is_too_late() -> None:
    quiz = order_quiz()
    question = only(quiz)
    said = transcript(Conversation(quiz), ["a", "b d a", "a b c d e"])
    assert said.count("Type all 5 letters in order, such as a b c d e") == 2
    assert "Received: 'b d a'." in said
    assert "Wrong. " in said
    assert ") must come before " in said
    assert f"One right order is {letters(question.right)}: " in said
    right = transcript(Conversation(quiz), [letters(question.right)])
    assert "Right. " in right
    assert "Score: 1 of 1 right." in right


def test_the_record_has_orders_as_lists() -> None:
    quiz = order_quiz()
    question = only(quiz)
    kept = quiz_json(quiz, [Answer(question, question.right)])
    assert isinstance(kept, dict)
    (asked,) = kept["questions"]
    assert isinstance(asked, dict)
    assert asked["right"] == asked["chosen"] == [index + 1 for index in question.right]
    assert len(asked["precedences"]) == len(question.precedences)
    assert asked["is_right"] is True


def test_every_kind_of_order_is_asked_and_has_four_or_five_steps() -> None:
    asked = [question for question in everywhere() if question.asks_for_order]
    assert {question.kind for question in asked} == set(orders.KINDS)
    assert {len(question.options) for question in asked} == {4, 5}
    revealed = {key for question in asked for key in question.misconceptions}
    assert revealed <= set(MISCONCEPTIONS)
    assert revealed >= {"activation-before-bias", "update-before-gradients"}
