"""The base class of all optimizers. Follows keras 2.14 optimizers/optimizer.py."""

import re
from typing import Any, Final, Self

import densetrace.tensorflow as tf
from densetrace.keras import backend, initializers
from densetrace.keras._exports import keras_export
from densetrace.keras.optimizers import utils as optimizer_utils
from densetrace.keras.optimizers.schedules import learning_rate_schedule
from densetrace.keras.optimizers.schedules.learning_rate_schedule import LearningRateSchedule
from densetrace.recording.hooks import trace_methods, traced
from densetrace.recording.warn import log_warning
from densetrace.system.real_home import of_keras
from densetrace.tensorflow.indexed_slices import IndexedSlices
from densetrace.tensorflow.variables import Variable

ONLY_LEGACY: Final = ("decay", "gradient_aggregator", "gradient_transformers")


# DEPARTS: Keras applies gradients through a distribution strategy, or on a mesh of devices. Here
# there is one device: what a strategy would call on each device is called directly.
@of_keras
class _BaseOptimizer:
    """Builds slot variables for the variables of a model, and updates both from gradients.

    Subclasses define `build(var_list)`, which creates the slot variables, and
    `update_step(gradient, variable)`, which updates one variable.

    Follows keras 2.14 optimizers/optimizer.py, _BaseOptimizer.
    """

    _learning_rate: Variable | LearningRateSchedule
    _current_learning_rate: Variable
    _built: bool

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        trace_methods(cls, {"build": "optimizer_build", "update_step": "update"})

    def __init__(
        self,
        name: str,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        jit_compile: bool = True,
        **kwargs: Any,
    ) -> None:
        self.name = name
        self.weight_decay = weight_decay
        self.clipnorm = clipnorm
        self.global_clipnorm = global_clipnorm
        self.clipvalue = clipvalue
        self.use_ema = use_ema
        # Without a GPU, Keras ignores the argument: it compiles with XLA on GPUs only.
        self.jit_compile = False
        if use_ema:
            if ema_momentum > 1 or ema_momentum < 0:
                raise ValueError(
                    "`ema_momentum` must be in the range [0, 1]. "
                    f"Received: ema_momentum={ema_momentum}"
                )
            if ema_overwrite_frequency and (
                not isinstance(ema_overwrite_frequency, int) or ema_overwrite_frequency < 1
            ):
                raise ValueError(
                    "`ema_overwrite_frequency` must be a positive integer or None. "
                    f"Received: ema_overwrite_frequency={ema_overwrite_frequency}"
                )
        self.ema_momentum = ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        if self.clipnorm is not None and self.global_clipnorm is not None:
            raise ValueError(
                "At most one of `clipnorm` and `global_clipnorm` can be set. "
                f"Received: clipnorm={clipnorm}, global_clipnorm={global_clipnorm}"
            )
        self._variables: list[Variable] = []
        self._create_iteration_variable()
        self._process_kwargs(kwargs)

    def _create_iteration_variable(self) -> None:
        with tf.init_scope():
            self._iterations = Variable(0, name="iteration", dtype="int64", trainable=False)
        self._variables.append(self._iterations)

    def _process_kwargs(self, kwargs: dict[str, Any]) -> None:
        kwargs.pop("is_legacy_optimizer", None)
        if kwargs.pop("lr", None):
            log_warning(
                "`lr` is ignored by the Keras optimizers; write `learning_rate`, or use "
                f"tf.keras.optimizers.legacy.{type(self).__name__}",
                "absl",
            )
        for key, value in kwargs.items():
            if key in ONLY_LEGACY:
                raise ValueError(
                    f"{key} belongs to the legacy optimizers, such as "
                    f"tf.keras.optimizers.legacy.{type(self).__name__}. "
                    f"Received: {key}={value}"
                )
            raise TypeError(
                f"{type(self).__name__} takes no argument named {key!r}. Received: {key}={value}"
            )

    def _var_key(self, variable: Any) -> str:
        """Return the unique id of a variable."""
        key: str = variable._unique_id
        return key

    def _deduplicate_sparse_grad(self, grads: Any) -> list[Any]:
        """Return the gradients; in an IndexedSlices, slices with the same index are added up."""
        processed_grads: list[Any] = []
        for grad in grads:
            if isinstance(grad, IndexedSlices):
                unique_indices, new_index_positions = tf.unique(grad.indices)
                summed_values = tf.math.unsorted_segment_sum(
                    grad.values, new_index_positions, tf.shape(unique_indices)[0]
                )
                grad = IndexedSlices(summed_values, unique_indices, grad.dense_shape)
            processed_grads.append(grad)
        return processed_grads

    def update_step(self, gradient: Any, variable: Variable) -> None:
        """Update a variable and its slot variables from a gradient of the variable's shape.

        Raises:
            NotImplementedError: if the subclass does not define it.
        """
        raise NotImplementedError(
            f"{type(self).__name__} must define update_step(self, gradient, variable)."
        )

    @tf.function(jit_compile=True)  # type: ignore[untyped-decorator] # names of tf are looked up
    def _update_step_xla(self, gradient: Any, variable: Variable, key: int) -> None:
        """Update a variable in a function of its own, which is traced for each `key`.

        Keras calls it where there is a GPU, or when a program sets `jit_compile` to True.
        """
        self._update_step(gradient, variable)

    def _update_step(self, gradient: Any, variable: Variable) -> None:
        """Update a variable that the optimizer was built for.

        Raises:
            KeyError: if it was built for other variables.
        """
        if getattr(variable, "_unique_id", None) is None:
            return
        if self._var_key(variable) not in self._index_dict:
            raise KeyError(
                f"The optimizer has no slot variables for {variable.name}: it was built for the "
                "variables of its first update. Call `optimizer.build(variables)` with all "
                "variables before the first update, or use "
                f"tf.keras.optimizers.legacy.{type(self).__name__}."
            )
        self.update_step(gradient, variable)

    @traced("compute_gradients")
    def compute_gradients(
        self, loss: Any, var_list: Any, tape: Any = None
    ) -> list[tuple[Any, Any]]:
        """Return a pair (gradient, variable) for each variable; a gradient may be None.

        Args:
            loss: a tensor, or a function without arguments that returns one.
            var_list: the variables, or a function that returns them after the loss is computed.
            tape: the tape that recorded the loss; needed for a tensor.

        Raises:
            ValueError: if `loss` is a tensor and there is no tape.
        """
        if not callable(loss) and tape is None:
            raise ValueError(
                "A tensor as the loss needs the tape that recorded it. "
                f"Received: loss={loss}, tape={tape}. Pass `tape`, or a function that computes "
                "the loss."
            )
        if tape is None:
            tape = tf.GradientTape()
        if callable(loss):
            with tape:
                if not callable(var_list):
                    tape.watch(var_list)
                loss = loss()
                if callable(var_list):
                    var_list = var_list()
        grads = tape.gradient(loss, var_list)
        return list(zip(grads, var_list, strict=False))

    @traced("clip")
    def _clip_gradients(self, grads: Any) -> Any:
        """Return the gradients clipped by `clipnorm`, else by `global_clipnorm`, else by
        `clipvalue`: only the first that is set acts."""
        if self.clipnorm and self.clipnorm > 0:
            return [None if g is None else tf.clip_by_norm(g, self.clipnorm) for g in grads]
        if self.global_clipnorm and self.global_clipnorm > 0:
            return tf.clip_by_global_norm(grads, self.global_clipnorm)[0]
        if self.clipvalue and self.clipvalue > 0:
            low, high = -self.clipvalue, self.clipvalue
            return [
                None if g is None else tf.clip_by_value(g, clip_value_min=low, clip_value_max=high)
                for g in grads
            ]
        return grads

    @property
    def iterations(self) -> Variable:
        """The number of updates so far: i64[].

        Raises:
            RuntimeError: when set after `build`.
        """
        return self._iterations

    @iterations.setter
    def iterations(self, variable: Variable) -> None:
        if getattr(self, "_built", False):
            raise RuntimeError(
                "`iterations` cannot be set to another variable after the optimizer was built. "
                f"Received: {variable}. Set it before the first `apply_gradients()`, or write "
                "optimizer.iterations.assign(...)."
            )
        self._iterations = variable

    @property
    def learning_rate(self) -> Variable:
        """The current learning rate: f32[]. A schedule computes it from the iteration.

        Raises:
            ValueError: when read, if the optimizer has none.
            TypeError: when set, if the optimizer has a schedule or the value is not a number.
        """
        lr: Variable | LearningRateSchedule | None = getattr(self, "_learning_rate", None)
        if lr is None:
            raise ValueError(
                "The optimizer has no learning rate: pass `learning_rate` when you create it."
            )
        return self._current_learning_rate if isinstance(lr, LearningRateSchedule) else lr

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if isinstance(value, LearningRateSchedule):
            self._learning_rate = value
            return
        if isinstance(self._learning_rate, LearningRateSchedule):
            raise TypeError(
                "The learning rate of an optimizer that was created with a LearningRateSchedule "
                f"cannot be set. Received: learning_rate={value}"
            )
        self._learning_rate.assign(_checked(value))

    @property
    def lr(self) -> Variable:
        """The old name of `learning_rate`."""
        return self.learning_rate

    @lr.setter
    def lr(self, value: Any) -> None:
        self.learning_rate = value

    def _build_learning_rate(self, learning_rate: Any) -> Variable | LearningRateSchedule:
        """Return a variable with the learning rate: f32[]. A schedule is returned as it is, and
        its value at the current iteration is kept in a variable.

        Raises:
            ValueError: if the learning rate is None.
            TypeError: if it is not a number.
        """
        with tf.init_scope():
            if isinstance(learning_rate, LearningRateSchedule):
                current_learning_rate = tf.convert_to_tensor(learning_rate(self.iterations))
                self._current_learning_rate = Variable(
                    current_learning_rate,
                    name="current_learning_rate",
                    dtype=current_learning_rate.dtype,
                    trainable=False,
                )
                return learning_rate
            if learning_rate is None:
                raise ValueError("learning_rate must be a number or a schedule. Received: None")
            return Variable(
                _checked(learning_rate),
                name="learning_rate",
                dtype=backend.floatx(),
                trainable=False,
            )

    @traced("optimizer_build")
    def build(self, var_list: Any) -> None:
        """Create the variables that the optimizer needs for these variables of a model.

        Subclasses call it first, then create their slot variables and set `_built` to True.
        """
        if getattr(self, "_built", False):
            return
        self._build_index_dict(var_list)
        if self.use_ema:
            self._model_variables_moving_average = [
                self.add_variable_from_reference(var, "average", initial_value=var)
                for var in var_list
            ]

    def _build_index_dict(self, var_list: Any) -> None:
        self._index_dict = {self._var_key(var): index for index, var in enumerate(var_list)}

    @traced("slot")
    def add_variable(
        self, shape: Any, dtype: Any = None, initializer: Any = "zeros", name: str | None = None
    ) -> Variable:
        """Create a variable of the optimizer.

        Args:
            shape: its shape; None for a scalar.
            dtype: its dtype; `floatx` if not given.
            initializer: the name of an initializer, or one itself.
            name: its name.
        """
        if isinstance(initializer, str):
            initializer = initializers.get(initializer)
        if dtype is None:
            dtype = backend.floatx()
        if shape is None:
            shape = []
        variable = Variable(initializer(shape, dtype), name=name, trainable=False)
        self._variables.append(variable)
        return variable

    @traced("slot")
    def add_variable_from_reference(
        self,
        model_variable: Variable,
        variable_name: str,
        shape: Any = None,
        initial_value: Any = None,
    ) -> Variable:
        """Create a slot variable: one that belongs to a variable of the model, in its dtype.

        Args:
            model_variable: the variable of the model.
            variable_name: the first part of the name, as in `m/dense/kernel`.
            shape: its shape; that of the model's variable if not given.
            initial_value: its first value; zeros if not given.
        """
        if initial_value is None:
            initial_value = tf.zeros(
                model_variable.shape if shape is None else shape, dtype=model_variable.dtype
            )
        variable = Variable(
            initial_value,
            name=f"{variable_name}/{model_variable._shared_name}",
            dtype=model_variable.dtype,
            trainable=False,
        )
        self._variables.append(variable)
        return variable

    @traced("minimize")
    def minimize(self, loss: Any, var_list: Any, tape: Any = None) -> None:
        """Compute the gradients of a loss and update the variables.

        The arguments are those of `compute_gradients`.
        """
        grads_and_vars = self.compute_gradients(loss, var_list, tape)
        self.apply_gradients(grads_and_vars)

    def _compute_current_learning_rate(self) -> None:
        """Set the variable of the current learning rate to the value of the schedule."""
        schedule = self._learning_rate
        if not isinstance(schedule, LearningRateSchedule):
            return
        if hasattr(self, "_current_learning_rate"):
            self._current_learning_rate.assign(schedule(self.iterations))
        else:
            current_learning_rate = tf.convert_to_tensor(schedule(self.iterations))
            self._current_learning_rate = Variable(
                current_learning_rate,
                name="current_learning_rate",
                dtype=current_learning_rate.dtype,
                trainable=False,
            )

    def exclude_from_weight_decay(self, var_list: Any = None, var_names: Any = None) -> None:
        """Keep weight decay from variables. It must be called before `build`.

        Args:
            var_list: the variables.
            var_names: regular expressions; a variable is excluded if its name contains a match.

        Raises:
            ValueError: if the optimizer is built.
        """
        if getattr(self, "_built", False):
            raise ValueError(
                "`exclude_from_weight_decay()` must be called before the optimizer is built. "
                f"Received: var_list={var_list}, var_names={var_names}"
            )
        self._exclude_from_weight_decay = [self._var_key(variable) for variable in var_list or ()]
        self._exclude_from_weight_decay_names = var_names or []

    def _use_weight_decay(self, variable: Variable) -> bool:
        """Return whether weight decay acts on a variable."""
        if self._var_key(variable) in getattr(self, "_exclude_from_weight_decay", ()):
            return False
        names = getattr(self, "_exclude_from_weight_decay_names", ())
        return not any(re.search(name, variable.name) for name in names)

    @traced("apply_gradients")
    def apply_gradients(self, grads_and_vars: Any, name: str | None = None) -> Any:
        """Update the variables from their gradients.

        Args:
            grads_and_vars: pairs (gradient, variable); one without a gradient is left out.
            name: the name scope of the slot variables; the optimizer's name if not given.

        Returns:
            The variable `iterations`, which is one higher.

        Raises:
            ValueError: if no pair has a gradient.
            KeyError: if a variable is not one that the optimizer was built for.
        """
        self._compute_current_learning_rate()
        grads_and_vars = tuple(grads_and_vars)
        if not grads_and_vars:
            return self._iterations
        _, trainable_variables = zip(*grads_and_vars, strict=True)
        with tf.name_scope(name or self.name or "optimizer"):
            with tf.init_scope():
                self.build(trainable_variables)
            grads_and_vars = optimizer_utils.filter_empty_gradients(grads_and_vars)
            grads, trainable_variables = zip(*grads_and_vars, strict=True)
            clipped = self._clip_gradients(grads)
            clipped = self._deduplicate_sparse_grad(clipped)
            self._apply_weight_decay(trainable_variables)
            iteration = self._internal_apply_gradients(
                list(zip(clipped, trainable_variables, strict=True))
            )
            for variable in trainable_variables:
                if variable.constraint is not None:
                    variable.assign(variable.constraint(variable))
            return iteration

    @traced("weight_decay", point="keras.optimizers.optimizer.Optimizer._apply_weight_decay")
    def _apply_weight_decay(self, variables: Any) -> None:
        """Subtract from each variable its product with weight decay and learning rate."""
        if self.weight_decay is None:
            return
        for variable in variables:
            if self._use_weight_decay(variable):
                lr = tf.cast(self.learning_rate, variable.dtype)
                wd = tf.cast(self.weight_decay, variable.dtype)
                variable.assign_sub(variable * wd * lr)

    def _internal_apply_gradients(self, grads_and_vars: Any) -> Any:
        """Update each variable, and count the iteration."""
        for grad, var in grads_and_vars:
            if self.jit_compile:
                self._update_step_xla(grad, var, id(self._var_key(var)))
            else:
                self._update_step(grad, var)
        return self.iterations.assign_add(1)

    def _average_of(self, var: Variable) -> Variable:
        return self._model_variables_moving_average[self._index_dict[self._var_key(var)]]

    @traced(
        "average",
        point="keras.optimizers.optimizer.Optimizer._update_model_variables_moving_average",
    )
    def _update_model_variables_moving_average(self, var_list: Any) -> None:
        """Move the average of each variable towards its new value."""
        if self.use_ema:
            for var in var_list:
                average = self._average_of(var)
                average.assign(self.ema_momentum * average + (1 - self.ema_momentum) * var)

    def _overwrite_model_variables_with_average_value(self, var_list: Any) -> None:
        """Set each variable of the model to its average."""
        for var in var_list:
            var.assign(self._average_of(var))

    @traced("finalize")
    def finalize_variable_values(self, var_list: Any) -> None:
        """Set the variables of a model to their averages, if there are any. `Model.fit` calls it at
        its end."""
        if self.use_ema:
            self._overwrite_model_variables_with_average_value(var_list)

    def _serialize_hyperparameter(self, value: Any) -> Any:
        if isinstance(value, LearningRateSchedule):
            return learning_rate_schedule.serialize(value)
        if isinstance(value, Variable):
            return value.numpy()[()]
        return value() if callable(value) else value

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this optimizer."""
        config: dict[str, Any] = {
            "name": self.name,
            "weight_decay": self.weight_decay,
            "clipnorm": self.clipnorm,
            "global_clipnorm": self.global_clipnorm,
            "clipvalue": self.clipvalue,
            "use_ema": self.use_ema,
            "ema_momentum": self.ema_momentum,
            "ema_overwrite_frequency": self.ema_overwrite_frequency,
            "jit_compile": self.jit_compile,
            "is_legacy_optimizer": False,
        }
        return config

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Self:
        """Create an optimizer from the arguments that `get_config` returned."""
        if "learning_rate" in config and isinstance(config["learning_rate"], dict):
            config["learning_rate"] = learning_rate_schedule.deserialize(
                config["learning_rate"], custom_objects=custom_objects
            )
        return cls(**config)

    @property
    def variables(self) -> "CallableList":
        """The optimizer's variables; `optimizer.variables()` works as well."""
        return CallableList(self._variables)

    def set_weights(self, weights: Any) -> None:
        """Set the optimizer's variables to arrays, in the order of `variables`.

        Raises:
            ValueError: if the optimizer is not built, or a shape differs.
        """
        if not getattr(self, "_built", False):
            raise ValueError(
                "`set_weights()` needs an optimizer that is built. Call "
                "optimizer.build(trainable_variables) first."
            )
        for variable, weight in zip(self._variables, weights, strict=False):
            if variable.shape != weight.shape:
                raise ValueError(
                    f"The optimizer's variable {self._var_key(variable)} has the shape "
                    f"{variable.shape}. Received: a weight of shape {weight.shape}"
                )
            variable.assign(weight)

    def save_own_variables(self, store: Any) -> None:
        """Put the values of the optimizer's variables into a dict: "0", "1" and so on."""
        for index, variable in enumerate(self.variables):
            store[str(index)] = variable.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Set the optimizer's variables from a dict as `save_own_variables` fills it. One of
        another size is skipped with a warning."""
        if len(store.keys()) != len(self.variables):
            log_warning(
                f"The variables of the optimizer '{self.name}' are not loaded: it has "
                f"{len(self.variables)}, and the store has {len(store.keys())}.",
                "absl",
            )
            return
        for index, variable in enumerate(self.variables):
            variable.assign(store[str(index)])


@keras_export("keras.optimizers.Optimizer", "keras.optimizers.experimental.Optimizer")
class Optimizer(_BaseOptimizer):
    """The base class of all optimizers.

    Follows keras 2.14 optimizers/optimizer.py, Optimizer.

    Args:
        name: the name of the optimizer.
        weight_decay: the fraction of each weight that a training step subtracts; None for none.
        clipnorm: clips each gradient to this norm.
        clipvalue: clips each element of a gradient to this absolute value.
        global_clipnorm: clips all gradients together to this norm.
        use_ema: whether to maintain an exponential moving average of the weights.
        ema_momentum: the momentum of that average, in [0, 1]; higher is slower.
        ema_overwrite_frequency: the number of steps after which the average replaces the weights;
            None for once, at the end of training.
        jit_compile: whether to compile with XLA if there is a GPU.
        **kwargs: `mesh`, which has no effect here.

    Raises:
        ValueError: if `ema_momentum` is outside [0, 1], `ema_overwrite_frequency` is not a positive
            integer or None, `clipnorm` and `global_clipnorm` are both set, or an argument belongs
            to the legacy optimizers.
        TypeError: if another keyword argument is unknown.
    """

    def __init__(
        self,
        name: str,
        weight_decay: float | None = 0,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        jit_compile: bool = True,
        **kwargs: Any,
    ) -> None:
        self._mesh = kwargs.pop("mesh", None)  # a DTensor mesh, which only Keras uses
        super().__init__(
            name,
            weight_decay,
            clipnorm,
            clipvalue,
            global_clipnorm,
            use_ema,
            ema_momentum,
            ema_overwrite_frequency,
            jit_compile,
            **kwargs,
        )

    def aggregate_gradients(self, grads_and_vars: Any) -> Any:
        """Return the pairs with gradients summed over all devices."""
        return optimizer_utils.all_reduce_sum_gradients(grads_and_vars)

    @traced("apply_gradients")
    def apply_gradients(
        self,
        grads_and_vars: Any,
        name: str | None = None,
        skip_gradients_aggregation: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Update the variables from their gradients.

        Args:
            grads_and_vars: pairs (gradient, variable); one without a gradient is left out.
            name: the name scope of the slot variables; the optimizer's name if not given.
            skip_gradients_aggregation: whether the gradients are summed over devices already.
            **kwargs: `experimental_aggregate_gradients`, the opposite of the former; others are
                ignored, as in Keras.

        Returns:
            The variable `iterations`, which is one higher.

        Raises:
            ValueError: if no pair has a gradient.
            KeyError: if a variable is not one that the optimizer was built for.
        """
        experimental_aggregate_gradients = kwargs.pop("experimental_aggregate_gradients", True)
        if not skip_gradients_aggregation and experimental_aggregate_gradients:
            grads_and_vars = self.aggregate_gradients(grads_and_vars)
        return super().apply_gradients(grads_and_vars, name=name)

    def _internal_apply_gradients(self, grads_and_vars: Any) -> Any:
        return self._distributed_apply_gradients_fn(None, grads_and_vars)

    def _distributed_apply_gradients_fn(
        self, distribution: None, grads_and_vars: Any, **kwargs: Any
    ) -> Any:
        """Update each variable and the averages, and count the iteration."""
        for grad, var in grads_and_vars:
            if self.jit_compile:
                self._update_step_xla(grad, var, id(self._var_key(var)))
            else:
                self._update_step(grad, var)
        if self.use_ema:
            _, var_list = zip(*grads_and_vars, strict=True)
            self._update_model_variables_moving_average(var_list)
            if self.ema_overwrite_frequency:
                should_overwrite = (self.iterations + 1) % self.ema_overwrite_frequency == 0
                tf.cond(
                    tf.cast(should_overwrite, "bool"),
                    true_fn=lambda: self._overwrite_model_variables_with_average_value(var_list),
                    false_fn=lambda: None,
                )
        return self.iterations.assign_add(1)


class CallableList(list[Variable]):
    """A list that returns itself when called, so that `variables` and `variables()` both work.

    Follows keras 2.14 optimizers/optimizer.py, CallableList.
    """

    def __call__(self) -> "CallableList":
        return self


def _checked(value: Any) -> Any:
    if isinstance(value, (str, bytes)):
        raise TypeError(f"learning_rate must be a number or a schedule. Received: {value!r}")
    return value
