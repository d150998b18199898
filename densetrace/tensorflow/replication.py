"""Settings of variables on several devices. On one device, a variable only keeps them.

Follows tensorflow/python/ops/variables.py.
"""

from enum import Enum
from typing import Any

from densetrace.tensorflow.operation import export


@export("VariableSynchronization")
class VariableSynchronization(Enum):
    """When the copies of a variable on several devices are made equal."""

    AUTO = 0
    NONE = 1
    ON_WRITE = 2
    ON_READ = 3


@export("VariableAggregation")
class VariableAggregationV2(Enum):
    """How the updates or values from several devices are combined."""

    NONE = 0
    SUM = 1
    MEAN = 2
    ONLY_FIRST_REPLICA = 3


def checked(
    synchronization: Any, aggregation: Any, trainable: bool | None, name: str | None
) -> tuple[VariableSynchronization, VariableAggregationV2, bool]:
    """The settings of a variable and whether it is trainable, None replaced by the defaults.

    Raises:
        ValueError: when one is no such setting.
    """
    if synchronization is None:
        synchronization = VariableSynchronization.AUTO
    elif not isinstance(synchronization, VariableSynchronization):
        raise _no_member("VariableSynchronization", synchronization, name)
    if aggregation is None:
        aggregation = VariableAggregationV2.NONE
    elif not isinstance(aggregation, VariableAggregationV2):
        raise _no_member("VariableAggregation", aggregation, name)
    if trainable is None:
        trainable = synchronization is not VariableSynchronization.ON_READ
    return synchronization, aggregation, bool(trainable)


def _no_member(kind: str, received: Any, name: str | None) -> Exception:
    return ValueError(f"Variable {name} needs a member of tf.{kind}. Received: {received!r:.80}")
