"""Penalties on weights and activations that are added to a model's loss.

Follows keras 2.14 regularizers.py.
"""

import math
from collections.abc import Mapping
from typing import Any, Final, Self

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


def _check_penalty_number(x: Any) -> None:
    """Check that a penalty factor is a finite number.

    Raises:
        ValueError: if `x` is not a finite int or float.
    """
    if not isinstance(x, float | int):
        raise ValueError(f"A regularization penalty must be an int or a float. Received: {x!r:.80}")
    if math.isinf(x) or math.isnan(x):
        raise ValueError(f"A regularization penalty must be a finite number. Received: {x}")


@keras_export("keras.regularizers.Regularizer")
class Regularizer:
    """Base class of all regularizers: a call takes a tensor and returns a penalty.

    Follows keras 2.14 regularizers.py, Regularizer.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        trace_methods(cls, {"__call__": "regularize"})

    @traced("regularize")
    def __call__(self, x: Any) -> Any:
        """Return the penalty for a tensor: f[...] -> f[]. The base class returns 0.0."""
        return 0.0

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Create a regularizer from the arguments that `get_config` returned."""
        return cls(**config)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this regularizer.

        Raises:
            NotImplementedError: if the subclass does not define it.
        """
        raise NotImplementedError(f"{self} does not implement get_config()")


@keras_export("keras.regularizers.L1L2")
class L1L2(Regularizer):
    """l1 times the sum of the absolute values, plus l2 times the sum of the squares.

    Follows keras 2.14 regularizers.py, L1L2.

    Raises:
        ValueError: if a factor is not a finite number.
    """

    def __init__(self, l1: Any = 0.0, l2: Any = 0.0) -> None:
        # The default is 0, unlike that of L1 and L2: you may pass only one of the two.
        l1 = 0.0 if l1 is None else l1
        l2 = 0.0 if l2 is None else l2
        _check_penalty_number(l1)
        _check_penalty_number(l2)
        self.l1: Any = backend.cast_to_floatx(l1)
        self.l2: Any = backend.cast_to_floatx(l2)

    def __call__(self, x: Any) -> Any:
        """Return the penalty for a tensor: f[...] -> f[]."""
        regularization = backend.constant(0.0, dtype=x.dtype)
        if self.l1:
            regularization += self.l1 * tf.reduce_sum(tf.abs(x))
        if self.l2:
            # equals l2 * reduce_sum(square(x))
            regularization += 2.0 * self.l2 * tf.nn.l2_loss(x)
        return regularization

    def get_config(self) -> dict[str, Any]:
        return {"l1": float(self.l1), "l2": float(self.l2)}


@keras_export("keras.regularizers.L1", "keras.regularizers.l1")
class L1(Regularizer):
    """l1 times the sum of the absolute values.

    Follows keras 2.14 regularizers.py, L1.

    Raises:
        ValueError: if the factor is not a finite number.
        TypeError: for a keyword argument other than `l1` and its old name `l`.
    """

    def __init__(self, l1: Any = 0.01, **kwargs: Any) -> None:
        l1 = kwargs.pop("l", l1)
        if kwargs:
            raise TypeError(f"L1 takes no argument but `l1`. Received: {kwargs!r:.200}")
        l1 = 0.01 if l1 is None else l1
        _check_penalty_number(l1)
        self.l1: Any = backend.cast_to_floatx(l1)

    def __call__(self, x: Any) -> Any:
        """Return the penalty for a tensor: f[...] -> f[]."""
        return self.l1 * tf.reduce_sum(tf.abs(x))

    def get_config(self) -> dict[str, Any]:
        return {"l1": float(self.l1)}


@keras_export("keras.regularizers.L2", "keras.regularizers.l2")
class L2(Regularizer):
    """l2 times the sum of the squares.

    Follows keras 2.14 regularizers.py, L2.

    Raises:
        ValueError: if the factor is not a finite number.
        TypeError: for a keyword argument other than `l2` and its old name `l`.
    """

    def __init__(self, l2: Any = 0.01, **kwargs: Any) -> None:
        l2 = kwargs.pop("l", l2)
        if kwargs:
            raise TypeError(f"L2 takes no argument but `l2`. Received: {kwargs!r:.200}")
        l2 = 0.01 if l2 is None else l2
        _check_penalty_number(l2)
        self.l2: Any = backend.cast_to_floatx(l2)

    def __call__(self, x: Any) -> Any:
        """Return the penalty for a tensor: f[...] -> f[]."""
        # equals l2 * reduce_sum(square(x))
        return 2.0 * self.l2 * tf.nn.l2_loss(x)

    def get_config(self) -> dict[str, Any]:
        return {"l2": float(self.l2)}


@keras_export(
    "keras.regularizers.OrthogonalRegularizer", "keras.regularizers.orthogonal_regularizer"
)
class OrthogonalRegularizer(Regularizer):
    """`factor` times the mean of |cosine| over all pairs of rows, or of columns.

    Follows keras 2.14 regularizers.py, OrthogonalRegularizer.

    Raises:
        ValueError: if the factor is not a finite number, or the mode is neither "rows" nor
            "columns".
    """

    def __init__(self, factor: Any = 0.01, mode: str = "rows") -> None:
        _check_penalty_number(factor)
        self.factor: Any = backend.cast_to_floatx(factor)
        if mode not in {"rows", "columns"}:
            raise ValueError(f'`mode` must be "rows" or "columns". Received: mode={mode}')
        self.mode = mode

    def __call__(self, inputs: Any) -> Any:
        """Return the penalty for a matrix: f[rows, columns] -> f[].

        Raises:
            ValueError: if `inputs` is not of rank 2.
        """
        if inputs.shape.rank != 2:
            raise ValueError(
                "Inputs to OrthogonalRegularizer must have rank 2. "
                f"Received: inputs.shape == {inputs.shape}"
            )
        if self.mode == "rows":
            inputs = tf.math.l2_normalize(inputs, axis=1)
            product = tf.matmul(inputs, tf.transpose(inputs))
            size = inputs.shape[0]
        else:
            inputs = tf.math.l2_normalize(inputs, axis=0)
            product = tf.matmul(tf.transpose(inputs), inputs)
            size = inputs.shape[1]
        product_no_diagonal = product * (1.0 - tf.eye(size, dtype=inputs.dtype))
        num_pairs = size * (size - 1.0) / 2.0
        return self.factor * 0.5 * tf.reduce_sum(tf.abs(product_no_diagonal)) / num_pairs

    def get_config(self) -> dict[str, Any]:
        return {"factor": float(self.factor), "mode": self.mode}


@keras_export("keras.regularizers.l1_l2")
def l1_l2(l1: Any = 0.01, l2: Any = 0.01) -> L1L2:
    """Create an L1L2; unlike the class, with factors that default to 0.01.

    Follows keras 2.14 regularizers.py, l1_l2.

    Raises:
        ValueError: if a factor is not a finite number.
    """
    return L1L2(l1=l1, l2=l2)


l1 = L1
l2 = L2
orthogonal_regularizer = OrthogonalRegularizer

# DEPARTS: Keras looks a name up among all globals of this module: `get("math")` raises an
# AttributeError, and `get({"class_name": "deserialize_keras_object", ...})` calls that function.
# Here `get` only finds the names in this table.
_OBJECTS: Final = found("regularizers")


def serialize(regularizer: Any, use_legacy_format: bool = False) -> Any:
    """Return the config of a regularizer; None for None.

    Follows keras 2.14 regularizers.py, serialize.
    """
    if regularizer is None:
        return None
    if not isinstance(regularizer, Regularizer):
        warn(
            "`keras.regularizers.serialize()` is made for `keras.regularizers.Regularizer` "
            f"objects. Received an instance of type {type(regularizer)}, which may not be saved "
            "correctly."
        )
    if use_legacy_format:
        return legacy_serialization.serialize_keras_object(regularizer)
    return serialize_keras_object(regularizer)


def deserialize(
    config: Any,
    custom_objects: Mapping[str, Any] | None = None,
    use_legacy_format: bool = False,
) -> Any:
    """Return the regularizer for a config or a name.

    Follows keras 2.14 regularizers.py, deserialize.

    Raises:
        ValueError: if the name is unknown, in the legacy format. (In the newer format an unknown
            name is returned unchanged.)
    """
    # The library would return the function l1_l2 itself instead of the regularizer it creates.
    if config == "l1_l2":
        return L1L2(l1=0.01, l2=0.01)
    if use_legacy_format:
        return legacy_serialization.deserialize_keras_object(
            config,
            module_objects=_OBJECTS,
            custom_objects=custom_objects,
            printable_module_name="regularizer",
        )
    return deserialize_keras_object(
        config,
        module_objects=_OBJECTS,
        custom_objects=custom_objects,
        printable_module_name="regularizer",
    )


@traced("get")
def get(identifier: Any) -> Any:
    """Return the regularizer for a name, a config, a callable or None.

    None, a callable and an unknown name are returned unchanged.
    Follows keras 2.14 regularizers.py, get.

    Raises:
        ValueError: if `identifier` is of another type, or the name in a legacy config is unknown.
    """
    if identifier is None:
        return None
    if isinstance(identifier, dict):
        use_legacy_format = "module" not in identifier
        return deserialize(identifier, use_legacy_format=use_legacy_format)
    if isinstance(identifier, str):
        return deserialize(str(identifier))
    if callable(identifier):
        return identifier
    raise ValueError(f"Could not interpret regularizer identifier: {identifier!r:.200}")
