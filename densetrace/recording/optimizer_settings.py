"""The settings of an optimizer, read from its attributes where its `get_config` does not serve.

The `get_config` of a user's class is never run, nor one that would run it. And a config has the
objects inside an optimizer, a schedule or the optimizer that a loss scale wraps, as dicts.
"""

from typing import Any, Final

from densetrace.recording.introspect import OURS, attributes_of, facts_of, mro, package_of

_BASES: Final = frozenset(("Optimizer", "OptimizerV2"))
_INNER: Final = ("_optimizer", "inner_optimizer")
"""The attributes in which a `LossScaleOptimizer` keeps the optimizer that it wraps."""
_PLAIN: Final = (bool, int, float, str, type(None))


def is_optimizer(kind: type) -> bool:
    """Whether a class inherits from an optimizer of Keras."""
    return any(facts_of(base).name in _BASES and package_of(base) in OURS for base in mro(kind))


def with_objects(optimizer: object, config: dict[str, Any] | None) -> dict[str, Any]:
    """The settings of an optimizer: its config, or without one its plain attributes; with the
    schedule of its learning rate and the optimizer that it wraps as objects."""
    attributes = attributes_of(optimizer)
    hyper = attributes.get("_hyper")
    held = dict(hyper) if type(hyper) is dict else {}
    if "_learning_rate" in attributes:
        held["learning_rate"] = attributes["_learning_rate"]
    if config is None:
        settings = {name: held[name] for name in held if type(name) is str}
        settings |= {
            name: value
            for name, value in attributes.items()
            if type(value) in _PLAIN and not name.startswith("_")
        }
    else:
        settings = dict(config)
        rate = held.get("learning_rate")
        if rate is not None and "LearningRateSchedule" in facts_of(type(rate)).lineage:
            settings["learning_rate"] = rate
    for name in _INNER:
        inner = attributes.get(name)
        if inner is not None and inner is not optimizer and is_optimizer(type(inner)):
            settings = {"inner_optimizer": inner, **_without(settings, "inner_optimizer")}
    return settings


def _without(settings: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if key != name}
