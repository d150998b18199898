"""What a script can query of the machine and the library: devices, the logger, CUDA.

There is one device, the CPU: a context for a device changes nothing.

Follows tensorflow/python/eager/context.py and tensorflow/python/framework/config.py.
"""

import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from densetrace.recording import tracebacks
from densetrace.system.real_home import known_as
from densetrace.tensorflow.dtypes import float64
from densetrace.tensorflow.operation import export, operation
from densetrace.tensorflow.ops.gradients import no_gradient
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.tensor import Array

if TYPE_CHECKING:
    import logging

_KINDS: Final = ("CPU",)


@known_as("tensorflow.python.eager.context")
class PhysicalDevice(NamedTuple):
    """A device of the machine."""

    name: str
    device_type: str


@known_as("tensorflow.python.eager.context")
class LogicalDevice(NamedTuple):
    """A logical device, which TensorFlow creates for a physical one."""

    name: str
    device_type: str


class DeviceContext:
    """A `with` block for a device, in which everything runs as before."""

    def __init__(self, device_name: Any) -> None:
        self._device_name = device_name

    def __enter__(self) -> None:
        """Enter it."""

    def __exit__(self, *error: object) -> None:
        """Leave it."""


DeviceContext.__name__ = DeviceContext.__qualname__ = "_EagerDeviceContext"
known_as("tensorflow.python.eager.context")(DeviceContext)


@export("debugging.enable_traceback_filtering")
def enable_traceback_filtering() -> None:
    """Leave the frames of the library out of tracebacks, in this thread. That is the default."""
    tracebacks.switch.is_on = True


@export("debugging.disable_traceback_filtering")
def disable_traceback_filtering() -> None:
    """Show the frames of the library in tracebacks, in this thread."""
    tracebacks.switch.is_on = False


@export("debugging.is_traceback_filtering_enabled")
def is_traceback_filtering_enabled() -> bool:
    """Whether tracebacks of this thread leave out the frames of the library."""
    return tracebacks.switch.is_on


@export("device")
def device(device_name: Any) -> DeviceContext:
    """A context for the operations of a device. Everything runs on the CPU."""
    return DeviceContext(device_name)


@export("config.list_physical_devices", "config.experimental.list_physical_devices")
def list_physical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices of the machine of a kind, or all: one CPU."""
    return [
        PhysicalDevice(f"/physical_device:{kind}:0", kind)
        for kind in _KINDS
        if device_type in (None, kind)
    ]


@export("config.list_logical_devices", "config.experimental.list_logical_devices")
def list_logical_devices(device_type: str | None = None) -> list[LogicalDevice]:
    """The logical devices for the devices of the machine: one CPU."""
    return [
        LogicalDevice(f"/device:{kind}:0", kind) for kind in _KINDS if device_type in (None, kind)
    ]


@export("get_logger")
def get_logger() -> "logging.Logger":
    """The logger of TensorFlow."""
    import logging  # costs start-up

    logger = logging.getLogger("tensorflow")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.WARNING)
    return logger


@export("test.is_gpu_available")
def is_gpu_available(
    cuda_only: bool = False, min_cuda_compute_capability: tuple[int, int] | None = None
) -> bool:
    """Whether there is a GPU: no. TensorFlow logs that this function is deprecated."""
    get_logger().warning(
        "is_gpu_available is deprecated and will be removed in a future version. Use "
        "`tf.config.list_physical_devices('GPU')` instead."
    )
    return False


@export("test.is_built_with_cuda")
def is_built_with_cuda() -> bool:
    """Whether TensorFlow was built for GPUs: no."""
    return False


@export("test.is_built_with_gpu_support")
def is_built_with_gpu_support() -> bool:
    """Whether TensorFlow was built for GPUs: no."""
    return False


@operation("timestamp", stateful=True)
def timestamp(name: Any = None) -> Array:
    """The seconds since 1970, when it is run: f64[]."""
    return np.asarray(time.time(), np.float64)


@timestamp.shape_rule
def _timestamp_rule() -> Any:
    return TensorShape(()), float64


timestamp.gradient(no_gradient)
