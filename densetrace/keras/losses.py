"""What `keras.losses.get` finds: losses as functions and as classes.

Follows keras 2.14 losses.py.
"""

import inspect
import warnings
from collections.abc import Callable
from typing import Any, Final, Self, TypeVar

from densetrace.hooks import traced
from densetrace.keras._constructors import Declared, constructor
from densetrace.keras._exports import keras_export
from densetrace.keras._loss_functions import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_hinge,
    cosine_similarity,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from densetrace.keras._registries import found_in
from densetrace.keras._tensors import Tensor
from densetrace.keras.saving import object_registration, serialization_lib
from densetrace.keras.saving.legacy import serialization as legacy_serialization
from densetrace.keras.utils import losses_utils
from densetrace.keras.utils.losses_utils import Reduction

__all__ = [
    "BCE",
    "KLD",
    "MAE",
    "MAPE",
    "MSE",
    "MSLE",
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "LossFunctionWrapper",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "Reduction",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "bce",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "cosine_similarity",
    "deserialize",
    "get",
    "hinge",
    "huber",
    "huber_loss",
    "kl_divergence",
    "kld",
    "kullback_leibler_divergence",
    "log_cosh",
    "logcosh",
    "mae",
    "mape",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "mse",
    "msle",
    "names",
    "poisson",
    "serialize",
    "sparse_categorical_crossentropy",
    "squared_hinge",
]

LossClass = TypeVar("LossClass", bound="type[LossFunctionWrapper]")
LossFunction = Callable[..., Tensor]


@keras_export("keras.losses.Loss")
class Loss:
    """A loss with a name and a reduction. Subclasses define `call`.

    Raises:
        ValueError: for a `reduction` that there is not.
    """

    def __init__(self, reduction: str = Reduction.AUTO, name: str | None = None) -> None:
        Reduction.validate(reduction)
        self.reduction = reduction
        self.name = name
        self._allow_sum_over_batch_size = False

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        """The reduced, weighted loss: f32[], or one number a sample when nothing is reduced."""
        losses = self.call(y_true, y_pred)
        masks = [m for m in map(losses_utils.get_mask, (y_pred, losses)) if m is not None]
        mask = masks[0] & masks[-1] if masks else None
        reduction = self._get_reduction()
        weight = losses_utils.apply_valid_mask(losses, sample_weight, mask, reduction)
        return losses_utils.compute_weighted_loss(losses, weight, reduction)

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """One number for each sample."""
        raise NotImplementedError(f"{type(self).__name__} must define call(self, y_true, y_pred).")

    def _get_reduction(self) -> str:
        if self.reduction == Reduction.AUTO:
            return Reduction.SUM_OVER_BATCH_SIZE
        return self.reduction

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a loss like this one."""
        return {"reduction": self.reduction, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A loss from what `get_config` gave."""
        return cls(**config)


@keras_export("keras.__internal__.losses.LossFunctionWrapper")
class LossFunctionWrapper(Loss):
    """A loss that is a function, called with the labels, the predictions and `kwargs`."""

    def __init__(
        self,
        fn: LossFunction,
        reduction: str = Reduction.AUTO,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(reduction=reduction, name=name)
        self.fn = fn
        self._fn_kwargs = kwargs

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """One number for each sample, from the function."""
        if isinstance(y_pred, Tensor) and isinstance(y_true, Tensor):
            y_pred, y_true, _ = losses_utils.squeeze_or_expand_dimensions(y_pred, y_true)
        return self.fn(y_true, y_pred, **self._fn_kwargs)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a loss like this one, and the function's name as `fn`."""
        name = object_registration.get_registered_name(self.fn)
        return {**super().get_config(), **self._fn_kwargs, "fn": name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A loss from what `get_config` gave."""
        fn = config.pop("fn", None)
        if fn and cls is LossFunctionWrapper:
            config["fn"] = get(fn)
        return cls(**config)


def _wraps(
    fn: LossFunction, takes: tuple[str, ...] | None = None, name: str | None = None
) -> Callable[[LossClass], LossClass]:
    """Declare a loss class by its function, whose further arguments become the class's own.

    Args:
        fn: the loss function.
        takes: which of the function's further arguments the class takes; all by default.
        name: the default of the class's `name`; the function's by default.
    """

    def decorate(cls: LossClass) -> LossClass:
        further = list(inspect.signature(fn).parameters.values())[2:]
        own = {p.name: p.default for p in further if takes is None or p.name in takes}
        common = {"reduction": Reduction.AUTO, "name": name or fn.__name__}

        def initialize(self: LossFunctionWrapper, **arguments: Any) -> None:
            LossFunctionWrapper.__init__(self, fn, **arguments)

        constructor(cls, {**own, **common}, initialize)
        return keras_export(f"keras.losses.{cls.__name__}")(cls)

    return decorate


@_wraps(mean_squared_error)
class MeanSquaredError(Declared, LossFunctionWrapper):
    """See `mean_squared_error`."""


@_wraps(mean_absolute_error)
class MeanAbsoluteError(Declared, LossFunctionWrapper):
    """See `mean_absolute_error`."""


@_wraps(mean_absolute_percentage_error)
class MeanAbsolutePercentageError(Declared, LossFunctionWrapper):
    """See `mean_absolute_percentage_error`."""


@_wraps(mean_squared_logarithmic_error)
class MeanSquaredLogarithmicError(Declared, LossFunctionWrapper):
    """See `mean_squared_logarithmic_error`."""


@_wraps(binary_crossentropy)
class BinaryCrossentropy(Declared, LossFunctionWrapper):
    """See `binary_crossentropy`."""


@_wraps(binary_focal_crossentropy)
class BinaryFocalCrossentropy(Declared, LossFunctionWrapper):
    """See `binary_focal_crossentropy`."""


@_wraps(categorical_crossentropy)
class CategoricalCrossentropy(Declared, LossFunctionWrapper):
    """See `categorical_crossentropy`."""


@_wraps(categorical_focal_crossentropy)
class CategoricalFocalCrossentropy(Declared, LossFunctionWrapper):
    """See `categorical_focal_crossentropy`."""


@_wraps(sparse_categorical_crossentropy, takes=("from_logits", "ignore_class"))
class SparseCategoricalCrossentropy(Declared, LossFunctionWrapper):
    """See `sparse_categorical_crossentropy`."""


@_wraps(cosine_similarity)
class CosineSimilarity(Declared, LossFunctionWrapper):
    """See `cosine_similarity`."""


@_wraps(hinge)
class Hinge(Declared, LossFunctionWrapper):
    """See `hinge`."""


@_wraps(squared_hinge)
class SquaredHinge(Declared, LossFunctionWrapper):
    """See `squared_hinge`."""


@_wraps(categorical_hinge)
class CategoricalHinge(Declared, LossFunctionWrapper):
    """See `categorical_hinge`."""


@_wraps(poisson)
class Poisson(Declared, LossFunctionWrapper):
    """See `poisson`."""


@_wraps(log_cosh)
class LogCosh(Declared, LossFunctionWrapper):
    """See `log_cosh`."""


@_wraps(kl_divergence)
class KLDivergence(Declared, LossFunctionWrapper):
    """See `kl_divergence`."""


@_wraps(huber, name="huber_loss")
class Huber(Declared, LossFunctionWrapper):
    """See `huber`."""


bce = BCE = binary_crossentropy
mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
kld = KLD = kullback_leibler_divergence = kl_divergence
logcosh = log_cosh
huber_loss = huber

# DEPARTS: Keras looks a name up among everything its losses module holds, so that 'get',
# 'deserialize' or even 'warnings' are found; here only losses are.
_REGISTRY: Final = found_in(globals(), "losses")


def names() -> dict[str, object]:
    """What `get` finds by a string: name -> function or class."""
    return dict(_REGISTRY)


def serialize(loss: Any, use_legacy_format: bool = False) -> Any:
    """A loss as a configuration dict, or as a name; None stays None."""
    if loss is None:
        return None
    if not isinstance(loss, Loss):
        warnings.warn(
            "keras.losses.serialize is for instances of keras.losses.Loss. "
            f"Received: an instance of {type(loss)}",
            stacklevel=2,
        )
    if use_legacy_format:
        return legacy_serialization.serialize_keras_object(loss)
    return serialization_lib.serialize_keras_object(loss)


def deserialize(
    name: Any, custom_objects: dict[str, Any] | None = None, use_legacy_format: bool = False
) -> Any:
    """A loss from its name or its configuration dict.

    Raises:
        ValueError: for a name that is not found, in the legacy format. (In the new one, a name
            that is not found is given back.)
    """
    library = legacy_serialization if use_legacy_format else serialization_lib
    return library.deserialize_keras_object(
        name,
        module_objects=_REGISTRY,
        custom_objects=custom_objects,
        printable_module_name="loss function",
    )


@traced("get")
def get(identifier: Any) -> Any:
    """The loss that an identifier means: a function, an instance of `Loss`, or None.

    Args:
        identifier: None, a name, a configuration dict, or a callable (given back as it is, a
            class included).

    Raises:
        ValueError: for a name that is not found, and for anything else.
    """
    if identifier is None:
        return None
    if isinstance(identifier, str):
        identifier = str(identifier)
        # Keras looks for the letters of "module" in the name itself, as if it were a dict.
        return deserialize(identifier, use_legacy_format="module" not in identifier)
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError(
        f"A loss must be given by name, by configuration or as a callable. Received: {identifier}"
    )
