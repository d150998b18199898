"""The layer `Lambda`, which calls a function. Follows keras 2.14 layers/core/lambda_layer.py."""

from types import FunctionType
from typing import Any, Self

from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.saving import serialization_lib
from densetrace.keras.utils import tf_utils
from densetrace.recording.introspect import getfullargspec
from densetrace.tensorflow.nest import flatten
from densetrace.tensorflow.shapes import TensorShape


@keras_export("keras.layers.Lambda")
class Lambda(Layer):
    """A layer that calls a function on its input.

    Follows keras 2.14 layers/core/lambda_layer.py, Lambda.

    Args:
        function: called with the input, and with `mask` and `training` if it has these arguments.
        output_shape: the shape of the output without the batch size, or a function of the input's
            shape; otherwise it is found by calling the function on a symbol.
        mask: the mask of the output, or a function of the inputs and their mask.
        arguments: keyword arguments for the function.
        **kwargs: the keyword arguments of `Layer`.
    """

    # DEPARTS: Keras warns about variables that the function uses, and refuses those that it
    # creates. Here both are allowed.

    def __init__(
        self,
        function: Any,
        output_shape: Any = None,
        mask: Any = None,
        arguments: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.arguments = arguments or {}
        self.function = function
        if mask is not None:
            self.supports_masking = True
        self.mask = mask
        self._output_shape = output_shape
        function_args = getfullargspec(function).args
        self._fn_expects_training_arg = "training" in function_args
        self._fn_expects_mask_arg = "mask" in function_args

    @tf_utils.shape_type_conversion
    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return `output_shape` with the batch size, or the shape that the function returns.

        Raises:
            NotImplementedError: if the function cannot run on symbols.
        """
        if self._output_shape is None:
            try:
                return super().compute_output_shape(input_shape)
            except NotImplementedError as error:
                raise NotImplementedError(
                    "We could not automatically infer the shape of the Lambda's output. Please "
                    "specify `output_shape` for this Lambda."
                ) from error
        if callable(self._output_shape):
            return self._output_shape(input_shape)
        batch = flatten(input_shape)[0] if input_shape else None
        return tf_utils.map_shapes(
            lambda shape: TensorShape([batch, *TensorShape(shape).as_list()]), self._output_shape
        )

    def call(self, inputs: Any, mask: Any = None, training: Any = None) -> Any:
        """Return what the function returns."""
        kwargs = dict(self.arguments)
        if self._fn_expects_mask_arg:
            kwargs["mask"] = mask
        if self._fn_expects_training_arg:
            kwargs["training"] = training
        return self.function(inputs, **kwargs)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mask given, or what its function returns."""
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer: a named function by its name.

        Raises:
            ValueError: for a lambda, whose code a config does not hold.
        """
        function = self._serialize_function_to_config(self.function)
        output_shape = self._serialize_function_to_config(self._output_shape, allow_raw=True)
        config = {
            "function": function[0],
            "function_type": function[1],
            "module": function[2],
            "output_shape": output_shape[0],
            "output_shape_type": output_shape[1],
            "output_shape_module": output_shape[2],
        }
        if self.mask is not None:
            mask = self._serialize_function_to_config(self.mask)
            config |= {"mask": mask[0], "mask_type": mask[1], "mask_module": mask[2]}
        config["arguments"] = self.arguments
        return super().get_config() | config

    def _serialize_function_to_config(
        self, inputs: Any, allow_raw: bool = False
    ) -> tuple[Any, str, str | None]:
        # DEPARTS: Keras writes the bytecode of every Python function. Here a config contains no
        # code: a lambda is refused, any other function is saved by its name.
        if isinstance(inputs, FunctionType) and inputs.__name__ == "<lambda>":
            raise ValueError(
                f"The config of layer {self.name} would contain the code of a Python lambda, "
                "which densetrace does not save."
                " Pass a named function, registered with "
                "keras.saving.register_keras_serializable(), or write a subclass of Layer."
            )
        if callable(inputs):
            return serialization_lib.serialize_keras_object(inputs), "function", inputs.__module__
        if allow_raw:
            return inputs, "raw", None
        raise ValueError(f"Invalid input for serialization, type: {type(inputs)} ")

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """Create a layer with the arguments in `config`; its functions are looked up by name.

        Raises:
            ValueError: if the config holds code, or an unknown name.
            TypeError: if a function's type is unknown.
        """
        config = dict(config)
        for name, module in (
            ("function", "module"),
            ("output_shape", "output_shape_module"),
            ("mask", "mask_module"),
        ):
            if name == "mask" and name not in config:
                continue
            config[name] = cls._parse_function_from_config(
                config, custom_objects, name, module, f"{name}_type"
            )
        return cls(**config)

    @classmethod
    def _parse_function_from_config(
        cls,
        config: dict[str, Any],
        custom_objects: Any,
        func_attr_name: str,
        module_attr_name: str,
        func_type_attr_name: str,
    ) -> Any:
        config.pop(module_attr_name, None)
        function_type = config.pop(func_type_attr_name)
        if function_type == "function":
            return serialization_lib.deserialize_keras_object(
                config[func_attr_name], custom_objects=custom_objects
            )
        # DEPARTS: With `safe_mode=False` Keras runs the code in a config. Here it never runs.
        if function_type == "lambda":
            raise ValueError(
                "Requested the deserialization of a Lambda layer with a Python `lambda` inside "
                "it. densetrace never runs code from a config. Write the function in your script, "
                "and create the layer there."
            )
        if function_type == "raw":
            return config[func_attr_name]
        raise TypeError(
            "Unsupported value for `function_type` argument. Received: "
            f"function_type={function_type}. Expected one of ['function', 'lambda', 'raw']"
        )
