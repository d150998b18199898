"""The numbers that the steps of `timelines.DENSE` have, which people type and see."""

from functools import partial

from densetrace import load
from densetrace.stepper.timeline import Timeline
from tests import finding
from tests.stepper.timelines import SAVED

_trace = load(SAVED)
_number = partial(finding.number, _trace)

NEW = _number("new")
LAYOUT = _number("layout")
DENSE_INIT = _number("init", of="Dense")
LAYER_INIT = _number("init", of="Layer")
NOT_BUILT = _number("assign", name="built")
NAME = _number("name")
RELU = _number("get", identifier="relu")
RELU_FUNCTION = _number("deserialize", 1)
GLOROT = _number("get", identifier="glorot_uniform")
KERNEL_INITIALIZER = _number("assign", name="kernel_initializer")
ZEROS = _number("get", identifier="zeros")
KERNEL_REGULARIZER = _number("get", 1, registry="regularizers")
INVOKE = _number("invoke")
BUILD = _number("build")
KERNEL = _number("add_weight", name="kernel")
BIAS = _number("add_weight", name="bias")
MATMUL = next(
    number for number, step in enumerate(_trace.order.steps, 1) if step.point == "tf.matmul"
)
COUNT = len(_trace.order.steps)
LAST = max(number for number, step in enumerate(_trace.order.steps, 1) if step.kind == "activation")
"""The last step of the author level: the operation inside it repeats it."""

_starts = [positions[0] + 1 for positions in Timeline(_trace).stops["author"].positions]


def at(number: int) -> str:
    """What the header of a screen says at a step of the author level: `step 2-3 of 57`, where the
    next stop begins with step 4."""
    last = min((start for start in _starts if start > number), default=COUNT + 1) - 1
    return f"step {number}{f'-{last}' if last > number else ''} of {COUNT}"
