"""The contents of `keras.utils` that layers need."""

from densetrace.keras._random import set_random_seed
from densetrace.keras.saving.legacy import serialization as legacy
from densetrace.keras.saving.object_registration import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from densetrace.keras.saving.serialization_lib import (
    deserialize_keras_object,
    serialize_keras_object,
)
from densetrace.keras.utils.data_utils import Sequence, pad_sequences
from densetrace.keras.utils.generic_utils import Progbar
from densetrace.keras.utils.io_utils import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from densetrace.keras.utils.np_utils import normalize, to_categorical

__all__ = [
    "CustomObjectScope",
    "Progbar",
    "Sequence",
    "custom_object_scope",
    "deserialize_keras_object",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "is_interactive_logging_enabled",
    "legacy",
    "normalize",
    "pad_sequences",
    "register_keras_serializable",
    "serialize_keras_object",
    "set_random_seed",
    "to_categorical",
]
