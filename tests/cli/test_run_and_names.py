"""`densetrace run` and `densetrace names`."""

from pathlib import Path

import pytest

from tests.cli.running import invoke

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
        assert "Not all was kept: 26 more steps ran." in result.stdout
        assert "Not all was kept" not in whole

    def test_a_file_keeps_the_trace_apart_from_what_is_printed(
        self, script: str, tmp_path: Path
    ) -> None:
        file = tmp_path / "trace.json"
        assert invoke("run", "-o", str(file), script).stdout == "hello []\n"
        assert "line 5  layer = Dense(3, ..." in invoke("explain", str(file)).stdout

    def test_what_is_not_provided_is_named_with_its_line(self, tmp_path: Path) -> None:
        path = tmp_path / "data.py"
        path.write_text("import tensorflow as tf\n\ntf.data.Dataset.range(3)\n")
        result = invoke("run", str(path))
        assert result.exit_code == 2
        assert "line 3 uses tf.data" in result.stderr

    def test_a_script_without_layers_has_nothing_to_show(self, tmp_path: Path) -> None:
        path = tmp_path / "empty.py"
        path.write_text("")
        assert "Nothing of Keras ran" in invoke("run", str(path)).stdout

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
        headings = [line.partition(".get")[0] for line in shown.splitlines() if line[:1] > " "]
        assert headings == [
            *("activations", "initializers", "regularizers", "constraints"),
            *("optimizers", "losses", "metrics"),
        ]
        assert all(len(line) <= int(columns) for line in shown.splitlines() if line[:1] == " ")
