"""Settings of TensorFlow's runtime: threads, placement on devices, compilation, logs.

Here they change no number: a setting is kept, and its getter returns it. What would ask for a
device that is not there is an error, as in TensorFlow.

Follows tensorflow/python/framework/config.py and tensorflow/python/platform/tf_logging.py.
"""

from typing import Any, Final

from densetrace.tensorflow.environment import (
    PhysicalDevice,
    get_logger,
    list_physical_devices,
)
from densetrace.tensorflow.functions import run_functions_eagerly
from densetrace.tensorflow.operation import export

_kept: Final[dict[str, Any]] = {}
"""The settings that were made, by name."""

# -- devices ---------------------------------------------------------------------------------------


@export("test.gpu_device_name")
def gpu_device_name() -> str:
    """The name of a GPU: empty, as there is none."""
    return ""


@export("config.get_visible_devices", "config.experimental.get_visible_devices")
def get_visible_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices that are used: one CPU, unless it was made invisible."""
    hidden = _kept.get("hidden", ())
    return [one for one in list_physical_devices(device_type) if one.device_type not in hidden]


@export("config.set_visible_devices", "config.experimental.set_visible_devices")
def set_visible_devices(devices: Any, device_type: str | None = None) -> None:
    """Say which devices are to be used.

    Raises:
        ValueError: when one is not there, or of another type.
    """
    is_one = isinstance(devices, str | PhysicalDevice)
    given = [devices] if is_one else devices or []
    known = list_physical_devices()
    for one in given:
        if one not in known:
            raise ValueError(f"Unrecognized device: {one!r}")
        if device_type not in (None, one.device_type):
            raise ValueError(f"Unrecognized device: {one!r}")
    kinds = {one.device_type for one in known} if device_type is None else {device_type}
    _kept["hidden"] = tuple(kinds - {one.device_type for one in given})


@export("config.experimental.set_memory_growth")
def set_memory_growth(device: Any, enable: bool) -> None:
    """Let the memory of a GPU grow as needed.

    Raises:
        ValueError: always, as there is no GPU.
    """
    if device in list_physical_devices():
        raise ValueError("Cannot set memory growth on non-GPU devices")
    raise ValueError(f"Unrecognized device: {device!r}")


@export("config.experimental.get_device_details")
def get_device_details(device: Any) -> dict[str, Any]:
    """What is known about a device: nothing about a CPU."""
    return {}


@export("test.is_built_with_rocm")
def is_built_with_rocm() -> bool:
    """Whether TensorFlow was built for GPUs of AMD: no."""
    return False


@export("test.is_built_with_xla")
def is_built_with_xla() -> bool:
    """Whether TensorFlow was built with the compiler XLA: yes."""
    return True


@export("config.set_soft_device_placement")
def set_soft_device_placement(enabled: bool) -> None:
    """Let operations run on another device than asked for."""
    _kept["soft_device_placement"] = bool(enabled)


@export("config.get_soft_device_placement")
def get_soft_device_placement() -> bool:
    """Whether operations may run on another device than asked for."""
    return bool(_kept.get("soft_device_placement", True))


@export("debugging.set_log_device_placement")
def set_log_device_placement(enabled: bool) -> None:
    """Log on which device each operation runs: here none is logged."""
    _kept["log_device_placement"] = bool(enabled)


@export("debugging.get_log_device_placement")
def get_log_device_placement() -> bool:
    """Whether it was asked to log on which device each operation runs."""
    return bool(_kept.get("log_device_placement", False))


# -- threads and compilation -----------------------------------------------------------------------


@export("config.threading.set_inter_op_parallelism_threads")
def set_inter_op_parallelism_threads(num_threads: int) -> None:
    """Set the number of operations that run at the same time."""
    _kept["inter_op"] = num_threads


@export("config.threading.get_inter_op_parallelism_threads")
def get_inter_op_parallelism_threads() -> int:
    """The number of operations that run at the same time; 0 leaves it to TensorFlow."""
    return int(_kept.get("inter_op", 0))


@export("config.threading.set_intra_op_parallelism_threads")
def set_intra_op_parallelism_threads(num_threads: int) -> None:
    """Set the number of threads of one operation."""
    _kept["intra_op"] = num_threads


@export("config.threading.get_intra_op_parallelism_threads")
def get_intra_op_parallelism_threads() -> int:
    """The number of threads of one operation; 0 leaves it to TensorFlow."""
    return int(_kept.get("intra_op", 0))


@export("config.optimizer.set_jit")
def set_jit(enabled: bool | str) -> None:
    """Compile functions by XLA: `autoclustering`, or False. A compiled function has the same
    results, but for rounding.

    Raises:
        ValueError: when it is another text.
    """
    if enabled not in (True, False, "autoclustering", ""):
        raise ValueError(f"enabled must be 'autoclustering' or False. Received: {enabled!r}")
    _kept["jit"] = "autoclustering" if enabled else ""


@export("config.optimizer.get_jit")
def get_jit() -> str:
    """`autoclustering` if functions are to be compiled, or an empty text."""
    return str(_kept.get("jit", ""))


@export("config.experimental.enable_op_determinism")
def enable_op_determinism() -> None:
    """Make operations return the same in each run, as they always do here."""


@export("config.experimental.enable_tensor_float_32_execution")
def enable_tensor_float_32_execution(enabled: bool) -> None:
    """Let GPUs round products to fewer bits."""
    _kept["tensor_float_32"] = bool(enabled)


@export("config.experimental.tensor_float_32_execution_enabled")
def tensor_float_32_execution_enabled() -> bool:
    """Whether GPUs may round products to fewer bits."""
    return bool(_kept.get("tensor_float_32", True))


@export("config.experimental_run_functions_eagerly")
def experimental_run_functions_eagerly(run_eagerly: bool) -> None:
    """The old name of `run_functions_eagerly`."""
    run_functions_eagerly(run_eagerly)


# -- logs ------------------------------------------------------------------------------------------


@export("autograph.set_verbosity")
def set_autograph_verbosity(level: int, alsologtostdout: bool = False) -> None:
    """Set how much is logged of the translation of Python to graphs: here nothing is."""


@export("compat.v1.logging.set_verbosity")
def set_verbosity(v: int) -> None:
    """Set the level from which TensorFlow logs."""
    get_logger().setLevel(v)


@export("compat.v1.logging.get_verbosity")
def get_verbosity() -> int:
    """The level from which TensorFlow logs."""
    return get_logger().getEffectiveLevel()


# -- what is on already ----------------------------------------------------------------------------


@export("compat.v1.enable_eager_execution", "compat.v1.enable_v2_behavior")
def enable_v2_behavior(*args: Any, **kwargs: Any) -> None:
    """Compute immediately, as TensorFlow 2 does."""
