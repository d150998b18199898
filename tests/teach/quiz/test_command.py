"""`densetrace quiz`: in a pipe, on a terminal, as JSON, and as a printed sheet."""

import json
import re
import sys
from pathlib import Path

import pexpect
import pytest

from densetrace import api
from tests.cli.running import command, environment, invoke, run
from tests.teach.quiz.runs import ARTICLE

EXPRESSION = "Dense(64, activation='relu')"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "article.py"
    path.write_text(ARTICLE)
    return path


def test_a_pipe_gives_the_answers_and_gets_the_questions() -> None:
    ended = run("quiz", EXPRESSION, "--seed", "3", "--count", "3", stdin=b"a\nb\n?\nc\n")
    said = ended.stdout.decode()
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert [f"Question {n} of 3" in said for n in (1, 2, 3)] == [True] * 3
    assert "Your answer: a\n" in said
    assert "Hint: " in said
    assert " of 3 right" in said
    assert f'densetrace quiz "{EXPRESSION}" --seed 3 --count 3' in said


@pytest.mark.parametrize("typed", ["", "a\n", "a\nq\n", "a\nb"])
def test_the_end_of_input_ends_with_the_score(typed: str) -> None:
    asked = [EXPRESSION, "--seed", "1", "--count", "5", "--topic", "lookups"]
    result = invoke("quiz", *asked, stdin=typed)
    answered = len([line for line in typed.split() if line != "q"])
    assert result.exit_code == 0
    assert f" of {answered} right" in result.stdout
    assert f"{5 - answered} not answered" in result.stdout


def test_a_seed_repeats_a_quiz_and_none_makes_a_new_one() -> None:
    first, second = (invoke("quiz", EXPRESSION, "--seed", "7", stdin="").stdout for _ in range(2))
    assert first == second
    unseeded = invoke("quiz", EXPRESSION, stdin="").stdout
    seed = unseeded.rsplit("--seed ", 1)[1].strip()
    assert invoke("quiz", EXPRESSION, "--seed", seed, stdin="").stdout == unseeded


def test_an_answer_that_is_none_is_asked_for_again() -> None:
    result = invoke("quiz", EXPRESSION, "--seed", "1", "--count", "1", stdin="seven\n\n9\na\n")
    assert result.stdout.count("Type a letter from a to ") == 3
    assert "Received: 'seven'." in " ".join(result.stdout.split())
    assert " of 1 right" in result.stdout


def test_input_that_is_no_text_is_an_answer_like_any_other() -> None:
    asked = ("--count", "1", "--topic", "shapes")
    ended = run("quiz", EXPRESSION, *asked, stdin=b"\xff\xfe\x00\x1b[2J\na\n")
    assert ended.returncode == 0
    assert b"\x1b" not in ended.stdout
    assert b" of 1 right" in ended.stdout


def test_json_is_the_record_and_nothing_else(script: Path) -> None:
    script.write_text("print('loud')\n" + ARTICLE)
    typed = b"e d c b a\n?\nb\nq\n"
    ended = run("quiz", str(script), "--seed", "4", "--json", stdin=typed)
    kept = json.loads(ended.stdout)
    assert ended.returncode == 0
    assert (kept["asked"], kept["answered"], kept["seed"]) == (12, 2, 4)
    assert [question["chosen"] for question in kept["questions"][:3]] == [[5, 4, 3, 2, 1], 2, None]
    assert kept["questions"][1]["hinted"] is True
    assert b"Question 1 of 12" in ended.stderr
    assert b"loud" in ended.stderr


def test_a_script_and_its_saved_trace_are_asked_about_alike(script: Path) -> None:
    saved = script.with_suffix(".json")
    api.run(script).trace.save(saved)
    asked = [
        invoke("quiz", str(path), "--seed", "2", stdin="").stdout.rsplit("Repeat", 1)[0]
        for path in (script, saved)
    ]
    assert asked[0] == asked[1]
    assert re.search(r"Line [56]: model.add\(Dense\(units=(64|10), ", asked[0])


def test_a_layer_that_fails_is_asked_about_too() -> None:
    result = invoke("quiz", "Dense(3, activation='rleu')", "--topic", "errors", stdin="a\n")
    assert result.exit_code == 0
    assert "ends with a ValueError" in " ".join(result.stdout.split())


@pytest.mark.parametrize("option", ["-o", "--output", "--handout"])
def test_a_handout_in_markdown_is_two_files_with_the_key_apart(tmp_path: Path, option: str) -> None:
    sheet = tmp_path / "quiz.md"
    result = invoke("quiz", EXPRESSION, "--seed", "1", option, str(sheet))
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "Wrote" in result.stderr
    assert "## Question 12" in sheet.read_text()
    assert "Proof" not in sheet.read_text()
    assert "Proof" in (tmp_path / "quiz-key.md").read_text()


def test_a_handout_as_a_page_is_one_file(tmp_path: Path) -> None:
    sheet = tmp_path / "quiz.html"
    result = invoke("quiz", EXPRESSION, "--seed", "1", "-o", str(sheet), "--confidence")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "The solutions are on its last pages." in " ".join(result.stderr.split())
    assert [path.name for path in tmp_path.iterdir()] == ["quiz.html"]
    assert "How sure are you?" in sheet.read_text()


def test_two_layers_are_compared() -> None:
    other = "Dense(64, use_bias=False)"
    ended = run("quiz", EXPRESSION, other, "--seed", "3", "--count", "4", stdin=b"a\nq\n")
    said = ended.stdout.decode()
    assert ended.returncode == 0
    assert f"Quiz: {EXPRESSION} and {other}" in said
    assert f"A: {EXPRESSION}" in said
    assert f"densetrace quiz \"{EXPRESSION}\" '{other}' --seed 3 --count 4" in said


def test_confidence_is_asked_in_a_pipe_too() -> None:
    asked = [EXPRESSION, "--seed", "3", "--count", "2", "--topic", "lookups", "--confidence"]
    ended = run("quiz", *asked, "--json", stdin=b"3\na\nguessing\nb\n")
    kept = json.loads(ended.stdout)
    assert ended.returncode == 0
    assert [question["confidence"] for question in kept["questions"]] == [3, 1]
    assert sum(row["answered"] for row in kept["confidence"]) == 2
    assert "How sure are you? 1 guessing, 2 unsure, 3 sure: 3\n" in ended.stderr.decode()
    assert "--confidence" in ended.stderr.decode()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["-"], "standard input"),
        ([EXPRESSION, "--topic", "lokups"], "Did you mean lookups?"),
        ([EXPRESSION, "--count", "0"], "1 to 200"),
        ([EXPRESSION, "--count", "many"], "--count"),
        ([EXPRESSION, "--seed", "-1"], "--seed"),
        (["Dense(3", "--count", "1"], "never closed"),
        (["nowhere.py"], "nowhere.py"),
        (["nowhere.json"], "nowhere.json"),
        ([EXPRESSION, "--json", "--handout", "x.md"], "-o or --json"),
        ([EXPRESSION, "Dense(3"], "never closed"),
        ([EXPRESSION, "-"], "standard input"),
        ([EXPRESSION, "--topic", "comparison"], "need two runs"),
        ([EXPRESSION, "-o", "quiz.docx"], "quiz.html"),
        ([EXPRESSION, "--handout", "/"], "it is a folder"),
        ([EXPRESSION, "--handout", "/nowhere/quiz.md"], "Cannot write"),
    ],
)
def test_a_wrong_request_gets_a_sentence(arguments: list[str], problem: str) -> None:
    result = invoke("quiz", *arguments, stdin="")
    assert result.exit_code == 2
    assert problem in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_it_asks_about_training_when_the_layer_is_trained() -> None:
    asked = ["Dense(3)", "--seed", "1", "--count", "4", "--topic", "training"]
    assert "No question about training" in invoke("quiz", *asked, stdin="").stderr
    shown = invoke("quiz", *asked, "--fit", stdin="").stdout
    assert "Question 1 of 4" in shown
    assert "densetrace quiz 'Dense(3)' --seed 1 --count 4 --topic training --fit" in shown


def test_help_names_every_topic_with_its_kinds() -> None:
    from densetrace.teach.quiz import KINDS, TOPICS

    shown = " ".join(invoke("quiz", "--help").stdout.split())
    for topic in TOPICS:
        kinds = " ".join(kind.name for kind in KINDS if kind.topic == topic)
        assert f"{topic}: {kinds}" in shown


# -- on a terminal --------------------------------------------------------------------------------


def terminal(*arguments: str, **changes: str) -> "pexpect.spawn[str]":
    child = pexpect.spawn(
        sys.executable,
        command(arguments)[1:],
        env=environment({"TERM": "xterm", **changes}),
        dimensions=(24, 80),
        encoding="utf-8",
        timeout=20,
    )
    child.expect_exact("Your answer: ")
    return child


def finished(child: "pexpect.spawn[str]") -> tuple[str, int | None]:
    child.expect(pexpect.EOF)
    child.close()
    return child.before or "", child.exitstatus


def test_a_terminal_asks_one_question_at_a_time() -> None:
    child = terminal("quiz", EXPRESSION, "--seed", "1", "--count", "2")
    assert "Question 1 of 2" in (child.before or "")
    assert "Question 2 of 2" not in (child.before or "")
    child.sendline("?")
    child.expect_exact("Hint: ")
    child.expect_exact("Your answer: ")
    child.sendline("a")
    child.expect("Right|Wrong")
    child.expect_exact("Proof: step ")
    child.expect_exact("Question 2 of 2")
    child.expect_exact("Your answer: ")
    child.sendline("b")
    said, code = finished(child)
    assert " of 2 right. You used a hint on 1 question." in said
    assert code == 0


def test_on_a_terminal_q_and_the_end_of_input_keep_the_score() -> None:
    for ending in ("q\n", "\x04"):
        child = terminal("quiz", EXPRESSION, "--seed", "1")
        child.sendline("a")
        child.expect_exact("Question 2 of")
        child.expect_exact("Your answer: ")
        child.send(ending)
        said, code = finished(child)
        assert " of 1 right, 11 not answered" in said
        assert code == 0


def test_ctrl_c_keeps_the_score_and_ends_with_130() -> None:
    child = terminal("quiz", EXPRESSION, "--seed", "1")
    child.sendline("a")
    child.expect_exact("Question 2 of")
    child.expect_exact("Your answer: ")
    child.sendintr()
    said, code = finished(child)
    assert " of 1 right" in said
    assert "Traceback" not in said
    assert code == 130


def test_accessible_text_is_flat_and_unbroken() -> None:
    child = terminal("quiz", EXPRESSION, "--seed", "1", ACCESSIBLE="1")
    assert "Type the letter of an answer, ? for a hint, q to" in (child.before or "")
    child.sendline("q")
    assert finished(child)[1] == 0
