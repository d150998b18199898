"""A choice between two functions. Follows keras 2.14 utils/control_flow_util.py."""

from collections.abc import Callable
from typing import Any

import densetrace.tensorflow as tf
from densetrace.tensorflow.tensor import Operators


def smart_cond(
    pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any], name: str | None = None
) -> Any:
    """Call one of two functions; a graph gets both where it is not known which.

    Follows keras 2.14 utils/control_flow_util.py, smart_cond.
    """
    if isinstance(pred, Operators):
        return tf.cond(pred, true_fn=true_fn, false_fn=false_fn, name=name)
    return true_fn() if pred else false_fn()
