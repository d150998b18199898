"""Functions that optimizers share: pairs without a gradient, and clipping as functions.

Follows keras 2.14 optimizers/utils.py. A pair is (gradient, variable).
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import densetrace.tensorflow as tf

Pairs: TypeAlias = Iterable[tuple[Any, Any]]
Transformation: TypeAlias = Callable[[Any], Any]


def all_reduce_sum_gradients(grads_and_vars: Pairs) -> list[tuple[Any, Any]]:
    """Return the pairs with gradients summed over all devices.

    Follows keras 2.14 optimizers/utils.py, all_reduce_sum_gradients.

    Raises:
        ValueError: if there are pairs, but none has a gradient.
    """
    # DEPARTS: Keras sums over the devices of a distribution strategy. Here there is one device, and
    # the gradients are returned as they are.
    grads_and_vars = list(grads_and_vars)
    filtered_grads_and_vars = filter_empty_gradients(grads_and_vars)
    reduced = iter([grad for grad, _ in filtered_grads_and_vars])
    return [(None if grad is None else next(reduced), var) for grad, var in grads_and_vars]


def filter_empty_gradients(grads_and_vars: Pairs) -> tuple[tuple[Any, Any], ...]:
    """Return the pairs that have a gradient, and log a warning that names the other variables.

    Follows keras 2.14 optimizers/utils.py, filter_empty_gradients.

    Raises:
        ValueError: if there are pairs, but none has a gradient.
    """
    grads_and_vars = tuple(grads_and_vars)
    filtered = tuple((grad, var) for grad, var in grads_and_vars if grad is not None)
    if not grads_and_vars:
        return filtered
    if not filtered:
        names = [var.name for _, var in grads_and_vars]
        raise ValueError(
            f"No gradients provided for any variable: the loss depends on none of {names}. "
            f"Received: grads_and_vars={grads_and_vars!r:.300}. Compute the loss from the model's "
            "outputs, inside the tape."
        )
    without = [var.name for grad, var in grads_and_vars if grad is None]
    if without:
        tf.get_logger().warning(
            "Gradients do not exist for variables %s: the loss does not depend on them, and they "
            "are not updated. If you use `model.compile()`, pass it a `loss`.",
            without,
        )
    return filtered


def make_gradient_clipnorm_fn(clipnorm: float | None) -> Transformation:
    """Return a function that clips the gradient of each pair to a norm.

    Follows keras 2.14 optimizers/utils.py, make_gradient_clipnorm_fn.
    """
    if clipnorm is None:
        return lambda grads_and_vars: grads_and_vars

    def gradient_clipnorm_fn(grads_and_vars: Pairs) -> list[tuple[Any, Any]]:
        return [(tf.clip_by_norm(grad, clipnorm), var) for grad, var in grads_and_vars]

    return gradient_clipnorm_fn


def make_global_gradient_clipnorm_fn(clipnorm: float | None) -> Transformation:
    """Return a function that clips the gradients of all pairs together to a norm.

    Follows keras 2.14 optimizers/utils.py, make_global_gradient_clipnorm_fn.
    """
    if clipnorm is None:
        return lambda grads_and_vars: grads_and_vars

    def gradient_clipnorm_fn(grads_and_vars: Pairs) -> list[tuple[Any, Any]]:
        grads, variables = zip(*grads_and_vars, strict=True)
        clipped_grads, _ = tf.clip_by_global_norm(grads, clipnorm)
        return list(zip(clipped_grads, variables, strict=True))

    return gradient_clipnorm_fn


def make_gradient_clipvalue_fn(clipvalue: float | None) -> Transformation:
    """Return a function that clips the elements of each gradient to an absolute value.

    Follows keras 2.14 optimizers/utils.py, make_gradient_clipvalue_fn.
    """
    if clipvalue is None:
        return lambda grads_and_vars: grads_and_vars

    def gradient_clipvalue_fn(grads_and_vars: Pairs) -> list[tuple[Any, Any]]:
        return [
            (tf.clip_by_value(grad, -clipvalue, clipvalue), var) for grad, var in grads_and_vars
        ]

    return gradient_clipvalue_fn
