"""What the gradient of a target is that does not depend on the source. Follows
tensorflow/python/ops/unconnected_gradients.py."""

from enum import Enum

from densetrace.system.real_home import known_as
from densetrace.tensorflow.operation import export


@export("UnconnectedGradients")
@known_as("tensorflow.python.ops.unconnected_gradients")
class UnconnectedGradients(Enum):
    """None (`NONE`), or an array of zeros (`ZERO`)."""

    NONE = "none"
    ZERO = "zero"
