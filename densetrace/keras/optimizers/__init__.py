"""The optimizers, and their lookup by name.

Follows keras 2.14 optimizers/__init__.py.
"""

from typing import Any, Final

from densetrace.keras._registries import found
from densetrace.keras.optimizers import legacy, schedules
from densetrace.keras.optimizers.adadelta import Adadelta
from densetrace.keras.optimizers.adafactor import Adafactor
from densetrace.keras.optimizers.adagrad import Adagrad
from densetrace.keras.optimizers.adam import Adam
from densetrace.keras.optimizers.adamax import Adamax
from densetrace.keras.optimizers.adamw import AdamW
from densetrace.keras.optimizers.ftrl import Ftrl
from densetrace.keras.optimizers.lion import Lion
from densetrace.keras.optimizers.nadam import Nadam
from densetrace.keras.optimizers.optimizer import Optimizer
from densetrace.keras.optimizers.rmsprop import RMSprop
from densetrace.keras.optimizers.sgd import SGD
from densetrace.keras.saving import serialization_lib
from densetrace.keras.saving.legacy import serialization as legacy_serialization
from densetrace.recording.hooks import traced
from densetrace.recording.warn import warn

__all__ = [
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lion",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "deserialize",
    "get",
    "legacy",
    "schedules",
    "serialize",
]

_REGISTRY: Final = found("optimizers")
_EXPERIMENTAL: Final = {name: cls for name, cls in _REGISTRY.items() if "experimental" in name}
_CURRENT: Final = {name: cls for name, cls in _REGISTRY.items() if name not in _EXPERIMENTAL}
_LEGACY: Final[dict[str, type]] = {
    name: getattr(legacy, cls.__name__) for name, cls in _CURRENT.items()
}
# As in Keras, AdamW, Adafactor and Lion are not found by name.


def serialize(optimizer: Any, use_legacy_format: bool = False) -> Any:
    """Return the config of an optimizer; None for None.

    Follows keras 2.14 optimizers/__init__.py, serialize.
    """
    if optimizer is None:
        return None
    if not isinstance(optimizer, (Optimizer, legacy.Optimizer)):
        warn(
            "keras.optimizers.serialize is for instances of keras.optimizers.Optimizer. "
            f"Received: an instance of {type(optimizer)}"
        )
    if use_legacy_format:
        return legacy_serialization.serialize_keras_object(optimizer)
    return serialization_lib.serialize_keras_object(optimizer)


def deserialize(
    config: dict[str, Any],
    custom_objects: dict[str, Any] | None = None,
    use_legacy_format: bool = False,
    **kwargs: Any,
) -> Any:
    """Return the optimizer for a config; the class name is case-insensitive.

    Follows keras 2.14 optimizers/__init__.py, deserialize.

    Raises:
        TypeError: if a keyword argument is unknown.
        KeyError: if the config has no `class_name` or no `config`.
        ValueError: if the class name is unknown, in the legacy format.
    """
    use_legacy_optimizer = kwargs.pop("use_legacy_optimizer", False)
    if kwargs:
        raise TypeError(f"keras.optimizers.deserialize does not take these arguments: {kwargs}")
    if len(config["config"]) > 0:
        # Only the current optimizers write this key; without it the optimizer is a legacy one.
        use_legacy_optimizer = config["config"].get("is_legacy_optimizer", True)
    current: dict[str, type] = {**(_LEGACY if use_legacy_optimizer else _CURRENT)}
    all_classes = current | _EXPERIMENTAL
    if config["class_name"].lower().startswith("lossscaleoptimizer"):
        all_classes |= _loss_scale_optimizers(use_legacy_optimizer)
    if config["class_name"].lower() in all_classes:
        config["class_name"] = config["class_name"].lower()
    library = legacy_serialization if use_legacy_format else serialization_lib
    return library.deserialize_keras_object(
        config,
        module_objects=all_classes,
        custom_objects=custom_objects,
        printable_module_name="optimizer",
    )


def _loss_scale_optimizers(use_legacy_optimizer: bool) -> dict[str, type]:
    """The optimizers of mixed precision by the names of configs, also of a class that Keras
    removed."""
    from densetrace.keras.mixed_precision import loss_scale_optimizer  # imports this module

    old, new = loss_scale_optimizer.LossScaleOptimizer, loss_scale_optimizer.LossScaleOptimizerV3
    return {
        "lossscaleoptimizer": old if use_legacy_optimizer else new,
        "lossscaleoptimizerv3": new,
        "lossscaleoptimizerv1": old,
    }


@traced("get")
def get(identifier: Any, **kwargs: Any) -> Any:
    """Return the optimizer for an optimizer, a name or a config.

    Follows keras 2.14 optimizers/__init__.py, get.

    Args:
        identifier: an optimizer (returned unchanged), a name, or a config.
        **kwargs: `use_legacy_optimizer`, whether a name refers to the optimizer before Keras 2.11.

    Raises:
        TypeError: if another keyword argument is given.
        ValueError: if the name is unknown, or `identifier` is of another type, such as a class, a
            callable or None.
    """
    use_legacy_optimizer = kwargs.pop("use_legacy_optimizer", False)
    if kwargs:
        raise TypeError(f"keras.optimizers.get does not take these arguments: {kwargs}")
    if isinstance(identifier, (Optimizer, legacy.Optimizer)):
        return identifier
    if isinstance(identifier, dict):
        return deserialize(
            identifier,
            use_legacy_optimizer=use_legacy_optimizer,
            use_legacy_format="module" not in identifier,
        )
    if isinstance(identifier, str):
        config = {"class_name": str(identifier), "config": {}}
        return get(config, use_legacy_optimizer=use_legacy_optimizer)
    raise ValueError(
        f"An optimizer must be a name, a config or an instance. Received: {identifier}"
    )
