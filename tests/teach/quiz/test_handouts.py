"""The printed forms of a quiz: code set apart, solutions on pages of their own, one safe file."""

import re
from dataclasses import replace
from html import escape
from html.parser import HTMLParser
from itertools import pairwise
from string import ascii_lowercase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from densetrace import api
from densetrace.render import quiz_handout, quiz_page
from densetrace.render.code_words import code_parts, context_parts
from densetrace.render.quiz import proof
from densetrace.render.quiz_handout import (
    answer_letters,
    answer_text,
    names_in,
    names_of_options,
)
from densetrace.teach.quiz import MISCONCEPTIONS, Quiz, make_quiz
from densetrace.teach.quiz.model import Precedence
from tests.teach.quiz.runs import article, expression_traces, two_runs


def page(quiz: Quiz, *, asks_confidence: bool = False) -> str:
    return "".join(quiz_page.chunks(quiz, asks_confidence=asks_confidence))


class Reader(HTMLParser):
    """Reads a page: its text before and after the solutions begin, and its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.parts = {"sheet": "", "solutions": ""}
        self.part = "sheet"
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += attrs
        if ("class", "solutions") in attrs:
            self.part = "solutions"
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.parts[self.part] += data


def test_the_solutions_come_after_all_questions_on_a_page_of_their_own() -> None:
    quiz = make_quiz(article(), seed=1)
    text = page(quiz)
    read = Reader(text)
    assert read.open == []
    for number, question in enumerate(quiz.questions, start=1):
        assert f"Question {number}" in read.parts["sheet"]
        assert question.because not in read.parts["sheet"]
        assert question.because in read.parts["solutions"]
        assert all(option.text in read.parts["sheet"] for option in question.options)
    assert "Proof: step" not in read.parts["sheet"]
    assert re.search(r"\.solutions \{[^}]*break-before: page", text)
    assert "Name:" in read.parts["sheet"]


def test_a_page_asks_for_nothing_from_elsewhere_and_runs_nothing() -> None:
    text = page(make_quiz(article(), seed=1))
    assert not re.search(r"<script|<link|<img|<iframe|@import|url\(|https?:", text)
    assert {name for name, _ in Reader(text).attributes} <= {
        "lang", "charset", "name", "content", "class"
    }  # fmt: skip


def test_confidence_is_on_the_page_only_if_it_is_asked_for() -> None:
    quiz = make_quiz(article(), seed=1, count=4)
    assert "How sure" not in page(quiz)
    assert page(quiz, asks_confidence=True).count("How sure are you?") == 4


def test_nothing_in_a_trace_becomes_markup() -> None:
    traces = [trace for _, trace in expression_traces()]
    traces.append(api.explain("Dense(3, name='<script>alert(1)</script>&`*_')", seed=1))
    for trace in traces:
        quiz = make_quiz(trace, count=40)
        text = page(quiz)
        assert "<script" not in text
        assert Reader(text).open == []
        for sheet in (text, quiz_handout.questions(quiz), quiz_handout.key(quiz)):
            assert "\x1b" not in sheet
            assert "\u202e" not in sheet


def test_two_runs_are_named_on_the_sheet_and_in_each_proof() -> None:
    two = two_runs()[0]
    quiz = make_quiz(two.a, other=two.b, count=6)
    for sheet in (page(quiz), quiz_handout.key(quiz)):
        assert " in B: " in sheet or " in B, " in sheet


def test_markdown_sets_code_apart_instead_of_escaping_it() -> None:
    quiz = make_quiz(article(), seed=1)
    for sheet in (quiz_handout.questions(quiz), quiz_handout.key(quiz)):
        assert "\\_" not in sheet
        assert "`" in sheet
        assert not re.search(r"(?<!`)\b\w+__\w", re.sub(r"`[^`]*`", "", sheet))


@pytest.mark.parametrize(
    ("sentence", "code"),
    [
        ("What does initializers.get('zeros') return?", ["initializers.get('zeros')"]),
        ("In Dense(64, activation='relu') it has no name.", ["Dense(64, activation='relu')"]),
        ("It returns (2, 3), or () if it is empty.", ["(2, 3)", "()"]),
        ("The kernel (which is large) is built.", []),
        ("dense has use_bias=True and rate=0.5.", ["use_bias=True", "rate=0.5"]),
        ("A: Sequential([Dense(4), Dense(2)])   B: x", ["Sequential([Dense(4), Dense(2)])"]),
        ("GlorotUniform fills it; Keras's own, Python's too.", ["GlorotUniform"]),
        ("Which dict? {'a': (1, 2)}", ["{'a': (1, 2)}"]),
        ("none: it stays positional", []),
        ("the string 'relu', unchanged", ["'relu'"]),
        ("At keras/engine/base_layer.py, line 6: and/or", ["keras/engine/base_layer.py"]),
        ("dense/kernel 12 and dense_1/kernel 8", ["dense/kernel", "dense_1/kernel"]),
        ("Made by GlorotUniform#1 and SGD#12, an SGD.", ["GlorotUniform#1", "SGD#12"]),
        ("Proof: units = 64, then use_bias = True", ["units = 64", "use_bias = True"]),
        ("((((", []),
        ("", []),
    ],
)
def test_the_code_in_a_sentence_is_found(sentence: str, code: list[str]) -> None:
    assert [part.text for part in code_parts(sentence) if part.is_code] == code


@pytest.mark.parametrize(
    ("context", "code"),
    [
        ("Line 3: model = Sequential()", ["model = Sequential()"]),
        ("Line 12: x = data[0] + 1", ["x = data[0] + 1"]),
        ("A: Dense(4)   B: lesson.py", ["Dense(4)", "lesson.py"]),
        ("Line up: Dense(4)", ["Dense(4)"]),
    ],
)
def test_the_statement_above_a_question_is_code_as_a_whole(context: str, code: list[str]) -> None:
    assert [part.text for part in context_parts(context) if part.is_code] == code


def test_names_of_layers_classes_and_functions_are_code() -> None:
    quiz = make_quiz(article(), seed=1, count=40)
    names = names_in(quiz)
    assert {"dense", "dense_1", "sequential", "Dense", "Zeros"} <= names
    assert "loss" not in names
    for sheet in (quiz_handout.questions(quiz), quiz_handout.key(quiz)):
        assert "`dense`" in sheet or "`dense_1`" in sheet
        plain = re.sub(r"`[^`]*`", "", sheet)
        assert not re.search(r"\b(?:dense(?:_1)?|sequential)\b", plain)
    html = page(quiz)
    without = re.sub(r"<code>.*?</code>", "", html.partition("<h1>")[2])
    assert not re.search(r"\b(?:dense(?:_1)?|sequential)\b", without)


def test_a_name_after_an_article_is_a_word() -> None:
    names = frozenset({"model", "dense"})
    text = "Is the model built? model.fit; model calls dense, a dense layer."
    code = [part.text for part in code_parts(text, names) if part.is_code]
    assert code == ["model.fit", "model", "dense"]


def test_all_options_of_one_word_are_names_if_one_is() -> None:
    [question] = make_quiz(api.explain("Dense(4)"), topic="runs-next", count=1).questions
    assert names_of_options(question) >= {"build", "call", "__init__"}
    [other] = make_quiz(api.explain("Dense(4)"), topic="first-values", count=1).questions
    assert not names_of_options(other)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="aZ_.('\")[]{}=, 1", max_size=40))
def test_the_parts_are_the_sentence(sentence: str) -> None:
    assert "".join(part.text for part in code_parts(sentence)) == sentence
    assert all(part.text for part in code_parts(sentence))


def test_the_key_states_what_every_right_order_keeps() -> None:
    quiz = make_quiz(api.explain("Dense(4)"), topic="construction-order", seed=1)
    [question] = quiz.questions
    text = answer_text(question)
    assert text.startswith("One right order: ")
    for one in question.precedences:
        letter = ascii_lowercase[one.first]
        stated = re.search(rf"(?:which |; ){letter}\) comes before ([^;]*)", text)
        assert stated is not None
        assert f"{ascii_lowercase[one.then]})" in stated[1]


def test_a_line_of_source_is_one_piece_of_code() -> None:
    quiz = make_quiz(api.explain("Dense(4)"), topic="lookups", seed=1)
    lines = [line.source for one in quiz.questions for line in proof(one, quiz) if line.source]
    assert any(" = " in line for line in lines)
    markdown, html = quiz_handout.key(quiz), page(quiz)
    for line in lines:
        assert re.search(rf"(?m)^  (?:.*\S )?`{re.escape(line)}`  $", markdown)
        assert f"<code>{escape(line)}</code></p>" in html


def test_a_misconception_is_named_once_with_all_answers_that_reveal_it() -> None:
    for _, trace in expression_traces():
        for question in make_quiz(trace, count=40, seed=1).questions:
            found = list(quiz_handout.revealing(question))
            assert len({claim for _, claim in found}) == len(found)
            wrong = [one for one in question.options if one.misconception in MISCONCEPTIONS]
            letters = ", ".join(answers for answers, _ in found)
            assert letters.count(")") >= len(wrong)


def test_each_form_says_how_to_give_an_order() -> None:
    quiz = make_quiz(api.explain("Dense(4)"), topic="construction-order", seed=1)
    assert "an order, number the steps" in page(quiz)
    sheet = quiz_handout.questions(quiz)
    assert "an order, write the letters in that order" in sheet
    assert "number the steps" not in sheet


def test_the_key_says_that_an_order_is_the_only_one() -> None:
    quiz = make_quiz(api.explain("Dense(4)"), topic="construction-order", seed=1)
    [question] = quiz.questions
    chain = tuple(Precedence(a, b) for a, b in pairwise(question.right))
    only = replace(question, precedences=chain)
    assert answer_text(only).startswith("The only right order: ")
    assert answer_letters(only) == " ".join(ascii_lowercase[i] for i in question.right)
