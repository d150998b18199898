"""`densetrace run` and `densetrace names`."""

import html
import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest

import densetrace
from tests.cli.running import command, environment, invoke, run

SCRIPT = """\
import sys
from tensorflow.keras.layers import Dense

print("hello", sys.argv[1:])
layer = Dense(3,
              activation="relu")
if "--boom" in sys.argv:
    Dense(-1)
if "--exit" in sys.argv:
    sys.exit(7)
"""


@pytest.fixture
def script(tmp_path: Path) -> str:
    path = tmp_path / "lesson.py"
    path.write_text(SCRIPT)
    return str(path)


class TestRun:
    def test_each_line_of_a_script_stands_over_its_steps(self, script: str) -> None:
        result = invoke("run", script)
        assert result.exit_code == 0
        printed, title, _, heading, first, *_ = result.stdout.splitlines()
        assert printed == "hello []"
        assert title.startswith("lesson.py ")
        assert heading == "line 5  layer = Dense(3, ..."
        assert first == "├─ Layer.__new__(Dense, 3, activation='relu')"

    def test_what_follows_the_script_is_the_scripts(self, script: str) -> None:
        result = invoke("run", "--level", "user", script, "--level", "author", "-o", "x")
        assert "hello ['--level', 'author', '-o', 'x']" in result.stdout
        assert "given units=3, activation='relu'" in result.stdout

    def test_the_scripts_own_exception_keeps_its_place(self, script: str) -> None:
        result = invoke("run", script, "--boom")
        assert result.exit_code == 1
        assert "line 8  Dense(-1)" in result.stdout
        assert "✗ failed" in result.stdout
        assert 'lesson.py", line 8' in result.stderr
        assert result.stderr.rstrip().endswith("Received: units=-1")
        assert "densetrace/" not in result.stderr

    def test_the_scripts_exit_code_is_ours(self, script: str) -> None:
        assert invoke("run", script, "--exit").exit_code == 7

    def test_so_many_steps_are_kept_and_the_others_counted(self, script: str) -> None:
        whole = invoke("run", script, "--format", "plain").stdout
        result = invoke("run", "--max-steps", "5", script)
        assert result.exit_code == 0
        assert "5 steps, all shown." in result.stdout
        assert "31 steps" in whole
        assert "Not all steps were recorded: 26 more steps ran." in result.stdout
        assert "Not all steps were recorded" not in whole

    def test_a_file_keeps_the_trace_apart_from_what_is_printed(
        self, script: str, tmp_path: Path
    ) -> None:
        file = tmp_path / "trace.json"
        assert invoke("run", "-o", str(file), script).stdout == "hello []\n"
        assert "line 5  layer = Dense(3, ..." in invoke("explain", str(file)).stdout

    def test_what_is_not_provided_is_named_with_its_line(self, tmp_path: Path) -> None:
        path = tmp_path / "data.py"
        path.write_text("import tensorflow as tf\n\ntf.data.TextLineDataset(3)\n")
        result = invoke("run", str(path))
        assert result.exit_code == 2
        assert "line 3 uses tf.data" in result.stderr

    @pytest.mark.parametrize("form", ["tree", "plain", "svg", "html", "markdown", "chrome"])
    @pytest.mark.parametrize(
        ("ending", "code", "marks"),
        [
            (
                "model.add(keras.layers.Conv3D(3, 3))",
                2,
                ("Stopped at line 4", "uses keras.layers.Conv3D", "--engine tf_keras"),
            ),
            ("1 / 0", 1, ("Stopped by ZeroDivisionError at line 4",)),
            ("raise KeyboardInterrupt", 130, ("Interrupted at line 4",)),
        ],
    )
    def test_what_was_traced_is_shown_and_ends_with_the_mark(
        self, tmp_path: Path, form: str, ending: str, code: int, marks: tuple[str, ...]
    ) -> None:
        path = tmp_path / "mine.py"
        path.write_text(
            f"import keras\nmodel = keras.Sequential([keras.layers.Dense(3)])\n\n{ending}\n"
        )
        shown = invoke("run", "--format", form, str(path))
        file = tmp_path / "shown.txt"
        written = invoke("run", "--format", form, "-o", str(file), str(path))
        assert shown.exit_code == written.exit_code == code
        for text in (shown.stdout, file.read_text()):
            words = html.unescape(re.sub("<text[^>]*>|</text>", " ", text))
            words = " ".join(words.replace('","', " ").split())
            for mark in marks:
                at = words.find(mark)
                assert at > words.find("dense"), mark
                assert at > 0, mark

    @pytest.mark.parametrize(
        ("ending", "code", "how"),
        [
            ("keras.layers.Conv3D()", 2, "refused"),
            ("1 / 0", 1, "raised"),
            ("raise KeyboardInterrupt", 130, "interrupted"),
        ],
    )
    def test_it_is_saved_and_can_be_asked(
        self, tmp_path: Path, ending: str, code: int, how: str
    ) -> None:
        path, file = tmp_path / "mine.py", tmp_path / "trace.json"
        path.write_text(f"import keras\nkeras.layers.Dense(3)\n{ending}\n")
        assert invoke("run", "-o", str(file), str(path)).exit_code == code
        saved = densetrace.load(file)
        assert saved.stop is not None
        assert saved.stop.how == how
        assert saved.stop.where is not None
        assert (saved.stop.where.line, saved.stop.where.text) == (3, ending)
        assert saved.find("init")
        for asked in (str(path), str(file)):
            why = invoke("why", asked, "units")
            assert (why.exit_code, "Why dense.units is 3" in why.stdout) == (code, True)
            step = invoke("step", "--format", "plain", asked, stdin="q")
            assert (step.exit_code, "step 1 of " in step.stdout) == (code, True)
            quiz = invoke("quiz", asked, "--count", "1", stdin="q\n")
            assert (quiz.exit_code, quiz.stdout != "") == (code if code != 1 else 0, True)
        # Cut short, a comparison is no answer; what raises here raises on Keras, too.
        assert invoke("diff", str(file), str(file)).exit_code == (code if code != 1 else 0)
        assert invoke("diff", "Dense(3)", str(path)).exit_code == (1 if code == 1 else code)

    def test_a_script_that_is_stopped_before_its_first_step_says_so(self, tmp_path: Path) -> None:
        path = tmp_path / "mine.py"
        path.write_text("import keras\nkeras.layers.Conv3D()\n")
        result = invoke("run", str(path))
        assert result.exit_code == 2
        assert "✗ Stopped at line 2 (nothing after it ran)" in result.stdout
        assert "No Keras code ran before that, so there are no steps to show." in result.stdout
        step = invoke("step", str(path))
        assert step.exit_code == 2
        assert "line 2 uses keras.layers.Conv3D" in step.stderr
        assert "There is no step to show" in step.stderr

    def test_an_expression_that_is_refused_half_way_shows_what_ran(self, tmp_path: Path) -> None:
        file, expression = tmp_path / "trace.json", "Sequential([Dense(4), Dense(200000000)])"
        result = invoke("explain", expression)
        assert result.exit_code == 2
        assert "dense.build" in result.stdout
        assert "✗ Stopped. Nothing after it ran." in result.stdout
        # Keras tries again what failed while a model was built: the reason stays the first one.
        assert "a float32 tensor of 800,000,000 elements" in result.stderr
        assert invoke("explain", expression, "-o", str(file)).exit_code == 2
        assert invoke("explain", str(file)).exit_code == 2
        assert invoke("explain", "Dens(3)").stdout == ""

    @pytest.mark.parametrize(
        ("text", "noted"),
        [
            ("", True),
            ("import sys", True),
            ("import argparse\nargparse.ArgumentParser()", True),
            ("import sys\nlen(sys.argv)", False),
            ("import sys\nsys.argv[1:]", False),
            ("from sys import argv\nprint(*argv)", False),
            ("import sys\nprint(type(sys.argv) is list)", False),
            ("import argparse\nargparse.ArgumentParser().parse_known_args()", False),
            ("import getopt, helper\nhelper.read()", False),
            ("1 / 0", True),
        ],
    )
    def test_options_that_went_to_a_script_which_did_not_read_them_are_noted(
        self, tmp_path: Path, text: str, noted: bool
    ) -> None:
        (tmp_path / "helper.py").write_text("import sys\ndef read(): return list(sys.argv)\n")
        path = tmp_path / "mine.py"
        path.write_text(text)
        result = invoke(
            "run", str(path), "five", "-o", "my x.html", "--level=user", "--epochs", "3"
        )
        note = (
            "Note: -o my x.html --level=user was passed to the script, which did not read it.\n"
            "Options of densetrace go before SCRIPT: "
            f"densetrace run -o 'my x.html' --level=user {path}\n"
        )
        assert (note in result.stderr) == noted
        assert ("Note:" in result.stderr) == noted
        assert "False" not in result.stdout
        assert "Note:" not in invoke("run", str(path), "five", "--epochs", "3").stderr
        assert "Note:" not in invoke("run", str(path)).stderr

    def test_a_script_without_layers_has_nothing_to_show(self, tmp_path: Path) -> None:
        path = tmp_path / "empty.py"
        path.write_text("")
        assert "No Keras code ran" in invoke("run", str(path)).stdout

    @pytest.mark.parametrize(
        ("line", "hint"),
        [
            ("!pip install keras", "a notebook command, not Python. Remove it."),
            ("%matplotlib inline", "a notebook command, not Python. Remove it."),
            ("%%time", "a notebook command, not Python. Remove it."),
            ("?Dense", "a notebook command, not Python. Remove it."),
            ("files = !ls", "a notebook command, not Python. Remove it."),
            (">>> import keras", "Remove all prompts"),
            ("... layer = 3", "Remove all prompts"),
            ("In [1]: import keras", "Remove all prompts"),
            ("x = 5 % % 3", ""),
            ("x = = 3", ""),
            ("print 'hello'", ""),
        ],
    )
    def test_a_line_of_a_notebook_or_a_prompt_is_called_one(
        self, tmp_path: Path, line: str, hint: str
    ) -> None:
        path = tmp_path / "mine.py"
        path.write_text(f"import keras\n{line}\n")
        result = invoke("run", str(path))
        assert (result.exit_code, result.stdout) == (2, "")
        assert "is not Python (line 2): " in result.stderr
        assert hint in result.stderr
        assert ("Remove" in result.stderr) == (hint != "")

    @pytest.mark.parametrize("form", ["json", "html", "svg", "markdown", "chrome"])
    def test_what_a_script_prints_stays_out_of_a_format_for_programs(
        self, tmp_path: Path, form: str
    ) -> None:
        path = tmp_path / "mine.py"
        path.write_text(
            "import sys, keras\nprint('from print')\nsys.__stdout__.write('from the original\\n')\n"
            "keras.layers.Dense(3)\n"
        )
        printed = {"from print", "from the original"}
        alone = run("run", "--format", form, str(path))
        named = run("run", "--format", form, "-o", "/dev/stdout", str(path))
        file = tmp_path / "shown"
        saved = run("run", "--format", form, "-o", str(file), str(path))
        drawn = run("run", str(path))
        for ended in (alone, named):
            assert ended.returncode == 0
            assert printed <= set(ended.stderr.decode().splitlines())
            assert not printed & set(ended.stdout.decode().splitlines())
        assert set(saved.stdout.decode().splitlines()) == printed
        assert printed < set(drawn.stdout.decode().splitlines())
        if form in ("json", "chrome"):
            assert json.loads(alone.stdout)

    @pytest.mark.parametrize("name", ["nowhere.py", "."])
    def test_what_is_no_script_is_refused(self, name: str) -> None:
        result = invoke("run", name)
        assert (result.exit_code, result.stdout) == (2, "")


class TestNames:
    def test_names_stand_beside_the_object_they_give(self) -> None:
        shown = invoke("names", "initializers").stdout.splitlines()
        assert shown[0].startswith("initializers.get")
        row = next(line.split() for line in shown if line.startswith("  HeNormal"))
        assert row == ["HeNormal", "HeNormalV2,", "he_normal,", "he_normalV2"]

    @pytest.mark.parametrize("columns", ["40", "60", "80", "200"])
    def test_all_registries_fit_any_width(self, columns: str) -> None:
        shown = invoke("names", COLUMNS=columns).stdout
        headings = [
            line.split()[0].removesuffix(".get") for line in shown.splitlines() if line[:1] > " "
        ]
        assert headings == [
            *("layers", "activations", "initializers", "regularizers", "constraints"),
            *("optimizers", "losses", "metrics"),
        ]
        assert all(len(line) <= int(columns) for line in shown.splitlines() if line[:1] == " ")


@pytest.mark.parametrize("given", ["trace.json", "Dense(4)"])
def test_what_explain_takes_is_no_script(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("trace.json").write_text("{}")
    ended = invoke("run", given)
    assert ended.exit_code == 2
    assert "Type: densetrace explain" in ended.stderr
    assert given in ended.stderr


def test_an_output_called_dash_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ended = invoke("explain", "Dense(4)", "-o", "-")
    assert ended.exit_code == 2
    assert "/dev/stdout" in ended.stderr
    assert not list(tmp_path.iterdir())


def test_a_refusal_that_a_script_catches_is_noted(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from keras.layers import Conv3D, Dense\n"
        "try:\n    Conv3D(2, 3)\nexcept:\n    pass\nDense(2)\n"
    )
    ended = invoke("run", str(script))
    assert ended.exit_code == 0
    assert "Note: line 3 used keras.layers.Conv3D" in ended.stderr


def test_an_exit_at_once_that_a_script_catches_ends_it_all_the_same(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import os\ntry:\n    os._exit(3)\nexcept:\n    pass\n")
    assert invoke("run", str(script)).exit_code == 3


@pytest.mark.parametrize(
    "body",
    [
        "try:\n    keras.layers.ConvLSTM2D(2, 2)\nexcept ValueError as error:\n    print(error)\n",
        "try:\n    keras.layers.ConvLSTM2D(2, 2)\nfinally:\n    print(1)\n    print(2)\n",
        "try:\n    1 / 0\nfinally:\n    print(1)\n    print(2)\n",
    ],
)
def test_the_line_named_is_the_one_that_failed(body: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(f"import keras\n{body}")
    ended = invoke("run", str(script))
    assert "Stopped" in ended.stdout
    assert " at line 3 (nothing after it ran)" in ended.stdout


def test_a_value_glued_to_its_option_is_seen(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("from keras.layers import Dense\nDense(2)\n")
    assert "densetrace run -ox.html" in invoke("run", str(script), "-ox.html").stderr


def test_a_script_beside_a_folder_that_was_deleted(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("from keras.layers import Dense\nDense(2)\n")
    (tmp_path / "gone").mkdir()
    program = f"cd gone && rmdir ../gone && {shlex.join(command(['run', '../script.py']))}"
    ended = subprocess.run(
        ["sh", "-c", program], cwd=tmp_path, env=environment({}), capture_output=True, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith(b"Error: The working folder was deleted")
