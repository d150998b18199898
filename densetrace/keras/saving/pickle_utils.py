"""Copies of models, as bytes. Follows keras 2.14 saving/pickle_utils.py."""

import pickle
from typing import Any

from densetrace.keras.saving.serialization_lib import (
    deserialize_keras_object,
    serialize_keras_object,
)

# DEPARTS: In Keras the bytes are those of a `.keras` archive. Here they are the config and the
# arrays, since writing an archive needs h5py.


def deserialize_model_from_bytecode(serialized_model: bytes) -> Any:
    """Return a new model with the config, weights and optimizer in these bytes.

    Follows keras 2.14 saving/pickle_utils.py, deserialize_model_from_bytecode.

    Raises:
        TypeError: if the class of the model is not registered and not importable by its name.
    """
    config, weights, optimizer = pickle.loads(serialized_model)
    model = deserialize_keras_object(config, safe_mode=False)
    model.set_weights(weights)
    if optimizer is not None:
        variables = model.optimizer.variables
        variables = variables() if callable(variables) else variables
        for variable, value in zip(variables, optimizer, strict=False):
            variable.assign(value)
    return model


def serialize_model_as_bytecode(model: Any) -> bytes:
    """Return the config, weights and optimizer of a model as bytes.

    Follows keras 2.14 saving/pickle_utils.py, serialize_model_as_bytecode.
    """
    optimizer = getattr(model, "optimizer", None)
    values = None
    if optimizer is not None:
        variables = optimizer.variables
        values = [one.numpy() for one in (variables() if callable(variables) else variables)]
    return pickle.dumps((serialize_keras_object(model), model.get_weights(), values))
