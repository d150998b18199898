"""The base class of all legacy optimizers.

Follows keras 2.14 optimizers/legacy/optimizer_v2.py.
"""

import functools
import inspect
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, Final, Self

import densetrace.tensorflow as tf
from densetrace.keras import backend, initializers
from densetrace.keras._exports import keras_export
from densetrace.keras.optimizers import utils as optimizer_utils
from densetrace.keras.optimizers.schedules import learning_rate_schedule
from densetrace.keras.optimizers.schedules.learning_rate_schedule import LearningRateSchedule
from densetrace.keras.utils.generic_utils import to_snake_case
from densetrace.recording.hooks import trace_methods, traced
from densetrace.recording.warn import warn
from densetrace.tensorflow import dtypes
from densetrace.tensorflow.indexed_slices import IndexedSlices
from densetrace.tensorflow.missing import missing
from densetrace.tensorflow.tensor import Tensor
from densetrace.tensorflow.variables import Variable

ALLOWED: Final = ("clipnorm", "clipvalue", "lr", "decay", "global_clipnorm")


_DEFAULT_VALID_DTYPES: Final = frozenset(
    (dtypes.float16, dtypes.float32, dtypes.float64, dtypes.complex64, dtypes.complex128)
)


def _deduplicate_indexed_slices(values: Any, indices: Any) -> tuple[Any, Any]:
    """Return slices with those of the same index added up, and their indices, each once."""
    unique_indices, new_index_positions = tf.unique(indices)
    summed_values = tf.math.unsorted_segment_sum(
        values, new_index_positions, tf.shape(unique_indices)[0]
    )
    return summed_values, unique_indices


def name_scope_only_in_function_or_graph(name: str) -> Any:
    """Return a name scope while a function is traced, else a context without effect.

    Follows keras 2.14 optimizers/legacy/optimizer_v2.py, name_scope_only_in_function_or_graph.
    """
    return nullcontext() if tf.executing_eagerly() else tf.name_scope(name)


# DEPARTS: Keras applies gradients through a distribution strategy. Here there is one device, as in
# optimizers/optimizer.py.
# DEPARTS: the methods get_gradients and get_updates work in graphs of TensorFlow 1 only. Here they
# raise NotImplementedError.
@missing(
    "legacy.Optimizer",
    "get_gradients get_updates",
    "only graphs of TensorFlow 1 have it",
    "{} works in graphs of TensorFlow 1 only. Use tf.GradientTape.",
)
@keras_export("keras.optimizers.legacy.Optimizer")
class OptimizerV2:
    """The base class of the optimizers before Keras 2.11.

    Hyperparameters, such as the learning rate, become variables when one of them is first read. A
    slot variable belongs to a variable of the model: `optimizer.get_slot(kernel, "momentum")`.
    Subclasses define `_create_slots`, `_resource_apply_dense` and `_resource_apply_sparse`.

    Follows keras 2.14 optimizers/legacy/optimizer_v2.py, OptimizerV2.

    Raises:
        TypeError: if a keyword argument is unknown.
        ValueError: if `clipnorm`, `clipvalue`, `lr`, `decay` or `global_clipnorm` is negative,
            `clipnorm` and `global_clipnorm` are both set, or one of the three clip arguments is set
            together with `gradient_transformers`.
    """

    _HAS_AGGREGATE_GRAD = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        trace_methods(cls, {"_resource_apply_dense": "update"})

    def __init__(
        self,
        name: str,
        gradient_aggregator: Callable[..., Any] | None = None,
        gradient_transformers: list[Callable[..., Any]] | None = None,
        **kwargs: Any,
    ) -> None:
        for key, value in kwargs.items():
            if key not in ALLOWED:
                raise TypeError(
                    f"The other keyword arguments of a legacy optimizer are {', '.join(ALLOWED)}. "
                    f"Received: {key}={value}"
                )
            if value is not None and value < 0:
                raise ValueError(f"{key} must be positive or zero. Received: {key}={value}")
            if key == "lr":
                warn("Use `learning_rate`; `lr` is its old name.")
        self._init_set_name(name)
        self._hyper: dict[str, Any] = {}
        self._slots: dict[str, dict[str, Variable]] = {}  # by variable, then by slot
        self._slot_names: list[str] = []
        self._weights: list[Variable] = []
        self._iterations: Variable | None = None
        self._initial_decay = kwargs.pop("decay", 0.0)
        self._hypers_created = False
        if gradient_aggregator is None:
            gradient_aggregator = optimizer_utils.all_reduce_sum_gradients
        self.gradient_aggregator = gradient_aggregator
        self.gradient_transformers = gradient_transformers or []
        self.clipnorm = kwargs.pop("clipnorm", None)
        self.global_clipnorm = kwargs.pop("global_clipnorm", None)
        if self.clipnorm is not None and self.global_clipnorm is not None:
            raise ValueError(
                "At most one of `clipnorm` and `global_clipnorm` can be set. "
                f"Received: clipnorm={self.clipnorm}, global_clipnorm={self.global_clipnorm}"
            )
        self.clipvalue = kwargs.pop("clipvalue", None)

    @property
    def clipnorm(self) -> float | None:
        """The norm that each gradient is clipped to, or None."""
        return self._clipnorm

    @clipnorm.setter
    def clipnorm(self, val: float | None) -> None:
        self._check_no_transformers("clipnorm", val)
        self._clipnorm = val
        self._clipnorm_fn = optimizer_utils.make_gradient_clipnorm_fn(val)

    @property
    def global_clipnorm(self) -> float | None:
        """The norm that all gradients together are clipped to, or None."""
        return self._global_clipnorm

    @global_clipnorm.setter
    def global_clipnorm(self, val: float | None) -> None:
        self._check_no_transformers("global_clipnorm", val)
        self._global_clipnorm = val
        self._global_clipnorm_fn = optimizer_utils.make_global_gradient_clipnorm_fn(val)

    @property
    def clipvalue(self) -> float | None:
        """The absolute value that each element of a gradient is clipped to, or None."""
        return self._clipvalue

    @clipvalue.setter
    def clipvalue(self, val: float | None) -> None:
        self._check_no_transformers("clipvalue", val)
        self._clipvalue = val
        self._clipvalue_fn = optimizer_utils.make_gradient_clipvalue_fn(val)

    def _check_no_transformers(self, name: str, val: float | None) -> None:
        if val is not None and self.gradient_transformers:
            raise ValueError(
                f"`{name}` cannot be set together with `gradient_transformers`. "
                f"Received: {name}={val}, gradient_transformers={self.gradient_transformers}"
            )

    def _transform_loss(self, loss: Any) -> Any:
        """Return the loss to differentiate, for subclasses to change."""
        return loss

    def _get_gradients(
        self, tape: Any, loss: Any, var_list: Any, grad_loss: Any = None
    ) -> list[tuple[Any, Any]]:
        grads = tape.gradient(loss, var_list, grad_loss)
        return list(zip(grads, var_list, strict=True))

    def _transform_unaggregated_gradients(self, grads_and_vars: Any) -> Any:
        """Return the pairs to sum over devices, for subclasses to change."""
        return grads_and_vars

    def _aggregate_gradients(self, grads_and_vars: Any) -> Any:
        return self.gradient_aggregator(grads_and_vars)

    def _transform_gradients(self, grads_and_vars: Any) -> Any:
        """Return the pairs with clipped gradients: by value, then by norm, then by global norm;
        then changed by `gradient_transformers`."""
        if self._clipvalue is not None:
            grads_and_vars = self._clipvalue_fn(grads_and_vars)
        if self._clipnorm is not None:
            grads_and_vars = self._clipnorm_fn(grads_and_vars)
        if self._global_clipnorm is not None:
            grads_and_vars = self._global_clipnorm_fn(grads_and_vars)
        for transform in self.gradient_transformers:
            grads_and_vars = transform(grads_and_vars)
        return grads_and_vars

    @traced("minimize")
    def minimize(
        self, loss: Any, var_list: Any, grad_loss: Any = None, name: str | None = None,
        tape: Any = None,
    ) -> Any:  # fmt: skip
        """Compute the gradients of a loss and update the variables.

        Args:
            loss: a tensor, or a function without arguments that returns one.
            var_list: the variables, or a function that returns them after the loss is computed.
            grad_loss: the gradient of the loss; ones if not given.
            name: the name scope of the operations.
            tape: the tape that recorded the loss; needed for a tensor.

        Returns:
            The variable `iterations`, which is one higher; None in a graph.

        Raises:
            ValueError: if `loss` is a tensor and there is no tape, no variable has a gradient, or
                one that has is not of a floating dtype.
        """
        grads_and_vars = self._compute_gradients(
            loss, var_list=var_list, grad_loss=grad_loss, tape=tape
        )
        return self.apply_gradients(grads_and_vars, name=name)

    @traced("compute_gradients")
    def _compute_gradients(
        self, loss: Any, var_list: Any, grad_loss: Any = None, tape: Any = None
    ) -> list[tuple[Any, Any]]:
        """Return a pair (gradient, variable) for each variable; a gradient may be None."""
        if not callable(loss) and tape is None:
            raise ValueError(
                "A tensor as the loss needs the tape that recorded it. "
                f"Received: loss={loss}, tape={tape}. Pass `tape`, or a function that computes "
                "the loss."
            )
        tape = tape if tape is not None else tf.GradientTape()
        if callable(loss):
            with tape:
                if not callable(var_list):
                    tape.watch(var_list)
                loss = loss()
                if callable(var_list):
                    var_list = var_list()
        with tape:
            loss = self._transform_loss(loss)
        var_list = tf.nest.flatten(var_list)
        with tf.name_scope(f"{self._name}/gradients"):
            grads_and_vars = self._get_gradients(tape, loss, var_list, grad_loss)
        self._assert_valid_dtypes([v for g, v in grads_and_vars if g is not None])
        return grads_and_vars

    @traced("apply_gradients")
    def apply_gradients(
        self,
        grads_and_vars: Any,
        name: str | None = None,
        experimental_aggregate_gradients: bool = True,
    ) -> Any:
        """Update the variables from their gradients.

        Args:
            grads_and_vars: pairs (gradient, variable); one without a gradient is left out.
            name: the name scope of the operations.
            experimental_aggregate_gradients: whether to sum the gradients over devices.

        Returns:
            The variable `iterations`, which is one higher; None in a graph.

        Raises:
            ValueError: if no pair has a gradient.
            RuntimeError: if the gradient of a variable with a constraint is an IndexedSlices.
        """
        grads_and_vars = optimizer_utils.filter_empty_gradients(grads_and_vars)
        var_list = [var for _, var in grads_and_vars]
        with tf.name_scope(self._name):
            with tf.init_scope():
                self._create_all_weights(var_list)
            if not grads_and_vars:
                return tf.no_op()
            apply_state = self._prepare(var_list)
            if experimental_aggregate_gradients:
                grads_and_vars = self._transform_unaggregated_gradients(grads_and_vars)
                grads_and_vars = self._aggregate_gradients(grads_and_vars)
            grads_and_vars = self._transform_gradients(grads_and_vars)
            return self._distributed_apply(None, grads_and_vars, apply_state, name)

    def _distributed_apply(
        self, distribution: None, grads_and_vars: Any, apply_state: Any, name: str | None
    ) -> Any:
        """Update each variable, and count the iteration."""

        def apply_grad_to_update_var(var: Any, grad: Any) -> None:
            if isinstance(var, Tensor):
                raise NotImplementedError(f"A tensor cannot be updated. Received: var={var}")
            apply_kwargs: dict[str, Any] = {}
            if isinstance(grad, IndexedSlices):
                if var.constraint is not None:
                    raise RuntimeError(
                        "A variable with a constraint cannot be updated from an IndexedSlices. "
                        f"Received: grad={grad}, var.constraint={var.constraint}"
                    )
                if "apply_state" in _arguments(self._resource_apply_sparse):
                    apply_kwargs["apply_state"] = apply_state
                self._resource_apply_sparse_duplicate_indices(
                    grad.values, var, grad.indices, **apply_kwargs
                )
                return
            if "apply_state" in _arguments(self._resource_apply_dense):
                apply_kwargs["apply_state"] = apply_state
            self._resource_apply_dense(grad, var, **apply_kwargs)
            if var.constraint is not None:
                var.assign(var.constraint(var))

        with name_scope_only_in_function_or_graph(name or self._name):
            for grad, var in grads_and_vars:
                with name_scope_only_in_function_or_graph("update"):
                    apply_grad_to_update_var(var, grad)
            return self.iterations.assign_add(1, read_value=tf.executing_eagerly())

    def _set_hyper(self, name: str, value: Any) -> None:
        """Set a hyperparameter to a number, tensor, function or schedule; once it is a variable, a
        number is assigned to it."""
        previous: Any = self._hyper.get(name)
        if (
            name not in self._hyper
            or callable(previous)
            or isinstance(previous, Tensor | int | float)
            or isinstance(value, LearningRateSchedule)
        ):
            self._hyper[name] = value
        else:
            backend.set_value(previous, value)

    def _get_hyper(self, name: str, dtype: Any = None) -> Any:
        """Return a hyperparameter: a variable, a schedule, or what a function returns."""
        if not self._hypers_created:
            self._create_hypers()
        value = self._hyper[name]
        if isinstance(value, LearningRateSchedule):
            return value
        if callable(value):
            value = value()
        return tf.cast(value, dtype) if dtype else value

    def _create_slots(self, var_list: Any) -> None:
        """Create the slot variables, for subclasses to define."""

    def _create_all_weights(self, var_list: Any) -> None:
        """Create the variables of the optimizer that do not exist: iterations, hyperparameters and
        slot variables."""
        _ = self.iterations
        self._create_hypers()
        self._create_slots(var_list)

    def __getattr__(self, name: str) -> Any:
        """Return a hyperparameter; `lr` is the old name of `learning_rate`."""
        name = "learning_rate" if name == "lr" else name
        if name != "_hyper" and name in self._hyper:
            return self._get_hyper(name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __dir__(self) -> list[str]:
        """Return the names of the attributes and hyperparameters."""
        names = {*super().__dir__(), *self._hyper}
        return sorted(names | {"lr"} if "learning_rate" in names else names)

    def __setattr__(self, name: str, value: Any) -> None:
        """Set a hyperparameter, or any other attribute."""
        name = "learning_rate" if name == "lr" else name
        if name in vars(self).get("_hyper", ()):
            self._set_hyper(name, value)
        else:
            super().__setattr__(name, value)

    def get_slot_names(self) -> list[str]:
        """The names of the slots, such as "momentum"."""
        return self._slot_names

    @traced("slot")
    def add_slot(
        self, var: Variable, slot_name: str, initializer: Any = "zeros", shape: Any = None
    ) -> Variable:
        """Return the slot variable of a variable; create it if it does not exist.

        Args:
            var: the variable of the model.
            slot_name: the name of the slot.
            initializer: an initializer, the name of one, or the first value.
            shape: the shape; that of `var` if not given.
        """
        if slot_name not in self._slot_names:
            self._slot_names.append(slot_name)
        slot_dict = self._slots.setdefault(_var_key(var), {})
        weight = slot_dict.get(slot_name)
        if weight is None:
            if isinstance(initializer, str) or callable(initializer):
                initializer = initializers.get(initializer)
                initial_value = functools.partial(
                    initializer, shape=var.shape if shape is None else shape, dtype=var.dtype
                )
            else:
                initial_value = initializer
            weight = Variable(
                name=f"{var._shared_name}/{slot_name}",
                dtype=var.dtype,
                trainable=False,
                initial_value=initial_value,
            )
            slot_dict[slot_name] = weight
            self._weights.append(weight)
        return weight

    def get_slot(self, var: Variable, slot_name: str) -> Variable:
        """Return the slot variable of a variable.

        Raises:
            KeyError: if there is none.
        """
        return self._slots[_var_key(var)][slot_name]

    def _prepare(self, var_list: Any) -> dict[Any, dict[str, Any]]:
        """Return the coefficients of an update by device and dtype."""
        apply_state: dict[Any, dict[str, Any]] = {}
        for var_device, var_dtype in dict.fromkeys((var.device, var.dtype) for var in var_list):
            apply_state[var_device, var_dtype] = {}
            self._prepare_local(var_device, var_dtype, apply_state)
        return apply_state

    def _prepare_local(self, var_device: str, var_dtype: Any, apply_state: Any) -> None:
        """Compute the coefficients of an update, such as the current learning rate `lr_t`."""
        if "learning_rate" in self._hyper:
            apply_state[var_device, var_dtype]["lr_t"] = tf.identity(self._decayed_lr(var_dtype))

    def _fallback_apply_state(self, var_device: str, var_dtype: Any) -> dict[str, Any]:
        apply_state: dict[Any, dict[str, Any]] = {(var_device, var_dtype): {}}
        self._prepare_local(var_device, var_dtype, apply_state)
        return apply_state[var_device, var_dtype]

    def _coefficients(self, var: Variable, apply_state: Any) -> dict[str, Any]:
        """The coefficients for a variable."""
        key = var.device, var.dtype
        found: dict[str, Any] = (apply_state or {}).get(key) or self._fallback_apply_state(*key)
        return found

    def _create_hypers(self) -> None:
        """Turn the hyperparameters that are numbers into variables."""
        if self._hypers_created:
            return
        for name, value in sorted(self._hyper.items()):
            if not isinstance(value, Tensor | Variable) and not callable(value):
                self._hyper[name] = self.add_weight(
                    name, shape=[], trainable=False, initializer=value
                )
        self._hypers_created = True

    @property
    def iterations(self) -> Variable:
        """The number of updates so far: i64[].

        Raises:
            RuntimeError: when set after it was created.
        """
        if self._iterations is None:
            self._iterations = self.add_weight("iter", shape=[], dtype="int64", trainable=False)
            self._weights.append(self._iterations)
        return self._iterations

    @iterations.setter
    def iterations(self, variable: Variable) -> None:
        if self._iterations is not None:
            raise RuntimeError(
                "`iterations` cannot be set to another variable after it was created. "
                f"Received: {variable}. Write optimizer.iterations.assign(...)."
            )
        self._iterations = variable
        self._weights.append(variable)

    def _decayed_lr(self, var_dtype: Any) -> Any:
        """Return the current learning rate: that of the schedule, / (1 + decay * iterations)."""
        lr_t = self._get_hyper("learning_rate", var_dtype)
        if isinstance(lr_t, LearningRateSchedule):
            local_step = tf.cast(self.iterations, var_dtype)
            lr_t = tf.cast(lr_t(local_step), var_dtype)
        if self._initial_decay > 0.0:
            local_step = tf.cast(self.iterations, var_dtype)
            decay_t = tf.cast(self._initial_decay, var_dtype)
            lr_t = lr_t / (1.0 + decay_t * local_step)
        return lr_t

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this optimizer."""
        config: dict[str, Any] = {"name": self._name}
        if self.clipnorm is not None:
            config["clipnorm"] = self.clipnorm
        if self.clipvalue is not None:
            config["clipvalue"] = self.clipvalue
        if self.global_clipnorm is not None:
            config["global_clipnorm"] = self.global_clipnorm
        return config

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Self:
        """Create an optimizer from the output of `get_config`; `lr` is `learning_rate`."""
        if "lr" in config:
            config["learning_rate"] = config.pop("lr")
        if "learning_rate" in config and isinstance(config["learning_rate"], dict):
            config["learning_rate"] = learning_rate_schedule.deserialize(
                config["learning_rate"], custom_objects=custom_objects
            )
        return cls(**config)

    def _serialize_hyperparameter(self, hyperparameter_name: str) -> Any:
        value = self._hyper[hyperparameter_name]
        if isinstance(value, LearningRateSchedule):
            return learning_rate_schedule.serialize(value)
        return value() if callable(value) else backend.get_value(value)

    def variables(self) -> list[Variable]:
        """The optimizer's variables, in the order in which they were created: iterations, then
        slot variables."""
        return self._weights

    @property
    def weights(self) -> list[Variable]:
        """The optimizer's variables, as `variables()`."""
        return self._weights

    def get_weights(self) -> list[Any]:
        """Return the values of the optimizer's variables as arrays.

        Raises:
            RuntimeError: while a function is traced.
        """
        return backend.batch_get_value(self.weights)

    def set_weights(self, weights: Any) -> None:
        """Set the optimizer's variables to arrays, in the order of `weights`.

        Raises:
            ValueError: if the number of arrays or a shape differs.
        """
        params = self.weights
        if len(params) != len(weights):
            raise ValueError(
                f"The optimizer {self._name} has {len(params)} weights. Received: {len(weights)} "
                f"weights: {str(weights)[:50]}..."
            )
        for param, weight in zip(params, weights, strict=True):
            if tuple(param.shape) != weight.shape:
                raise ValueError(
                    f"The optimizer's weight {param.name} has the shape {param.shape}. "
                    f"Received: a weight of shape {weight.shape}"
                )
        backend.batch_set_value(list(zip(params, weights, strict=True)))

    def add_weight(
        self,
        name: str,
        shape: Any,
        dtype: Any = None,
        initializer: Any = "zeros",
        trainable: bool | None = None,
        synchronization: Any = None,
        aggregation: Any = None,
    ) -> Variable:
        """Create a variable of the optimizer that is not a slot variable.

        Args:
            name: its name.
            shape: its shape.
            dtype: its dtype; float32 if not given.
            initializer: an initializer, the name of one, or the first value.
            trainable: whether tapes watch it; True unless given.
            synchronization: accepted: there is one device.
            aggregation: accepted: there is one device.
        """
        dtype = "float32" if dtype is None else dtype
        if isinstance(initializer, str) or callable(initializer):
            initializer = functools.partial(initializers.get(initializer), shape, dtype=dtype)
        return Variable(
            initializer, name=name, dtype=dtype, trainable=True if trainable is None else trainable
        )

    def _init_set_name(self, name: str | None, zero_based: bool = True) -> None:
        self._name = name or backend.unique_object_name(
            to_snake_case(type(self).__name__), zero_based=zero_based
        )

    def _assert_valid_dtypes(self, tensors: Any) -> None:
        for tensor in tensors:
            valid_dtypes = self._valid_dtypes()
            if tensor.dtype not in valid_dtypes:
                names = ", ".join(sorted(dtype.name for dtype in valid_dtypes))
                raise ValueError(
                    f"A variable must be of one of the dtypes {names}. "
                    f"Received: {tensor.name} of dtype {tensor.dtype.name}"
                )

    def _valid_dtypes(self) -> Any:
        """The dtypes that variables and gradients may have."""
        return _DEFAULT_VALID_DTYPES

    def _call_if_callable(self, param: Any) -> Any:
        return param() if callable(param) else param

    def _resource_apply_dense(self, grad: Any, var: Any, apply_state: Any) -> Any:
        """Update a variable from a gradient of its shape.

        Raises:
            NotImplementedError: if the subclass does not define it.
        """
        raise NotImplementedError(f"{type(self).__name__} must define _resource_apply_dense.")

    def _resource_apply_sparse_duplicate_indices(
        self, grad: Any, var: Any, indices: Any, **kwargs: Any
    ) -> Any:
        """Update a variable from slices, of which several may have the same index."""
        summed_grad, unique_indices = _deduplicate_indexed_slices(values=grad, indices=indices)
        return self._resource_apply_sparse(summed_grad, var, unique_indices, **kwargs)

    def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any, apply_state: Any) -> Any:
        """Update a variable from slices, each with an index of its own.

        Raises:
            NotImplementedError: if the subclass does not define it.
        """
        raise NotImplementedError(f"{type(self).__name__} must define _resource_apply_sparse.")

    def _resource_scatter_add(self, x: Variable, i: Any, v: Any) -> Any:
        """Add slices to a variable; return its value."""
        x.scatter_add(IndexedSlices(v, i))
        return x.value()

    def _resource_scatter_update(self, x: Variable, i: Any, v: Any) -> Any:
        """Replace slices of a variable; return its value."""
        x.scatter_update(IndexedSlices(v, i))
        return x.value()


def _var_key(var: Any) -> str:
    """Return the unique id of a variable."""
    key: str = var._unique_id
    return key


def _arguments(method: Any) -> list[str]:
    return inspect.getfullargspec(method).args
