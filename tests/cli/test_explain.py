"""`densetrace explain`: what is asked, what comes out where, and with which exit code."""

import re
from pathlib import Path

import pytest

from densetrace import __version__, api
from densetrace.cli.app import COMMANDS
from densetrace.data.trace import Trace
from densetrace.render.tree import render_text
from tests.cli.running import invoke

DENSE = "Dense(64, activation='relu')"


class TestResults:
    def test_a_tree_goes_to_standard_output_and_nothing_to_standard_error(self) -> None:
        result = invoke("explain", DENSE)
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout == render_text(api.explain(DENSE, seed=0))

    def test_a_layer_that_raises_is_shown_up_to_there(self) -> None:
        result = invoke("explain", "Dense(4, activation='rleu')")
        assert result.exit_code == 1
        assert "✗ failed" in result.stdout
        assert result.stderr == (
            "The layer raised ValueError: "
            "Unknown activation function 'rleu' cannot be deserialized.\n"
        )

    @pytest.mark.parametrize(
        ("arguments", "hint"),
        [
            (["explain", "Dence(3)"], "Did you mean Dense?"),
            (["explain", "Dense(3)", "--only", "gett"], "Did you mean get?"),
            (["explain", "Dense(3)", "--levl", "user"], "Did you mean --level?"),
            (["explain", "Dense(3)", "--level", "autor"], "'user', 'author', 'framework'"),
            (["explain", "Dense(3)", "--input-shape", "x"], "--input-shape 3"),
            (["explain", "Dense(3)", "--input-shape", "0"], "positive"),
            (["explain", "Dense(3)", "--input", "1, 2"], '--input "[[1, 2, 3], [4, 5, 6]]"'),
            (["explain", "Dense(3)", "--input", "[[1], [1, 2]]"], "rectangular"),
            (["explain", "Dense(3)", "--input", "['a']"], "[[1, 2, 3]"),
            (["explain", "Dense(3)", "--input", "[" * 5000], "[[1, 2, 3]"),
            (["explain", "Dense(3)", "--input", "[1]", "--input-shape", "1"], "or --input-shape"),
            (["explain", "Dense(3)", "--engine", "tf-keras"], "Did you mean tf_keras"),
            (["explain", "Dense(3)", "--depth", "0"], "--depth"),
            (["explain", "lesson.py"], "densetrace run lesson.py"),
            (["explain", "nowhere.json"], "File not found: nowhere.json"),
            (["explain"], "Missing argument 'EXPR'"),
            (["explian", "Dense(3)"], "Did you mean 'explain'?"),
            (["explain", "Dense(3)", "Dense(4)"], "unexpected extra argument"),
            (["names", "initializer"], "Did you mean initializers?"),
        ],
    )
    def test_a_wrong_request_says_what_to_type(self, arguments: list[str], hint: str) -> None:
        result = invoke(*arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert hint in result.stderr
        assert "Traceback" not in result.stderr
        assert result.stderr.startswith("Error: ")

    def test_what_was_typed_is_never_obeyed_in_a_message(self) -> None:
        for arguments in (["explain", "--\x1b[2J"], ["\x1b[2J"], ["explain", "D\x1b[2J"]):
            result = invoke(*arguments)
            assert result.exit_code == 2
            assert "\x1b" not in result.output

    def test_a_fault_of_ours_shows_its_traceback(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*arguments: object, **keywords: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(api, "explain", broken)
        with pytest.raises(ZeroDivisionError):
            invoke("explain", DENSE)


class TestOptions:
    @pytest.mark.parametrize(
        "shape", ["28,28,1", "None,28,28,1", "(None, 28, 28, 1)", "[28,28,1,]"]
    )
    def test_an_input_shape_may_have_its_batch_or_not(self, shape: str) -> None:
        shown = invoke("explain", "Dense(3)", "--input-shape", shape).stdout
        assert "x = f32[2,28,28,1]" in shown
        assert "(input shape (None, 28, 28, 1), 2 examples)" in shown

    @pytest.mark.parametrize("numbers", ["[[1, 2], [3, 4]]", "((1, 2.5), (3, 4),)", "[[1e3,-2]]"])
    def test_numbers_may_be_given(self, numbers: str) -> None:
        result = invoke("explain", "Dense(3)", "--input", numbers)
        assert result.exit_code == 0
        assert ",2]) → f32[" in result.stdout

    def test_a_run_stops_where_it_is_told_to(self) -> None:
        def points(stage: str) -> str:
            return invoke("explain", "Dense(3)", "--until", stage).stdout

        assert "allow_initializer_layout" not in points("new")
        assert "dense.build" not in points("init")
        assert "dense.call" not in points("build")
        assert "dense.call" in points("call")

    def test_a_seed_makes_weights_repeat_themselves(self) -> None:
        def kernel(seed: str) -> object:
            document = invoke("explain", "Dense(3)", "--seed", seed, "--format", "json").stdout
            return Trace.loads(document).find("add_weight")[0].result

        assert kernel("1") == kernel("1") != kernel("2")

    def test_views_are_passed_on(self) -> None:
        shown = invoke("explain", DENSE, "--level", "framework", "--only", "op,activation").stdout
        assert [line[3:9] for line in shown.splitlines() if line.startswith(("├", "└"))] == [
            "statel",
            "fill(d",
            "matmul",
            "bias_a",
            "relu(f",
        ]
        assert "(3 steps)" in invoke("explain", DENSE, "--depth", "2").stdout

    def test_plain_lines_may_be_asked_for_and_are_the_accessible_form(self) -> None:
        asked = invoke("explain", DENSE, "--format", "plain").stdout
        assert asked == invoke("explain", DENSE, ACCESSIBLE="1").stdout
        assert "Step 1 of" in asked
        assert asked.isascii()


class TestSavedTraces:
    def test_a_saved_trace_looks_as_when_it_was_recorded(self, tmp_path: Path) -> None:
        file = str(tmp_path / "trace.json")
        saved = invoke("explain", DENSE, "-o", file)
        assert (saved.exit_code, saved.stdout, saved.stderr) == (0, "", f"Wrote {file}.\n")
        for level in ("user", "author", "framework"):
            again = invoke("explain", file, "--level", level).stdout
            assert again == invoke("explain", DENSE, "--level", level).stdout

    def test_a_failure_is_saved_and_shown_with_its_exit_code(self, tmp_path: Path) -> None:
        file = str(tmp_path / "trace.json")
        assert invoke("explain", "Dense(-1)", "-o", file).exit_code == 1
        result = invoke("explain", file)
        assert result.exit_code == 1
        assert "The layer raised ValueError" in result.stderr

    def test_standard_input_may_hold_an_expression_or_a_trace(self) -> None:
        piped = invoke("explain", "-", stdin=DENSE + "\n")
        assert piped.stdout == invoke("explain", DENSE).stdout
        document = invoke("explain", DENSE, "--format", "json").stdout
        assert invoke("explain", "-", stdin=document).stdout == piped.stdout

    @pytest.mark.parametrize(
        ("stdin", "problem"),
        [
            (b"Dense(\xff)", "is UTF-8 text. Received: standard input, byte 7"),
            (b"", "expression"),
            (b"x" * 2_000_000, "at most 100,000 characters"),
            (b'{"format": "densetrace", "version": 1', "not a whole JSON document"),
            (b'{"format": "densetrace", "version": 99}', "up to 3"),
            (b"{}", "not a densetrace trace"),
        ],
    )
    def test_what_is_neither_is_refused(self, stdin: bytes, problem: str) -> None:
        result = invoke("explain", "-", stdin=stdin)
        assert (result.exit_code, result.stdout) == (2, "")
        assert problem in result.stderr

    def test_a_saved_trace_cannot_be_run_otherwise(self, tmp_path: Path) -> None:
        file = str(tmp_path / "trace.json")
        invoke("explain", DENSE, "-o", file)
        result = invoke("explain", file, "--seed", "3")
        assert result.exit_code == 2
        assert "--seed cannot change it" in result.stderr


class TestFiles:
    @pytest.mark.parametrize(
        ("name", "arguments", "start"),
        [
            ("t.json", [], '{"format": "densetrace"'),
            ("t.txt", [], DENSE),
            ("t.txt", ["--format", "json"], '{"format": "densetrace"'),
            ("t.json", ["--format", "plain"], f"Trace of {DENSE}"),
        ],
    )
    def test_the_name_tells_the_format_unless_one_is_asked_for(
        self, tmp_path: Path, name: str, arguments: list[str], start: str
    ) -> None:
        invoke("explain", DENSE, "-o", str(tmp_path / name), *arguments, FORCE_COLOR="1")
        written = (tmp_path / name).read_text(encoding="utf-8")
        assert written.startswith(start)
        assert "\x1b" not in written

    def test_a_file_that_cannot_be_written_is_a_wrong_request(self, tmp_path: Path) -> None:
        result = invoke("explain", DENSE, "-o", str(tmp_path / "no" / "where.json"))
        assert result.exit_code == 2
        assert "there is no folder " in result.stderr


class TestHelp:
    def test_the_bare_command_shows_help(self) -> None:
        result = invoke()
        assert result.exit_code == 0
        assert result.stdout == invoke("--help").stdout
        for name in ("explain", "run", "names"):
            assert f"  {name} " in result.stdout

    def test_help_has_examples_that_work_and_states_the_bounds(self) -> None:
        shown = " ".join(invoke("explain", "--help").stdout.split())
        assert "100,000 characters" in shown
        assert "densetrace explain \"Dense(64, activation='relu')\"" in shown
        assert "Exit codes: 0 done 1 the layer raised an error" in shown
        assert "NO_COLOR=1 no colour FORCE_COLOR=1 colour" in shown

    def test_every_command_says_its_exit_codes_in_the_same_form(self) -> None:
        for name in COMMANDS:
            lines = invoke(name, "--help").stdout.splitlines()
            at = lines.index("  Exit codes:")
            codes = [line.split()[0] for line in lines[at + 1 :] if re.match(r" {4}\S", line)]
            assert codes[0] == "0", name
            assert {"2", "130"} <= set(codes), name
            assert all(len(line) <= 80 for line in lines[at:]), name

    def test_the_exit_code_of_a_script_is_its_own(self, tmp_path: Path) -> None:
        script = tmp_path / "ends.py"
        script.write_text(
            "from tensorflow.keras.layers import Dense\nDense(1)\nraise SystemExit(3)\n"
        )
        for command in (["run"], ["why", "units"], ["step"]):
            asked = [command[0], str(script), *command[1:]]
            assert invoke(*asked).exit_code == 3, asked

    def test_the_version_is_told(self) -> None:
        assert invoke("--version").stdout == f"densetrace {__version__} (follows Keras 2.14)\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_the_usage_line_has_no_braces(command: str) -> None:
    usage = invoke(command, "--help").stdout.partition("\n")[0]
    assert usage.startswith(f"Usage: densetrace {command} [OPTIONS]")
    assert "{" not in usage
