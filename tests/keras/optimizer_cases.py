"""What optimizers are tried on: trainings, updates of slices, schedules, scripts and errors.

`results(tf, keras)` runs all of them on one implementation. This module imports neither, so that
record_optimizers.py can run it where there is no densetrace.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

STEPS = 5

# Optimizers of keras.optimizers (O) that train a small model.
TRAININGS = [
    "O.SGD(0.1)",
    "O.SGD(0.05, momentum=0.9)",
    "O.SGD(0.05, momentum=0.8, nesterov=True)",
    "O.SGD(0.5, clipnorm=0.1)",
    "O.SGD(0.5, clipvalue=0.05)",
    "O.SGD(0.5, global_clipnorm=0.2)",
    "O.SGD(0.5, clipnorm=0.3, clipvalue=0.01)",
    "O.SGD(0.5, global_clipnorm=0.3, clipvalue=0.01)",
    "O.SGD(0.1, weight_decay=0.2)",
    "O.SGD(0.1, use_ema=True, ema_momentum=0.7)",
    "O.SGD(0.1, use_ema=True, ema_momentum=0.7, ema_overwrite_frequency=2)",
    "O.SGD(S.ExponentialDecay(0.1, 2, 0.5, staircase=True), momentum=0.5)",
    "O.RMSprop(0.01)",
    "O.RMSprop(0.01, rho=0.8, centered=True)",
    "O.RMSprop(0.01, momentum=0.5, weight_decay=0.1)",
    "O.RMSprop(0.01, rho=0.8, momentum=0.5, centered=True, epsilon=1e-3)",
    "O.Adam(0.02)",
    "O.Adam(0.02, beta_1=0.7, beta_2=0.9, epsilon=0.01)",
    "O.Adam(0.02, amsgrad=True, beta_2=0.3)",
    "O.Adam(0.02, weight_decay=0.1, clipnorm=0.5)",
    "O.Adam(S.CosineDecay(0.05, 4, alpha=0.1))",
    "O.AdamW(0.02)",
    "O.AdamW(0.02, weight_decay=0.1, amsgrad=True)",
    "O.Adadelta(1.0)",
    "O.Adadelta(0.5, rho=0.8, epsilon=0.01)",
    "O.Adagrad(0.1)",
    "O.Adagrad(0.1, initial_accumulator_value=0.0, epsilon=1e-3)",
    "O.Adamax(0.02)",
    "O.Adamax(0.02, beta_1=0.6, beta_2=0.8, weight_decay=0.1)",
    "O.Nadam(0.02)",
    "O.Nadam(0.02, beta_1=0.7, beta_2=0.9)",
    "O.Ftrl(0.1)",
    "O.Ftrl(0.1, l1_regularization_strength=0.02)",
    "O.Ftrl(0.1, l2_regularization_strength=0.1, l2_shrinkage_regularization_strength=0.2, "
    "beta=0.3, learning_rate_power=-0.4)",
    "O.Lion(0.01)",
    "O.Lion(0.01, beta_1=0.8, beta_2=0.5, weight_decay=0.1)",
    "O.Adafactor(0.05)",
    "O.Adafactor(0.05, relative_step=False, clip_threshold=0.5, beta_2_decay=-0.5)",
    "O.Adafactor(S.InverseTimeDecay(0.05, 2, 0.5))",
    "L.SGD(0.1)",
    "L.SGD(0.1, momentum=0.9, decay=0.2)",
    "L.SGD(0.1, momentum=0.9, nesterov=True, clipvalue=0.05)",
    "L.SGD(S.PolynomialDecay(0.1, 4, 0.01), clipnorm=0.2)",
    "L.SGD(lambda: 0.1, global_clipnorm=0.2)",
    "L.RMSprop(0.01)",
    "L.RMSprop(0.01, rho=0.8, centered=True)",
    "L.RMSprop(0.01, momentum=0.5)",
    "L.RMSprop(0.01, rho=0.8, momentum=0.5, centered=True)",
    "L.Adam(0.02, decay=0.1)",
    "L.Adam(0.02, amsgrad=True, beta_2=0.3)",
    "L.Adagrad(0.1)",
    "L.Adadelta(1.0, rho=0.8)",
    "L.Adamax(0.02)",
    "L.Nadam(0.02)",
    "L.Ftrl(0.1, l1_regularization_strength=0.02)",
    "L.Ftrl(0.1, l2_regularization_strength=0.1, l2_shrinkage_regularization_strength=0.2, "
    "beta=0.3, learning_rate_power=-0.4)",
    "M(O.SGD(0.1, momentum=0.9))",
    "M(O.Adam(0.02), dynamic=False, initial_scale=8.0)",
    "M(L.SGD(0.1, momentum=0.9), initial_scale=4, dynamic_growth_steps=2)",
]

# Optimizers that update a table from gradients of lookups, which repeat an index.
LOOKUPS = [
    "O.SGD(0.1)",
    "O.SGD(0.1, momentum=0.9)",
    "O.SGD(0.1, momentum=0.9, nesterov=True)",
    "O.SGD(0.1, clipnorm=0.5)",
    "O.SGD(0.1, clipvalue=0.5)",
    "O.SGD(0.1, global_clipnorm=0.5)",
    "O.RMSprop(0.05)",
    "O.RMSprop(0.05, centered=True)",
    "O.RMSprop(0.05, momentum=0.5, centered=True)",
    "O.Adam(0.1)",
    "O.Adam(0.1, amsgrad=True)",
    "O.AdamW(0.1)",
    "O.Adadelta(1.0)",
    "O.Adagrad(0.1)",
    "O.Adamax(0.1)",
    "O.Nadam(0.1)",
    "O.Ftrl(0.1)",
    "O.Lion(0.01)",
    "O.Adafactor(0.1)",
    "L.SGD(0.1)",
    "L.SGD(0.1, momentum=0.9)",
    "L.SGD(0.1, momentum=0.9, nesterov=True)",
    "L.RMSprop(0.05)",
    "L.RMSprop(0.05, centered=True)",
    "L.RMSprop(0.05, momentum=0.5)",
    "L.RMSprop(0.05, momentum=0.5, centered=True)",
    "L.Adam(0.1)",
    "L.Adam(0.1, amsgrad=True)",
    "L.Adagrad(0.1)",
    "L.Adadelta(1.0)",
    "L.Adamax(0.1)",
    "L.Nadam(0.1)",
    "L.Ftrl(0.1)",
    "L.Ftrl(0.1, l1_regularization_strength=0.3)",
    "L.Ftrl(0.1, l2_shrinkage_regularization_strength=0.2)",
]

# Schedules, which are called with the iterations 0 to 11.
SCHEDULES = [
    "S.ExponentialDecay(0.1, 3, 0.5)",
    "S.ExponentialDecay(0.1, 3, 0.5, staircase=True)",
    "S.PiecewiseConstantDecay([3], [0.1, 0.01])",
    "S.PiecewiseConstantDecay([2, 5, 7], [0.1, 0.05, 0.01, 0.5])",
    "S.PolynomialDecay(0.1, 5)",
    "S.PolynomialDecay(0.1, 4, 0.01, power=0.5)",
    "S.PolynomialDecay(0.1, 4, 0.01, power=2.0, cycle=True)",
    "S.InverseTimeDecay(0.1, 3, 0.5)",
    "S.InverseTimeDecay(0.1, 3, 0.5, staircase=True)",
    "S.CosineDecay(0.1, 5)",
    "S.CosineDecay(0.1, 5, alpha=0.2)",
    "S.CosineDecay(0.0, 5, alpha=0.1, warmup_target=0.2, warmup_steps=4)",
    "S.CosineDecayRestarts(0.1, 3)",
    "S.CosineDecayRestarts(0.1, 3, t_mul=1.0, m_mul=0.8, alpha=0.1)",
    "S.CosineDecayRestarts(0.1, 2, t_mul=1.5, m_mul=0.9)",
]

_MAKE = "v = tf.Variable([1.0, -2.0], name='v'); w = tf.Variable([[3.0]], name='w')\n"
_STEP = "o.minimize(lambda: tf.reduce_sum(v * v) + tf.reduce_sum(w * w * w), [v, w])\n"

# Statements; their result is `out`.
SCRIPTS = {
    "learning rate is assigned": _MAKE + "o = O.SGD(0.1); " + _STEP
    + "o.learning_rate.assign(0.5); " + _STEP + "o.learning_rate = 0.25\n" + _STEP
    + "out = [o.learning_rate, o.lr, v, w, o.iterations]",
    "names": _MAKE + "o = O.RMSprop(momentum=0.5, centered=True, use_ema=True); " + _STEP
    + "out = [[i.name, list(i.shape), i.trainable] for i in o.variables]",
    "names in another scope": _MAKE + "o = O.Adam(name='mine')\n"
    + "o.apply_gradients([(tf.ones_like(v), v)], name='scope')\n"
    + "out = [i.name for i in o.variables()]",
    "names of a legacy optimizer": _MAKE + "o = L.Nadam(); " + _STEP
    + "out = [[i.name, list(i.shape), i.trainable] for i in o.variables()]",
    "hyperparameters that are read before the first update": _MAKE
    + "o = L.SGD(0.1, momentum=0.5); a = [o.get_config(), o.lr.name]\n" + _STEP
    + "out = [a, o.momentum.name, [i.name for i in o.weights], o.get_config(), o.get_slot_names()]",
    "hyperparameters that are set": _MAKE + "o = L.SGD(0.1, momentum=0.5); o.momentum = 0.25\n"
    + _STEP + "o.learning_rate = 0.5; o.momentum = 0.75\n" + _STEP
    + "out = [o.lr, o.momentum, v, o.get_slot(v, 'momentum')]",
    "a gradient is missing": _MAKE + "o = O.SGD(0.1)\n"
    + "o.apply_gradients([(None, w), (tf.ones_like(v), v)])\n"
    + "out = [v, w, [i.name for i in o.variables]]",
    "a gradient is missing in a legacy optimizer": _MAKE + "o = L.SGD(0.1, momentum=0.5)\n"
    + "o.apply_gradients([(None, w), (tf.ones_like(v), v)])\n"
    + "out = [v, w, [i.name for i in o.variables()]]",
    "no pairs": "o = O.SGD(0.1); out = [o.apply_gradients([])]",
    "no pairs in a legacy optimizer": "o = L.SGD(0.1); out = [o.apply_gradients([])]",
    "what apply_gradients returns": _MAKE
    + "o = O.SGD(0.1); out = [o.apply_gradients([(tf.ones_like(v), v)])]",
    "weight decay is kept from variables": _MAKE + "o = O.SGD(0.1, weight_decay=0.5)\n"
    + "o.exclude_from_weight_decay(var_list=[v]); " + _STEP + "out = [v, w]",
    "weight decay is kept from names": _MAKE + "o = O.AdamW(0.1, weight_decay=0.5)\n"
    + "o.exclude_from_weight_decay(var_names=['^w']); " + _STEP + "out = [v, w]",
    "averages at the end": _MAKE + "o = O.SGD(0.1, use_ema=True, ema_momentum=0.5)\n" + _STEP
    + _STEP + "o.finalize_variable_values([v, w]); out = [v, w, *o.variables]",
    "averages where there are none": _MAKE + "o = O.SGD(0.1); " + _STEP
    + "o.finalize_variable_values([v, w]); out = [v, w]",
    "constraints": "v = tf.Variable([1.0, -2.0], constraint=keras.constraints.NonNeg())\n"
    + "w = tf.Variable([[3.0]], constraint=keras.constraints.MaxNorm(1.0))\no = O.SGD(0.1)\n"
    + _STEP + "out = [v, w]",
    "constraints and a legacy optimizer":
    "v = tf.Variable([1.0, -2.0], constraint=keras.constraints.NonNeg())\n"
    + "w = tf.Variable([[3.0]], constraint=keras.constraints.MaxNorm(1.0))\no = L.Adam(0.1)\n"
    + _STEP + "out = [v, w]",
    "set_weights": _MAKE + "o = O.Adam(0.1); " + _STEP + "p = O.Adam(0.1); p.build([v, w])\n"
    + "p.set_weights([i.numpy() for i in o.variables]); out = list(p.variables)",
    "set_weights of a legacy optimizer": _MAKE + "o = L.Adam(0.1); " + _STEP
    + "o.set_weights([2 * i for i in o.get_weights()]); out = o.get_weights()",
    "weights of Keras 1 for a legacy optimizer": _MAKE + "o = L.Adagrad(0.1); " + _STEP
    + "o.set_weights([2 * i for i in o.get_weights()[1:]]); out = o.get_weights()",
    "own variables": _MAKE + "o = O.Adam(0.1); " + _STEP
    + "store = {}; o.save_own_variables(store)\n"
    + "p = O.Adam(0.1); p.build([v, w]); p.load_own_variables(store)\n"
    + "out = [sorted(store), *p.variables]",
    "a store of another size is skipped": _MAKE + "o = O.SGD(0.1); o.build([v])\n"
    + "o.load_own_variables({'0': np.array(7)}); out = list(o.variables)",
    "a function of variables": _MAKE + "o = O.SGD(0.1)\n"
    + "o.minimize(lambda: tf.reduce_sum(v * v), lambda: [v]); out = [v, w]",
    "a tensor and its tape": _MAKE + "o = O.SGD(0.1)\nwith tf.GradientTape() as t: y = v * v\n"
    + "o.minimize(y, [v], tape=t); out = [v]",
    "pairs of compute_gradients": _MAKE + "o = O.SGD(0.1)\n"
    + "out = [[g, x.name] for g, x in o.compute_gradients(lambda: v * v, [v, w])]",
    "a legacy optimizer with a gradient of the loss": _MAKE + "o = L.SGD(0.1)\n"
    + "o.minimize(lambda: v * v, [v], grad_loss=tf.constant([1.0, 3.0])); out = [v]",
    "transformed gradients": _MAKE
    + "o = L.SGD(0.1, gradient_transformers=[lambda p: [(2.0 * g, x) for g, x in p]])\n" + _STEP
    + "out = [v, w]",
    "clips of a legacy optimizer": _MAKE + "o = L.SGD(0.1, clipvalue=1.0, clipnorm=1.0)\n" + _STEP
    + "out = [v, w]",
    "an own optimizer": _MAKE + """
class Mine(O.Optimizer):
    def __init__(self, learning_rate=0.1, name='Mine', **kwargs):
        super().__init__(name=name, **kwargs)
        self._learning_rate = self._build_learning_rate(learning_rate)
    def build(self, var_list):
        super().build(var_list)
        if getattr(self, '_built', False):
            return
        self.last = [self.add_variable_from_reference(x, 'last') for x in var_list]
        self.count = self.add_variable([2], name='count')
        self.scalar = self.add_variable(None, initializer='ones')
        self.wide = self.add_variable_from_reference(var_list[0], 'wide', shape=[3])
        self._built = True
    def update_step(self, gradient, variable):
        last = self.last[self._index_dict[self._var_key(variable)]]
        variable.assign_sub(self.learning_rate * (gradient + last))
        last.assign(gradient)
        self.count.assign_add([1.0, 2.0])
o = Mine(); """ + _STEP + _STEP + "out = [v, w, *o.variables, [i.name for i in o.variables]]",
    "an own legacy optimizer": _MAKE + """
class Mine(L.Optimizer):
    def __init__(self, learning_rate=0.1, name='Mine', **kwargs):
        super().__init__(name, **kwargs)
        self._set_hyper('learning_rate', learning_rate)
        self._set_hyper('decay', self._initial_decay)
    def _create_slots(self, var_list):
        for var in var_list:
            self.add_slot(var, 'last')
    def _resource_apply_dense(self, grad, var):
        last = self.get_slot(var, 'last')
        var.assign_sub(self._decayed_lr(var.dtype) * (grad + last))
        last.assign(grad)
    def get_config(self):
        return super().get_config()
o = Mine(decay=0.5); """ + _STEP + _STEP + "out = [v, w, o.get_weights(), o.get_config()]",
    "an own schedule": _MAKE + """
class Half(S.LearningRateSchedule):
    def __call__(self, step):
        return 0.5 / (tf.cast(step, 'float32') + 1.0)
o = O.SGD(Half()); """ + _STEP + _STEP + "out = [v, w, o.learning_rate]",
    "jit_compile that is set later": _MAKE + "o = O.SGD(0.1); o.jit_compile = True\n" + _STEP
    + _STEP + "out = [v, w]",
    "a float64 variable": "v = tf.Variable([1.0, -2.0], dtype='float64')\no = O.Adam(0.1)\n"
    + "o.minimize(lambda: v * v, [v]); out = [v, [i.dtype.name for i in o.variables]]",
    "three axes": "v = tf.Variable(np.arange(12.0).reshape(2, 3, 2).astype('float32'))\n"
    + "o = O.Adafactor(0.1); o.minimize(lambda: v * v, [v])\nout = [v, *o.variables]",
    "finite and infinite gradients": _MAKE + "o = M(O.SGD(0.1), initial_scale=8.0, "
    + "dynamic_growth_steps=2)\nout = []\n"
    + "for g in ([1.0, 1.0], [1.0, np.inf], [1.0, 1.0], [1.0, 1.0], [np.nan, 1.0]):\n"
    + "    o.apply_gradients([(tf.constant(g), v)])\n"
    + "    out.append([v.numpy(), o.loss_scale, o.dynamic_counter.numpy(), o.iterations.numpy()])",
    "a scaled loss": _MAKE + "o = M(O.SGD(0.1), initial_scale=8.0)\n"
    + "with tf.GradientTape() as t: y = o.get_scaled_loss(tf.reduce_sum(v * v))\n"
    + "g = t.gradient(y, [v, w]); u = o.get_unscaled_gradients(g)\n"
    + "o.apply_gradients(zip(u, [v, w])); out = [y, g[0], g[1], u[0], u[1], v]",
    "a wrapped optimizer": "o = M(O.Adam(0.25), dynamic=False, initial_scale=2.0)\n"
    + "p = M(L.SGD(0.25)); out = [type(o).__name__, type(p).__name__, o.dynamic, o.initial_scale, "
    + "o.dynamic_growth_steps, o.loss_scale, o.dynamic_counter, o.learning_rate, p.lr, "
    + "p.loss_scale, p.initial_scale, p.dynamic_growth_steps, o.inner_optimizer.name]",
}  # fmt: skip

# Statements that raise; what is recorded is the type of the exception.
ERRORS = {
    "no gradient": _MAKE + "O.SGD().apply_gradients([(None, v)])",
    "no gradient in a legacy optimizer": _MAKE + "L.SGD().apply_gradients([(None, v)])",
    "a variable that it was not built for": _MAKE
    + "o = O.Adam(); o.apply_gradients([(tf.ones_like(v), v)])\n"
    + "o.apply_gradients([(tf.ones_like(w), w)])",
    "a tensor without its tape": _MAKE + "O.SGD().minimize(tf.reduce_sum(v), [v])",
    "a tensor without its tape in a legacy optimizer": _MAKE
    + "L.SGD().minimize(tf.reduce_sum(v), [v])",
    "set_weights before build": "O.SGD().set_weights([np.array(1)])",
    "set_weights of another shape": _MAKE + "o = O.SGD(); o.build([v])\n"
    + "o.set_weights([np.array(1), np.ones(3)])",
    "set_weights of a legacy optimizer with another number": _MAKE + "o = L.SGD(); " + _STEP
    + "o.set_weights([np.array(1), np.ones(3)])",
    "set_weights of a legacy optimizer of another shape": _MAKE + "o = L.SGD(); " + _STEP
    + "o.set_weights([np.ones(3)])",
    "exclude_from_weight_decay after build": _MAKE + "o = O.SGD(); o.build([v])\n"
    + "o.exclude_from_weight_decay([v])",
    "iterations after build": _MAKE + "o = O.SGD(); o.build([v])\no.iterations = tf.Variable(0)",
    "iterations of a legacy optimizer": "o = L.SGD(); o.iterations\no.iterations = tf.Variable(0)",
    "a slot that does not exist": _MAKE + "L.SGD().get_slot(v, 'momentum')",
    "a constraint and slices in a legacy optimizer":
    "v = tf.Variable([[1.0], [2.0]], constraint=keras.constraints.NonNeg())\n"
    + "L.SGD().minimize(lambda: tf.gather(v, [0]), [v])",
    "an integer variable in a legacy optimizer": "v = tf.Variable([1, 2])\n"
    + "L.SGD()._assert_valid_dtypes([v])",
    "update_step is not defined": _MAKE
    + "class Mine(O.Optimizer):\n"
    + "    def build(self, var_list): super().build(var_list); self._built = True\n"
    + "o = Mine('mine'); o._learning_rate = 0.1; o.apply_gradients([(tf.ones_like(v), v)])",
    "_resource_apply_dense is not defined": _MAKE
    + "class Mine(L.Optimizer): pass\n"
    + "Mine('mine').apply_gradients([(tf.ones_like(v), v)])",
    "too many values": "S.PiecewiseConstantDecay([1], [0.1, 0.2, 0.3])",
    "a learning rate that a schedule decides": "O.SGD(S.CosineDecay(0.1, 2)).learning_rate = 0.1",
    "an optimizer in an optimizer": "M(M(O.SGD()))",
    "an optimizer that is wrapped already": "o = L.SGD(); M(o); M(o)",
    "a wrapped function": "M(lambda: 0)",
    "dynamic that is no bool": "M(O.SGD(), dynamic=1)",
    "no initial scale": "M(O.SGD(), dynamic=False)",
    "growth steps of a fixed scale": "M(O.SGD(), False, 1.0, 2)",
}  # fmt: skip


def scope(tf: Any, keras: Any) -> dict[str, Any]:
    """The names that the cases use."""
    return {
        "tf": tf, "keras": keras, "np": np, "O": keras.optimizers, "L": keras.optimizers.legacy,
        "S": keras.optimizers.schedules, "M": keras.mixed_precision.LossScaleOptimizer,
    }  # fmt: skip


def plain(value: Any) -> Any:
    """A result as JSON can hold it."""
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, str | bool | None):
        return value
    return rounded(value.numpy() if hasattr(value, "numpy") else value)


def rounded(value: Any) -> Any:
    """Numbers with eight digits, and as text what JSON cannot hold."""
    array = np.asarray(value)
    if array.ndim:
        return [rounded(item) for item in array]
    if array.dtype.kind in "iub":
        return array.item()
    return float(f"{array:.8g}") if np.isfinite(array) else str(array.item())


def state(optimizer: Any) -> list[Any]:
    """The optimizer's variables, by value."""
    held = optimizer.variables
    return [plain(variable) for variable in (held() if callable(held) else held)]


def trained(code: str, tf: Any, keras: Any, wrap: Callable[[Any], Any]) -> list[Any]:
    """The weights of a small model and the optimizer's variables after some steps."""
    keras.backend.clear_session()
    optimizer = eval(code, scope(tf, keras))
    rng = np.random.default_rng(7)
    x = tf.constant(rng.normal(0, 1, (6, 3)).astype("float32"))
    y = tf.constant(rng.normal(0, 1, (6, 2)).astype("float32"))
    dense = keras.layers.Dense
    model = keras.Sequential([dense(4, activation="relu", input_shape=(3,)), dense(2)])
    model.set_weights([rng.normal(0, 0.5, w.shape).astype("float32") for w in model.get_weights()])

    def step() -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(x, training=True) - y))
            if hasattr(optimizer, "get_scaled_loss"):
                loss = optimizer.get_scaled_loss(loss)
        grads = tape.gradient(loss, model.trainable_variables)
        if hasattr(optimizer, "get_unscaled_gradients"):
            grads = optimizer.get_unscaled_gradients(grads)
        optimizer.apply_gradients(zip(grads, model.trainable_variables, strict=True))

    step = wrap(step)
    for _ in range(STEPS):
        step()
    return [plain(model.get_weights()), state(optimizer)]


def looked_up(code: str, tf: Any, keras: Any, wrap: Callable[[Any], Any]) -> list[Any]:
    """A table and the optimizer's variables after some steps of gradients of lookups."""
    keras.backend.clear_session()
    optimizer = eval(code, scope(tf, keras))
    table = tf.Variable([[1.0, -2.0], [3.0, 4.0], [0.5, 0.25], [-1.0, 2.0]], name="table")

    def step() -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(tf.gather(table, [0, 2, 0])))
        optimizer.apply_gradients([(tape.gradient(loss, table), table)])

    step = wrap(step)
    for _ in range(STEPS):
        step()
    return [plain(table), state(optimizer)]


def scheduled(code: str, tf: Any, keras: Any, wrap: Callable[[Any], Any]) -> list[Any]:
    """The learning rates of a schedule."""
    schedule = eval(code, scope(tf, keras))
    iterations = tf.Variable(0, dtype="int64")
    call = wrap(lambda: schedule(iterations))
    rates = []
    for step in range(12):
        iterations.assign(step)
        rates.append(plain(call()))
    return rates


def out_of(code: str, tf: Any, keras: Any) -> Any:
    """What a script leaves in `out`."""
    keras.backend.clear_session()
    names = scope(tf, keras)
    exec(code, names)
    return plain(names["out"])


def raised(code: str, tf: Any, keras: Any) -> str | None:
    """The name of the exception that a script raises; None for none."""
    keras.backend.clear_session()
    try:
        exec(code, scope(tf, keras))
    except Exception as error:
        return type(error).__name__
    return None
