"""The expectations of every built-in lesson hold, and each has the required parts and length."""

import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from densetrace import api
from densetrace.cli.perform import perform
from densetrace.render.layout import texts
from densetrace.render.lesson import page_lines, script_title, view_of
from densetrace.render.outline import View
from densetrace.render.prose import inlines, paragraphs
from densetrace.render.tree import Tree
from densetrace.teach.course import ORDER, builtin, names, titles
from densetrace.teach.glossary import find_terms
from densetrace.teach.lesson import Block, Page, Prose
from densetrace.teach.quiz import Quiz
from tests.cli.running import invoke
from tests.conftest import Golden

REAL = """
import contextlib, io, json, sys
import tensorflow as tf
ended = []
for text in json.load(sys.stdin):
    tf.keras.backend.clear_session()
    printed, error = io.StringIO(), ""
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile(text, "lesson.py", "exec"), {"__name__": "__main__"})
        except Exception as raised:
            error = type(raised).__name__
    ended.append([printed.getvalue(), error])
print(json.dumps(ended))
"""


def test_every_lesson_has_its_position_in_the_course() -> None:
    assert names() == ORDER


def test_a_list_shows_the_titles_that_the_lessons_have() -> None:
    assert titles() == {name: builtin(name).title for name in names()}


@pytest.mark.parametrize("name", names())
def test_a_lesson_comes_true(name: str) -> None:
    performed = perform(builtin(name))
    assert [str(failure) for failure in performed.failures] == []
    decided = {judged.claim.block for judged in performed.judgements}
    for block in performed.lesson.blocks:
        assert block.expectations or block.language == "quiz" or block.number in decided
    assert performed.checks >= 10


@pytest.mark.parametrize("name", names())
def test_a_lesson_has_each_stage_and_ends_with_an_exercise_and_its_solution(name: str) -> None:
    acts = [page.title.split(":")[0].split()[0] for page in builtin(name).pages[1:]]
    assert set(acts) == {"Predict", "Run", "Investigate", "Modify", "Make", "Solution"}
    assert acts[0] == "Predict"
    assert acts[-2:] == ["Make", "Solution"]
    solution = builtin(name).exercise_and_solution().blocks
    assert any(block.expectations or block.language == "trace" for block in solution)


@pytest.mark.parametrize("name", names())
def test_the_exercise_of_a_lesson_runs_nothing_and_shows_no_solution(name: str) -> None:
    exercise = builtin(name).for_learners().pages[-1]
    assert not any(isinstance(piece, Block) for piece in exercise.pieces)


MINUTES = 8
"""The longest time to read a lesson. The other two of its ten minutes are for the exercise."""

WORDS_A_MINUTE = 180
LINES_A_MINUTE = 40
"""Lines of code and output are skimmed for the one that matters."""


@pytest.mark.parametrize("name", names())
def test_a_lesson_takes_ten_minutes(name: str) -> None:
    performed = perform(builtin(name).for_learners())
    pages = performed.lesson.pages
    pieces = [piece for page in pages for piece in page.pieces]
    prose = [paragraph for piece in pieces if isinstance(piece, Prose)
             for paragraph in paragraphs(piece.text) if paragraph.kind != "verbatim"]  # fmt: skip
    read = [paragraph.text for paragraph in prose]
    read += [f"{claim.said} {claim.so}" for claim in performed.lesson.claims]
    words = sum(len(text.split()) for text in read)
    skimmed = [
        line
        for page in pages
        for piece in page.pieces
        if isinstance(piece, Block)
        for line in texts(page_lines(performed, Page("", (piece,)), 80, asks=True))
        if line.strip()
    ]
    quizzes = [done.answer for done in performed.performances if isinstance(done.answer, Quiz)]
    questions = sum(len(quiz.questions) for quiz in quizzes)
    vote = 1
    minutes = vote + words / WORDS_A_MINUTE + len(skimmed) / LINES_A_MINUTE + questions / 2
    assert minutes <= MINUTES, f"{minutes:.1f} minutes: {words} words, {len(skimmed)} lines"


@pytest.mark.parametrize("name", names())
def test_every_term_of_a_lesson_is_in_the_glossary(name: str) -> None:
    pieces = [piece for page in builtin(name).pages for piece in page.pieces]
    told = [
        inline.text
        for piece in pieces
        if isinstance(piece, Prose)
        for paragraph in paragraphs(piece.text)
        if paragraph.kind != "verbatim"
        for inline in inlines(paragraph.text)
        if inline.kind == "stress"
    ]
    for term in told:
        assert len(find_terms(term)) == 1


@pytest.mark.parametrize("name", names())
def test_the_sentences_of_a_lesson_are_short(name: str) -> None:
    for page in builtin(name).pages:
        for piece in page.pieces:
            if isinstance(piece, Prose):
                for paragraph in paragraphs(piece.text):
                    words = "".join(inline.text for inline in inlines(paragraph.text))
                    if paragraph.kind != "verbatim":
                        longest = max(len(s.split()) for s in words.replace(":", ".").split(". "))
                        assert longest <= 30, words


@pytest.mark.parametrize("name", names())
def test_a_page_fits_the_width_but_for_code(name: str) -> None:
    performed = perform(builtin(name))
    for page in performed.lesson.pages:
        for line in page_lines(performed, page, 80):
            text = "".join(part for part, _ in line)
            assert len(text) <= 80 or line[0][1] in ("text", "value")


@pytest.mark.parametrize("name", ["layout", "glorot"])
def test_a_lesson_looks_as_agreed(name: str, golden: Golden) -> None:
    ended = invoke("demo", name, COLUMNS="80")
    assert ended.exit_code == 0
    golden(f"lessons/{name}", ended.stdout)


ARTICLE = [name for name in names() if name.startswith("article-")]


def test_the_lessons_on_the_article_confirm_what_is_right_and_correct_what_is_wrong() -> None:
    judged = [one for name in ARTICLE for one in perform(builtin(name).for_learners()).judgements]
    corrected = " ".join(one.claim.said for one in judged if one.verdict == "corrected")
    confirmed = " ".join(one.claim.said for one in judged if one.verdict == "confirmed")
    for mistaken in (
        "`bias_initializer` is None",
        "`initializers.get` looks up the regularizers and the constraints",
        "The decorator acts only after `__init__`",
        "The decorator sets the initializers",
        "`__init__` receives the merged arguments",
        "`__new__` adds `units`",
    ):
        assert mistaken in corrected
    verdicts = [one.verdict for one in judged]
    assert verdicts.count("confirmed") > verdicts.count("corrected")
    for field in ("units", "activation", "use_bias", "kernel_initializer", "kernel_regularizer",
                  "bias_regularizer", "kernel_constraint", "bias_constraint", "input_spec",
                  "supports_masking"):  # fmt: skip
        assert f"`{field}`" in confirmed
    for right in ("There are ten, or eleven if you count `self`", "serialization_lib",
                  "legacy.serialization", "`build` runs",
                  "constructor of the parent", "settings"):  # fmt: skip
        assert right in confirmed


@pytest.mark.parametrize("name", ARTICLE)
def test_a_lesson_on_the_article_names_it_and_votes_on_true_and_false_claims(name: str) -> None:
    lesson = builtin(name)
    opening = " ".join(piece.text for piece in lesson.pages[0].pieces if isinstance(piece, Prose))
    assert "Czxdas, 21 September 2023" in " ".join(opening.split())
    stated = {"confirmed", "corrected"}
    assert {claim.verdict for claim in lesson.for_learners().claims} == stated
    told = " ".join(
        piece.text for page in lesson.pages for piece in page.pieces if isinstance(piece, Prose)
    )
    assert re.search(r"under Predict, [A-G, ]+ and [A-G] are true; [A-G] and [A-G] are not", told)


@pytest.mark.parametrize("name", ARTICLE)
def test_each_claim_of_the_article_shows_a_step_that_decides_it(name: str) -> None:
    for judged in perform(builtin(name)).judgements:
        assert judged.proof, judged.claim.said


@pytest.mark.keras
def test_the_scripts_of_all_lessons_print_the_same_on_a_real_keras() -> None:
    if find_spec("tensorflow") is None:
        pytest.skip("needs a real Keras")
    performances = [
        performance
        for name in names()
        for performance in perform(builtin(name)).performances
        if performance.block.language == "python"
    ]
    # A recent TensorFlow is set to use tf_keras; an older one has no other Keras.
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment.pop("TF_USE_LEGACY_KERAS", None)
    if find_spec("tf_keras"):
        environment["TF_USE_LEGACY_KERAS"] = "1"
    ended = subprocess.run(
        [sys.executable, "-c", REAL],
        input=json.dumps([performance.block.text for performance in performances]),
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent,
        env=environment,
    )
    real = json.loads(ended.stdout.splitlines()[-1])
    ours = [[one.printed, one.error.partition(":")[0]] for one in performances]
    assert ours == real


def test_the_tree_of_a_script_names_only_options_that_the_title_shows() -> None:
    scripts = [
        block for name in names() for block in builtin(name).blocks if block.language == "python"
    ]
    titles = set(map(script_title, scripts))
    assert {"a Python script:", "a Python script, traced with --depth 1:"} <= titles
    for block in scripts:
        title, shows_tree = script_title(block), block.shows in ("all", "trace")
        for name in ("level", "only", "depth"):
            is_named = f"--{name} {block.options.get(name)}" in title
            assert is_named is (shows_tree and name in block.options)
        assert view_of(block).has_hint is ("traced with" in title)
    shown = "".join(texts(Tree(api.explain("Dense(2)"), View(depth=1, has_hint=False)).lines(80)))
    assert re.search(r"^\d+ of \d+ steps shown\.$", shown, re.M)
