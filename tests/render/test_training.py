"""A training ends in a table of its epochs, a curve, and how often Python ran."""

import re
from pathlib import Path

import pytest

from densetrace import api
from densetrace.kinds.kind import Level
from densetrace.kinds.optimizing import flow
from densetrace.kinds.spans import plain_text
from densetrace.render.backward import WHEN
from densetrace.render.cells import cell_len
from densetrace.render.outline import Outline, View
from densetrace.render.training import LEVELS, curve
from densetrace.render.tree import render_text
from tests.cli.running import invoke

SCRIPT = """\
import numpy as np
from tensorflow import keras

keras.utils.set_random_seed(1)
x = np.linspace(-1, 1, 32, dtype="float32").reshape(16, 2)
model = keras.Sequential([keras.layers.Dense(1, input_shape=(2,))])
model.compile("sgd", "mse", metrics=["mae"])
model.fit(x, x[:, :1], epochs={epochs}, batch_size=8, verbose=0, validation_split=0.5)
"""


def shown(folder: Path, epochs: int, level: str = "author") -> str:
    script = folder / "script.py"
    script.write_text(SCRIPT.format(epochs=epochs), "utf-8")
    result = invoke("run", "--level", level, str(script))
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("level", ["user", "author", "framework"])
def test_each_epoch_has_a_row(tmp_path: Path, level: str) -> None:
    text = shown(tmp_path, 3, level)
    assert "Training of sequential: 3 epochs." in text
    assert re.search(r"^  epoch  loss +mae +val_loss +val_mae$", text, re.M)
    rows = re.findall(r"^  ([123]) +\d\S* +\d\S* +\d\S* +\d\S*$", text, re.M)
    assert rows == ["1", "2", "3"]
    assert re.search(rf"^  loss      [{LEVELS}]{{3}}  \S+ to \S+$", text, re.M)
    assert re.search(rf"^  val_loss  [{LEVELS}]{{3}}  \S+ to \S+$", text, re.M)


def test_of_many_epochs_the_first_and_the_last_are_shown(tmp_path: Path) -> None:
    text = shown(tmp_path, 50, "user")
    rows = re.findall(r"^  (\d+|\.\.\.)(?: |$)", text, re.M)
    assert rows == ["1", "2", "3", "4", "5", "6", "...", *map(str, range(45, 51))]


def test_it_says_how_often_python_ran(tmp_path: Path) -> None:
    text = " ".join(shown(tmp_path, 3).split())
    assert "6 batches ran, 4 of them as replays of a graph." in text
    assert "Python ran the call method of each layer: dense 4 times, sequential 3 times." in text


def test_a_curve_is_as_wide_as_there_are_values_and_never_wider() -> None:
    assert curve([1.0, 0.5, 0.0], 40) == f"{LEVELS[-1]}{LEVELS[4]}{LEVELS[0]}"
    assert curve([2.0, 2.0]) == LEVELS[0] * 2
    assert len(curve([float(n) for n in range(1000)], 40)) == 40


def test_one_step_shows_each_variable_before_and_after() -> None:
    text = api.explain("Dense(1)", fit=True, seed=1).tree()
    assert "One step of training changed:" in text
    assert re.search(r"^  dense/bias  \[\S+\]  \(was \[0\]\)$", text, re.M)
    assert "(assumed: random targets f32[4,1], loss mse, optimizer sgd, eager mode)" in text


def test_options_of_training_are_checked() -> None:
    for arguments, said in (
        (("explain", "Dense(1)", "--fit", "--until", "build"), "Leave out one of"),
        (("explain", "Dense(1)", "--batches", "some"), "a number from 0, or all"),
        (("explain", "Conv3D(3, 2)", "--fit"), ""),
    ):
        result = invoke(*arguments)
        assert result.exit_code == 2
        assert said in result.stderr
    assert invoke("explain", "Dense(1)", "--fit", "--batches", "all").exit_code == 0


def test_every_form_shows_a_training() -> None:
    for form in ("tree", "plain", "json", "html", "svg", "markdown", "chrome"):
        result = invoke("explain", "Dense(1)", "--fit", "--format", form)
        assert result.exit_code == 0
        assert "update" in result.stdout


def test_many_epochs_and_batches_are_folded(tmp_path: Path) -> None:
    text = shown(tmp_path, 40)
    assert re.search(r"^   ├─ epoch 1 of 40 → ", text, re.M)
    assert re.search(r"^   ├─ epochs 5 to 39 of 40 → loss=", text, re.M)
    assert "(folded: 35 lines)" in text
    assert re.search(r"^   └─ epoch 40 of 40 → ", text, re.M)
    assert "epoch 20 of 40" not in text
    assert "epoch 20 of 40" in shown(tmp_path, 40, "framework")
    assert "folded" not in shown(tmp_path, 12)


@pytest.mark.parametrize(
    ("expression", "layer"),
    [
        ("Dense(2)", "dense"),
        ("Bidirectional(LSTM(2))", "bidirectional"),
        ("Sequential([Dense(2)])", ""),
    ],
)
def test_a_model_that_nobody_typed_is_explained(expression: str, layer: str) -> None:
    shown = " ".join(render_text(api.explain(expression, fit=True, seed=1)).split())
    said = f"compile sequential (densetrace puts {layer} into a Sequential model to train it)"
    assert (said in shown) is bool(layer)
    assert shown.count("densetrace puts") == bool(layer)


WRONG = "model.fit(np.ones((8, 5, 2)), np.ones((8, 1)), verbose=0)\n"


@pytest.mark.parametrize("before", ["", "model.fit(x, x[:, :1], verbose=0)\n"])
def test_a_graph_that_was_never_recorded_is_not_replayed(tmp_path: Path, before: str) -> None:
    """The first batch fails, or a later one of another rank, for which Python runs again."""
    script = tmp_path / "script.py"
    start = SCRIPT.partition("model.fit")[0]
    script.write_text(f"{start}{before}{WRONG}", "utf-8")
    result = invoke("run", "--format", "plain", str(script))
    assert result.exit_code == 1
    assert result.stdout.count("train_function() (failed while being recorded as a graph)") == 1
    assert result.stdout.count("(recorded as a graph, twice)") == bool(before)
    assert "(replayed)" not in result.stdout


CALLBACK = """\
class Log(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        pass

model.fit(x, x[:, :1], epochs=2, verbose=0, callbacks=[Log()])
"""


def test_a_callback_that_changes_nothing_says_that_later_calls_have_no_line(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(epochs=1) + CALLBACK, "utf-8")
    text = " ".join(invoke("run", str(script)).stdout.replace("│", " ").split())
    assert text.count("Log#1.on_epoch_end(") == 1
    note = "In epochs and batches that are not recorded in full, such calls have no line."
    assert text.count(note) == 1


@pytest.mark.parametrize(
    "expression", ["Dense(2, activation='relu')", "Sequential([Dense(3), Dense(2)])"]
)
@pytest.mark.parametrize("level", ["author", "framework"])
def test_the_backward_pass_is_under_the_operations_that_it_answers(
    expression: str, level: Level
) -> None:
    made = api.explain(expression, fit=True, seed=1)
    steps = {step.id: step for step in made.walk()}
    found = [step for step in steps.values() if step.kind == "backward"]
    expected = [step for step in found if step.facts.get("inside") in ("call", None)]
    outline = Outline(made, View(level))
    under = [
        (row.parent.steps[0], row.line)
        for phase in outline.phases()
        for row in outline.rows(phase)
        if row.parent and plain_text(row.line.spans).startswith(WHEN)
    ]
    assert len(under) == len(expected if level == "author" else found) > 0
    for forward, line in under:
        answers = [step for step in found if steps[step.facts["answers"]] in forward.walk()]  # type: ignore[index] # an int
        shapes = [plain_text(flow(step)) for step in answers]
        assert plain_text(line.spans).removeprefix(WHEN) in shapes


AGAIN = """
model.compile(keras.optimizers.SGD(0.125), "mae")
model.fit(x, x[:, :1], verbose=0)
model.fit(x, x[:, :1], verbose=0)
"""


def test_a_model_that_is_compiled_again_has_its_runs_in_order(tmp_path: Path) -> None:
    script = tmp_path / "again.py"
    script.write_text(SCRIPT.format(epochs=2) + AGAIN, "utf-8")
    shown = invoke("run", "--level", "user", str(script)).stdout
    text = " ".join(re.sub("[│├└─]", "", shown).split())
    first, _, second = text.partition("sequential.compile(optimizer=SGD#2")
    assert "sequential.compile(optimizer='sgd', loss='mse', metrics=['mae']) " in first
    assert "epochs=2" in first
    assert "sequential.fit" in first
    assert second.startswith(
        ", loss='mae') (learning_rate=0.125) (compiled again: the weights stay) sequential.fit("
    )
    assert "(2 times, the last shown)" in second
    assert "(2 times, the last shown)" not in first
    # The losses are others, so they share no table.
    assert "Training of sequential: 2 epochs." in text
    assert "Training of sequential, compiled again: 2 epochs in 2 calls of fit." in text


NARROW = """
import numpy as np
from tensorflow import keras
model = keras.Sequential([keras.layers.Dense(2), keras.layers.Dense(1)])
model.compile("sgd", "mse", metrics=["mae"])
model.fit(np.ones((4, 3)), np.ones((4, 1)), epochs=2, verbose=0, validation_split=0.5)
"""


@pytest.mark.parametrize("columns", ["20", "30", "40"])
def test_columns_do_not_run_into_each_other_in_a_narrow_terminal(
    tmp_path: Path, columns: str
) -> None:
    script = tmp_path / "narrow.py"
    script.write_text(NARROW, "utf-8")
    shown = invoke("run", "--depth", "1", str(script), COLUMNS=columns).stdout
    assert all(cell_len(line) <= int(columns) for line in shown.splitlines())
    words = " ".join(shown.split())
    assert "dense (Dense) (None, 2) 8 dense_1 (Dense) (None, 1) 3" in words
    assert "epoch loss mae val_loss val_mae 1 " in words
