"""An optimizer around another one, which multiplies the loss so that small gradients in float16 do
not become 0, and divides the gradients again.

Follows keras 2.14 mixed_precision/loss_scale_optimizer.py.
"""

from collections.abc import Callable
from typing import Any, Final, Self

import densetrace.tensorflow as tf
from densetrace.keras import optimizers
from densetrace.keras._exports import keras_export, library_export
from densetrace.keras.optimizers import optimizer
from densetrace.keras.optimizers import utils as optimizer_utils
from densetrace.keras.optimizers.legacy import optimizer_v2
from densetrace.recording.hooks import traced
from densetrace.tensorflow.indexed_slices import IndexedSlices
from densetrace.tensorflow.nest import flatten
from densetrace.tensorflow.variables import Variable

# DEPARTS: Keras updates the scale across the devices of a distribution strategy, and reads configs
# with a loss scale of TensorFlow 1. Here there is neither.


@traced("finite_check")
def _is_all_finite(grads: Any) -> Any:
    """Whether all numbers of the gradients are finite: bool[]."""
    values = [g.values if isinstance(g, IndexedSlices) else g for g in grads if g is not None]
    return tf.reduce_all(tf.stack([tf.reduce_all(tf.math.is_finite(value)) for value in values]))


def _assign_if_finite(var: Variable, value: Any) -> None:
    tf.cond(tf.math.is_finite(value), lambda: _without_result(var.assign(value)), lambda: None)


def _without_result(assigned: Any) -> None:
    """Let both branches of a condition return None."""


def _smart_cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """Run one of two functions: now for a Python bool, else as `tf.cond` does."""
    if isinstance(pred, bool):
        return true_fn() if pred else false_fn()
    return tf.cond(pred, true_fn, false_fn)


def _maybe_warn_about_scaling(
    loss_has_been_scaled: bool, gradients_have_been_unscaled: bool
) -> None:
    """Log a warning when a hand-written loop forgot one or both calls."""
    forgotten = []
    if not loss_has_been_scaled:
        forgotten.append("get_scaled_loss()")
    if not gradients_have_been_unscaled:
        forgotten.append("get_unscaled_gradients()")
    if forgotten:
        tf.get_logger().warning(
            "Call LossScaleOptimizer.%s before LossScaleOptimizer.apply_gradients(): scale the "
            "loss inside the tape with opt.get_scaled_loss(loss), and pass the gradients of the "
            "tape through opt.get_unscaled_gradients(grads).",
            " and ".join(forgotten),
        )


class _DynamicLossScaleState:
    """A loss scale that grows while gradients are finite, and shrinks when they are not.

    Follows keras 2.14 mixed_precision/loss_scale_optimizer.py, _DynamicLossScaleState.
    """

    def __init__(self, initial_loss_scale: Any, growth_steps: Any, multiplier: Any) -> None:
        self.initial_loss_scale = float(initial_loss_scale)
        self.growth_steps = int(growth_steps)
        self.multiplier = float(multiplier)
        self.current_loss_scale = Variable(
            self.initial_loss_scale, name="current_loss_scale", dtype="float32", trainable=False
        )
        self.counter = Variable(0, name="good_steps", dtype="int64", trainable=False)

    def __call__(self) -> Any:
        """Return the current loss scale: f32[]."""
        return tf.convert_to_tensor(self.current_loss_scale)

    @traced("update_scale")
    def update(self, grads: Any) -> tuple[None, Any]:
        """Change the scale and the counter; return None and whether to apply the gradients.

        The scale is multiplied after `growth_steps` steps with finite gradients, and divided, but
        not below 1, after one without.
        """
        is_finite = _is_all_finite(flatten(grads))

        def update_if_finite_grads() -> None:
            def incr_loss_scale() -> None:
                new_loss_scale = self.current_loss_scale * self.multiplier
                _assign_if_finite(self.current_loss_scale, new_loss_scale)
                self.counter.assign(0)

            tf.cond(
                self.counter + 1 >= self.growth_steps,
                incr_loss_scale,
                lambda: _without_result(self.counter.assign_add(1)),
            )

        def update_if_not_finite_grads() -> None:
            new_loss_scale = tf.maximum(self.current_loss_scale / self.multiplier, 1)
            self.counter.assign(0)
            self.current_loss_scale.assign(new_loss_scale)

        tf.cond(is_finite, update_if_finite_grads, update_if_not_finite_grads)
        return None, is_finite


_DEFAULT_INITIAL_SCALE: Final = 2**15
_DEFAULT_GROWTH_STEPS: Final = 2000


class LossScaleOptimizerMetaclass(type):
    """Lets `LossScaleOptimizer(inner_optimizer)` create the class for the inner optimizer.

    Follows keras 2.14 mixed_precision/loss_scale_optimizer.py, LossScaleOptimizerMetaclass.
    """

    def __call__(cls, inner_optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        if cls is not BaseLossScaleOptimizer:
            return super().__call__(inner_optimizer, *args, **kwargs)
        if isinstance(inner_optimizer, optimizer_v2.OptimizerV2):
            return LossScaleOptimizer(inner_optimizer, *args, **kwargs)
        if isinstance(inner_optimizer, optimizer.Optimizer):
            return LossScaleOptimizerV3(inner_optimizer, *args, **kwargs)
        raise TypeError(
            "LossScaleOptimizer takes an instance of tf.keras.optimizers.Optimizer or "
            f"tf.keras.optimizers.legacy.Optimizer. Received: {inner_optimizer!r:.80}"
        )


@keras_export("keras.mixed_precision.LossScaleOptimizer")
class BaseLossScaleOptimizer(metaclass=LossScaleOptimizerMetaclass):
    """What both optimizers with a loss scale have. Public as
    `keras.mixed_precision.LossScaleOptimizer`.

    In Keras both classes below define these members, and this class only names them.

    Follows keras 2.14 mixed_precision/loss_scale_optimizer.py, BaseLossScaleOptimizer.

    Args:
        inner_optimizer: the optimizer that is wrapped.
        dynamic: whether the scale changes with the gradients.
        initial_scale: the first scale, 2 ** 15 unless given; needed if the scale is not dynamic.
        dynamic_growth_steps: the steps with finite gradients until the scale is doubled, 2,000
            unless given; only for a dynamic scale.

    Raises:
        TypeError: if `inner_optimizer` is not an optimizer or has a loss scale already, or
            `dynamic` is not a bool.
        ValueError: if `inner_optimizer` is wrapped already, or `initial_scale` and
            `dynamic_growth_steps` do not fit `dynamic`.
    """

    _inner_class: type

    def _wrap(
        self,
        inner_optimizer: Any,
        dynamic: bool,
        initial_scale: float | None,
        dynamic_growth_steps: int | None,
    ) -> None:
        """Check the arguments, and create the state of the loss scale."""
        self._optimizer: Any = inner_optimizer
        if not isinstance(inner_optimizer, self._inner_class):
            raise TypeError(
                f"{type(self).__name__} takes an instance of {self._inner_class.__name__}. "
                f"Received: {inner_optimizer!r:.80}. Write "
                "tf.keras.mixed_precision.LossScaleOptimizer, which chooses the class."
            )
        if not isinstance(dynamic, bool):
            raise TypeError(f"`dynamic` must be a bool. Received: dynamic={dynamic!r}")
        if isinstance(inner_optimizer, BaseLossScaleOptimizer):
            raise TypeError(
                "A LossScaleOptimizer cannot wrap another one. "
                f"Received: inner_optimizer={inner_optimizer!r:.80}"
            )
        if getattr(self._optimizer, "_is_wrapped_by_loss_scale_optimizer", False):
            raise ValueError(
                "An optimizer can be wrapped by one LossScaleOptimizer only. "
                f"Received: inner_optimizer={inner_optimizer!r:.80}, which is wrapped already"
            )
        self._optimizer._is_wrapped_by_loss_scale_optimizer = True
        self._loss_scale: _DynamicLossScaleState | float
        if dynamic:
            self._loss_scale = _DynamicLossScaleState(
                _DEFAULT_INITIAL_SCALE if initial_scale is None else initial_scale,
                _DEFAULT_GROWTH_STEPS if dynamic_growth_steps is None else dynamic_growth_steps,
                multiplier=2,
            )
        else:
            if initial_scale is None:
                raise ValueError(
                    "`initial_scale` must be given if `dynamic` is False. Received: None"
                )
            self._loss_scale = float(initial_scale)
            if dynamic_growth_steps is not None:
                raise ValueError(
                    "`dynamic_growth_steps` must be None if `dynamic` is False. "
                    f"Received: dynamic_growth_steps={dynamic_growth_steps}"
                )
        self._loss_has_been_scaled = False
        self._gradients_have_been_unscaled = False

    @property
    def dynamic(self) -> bool:
        """Whether the scale changes with the gradients."""
        return isinstance(self._loss_scale, _DynamicLossScaleState)

    @property
    def loss_scale(self) -> Any:
        """The current scale: f32[]."""
        scale = self._loss_scale
        if isinstance(scale, _DynamicLossScaleState):
            return tf.convert_to_tensor(scale.current_loss_scale)
        return tf.convert_to_tensor(scale)

    @property
    def dynamic_counter(self) -> Variable | None:
        """The number of steps with finite gradients since the scale changed; None if it is
        fixed."""
        scale = self._loss_scale
        return scale.counter if isinstance(scale, _DynamicLossScaleState) else None

    @property
    def initial_scale(self) -> float:
        """The first scale."""
        scale = self._loss_scale
        return scale.initial_loss_scale if isinstance(scale, _DynamicLossScaleState) else scale

    @property
    def dynamic_growth_steps(self) -> int | None:
        """The number of steps with finite gradients until the scale grows; None if it is fixed."""
        scale = self._loss_scale
        return scale.growth_steps if isinstance(scale, _DynamicLossScaleState) else None

    @property
    def inner_optimizer(self) -> Any:
        """The optimizer that is wrapped."""
        return self._optimizer

    def get_scaled_loss(self, loss: Any) -> Any:
        """Return the loss times the scale; for a function, a function that returns it."""
        self._loss_has_been_scaled = True
        if callable(loss):

            def new_loss() -> Any:
                loss_val = loss()
                return loss_val * tf.cast(self.loss_scale, loss_val.dtype)

            return new_loss
        return loss * tf.cast(self.loss_scale, loss.dtype)

    def get_unscaled_gradients(self, grads: Any) -> list[Any]:
        """Return the gradients divided by the scale; None stays None."""
        self._gradients_have_been_unscaled = True
        reciprocal = 1.0 / self.loss_scale
        return [None if g is None else _multiply_gradient(g, reciprocal) for g in grads]

    def _should_apply(self, grads: Any) -> Any:
        """Update the scale; return whether to apply the gradients."""
        if isinstance(self._loss_scale, _DynamicLossScaleState):
            _, should_apply_grads = self._loss_scale.update(grads)
            return should_apply_grads
        return True

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this optimizer."""
        return {
            "inner_optimizer": optimizers.serialize(self._optimizer),
            "dynamic": self.dynamic,
            "initial_scale": self.initial_scale,
            "dynamic_growth_steps": self.dynamic_growth_steps,
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Self:
        """Create an optimizer from the arguments that `get_config` returned."""
        config = config.copy()
        inner_optimizer = config.pop("inner_optimizer")
        if not isinstance(inner_optimizer, cls._inner_class):
            inner_optimizer = optimizers.deserialize(
                inner_optimizer,
                custom_objects=custom_objects,
                use_legacy_optimizer=cls._inner_class is optimizer_v2.OptimizerV2,
            )
        create: Any = cls
        made: Self = create(inner_optimizer, **config)
        return made

    @property
    def iterations(self) -> Variable:
        """The iterations of the inner optimizer: i64[]. Steps that are skipped count."""
        iterations: Variable = self._optimizer.iterations
        return iterations

    @iterations.setter
    def iterations(self, variable: Variable) -> None:
        self._optimizer.iterations = variable

    @property
    def learning_rate(self) -> Any:
        """The learning rate of the inner optimizer."""
        return self._optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self._optimizer.learning_rate = value


class LossScaleOptimizer(BaseLossScaleOptimizer, optimizer_v2.OptimizerV2):
    """A legacy optimizer with a loss scale.

    Follows keras 2.14 mixed_precision/loss_scale_optimizer.py, LossScaleOptimizer.
    """

    _HAS_AGGREGATE_GRAD = True
    _inner_class = optimizer_v2.OptimizerV2

    def __init__(
        self,
        inner_optimizer: Any,
        dynamic: bool = True,
        initial_scale: float | None = None,
        dynamic_growth_steps: int | None = None,
    ) -> None:
        self._wrap(inner_optimizer, dynamic, initial_scale, dynamic_growth_steps)

    @traced("scale_loss")
    def get_scaled_loss(self, loss: Any) -> Any:
        """Return the loss times the scale; for a function, a function that returns it."""
        return super().get_scaled_loss(loss)

    @traced("unscale_gradients")
    def get_unscaled_gradients(self, grads: Any) -> list[Any]:
        """Return the gradients divided by the scale; None stays None."""
        return super().get_unscaled_gradients(grads)

    @traced("compute_gradients")
    def _compute_gradients(
        self, loss: Any, var_list: Any, grad_loss: Any = None, tape: Any = None
    ) -> list[tuple[Any, Any]]:
        """Return pairs with the gradients of the loss, computed from the scaled loss."""
        tape = tf.GradientTape() if tape is None else tape
        with tape:
            loss = self.get_scaled_loss(loss)
        grads_and_vars = self._optimizer._compute_gradients(loss, var_list, grad_loss, tape=tape)
        unscaled_grads = self.get_unscaled_gradients([g for g, _ in grads_and_vars])
        return list(zip(unscaled_grads, [v for _, v in grads_and_vars], strict=True))

    def _create_all_weights(self, var_list: Any) -> None:
        self._optimizer._create_all_weights(var_list)

    @traced("apply_gradients")
    def apply_gradients(
        self,
        grads_and_vars: Any,
        name: str | None = None,
        experimental_aggregate_gradients: bool = True,
    ) -> None:
        """Update the variables, unless the scale is dynamic and a gradient is not finite.

        The arguments are those of the inner optimizer's `apply_gradients`.
        """
        _maybe_warn_about_scaling(self._loss_has_been_scaled, self._gradients_have_been_unscaled)
        grads_and_vars = optimizer_utils.filter_empty_gradients(grads_and_vars)
        if experimental_aggregate_gradients:
            grads_and_vars = self._optimizer._transform_unaggregated_gradients(grads_and_vars)
            grads_and_vars = self._optimizer._aggregate_gradients(grads_and_vars)
        grads_and_vars = tuple(grads_and_vars)
        grads = [g for g, _ in grads_and_vars]
        variables = [v for _, v in grads_and_vars]
        _smart_cond(
            self._should_apply(grads),
            lambda: _without_result(self._apply_gradients(grads, variables, name)),
            lambda: self._optimizer.iterations.assign_add(1, read_value=False),
        )

    def _apply_gradients(self, grads: Any, variables: Any, name: str | None) -> Any:
        return self._optimizer.apply_gradients(
            list(zip(grads, variables, strict=True)),
            name=name,
            experimental_aggregate_gradients=False,
        )

    def get_slot_names(self) -> list[str]:
        """The names of the slots of the inner optimizer."""
        names: list[str] = self._optimizer.get_slot_names()
        return names

    def variables(self) -> list[Variable]:
        """The variables of the inner optimizer."""
        return self.weights

    @property
    def weights(self) -> list[Variable]:
        """The variables of the inner optimizer."""
        weights: list[Variable] = self._optimizer.weights
        return weights

    def get_weights(self) -> list[Any]:
        """The values of the variables of the inner optimizer."""
        values: list[Any] = self._optimizer.get_weights()
        return values

    def set_weights(self, weights: Any) -> None:
        """Set the variables of the inner optimizer."""
        self._optimizer.set_weights(weights)

    @property
    def clipnorm(self) -> float | None:
        """The `clipnorm` of the inner optimizer."""
        norm: float | None = self._optimizer.clipnorm
        return norm

    @clipnorm.setter
    def clipnorm(self, val: float | None) -> None:
        self._optimizer.clipnorm = val

    @property
    def global_clipnorm(self) -> float | None:
        """The `global_clipnorm` of the inner optimizer."""
        norm: float | None = self._optimizer.global_clipnorm
        return norm

    @global_clipnorm.setter
    def global_clipnorm(self, val: float | None) -> None:
        self._optimizer.global_clipnorm = val

    @property
    def clipvalue(self) -> float | None:
        """The `clipvalue` of the inner optimizer."""
        value: float | None = self._optimizer.clipvalue
        return value

    @clipvalue.setter
    def clipvalue(self, val: float | None) -> None:
        self._optimizer.clipvalue = val

    def _aggregate_gradients(self, grads_and_vars: Any) -> Any:
        return self._optimizer._aggregate_gradients(grads_and_vars)

    def get_slot(self, var: Variable, slot_name: str) -> Variable:
        """The slot variable of the inner optimizer."""
        slot: Variable = self._optimizer.get_slot(var, slot_name)
        return slot

    def add_slot(
        self, var: Variable, slot_name: str, initializer: Any = "zeros", shape: Any = None
    ) -> Variable:
        """Add a slot variable to the inner optimizer."""
        slot: Variable = self._optimizer.add_slot(var, slot_name, initializer, shape)
        return slot

    def __getattr__(self, name: str) -> Any:
        """Return a hyperparameter of the inner optimizer."""
        name = "learning_rate" if name == "lr" else name
        if name not in ("_optimizer", "_hyper") and name in self._optimizer._hyper:
            return self._optimizer._get_hyper(name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __dir__(self) -> list[str]:
        """Return the names of the attributes, and of the hyperparameters of the inner optimizer."""
        return sorted({*object.__dir__(self), *dir(self._optimizer)})

    def __setattr__(self, name: str, value: Any) -> None:
        """Set a hyperparameter of the inner optimizer, or an attribute of this one."""
        name = "learning_rate" if name == "lr" else name
        has_attribute = name in vars(self) or hasattr(type(self), name)
        if name != "_optimizer" and not has_attribute and name in self._optimizer._hyper:
            self._optimizer._set_hyper(name, value)
        else:
            object.__setattr__(self, name, value)


class LossScaleOptimizerV3(BaseLossScaleOptimizer, optimizer.Optimizer):
    """An optimizer with a loss scale.

    Follows keras 2.14 mixed_precision/loss_scale_optimizer.py, LossScaleOptimizerV3.
    """

    _inner_class = optimizer.Optimizer

    def __init__(
        self,
        inner_optimizer: Any,
        dynamic: bool = True,
        initial_scale: float | None = None,
        dynamic_growth_steps: int | None = None,
    ) -> None:
        self._wrap(inner_optimizer, dynamic, initial_scale, dynamic_growth_steps)

    @traced("scale_loss")
    def get_scaled_loss(self, loss: Any) -> Any:
        """Return the loss times the scale; for a function, a function that returns it."""
        return super().get_scaled_loss(loss)

    @traced("unscale_gradients")
    def get_unscaled_gradients(self, grads: Any) -> list[Any]:
        """Return the gradients divided by the scale; None stays None."""
        return super().get_unscaled_gradients(grads)

    @traced("compute_gradients")
    def compute_gradients(
        self, loss: Any, var_list: Any, tape: Any = None
    ) -> list[tuple[Any, Any]]:
        """Return pairs with the gradients of the loss, computed from the scaled loss."""
        tape = tf.GradientTape() if tape is None else tape
        with tape:
            loss = self.get_scaled_loss(loss)
        grads_and_vars = self._optimizer.compute_gradients(loss, var_list, tape=tape)
        unscaled_grads = self.get_unscaled_gradients([g for g, _ in grads_and_vars])
        return list(zip(unscaled_grads, [v for _, v in grads_and_vars], strict=True))

    @traced("apply_gradients")
    def apply_gradients(  # type: ignore[override] # no `name`, as in Keras
        self, grads_and_vars: Any, skip_gradients_aggregation: bool = False, **kwargs: Any
    ) -> None:
        """Update the variables, unless the scale is dynamic and a gradient is not finite.

        Args:
            grads_and_vars: pairs (gradient, variable).
            skip_gradients_aggregation: whether the gradients are summed over devices already.
            **kwargs: as for the inner optimizer.

        Raises:
            ValueError: if there are no pairs, or none has a gradient.
        """
        grads_and_vars = list(grads_and_vars)
        _, trainable_variables = zip(*grads_and_vars, strict=True)
        with tf.init_scope():
            self.build(trainable_variables)
        _maybe_warn_about_scaling(self._loss_has_been_scaled, self._gradients_have_been_unscaled)
        grads_and_vars = optimizer_utils.filter_empty_gradients(grads_and_vars)
        experimental_aggregate_gradients = kwargs.pop("experimental_aggregate_gradients", True)
        if not skip_gradients_aggregation and experimental_aggregate_gradients:
            grads_and_vars = self._optimizer.aggregate_gradients(grads_and_vars)
        grads_and_vars = tuple(grads_and_vars)
        grads = [g for g, _ in grads_and_vars]
        variables = [v for _, v in grads_and_vars]
        _smart_cond(
            self._should_apply(grads),
            lambda: self._apply_gradients(grads, variables),
            lambda: self._optimizer.iterations.assign_add(1, read_value=False),
        )

    def _apply_gradients(self, grads: Any, variables: Any) -> None:
        self._optimizer.apply_gradients(
            list(zip(grads, variables, strict=True)), skip_gradients_aggregation=True
        )

    @property
    def variables(self) -> Any:
        """The variables of the inner optimizer."""
        return self._optimizer.variables

    def build(self, var_list: Any) -> None:
        """Create the variables of the inner optimizer."""
        self._optimizer.build(var_list)

    @property
    def use_ema(self) -> bool:
        """Whether the inner optimizer averages the weights."""
        use_ema: bool = self._optimizer.use_ema
        return use_ema

    @use_ema.setter
    def use_ema(self, use_ema: bool) -> None:
        self._optimizer.use_ema = use_ema

    @property
    def ema_momentum(self) -> float:
        """The momentum of these averages."""
        momentum: float = self._optimizer.ema_momentum
        return momentum

    @ema_momentum.setter
    def ema_momentum(self, ema_momentum: float) -> None:
        self._optimizer.ema_momentum = ema_momentum

    def finalize_variable_values(self, var_list: Any) -> None:
        """Set the variables of a model to the averages of the inner optimizer, if it has any."""
        self._optimizer.finalize_variable_values(var_list)


def _multiply_gradient(gradient: Any, scale: Any) -> Any:
    scale = tf.cast(scale, gradient.dtype)
    if isinstance(gradient, IndexedSlices):
        return IndexedSlices(gradient.values * scale, gradient.indices, gradient.dense_shape)
    return gradient * scale


for _class in (LossScaleOptimizer, LossScaleOptimizerV3):
    library_export("keras.src.mixed_precision.loss_scale_optimizer", _class)
