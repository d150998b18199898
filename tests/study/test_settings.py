"""`why` answers about the settings of a training: where each was given or left out, and where it
acts."""

from pathlib import Path
from typing import Any, Final

import pytest

import densetrace
from densetrace.data.trace import Trace
from densetrace.render.why import form, plain, render_text
from densetrace.study.settings import how_given
from densetrace.study.why import Why, why
from densetrace.system.errors import RequestError
from tests.study.lessons import expression, script

TRAINING = """\
import numpy as np
from tensorflow import keras
keras.utils.set_random_seed(1)
model = keras.Sequential([keras.layers.Dense(3, activation="relu"), keras.layers.Dense(1)])
given = keras.optimizers.SGD(0.5)
model.compile(optimizer=OPTIMIZER, loss="mse", metrics=["mae"])
model.fit(np.ones((8, 2)), np.ones((8, 1)), verbose=0, FIT)
"""


def training(optimizer: str = "'adam'", fit: str = "") -> Trace:
    return script(TRAINING.replace("OPTIMIZER", optimizer).replace("FIT", fit))


def beginning(trace: Trace, target: str) -> str:
    shown = render_text(trace, why(trace, target), 200).split("\n\n")[0]
    return " ".join(shown.split())


@pytest.mark.parametrize(
    ("optimizer", "target", "expected"),
    [
        (
            "keras.optimizers.SGD(0.1)",
            "learning_rate",
            "Why sequential.optimizer.learning_rate is 0.1 It begins with your learning_rate=0.1 "
            "in line 6 of ",
        ),
        (
            "keras.optimizers.SGD(0.1, momentum=0.9)",
            "momentum",
            "Why sequential.optimizer.momentum is 0.9 It begins with your momentum=0.9 in line 6",
        ),
        (
            "keras.optimizers.SGD(0.1)",
            "momentum",
            "Why sequential.optimizer.momentum is 0.0 It begins with the default of momentum of "
            "SGD, which line 6",
        ),
        (
            "given",
            "optimizer.learning_rate",
            "Why sequential.optimizer.learning_rate is 0.5 It begins with SGD#1, which line 6 of ",
        ),
        (
            "'adam'",
            "beta_1",
            "Why sequential.optimizer.beta_1 is 0.9 It begins with 'adam' in line 6 of ",
        ),
    ],
)
def test_a_setting_of_the_optimizer(optimizer: str, target: str, expected: str) -> None:
    assert beginning(training(optimizer), target).startswith(expected)


def test_a_default_of_an_optimizer_that_is_only_named_is_said_to_be_one() -> None:
    shown = beginning(training("'adam'"), "learning_rate")
    assert shown.endswith("which leaves learning_rate at its default:")


def test_a_setting_of_the_optimizer_acts_in_each_update() -> None:
    trace = training("keras.optimizers.SGD(0.1)")
    answer = why(trace, "learning_rate")
    assert list(answer.acts_in) == trace.find("update")
    assert "Acts in" in render_text(trace, answer)
    assert any(line.startswith("Acts in") for line in plain(trace, answer))
    assert _form(answer)["acts_in"] == [step.id for step in answer.acts_in]
    assert {step.kind for step in why(trace, "optimizer.clipnorm").acts_in} <= {"clip"}
    assert why(trace, "optimizer.jit_compile").acts_in == ()


@pytest.mark.parametrize(
    ("target", "fit", "expected"),
    [
        (
            "batch_size",
            "batch_size=4",
            "Why fit.batch_size is 4 It begins with your batch_size=4",
        ),
        ("epochs", "epochs=2", "Why fit.epochs is 2 It begins with your epochs=2 in line 7"),
        ("fit.epochs", "epochs=2", "Why fit.epochs is 2 It begins with your epochs=2 in line 7"),
        (
            "batch_size",
            "",
            "Why fit.batch_size is 32 It begins with the default of batch_size",
        ),
        ("epochs", "", "Why fit.epochs is 1 It begins with the default of epochs, which you left"),
        ("compile.loss", "", "Why compile.loss is 'mse' It begins with 'mse' in line 6 of"),
        ("metrics", "", "Why sequential.metrics is ('mae',) It begins with ['mae'] in line 6 of"),
        ("optimizer", "", "Why sequential.optimizer is Adam#1 It begins with 'adam' in line 6 of"),
        ("units", "", "Why dense.units is 3 It begins with your units=3"),
    ],
)
def test_an_argument_of_compile_or_fit(target: str, fit: str, expected: str) -> None:
    assert beginning(training(fit=fit), target).startswith(expected)


def test_arguments_of_fit_act_in_its_epochs_and_batches() -> None:
    trace = training(fit="epochs=2, batch_size=4")
    assert list(why(trace, "epochs").acts_in) == trace.find("epoch")
    acts = why(trace, "batch_size").acts_in
    assert list(acts) == [*trace.find("data_handler"), *trace.find("batch")]


def test_a_dataset_has_no_batch_size_of_fit() -> None:
    source = TRAINING.replace("OPTIMIZER", "'sgd'").replace(
        "np.ones((8, 2)), np.ones((8, 1)), verbose=0, FIT",
        "tf.data.Dataset.from_tensors((np.ones((8, 2)), np.ones((8, 1)))), verbose=0",
    )
    with pytest.raises(RequestError, match="Nothing called 'batch_size'"):
        why(script("import tensorflow as tf\n" + source), "batch_size")


def test_the_loss_is_a_number_and_the_argument_is_named_too() -> None:
    answer = why(training(), "loss")
    assert isinstance(answer.value, float)
    assert answer.target.others == ("compile.loss",)


def test_a_callback_that_changes_a_setting_is_named() -> None:
    halves = "callbacks=[keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)]"
    trace = training("keras.optimizers.SGD(0.5)", f"epochs=2, {halves}")
    shown = " ".join(render_text(trace, why(trace, "learning_rate")).split())
    assert "Callbacks change it: LearningRateScheduler#1 to 0.25 (step " in shown
    assert "LearningRateScheduler#1 to 0.125 (step " in shown
    assert "learning_rate had this value when compile ran." in shown
    assert "Callbacks" not in render_text(trace, why(trace, "momentum"))


COMPILED: Final = 'model.compile(optimizer=\'sgd\', loss="mse", metrics=["mae"])\n'
RATE: Final = "model.optimizer.learning_rate"


@pytest.mark.parametrize("eager", [False, True], ids=["graph", "eager"])
@pytest.mark.parametrize(
    ("line", "target", "value", "shows"),
    [
        (f"{RATE} = 0.5", "learning_rate", "0.5", True),
        (f"{RATE}.assign(0.5)", "learning_rate", "0.5", True),
        (f"keras.backend.set_value({RATE}, 0.5)", "learning_rate", "0.5", True),
        ("model.optimizer.momentum = 0.25", "momentum", "0.25", False),
    ],
)
def test_a_setting_that_a_line_set_after_compile(
    line: str, target: str, value: str, shows: bool, eager: bool
) -> None:
    compiled = COMPILED.replace(")\n", ", run_eagerly=True)\n") if eager else COMPILED
    source = TRAINING.replace("OPTIMIZER", "'sgd'").replace("FIT", "")
    trace = script(source.replace(COMPILED, f"{compiled}{line}\n"))
    answer = why(trace, target)
    shown = " ".join(render_text(trace, answer, 200).split())
    assert f"was {answer.value.elements[0] if shows else 0.0} when compile ran" in shown  # type: ignore[union-attr] # a rate is a tensor
    assert "Acts in" not in shown
    assert answer.acts_in == ()
    assert f"used {value}" in shown
    assert ("(line 7 of lesson.py) had set." in shown) is shows
    assert ("No step shows what set it." in shown) is not shows
    assert "If a line of yours" not in shown
    form_of = _form(answer)["used"]
    assert form_of["other"] == trace.find("update")[0].id
    assert form_of["fitting"] == []


def test_updates_before_a_setting_was_set_used_the_old_value() -> None:
    again = f"{RATE} = 0.5\nmodel.fit(np.ones((8, 2)), np.ones((8, 1)), verbose=0)\n"
    trace = script(TRAINING.replace("OPTIMIZER", "'sgd'").replace("FIT", "") + again)
    answer = why(trace, "learning_rate")
    first, second = trace.find("fit")
    assert answer.acts_in
    assert {step.id < second.id for step in answer.acts_in} == {True}
    assert first.id < answer.acts_in[0].id
    shown = " ".join(render_text(trace, answer, 200).split())
    assert "was 0.01 when compile ran" in shown
    assert "(line 8 of lesson.py)" in shown


def test_a_setting_that_no_update_shows_is_only_that_of_compile() -> None:
    shown = " ".join(render_text(trace := training("'sgd'"), why(trace, "nesterov")).split())
    assert shown.startswith("Why sequential.optimizer.nesterov was False when compile ran")
    assert "Unless it was set later, acts in " in shown


def test_a_default_is_said_to_be_one_without_a_training_too() -> None:
    source = TRAINING.replace("OPTIMIZER", "'sgd'").partition("model.fit")[0]
    shown = " ".join(render_text(trace := script(source), why(trace, "learning_rate")).split())
    assert "which leaves learning_rate at its default:" in shown
    assert "was 0.01 when compile ran" in shown
    assert shown.endswith("If a line of yours sets it later, there may be no step for that.")
    assert "Acts in" not in shown


def test_an_optimizer_that_was_not_compiled_is_named() -> None:
    source = """\
import tensorflow as tf
optimizer = tf.keras.optimizers.SGD(0.1)
variable = tf.Variable([1.0, 2.0])
optimizer.apply_gradients([(tf.constant([1.0, 1.0]), variable)])
"""
    with pytest.raises(RequestError) as caught:
        why(script(source), "learning_rate")
    assert caught.value.hint.startswith("SGD#1 was not passed to compile")


def test_a_setting_of_another_object_is_found_too() -> None:
    trace = expression("Dense(2, kernel_initializer={'class_name': 'RandomNormal', 'config': {}})")
    answer = why(trace, "stddev")
    assert answer.target.text == "dense.kernel_initializer.stddev"
    assert answer.value == 0.05


@pytest.mark.parametrize(
    ("trace", "target", "hint"),
    [
        (lambda: expression("Dense(2)"), "learning_rate", "Add --fit"),
        (lambda: expression("Dense(2)"), "epochs", "Add --fit"),
        (training, "momentum", "Adam#1 has learning_rate, beta_1, beta_2, epsilon, amsgrad."),
    ],
)
def test_what_is_not_there_names_the_nearest_thing_to_ask(
    trace: Any, target: str, hint: str
) -> None:
    with pytest.raises(RequestError) as caught:
        why(trace(), target)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("line", "name", "value", "expected"),
    [
        ("SGD(0.1)", "learning_rate", 0.1, "typed"),
        ("SGD(0.1)", "momentum", 0.0, "left out"),
        ("opt = keras.optimizers.SGD()", "learning_rate", 0.01, "left out"),
        ("SGD(learning_rate=rate)", "learning_rate", 0.3, "typed"),
        ("SGD(rate)", "learning_rate", 0.3, None),
        ("SGD(**given)", "momentum", 0.0, None),
        ("SGD(*given)", "momentum", 0.0, None),
        ("model.compile(opt)", "momentum", 0.0, None),
        ("SGD(0.1, 0.9, True)", "nesterov", True, "typed"),
        ("SGD(1)", "nesterov", True, "left out"),
        ("SGD(0.1", "momentum", 0.0, None),
        (f"SGD(1{'0' * 400})", "learning_rate", 0.1, "left out"),
        (f"SGD(1{'0' * 400})", "learning_rate", 10**400, "typed"),
        ("SGD('a')", "learning_rate", 0.1, "left out"),
        ("SGD(1)", "learning_rate", 1.0, "typed"),
    ],
)
def test_how_a_line_gives_a_setting(line: str, name: str, value: Any, expected: str | None) -> None:
    assert how_given(line, "SGD", name, value) == expected


def _form(answer: Why) -> dict[str, Any]:
    found = form(answer)
    assert isinstance(found, dict)
    return found


def test_a_whole_float_is_quoted_as_it_was_typed() -> None:
    text = "Dense(2.0, kernel_regularizer=L2(1.0))"
    assert "your units=2.0:" in densetrace.explain(text).why("units")


def test_a_whole_float_of_an_optimizer_is_quoted_as_it_was_typed(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from tensorflow import keras\n"
        "model = keras.Sequential([keras.layers.Dense(2)])\n"
        "model.compile(keras.optimizers.SGD(1.0, clipnorm=1.0), 'mse')\n"
    )
    trace = densetrace.run(script).trace
    assert "your clipnorm=1.0 in line 3" in trace.why("optimizer.clipnorm")
    assert "your learning_rate=1.0 in line 3" in trace.why("optimizer.learning_rate")
