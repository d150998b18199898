"""Constraints: projections that are applied to weights after each training step.

Follows keras 2.14 constraints.py.
"""

from collections.abc import Mapping
from typing import Any, Final, Self

import numpy as np

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras._registries import found
from densetrace.keras.saving.legacy import serialization as legacy_serialization
from densetrace.keras.saving.serialization_lib import (
    deserialize_keras_object,
    serialize_keras_object,
)
from densetrace.recording.hooks import trace_methods, traced
from densetrace.recording.warn import warn
from densetrace.tensorflow.errors import InvalidArgumentError


@keras_export("keras.constraints.Constraint")
class Constraint:
    """Base class of all constraints: a call takes a weight and returns the constrained one.

    Follows keras 2.14 constraints.py, Constraint.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        trace_methods(cls, {"__call__": "constrain"})

    @traced("constrain")
    def __call__(self, w: Any) -> Any:
        """Return the constrained weight: f[...] -> f[...]. The base class returns it unchanged."""
        return w

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this constraint."""
        return {}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Create a constraint from the arguments that `get_config` returned."""
        return cls(**config)


@keras_export("keras.constraints.MaxNorm", "keras.constraints.max_norm")
class MaxNorm(Constraint):
    """Scales weights down where their norm along `axis` exceeds `max_value`.

    Follows keras 2.14 constraints.py, MaxNorm.
    """

    def __init__(self, max_value: Any = 2, axis: Any = 0) -> None:
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        """f[...] -> f[...], with norms from 0 to `max_value`."""
        norms = backend.sqrt(tf.reduce_sum(tf.square(w), axis=self.axis, keepdims=True))
        desired = backend.clip(norms, 0, self.max_value)
        return w * (desired / (backend.epsilon() + norms))

    def get_config(self) -> dict[str, Any]:
        return {"max_value": self.max_value, "axis": self.axis}


@keras_export("keras.constraints.NonNeg", "keras.constraints.non_neg")
class NonNeg(Constraint):
    """Sets negative weights to zero. Follows keras 2.14 constraints.py, NonNeg."""

    def __call__(self, w: Any) -> Any:
        """f[...] -> f[...]."""
        return w * tf.cast(tf.greater_equal(w, 0.0), backend.floatx())


@keras_export("keras.constraints.UnitNorm", "keras.constraints.unit_norm")
class UnitNorm(Constraint):
    """Scales weights to norm 1 along `axis`. Follows keras 2.14 constraints.py, UnitNorm."""

    def __init__(self, axis: Any = 0) -> None:
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        """f[...] -> f[...], with norm 1."""
        norms = backend.sqrt(tf.reduce_sum(tf.square(w), axis=self.axis, keepdims=True))
        return w / (backend.epsilon() + norms)

    def get_config(self) -> dict[str, Any]:
        return {"axis": self.axis}


@keras_export("keras.constraints.MinMaxNorm", "keras.constraints.min_max_norm")
class MinMaxNorm(Constraint):
    """Scales weights so that their norms along `axis` move into [min_value, max_value]: fully with
    rate 1, in part with a smaller rate.

    Follows keras 2.14 constraints.py, MinMaxNorm.
    """

    def __init__(
        self, min_value: Any = 0.0, max_value: Any = 1.0, rate: Any = 1.0, axis: Any = 0
    ) -> None:
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        """f[...] -> f[...], with norms from `min_value` to `max_value` if the rate is 1."""
        norms = backend.sqrt(tf.reduce_sum(tf.square(w), axis=self.axis, keepdims=True))
        clipped = backend.clip(norms, self.min_value, self.max_value)
        desired = self.rate * clipped + (1 - self.rate) * norms
        return w * (desired / (backend.epsilon() + norms))

    def get_config(self) -> dict[str, Any]:
        return {
            "min_value": self.min_value,
            "max_value": self.max_value,
            "rate": self.rate,
            "axis": self.axis,
        }


@keras_export("keras.constraints.RadialConstraint", "keras.constraints.radial_constraint")
class RadialConstraint(Constraint):
    """Makes square convolution kernels constant on each ring around their center.

    Follows keras 2.14 constraints.py, RadialConstraint.
    """

    def __call__(self, w: Any) -> Any:
        """f[size, size, input channels, filters] -> the same shape.

        Raises:
            ValueError: if `w` is not of rank 4.
            InvalidArgumentError: if the kernel is not square, or 1 by 1.
        """
        if w.shape.rank != 4:
            raise ValueError(f"The weight tensor must have rank 4. Received: shape={w.shape}")
        height, width, channels, kernels = w.shape
        flat = backend.reshape(w, (height, width, channels * kernels))
        planes = [self._kernel_constraint(plane) for plane in tf.unstack(flat, axis=-1)]
        return backend.reshape(backend.stack(planes, axis=-1), (height, width, channels, kernels))

    def _kernel_constraint(self, kernel: Any) -> Any:
        """Set each ring around the center of a plane to one of its numbers: f[n, n] -> f[n, n].

        Follows keras 2.14 constraints.py, RadialConstraint._kernel_constraint.
        """
        size = kernel.shape[0]
        if kernel.shape[1] != size or size == 1:
            raise InvalidArgumentError(
                "A radial constraint needs square kernels of 2 by 2 or more. "
                f"Received: shape={kernel.shape}"
            )
        rows, columns = np.indices((size, size))
        ring = np.maximum(abs(2 * rows - size + 1), abs(2 * columns - size + 1)) // 2
        # Keras takes the number of the innermost ring from one position up the diagonal instead of
        # the center, and the number of every other ring from where it crosses the diagonal.
        start = size // 2
        diagonal = np.where(ring == 0, start - 1, start + ring - size % 2)
        return tf.gather_nd(kernel, np.stack([diagonal, diagonal], axis=-1))


max_norm = MaxNorm
non_neg = NonNeg
unit_norm = UnitNorm
min_max_norm = MinMaxNorm
radial_constraint = RadialConstraint

maxnorm = max_norm
nonneg = non_neg
unitnorm = unit_norm

# DEPARTS: Keras looks a name up among all globals of this module: `get("backend")` raises a
# TypeError, and `get({"class_name": "deserialize_keras_object", ...})` calls that function. Here
# `get` only finds the names in this table, and any other raises a ValueError.
_OBJECTS: Final = found("constraints")


def serialize(constraint: Any, use_legacy_format: bool = False) -> Any:
    """Return the config of a constraint; None for None.

    Follows keras 2.14 constraints.py, serialize.
    """
    if constraint is None:
        return None
    if not isinstance(constraint, Constraint):
        warn(
            "`keras.constraints.serialize()` is made for `keras.constraints.Constraint` "
            f"objects. Received an instance of type {type(constraint)}, which may not be saved "
            "correctly."
        )
    if use_legacy_format:
        return legacy_serialization.serialize_keras_object(constraint)
    return serialize_keras_object(constraint)


def deserialize(
    config: Any,
    custom_objects: Mapping[str, Any] | None = None,
    use_legacy_format: bool = False,
) -> Any:
    """Return the constraint for a config or a name.

    Follows keras 2.14 constraints.py, deserialize.

    Raises:
        ValueError: if the name is unknown, in the legacy format. (In the newer format an unknown
            name is returned unchanged.)
    """
    if use_legacy_format:
        return legacy_serialization.deserialize_keras_object(
            config,
            module_objects=_OBJECTS,
            custom_objects=custom_objects,
            printable_module_name="constraint",
        )
    return deserialize_keras_object(
        config,
        module_objects=_OBJECTS,
        custom_objects=custom_objects,
        printable_module_name="constraint",
    )


@traced("get")
def get(identifier: Any) -> Any:
    """Return the constraint for a name, a config, a callable or None.

    None and a callable are returned unchanged. Follows keras 2.14 constraints.py, get.

    Raises:
        ValueError: if `identifier` is of another type, or the name is unknown.
    """
    if identifier is None:
        return None
    if isinstance(identifier, dict):
        use_legacy_format = "module" not in identifier
        return deserialize(identifier, use_legacy_format=use_legacy_format)
    if isinstance(identifier, str):
        config = {"class_name": str(identifier), "config": {}}
        return get(config)
    if callable(identifier):
        return identifier
    raise ValueError(f"Could not interpret constraint function identifier: {identifier!r:.200}")
