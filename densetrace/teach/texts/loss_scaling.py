"""The loss scale of training in half precision, and what it does to loss and gradients."""

from typing import Final

from densetrace.teach.entries import Entry

_FILE = "keras/mixed_precision/loss_scale_optimizer.py"
_UPDATE = f"{_FILE}, _DynamicLossScaleState.update"

ENTRIES: Final = (
    Entry(
        "scale_loss",
        what="{subject} multiplies the loss by the loss scale, {scale_told}.",
        why="float16 has no numbers closer to 0 than 6e-8, so small gradients would become 0. With "
        "a larger loss all gradients are larger by the same factor.",
        where="{place}",
        note="The loss is multiplied, so that small gradients do not become 0 in float16.",
        once=True,
    ),
    Entry(
        "unscale_gradients",
        what="{subject} divides the gradients by the loss scale, {scale_told}.",
        why="The gradients are those of the scaled loss. The weights are float32, and so are their "
        "gradients: now they can be small without becoming 0.",
        where="{place}",
    ),
    Entry(
        "finite_check",
        what="Checks that no gradient has an infinite number or a NaN.",
        why="float16 has no numbers above 65504. With too large a loss scale, a gradient becomes "
        "infinite, and an update by it would destroy the weights.",
        where=f"{_FILE}, _is_all_finite",
    ),
    Entry(
        "update_scale",
        what="{subject} updates the loss scale by whether all gradients are finite.",
        why="After 2,000 steps in a row with finite gradients the scale is doubled, unless "
        "dynamic_growth_steps says another number. After a step without, it is halved, and the "
        "weights stay as they are.",
        where=_UPDATE,
    ),
    Entry(
        "update_scale",
        outcome="counted",
        what="All gradients are finite: {subject} counts {good_told} with finite gradients.",
        why="After {growth_told} in a row the loss scale is doubled.",
        where=_UPDATE,
    ),
    Entry(
        "update_scale",
        outcome="grown",
        what="All gradients were finite in {growth_told} in a row: {subject} changes the loss "
        "scale from {before_told} to {after_told}, and counts again from 0.",
        why="The larger the scale, the fewer gradients become 0 in float16. Once it is too large, "
        "a gradient becomes infinite, and the scale is halved.",
        where=_UPDATE,
        note="The loss scale is doubled after {growth_told} with finite gradients.",
    ),
    Entry(
        "update_scale",
        outcome="shrunk",
        what="A gradient is not finite: {subject} changes the loss scale from {before_told} to "
        "{after_told}, and this step changes no weight.",
        why="The scaled loss was too large for float16. With half the scale the next step has a "
        "better chance.",
        where=_UPDATE,
        note="A gradient is not finite, so the loss scale is halved and no weight changes.",
    ),
)
