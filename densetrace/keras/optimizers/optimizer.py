"""The base class of all optimizers. Follows keras 2.14 optimizers/optimizer.py."""

from typing import Any, Final, Self

import numpy as np

from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.optimizers.schedules import learning_rate_schedule
from densetrace.keras.optimizers.schedules.learning_rate_schedule import LearningRateSchedule
from densetrace.tensorflow.convert import quiet
from densetrace.tensorflow.missing import NO_TRAINING, missing
from densetrace.tensorflow.variables import Variable

ONLY_LEGACY: Final = ("decay", "gradient_aggregator", "gradient_transformers")


# DEPARTS: Keras computes and applies gradients. Here an optimizer can be created, configured, saved
# and compiled into a model; a method that would compute or apply a gradient raises
# NotImplementedError, because densetrace does not train.
@missing(
    "Optimizer",
    "build update_step compute_gradients apply_gradients minimize aggregate_gradients "
    "finalize_variable_values add_variable add_variable_from_reference exclude_from_weight_decay",
    NO_TRAINING,
    "densetrace follows a model up to compile and predict and stops before training: "
    "{} is not part of it.",
)
@missing("Optimizer", "load_own_variables save_own_variables set_weights")
class _BaseOptimizer:
    """The name, learning rate, common options and config of an optimizer.

    Follows keras 2.14 optimizers/optimizer.py, _BaseOptimizer.
    """

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
        self._learning_rate: Variable | LearningRateSchedule | None = None
        self._variables: list[Variable] = []
        self._create_iteration_variable()
        self._process_kwargs(kwargs)

    def _create_iteration_variable(self) -> None:
        self._iterations = Variable(np.array(0, np.int64), name="iteration", trainable=False)
        self._variables.append(self._iterations)

    def _process_kwargs(self, kwargs: dict[str, Any]) -> None:
        kwargs.pop("is_legacy_optimizer", None)
        if kwargs.pop("lr", None):
            import logging

            logging.getLogger(__name__).warning(
                "`lr` is ignored by the Keras optimizers; write `learning_rate`, or use "
                "tf.keras.optimizers.legacy.%s",
                type(self).__name__,
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

    @property
    def iterations(self) -> Variable:
        """The number of training steps so far: i64[], always 0 here."""
        return self._iterations

    @iterations.setter
    def iterations(self, variable: Variable) -> None:
        self._iterations = variable

    @property
    def learning_rate(self) -> Variable:
        """The current learning rate: f32[]. A schedule computes it from the iteration.

        Raises:
            ValueError: when read, if the optimizer has none.
            TypeError: when set, if the optimizer has a schedule or the value is not a number.
        """
        if self._learning_rate is None:
            raise ValueError(
                "The optimizer has no learning rate: pass `learning_rate` when you create it."
            )
        if isinstance(self._learning_rate, LearningRateSchedule):
            return self._current_learning_rate
        return self._learning_rate

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
        self.learning_rate.assign(_number(value))

    @property
    def lr(self) -> Variable:
        """The old name of `learning_rate`."""
        return self.learning_rate

    @lr.setter
    def lr(self, value: Any) -> None:
        self.learning_rate = value

    def _build_learning_rate(self, learning_rate: Any) -> Variable | LearningRateSchedule:
        if isinstance(learning_rate, LearningRateSchedule):
            current = _number(learning_rate(self.iterations))
            self._current_learning_rate = Variable(
                current, name="current_learning_rate", trainable=False
            )
            return learning_rate
        if learning_rate is None:
            raise ValueError("learning_rate must be a number or a schedule. Received: None")
        value = learning_rate() if callable(learning_rate) else learning_rate
        return Variable(_number(value), name="learning_rate", trainable=False)

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


@keras_export("keras.optimizers.Optimizer", "keras.optimizers.experimental.Optimizer")
class Optimizer(_BaseOptimizer):
    """The base class of all optimizers, as far as `Model.compile` needs it.

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
        kwargs.pop("mesh", None)  # a DTensor mesh, which only Keras uses
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


class CallableList(list[Variable]):
    """A list that returns itself when called, so that `variables` and `variables()` both work.

    Follows keras 2.14 optimizers/optimizer.py, CallableList.
    """

    def __call__(self) -> "CallableList":
        return self


def _number(value: Any) -> np.ndarray[Any, Any]:
    if isinstance(value, (str, bytes)) or value is None:
        raise TypeError(f"learning_rate must be a number or a schedule. Received: {value!r}")
    result: np.ndarray[Any, Any] = quiet(value, backend.floatx())
    return result
