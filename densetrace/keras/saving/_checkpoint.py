"""The variables of a model in a checkpoint, named by the attributes that lead to them.

Follows tensorflow/python/checkpoint/graph_view.py, which keras 2.14 uses for `save_weights`.
"""

from collections.abc import Iterator
from typing import Any, Final

from densetrace.keras.engine._layer_state import LayerState
from densetrace.tensorflow import checkpoints
from densetrace.tensorflow.variables import Variable

_NOT_TRACKED: Final = (
    "_inbound_nodes",
    "_metrics",
    "_non_trainable_weights",
    "_outbound_nodes",
    "_predict_counter",
    "_steps_per_execution",
    "_test_counter",
    "_train_counter",
    "_trainable_weights",
    "optimizer",
)
_OPTIMIZER: Final = "optimizer/"


def write(model: Any, prefix: str) -> None:
    """Save the weights of a model, and the state of its optimizer if it is compiled.

    Follows keras 2.14 engine/training.py, Model._checkpoint.
    """
    found = dict(_variables(model, "")) | _of_optimizer(model.optimizer)
    values = {path: variable.numpy() for path, variable in found.items()}
    facts = {
        "build_config": model.get_build_config(),
        "optimizer": type(model.optimizer).__name__,
    }
    checkpoints.write(prefix, values, facts)


# DEPARTS: in Keras, the values of variables that do not exist yet are assigned when the variables
# are created. Here the model and its optimizer are built immediately, from the input shape stored
# in the checkpoint.
def read(model: Any, prefix: str) -> checkpoints.CheckpointLoadStatus:
    """Set the variables of a model to the values in a checkpoint, where their paths agree.

    Raises:
        NotFoundError: if there is no checkpoint.
        ValueError: if a shape differs.
    """
    values, facts = checkpoints.read(prefix)
    if not model.built and facts["build_config"]:
        model.build_from_config(facts["build_config"])
    has_slots = any(path.startswith(f"{_OPTIMIZER}_variables/") for path in values)
    if model.optimizer and has_slots and facts["optimizer"] == type(model.optimizer).__name__:
        build = getattr(model.optimizer, "_create_all_weights", None) or model.optimizer.build
        build(model.trainable_variables)
    found = dict(_variables(model, "")) | _of_optimizer(model.optimizer)
    for path in found.keys() & values.keys():
        variable, value = found[path], values[path]
        if tuple(variable.shape) == value.shape:
            variable.assign(value)
        elif not path.startswith(_OPTIMIZER):  # the slots of another optimizer
            raise ValueError(
                f"Received incompatible tensor with shape {value.shape} when attempting to "
                f"restore variable with shape {tuple(variable.shape)} and name {variable.name}."
            )
    return checkpoints.CheckpointLoadStatus(
        unused=values.keys() - found.keys(),
        missing=found.keys() - values.keys(),
        restored=len(found.keys() & values.keys()),
    )


def _variables(root: Any, path: str) -> Iterator[tuple[str, Variable]]:
    """Yield the variables that an object's attributes lead to, each once, with its path."""
    seen: set[int] = set()
    waiting = [(path, root)]
    while waiting:
        path, item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, Variable):
            yield path, item
            continue
        start = f"{path}/" if path else ""
        waiting.extend((f"{start}{name}", child) for name, child in reversed(_children(item)))


def _children(item: Any) -> list[tuple[str, Any]]:
    """Return the values in an object by name: attributes, items of a list, values of a dict."""
    if isinstance(item, list | tuple):
        return [(str(index), child) for index, child in enumerate(item)]
    if isinstance(item, dict):
        return [(str(key), child) for key, child in item.items()]
    if not isinstance(item, LayerState):
        return []
    found = dict(getattr(item, "_layer_checkpoint_dependencies", {}))
    found |= {name: child for name, child in vars(item).items() if name not in _NOT_TRACKED}
    # Last, those that no attribute refers to.
    weights = item._trainable_weights + item._non_trainable_weights
    found |= {f"weights/{index}": weight for index, weight in enumerate(weights)}
    return list(found.items())


def _of_optimizer(optimizer: Any) -> dict[str, Variable]:
    """Return the variables of an optimizer by their paths: iterations, learning rate, slots."""
    if optimizer is None:
        return {}
    variables = getattr(optimizer, "variables", ())
    variables = list(variables() if callable(variables) else variables)
    found = {f"_variables/{index}": variable for index, variable in enumerate(variables)}
    hyper = vars(optimizer).get("_hyper") or {
        "_learning_rate": vars(optimizer).get("_learning_rate")
    }
    found |= {name: value for name, value in hyper.items() if isinstance(value, Variable)}
    return {_OPTIMIZER + path: variable for path, variable in found.items()}
