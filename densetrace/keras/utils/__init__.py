"""The contents of `keras.utils`. What layers do not need is imported when it is asked for."""

from typing import TYPE_CHECKING

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
from densetrace.keras.utils.data_utils import Sequence, get_file, pad_sequences
from densetrace.keras.utils.generic_utils import Progbar
from densetrace.keras.utils.io_utils import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from densetrace.keras.utils.layer_utils import get_source_inputs
from densetrace.keras.utils.np_utils import normalize, to_categorical, to_ordinal
from densetrace.system.lazy import on_demand

if TYPE_CHECKING:
    from densetrace.keras.engine.data_adapter import (
        pack_x_y_sample_weight,
        unpack_x_y_sample_weight,
    )
    from densetrace.keras.utils.dataset_utils import split_dataset
    from densetrace.keras.utils.image_utils import (
        array_to_img,
        img_to_array,
        load_img,
        save_img,
    )
    from densetrace.keras.utils.timeseries_dataset import timeseries_dataset_from_array
    from densetrace.keras.utils.vis_utils import model_to_dot, plot_model

__all__ = [
    "CustomObjectScope",
    "Progbar",
    "Sequence",
    "array_to_img",
    "custom_object_scope",
    "deserialize_keras_object",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "get_custom_objects",
    "get_file",
    "get_registered_name",
    "get_registered_object",
    "get_source_inputs",
    "img_to_array",
    "is_interactive_logging_enabled",
    "legacy",
    "load_img",
    "model_to_dot",
    "normalize",
    "pack_x_y_sample_weight",
    "pad_sequences",
    "plot_model",
    "register_keras_serializable",
    "save_img",
    "serialize_keras_object",
    "set_random_seed",
    "split_dataset",
    "timeseries_dataset_from_array",
    "to_categorical",
    "to_ordinal",
    "unpack_x_y_sample_weight",
]

__getattr__ = on_demand(
    __name__,
    dict.fromkeys(
        ("array_to_img", "img_to_array", "load_img", "save_img"), f"{__name__}.image_utils"
    )
    | dict.fromkeys(("model_to_dot", "plot_model"), f"{__name__}.vis_utils")
    | dict.fromkeys(
        ("pack_x_y_sample_weight", "unpack_x_y_sample_weight"),
        "densetrace.keras.engine.data_adapter",
    )
    | {
        "split_dataset": f"{__name__}.dataset_utils",
        "timeseries_dataset_from_array": f"{__name__}.timeseries_dataset",
    },
)
