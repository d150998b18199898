"""Training with a loss scale: scaling, unscaling, the check of the gradients and the update of the
scale are steps, the same on a real Keras."""

import numpy as np
import pytest

import densetrace
from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.data.wording import plain
from densetrace.kinds import label_of
from densetrace.kinds.spans import plain_text
from densetrace.study.verify import compare
from densetrace.teach.explanations import explain_step
from tests.real_keras import load_real_keras

IN_ORDER = (
    "minimize", "compute_gradients", "scale_loss", "gradient", "unscale_gradients",
    "apply_gradients", "update_scale", "finite_check", "update",
)  # fmt: skip
SGD = "keras.mixed_precision.LossScaleOptimizer(keras.optimizers.SGD())"
GROWING = "keras.mixed_precision.LossScaleOptimizer(keras.optimizers.SGD(), dynamic_growth_steps=1)"
FIXED = (
    "keras.mixed_precision.LossScaleOptimizer(keras.optimizers.Adam(), dynamic=False, "
    "initial_scale=8)"
)
LEGACY = "keras.mixed_precision.LossScaleOptimizer(keras.optimizers.legacy.SGD())"


def trained(
    optimizer: str, target: float = 1.0, eager: bool = False, engine: str = "densetrace"
) -> Trace:
    """The trace of a training for one batch."""
    if engine == "densetrace":
        from densetrace import keras
    else:
        keras = load_real_keras().keras
    keras.backend.clear_session()
    model = keras.Sequential([keras.layers.Dense(2, input_shape=(3,), dtype="mixed_float16")])
    model.set_weights([np.full((3, 2), 0.25, "float32"), np.zeros(2, "float32")])
    model.compile(eval(optimizer, {"keras": keras}), "mse", run_eagerly=eager)
    with densetrace.trace(engine=engine) as trace:
        model.fit(np.ones((2, 3), "float32"), np.full((2, 2), target, "float32"), verbose=0)
    return trace


def last(trace: Trace, kind: str) -> Step:
    return trace.find(kind)[-1]


def test_an_update_with_a_loss_scale_has_its_four_steps_in_order() -> None:
    whole = last(trained(SGD), "minimize")
    kinds = dict.fromkeys(step.kind for step in whole.walk() if step.kind in IN_ORDER)
    assert tuple(kinds) == IN_ORDER


@pytest.mark.parametrize("eager", [False, True])
def test_the_scale_is_a_fact_of_what_it_scales(eager: bool) -> None:
    trace = trained(FIXED, eager=eager)
    assert last(trace, "scale_loss").facts == {"scale": 8.0}
    assert last(trace, "unscale_gradients").facts == {"scale": 8.0}
    assert not trace.find("update_scale")
    assert "(loss scale 8)" in plain_text(label_of(last(trace, "scale_loss")))


@pytest.mark.parametrize("eager", [False, True])
@pytest.mark.parametrize(
    ("optimizer", "target", "scale", "good_steps", "told"),
    [
        (SGD, 1.0, 32768.0, 1, "counts 1 step"),
        (GROWING, 1.0, 65536.0, 0, "from 32768 to 65536"),
        (SGD, np.inf, 16384.0, 0, "A gradient is not finite"),
        (LEGACY, np.inf, 16384.0, 0, "A gradient is not finite"),
    ],
)
def test_an_update_of_the_scale_says_what_it_did(
    optimizer: str, target: float, scale: float, good_steps: int, told: str, eager: bool
) -> None:
    update = last(trained(optimizer, target, eager), "update_scale")
    assert update.inputs["scale"] == 32768.0
    assert update.inputs["good_steps"] == 0
    assert update.facts == {"scale_after": scale, "good_steps_after": good_steps}
    assert told in explain_step(update).what
    assert f"loss scale {scale:.0f}" in plain_text(label_of(update))


def test_a_batch_with_an_infinite_gradient_changes_no_weight() -> None:
    updates = [one for one in trained(SGD, np.inf).find("update") if "after" in one.facts]
    assert [plain(one.inputs["variable"]) for one in updates] == ["dense/kernel:0", "dense/bias:0"]
    assert [one.facts["after"] for one in updates] == [one.inputs["before"] for one in updates]
    assert not trained(SGD, np.inf, eager=True).find("update")


@pytest.mark.parametrize("eager", [False, True])
@pytest.mark.parametrize("target", [1.0, np.inf])
@pytest.mark.parametrize("optimizer", [SGD, GROWING, FIXED, LEGACY])
def test_a_real_keras_has_the_same_steps(optimizer: str, target: float, eager: bool) -> None:
    engine = load_real_keras().name
    ours, theirs = (trained(optimizer, target, eager, of) for of in ("densetrace", engine))
    compared = compare(ours, theirs)
    assert not compared.differing
    assert not {pair.either.kind for pair in compared.departing} & set(IN_ORDER[2:])
