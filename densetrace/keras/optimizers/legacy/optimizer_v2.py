"""The base class of all legacy optimizers.

Follows keras 2.14 optimizers/legacy/optimizer_v2.py.
"""

import warnings
from collections.abc import Callable
from typing import Any, Final, Self

from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.optimizers.schedules import learning_rate_schedule
from densetrace.keras.utils.generic_utils import to_snake_case
from densetrace.tensorflow.missing import NO_TRAINING, missing

ALLOWED: Final = ("clipnorm", "clipvalue", "lr", "decay", "global_clipnorm")


# DEPARTS: Keras converts a hyperparameter of a legacy optimizer into a variable on first read, and
# names it as it names layers. Here hyperparameters remain the values that you passed.
# DEPARTS: Keras computes and applies gradients. Here a method that would do so raises
# NotImplementedError, as in optimizers/optimizer.py.
@missing(
    "legacy.Optimizer",
    "minimize apply_gradients get_gradients",
    NO_TRAINING,
    "densetrace follows a model up to compile and predict and stops before training: "
    "{} is not part of it.",
)
@keras_export("keras.optimizers.legacy.Optimizer")
class OptimizerV2:
    """The base class of the optimizers before Keras 2.11.

    Follows keras 2.14 optimizers/legacy/optimizer_v2.py, OptimizerV2.

    Raises:
        TypeError: if a keyword argument is unknown.
        ValueError: if `clipnorm`, `clipvalue`, `lr`, `decay` or `global_clipnorm` is negative,
            `clipnorm` and `global_clipnorm` are both set, or one of the three clip arguments is set
            together with `gradient_transformers`.
    """

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
                warnings.warn("Use `learning_rate`; `lr` is its old name.", stacklevel=2)
        self._init_set_name(name)
        self._hyper: dict[str, Any] = {}
        self._initial_decay = kwargs.pop("decay", 0.0)
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

    @property
    def global_clipnorm(self) -> float | None:
        """The norm that all gradients together are clipped to, or None."""
        return self._global_clipnorm

    @global_clipnorm.setter
    def global_clipnorm(self, val: float | None) -> None:
        self._check_no_transformers("global_clipnorm", val)
        self._global_clipnorm = val

    @property
    def clipvalue(self) -> float | None:
        """The absolute value that each element of a gradient is clipped to, or None."""
        return self._clipvalue

    @clipvalue.setter
    def clipvalue(self, val: float | None) -> None:
        self._check_no_transformers("clipvalue", val)
        self._clipvalue = val

    def _check_no_transformers(self, name: str, val: float | None) -> None:
        if val is not None and self.gradient_transformers:
            raise ValueError(
                f"`{name}` cannot be set together with `gradient_transformers`. "
                f"Received: {name}={val}, gradient_transformers={self.gradient_transformers}"
            )

    def _set_hyper(self, name: str, value: Any) -> None:
        self._hyper[name] = value

    def _get_hyper(self, name: str) -> Any:
        return self._hyper[name]

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
        if isinstance(value, learning_rate_schedule.LearningRateSchedule):
            return learning_rate_schedule.serialize(value)
        return value() if callable(value) else value

    def _init_set_name(self, name: str | None, zero_based: bool = True) -> None:
        self._name = name or backend.unique_object_name(
            to_snake_case(type(self).__name__), zero_based=zero_based
        )
