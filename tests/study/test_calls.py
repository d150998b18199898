"""Where a script has several calls of `fit` or `compile`, `why` says which one it answers about,
and how to ask about the others."""

from typing import Any, Final

import pytest

from densetrace.data.trace import Trace
from densetrace.kinds import label_of
from densetrace.kinds.spans import plain_text
from densetrace.render.why import render_text
from densetrace.study.why import why
from densetrace.system.errors import RequestError
from tests.study.lessons import script

SEVERAL: Final = """\
import numpy as np
from tensorflow import keras
x, y = np.ones((8, 3), "float32"), np.ones((8, 1), "float32")
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(0.25), "mse")
model.fit(x, y, batch_size=4, verbose=0)
model.compile(keras.optimizers.SGD(0.125, momentum=0.5), "mae")
model.fit(x, y, batch_size=2, epochs=2, verbose=0, validation_data=(x, y))
model.fit(x, y, verbose=0)
other = keras.Sequential([keras.layers.Dense(1)])
other.compile(keras.optimizers.Adam(0.0625), "mse")
other.evaluate(x, y, batch_size=8, verbose=0)
"""


@pytest.fixture(scope="module")
def several() -> Trace:
    return script(SEVERAL)


@pytest.mark.parametrize(
    ("asked", "text", "value", "others"),
    [
        (
            "batch_size",
            "fit 2.batch_size",
            2,
            ["fit 1.batch_size", "fit 3.batch_size", "evaluate.batch_size"],
        ),
        ("fit.batch_size", "fit 2.batch_size", 2, ["fit 1.batch_size", "fit 3.batch_size"]),
        ("epochs", "fit 2.epochs", 2, ["fit 1.epochs", "fit 3.epochs"]),
        ("evaluate.batch_size", "evaluate.batch_size", 8, []),
        ("compile.loss", "compile 3.loss", "mse", ["compile 1.loss", "compile 2.loss"]),
    ],
)
def test_the_other_calls_are_named(
    several: Trace, asked: str, text: str, value: Any, others: list[str]
) -> None:
    answer = why(several, asked)
    assert (answer.target.text, answer.value) == (text, value)
    assert list(answer.target.others) == others
    assert list(why(several, text).target.others) == ([] if " " in text else others)


def test_every_name_that_an_answer_gives_can_be_asked(several: Trace) -> None:
    for asked in ("batch_size", "learning_rate", "loss", "epoch 1.loss", "epochs"):
        others = why(several, asked).target.others
        assert others
        for other in others:
            assert why(several, other).target.text == other


def test_a_model_that_was_compiled_again_has_both_settings(several: Trace) -> None:
    answer = why(several, "learning_rate")
    assert answer.target.text == "sequential.optimizer.learning_rate"
    assert list(answer.target.others) == [
        "sequential_1.optimizer.learning_rate",
        "compile 1.optimizer.learning_rate",
    ]
    rates = {
        one: render_text(several, why(several, one)).splitlines()[0]
        for one in (answer.target.text, *answer.target.others)
    }
    assert rates == {
        "sequential.optimizer.learning_rate": "Why sequential.optimizer.learning_rate is 0.125",
        "sequential_1.optimizer.learning_rate": "Why sequential_1.optimizer.learning_rate was "
        "0.0625 when compile ran",
        "compile 1.optimizer.learning_rate": "Why compile 1.optimizer.learning_rate is 0.25",
    }
    earlier = why(several, answer.target.others[1])
    assert why(several, "compile 1.learning_rate").value == earlier.value
    own = why(several, "sequential.optimizer.learning_rate").target.others
    assert list(own) == ["compile 1.optimizer.learning_rate"]


def test_the_numbers_of_each_run_can_be_asked_about(several: Trace) -> None:
    losses = [why(several, f"fit {number}.loss").value for number in (1, 2, 3)]
    assert len(set(map(str, losses))) == 3
    assert why(several, "sequential.loss").value == losses[2]
    # The loss of the run that is shown is not named a second time.
    assert "fit 3.loss" not in why(several, "sequential.loss").target.others
    assert why(several, "epoch 1.loss").target.text == "fit 3 epoch 1.loss"
    second = why(several, "fit 2 epoch 2.loss")
    assert second.target.text == "fit 2 epoch 2.loss"
    assert second.value == pytest.approx(losses[1], rel=1e-6)


def test_a_name_with_a_space_is_quoted_as_a_shell_needs_it(several: Trace) -> None:
    shown = " ".join(render_text(several, why(several, "fit.batch_size"), 200).split())
    assert shown.endswith(
        "fit 2.batch_size is shown. Also recorded: 'fit 1.batch_size', 'fit 3.batch_size'."
    )
    assert why(several, "'fit 1.batch_size'").value == 4


def test_one_call_of_a_method_has_no_number() -> None:
    trace = script(SEVERAL.split("model.compile(keras.optimizers.SGD(0.125")[0])
    answer = why(trace, "batch_size")
    assert (answer.target.text, answer.target.others) == ("fit.batch_size", ())
    assert why(trace, "fit 1.batch_size").target.text == "fit.batch_size"
    assert why(trace, "learning_rate").target.others == ()


@pytest.mark.parametrize(
    ("asked", "problem", "hint"),
    [
        ("fit 4.epochs", "There is no fit 4.", "The trace has 3 calls of fit."),
        ("predict 1.batch_size", "There is no predict 1.", "The trace has 0 calls of predict."),
        ("fit 0.epochs", "There is no fit 0.", "The trace has 3 calls of fit."),
        ("fit 2.epoch", "fit 2 has no epoch.", "Did you mean epochs?"),
        ("compile 2.momentm", "compile 2 has no momentm.", "Did you mean momentum?"),
        ("fit 1 epoch 2.loss", "No numbers of an epoch 2 of fit 1 were recorded.", ""),
    ],
)
def test_a_call_that_is_not_there(several: Trace, asked: str, problem: str, hint: str) -> None:
    with pytest.raises(RequestError) as caught:
        why(several, asked)
    assert caught.value.problem == problem
    assert (caught.value.hint or "").startswith(hint)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("learning_rat", "learning_rate"),
        ("momentm", "momentum"),
        ("batch_siz", "batch_size"),
        ("epoch", "epochs"),
        ("kernl", "kernel"),
    ],
)
def test_a_misspelled_setting_is_recognized(several: Trace, asked: str, meant: str) -> None:
    with pytest.raises(RequestError) as caught:
        why(several, asked)
    assert f"Did you mean {meant}?" in (caught.value.hint or "")


# -- optimizers ------------------------------------------------------------------------------------

OPTIMIZERS: Final = """\
import numpy as np
import tensorflow as tf
from tensorflow import keras
class Mine(keras.optimizers.Optimizer):
    def __init__(self, learning_rate=0.25, jump=3.0):
        super().__init__(name="Mine")
        self._learning_rate = self._build_learning_rate(learning_rate)
        self.jump = jump
    def update_step(self, gradient, variable):
        variable.assign_sub(tf.cast(self.learning_rate, variable.dtype) * gradient)
    def get_config(self):
        raise RuntimeError("The code of a person is not run.")
class Halving(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        return 0.5 / (1.0 + tf.cast(step, tf.float32))
    def get_config(self):
        raise RuntimeError("The code of a person is not run.")
scaled = keras.mixed_precision.LossScaleOptimizer
schedules = keras.optimizers.schedules
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(OPTIMIZER, "mse")
model.fit(np.ones((8, 3)), np.ones((8, 1)), verbose=0)
"""


@pytest.mark.parametrize(
    ("optimizer", "asked", "shown"),
    [
        ("Mine(0.5)", "learning_rate", "Why sequential.optimizer.learning_rate is 0.5"),
        ("Mine(0.5)", "jump", "Why sequential.optimizer.jump was 3.0 when compile ran"),
        (
            "keras.optimizers.legacy.SGD(0.5, momentum=0.75)",
            "learning_rate",
            "Why sequential.optimizer.learning_rate was 0.5 when compile ran",
        ),
        (
            "keras.optimizers.legacy.SGD(0.5, momentum=0.75)",
            "momentum",
            "Why sequential.optimizer.momentum was 0.75 when compile ran",
        ),
        (
            "scaled(keras.optimizers.SGD(0.5))",
            "learning_rate",
            "Why sequential.optimizer.inner_optimizer.learning_rate is 0.5",
        ),
        (
            "scaled(keras.optimizers.SGD(0.5))",
            "sequential.optimizer.learning_rate",
            "Why sequential.optimizer.inner_optimizer.learning_rate is 0.5",
        ),
        (
            "scaled(keras.optimizers.legacy.SGD(0.5))",
            "learning_rate",
            "Why sequential.optimizer.inner_optimizer.learning_rate was 0.5 when compile ran",
        ),
        (
            "scaled(Mine(0.5))",
            "learning_rate",
            "Why sequential.optimizer.inner_optimizer.learning_rate is 0.5",
        ),
        (
            "keras.optimizers.SGD(schedules.ExponentialDecay(0.5, 100, 0.9))",
            "learning_rate",
            "Why sequential.optimizer.learning_rate is ExponentialDecay("
            "initial_learning_rate=0.5, decay_steps=100, decay_rate=0.9, staircase=False)",
        ),
        (
            "keras.optimizers.legacy.SGD(schedules.PiecewiseConstantDecay([2], [0.5, 1.0]))",
            "learning_rate",
            "Why sequential.optimizer.learning_rate is PiecewiseConstantDecay("
            "boundaries=[2], values=[0.5, 1.0])",
        ),
        (
            "keras.optimizers.SGD(Halving())",
            "learning_rate",
            "Why sequential.optimizer.learning_rate is Halving",
        ),
    ],
)
def test_a_setting_of_any_optimizer(optimizer: str, asked: str, shown: str) -> None:
    trace = script(OPTIMIZERS.replace("OPTIMIZER", optimizer))
    answer = why(trace, asked)
    assert render_text(trace, answer, 200).splitlines()[0] == shown
    assert [step.kind for step in answer.acts_in] == ["update"] * len(trace.find("update"))


def test_a_schedule_has_no_other_value() -> None:
    optimizer = "keras.optimizers.SGD(schedules.ExponentialDecay(0.5, 100, 0.9))"
    trace = script(OPTIMIZERS.replace("OPTIMIZER", optimizer))
    shown = " ".join(render_text(trace, why(trace, "learning_rate")).split())
    assert shown.endswith(
        "It is a schedule: before each update it computes the learning rate from the number of "
        "updates so far."
    )


def test_a_schedule_is_shown_as_it_is_constructed() -> None:
    optimizer = "keras.optimizers.SGD(schedules.ExponentialDecay(0.5, 100, 0.9, name='slow'))"
    trace = script(OPTIMIZERS.replace("OPTIMIZER", optimizer))
    (found,) = (step for step in trace.walk() if step.point.endswith("optimizers.get"))
    assert plain_text(label_of(found)).endswith(
        "(learning_rate=ExponentialDecay(initial_learning_rate=0.5, decay_steps=100, "
        "decay_rate=0.9, staircase=False, name='slow'))"
    )
