"""`densetrace demo` and `densetrace glossary`: list, run, check, export and page through."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pexpect
import pytest

from densetrace import explain
from densetrace.teach.course import names
from densetrace.teach.glossary import GLOSSARY
from densetrace.teach.lesson_reader import load_lesson
from tests.cli.running import command, environment, invoke, run

MINE = """\
# Mine <b>bold</b> \x1b[2J

Words with `code`, <script>alert(1)</script>, [a link](javascript:alert(1)) and [another](https://x.org/?a&b).

1. one
2. two

- item

## Predict

```quiz count=1 topic=lookups seed=1
Dense(2, 'relu')
```

## Run

```trace only=new
Dense(2, name='<i>&`|')
```

```python
import tensorflow as tf
print("<u>printed</u>")
print("warned", __import__("sys").stderr.write("x"))
tf.keras.layers.Dense(3)
```

```expect
assert "<u>printed</u>" in shown
assert step("new").class_ == "Dense"
```

```claim corrected
Said: it has `two` units
Means: assert step("assign", name="units").value == 2
So: it has three
Proof: assert step("assign", name="units").value == 3
```

## Compare

```why target=kernel
Dense(2)
```

```diff
Dense(2)
Dense(3)
```
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.md"
    path.write_text(MINE)
    return path


# -- listing and checking -------------------------------------------------------------------------


def test_the_list_has_every_lesson_with_a_line() -> None:
    ended = invoke("demo")
    assert ended.exit_code == 0
    listed = re.findall(r"^(\S+)  +\S", ended.stdout, re.MULTILINE)
    assert tuple(listed) == names()
    assert all(len(line) <= 80 for line in ended.stdout.splitlines())


def test_a_lesson_that_is_not_there_is_guessed() -> None:
    ended = invoke("demo", "lookup")
    assert ended.exit_code == 2
    assert "Did you mean lookups?" in ended.stderr


def test_checking_says_how_much_came_true(mine: Path) -> None:
    ended = invoke("demo", str(mine), "--check")
    assert (ended.exit_code, ended.stderr) == (0, "")
    assert ended.stdout == "mine: 4 expectations of 5 blocks were met.\n"


def test_all_built_in_lessons_are_checked_at_once() -> None:
    ended = invoke("demo", "--check")
    assert ended.exit_code == 0
    assert len(ended.stdout.splitlines()) == len(names())


WRONG = """\
# Wrong

```trace
Dense(2, 'relu')
```

```expect
assert step("get", registry="activations").result == "tanh"
assert "relu" in shown
assert "nothing like this" in printed
```

```claim corrected
Said: it is relu
Means: assert step("assign", name="activation").value == "relu"
So: no
Proof: assert step("assign", name="activation").value == "tanh"
```

```trace
Dense(-1)
```
"""


@pytest.mark.parametrize(
    "options", [["--check"], [], ["--format", "html"], ["--format", "markdown"]]
)
def test_what_does_not_come_true_is_told_with_file_and_line(
    tmp_path: Path, options: list[str]
) -> None:
    path = tmp_path / "wrong.md"
    path.write_text(WRONG)
    ended = invoke("demo", str(path), *options)
    assert ended.exit_code == 1
    trace = explain("Dense(2, 'relu')")
    [step] = trace.find("get", where=lambda one: one.facts["registry"] == "activations")
    looked_up = f"step {step.id + 1} (keras.activations.get)"
    [step] = trace.find("assign", where=lambda one: one.inputs["name"] == "activation")
    kept = f"step {step.id + 1} (keras.engine.base_layer.Layer.__setattr__)"
    said = [line.removeprefix(str(path)) for line in ended.stderr.splitlines()]
    assert said == [
        ':8: expected: step("get", registry="activations").result == "tanh"; '
        f"found: 'relu' in {looked_up}",
        ":10: expected: \"nothing like this\" in printed; found: ''",
        ":13: expected: this claim is corrected; found: it is confirmed",
        ':17: expected: step("assign", name="activation").value == "tanh"; '
        f"found: 'relu' in {kept}",
        ':20: expected: no error (or, after the block, in an expect block: assert "ValueError" in '
        "error); found: ValueError: Received an invalid value for `units`, expected a positive "
        "integer. Received: units=-1",
    ]
    assert bool(ended.stdout) == (options == [])


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        ("```trace\nDnse(2)\n```", "mine.md:3: Dnse is not a name"),
        (
            "```trace input-shape=x\nDense(2)\n```",
            "mine.md:3: A shape consists of positive whole numbers",
        ),
        ("```why target=krenel\nDense(2)\n```", "mine.md:3: "),
        ("```quiz topic=lokups\nDense(2)\n```", "mine.md:3: A topic is one of"),
        (
            "```python\nimport keras\nkeras.layers.Conv3D()\n```",
            "mine.md:3: line 2 uses keras.layers",
        ),
    ],
)
def test_a_block_that_cannot_be_run_is_told_with_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: str, problem: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.md").write_text(f"# Mine\n\n{block}\n")
    ended = invoke("demo", "mine.md")
    assert ended.exit_code == 2
    assert problem in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--step", "1"], "Which lesson?"),
        (["--format", "html"], "Which lesson?"),
        (["layout", "--check", "--step", "1"], "only one of these at a time"),
        (["--solution"], "Which lesson?"),
        (["layout", "--at", "3"], "need --step N"),
        (["layout", "--step", "99"], "Received: --step 99"),
        (["layout", "--step", "4"], "no single run to step through"),
        (["layout", "-o", "x.txt"], "HTML or Markdown"),
        (["no.md"], "File not found: no.md"),
    ],
)
def test_a_wrong_request_is_refused(arguments: list[str], problem: str) -> None:
    ended = invoke("demo", *arguments)
    assert ended.exit_code == 2
    assert problem in ended.stderr


def test_a_script_that_leaves_with_a_code_is_expected_to_or_does_not_come_true(
    tmp_path: Path,
) -> None:
    path = tmp_path / "leaving.md"
    path.write_text("# Leaving\n\n```python\nraise SystemExit(3)\n```\n")
    assert "found: SystemExit: 3" in invoke("demo", str(path), "--check").stderr
    path.write_text(f'{path.read_text()}\n```expect\nassert error == "SystemExit: 3"\n```\n')
    assert invoke("demo", str(path), "--check").exit_code == 0


def test_asserts_run_only_where_blocks_are_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asserts = "```expect\nassert not __import__('pathlib').Path('ran').touch()\n```\n"
    Path("mine.md").write_text(f"# Mine\n\n```trace\nDense(2)\n```\n\n{asserts}")
    load_lesson(Path("mine.md"))
    assert invoke("demo", "mine.md", "--step", "1", stdin="q").exit_code == 0
    assert invoke("demo", "mine.md", "--check", "--step", "1").exit_code == 2
    assert not Path("ran").exists()
    assert invoke("demo", "mine.md", "--check").exit_code == 0
    assert Path("ran").exists()


# -- the solution ---------------------------------------------------------------------------------

SOLVED = """\
# Solved

## Make

How many units?

## Solution

```trace until=init only=new
Dense(7)
```

```expect
assert step("new").bound == {"units": 7}
```
"""


@pytest.fixture
def solved(tmp_path: Path) -> Path:
    path = tmp_path / "solved.md"
    path.write_text(SOLVED.replace("## Make", "```trace only=new\nDense(2)\n```\n\n## Make"))
    return path


def test_learners_see_the_solution_only_when_they_ask(solved: Path) -> None:
    ended = invoke("demo", str(solved))
    assert ended.exit_code == 0
    assert "Dense(7)" not in ended.stdout
    assert ended.stdout.endswith(f"demo {solved} --solution\n")
    ended = invoke("demo", str(solved), "--solution")
    assert ended.exit_code == 0
    assert "How many units?" in ended.stdout
    assert "[2] $ densetrace explain 'Dense(7)'" in ended.stdout
    assert "Dense(2)" not in ended.stdout


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_a_handout_has_the_solution_only_for_the_teacher(solved: Path, form: str) -> None:
    for_learners = invoke("demo", str(solved), "--format", form)
    assert (for_learners.exit_code, "Dense(7)" in for_learners.stdout) == (0, False)
    for_teachers = invoke("demo", str(solved), "--format", form, "--solution")
    assert (for_teachers.exit_code, "Dense(7)" in for_teachers.stdout) == (0, True)
    assert "Dense(2)" in for_teachers.stdout


def test_checking_and_stepping_include_the_solution(solved: Path) -> None:
    assert "1 expectation of 2 blocks" in invoke("demo", str(solved), "--check").stdout
    assert invoke("demo", str(solved), "--step", "2", stdin="q").exit_code == 0
    solved.write_text(solved.read_text().replace('"units": 7', '"units": 8'))
    assert invoke("demo", str(solved), "--check").exit_code == 1


@pytest.mark.parametrize("option", [["--check"], ["--step", "2"]])
def test_a_solution_with_an_option_that_has_no_pages_is_refused(
    solved: Path, option: list[str]
) -> None:
    ended = invoke("demo", str(solved), "--solution", *option)
    assert ended.exit_code == 2
    assert f"Received: --solution and {option[0]}" in ended.stderr


def test_a_lesson_without_a_solution_says_so(mine: Path) -> None:
    ended = invoke("demo", str(mine), "--solution")
    assert ended.exit_code == 2
    assert "has no solution" in ended.stderr


def test_a_lesson_in_parts_names_its_parts() -> None:
    ended = invoke("demo", "article")
    assert ended.exit_code == 2
    assert "The lesson article has 3 parts: article-1, article-2, article-3." in ended.stderr
    assert "densetrace demo article-1" in ended.stderr


# -- straight through -----------------------------------------------------------------------------


TRAINING = """\
# Training

## Run

```trace fit=yes only=update
Dense(1)
```

```expect
assert len(steps("update")) == 2
```

```python batches=2 show=nothing
import numpy as np
from tensorflow import keras

model = keras.Sequential([keras.layers.Dense(1, input_shape=(3,))])
model.compile("sgd", "mse", run_eagerly=True)
model.fit(np.ones((6, 3), "float32"), np.ones((6, 1), "float32"), batch_size=2, verbose=0)
```

```expect
assert len(steps("train_step")) == 2
assert len(steps("batch")) == 3
```

```quiz fit=yes topic=training count=2
Dense(1)
```
"""


def test_a_block_trains_and_records_the_batches_that_it_asks_for(tmp_path: Path) -> None:
    lesson = tmp_path / "training.md"
    lesson.write_text(TRAINING)
    assert "3 expectations of 3 blocks were met." in invoke("demo", str(lesson), "--check").stdout
    shown = invoke("demo", str(lesson), "--no-pages").stdout
    assert "densetrace explain 'Dense(1)' --fit" in " ".join(shown.split())
    assert "densetrace quiz 'Dense(1)' --seed 0 --count 2 --topic training --fit" in shown


def test_a_pipe_gets_all_pages_and_reads_nothing(mine: Path) -> None:
    ended = run("demo", str(mine))
    said = ended.stdout.decode()
    assert (ended.returncode, ended.stderr) == (0, b"")
    for words in ("Mine <b>bold</b> \\x1b[2J", "Question 1 of 1", "Answers\n1. ", "<u>printed</u>",
                  "Claim 1: it has two units", "Corrected. it has three", "units = 3",
                  "Why dense.kernel is", "- item", "2. two"):  # fmt: skip
        assert words in said
    assert "\x1b" not in said


def test_plain_lines_for_who_asks_for_them(mine: Path) -> None:
    ended = invoke("demo", str(mine), ACCESSIBLE="1")
    assert ended.exit_code == 0
    assert not set("├└│─") & set(ended.stdout)
    assert "Page 3 of 4: Run" in ended.stdout
    assert "Proof: Step " in ended.stdout
    assert "Answer 1. " in ended.stdout


def test_ascii_is_enough(mine: Path) -> None:
    ended = run("demo", str(mine), PYTHONIOENCODING="ascii")
    assert ended.returncode == 0
    assert ended.stdout.isascii()


def test_a_lesson_is_the_same_each_time(mine: Path) -> None:
    assert invoke("demo", str(mine)).stdout == invoke("demo", str(mine)).stdout


# -- handouts ------------------------------------------------------------------------------------


class Page(HTMLParser):
    """A parser that checks that elements are closed in order, and collects the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.links: list[str | None] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.links += [value for name, value in attrs if name in ("href", "src")]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_is_one_page_in_which_nothing_is_obeyed(mine: Path, tmp_path: Path) -> None:
    made = tmp_path / "mine.html"
    ended = invoke("demo", str(mine), "-o", str(made))
    assert (ended.exit_code, ended.stdout) == (0, "")
    page = Page(made.read_text())
    assert page.open == []
    assert not page.seen & {"script", "b", "i", "u", "link", "img"}
    assert {"h1", "h2", "ol", "ul", "code", "details"} <= page.seen
    assert page.links == ["https://x.org/?a&b"]
    for words in ("<script>alert(1)</script>", "\\x1b[2J", "<u>printed</u>", "Corrected."):
        assert words in page.text


def test_markdown_has_the_outputs_in_it_and_the_answers_at_the_end(mine: Path) -> None:
    made = invoke("demo", str(mine), "--format", "markdown").stdout
    assert made.startswith("# Mine <b>bold</b>")
    assert "```python\nimport tensorflow as tf\n" in made
    assert "```text\n<u>printed</u>\n" in made
    assert "[1] `densetrace quiz \"Dense(2, 'relu')\" --seed 1" in made
    assert "expect" not in made
    assert made.index("## Answers") > made.index("## Compare")
    assert "\x1b" not in made


@pytest.mark.parametrize("form", ["html", "markdown"])
@pytest.mark.parametrize("name", names())
def test_every_lesson_can_be_handed_out(name: str, form: str) -> None:
    ended = invoke("demo", name, "--format", form)
    assert ended.exit_code == 0
    if form == "html":
        assert Page(ended.stdout).open == []


# -- on a terminal --------------------------------------------------------------------------------


def terminal(*arguments: str) -> "pexpect.spawn[str]":
    [program, *words] = command(["demo", *arguments])
    return pexpect.spawn(
        program,
        words,
        encoding="utf-8",
        timeout=20,
        dimensions=(50, 80),
        env={**environment({}), "TERM": "xterm", "NO_COLOR": "1", "PYTHONUTF8": "1"},
    )


def test_a_person_walks_through_page_by_page(mine: Path) -> None:
    child = terminal(str(mine))
    child.expect(r"\[page 1 of 4\].*q: quit > ")
    assert "b: back" not in str(child.after)
    assert "Predict" not in str(child.before)
    child.sendline("")
    child.expect("Your answer: ")
    assert "Answers" not in str(child.before)
    child.sendline("a")
    child.expect("Score: ")
    child.expect(r"\[page 2 of 4\].*> ")
    child.sendline("b")
    child.expect("Words with code")
    child.expect(r"\[page 1 of 4\].*> ")
    child.sendline("what?")
    child.expect("Received: 'what")
    child.expect(r"\[page 1 of 4\].*> ")
    child.sendline("q")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_the_stepper_opens_at_a_block_and_comes_back(mine: Path) -> None:
    child = terminal("layout")
    for number in (1, 2):
        child.expect(rf"\[page {number} of 8\].*> ")
        child.sendline("")
        if number == 1:
            for _ in range(2):
                child.expect("Your answer: ")
                child.sendline("a")
    child.expect(r"\[page 3 of 8\].*s: step.*> ")
    child.sendline("s 9")
    child.expect("Blocks of this page: 2. Received: 9")
    child.expect("> ")
    child.sendline("s")
    child.expect("step 1 of ")
    child.send("q")
    child.expect("densetrace demo layout --step 2 --at 1")
    child.expect(r"\[page 3 of 8\].*> ")
    child.sendeof()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_to_the_end_and_ctrl_c(mine: Path) -> None:
    child = terminal("glorot")
    total = 8
    for number in range(1, total + 1):
        child.expect(rf"\[page {number} of {total}\].*> ")
        child.sendline("" if number > 1 else "n")
    child.expect("End of the lesson. Solution to the exercise: densetrace demo glorot --solution")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    child = terminal("glorot")
    child.expect(r"\[page 1 of 8\].*> ")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130


def test_no_pages_waits_for_nobody() -> None:
    child = terminal("glorot", "--no-pages")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert "[page" not in str(child.before)


@pytest.mark.parametrize("number", ["2", "3", "4"])
def test_step_opens_the_stepper_also_where_a_pipe_types(mine: Path, number: str) -> None:
    ended = run(
        "demo", str(mine), "--step", number, "--at", "2", "--level", "framework", stdin=b"q\n"
    )
    said = ended.stdout.decode()
    assert ended.returncode == 0
    assert "Step 2 of " in said
    assert f"--step {number} --at 2 --level framework" in said


def test_the_source_of_a_script_is_there_in_the_stepper(mine: Path) -> None:
    ended = run("demo", str(mine), "--step", "3", stdin=b"q\n")
    assert "tf.keras.layers.Dense(3)" in ended.stdout.decode()


# -- the glossary ---------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", ["kernel", "Kernel", "fan-in", "Fan In", "auto config", "layers"])
def test_a_term_is_told(asked: str) -> None:
    ended = invoke("glossary", *asked.split())
    assert ended.exit_code == 0
    term, *definition = ended.stdout.splitlines()
    assert GLOSSARY[term] == " ".join(" ".join(definition).split())


def test_all_terms_are_told_when_none_is_asked_for() -> None:
    told = invoke("glossary").stdout
    assert [line for line in told.splitlines() if line and line[0] != " "] == list(GLOSSARY)
    assert all(len(line) <= 80 for line in told.splitlines())


@pytest.mark.parametrize(
    ("asked", "hint"),
    [("kernle", "Did you mean kernel?"), ("fan", "fan-in, fan-out"), ("xyzzy", "All terms")],
)
def test_a_term_that_is_not_there_is_guessed(asked: str, hint: str) -> None:
    ended = invoke("glossary", asked)
    assert ended.exit_code == 2
    assert hint in ended.stderr


def test_the_glossary_reads_well_aloud() -> None:
    told = invoke("glossary", "kernel", ACCESSIBLE="1").stdout
    assert told == f"kernel: {GLOSSARY['kernel']}\n"


def test_help_and_list_cost_no_stack() -> None:
    code = "import sys; from densetrace.cli.commands import app; app(['glossary', 'kernel'], "
    code += "standalone_mode=False); print('numpy' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                           env=environment({}))  # fmt: skip
    assert ended.stdout.endswith("False\n")


@pytest.mark.parametrize("columns", ["20", "30", "40", "80"])
def test_the_list_keeps_names_and_titles_apart(columns: str) -> None:
    shown = invoke("demo", COLUMNS=columns).stdout
    assert all(len(line) <= int(columns) for line in shown.splitlines())
    words = " ".join(shown.split())
    first = "article-1 The article, part 1: before __init__ (start here)"
    assert f"each: {first} article-2" in words
    assert words.count("start here") == 1
    assert '"Dense Layer operation process" by Czxdas, 21 September 2023. Take one:' in words
    own = "Take a lesson of your own: densetrace demo mine.md"
    assert words.endswith(f"{own} (how to write it: docs/lessons.md)")
