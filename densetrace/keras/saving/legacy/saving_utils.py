"""What the HDF5 format keeps of a model beside its weights.

Follows keras 2.14 saving/legacy/saving_utils.py.
"""

from collections.abc import Callable
from typing import Any

from densetrace.keras import backend, losses, optimizers
from densetrace.keras import metrics as metrics_module
from densetrace.keras.saving.legacy import serialization
from densetrace.keras.saving.object_registration import CustomObjectScope, get_registered_name
from densetrace.tensorflow.environment import get_logger
from densetrace.tensorflow.nest import map_structure

KERAS_VERSION = "2.14.0"


def model_metadata(
    model: Any, include_optimizer: bool = True, require_config: bool = True
) -> dict[str, Any]:
    """Return the config of a model, and the arguments of `compile` if it is compiled.

    Follows keras 2.14 saving/legacy/saving_utils.py, model_metadata.

    Raises:
        NotImplementedError: if the model has no config and `require_config` is True.
    """
    model_config: dict[str, Any] = {"class_name": type(model).__name__}
    try:
        model_config["config"] = model.get_config()
    except NotImplementedError:
        if require_config:
            raise
    metadata: dict[str, Any] = {
        "keras_version": KERAS_VERSION,
        "backend": backend.backend(),
        "model_config": model_config,
    }
    if model.optimizer and include_optimizer and model._is_compiled:
        metadata["training_config"] = _serialize_nested_config(_compile_args(model)) | {
            "optimizer_config": {
                "class_name": get_registered_name(type(model.optimizer)),
                "config": model.optimizer.get_config(),
            }
        }
    return metadata


def _compile_args(model: Any) -> dict[str, Any]:
    """Return the arguments of `compile` without the optimizer, with metric objects for names.

    Follows keras 2.14 engine/training.py, Model._get_compile_args.
    """
    metrics = model.compiled_metrics._user_metrics
    weighted_metrics = model.compiled_metrics._user_weighted_metrics
    return {
        "loss": model.compiled_loss._user_losses,
        "metrics": None if metrics is None else model.compiled_metrics._metrics,
        "weighted_metrics": (
            None if weighted_metrics is None else model.compiled_metrics._weighted_metrics
        ),
        "loss_weights": model.compiled_loss._user_loss_weights,
    }


def compile_args_from_training_config(
    training_config: dict[str, Any], custom_objects: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return the arguments of `compile` for what `model_metadata` returned.

    Follows keras 2.14 saving/legacy/saving_utils.py, compile_args_from_training_config.

    Raises:
        ValueError: if a name is unknown.
    """
    with CustomObjectScope(custom_objects or {}):
        return {
            "optimizer": optimizers.deserialize(training_config["optimizer_config"]),
            "loss": _deserialize_nested_config(losses.deserialize, training_config.get("loss")),
            "metrics": _deserialize_nested_config(
                _deserialize_metric, training_config.get("metrics")
            ),
            "weighted_metrics": _deserialize_nested_config(
                _deserialize_metric, training_config.get("weighted_metrics")
            ),
            "loss_weights": training_config["loss_weights"],
        }


def _deserialize_nested_config(deserialize_fn: Callable[[Any], Any], config: Any) -> Any:
    """Return the objects for configs and names in lists and dicts.

    Raises:
        ValueError: for any other value.
    """
    if config is None:
        return None
    if isinstance(config, str) or (isinstance(config, dict) and "class_name" in config):
        return deserialize_fn(config)
    if isinstance(config, dict):
        return {
            key: _deserialize_nested_config(deserialize_fn, item) for key, item in config.items()
        }
    if isinstance(config, tuple | list):
        return [_deserialize_nested_config(deserialize_fn, item) for item in config]
    raise ValueError(
        "The training config of a saved model must have names, configs, and lists or dicts of "
        f"them. Received: {config!r:.80}"
    )


def _serialize_nested_config(config: dict[str, Any]) -> dict[str, Any]:
    """Replace the objects in lists and dicts by their configs."""

    def serialize(item: Any) -> Any:
        return serialization.serialize_keras_object(item) if callable(item) else item

    serialized: dict[str, Any] = map_structure(serialize, config)
    return serialized


def _deserialize_metric(metric_config: Any) -> Any:
    """Return the metric for a config; the names that the model's outputs decide stay names."""
    if metric_config in ("accuracy", "acc", "crossentropy", "ce"):
        return metric_config
    return metrics_module.deserialize(metric_config)


def try_build_compiled_arguments(model: Any) -> None:
    """Resolve the loss and the metrics of a model whose outputs are known.

    Follows keras 2.14 saving/legacy/saving_utils.py, try_build_compiled_arguments.
    """
    if model.outputs is None:
        return
    try:
        if not model.compiled_loss.built:
            model.compiled_loss.build(model.outputs)
        if not model.compiled_metrics.built:
            model.compiled_metrics.build(model.outputs, model.outputs)
    except Exception:  # a model that is not compiled, or that has a loss of its author
        get_logger().warning(
            "Compiled the loaded model, but the compiled metrics have yet to be built. "
            "`model.compile_metrics` will be empty until you train or evaluate the model."
        )


def is_hdf5_filepath(filepath: str) -> bool:
    """Return whether a path has an ending of an HDF5 file.

    Follows keras 2.14 saving/legacy/saving_utils.py, is_hdf5_filepath.
    """
    return filepath.endswith((".h5", ".keras", ".hdf5"))
