"""The keys that only the configs of Keras 2, or only those of Keras 3, have, and their values."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from densetrace.running.keras3_checks import close_numbers, is_policy

Config = Mapping[str, Any]
Known = Callable[[Any, Config], bool]
"""Called with the value of a key and the config of the other stack."""


def _one_of(*values: Any) -> Known:
    return lambda value, other: any(type(value) is type(one) and value == one for one in values)


def _are_sizes(value: Any, other: Config) -> bool:
    return isinstance(value, list) and all(one is None or type(one) is int for one in value)


def _is_built(value: Any, other: Config) -> bool:
    return isinstance(value, dict) and all(key.endswith("shape") for key in value)


def _is_backward(value: Any, other: Config) -> bool:
    inner = other.get("layer")
    return (
        isinstance(value, dict)
        and isinstance(inner, dict)
        and value["class_name"] == inner["class_name"]
        and value["config"]["name"].startswith("backward_")
    )


NONE: Final = _one_of(None)
FALSE: Final = _one_of(False)

OLD: Final[Mapping[str, Known]] = {
    "batch_input_shape": lambda value, other: (
        _are_sizes(value, other) and other.get("batch_shape", value) == value
    ),
    "build_config": _is_built,
    "activity_regularizer": NONE,
    "noise_shape": NONE,
    "input_length": NONE,
    "time_major": FALSE,
    "trainable": _one_of(True),
    "implementation": _one_of(1, 2),
    "alpha": lambda value, other: close_numbers(value, other.get("negative_slope")),
    "gain": lambda value, other: type(value) is float,
    "jit_compile": _one_of(True, False),
    "is_legacy_optimizer": FALSE,
}
"""The keys that only Keras 2 has."""

NEW: Final[Mapping[str, Known]] = {
    "batch_shape": lambda value, other: value == other.get("batch_input_shape"),
    "build_input_shape": _are_sizes,
    "build_config": _is_built,
    "compile_config": lambda value, other: value == {},
    "dtype": lambda value, other: is_policy("float32", value),
    "backward_layer": _is_backward,
    "negative_slope": lambda value, other: close_numbers(value, other.get("alpha")),
    "data_format": _one_of("channels_last", "channels_first"),
    "renorm_momentum": _one_of(0.99),
    "trainable": _one_of(True),
    "zero_output_for_mask": _one_of(False, True),
    **dict.fromkeys(("optional", "rms_scaling", "renorm", "synchronized"), FALSE),
    **dict.fromkeys(
        (
            "quantization_config", "input_axes", "output_axes", "noise_shape", "seed",
            "activation", "activity_regularizer", "renorm_clipping", "loss_scale_factor",
            "gradient_accumulation_steps",
        ),
        NONE,
    ),
}  # fmt: skip
"""The keys that only Keras 3 has."""


def have_known_keys(ours: Config, theirs: Config) -> bool:
    """Whether each key that only one of two configs has is known, with its value."""
    return all(
        key in known and known[key](one[key], other)
        for one, other, known in ((ours, theirs, OLD), (theirs, ours, NEW))
        for key in one
        if key not in other
    )
