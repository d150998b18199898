"""`Model`, a layer made of layers that can be compiled, trained, evaluated and used to predict.

Follows keras 2.14 engine/training.py, in the same order. Three parts of `Model` have their own
modules: the steps of one batch are in `_training_steps.py`, the methods for single batches in
`_training_on_batch.py`, and `fit`, `evaluate` and `predict` in `_training_loops.py`.
"""

import copy
import json
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras._parts import made_of
from densetrace.keras.engine._layer_state import (
    LayerState,
    is_module,
    leaves_of,
    unique,
    weights_of,
)
from densetrace.keras.engine._model_saving import ModelSaving
from densetrace.keras.engine._training_loops import TrainingLoops
from densetrace.keras.engine._training_on_batch import TrainingOnBatch
from densetrace.keras.engine._training_steps import TrainingSteps
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.saving import serialization_lib
from densetrace.keras.utils import layer_utils
from densetrace.keras.utils.generic_utils import default, is_default, validate_kwargs
from densetrace.keras.utils.traceback_utils import filter_traceback
from densetrace.recording.hooks import traced
from densetrace.recording.introspect import getfullargspec
from densetrace.recording.warn import warn
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.functions import functions_run_eagerly
from densetrace.tensorflow.missing import missing
from densetrace.tensorflow.nest import flatten, map_structure
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.symbolic import Graph, GraphTensor, current_graph, inside
from densetrace.tensorflow.variables import Variable

_INIT_KWARGS = ("trainable", "dtype", "dynamic", "name", "autocast", "inputs", "outputs")
_NOT_TRACKED = ("_trainable_weights", "_non_trainable_weights")
_COUNTERS = ("_train_counter", "_test_counter", "_predict_counter", "_steps_per_execution")
"""Attributes that hold variables which are not weights of the model."""
_IGNORED_COMPILE_KWARGS = ("cloning", "experimental_run_tf_function", "sample_weight_mode")


@missing(
    "Model",
    "export get_weight_paths save_spec",
    properties="distribute_reduction_method distribute_strategy",
)
@keras_export("keras.Model", "keras.models.Model")
@made_of(TrainingLoops, TrainingOnBatch, TrainingSteps, ModelSaving)
class Model(TrainingLoops, ModelSaving):
    """A layer made of layers. Subclasses define `__init__` and `call`.

    Follows keras 2.14 engine/training.py, Model.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Create the object; for `Model(inputs, outputs)` a `Functional`.

        Follows keras 2.14 engine/training.py, Model.__new__.
        """
        if is_functional_model_init_params(args, kwargs) and cls is Model:
            from densetrace.keras.engine import functional  # which imports this module

            return functional.Functional(*args, skip_init=True, **kwargs)
        return super().__new__(cls, *args, **kwargs)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the model's empty state.

        If a subclass passes inputs and outputs, its instances become functional models.

        Follows keras 2.14 engine/training.py, Model.__init__.

        Args:
            *args: the inputs and outputs of a functional model.
            **kwargs: `trainable`, `dtype`, `dynamic`, `name`, `autocast`, `inputs`, `outputs`.

        Raises:
            TypeError: if there is any other keyword.
        """
        if is_functional_model_init_params(args, kwargs):
            from densetrace.keras.engine import functional  # which imports this module

            if not isinstance(self, functional.Functional):
                self._init_as_functional(functional.Functional, args, kwargs)
                return
        validate_kwargs(kwargs, _INIT_KWARGS)
        super().__init__(**kwargs)  # as in Keras, one positional argument is ignored
        self._is_graph_network = False
        self.inputs: Any = None
        self.outputs: Any = None
        self.input_names: list[str] | None = None
        self.output_names: list[str] | None = None
        self.stop_training = False
        self.history: Any = None
        self.compiled_loss: Any = None
        self.compiled_metrics: Any = None
        # True for Sequential and functional models.
        self._compute_output_and_mask_jointly = False
        self.optimizer: Any = None
        self._is_compiled = False
        self._run_eagerly: bool | None = None
        self._reset_compile_cache()
        self._training_state: Any = None
        self._steps_per_execution: Variable | None = None
        self._enable_tune_steps_per_execution = False
        self._layout_map: Any = None
        self._init_batch_counters()
        self._base_model_initialized = True
        self._jit_compile: bool | None = None

    def _init_as_functional(
        self, functional: type, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        """Initialize an instance of a subclass that passed inputs and outputs.

        Follows keras 2.14 engine/training.py, Model.__init__.

        Raises:
            TypeError: if there are keywords that no base class takes.
        """
        supported = ("inputs", "outputs", "name", "trainable", "skip_init")
        model_kwargs = {name: value for name, value in kwargs.items() if name in supported}
        other_kwargs = {name: value for name, value in kwargs.items() if name not in supported}
        cls = type(self)
        inject_functional_model_class(cls)
        functional.__init__(self, *args, **model_kwargs)  # type: ignore[misc] # of its subclass
        others: list[type] = []
        for base in cls.__bases__:
            if issubclass(base, functional):
                others = []
            else:
                others.append(base)
        if others:
            for base in others:
                base.__init__(self, *args, **other_kwargs)  # type: ignore[misc] # as in Keras
        elif other_kwargs:
            raise TypeError(
                "The following keyword arguments passed to `Model` aren't supported: "
                f"{other_kwargs}."
            )

    def _create_counter_variable(self, init_value: int) -> Variable:
        return Variable(init_value, dtype="int64")

    def _init_batch_counters(self) -> None:
        """Create the variables that count the batches of the current epoch.

        Follows keras 2.14 engine/training.py, Model._init_batch_counters.
        """
        if current_graph() is None:
            self._train_counter = self._create_counter_variable(0)
            self._test_counter = self._create_counter_variable(0)
            self._predict_counter = self._create_counter_variable(0)

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute like `Layer.__setattr__`, after a check of `super().__init__()`.

        Raises:
            RuntimeError: if a layer or variable is set before `super().__init__()` was called.
        """
        if name in _COUNTERS:
            object.__setattr__(self, name, value)
            return
        leaves = flatten(value) if isinstance(value, Layer | Variable | list | tuple) else ()
        tracked = leaves and all(isinstance(leaf, Layer | Variable) for leaf in leaves)
        if tracked and "_base_model_initialized" not in vars(self):
            raise RuntimeError(
                "It looks like you are subclassing `Model` and you forgot to call "
                "`super().__init__()`. Always start with this line."
            )
        super().__setattr__(name, value)

    def __reduce__(self) -> Any:
        """Return how to make the model again, from its config and weights if it is built."""
        if not self.built:
            return super().__reduce__()
        from densetrace.keras.saving import pickle_utils

        serialized = pickle_utils.serialize_model_as_bytecode(self)
        return pickle_utils.deserialize_model_from_bytecode, (serialized,)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """Return a new model: of the same config, weights and optimizer if this one is built.

        Follows keras 2.14 engine/training.py, Model.__deepcopy__.
        """
        from densetrace.keras.saving import pickle_utils

        if self.built:
            new = pickle_utils.deserialize_model_from_bytecode(
                pickle_utils.serialize_model_as_bytecode(self)
            )
            memo[id(self)] = new
            return new
        reduced: Any = super().__reduce__()
        create, arguments, *rest = reduced
        new = memo[id(self)] = create(*arguments)
        if rest:
            for name, value in copy.deepcopy(rest[0], memo).items():
                object.__setattr__(new, name, value)
        return new

    def __copy__(self) -> Any:
        """Return the same as a deep copy."""
        return self.__deepcopy__({})

    @default
    def build(self, input_shape: Any) -> None:
        """Create the weights by calling the model on symbolic tensors of this shape.

        Follows keras 2.14 engine/training.py, Model.build.

        Raises:
            ValueError: if `input_shape` is None or not a shape, or if `call` fails.
        """
        if self._is_graph_network:
            super().build(input_shape)
            return
        if input_shape is None:
            raise ValueError(
                "Input shape must be defined when calling `build()` on a `Model` subclass."
            )
        if not isinstance(input_shape, tuple | list | TensorShape | dict):
            raise ValueError(
                "Specified input shape is not one of the valid types. Please specify a batch input "
                "shape of type tuple or list of input shapes. User provided input type: "
                f"{type(input_shape)}."
            )
        if input_shape and not self.inputs:
            # The model runs in a new graph, which has no open name scope.
            with inside(Graph("build")) as graph, backend.outermost_name_scope():
                inputs = _placeholders(input_shape, graph)
                arguments = self._arguments_for_build()
                try:
                    self.call(inputs, **arguments)
                except (InvalidArgumentError, TypeError) as error:
                    raise ValueError(
                        "You cannot build your model by calling `build` if your layers do not "
                        "support float type inputs. Instead, in order to instantiate and build "
                        "your model, call your model on real tensor data with the correct dtype."
                        f"\n\nThe actual error from `call` is: {error}."
                    ) from error
        super().build(input_shape)

    def _arguments_for_build(self) -> dict[str, Any]:
        """Return the required arguments of `call` besides its inputs: `training` or none.

        Raises:
            ValueError: if `call` requires other arguments, or has no parameter for inputs.
        """
        names = self._call_spec.positional
        if not names:
            raise ValueError(
                "You can only call `build()` on a model if its `call()` method accepts an "
                "`inputs` argument."
            )
        required = self._call_spec.required
        if any(name != "training" for name in required):
            raise ValueError(
                "Currently, you cannot build your model if it has positional or keyword arguments "
                "that are not inputs to the model, but are required for its `call()` method. "
                "Instead, call your model on real tensor data with all expected call arguments. "
                f"Required: {required}"
            )
        return dict.fromkeys(required, False)

    @filter_traceback
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the model like `Layer.__call__`.

        Raises:
            AttributeError: if the constructor did not call `super().__init__()`.
        """
        if "_layout_map" not in vars(self):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute '_layout_map'")
        return super().__call__(*args, **kwargs)

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Raise: a subclass must define the computation.

        Follows keras 2.14 engine/training.py, Model.call.

        Raises:
            NotImplementedError: unless a subclass defines it.
        """
        raise NotImplementedError(
            "Unimplemented `tf.keras.Model.call()`: if you intend to create a `Model` with the "
            "Functional API, please provide `inputs` and `outputs` arguments. Otherwise, subclass "
            "`Model` with an overridden `call()` method."
        )

    @traced("compile")
    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        metrics: Any = None,
        loss_weights: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool | None = None,
        steps_per_execution: Any = None,
        jit_compile: bool | None = None,
        pss_evaluation_shards: Any = 0,
        **kwargs: Any,
    ) -> None:
        """Resolve the optimizer now; store losses and metrics until the first batch.

        Follows keras 2.14 engine/training.py, Model.compile.

        Args:
            optimizer: an optimizer, its name or config.
            loss: a loss, its name, or a function of labels and predictions; or one per output.
            metrics: metrics, their names or functions; or those of each output.
            loss_weights: the factor of the loss of each output.
            weighted_metrics: metrics that use the sample weights.
            run_eagerly: whether Python runs for each batch, and not once per signature.
            steps_per_execution: the number of batches in each call of the train function.
            jit_compile: accepted: there is no XLA, and the numbers are the same.
            pss_evaluation_shards: accepted: there is one device.

        Raises:
            TypeError: if a keyword is unknown, or `steps_per_execution` is neither an integer nor
                'auto'.
            ValueError: if an argument is one that TensorFlow 2 removed, if the optimizer is
                unknown, or if both `jit_compile` and `run_eagerly` are True.
        """
        # Imported here, because only `compile` needs it and it imports all losses and metrics.
        from densetrace.keras.engine import compile_utils

        self._compile_config = serialization_lib.Config(
            optimizer=optimizer,
            loss=loss,
            metrics=metrics,
            loss_weights=loss_weights,
            weighted_metrics=weighted_metrics,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            jit_compile=jit_compile,
        )
        if "experimental_steps_per_execution" in kwargs and not steps_per_execution:
            steps_per_execution = kwargs.pop("experimental_steps_per_execution")
        from_serialized = kwargs.pop("from_serialized", False)
        self._validate_compile(**kwargs)
        self._run_eagerly = run_eagerly
        self.optimizer = self._get_optimizer(optimizer)
        if isinstance(loss, compile_utils.LossesContainer):
            self.compiled_loss = loss
        else:
            self.compiled_loss = compile_utils.LossesContainer(
                loss, loss_weights, output_names=self.output_names
            )
        self.compiled_metrics = compile_utils.MetricsContainer(
            metrics,
            weighted_metrics,
            output_names=self.output_names,
            from_serialized=from_serialized,
        )
        if steps_per_execution == "auto":
            steps_per_execution = 1
        self._configure_steps_per_execution(steps_per_execution or 1)
        self._reset_compile_cache()
        self._is_compiled = True
        self.loss = loss or {}
        if jit_compile and (self._run_eagerly or self.dynamic):
            raise ValueError("You cannot enable `run_eagerly` and `jit_compile` at the same time.")
        self._jit_compile = jit_compile

    def _get_optimizer(self, optimizer: Any) -> Any:
        """Return the optimizer, or each in a list, wrapped if the losses must be scaled.

        Follows keras 2.14 engine/training.py, Model._get_optimizer.

        Raises:
            ValueError: if an optimizer is unknown.
        """
        # Imported here, because only `compile` needs them.
        from densetrace.keras import optimizers

        def get_single_optimizer(opt: Any) -> Any:
            opt = optimizers.get(opt)
            if self.dtype_policy.name == "mixed_float16":
                from densetrace.keras.mixed_precision import loss_scale_optimizer as lso

                wrapper: Any = lso.BaseLossScaleOptimizer
                if not isinstance(opt, wrapper):
                    opt = wrapper(opt)
            return opt

        return map_structure(get_single_optimizer, optimizer)

    def _reset_compile_cache(self) -> None:
        """Forget the functions that run batches, and remember which layers are trainable.

        Follows keras 2.14 engine/training.py, Model._reset_compile_cache.
        """
        self.train_function = None
        self.test_function = None
        self.predict_function = None
        self.train_tf_function = None
        self._compiled_trainable_state = self._get_trainable_state()

    def _configure_steps_per_execution(self, steps_per_execution: Any) -> None:
        if not isinstance(steps_per_execution, int | np.integer):
            raise TypeError(
                "steps_per_execution must be an integer or 'auto'. "
                f"Received: {steps_per_execution!r}"
            )
        self._steps_per_execution = self._create_counter_variable(int(steps_per_execution))

    @property
    def run_eagerly(self) -> bool:
        """Whether Python runs for each batch; otherwise it runs once per signature.

        Follows keras 2.14 engine/training.py, Model.run_eagerly.

        Raises:
            ValueError: if it is set to False and the model has dynamic layers.
        """
        if self.dynamic and self._run_eagerly is False:
            raise ValueError(
                "The model has layers created with `dynamic=True`, which only run eagerly. "
                "You cannot set `run_eagerly=False`."
            )
        by_default = self._run_eagerly is None and functions_run_eagerly()
        return self.dynamic or bool(self._run_eagerly) or by_default

    @run_eagerly.setter
    def run_eagerly(self, value: bool | None) -> None:
        self._run_eagerly = value

    @property
    def enable_tune_steps_per_execution(self) -> bool:
        """Whether Keras tunes the number of batches in each call of the train function."""
        return self._enable_tune_steps_per_execution

    @enable_tune_steps_per_execution.setter
    def enable_tune_steps_per_execution(self, value: bool) -> None:
        self._enable_tune_steps_per_execution = value

    @property
    def jit_compile(self) -> bool | None:
        """The argument `jit_compile` of `compile`: there is no XLA, and the numbers are the same.

        Follows keras 2.14 engine/training.py, Model.jit_compile.
        """
        return self._jit_compile

    @jit_compile.setter
    def jit_compile(self, value: bool | None) -> None:
        if self._jit_compile != value:
            self._jit_compile = value
            self._reset_compile_cache()

    @property
    @traced("read", point="keras.engine.training.Model.trainable_weights")
    def trainable_weights(self) -> list[Variable]:
        """The weights that training changes.

        Raises:
            ValueError: if the weights do not exist yet.
        """
        self._assert_weights_created()
        self._track_later_variables()
        if not self.trainable:
            return []
        below = self._of_children("trainable_weights", metrics=True)
        return unique(*below, self._trainable_weights)

    @property
    @traced("read", point="keras.engine.training.Model.non_trainable_weights")
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that training does not change.

        Raises:
            ValueError: if the weights do not exist yet.
        """
        self._assert_weights_created()
        self._track_later_variables()
        others = [*self._of_children("non_trainable_weights", metrics=True)]
        if self.trainable:
            return unique(*others, self._non_trainable_weights)
        trained = self._of_children("trainable_weights", metrics=True)
        own = (self._trainable_weights, *others, self._non_trainable_weights)
        return unique(*trained, *own)

    def _updated_config(self) -> dict[str, Any]:
        """Return the config with the class and the version of Keras."""
        return {
            "class_name": type(self).__name__,
            "config": self.get_config(),
            "keras_version": "2.14.0",
            "backend": backend.backend(),
        }

    @default
    def get_config(self) -> dict[str, Any]:
        """Return the auto-config; empty if there is none or a subclass overrides this."""
        if not is_default(self.get_config):
            return {}
        try:
            return super().get_config()
        except NotImplementedError:
            return {}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Create a model with the graph in `config`, or with the arguments in `config`.

        Follows keras 2.14 engine/training.py, Model.from_config.

        Raises:
            TypeError: if the class does not accept the arguments in its config.
            ValueError: if the config is not that of a graph.
        """
        functional_config = ("name", "layers", "input_layers", "output_layers")
        if all(key in config for key in functional_config):
            from densetrace.keras.engine import functional  # which imports this module

            spec = getfullargspec(cls.__init__)
            takes_anything = spec.varargs == "args" and spec.varkw == "kwargs"
            if (
                cls in (functional.Functional, Model)
                or functional.has_functional_like_constructor(cls)
                or takes_anything
            ):
                inputs, outputs, layers = functional.reconstruct_from_config(config, custom_objects)
                model = cls(inputs=inputs, outputs=outputs, name=config.get("name"))
                return functional.connect_ancillary_layers(model, layers)
        try:
            return cls(**config)
        except TypeError as error:
            raise TypeError(
                "Unable to revive model from config. When overriding the `get_config()` method, "
                "make sure that the returned config contains all items used as arguments in the  "
                f"constructor to {cls}. You can also define a `from_config(cls, config)` class "
                "method.\n\n"
                f"Received config={config}\n\n"
                f"Error encountered during deserialization: {error}"
            ) from error

    def to_json(self, **kwargs: Any) -> str:
        """Return the config as a JSON string, which `keras.models.model_from_json` reads.

        Follows keras 2.14 engine/training.py, Model.to_json.

        Args:
            **kwargs: passed to `json.dumps`.
        """
        # Imported here, because only configs in JSON need it.
        from densetrace.keras.saving.legacy.saved_model import json_utils

        return json.dumps(self._updated_config(), default=json_utils.get_json_type, **kwargs)

    def to_yaml(self, **kwargs: Any) -> NoReturn:
        """Raise: Keras removed the method, since reading YAML could run any code.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError(
            "Method `model.to_yaml()` has been removed due to security risk of arbitrary code "
            "execution. Please use `model.to_json()` instead."
        )

    def reset_states(self) -> None:
        """Reset the state that stateful layers keep between batches.

        Follows keras 2.14 engine/training.py, Model.reset_states.
        """
        for layer in self.layers:
            if hasattr(layer, "reset_states") and getattr(layer, "stateful", False):
                layer.reset_states()

    @property
    def state_updates(self) -> list[Any]:
        """An empty list, with a warning: updates run at once and are not stored.

        Follows keras 2.14 engine/training.py, Model.state_updates.
        """
        warn(
            "`Model.state_updates` will be removed in a future version. This property should not "
            "be used in TensorFlow 2.0, as `updates` are applied automatically."
        )
        return []

    @property
    @traced("read", point="keras.engine.training.Model.weights")
    def weights(self) -> list[Variable]:
        """All weights, trainable or not, layer by layer.

        Raises:
            ValueError: if the weights do not exist yet.
        """
        self._assert_weights_created()
        self._track_later_variables()
        own = (self._trainable_weights, self._non_trainable_weights)
        return unique(*map(_weights_of, self._tracked()), *own)

    variables = weights

    trainable_variables = trainable_weights

    non_trainable_variables = non_trainable_weights

    def summary(
        self,
        line_length: int | None = None,
        positions: list[float] | None = None,
        print_fn: Callable[[str], None] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Any = None,
    ) -> None:
        """Print a table of the layers, their output shapes and their parameters.

        Raises:
            ValueError: if the model is not built.
        """
        if not self.built:
            raise ValueError(
                "This model has not yet been built. Build the model first by calling `build()` or "
                "by calling the model on a batch of data."
            )
        layer_utils.print_summary(
            self,
            line_length=line_length,
            positions=positions,
            print_fn=print_fn,
            expand_nested=expand_nested,
            show_trainable=show_trainable,
            layer_range=layer_range,
        )

    def _tracked(self) -> list[Sequence[Any]]:
        """Return one group per attribute: a tuple with the layer, metric or module that it is, or a
        list of those and the variables in it. The layers of a graph of layers have a tuple each."""
        groups: list[Sequence[Any]] = [
            (layer,) for layer in vars(self).get("_self_tracked_trackables", ())
        ]
        groups += (
            (value,)
            if _has_weights(value)
            else [
                leaf
                for leaf in leaves_of(value)
                if _has_weights(leaf) or isinstance(leaf, Variable)
            ]
            for name, value in vars(self).items()
            if name not in _NOT_TRACKED
            and name not in self._NOT_SEARCHED
            and name != "_self_tracked_trackables"
        )
        return [group for group in groups if any(map(_has_weights, group))]

    @property
    def layers(self) -> list[Layer]:
        """The direct sub-layers of this model."""
        return [layer for layer in self._sublayers() if isinstance(layer, Layer)]

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return the layer with this name, or at this index.

        Raises:
            ValueError: if there is no such layer, or unless exactly one argument is given.
        """
        if (name is None) == (index is None):
            raise ValueError(
                "Provide either a layer name or a layer index at `get_layer`. "
                f"Received: index={index}, name={name}"
            )
        if index is not None:
            if len(self.layers) <= index:
                raise ValueError(
                    f"Was asked to retrieve layer at index {index} but model only has "
                    f"{len(self.layers)} layers."
                )
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        names = [layer.name for layer in self.layers]
        raise ValueError(f"No such layer: {name}. Existing layers are: {names}.")

    def get_compile_config(self) -> Any:
        """Return the arguments of `compile` as a config; None before `compile` is called.

        Follows keras 2.14 engine/training.py, Model.get_compile_config.
        """
        return self._compile_config.serialize() if self._is_compiled else None

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile the model with the arguments that `get_compile_config` returned.

        Follows keras 2.14 engine/training.py, Model.compile_from_config.
        """
        if type(self).compile is not Model.compile:
            warn(
                "`compile()` was not called as part of model loading because the model's "
                "`compile()` method is custom. All subclassed Models that have `compile()` "
                "overridden should also override `get_compile_config()` and "
                "`compile_from_config(config)`."
            )
            return
        self.compile(**serialization_lib.deserialize_keras_object(config))
        if self.optimizer is not None and self.built:
            self.optimizer.build(self.trainable_variables)

    def _assert_weights_created(self) -> None:
        """Raise ValueError if the model overrides `build` and has no weights yet.

        Follows keras 2.14 engine/training.py, Model._assert_weights_created.
        """
        if "build" in vars(type(self)) and not self.built and not self.dynamic:
            raise ValueError(
                f"Weights for model '{self.name}' have not yet been created. Weights are created "
                "when the model is first called on inputs or `build()` is called with an "
                "`input_shape`."
            )

    def _validate_compile(self, **kwargs: Any) -> None:
        for name in ("distribute", "target_tensors"):
            if kwargs.pop(name, None) is not None:
                raise ValueError(f"`{name}` argument in compile is not available in TF 2.0.")
        invalid = set(kwargs).difference(_IGNORED_COMPILE_KWARGS)
        if invalid:
            raise TypeError(
                f"Invalid keyword argument(s) in `compile()`: {(invalid,)}. Valid keyword "
                'arguments include "cloning", "experimental_run_tf_function", "distribute", '
                '"target_tensors", or "sample_weight_mode".'
            )


def inject_functional_model_class(cls: Any) -> Any:
    """Put `Functional` in the place of `Model` among the bases of a class and of its bases.

    Follows keras 2.14 engine/training.py, inject_functional_model_class.
    """
    from densetrace.keras.engine import functional  # which imports this module

    if cls is Model:
        return functional.Functional
    # A class beside Keras's keeps its bases.
    if cls is object:
        return object
    cls.__bases__ = tuple(inject_functional_model_class(base) for base in cls.__bases__)
    # `__new__` of the new bases may replace the class.
    cls.__new__(cls)
    return cls


def is_functional_model_init_params(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Return whether the arguments of `Model` are inputs and outputs.

    Follows keras 2.14 engine/training.py, is_functional_model_init_params.
    """
    return (
        len(args) == 2
        or (len(args) == 1 and "outputs" in kwargs)
        or ("inputs" in kwargs and "outputs" in kwargs)
    )


def _placeholders(input_shape: Any, graph: Any) -> Any:
    """Create a graph tensor for a shape, or for each shape in a list or dict.

    Raises:
        TypeError: if a tuple contains shapes: a tuple is always one shape.
    """
    if isinstance(input_shape, dict):
        return {name: GraphTensor(shape, graph=graph) for name, shape in input_shape.items()}
    if isinstance(input_shape, list) and not all(
        size is None or isinstance(size, int) for size in input_shape
    ):
        return [GraphTensor(shape, graph=graph) for shape in input_shape]
    return GraphTensor(input_shape, graph=graph)


def _has_weights(value: Any) -> bool:
    """Whether an object is a layer, a metric or a `tf.Module`."""
    return isinstance(value, LayerState) or is_module(value)


def _weights_of(group: Sequence[Any]) -> list[Variable]:
    """Return all weights in an attribute, a layer's in the order of the layer. Of a list, first the
    trainable ones, then the others.

    Follows tensorflow/python/trackable/data_structures.py, where a list or dict returns its weights
    like a layer.
    """
    if isinstance(group, tuple):
        return list(weights_of(group[0]))
    children = [one for one in group if _has_weights(one)]
    variables = [one for one in group if isinstance(one, Variable)]
    return unique(
        *(weights_of(child, "trainable_weights") for child in children),
        [variable for variable in variables if variable.trainable],
        *(weights_of(child, "non_trainable_weights") for child in children),
        [variable for variable in variables if not variable.trainable],
    )
