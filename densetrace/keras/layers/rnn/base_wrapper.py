"""The base class of layers around a layer. Follows keras 2.14 layers/rnn/base_wrapper.py."""

import copy
from typing import Any

from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.saving import serialization_lib


@keras_export("keras.layers.Wrapper")
class Wrapper(Layer):
    """A layer that holds another one, and has its weights.

    Follows keras 2.14 layers/rnn/base_wrapper.py, Wrapper.

    Args:
        layer: the layer inside.
        **kwargs: the keyword arguments of `Layer`.

    Raises:
        ValueError: if `layer` is not a layer.
    """

    layer: Any

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        if not isinstance(layer, Layer):
            raise ValueError(
                f"Layer {layer} supplied to wrapper is not a supported layer type. Please ensure "
                "wrapped layer is a valid Keras layer."
            )
        self.layer = layer
        super().__init__(**kwargs)

    def build(self, input_shape: Any = None) -> None:
        """Build the layer inside."""
        if not self.layer.built:
            self.layer.build(input_shape)
            self.layer.built = True
        self.built = True

    @property  # type: ignore[misc] # read-only, as in Keras
    def activity_regularizer(self) -> Any:
        """The regularizer of the output of the layer inside, or None."""
        return getattr(self.layer, "activity_regularizer", None)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        config = {"layer": serialization_lib.serialize_keras_object(self.layer)}
        return super().get_config() | config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Create the layer and the one inside from a config."""
        from densetrace.keras.layers import deserialize as deserialize_layer

        config = copy.deepcopy(config)
        use_legacy_format = "module" not in config
        layer = deserialize_layer(
            config.pop("layer"),
            custom_objects=custom_objects,
            use_legacy_format=use_legacy_format,
        )
        return cls(layer, **config)
