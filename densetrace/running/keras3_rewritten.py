"""Scripts rewritten so that Keras 2 computes in them what Keras 3 computes.

A rule that says "Keras 3 has another formula" proves little if any other number fits it. So our
stack runs the script a second time, with the formula of Keras 3: only numbers that agree then are
explained.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from textwrap import indent
from typing import Final

COMPUTED: Final = (
    "output", "gradients", "training", "after", "predicted", "in a graph", "part", "losses",
)  # fmt: skip
"""The results that a layer or model computes from given weights."""

TRAINED: Final = (
    "history", "evaluated", "batch", "last", "weights", "optimizer", "predicted",
)  # fmt: skip
"""The results of a training."""


@dataclass(frozen=True, slots=True)
class Rewriting:
    """A formula or default that Keras 3 changed.

    `results` are those that may differ by it; `words` are texts of which a script has one that it
    concerns, and `unless` one that it then must not have. `rewrite` returns the script with what
    Keras 3 does.
    """

    sentence: str
    results: tuple[str, ...]
    words: tuple[str, ...]
    rewrite: Callable[[str], str]
    unless: str = ""

    def concerns(self, script: str) -> bool:
        """Whether the script has what Keras 3 changed."""
        named = any(word in script for word in self.words)
        return named and not (self.unless and self.unless in script)


HARD_SIGMOID: Final = """\
def hard_sigmoid(x):
    return tf.nn.relu6(x + 3.0) / 6.0

with keras.utils.custom_object_scope({'hard_sigmoid': hard_sigmoid}):
"""

AVERAGE: Final = """\
def average_later(optimizer):
    def update(variables):
        momentum = optimizer.ema_momentum * tf.cast(optimizer.iterations > 0, 'float32')
        for variable in variables:
            average = optimizer._average_of(variable)
            average.assign(momentum * average + (1 - momentum) * variable)

    optimizer._update_model_variables_moving_average = update

"""
"""The average starts from the weights after the first update."""

PER_STEP: Final = """\
class PerStep(layers.TimeDistributed):
    def call(self, inputs, training=None, mask=None):
        steps = [self.layer(step, training=training) for step in tf.unstack(inputs, axis=1)]
        return tf.stack(steps, axis=1)

"""

ADDING: Final = """\
class Adding(layers.Add):
    def _merge_function(self, inputs):
        total = inputs[0]
        for one in inputs[1:]:
            sizes = [size for size in one.shape if size != 1]
            if len(total.shape) > 1 and sizes == [total.shape[-1]]:
                one = tf.reshape(one, sizes)
            total = total + one
        return total

class Averaging(Adding):
    def _merge_function(self, inputs):
        return super()._merge_function(inputs) / len(inputs)

"""

WHOLE: Final = """\
def fit_whole(model, x, y, **given):
    if 'steps_per_epoch' in given:
        count = int(len(x) * (1 - given.get('validation_split', 0.0)))
        batches = -(-count // given['batch_size'])
        size = int(model._steps_per_execution)
        steps = -(-given['steps_per_epoch'] // size) * size
        given['steps_per_epoch'] = min(steps, batches)
    return model.fit(x, y, **given)

"""


def _with_other_hard_sigmoid(script: str) -> str:
    return HARD_SIGMOID + indent(script, "    ")


def _with_rate(script: str) -> str:
    return script.replace("optimizers.Lion(", "optimizers.Lion(learning_rate=0.001, ")


def _eager(script: str) -> str:
    without = script.replace(", run_eagerly=False", "")
    return without.replace(".compile(", ".compile(run_eagerly=True, ")


def _with_later_average(script: str) -> str:
    after = r"\1average_later(getattr(model.optimizer, 'inner_optimizer', model.optimizer))\n"
    return AVERAGE + re.sub(r"(?m)^(model\.compile\(.*\n)", after, script)


def _per_step(script: str) -> str:
    return PER_STEP + script.replace(f"{NORMALIZED}(", "PerStep(layers.BatchNormalization(")


def _adding(script: str) -> str:
    added = script.replace("layers.Add(", "Adding(")
    return ADDING + added.replace("layers.Average(", "Averaging(")


def _with_sorted_axes(script: str) -> str:
    return script.replace("axis=[1, -1]", "axis=[-1, 1]")


def _with_whole_executions(script: str) -> str:
    return WHOLE + script.replace("model.fit(", "fit_whole(model, ")


NORMALIZED: Final = "layers.TimeDistributed(layers.BatchNormalization"

REWRITINGS: Final = (
    Rewriting(
        "hard_sigmoid is relu6(x + 3) / 6 in Keras 3, and 0.2 x + 0.5 within 0 and 1 in Keras 2.",
        (*COMPUTED, *TRAINED),
        ("hard_sigmoid",),
        _with_other_hard_sigmoid,
    ),
    Rewriting(
        "The default learning rate of Lion is 0.001 in Keras 3, 0.0001 in Keras 2.",
        (*TRAINED, "config"),
        ("optimizers.Lion(",),
        _with_rate,
        unless="learning_rate=",
    ),
    Rewriting(
        "In a graph, Nadam of Keras 2 multiplies its momentum schedule more than once per update.",
        TRAINED,
        ("Nadam", "'nadam'"),
        _eager,
        unless="run_eagerly=True",
    ),
    Rewriting(
        "In Keras 3, the moving average of weights starts from their numbers after the "
        "first update; in Keras 2 from their initial numbers.",
        TRAINED,
        ("use_ema=True",),
        _with_later_average,
    ),
    Rewriting(
        "On TensorFlow, Keras 3 adds a tensor with only one size above 1 like a bias: "
        "along the last axis, if that has this size.",
        COMPUTED,
        ("layers.Add(", "layers.Average("),
        _adding,
    ),
    Rewriting(
        "TimeDistributed of Keras 3 calls its layer once for each time step, so batch "
        "normalization sees one step at a time; that of Keras 2 calls it once for all "
        "steps.",
        ("training", "after"),
        (NORMALIZED,),
        _per_step,
    ),
    Rewriting(
        "With axis=[1, -1], LayerNormalization of Keras 3 sorts its axes before it "
        "counts -1 from the end.",
        ("config", "weights", "after", "gradients", "output", "training"),
        ("axis=[1, -1]",),
        _with_sorted_axes,
    ),
    Rewriting(
        "An epoch of Keras 3 has whole executions: with steps_per_execution=3, steps_per_epoch=1 "
        "runs three batches; in Keras 2 one.",
        TRAINED,
        ("steps_per_execution=",),
        _with_whole_executions,
    ),
)


def rewritten(script: str) -> str:
    """The script with everything that Keras 3 does; the same if that changes nothing in it."""
    for one in reversed(REWRITINGS):  # the first wraps the script
        if one.concerns(script):
            script = one.rewrite(script)
    return script
