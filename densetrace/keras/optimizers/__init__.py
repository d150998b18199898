"""What `keras.optimizers.get` finds: optimizers by name, by configuration, or as they are.

Follows keras 2.14 optimizers/__init__.py.
"""

import warnings
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
    "names",
    "schedules",
    "serialize",
]

_REGISTRY: Final = found("optimizers")
_EXPERIMENTAL: Final = {name: cls for name, cls in _REGISTRY.items() if "experimental" in name}
_CURRENT: Final = {name: cls for name, cls in _REGISTRY.items() if name not in _EXPERIMENTAL}
_LEGACY: Final[dict[str, type]] = {
    name: getattr(legacy, cls.__name__) for name, cls in _CURRENT.items()
}
# DEPARTS: Keras also finds the loss scale optimizers of mixed precision, which densetrace, having
# no training, does not provide. (AdamW, Adafactor and Lion are not found by name in Keras either.)


def names() -> dict[str, object]:
    """What `get` finds by a string: name, in lower case, -> class."""
    return dict(_REGISTRY)


def serialize(optimizer: Any, use_legacy_format: bool = False) -> Any:
    """An optimizer as a configuration dict; None stays None."""
    if optimizer is None:
        return None
    if not isinstance(optimizer, (Optimizer, legacy.Optimizer)):
        warnings.warn(
            "keras.optimizers.serialize is for instances of keras.optimizers.Optimizer. "
            f"Received: an instance of {type(optimizer)}",
            stacklevel=2,
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
    """An optimizer from its configuration dict; capitals in the class name do not matter.

    Raises:
        TypeError: for an unknown keyword argument.
        KeyError: for a configuration without `class_name` or `config`.
        ValueError: for a class name that is not found, in the legacy format.
    """
    use_legacy_optimizer = kwargs.pop("use_legacy_optimizer", False)
    if kwargs:
        raise TypeError(f"keras.optimizers.deserialize does not take these arguments: {kwargs}")
    if len(config["config"]) > 0:
        # Only the current optimizers write this key, so that its absence means a legacy one.
        use_legacy_optimizer = config["config"].get("is_legacy_optimizer", True)
    current: dict[str, type] = {**(_LEGACY if use_legacy_optimizer else _CURRENT)}
    all_classes = current | _EXPERIMENTAL
    if config["class_name"].lower() in all_classes:
        config["class_name"] = config["class_name"].lower()
    library = legacy_serialization if use_legacy_format else serialization_lib
    return library.deserialize_keras_object(
        config,
        module_objects=all_classes,
        custom_objects=custom_objects,
        printable_module_name="optimizer",
    )


@traced("get")
def get(identifier: Any, **kwargs: Any) -> Any:
    """The optimizer that an identifier means.

    Args:
        identifier: an optimizer (given back as it is), a name, or a configuration dict.
        kwargs: `use_legacy_optimizer`, whether a name means the optimizer of before Keras 2.11.

    Raises:
        TypeError: for any other keyword argument.
        ValueError: for anything else, classes, callables and None included.
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
        "An optimizer must be given by name, by configuration or as an instance. "
        f"Received: {identifier}"
    )
