"""The updates that the legacy optimizers of Keras leave to TensorFlow's kernels.

Each kernel updates a variable and its slot variables from a gradient: `resource_apply_...` the
whole variable, `resource_sparse_apply_...` the slices that `indices` name, once each.

Follows tensorflow/core/kernels/training_ops.cc; the names are those of
tensorflow/python/training/gen_training_ops.py.
"""

from collections.abc import Callable
from typing import Any

from densetrace.tensorflow.indexed_slices import IndexedSlices
from densetrace.tensorflow.ops.comparisons import greater
from densetrace.tensorflow.ops.creating import zeros_like
from densetrace.tensorflow.ops.elementary import rsqrt, sqrt
from densetrace.tensorflow.ops.indexing import gather
from densetrace.tensorflow.ops.math import abs, maximum, pow, sign, square
from densetrace.tensorflow.ops.selecting import where
from densetrace.tensorflow.variables import Variable

# DEPARTS: in TensorFlow each of these updates is one operation. Here an update consists of
# operations and assignments, so that its steps are visible.

_Update = Callable[..., tuple[Any, ...]]
"""The current values of variables, then coefficients -> the new values of the variables."""


def _dense(update: _Update, variables: tuple[Variable, ...], *arguments: Any) -> Any:
    """Assign new values to whole variables; return the first variable."""
    values = update(*variables, *arguments)
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
    return variables[0]


def _sparse(update: _Update, variables: tuple[Variable, ...], indices: Any, *arguments: Any) -> Any:
    """Assign new values to the slices of variables at indices; return the first variable."""
    slices = [gather(variable, indices) for variable in variables]
    values = update(*slices, *arguments)
    for variable, value in zip(variables, values, strict=True):
        variable.scatter_update(IndexedSlices(value, indices))
    return variables[0]


# -- gradient descent ------------------------------------------------------------------------------


def resource_apply_gradient_descent(var: Variable, alpha: Any, delta: Any) -> Any:
    """var -= alpha * delta."""
    var.assign_sub(alpha * delta)
    return var


def _keras_momentum(
    var: Any, accum: Any, lr: Any, grad: Any, momentum: Any, use_nesterov: bool
) -> tuple[Any, Any]:
    accum = accum * momentum - lr * grad
    return var + (accum * momentum - lr * grad if use_nesterov else accum), accum


def resource_apply_keras_momentum(
    var: Variable, accum: Variable, lr: Any, grad: Any, momentum: Any, use_nesterov: bool
) -> Any:
    """accum = accum * momentum - lr * grad; var += accum."""
    return _dense(_keras_momentum, (var, accum), lr, grad, momentum, use_nesterov)


def resource_sparse_apply_keras_momentum(
    var: Variable, accum: Variable, lr: Any, grad: Any, indices: Any, momentum: Any,
    use_nesterov: bool,
) -> Any:  # fmt: skip
    """The same for slices."""
    return _sparse(_keras_momentum, (var, accum), indices, lr, grad, momentum, use_nesterov)


# -- RMSprop ---------------------------------------------------------------------------------------


def _rms_prop(
    var: Any, ms: Any, mom: Any, lr: Any, rho: Any, momentum: Any, epsilon: Any, grad: Any
) -> tuple[Any, Any, Any]:
    ms = ms + (square(grad) - ms) * (1 - rho)
    mom = mom * momentum + (grad * lr) / sqrt(ms + epsilon)
    return var - mom, ms, mom


def resource_apply_rms_prop(
    var: Variable, ms: Variable, mom: Variable, lr: Any, rho: Any, momentum: Any, epsilon: Any,
    grad: Any,
) -> Any:  # fmt: skip
    """mom = mom * momentum + lr * grad / sqrt(ms + epsilon); var -= mom, where ms is the running
    average of squared gradients."""
    return _dense(_rms_prop, (var, ms, mom), lr, rho, momentum, epsilon, grad)


def resource_sparse_apply_rms_prop(
    var: Variable, ms: Variable, mom: Variable, lr: Any, rho: Any, momentum: Any, epsilon: Any,
    grad: Any, indices: Any,
) -> Any:  # fmt: skip
    """The same for slices."""
    return _sparse(_rms_prop, (var, ms, mom), indices, lr, rho, momentum, epsilon, grad)


def _centered_rms_prop(
    var: Any, mg: Any, ms: Any, mom: Any, lr: Any, rho: Any, momentum: Any, epsilon: Any, grad: Any
) -> tuple[Any, Any, Any, Any]:
    ms = ms + (square(grad) - ms) * (1 - rho)
    mg = mg + (grad - mg) * (1 - rho)
    mom = mom * momentum + (grad * lr) / sqrt(ms - square(mg) + epsilon)
    return var - mom, mg, ms, mom


def resource_apply_centered_rms_prop(
    var: Variable, mg: Variable, ms: Variable, mom: Variable, lr: Any, rho: Any, momentum: Any,
    epsilon: Any, grad: Any,
) -> Any:  # fmt: skip
    """As `resource_apply_rms_prop`, with the square of the average gradient mg subtracted from
    ms."""
    return _dense(_centered_rms_prop, (var, mg, ms, mom), lr, rho, momentum, epsilon, grad)


def resource_sparse_apply_centered_rms_prop(
    var: Variable, mg: Variable, ms: Variable, mom: Variable, lr: Any, rho: Any, momentum: Any,
    epsilon: Any, grad: Any, indices: Any,
) -> Any:  # fmt: skip
    """The same for slices."""
    variables = (var, mg, ms, mom)
    return _sparse(_centered_rms_prop, variables, indices, lr, rho, momentum, epsilon, grad)


# -- Adam ------------------------------------------------------------------------------------------


def resource_apply_adam(
    var: Variable, m: Variable, v: Variable, beta1_power: Any, beta2_power: Any, lr: Any,
    beta1: Any, beta2: Any, epsilon: Any, grad: Any,
) -> Any:  # fmt: skip
    """m and v are running averages of the gradient and of its square; var -= alpha * m / (sqrt(v) +
    epsilon), where alpha corrects the learning rate for their start at 0."""
    alpha = lr * sqrt(1 - beta2_power) / (1 - beta1_power)
    m.assign_add((grad - m) * (1 - beta1))
    v.assign_add((square(grad) - v) * (1 - beta2))
    var.assign_sub((m * alpha) / (sqrt(v) + epsilon))
    return var


def resource_apply_adam_with_amsgrad(
    var: Variable, m: Variable, v: Variable, vhat: Variable, beta1_power: Any, beta2_power: Any,
    lr: Any, beta1: Any, beta2: Any, epsilon: Any, grad: Any,
) -> Any:  # fmt: skip
    """As `resource_apply_adam`, with the largest v so far in place of v."""
    alpha = lr * sqrt(1 - beta2_power) / (1 - beta1_power)
    m.assign_add((grad - m) * (1 - beta1))
    v.assign_add((square(grad) - v) * (1 - beta2))
    vhat.assign(maximum(vhat, v))
    var.assign_sub((m * alpha) / (sqrt(vhat) + epsilon))
    return var


def resource_apply_ada_max(
    var: Variable, m: Variable, v: Variable, beta1_power: Any, lr: Any, beta1: Any, beta2: Any,
    epsilon: Any, grad: Any,
) -> Any:  # fmt: skip
    """m is a running average of the gradient, v its largest absolute value, which decays; var -= lr
    / (1 - beta1_power) * m / (v + epsilon)."""
    m.assign_add((grad - m) * (1 - beta1))
    v.assign(maximum(v * beta2, abs(grad)))
    var.assign_sub(lr / (1 - beta1_power) * (m / (v + epsilon)))
    return var


# -- Adagrad, Adadelta -----------------------------------------------------------------------------


def _adagrad(var: Any, accum: Any, lr: Any, epsilon: Any, grad: Any) -> tuple[Any, Any]:
    accum = accum + square(grad)
    return var - grad * lr / (sqrt(accum) + epsilon), accum


def resource_apply_adagrad_v2(
    var: Variable, accum: Variable, lr: Any, epsilon: Any, grad: Any
) -> Any:
    """accum += grad ** 2; var -= lr * grad / (sqrt(accum) + epsilon)."""
    return _dense(_adagrad, (var, accum), lr, epsilon, grad)


def resource_sparse_apply_adagrad_v2(
    var: Variable, accum: Variable, lr: Any, epsilon: Any, grad: Any, indices: Any
) -> Any:
    """The same for slices."""
    return _sparse(_adagrad, (var, accum), indices, lr, epsilon, grad)


def _adadelta(
    var: Any, accum: Any, accum_update: Any, lr: Any, rho: Any, epsilon: Any, grad: Any
) -> tuple[Any, Any, Any]:
    accum = accum * rho + square(grad) * (1 - rho)
    update = sqrt(accum_update + epsilon) * rsqrt(accum + epsilon) * grad
    return var - update * lr, accum, accum_update * rho + square(update) * (1 - rho)


def resource_apply_adadelta(
    var: Variable, accum: Variable, accum_update: Variable, lr: Any, rho: Any, epsilon: Any,
    grad: Any,
) -> Any:  # fmt: skip
    """var -= lr * grad * rms(last steps) / rms(gradients), where rms is the root of a running
    average of squares."""
    return _dense(_adadelta, (var, accum, accum_update), lr, rho, epsilon, grad)


def resource_sparse_apply_adadelta(
    var: Variable, accum: Variable, accum_update: Variable, lr: Any, rho: Any, epsilon: Any,
    grad: Any, indices: Any,
) -> Any:  # fmt: skip
    """The same for slices."""
    return _sparse(_adadelta, (var, accum, accum_update), indices, lr, rho, epsilon, grad)


# -- Ftrl ------------------------------------------------------------------------------------------


def _ftrl(
    var: Any, accum: Any, linear: Any, grad: Any, lr: Any, l1: Any, l2: Any, l2_shrinkage: Any,
    lr_power: Any,
) -> tuple[Any, Any, Any]:  # fmt: skip
    new_accum = accum + square(grad)
    grad_to_use = grad if l2_shrinkage is None else grad + 2 * l2_shrinkage * var
    linear = linear + (grad_to_use - (pow(new_accum, -lr_power) - pow(accum, -lr_power)) / lr * var)
    quadratic = pow(new_accum, -lr_power) / lr + 2 * l2
    shrunk = (l1 * sign(linear) - linear) / quadratic
    return where(greater(abs(linear), l1), shrunk, zeros_like(shrunk)), new_accum, linear


def resource_apply_ftrl(
    var: Variable, accum: Variable, linear: Variable, grad: Any, lr: Any, l1: Any, l2: Any,
    lr_power: Any, l2_shrinkage: Any = None,
) -> Any:  # fmt: skip
    """var = (l1 * sign(linear) - linear) / quadratic where abs(linear) > l1, else 0; linear and
    quadratic sum up the gradients so far. Given `l2_shrinkage`, ResourceApplyFtrlV2."""
    return _dense(_ftrl, (var, accum, linear), grad, lr, l1, l2, l2_shrinkage, lr_power)


def resource_sparse_apply_ftrl(
    var: Variable, accum: Variable, linear: Variable, grad: Any, indices: Any, lr: Any, l1: Any,
    l2: Any, lr_power: Any, l2_shrinkage: Any = None,
) -> Any:  # fmt: skip
    """The same for slices."""
    variables = (var, accum, linear)
    return _sparse(_ftrl, variables, indices, grad, lr, l1, l2, l2_shrinkage, lr_power)
