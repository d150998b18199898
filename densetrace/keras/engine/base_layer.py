"""`Layer`, the base class of every layer: creating, naming, building and calling it.

Follows keras 2.14 engine/base_layer.py, in the same order. Three parts of `Layer` have their own
modules: weights and sub-layers are in `_layer_state.py`, losses and metrics in `_layer_losses.py`,
nodes in `_connections.py`. This file is longer than others so that it can be read beside Keras's.
"""

from collections.abc import Callable
from types import FunctionType
from typing import Any, Self

import numpy as np

import densetrace.tensorflow as tf
from densetrace.keras import backend, constraints, initializers, regularizers
from densetrace.keras._exports import keras_export, library_export
from densetrace.keras._parts import made_of
from densetrace.keras.engine import base_layer_utils, input_spec, node
from densetrace.keras.engine._connections import Connections
from densetrace.keras.engine._layer_losses import LayerLosses
from densetrace.keras.engine._layer_state import LayerState
from densetrace.keras.engine.keras_tensor import KerasTensor, keras_tensor_from_tensor
from densetrace.keras.mixed_precision import policy
from densetrace.keras.saving import serialization_lib
from densetrace.keras.utils import layer_utils
from densetrace.keras.utils.generic_utils import default, is_default, to_snake_case
from densetrace.keras.utils.tf_utils import map_shapes
from densetrace.keras.utils.traceback_utils import raise_with_argument_info
from densetrace.recording.hooks import trace_methods, traced
from densetrace.recording.introspect import getfullargspec
from densetrace.recording.warn import warn
from densetrace.system.real_home import known_module, of_keras
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.dtypes import as_dtype
from densetrace.tensorflow.missing import missing
from densetrace.tensorflow.nest import flatten, map_structure, pack_like
from densetrace.tensorflow.replication import VariableSynchronization
from densetrace.tensorflow.scopes import init_scope
from densetrace.tensorflow.shapes import TensorShape, TensorSpec
from densetrace.tensorflow.symbolic import (
    Graph,
    GraphTensor,
    Symbol,
    current_graph,
    inside,
)
from densetrace.tensorflow.tensor import Operators, Tensor
from densetrace.tensorflow.variables import Variable, autocast_variables

_ALLOWED_KWARGS = (
    "input_dim",
    "input_shape",
    "batch_input_shape",
    "batch_size",
    "weights",
    "activity_regularizer",
    "autocast",
    "implementation",
)

_ADD_WEIGHT_KWARGS = (
    "collections",
    "experimental_autocast",
    "caching_device",
    "getter",
    "layout",
    "experimental_enable_variable_lifting",
    "partitioner",
)


_HOLDS_NOTHING = (bool, int, float, str, type(None), FunctionType)
"""Types of values that cannot contain a variable or a layer."""


@missing("Layer", "with_name_scope")
@keras_export("keras.layers.Layer")
@made_of(LayerLosses, Connections, LayerState)
class Layer(LayerLosses, Connections):
    """A function with weights: `__init__` configures it, the first call creates its weights.

    Subclasses define `__init__`, `build(input_shape)` and `call(inputs)`; all three become hook
    points automatically.

    Follows keras 2.14 engine/base_layer.py, Layer.
    """

    _auto_get_config: bool
    _auto_config: Any
    _is_graph_network = False
    _preserve_input_structure_in_config = False
    """Whether a config keeps a list of one input as a list."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        trace_methods(cls, {"__init__": "init", "build": "build", "call": "call"})

    @traced("init")
    def __init__(
        self,
        trainable: Any = True,
        name: str | None = None,
        dtype: Any = None,
        dynamic: bool = False,
        **kwargs: Any,
    ) -> None:
        """Set the layer's name, dtype policy and empty state.

        Follows keras 2.14 engine/base_layer.py, Layer.__init__.

        Args:
            trainable: whether training changes the weights.
            name: the layer's name; derived from the class name if None.
            dtype: a dtype, its name, or a policy; the global policy if None.
            dynamic: whether `call` works on eager tensors only.
            **kwargs: `input_shape`, `input_dim`, `batch_input_shape`, `batch_size`, `weights`,
                `activity_regularizer`, `autocast`, `implementation`.

        Raises:
            TypeError: if there is any other keyword, or a value has the wrong type.
        """
        for keyword in kwargs:
            if keyword not in _ALLOWED_KWARGS:
                raise TypeError("Keyword argument not understood:", keyword)
        if not (isinstance(trainable, bool) or _is_bool_tensor(trainable)):
            raise TypeError(f"Expected `trainable` argument to be a boolean, but got: {trainable}")
        self._trainable = trainable
        self._stateful = False
        self.built = False
        self._input_spec: Any = None
        self._build_input_shape: Any = None
        self._supports_masking = not is_default(self.compute_mask)
        self._init_set_name(name)
        self._activity_regularizer = regularizers.get(kwargs.pop("activity_regularizer", None))
        # A subclass may have set attributes before this call: keep the weights tracked so far.
        for tracked in ("_trainable_weights", "_non_trainable_weights"):
            if tracked not in vars(self):
                setattr(self, tracked, [])
        self._metrics = []
        self._callable_losses = []
        self._losses = []
        self._eager_losses = []
        self._set_dtype_policy(dtype)
        self._autocast = kwargs.get("autocast", True)
        self._inbound_nodes: list[node.Node] = []
        self._outbound_nodes: list[node.Node] = []
        self._call_spec = layer_utils.CallFunctionSpec(self.call)
        if not isinstance(dynamic, bool):
            raise TypeError(f"Expected `dynamic` argument to be a boolean, but got: {dynamic}")
        self._dynamic = dynamic
        if "input_dim" in kwargs and "input_shape" not in kwargs:
            kwargs["input_shape"] = (kwargs["input_dim"],)
        if "batch_input_shape" in kwargs:
            self._batch_input_shape = tuple(kwargs["batch_input_shape"])
        elif "input_shape" in kwargs:
            self._batch_input_shape = (kwargs.get("batch_size"), *tuple(kwargs["input_shape"]))
        self._initial_weights = kwargs.get("weights")

    @default
    def build(self, input_shape: Any) -> None:
        """Create the weights; subclasses override this.

        Follows keras 2.14 engine/base_layer.py, Layer.build.
        """
        self._build_input_shape = input_shape
        self.built = True

    @traced("call")
    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Compute the outputs; subclasses override this."""
        return inputs

    @traced("add_weight")
    def add_weight(
        self,
        name: str | None = None,
        shape: Any = None,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        trainable: bool | None = None,
        constraint: Any = None,
        use_resource: Any = None,
        synchronization: Any = None,
        aggregation: Any = None,
        **kwargs: Any,
    ) -> Variable:
        """Create a weight and add it to the layer's weights.

        Follows keras 2.14 engine/base_layer.py, Layer.add_weight.

        Args:
            name: the weight's name, to which name scopes and `:0` are added.
            shape: the weight's sizes, all known; a scalar if None.
            dtype: the weight's dtype; the layer's if None.
            initializer: computes the first value; if None, glorot_uniform for floats and zeros for
                integers and booleans.
            regularizer: computes a loss from the weight whenever `losses` is read.
            trainable: whether training changes the weight; True if None, unless the weight is
                synchronized on read.
            constraint: stored with the variable, for training.
            synchronization: a tf.VariableSynchronization, stored with the variable.
            aggregation: a tf.VariableAggregation, stored with the variable.
            **kwargs: `layout`; `getter`, a function that creates the variable instead of
                `make_variable`; `experimental_autocast`; other keywords of Keras have no effect.

        Raises:
            TypeError: if a keyword is unknown.
            ValueError: if there is no initializer and the dtype has no default, or the weight is
                synchronized on read and trainable.
        """
        if shape is None:
            shape = ()
        elif isinstance(shape, Tensor | np.ndarray):
            shape = tuple(np.asarray(shape).tolist())
        for keyword in kwargs:
            if keyword not in _ADD_WEIGHT_KWARGS:
                raise TypeError("Unknown keyword argument:", keyword)
        layout = kwargs.get("layout")
        if not layout and name:
            layout = getattr(self, f"{name}_layout", None)
        dtype = as_dtype(dtype or self.dtype or backend.floatx())
        initializer = initializers.get(initializer)
        regularizer = regularizers.get(regularizer)
        constraint = constraints.get(constraint)
        if synchronization is VariableSynchronization.ON_READ:
            if trainable:
                raise ValueError(
                    "A variable that is synchronized on read cannot be trained. Received: "
                    f"synchronization={synchronization}, trainable=True"
                )
            trainable = False
        elif trainable is None:
            trainable = True
        if initializer is None:
            if dtype.is_floating:
                initializer = initializers.get("glorot_uniform")
            elif dtype.is_integer or dtype.is_bool:
                initializer = initializers.get("zeros")
            elif "getter" not in kwargs:
                raise ValueError(
                    f"An initializer for variable {name} of type {dtype} is required for layer "
                    f"{self.name}. Received: {initializer}."
                )
        getter = kwargs.get("getter", base_layer_utils.make_variable)
        variable: Variable = getter(
            name=name,
            shape=shape,
            dtype=dtype,
            initializer=initializer,
            trainable=trainable,
            constraint=constraint,
            layout=layout or None,
            synchronization=synchronization,
            aggregation=aggregation,
        )
        mixed = self._dtype_policy.compute_dtype != self._dtype_policy.variable_dtype
        variable.autocast = (
            kwargs.get("experimental_autocast", True) and mixed and dtype.is_floating
        )
        if regularizer is not None:
            self._handle_weight_regularization(variable.name, variable, regularizer)
        (self._trainable_weights if trainable else self._non_trainable_weights).append(variable)
        return variable

    @traced("new")
    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Create the object, and keep the arguments as its auto-config if all are plain values.

        `__init__` still receives the caller's arguments: the dict merged here is a separate copy.

        Follows keras 2.14 engine/base_layer.py, Layer.__new__.
        """
        arg_names = getfullargspec(cls.__init__).args
        kwargs.update(dict(zip(arg_names[1 : len(args) + 1], args, strict=False)))
        instance = super().__new__(cls)
        plain = (str, int, float, bool, type(None))
        try:
            auto_get_config = all(isinstance(value, plain) for value in flatten(kwargs))
        except TypeError:
            auto_get_config = False
        instance._auto_get_config = auto_get_config
        if auto_get_config:
            instance._auto_config = serialization_lib.Config(**kwargs)
        return instance

    @default
    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer.

        If a subclass does not override this, its config is the auto-config of `__new__`.

        Follows keras 2.14 engine/base_layer.py, Layer.get_config.

        Raises:
            NotImplementedError: if the layer was created with arguments that are not plain values.
        """
        config: dict[str, Any] = {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": policy.serialize(self._dtype_policy),
        }
        if hasattr(self, "_batch_input_shape"):
            config["batch_input_shape"] = self._batch_input_shape
        if not is_default(self.get_config):
            return config
        if not self._auto_get_config:
            raise NotImplementedError(
                f"Layer {type(self).__name__} was created by passing non-serializable argument "
                "values in `__init__()`, and therefore the layer must override `get_config()` in "
                "order to be serializable. Please implement `get_config()`: return "
                "super().get_config() with your own arguments added."
            )
        common = set(config)
        config.update(self._auto_config.config)
        spec = getfullargspec(self.__init__)  # type: ignore[misc] # of this very class
        if spec.varkw != "kwargs":
            for key in common.difference(spec.args[1:]):
                config.pop(key, None)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Create a layer with the arguments in `config`.

        Follows keras 2.14 engine/base_layer.py, Layer.from_config.

        Raises:
            TypeError: if creating the layer fails.
        """
        try:
            return cls(**config)
        except Exception as error:
            raise TypeError(
                f"Error when deserializing class '{cls.__name__}' using config={config}.\n\n"
                f"Exception encountered: {error}"
            ) from error

    @default
    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the output shape for an input shape; builds the layer if necessary.

        Follows keras 2.14 engine/base_layer.py, Layer.compute_output_shape.

        Raises:
            NotImplementedError: if `call` cannot run on symbolic tensors.
        """
        self._maybe_build(input_shape)
        inputs = map_shapes(lambda shape: KerasTensor(shape, self.dtype), input_shape)
        try:
            with inside(Graph("scratch")):
                outputs = self(inputs, training=False)
        except TypeError as error:
            raise NotImplementedError(
                "We could not automatically infer the static shape of the layer's output. Please "
                "implement the `compute_output_shape` method on your layer "
                f"({type(self).__name__})."
            ) from error
        return map_structure(lambda tensor: tensor.shape, outputs)

    def compute_output_signature(self, input_signature: Any) -> Any:
        """Return the shape and dtype of the output for an input of this shape and dtype.

        Follows keras 2.14 engine/base_layer.py, Layer.compute_output_signature.

        Raises:
            TypeError: if `input_signature` contains anything but `TensorSpec` objects.
        """
        for spec in flatten(input_signature):
            if not isinstance(spec, TensorSpec):
                raise TypeError(f"Only TensorSpec signature types are supported. Received: {spec}.")
        output_shape = self.compute_output_shape(
            map_structure(lambda spec: spec.shape, input_signature)
        )
        # DEPARTS: If `compute_output_shape` of a subclass returns a plain tuple, Keras treats each
        # size in it as a shape, and fails. Here the tuple is one shape.
        dtype = self._inbound_nodes[0].outputs.dtype if self._inbound_nodes else self.compute_dtype
        return map_shapes(lambda shape: TensorSpec(shape, dtype), output_shape)

    @default
    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mask of the outputs: the inputs' mask if the layer supports masking.

        Follows keras 2.14 engine/base_layer.py, Layer.compute_mask.

        Raises:
            TypeError: if there is a mask and the layer does not support masking.
        """
        if self._supports_masking:
            return mask
        if any(leaf is not None for leaf in flatten(mask)):
            raise TypeError(
                f"Layer {self.name} does not support masking, but was passed an input_mask: {mask}"
            )
        return None

    @traced("invoke", caller=base_layer_utils.caller)
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Check and cast the inputs, build the layer if necessary, and run `call` on them.

        On eager tensors `call` computes. On symbolic tensors it runs to infer the output's shape
        and dtype, and the layer gets a node.

        Follows keras 2.14 engine/base_layer.py, Layer.__call__.

        Raises:
            RuntimeError: if the constructor did not call `super().__init__()`.
            ValueError: if there are no inputs, or the inputs do not fit the layer's `input_spec`.
        """
        if "_call_spec" not in vars(self):
            raise RuntimeError("You must call `super().__init__()` in the layer constructor.")
        inputs, args, kwargs = self._call_spec.split_out_first_arg(args, kwargs)
        if base_layer_utils.has_keras_tensor((inputs, args, kwargs)):
            return self._functional_construction_call(inputs, args, kwargs)

        if any(isinstance(leaf, _CONVERTED) for leaf in flatten(inputs)):
            inputs = map_structure(_convert_numpy_or_python_types, inputs)
        masks = self._get_input_masks(inputs, args, kwargs)
        kwargs, training = self._set_training_mode(args, kwargs)
        if not base_layer_utils.call_context().in_call:
            self._clear_losses()
        with base_layer_utils.entered_call(self, training):
            input_spec.assert_input_compatibility(self.input_spec, inputs, self.name)
            symbolic = any(isinstance(leaf, Symbol) for leaf in flatten(inputs))
            with backend.name_scope(self._name, symbolic=symbolic):
                if not self.built:
                    self._maybe_build(inputs)
                inputs = self._maybe_cast_inputs(inputs)
                with autocast_variables(self._compute_dtype_object):
                    try:
                        outputs = self.call(inputs, *args, **kwargs)
                    except Exception as error:
                        name = f"layer '{self.name}' (type {type(self).__name__})"
                        raise_with_argument_info(error, self.call, (inputs, *args), kwargs, name)
                self._handle_activity_regularization(inputs, outputs)
                self._set_mask_metadata(inputs, outputs, masks)
            return outputs

    def __repr__(self) -> str:
        # The repr that the class has in Keras.
        return f"<{known_module(type(self))}.{type(self).__qualname__} object at {id(self):#x}>"

    @property
    def name_scope(self) -> Callable[[], str]:
        """A function that returns the name scope of the layer's calls: `outer/dense/`.

        Follows keras 2.14 engine/base_layer.py, Layer.name_scope.
        """
        return lambda: "/".join(filter(None, (backend.current_name_scope(), self.name))) + "/"

    @property
    def dtype(self) -> Any:
        """The name of the weights' dtype; with the policy `_infer`, None before the first call."""
        return self._dtype_policy.variable_dtype

    variable_dtype = dtype

    @property
    def name(self) -> str:  # type: ignore[override] # read-only here, as in Keras
        """The layer's name; a name that Keras generates is unique in the session."""
        return self._name

    @property
    def supports_masking(self) -> bool:
        """Whether the layer passes masks on."""
        return self._supports_masking

    @supports_masking.setter
    def supports_masking(self, value: bool) -> None:
        self._supports_masking = value

    @property
    def dynamic(self) -> bool:
        """Whether the layer or a sub-layer was created with `dynamic=True`: eager tensors only."""
        return any(layer._dynamic for layer in self._flatten_layers())

    @property
    def stateful(self) -> bool:
        """Whether the layer or a sub-layer keeps state between batches."""
        return any(layer._stateful for layer in self._flatten_layers())

    @stateful.setter
    def stateful(self, value: bool) -> None:
        self._stateful = value

    @property
    def activity_regularizer(self) -> Any:
        """The regularizer of the layer's output, or None."""
        return self._activity_regularizer

    @activity_regularizer.setter
    def activity_regularizer(self, regularizer: Any) -> None:
        self._activity_regularizer = regularizer

    @property
    def input_spec(self) -> Any:
        """The requirements on the layer's inputs: one or more `InputSpec` objects, or None."""
        return self._input_spec

    @input_spec.setter
    def input_spec(self, value: Any) -> None:
        for spec in flatten(value):
            if spec is not None and not isinstance(spec, input_spec.InputSpec):
                raise TypeError(
                    "Layer input_spec must be an instance of InputSpec. "
                    f"Got: {spec} (of type {type(spec)})"
                )
        self._input_spec = value

    @property
    def dtype_policy(self) -> policy.Policy:
        """The dtype policy."""
        return self._dtype_policy

    @property
    def compute_dtype(self) -> Any:
        """The dtype of the computation; floating inputs are cast to it."""
        return self._dtype_policy.compute_dtype

    @property
    def _compute_dtype(self) -> Any:
        """As `compute_dtype`: the private name, which authors of layers use too."""
        return self._dtype_policy.compute_dtype

    def add_variable(self, *args: Any, **kwargs: Any) -> Variable:
        """Create a weight: the old name of `add_weight`.

        Follows keras 2.14 engine/base_layer.py, Layer.add_variable.
        """
        warn("`layer.add_variable` is deprecated: use `layer.add_weight`, which does the same.")
        return self.add_weight(*args, **kwargs)

    def get_build_config(self) -> dict[str, Any] | None:
        """Return the input shape of the build, for `build_from_config`; None before the build.

        Follows keras 2.14 engine/base_layer.py, Layer.get_build_config.
        """
        if self._build_input_shape is None:
            return None
        return {"input_shape": map_structure(_plain_shape, self._build_input_shape)}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Build the layer with the input shape that `get_build_config` returned.

        Follows keras 2.14 engine/base_layer.py, Layer.build_from_config.
        """
        input_shape = config["input_shape"]
        if input_shape is not None:
            self.build(input_shape)

    def _keras_tensor_symbolic_call(
        self, inputs: Any, masks: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        if self.dynamic:
            return self._output_of_dynamic_layer(inputs)
        return self._infer_output_signature(inputs, args, kwargs, masks)

    def _output_of_dynamic_layer(self, inputs: Any) -> Any:
        """Create the outputs from `compute_output_shape`: `call` works on eager tensors only.

        Follows keras 2.14 engine/base_layer.py, Layer._keras_tensor_symbolic_call.
        """
        # DEPARTS: In Keras the weights of a dynamic layer in a model have the model's name scope
        # without the layer's. Here they have the layer's name scope.
        if is_default(self.compute_output_shape):
            self._maybe_build(inputs)
            raise NotImplementedError(
                "A dynamic layer cannot be run on symbols. Please run in eager mode or implement "
                f"the `compute_output_shape` method on your layer ({type(self).__name__})."
            )
        signature = self.compute_output_signature(
            map_structure(lambda tensor: TensorSpec(tensor.shape, tensor.dtype), inputs)
        )
        return map_structure(lambda spec: KerasTensor(spec.shape, spec.dtype), signature)

    def _infer_output_signature(
        self, inputs: Any, args: tuple[Any, ...], kwargs: dict[str, Any], masks: Any
    ) -> Any:
        """Run `call` on graph tensors of these shapes, and return symbolic tensors like its
        outputs.

        Follows keras 2.14 engine/base_layer.py, Layer._infer_output_signature.
        """
        # The layer runs in a new graph, which has no open name scope.
        with inside(Graph(base_layer_utils.KERAS_GRAPH)), backend.outermost_name_scope():
            inputs, args, kwargs, masks = map_structure(_stand_in, (inputs, args, kwargs, masks))
            with backend.name_scope(self._name, symbolic=True):
                with autocast_variables(self._compute_dtype_object):
                    self._maybe_build(inputs)
                    inputs = self._maybe_cast_inputs(inputs)
                    try:
                        outputs = self.call(inputs, *args, **kwargs)
                    except Exception as error:
                        name = f'layer "{self.name}" (type {type(self).__name__})'
                        raise_with_argument_info(error, self.call, (inputs, *args), kwargs, name)
                self._handle_activity_regularization(inputs, outputs)
            self._set_mask_metadata(inputs, outputs, masks)
            return pack_like(outputs, list(map(keras_tensor_from_tensor, flatten(outputs))))

    def _functional_construction_call(
        self, inputs: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Run `call` on symbolic tensors, and create a node.

        Follows keras 2.14 engine/base_layer.py, Layer._functional_construction_call and
        Layer._infer_output_signature.
        """
        if any(isinstance(leaf, _CONVERTED) for leaf in flatten(inputs)):
            inputs = map_structure(_convert_numpy_or_python_types, inputs)
        node_kwargs = self._without_training(kwargs)
        masks = self._get_input_masks(inputs, args, kwargs)
        kwargs, training = self._set_training_mode(args, kwargs)
        with base_layer_utils.entered_call(self, training):
            outputs = self._keras_tensor_symbolic_call(inputs, masks, args, kwargs)
            # What Keras passes itself, the training mode and the mask, is no part of the node.
            node.Node(self, (inputs, *args), node_kwargs, outputs)
            return outputs

    def _without_training(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Return a copy of the arguments, without `training` if it is None or `call` has none."""
        passed = kwargs.get("training") is not None and self._call_spec.expects_training_arg
        return {name: kwargs[name] for name in kwargs if name != "training" or passed}

    def _set_training_mode(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[dict[str, Any], Any]:
        """Resolve `training`: the argument, the outer layer's value, or the default of `call`."""
        spec = self._call_spec
        passed = spec.value_of("training", args, kwargs)
        if passed is not None:
            if not spec.expects_training_arg:
                kwargs = {key: value for key, value in kwargs.items() if key != "training"}
            return kwargs, passed
        if not spec.expects_training_arg:
            return kwargs, base_layer_utils.call_context().training
        training = base_layer_utils.call_context().training
        if training is None and backend.global_learning_phase_is_set():
            training = bool(backend.learning_phase())
        if training is None:
            training = spec.default_training_arg
        position = spec.arg_names.index("training") - 1 if "training" in spec.arg_names else None
        if position is not None and position < len(args):
            return kwargs, training
        return kwargs | {"training": training}, training

    def _set_dtype_policy(self, dtype: Any) -> None:
        self._dtype_policy = policy.get_policy(dtype)
        compute_dtype = self._dtype_policy.compute_dtype
        self._compute_dtype_object = None if compute_dtype is None else as_dtype(compute_dtype)

    def _maybe_cast_inputs(self, inputs: Any) -> Any:
        """Cast floating inputs to the compute dtype, if the layer casts at all."""
        dtype = self._compute_dtype_object
        if not self._autocast or dtype is None or not dtype.is_floating:
            return inputs

        def cast(tensor: Any) -> Any:
            if isinstance(tensor, Operators) and tensor.dtype != dtype:
                return tf.cast(tensor, dtype) if tensor.dtype.is_floating else tensor
            return tensor

        return map_structure(cast, inputs)

    def _init_set_name(self, name: Any, zero_based: bool = True) -> None:
        if name is None:
            base = to_snake_case(type(self).__name__)
            self._name = backend.unique_object_name(base, zero_based=zero_based)
        elif isinstance(name, str):
            backend.observe_object_name(name)
            self._name = name
        else:
            raise TypeError(f"Expected `name` argument to be a string, but got: {name}")

    def _set_mask_metadata(self, inputs: Any, outputs: Any, masks: Any) -> None:
        leaves = flatten(outputs)
        jointly = getattr(self, "_compute_output_and_mask_jointly", False)
        known = all(getattr(leaf, "_keras_mask", None) is not None for leaf in leaves)
        if not self._supports_masking or jointly or known:
            return
        output_masks = self.compute_mask(inputs, masks)
        if output_masks is None:
            return
        for leaf, mask in zip(leaves, flatten(output_masks), strict=False):
            if isinstance(leaf, Operators):
                vars(leaf)["_keras_mask"] = mask

    def _get_input_masks(self, inputs: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        spec = self._call_spec
        if not self._supports_masking and not spec.expects_mask_arg:
            return None
        if spec.was_passed("mask", args, kwargs):
            return spec.value_of("mask", args, kwargs)
        masks = map_structure(lambda leaf: getattr(leaf, "_keras_mask", None), inputs)
        if all(mask is None for mask in flatten(masks)):
            return None
        if spec.expects_mask_arg:
            kwargs["mask"] = masks
        return masks

    def _maybe_build(self, inputs: Any) -> None:
        """Build the layer for these inputs, or inputs of these shapes, unless it is built."""
        if not self.built:
            input_spec.assert_input_compatibility(self.input_spec, inputs, self.name)
            leaves = flatten(inputs)
            if leaves and self._dtype_policy.compute_dtype is None and hasattr(leaves[0], "dtype"):
                self._set_dtype_policy(policy.Policy(leaves[0].dtype.base_dtype.name))
            input_shapes = _shapes_of(inputs)
            # Only call a `build` that a subclass defines: `Layer.build` follows below anyway.
            with init_scope():
                if not is_default(self.build):
                    self.build(input_shapes)
            Layer.build(self, input_shapes)
        if self._initial_weights is not None:
            with init_scope():
                self.set_weights(self._initial_weights)
            self._initial_weights = None

    def __delattr__(self, name: str) -> None:
        before = vars(self).get(name)
        object.__delattr__(self, name)
        if isinstance(before, Variable):
            self._untrack_variable(before)

    @traced("assign")
    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute, and track the variables and layers in its value.

        Follows keras 2.14 engine/base_layer.py, Layer.__setattr__.

        Raises:
            AttributeError: if the name is that of a read-only property.
        """
        if hasattr(type(self), name):
            try:
                object.__setattr__(self, name, value)
            except AttributeError as error:
                raise AttributeError(
                    f'Can\'t set the attribute "{name}", likely because it conflicts with an '
                    "existing read-only @property of the object. Please choose a different name."
                ) from error
            return
        before = vars(self).get(name)
        if before is not None and isinstance(value, LayerState | list | tuple | dict):
            vars(self).pop(name)  # so that the new value comes last
        object.__setattr__(self, name, value)
        position = None
        if isinstance(before, Variable) and before is not value:
            position = self._untrack_variable(before)
        if isinstance(value, _HOLDS_NOTHING):
            return
        if not name.startswith(("_trainable", "_non_trainable")):
            self._track_variables(value, position if isinstance(value, Variable) else None)
            self._track_metrics(value)


_CONVERTED = (np.ndarray, float, int)


def _is_bool_tensor(value: Any) -> bool:
    return isinstance(value, Tensor | Variable) and value.dtype.is_bool


class AddLoss(Layer):
    """A layer that adds its input as a loss; `Functional.add_loss` adds one to the graph.

    Follows keras 2.14 engine/base_layer.py, AddLoss.

    Args:
        unconditional: whether the loss does not depend on the inputs.
        **kwargs: the keyword arguments of `Layer`.
    """

    def __init__(self, unconditional: bool, **kwargs: Any) -> None:
        # A loss keeps its dtype.
        kwargs["autocast"] = False
        super().__init__(**kwargs)
        self.unconditional = unconditional

    def call(self, inputs: Any) -> Any:
        """Add the input as a loss, and return it."""
        self.add_loss(inputs, inputs=(not self.unconditional))
        return inputs

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config() | {"unconditional": self.unconditional}


class AddMetric(Layer):
    """A layer that adds its input to a metric; `Functional.add_metric` adds one to the graph.

    Follows keras 2.14 engine/base_layer.py, AddMetric.

    Args:
        aggregation: "mean" or None.
        metric_name: the name of the metric.
        **kwargs: the keyword arguments of `Layer`.
    """

    def __init__(
        self, aggregation: str | None = None, metric_name: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.aggregation = aggregation
        self.metric_name = metric_name

    def call(self, inputs: Any) -> Any:
        """Add the input to the metric, and return it."""
        self.add_metric(inputs, aggregation=self.aggregation, name=self.metric_name)
        return inputs

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        own = {"aggregation": self.aggregation, "metric_name": self.metric_name}
        return super().get_config() | own


library_export("keras.src.engine.base_layer", AddLoss)
library_export("keras.src.engine.base_layer", AddMetric)


def _convert_numpy_or_python_types(leaf: Any) -> Any:
    return convert_to_tensor(leaf) if isinstance(leaf, _CONVERTED) else leaf


def _stand_in(leaf: Any) -> Any:
    """Return the graph tensor that replaces a symbolic tensor while the layer runs.

    Follows keras 2.14 engine/keras_tensor.py, keras_tensor_to_placeholder.
    """
    if not isinstance(leaf, KerasTensor):
        return leaf
    graph = current_graph()
    name = "Placeholder" if graph is None else graph.unique_name("Placeholder")
    tensor = GraphTensor(leaf.shape, leaf.dtype, f"{name}:0", graph)
    tensor.known = leaf.known
    return tensor


def _shapes_of(inputs: Any) -> Any:
    """Return the shapes for `build`: those of the inputs, or the shapes passed in their place."""
    leaves = flatten(inputs)
    if any(hasattr(leaf, "shape") for leaf in leaves):
        return map_structure(_shape_of, inputs)
    sizes = all(
        leaf is None or isinstance(leaf, TensorShape) or hasattr(leaf, "__index__")
        for leaf in leaves
    )
    return map_shapes(TensorShape, inputs) if sizes else None


def _shape_of(leaf: Any) -> Any:
    shape = getattr(leaf, "shape", None)
    return leaf if shape is None else TensorShape(shape)


def _plain_shape(shape: Any) -> Any:
    """Return a shape as a tuple; a scalar shape or a shape of unknown rank unchanged."""
    return tuple(shape) if isinstance(shape, TensorShape) and shape.rank else shape


@of_keras
class BaseRandomLayer(Layer):
    """A layer that draws random numbers in training, from a generator of its own.

    Follows keras 2.14 engine/base_layer.py, BaseRandomLayer.

    Args:
        seed: makes the numbers repeatable; drawn when the first numbers are, if None.
        force_generator: no effect: there is always a generator.
        rng_type: no effect: the generator is always the stateful one.
        **kwargs: the keyword arguments of `Layer`.
    """

    def __init__(
        self, seed: Any = None, force_generator: Any = False, rng_type: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._random_generator = backend.RandomGenerator(seed)

    def build(self, input_shape: Any) -> None:
        """Choose the seed, unless one was given."""
        super().build(input_shape)
        self._random_generator._maybe_init()
