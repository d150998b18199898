"""A quiz selects its questions well, is repeatable by its seed, and keeps the score."""

import json
from contextlib import suppress

import pytest

from densetrace import api
from densetrace.data.trace import Trace
from densetrace.system.errors import RequestError
from densetrace.teach.quiz import (
    KINDS,
    MISCONCEPTIONS,
    TOPICS,
    USUAL_COUNT,
    Answer,
    Quiz,
    make_quiz,
    score,
)
from densetrace.teach.quiz.kinds import LEADING
from densetrace.teach.quiz.quiz import MOST_QUESTIONS, topics_in_order
from densetrace.teach.quiz.quiz_json import quiz_json
from tests.teach.quiz.document import Document
from tests.teach.quiz.oracle import answered
from tests.teach.quiz.runs import article, expression_traces, training_traces


def dense() -> Trace:
    return api.explain("Dense(64, activation='relu')", seed=1)


def wrong(quiz: Quiz, number: int) -> Answer:
    question = quiz.questions[number]
    if question.asks_for_order:
        return Answer(question, tuple(range(len(question.options))))
    return Answer(question, ((question.right[0] + 1) % len(question.options),))


@pytest.mark.parametrize("seed", range(25))
def test_who_plays_the_quiz_on_the_articles_script_meets_what_the_article_holds(seed: int) -> None:
    quiz = make_quiz(article(), seed=seed)
    met = {key for question in quiz.questions for key in question.misconceptions}
    # "call needs numbers" needs a call, and this script calls nothing.
    held = {key for key, belief in MISCONCEPTIONS.items() if belief.article}
    assert held - met == {"call-needs-numbers"}


@pytest.mark.parametrize("seed", range(5))
def test_a_model_that_is_built_meets_that_call_runs_on_symbols(seed: int) -> None:
    quiz = make_quiz(api.explain("Sequential([Dense(4, input_shape=(3,))])"), seed=seed)
    assert any("call-needs-numbers" in question.misconceptions for question in quiz.questions)


def test_questions_of_weight_come_first_then_the_order_of_steps_and_none_twice() -> None:
    for _, trace in expression_traces():
        for seed in range(3):
            questions = make_quiz(trace, seed=seed, count=40).questions
            topics = topics_in_order(seed)
            rank = [(topics.index(q.kind.topic), q.step.id) for q in questions]
            assert rank == sorted(rank)
            assert len({(q.step.id, q.ask) for q in questions}) == len(questions)


def test_about_half_of_a_quiz_is_about_shapes_parameters_order_and_building() -> None:
    for seed in range(10):
        topics = [q.kind.topic for q in make_quiz(dense(), seed=seed).questions]
        assert topics[0] == "shapes"
        assert sum(topic in LEADING for topic in topics) >= USUAL_COUNT // 2
        assert set(LEADING) <= set(topics)


@pytest.mark.parametrize(("count", "most"), [(5, 0), (9, 0), (10, 1), (12, 1), (30, 3), (60, 6)])
def test_of_ten_questions_at_most_one_is_about_layouts(count: int, most: int) -> None:
    for trace in (dense(), article(), api.explain("Dense(3, kernel_layout='x')", seed=1)):
        for seed in range(8):
            questions = make_quiz(trace, seed=seed, count=count).questions
            about = [q for q in questions if q.kind.topic == "layouts" or "layout" in q.ask]
            assert len(about) <= most


def test_layouts_as_a_topic_are_not_limited() -> None:
    assert len(make_quiz(article(), topic="layouts", count=4).questions) == 4


def test_no_proof_is_repeated_and_none_shows_the_answer_to_another() -> None:
    for trace in (dense(), article(), *(t for _, t in (*expression_traces(), *training_traces()))):
        for count in (USUAL_COUNT, 40):
            questions = make_quiz(trace, seed=2, count=count).questions
            proofs = [frozenset(step.id for step in q.proof) for q in questions]
            assert len(set(proofs)) == len(proofs)
            assert len({(q.context, q.ask) for q in questions}) == len(questions)
    for seed in range(10):
        asked = make_quiz(dense(), seed=seed).questions
        leading = [q for q in asked if q.kind.topic in LEADING]
        proofs = [frozenset(step.id for step in q.proof) for q in leading]
        for number, proof in enumerate(proofs):
            assert not any(proof <= earlier for earlier in proofs[:number])


@pytest.mark.parametrize("seed", range(12))
def test_no_question_is_answered_by_an_earlier_one(seed: int) -> None:
    for expression in ("Dense(64, activation='relu')", "Dense(4, use_bias=False)"):
        questions = make_quiz(api.explain(expression, seed=1), seed=seed).questions
        answers = [question.answer for question in questions]
        assert len(set(answers)) == len(answers)
        for number, question in enumerate(questions):
            before = questions[:number]
            said = " ".join(f"{one.ask} {one.because}" for one in before)
            assert " " not in question.answer or question.answer not in said
            kinds = {one.kind.name for one in before}
            if question.kind.name in ("built-when", "compute-order", "runs-next"):
                assert "call-order" not in kinds
            if question.kind.name == "first-action":
                assert "construction-order" not in kinds
            if question.kind.name == "which-weights":
                assert not kinds & {"parameter-count", "one-more-unit"}


def test_seeds_ask_different_kinds_of_question_in_different_orders() -> None:
    for trace in (dense(), article()):
        asked = [
            [question.kind.name for question in make_quiz(trace, seed=seed).questions]
            for seed in range(12)
        ]
        assert len({tuple(kinds) for kinds in asked}) == 12
        # The article's misconceptions leave little choice in a quiz about its script.
        assert len({frozenset(kinds) for kinds in asked}) >= (8 if trace is not article() else 2)
        late = {tuple(dict.fromkeys(topics_of(trace, seed))) for seed in range(12)}
        assert len(late) >= 6


def topics_of(trace: Trace, seed: int) -> list[str]:
    """The topics of a quiz after the leading ones."""
    topics = [question.kind.topic for question in make_quiz(trace, seed=seed).questions]
    first = [topic for topic in topics if topic in LEADING]
    assert topics[: len(first)] == first == sorted(first, key=TOPICS.index)
    return topics[len(first) :]


@pytest.mark.parametrize("seed", range(5))
def test_half_of_the_questions_about_a_training_are_about_training(seed: int) -> None:
    for name, trace in training_traces():
        topics = [question.kind.topic for question in make_quiz(trace, seed=seed).questions]
        assert topics.count("training") == 6 or name == "late error"
        assert topics.count("layouts") <= 1


def test_it_varies_before_it_repeats() -> None:
    questions = make_quiz(article(), seed=1).questions
    assert len({question.core for question in questions}) == USUAL_COUNT
    assert len({question.kind.name for question in questions}) >= 10


def test_the_same_seed_gives_the_same_quiz_and_another_seed_another() -> None:
    asks = [
        [(q.ask, q.options) for q in make_quiz(dense(), seed=seed).questions] for seed in (5, 5, 6)
    ]
    assert asks[0] == asks[1] != asks[2]


@pytest.mark.parametrize("count", [1, 3, USUAL_COUNT, 30])
def test_it_asks_as_many_as_wanted(count: int) -> None:
    assert len(make_quiz(dense(), count=count).questions) == count


def test_it_asks_no_more_than_there_are() -> None:
    quiz = make_quiz(dense(), count=MOST_QUESTIONS)
    assert 40 < len(quiz.questions) < MOST_QUESTIONS


@pytest.mark.parametrize("topic", [*TOPICS, *(kind.name for kind in KINDS)])
def test_a_topic_keeps_to_itself(topic: str) -> None:
    for trace in (article(), *(t for _, t in (*expression_traces(), *training_traces()))):
        with suppress(RequestError):  # not every trace has questions about each topic
            quiz = make_quiz(trace, topic=topic)
            assert all(topic in (q.kind.topic, q.kind.name) for q in quiz.questions)


@pytest.mark.parametrize("count", [0, -1, MOST_QUESTIONS + 1])
def test_a_count_out_of_bounds_is_refused(count: int) -> None:
    with pytest.raises(RequestError, match="1 to 200"):
        make_quiz(dense(), count=count)


def test_an_unknown_topic_is_refused_with_a_suggestion() -> None:
    with pytest.raises(RequestError) as raised:
        make_quiz(dense(), topic="lokups")
    assert raised.value.hint == "Did you mean lookups?"


def test_a_trace_that_raises_no_question_is_refused() -> None:
    with pytest.raises(RequestError, match="No question"):
        make_quiz(Trace())


def test_right_and_wrong_answers_are_counted_by_kind_of_question() -> None:
    quiz = make_quiz(dense(), count=30, topic="lookups")
    answers = [Answer(question, question.right) for question in quiz.questions]
    assert all(answer.is_right and not answer.misconception for answer in answers)
    counted = score([*answers[:-1], wrong(quiz, -1)])
    assert sum(right for right, _ in counted.values()) == len(answers) - 1
    assert sum(asked for _, asked in counted.values()) == len(answers)
    assert set(counted) == {question.kind.title for question in quiz.questions}


def test_the_oracle_takes_a_quiz_without_a_fault() -> None:
    trace = article()
    quiz, document = make_quiz(trace, seed=9), Document(trace)
    answers = [Answer(q, answered(q, document)) for q in quiz.questions]
    assert all(answer.is_right for answer in answers)


def test_the_record_says_all_that_a_teacher_needs() -> None:
    quiz = make_quiz(article(), seed=2)
    first, second = Answer(quiz.questions[0], quiz.questions[0].right, hinted=True), wrong(quiz, 1)
    kept = json.loads(json.dumps(quiz_json(quiz, [first, second])))
    assert (kept["format"], kept["version"], kept["seed"]) == ("densetrace-quiz", 2, 2)
    assert (kept["asked"], kept["answered"], kept["right"]) == (USUAL_COUNT, 2, 1)
    one, two, three = kept["questions"][:3]
    assert (one["chosen"], one["is_right"], one["hinted"]) == (one["right"], True, True)
    assert two["is_right"] is False
    assert two["misconception"] == (second.misconception or None)
    asked = second.question
    numbers = [two["chosen"]] if not asked.asks_for_order else two["chosen"]
    texts = [two["options"][number - 1]["text"] for number in numbers]
    assert texts == [asked.options[index].text for index in second.chosen]
    assert (three["chosen"], three["is_right"]) == (None, None)
    steps = {step.id: step for step in article().walk()}
    assert all(steps[q["step"]].point == q["point"] for q in kept["questions"])
