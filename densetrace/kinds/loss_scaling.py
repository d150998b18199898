"""Training in half precision: the loss is scaled, the gradients are unscaled and checked, and the
scale is updated."""

from typing import Final

from densetrace.data.steps import Step
from densetrace.data.values import Value
from densetrace.data.wording import short
from densetrace.kinds.kind import RESULT, Kind, by_kind_and_point
from densetrace.kinds.label import called, gives, point_end, subject
from densetrace.kinds.optimizing import gives_gradients, gradients_in
from densetrace.kinds.spans import Spans, span


def plain_number(value: Value) -> str:
    """A scale or a count, without the decimals of a whole number: `32768`."""
    return f"{value:.10g}" if isinstance(value, float) else short(value)


def _scaled(step: Step) -> Spans:
    """`LossScaleOptimizerV3#1.get_scaled_loss(f16[]) → f16[]  (loss scale 32768)`."""
    loss = short(step.inputs.get("loss"))
    return *called(_method(step), [loss], gives(step)), *_scale(step)


def _unscaled(step: Step) -> Spans:
    return *called(_method(step), [_gradients(step)], gives_gradients(step)), *_scale(step)


def _method(step: Step) -> str:
    return f"{subject(step)}.{point_end(step, 1)}"


def _gradients(step: Step) -> str:
    return gradients_in(step.inputs.get("gradients"))


def _scale(step: Step) -> Spans:
    if "scale" not in step.facts:
        return ()
    return (span(f"  (loss scale {plain_number(step.facts['scale'])})", "aside"),)


def _checked(step: Step) -> Spans:
    return called(point_end(step, 1), [_gradients(step)], gives(step))


def _updated(step: Step) -> Spans:
    """`_DynamicLossScaleState#1.update([f32[2]])  loss scale 16384  (was 32768), good steps 0`."""
    words = called(_method(step), [_gradients(step)])
    if "scale_after" not in step.facts:
        return words
    facts, inputs = step.facts, step.inputs
    return (
        *words,
        span("  ", "text"),
        *_changed("loss scale", inputs.get("scale"), facts["scale_after"]),
        span(", ", "text"),
        *_changed("good steps", inputs.get("good_steps"), facts.get("good_steps_after")),
    )


def _changed(name: str, before: Value, after: Value) -> Spans:
    words = (span(f"{name} ", "text"), span(plain_number(after), "result"))
    if before == after:
        return words
    return (*words, span(f" (was {plain_number(before)})", "aside"))


def change_of_scale(step: Step) -> str | None:
    """What an update did: it `counted` a step with finite gradients, after enough of them the scale
    has `grown`, or for gradients that were not finite it has `shrunk`. None where that was not
    recorded."""
    scale, after = step.inputs.get("scale"), step.facts.get("scale_after")
    good, counted = step.inputs.get("good_steps"), step.facts.get("good_steps_after")
    if not isinstance(scale, float) or not isinstance(after, float):
        return None
    if not isinstance(good, int) or not isinstance(counted, int):
        return None
    if counted == good + 1:
        return "counted"
    if after == scale:  # it is as low, or as high, as it can be
        return "grown" if good + 1 == step.inputs.get("growth_steps") else "shrunk"
    return "grown" if after > scale else "shrunk"


KINDS: Final = (
    Kind(name="scale_loss", label=_scaled, identity=by_kind_and_point),
    Kind(name="unscale_gradients", label=_unscaled, identity=by_kind_and_point),
    Kind(name="finite_check", label=_checked, identity=by_kind_and_point),
    Kind(name="update_scale", label=_updated, not_compared=frozenset((RESULT,))),
)
