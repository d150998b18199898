"""How weights are updated: gradients, and what an optimizer makes of them."""

from typing import Final

from densetrace.teach.entries import Entry

_OPTIMIZER = "keras/optimizers/optimizer.py, _BaseOptimizer."

ENTRIES: Final = (
    Entry(
        "minimize",
        what="{subject} takes a step to reduce the loss: it computes the gradients of "
        "{variables_told} and applies them.",
        why="A gradient says how the loss changes when a weight grows a little. A small step "
        "against it reduces the loss.",
        where=f"{_OPTIMIZER}minimize",
    ),
    Entry(
        "compute_gradients",
        what="{subject} computes the gradients of {variables_told} with the tape.",
        why="This is a separate method, so that you can inspect gradients before they are applied.",
        where=f"{_OPTIMIZER}compute_gradients",
    ),
    Entry(
        "gradient",
        what="The tape goes back from {target} through the operations that it recorded: "
        "{gradients_told}.",
        why="By the chain rule, the gradients of an operation's operands follow from the gradient "
        "of its result. Going backward, each operation is visited only once.",
        where="tf.GradientTape.gradient",
        note="Backward through the operations of the forward pass, the last one first.",
        once=True,
    ),
    Entry(
        "backward",
        what="Backward through {operation_told}: the gradient of its result, {upstream_told}, "
        "gives the gradients of its operands, {found_told}.",
        why="Each operation has a gradient function, which multiplies the gradient of the result "
        "by the operation's own derivative.",
        where="tf.GradientTape.gradient",
    ),
    Entry(
        "apply_gradients",
        what="{subject} applies the gradients to {variables_told}.",
        why="First the gradients are clipped and the weights decayed, if those are set. Then each "
        "variable is updated. Constraints are applied last.",
        where="{place}",
    ),
    Entry(
        "optimizer_build",
        what="{subject} creates its state for {variables_told}.",
        why="Many optimizers keep slot variables for each weight, such as a momentum. A slot has "
        "the shape of its weight and starts at zero.",
        where="{place}",
    ),
    Entry(
        "slot",
        what="{subject} creates {slot_told}: {result}.",
        why="A slot stores something between steps, such as a mean of past gradients.",
        where=f"{_OPTIMIZER}add_variable_from_reference",
    ),
    Entry(
        "clip",
        what="{subject} clips the gradients if clipping is set: {settings_told}.",
        why="Clipping limits gradients, so a single unusual batch cannot change the weights too "
        "much.",
        where=f"{_OPTIMIZER}_clip_gradients",
    ),
    Entry(
        "weight_decay",
        what="{subject} applies weight decay if it is set: {settings_told}.",
        why="Weight decay shrinks each weight a little at each step, independently of its "
        "gradient.",
        where="keras/optimizers/optimizer.py, Optimizer._apply_weight_decay",
    ),
    Entry(
        "schedule",
        what="{subject} returns the learning rate of this step: {result}.",
        why="A schedule computes the learning rate from the number of updates so far.",
        where="{place}",
    ),
    Entry(
        "update",
        what="{class}.update_step changes {variable_told} by its gradient {gradient}.",
        why="This is the formula of the optimizer. It changes the variable in place, so all "
        "layers that use it get the new numbers.",
        where="{place}",
    ),
    Entry(
        "update",
        outcome="numbers",
        what="{class}.update_step changes {variable_told} from {before_told} to {after_told}.",
        why="This is the formula of the optimizer. It changes the variable in place, so all "
        "layers that use it get the new numbers.",
        where="{place}",
    ),
    Entry(
        "average",
        what="{subject} moves the averages of {variables_told} towards the new weights.",
        why="With use_ema=True the optimizer keeps an average of each weight over the updates, "
        "which is smoother than the weight itself. Otherwise nothing happens.",
        where="keras/optimizers/optimizer.py, Optimizer._update_model_variables_moving_average",
    ),
    Entry(
        "finalize",
        what="{subject} sets the final values of {variables_told}.",
        why="With use_ema, the averages of the weights replace the weights. Otherwise nothing "
        "changes.",
        where=f"{_OPTIMIZER}finalize_variable_values",
    ),
)
