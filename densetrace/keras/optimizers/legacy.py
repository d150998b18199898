"""The optimizers that `keras.optimizers.get` makes of a configuration without a marker.

`get({"class_name": "SGD", "config": {"learning_rate": 0.1}})` gives the SGD of before Keras 2.11:
a configuration that is not empty and lacks `is_legacy_optimizer` was written by one of these.
Follows keras 2.14 optimizers/legacy/optimizer_v2.py and its neighbours.
"""

from collections.abc import Callable
from typing import Any, ClassVar, Final, NoReturn, Self, TypeVar

from densetrace.keras import backend
from densetrace.keras._constructors import Declared, constructor
from densetrace.keras._exports import keras_export
from densetrace.keras.optimizers.builtin import check_ftrl
from densetrace.keras.optimizers.schedules import learning_rate_schedule
from densetrace.keras.optimizers.schedules.learning_rate_schedule import LearningRateSchedule

LegacyClass = TypeVar("LegacyClass", bound="type[Optimizer]")

ALLOWED: Final = ("clipnorm", "clipvalue", "lr", "decay", "global_clipnorm")


def declared(**hyperparameters: object) -> Callable[[LegacyClass], LegacyClass]:
    """Declare a legacy optimizer by its arguments and their defaults, `name` perhaps among them."""

    def decorate(cls: LegacyClass) -> LegacyClass:
        cls._hyperparameters = tuple(name for name in hyperparameters if name != "name")
        parameters = {**hyperparameters}
        parameters.setdefault("name", cls.__name__)
        constructor(cls, parameters, cls._initialize, spread=True)
        return keras_export(f"keras.optimizers.legacy.{cls.__name__}")(cls)

    return decorate


# DEPARTS: a legacy optimizer of Keras turns its hyperparameters into variables when they are first
# read, and names them as layers are named; here they stay the plain values that were given.
class Optimizer:
    """An optimizer of before Keras 2.11. Follows keras 2.14 optimizers/legacy/optimizer_v2.py.

    Raises:
        TypeError: for an unknown keyword argument.
        ValueError: for a negative `clipnorm`, `clipvalue`, `lr`, `decay` or `global_clipnorm`.
    """

    _hyperparameters: ClassVar[tuple[str, ...]] = ()
    learning_rate: Any

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
                    f"A legacy optimizer takes {', '.join(ALLOWED)} as further arguments. "
                    f"Received: {key}={value}"
                )
            if value is not None and value < 0:
                raise ValueError(f"{key} must be positive or zero. Received: {key}={value}")
        self._name = name or type(self).__name__.lower()
        self.decay = kwargs.get("decay", 0.0)
        self.gradient_aggregator = gradient_aggregator
        self.gradient_transformers = gradient_transformers or []
        self.clipnorm = kwargs.get("clipnorm")
        self.clipvalue = kwargs.get("clipvalue")
        self.global_clipnorm = kwargs.get("global_clipnorm")

    def _initialize(self, *, name: str, **arguments: Any) -> None:
        own = {key: arguments.pop(key) for key in self._hyperparameters}
        Optimizer.__init__(self, name, **arguments)
        own["learning_rate"] = arguments.get("lr", own["learning_rate"])
        if "epsilon" in own:
            own["epsilon"] = own["epsilon"] or backend.epsilon()
        for key, value in own.items():
            setattr(self, key, value)
        self._check()

    def _check(self) -> None:
        """Refuse impossible hyperparameters; each optimizer has its own rules."""

    @property
    def lr(self) -> Any:
        """The old name of `learning_rate`."""
        return self.learning_rate

    @lr.setter
    def lr(self, value: Any) -> None:
        self.learning_rate = value

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an optimizer like this one."""
        clips = ("clipnorm", "clipvalue", "global_clipnorm")
        config = {"name": self._name}
        config |= {name: getattr(self, name) for name in clips if getattr(self, name) is not None}
        if self._hyperparameters:
            config["learning_rate"] = self._serialize_hyperparameter("learning_rate")
            config["decay"] = self.decay
        return config | {
            name: self._serialize_hyperparameter(name) for name in self._hyperparameters
        }

    def _serialize_hyperparameter(self, name: str) -> Any:
        value = getattr(self, name)
        if isinstance(value, LearningRateSchedule):
            return learning_rate_schedule.serialize(value)
        return value() if callable(value) else value

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Self:
        """An optimizer from what `get_config` gave; `lr` is understood too."""
        if "lr" in config:
            config["learning_rate"] = config.pop("lr")
        if "learning_rate" in config and isinstance(config["learning_rate"], dict):
            config["learning_rate"] = learning_rate_schedule.deserialize(
                config["learning_rate"], custom_objects=custom_objects
            )
        return cls(**config)

    def _no_training(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(
            "densetrace follows a model up to compile and predict and stops before training: "
            f"{type(self).__name__} computes and applies no gradients."
        )

    get_gradients = apply_gradients = minimize = _no_training


class _WithMomentum(Optimizer):
    momentum: Any

    def _check(self) -> None:
        if isinstance(self.momentum, (int, float)) and not 0 <= self.momentum <= 1:
            raise ValueError(
                f"`momentum` must be in the range [0, 1]. Received: momentum={self.momentum}"
            )


@declared(learning_rate=0.01, momentum=0.0, nesterov=False)
class SGD(Declared, _WithMomentum):
    """Gradient descent, with momentum if asked for."""


@declared(learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False)
class RMSprop(Declared, _WithMomentum):
    """Gradients divided by a running average of their magnitude."""


@declared(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False)
class Adam(Declared, Optimizer):
    """Running averages of the gradients and of their squares."""


@declared(learning_rate=0.001, rho=0.95, epsilon=1e-7)
class Adadelta(Declared, Optimizer):
    """Step sizes from a moving window of past gradients."""


@declared(learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-7)
class Adagrad(Declared, Optimizer):
    """Smaller steps for the weights that were updated often."""

    initial_accumulator_value: float

    def _check(self) -> None:
        if self.initial_accumulator_value < 0:
            raise ValueError(
                "`initial_accumulator_value` must be positive or zero. "
                f"Received: initial_accumulator_value={self.initial_accumulator_value}"
            )


@declared(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7)
class Adamax(Declared, Optimizer):
    """Adam with the infinity norm."""


@declared(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7)
class Nadam(Declared, Optimizer):
    """Adam with Nesterov momentum. Its `decay` is what `schedule_decay` says, whatever was given.

    Raises:
        ValueError: for a schedule as learning rate.
    """

    def _initialize(self, *, name: str, **arguments: Any) -> None:
        arguments["decay"] = arguments.pop("schedule_decay", 0.004)
        if isinstance(arguments.get("lr", arguments["learning_rate"]), LearningRateSchedule):
            raise ValueError("Nadam needs a number as learning rate. Received: a schedule")
        super()._initialize(name=name, **arguments)


@declared(
    learning_rate=0.001,
    learning_rate_power=-0.5,
    initial_accumulator_value=0.1,
    l1_regularization_strength=0.0,
    l2_regularization_strength=0.0,
    name="Ftrl",
    l2_shrinkage_regularization_strength=0.0,
    beta=0.0,
)
class Ftrl(Declared, Optimizer):
    """Follow the regularized leader. It takes an `lr` and pays no attention to it."""

    def _initialize(self, *, name: str, **arguments: Any) -> None:
        super()._initialize(name=name, **arguments)
        self.learning_rate = arguments["learning_rate"]

    def _check(self) -> None:
        check_ftrl(self)
