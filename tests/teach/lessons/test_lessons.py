"""The expectations of every built-in lesson hold, and each has the required parts."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from densetrace.cli.perform import perform
from densetrace.render.lesson import page_lines
from densetrace.render.prose import inlines, paragraphs
from densetrace.teach.course import ORDER, builtin, names, titles
from densetrace.teach.glossary import find_terms
from densetrace.teach.lesson import Prose
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
def test_a_lesson_predicts_runs_investigates_modifies_makes(name: str) -> None:
    acts = [page.title.split(":")[0].split()[0] for page in builtin(name).pages[1:]]
    stages = ["Predict", "Run", "Investigate", "Modify", "Make"]
    assert set(acts) == set(stages)
    assert acts[0] == "Predict"
    assert acts[-1] == "Make"


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


def test_the_article_errs_where_it_errs() -> None:
    performed = perform(builtin("article"))
    corrected = " ".join(
        judged.claim.said for judged in performed.judgements if judged.verdict == "corrected"
    )
    confirmed = " ".join(
        judged.claim.said for judged in performed.judgements if judged.verdict == "confirmed"
    )
    for mistaken in (
        "`bias_initializer` is None",
        "`kernel_regularizer` and `bias_regularizer` are looked up by `initializers.get`",
        "`kernel_constraint` and `bias_constraint` are looked up by `initializers.get`",
        "The decorator acts once `__init__` is done",
        "The decorator sets the initializers",
        "`__init__` gets the arguments that `__new__` has merged",
        "the merge adds `units`",
        "By leaving it out",
    ):
        assert mistaken in corrected
    for field in ("units", "activation", "use_bias", "kernel_initializer", "kernel_regularizer",
                  "bias_regularizer", "kernel_constraint", "bias_constraint", "input_spec",
                  "supports_masking"):  # fmt: skip
        assert f"`{field}`" in confirmed
    for right in ("There are eleven", "serialization_lib", "legacy.serialization", "build"):
        assert right in confirmed


def test_each_claim_of_the_article_shows_a_step_that_decides_it() -> None:
    for judged in perform(builtin("article")).judgements:
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
