"""How weights are updated: gradients, and what an optimizer makes of them."""

from typing import Final

from densetrace.teach.entries import Entry

_OPTIMIZER = "keras/optimizers/optimizer.py, _BaseOptimizer."

ENTRIES: Final = (
    Entry(
        "minimize",
        what="{subject} makes the loss smaller: it computes the gradients of {variables_told} and "
        "applies them.",
        why="A gradient says how the loss changes when a weight grows a little. A step against it "
        "makes the loss smaller.",
        where=f"{_OPTIMIZER}minimize",
    ),
    Entry(
        "compute_gradients",
        what="{subject} asks the tape for the gradients of {variables_told}.",
        why="It is a step of its own, so that you can look at gradients before they are applied.",
        where=f"{_OPTIMIZER}compute_gradients",
    ),
    Entry(
        "gradient",
        what="The tape goes back from {target} through what it recorded: {gradients_told}.",
        why="By the chain rule, the gradient of an operation's result gives those of its operands. "
        "Going backwards, each operation is needed only once.",
        where="tf.GradientTape.gradient",
        note="Backwards through the operations of the forward pass, the last one first.",
        once=True,
    ),
    Entry(
        "backward",
        what="Backward through {operation_told}: from the gradient of its result, "
        "{upstream_told}, come those of its operands, {found_told}.",
        why="Each operation has a gradient function beside its computation. It multiplies what "
        "comes from above by its own derivative.",
        where="tf.GradientTape.gradient",
    ),
    Entry(
        "apply_gradients",
        what="{subject} applies the gradients to {variables_told}.",
        why="First the gradients are clipped and the weights decayed, if you asked for it. Then "
        "each variable is updated, and constraints act last.",
        where="{place}",
    ),
    Entry(
        "optimizer_build",
        what="{subject} prepares for {variables_told}.",
        why="An optimizer with memory keeps slots for each variable, such as a momentum. They "
        "have the shape of the variable and start at zero.",
        where="{place}",
    ),
    Entry(
        "slot",
        what="{subject} creates {slot_told}: {result}.",
        why="A slot remembers something between steps, such as a mean of past gradients.",
        where=f"{_OPTIMIZER}add_variable_from_reference",
    ),
    Entry(
        "clip",
        what="{subject} may clip the gradients: {settings_told}.",
        why="Clipping bounds a gradient, so that one odd batch cannot throw the weights far off.",
        where=f"{_OPTIMIZER}_clip_gradients",
    ),
    Entry(
        "weight_decay",
        what="{subject} may decay the weights: {settings_told}.",
        why="Weight decay shrinks each weight a little at each step, whatever its gradient is.",
        where="keras/optimizers/optimizer.py, Optimizer._apply_weight_decay",
    ),
    Entry(
        "schedule",
        what="{subject} gives the learning rate of this step: {result}.",
        why="A schedule computes the learning rate from the number of updates so far.",
        where="{place}",
    ),
    Entry(
        "update",
        what="{class}.update_step changes {variable_told} by its gradient {gradient}.",
        why="This is the formula of the optimizer. The variable is changed in place; all layers "
        "that use it see the new numbers.",
        where="{place}",
    ),
    Entry(
        "update",
        outcome="numbers",
        what="{class}.update_step changes {variable_told} from {before_told} to {after_told}.",
        why="This is the formula of the optimizer. The variable is changed in place; all layers "
        "that use it see the new numbers.",
        where="{place}",
    ),
    Entry(
        "average",
        what="{subject} moves the averages of {variables_told} towards the new weights.",
        why="With use_ema=True the optimizer keeps an average of each weight over the updates, "
        "which is smoother than the weight itself. Otherwise nothing happens.",
        where="keras/optimizers/optimizer.py, "
        "Optimizer._update_model_variables_moving_average",
    ),
    Entry(
        "finalize",
        what="{subject} gives {variables_told} their final values.",
        why="With use_ema, the averages of the weights replace the weights. Otherwise nothing "
        "changes.",
        where=f"{_OPTIMIZER}finalize_variable_values",
    ),
)
