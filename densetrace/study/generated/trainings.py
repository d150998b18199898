"""Trainings: a model, an optimizer, a loss, metrics and what `fit` takes."""

from collections.abc import Mapping, Sequence
from typing import Final

from densetrace.study.generated.draw import Draw, call
from densetrace.study.generated.own_layers import own_layer

Options = Mapping[str, Sequence[str]]

RATES: Final = (
    "0.01", "0.1", "1e-3", "keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)",
    "keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5, staircase=True)",
    "keras.optimizers.schedules.CosineDecay(0.1, 4, alpha=0.1)",
    "keras.optimizers.schedules.CosineDecay(0.01, 6, warmup_target=0.1, warmup_steps=2)",
    "keras.optimizers.schedules.CosineDecayRestarts(0.1, 2)",
    "keras.optimizers.schedules.InverseTimeDecay(0.1, 2, 0.5)",
    "keras.optimizers.schedules.PolynomialDecay(0.1, 3, power=2.0, cycle=True)",
    "keras.optimizers.schedules.PiecewiseConstantDecay([1, 3], [0.1, 0.05, 0.01])",
)  # fmt: skip
_EVERY: Final[Options] = {
    "learning_rate": RATES,
    "weight_decay": ("None", "0.01", "0.1"),
    "clipnorm": ("None", "0.5"),
    "clipvalue": ("None", "0.1"),
    "global_clipnorm": ("None", "0.8"),
    "use_ema": ("False", "True"),
    "ema_momentum": ("0.9", "0.5"),
    "ema_overwrite_frequency": ("None", "2"),
    "jit_compile": ("False",),
    "name": ("'opt'",),
}
_MOMENTS: Final[Options] = {
    "beta_1": ("0.9", "0.5"),
    "beta_2": ("0.999", "0.9"),
    "epsilon": ("1e-7", "1e-3"),
}
OPTIMIZERS: Final[Mapping[str, Options]] = {
    "SGD": {"momentum": ("0.0", "0.9"), "nesterov": ("True", "False")},
    "RMSprop": {"rho": ("0.9", "0.5"), "momentum": ("0.0", "0.5"), "centered": ("True", "False"),
                "epsilon": ("1e-7", "1e-3")},
    "Adam": {**_MOMENTS, "amsgrad": ("True", "False")},
    "AdamW": {**_MOMENTS, "amsgrad": ("True", "False")},
    "Adamax": _MOMENTS,
    "Nadam": _MOMENTS,
    "Adagrad": {"initial_accumulator_value": ("0.1", "0.5"), "epsilon": ("1e-7", "1e-3")},
    "Adadelta": {"rho": ("0.95", "0.5"), "epsilon": ("1e-7", "1e-3")},
    "Adafactor": {"beta_2_decay": ("-0.8", "-0.5"), "clip_threshold": ("1.0", "0.5"),
                  "relative_step": ("True", "False")},
    "Ftrl": {"l1_regularization_strength": ("0.0", "0.01"),
             "l2_regularization_strength": ("0.0", "0.01"), "beta": ("0.0", "0.1"),
             "l2_shrinkage_regularization_strength": ("0.0", "0.01"),
             "learning_rate_power": ("-0.5", "-0.3"), "initial_accumulator_value": ("0.1", "0.2")},
    "Lion": {"beta_1": ("0.9", "0.5"), "beta_2": ("0.99", "0.9")},
}  # fmt: skip
_LEGACY_EVERY: Final[Options] = {
    "learning_rate": RATES,
    "decay": ("0.0", "0.1"),
    "clipnorm": ("0.5",),
    "clipvalue": ("0.1",),
    "global_clipnorm": ("0.8",),
}
LEGACY: Final[Mapping[str, Options]] = {
    name: options
    for name, options in OPTIMIZERS.items()
    if name not in ("AdamW", "Adafactor", "Lion")
}

_REDUCTIONS: Final = ("'sum'", "'sum_over_batch_size'", "'auto'")
_SMOOTH: Final = {"label_smoothing": ("0.0", "0.1")}
LOSSES: Final[Mapping[str, Mapping[str, Options]]] = {
    "regression": {
        "MeanSquaredError": {}, "MeanAbsoluteError": {}, "MeanAbsolutePercentageError": {},
        "Huber": {"delta": ("1.0", "0.3")}, "LogCosh": {}, "CosineSimilarity": {"axis": ("-1",)},
    },
    "positive": {"MeanSquaredLogarithmicError": {}, "Poisson": {}},
    "sign": {"Hinge": {}, "SquaredHinge": {}},
    "binary": {
        "BinaryCrossentropy": {**_SMOOTH, "from_logits": ("True", "False")},
        "BinaryFocalCrossentropy": {"gamma": ("2.0", "1.0"), "alpha": ("0.25", "0.5"),
                                    "apply_class_balancing": ("True", "False")},
    },
    "onehot": {
        "CategoricalCrossentropy": {**_SMOOTH, "from_logits": ("True", "False")},
        "CategoricalFocalCrossentropy": {"gamma": ("2.0", "1.0"), **_SMOOTH},
        "CategoricalHinge": {}, "KLDivergence": {},
    },
    "sparse": {"SparseCategoricalCrossentropy": {"from_logits": ("True", "False"),
                                                 "ignore_class": ("None", "0")}},
}  # fmt: skip
"""Kind of targets -> losses, and their options."""

_THRESHOLDS: Final = {"thresholds": ("None", "0.4", "[0.3, 0.6]")}
METRICS: Final[Mapping[str, Mapping[str, Options]]] = {
    "regression": {
        "MeanSquaredError": {}, "MeanAbsoluteError": {}, "RootMeanSquaredError": {},
        "CosineSimilarity": {}, "LogCoshError": {}, "R2Score": {},
        "MeanAbsolutePercentageError": {},
    },
    "positive": {"MeanSquaredLogarithmicError": {}, "Poisson": {}, "RootMeanSquaredError": {}},
    "sign": {"Hinge": {}, "SquaredHinge": {}},
    "binary": {
        "BinaryAccuracy": {"threshold": ("0.5", "0.3")}, "AUC": {
            "num_thresholds": ("20", "200"), "curve": ("'ROC'", "'PR'"),
            "summation_method": ("'interpolation'", "'minoring'", "'majoring'")},
        "Precision": _THRESHOLDS, "Recall": _THRESHOLDS, "TruePositives": _THRESHOLDS,
        "TrueNegatives": _THRESHOLDS, "FalsePositives": _THRESHOLDS,
        "FalseNegatives": _THRESHOLDS, "BinaryCrossentropy": {}, "BinaryIoU": {},
    },
    "onehot": {
        "CategoricalAccuracy": {}, "TopKCategoricalAccuracy": {"k": ("2", "1")},
        "CategoricalCrossentropy": {}, "CategoricalHinge": {}, "KLDivergence": {},
        "F1Score": {"average": ("None", "'macro'", "'micro'", "'weighted'"),
                    "threshold": ("None", "0.4")},
        "FBetaScore": {"beta": ("0.5", "2.0")}, "Precision": {"class_id": ("1",)}, "Recall": {},
    },
    "sparse": {"SparseCategoricalAccuracy": {}, "SparseTopKCategoricalAccuracy": {"k": ("2",)},
               "SparseCategoricalCrossentropy": {}},
}  # fmt: skip
_NEEDED: Final = {
    "SensitivityAtSpecificity": "0.5", "SpecificityAtSensitivity": "0.5",
    "PrecisionAtRecall": "0.5", "RecallAtPrecision": "0.5",
}  # fmt: skip
"""Metrics of binary targets, and their first argument."""

TARGETS: Final = {
    "regression": "numbers({n}, {k}, seed={seed})",
    "positive": "numbers({n}, {k}, seed={seed}, low=0.0, high=3.0)",
    "sign": "2.0 * integers({n}, {k}, below=2, seed={seed}).astype('float32') - 1.0",
    "binary": "integers({n}, {k}, below=2, seed={seed}).astype('float32')",
    "onehot": "np.eye({k}, dtype='float32')[integers({n}, below={k}, seed={seed})]",
    "sparse": "integers({n}, below={k}, seed={seed})",
}
LAST: Final = {
    "regression": ("None", "'tanh'"), "positive": ("'softplus'", "'exponential'"),
    "sign": ("'tanh'", "None"), "binary": ("'sigmoid'",), "onehot": ("'softmax'",),
    "sparse": ("'softmax'",),
}  # fmt: skip
"""Kind of targets -> activations of the last layer."""

CALLBACKS: Final = (
    "keras.callbacks.EarlyStopping(monitor='loss', patience=0)",
    "keras.callbacks.EarlyStopping(monitor='loss', patience=1, restore_best_weights=True)",
    "keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.5 / (epoch + 1))",
    "keras.callbacks.ReduceLROnPlateau(monitor='loss', factor=0.5, patience=0, min_delta=10.0)",
    "keras.callbacks.TerminateOnNaN()",
    "keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: found.update(last=logs))",
    "keras.callbacks.History()",
)  # fmt: skip
LAYERS: Final = (
    "layers.Dense(4, activation='relu')", "layers.Dense(5, activation='tanh', use_bias=False)",
    "layers.Dense(4, kernel_regularizer='l2')", "layers.Dense(4, kernel_constraint='max_norm')",
    "layers.Dense(3, activity_regularizer='l1')", "layers.BatchNormalization()",
    "layers.LayerNormalization()", "layers.PReLU()", "layers.Activation('gelu')",
    "layers.ActivityRegularization(l2=0.1)", "layers.Dense(4, trainable=False)",
    "layers.Dense(4, kernel_constraint='unit_norm', bias_regularizer='l1')",
)  # fmt: skip
TRAIN_STEP: Final = """\
class Mine(keras.Model):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def call(self, inputs, training=None):
        return self.inner(inputs, training=training)

    def train_step(self, data):
        x, y, weights = keras.utils.unpack_x_y_sample_weight(data)
        with tf.GradientTape() as tape:
            outputs = self(x, training=True)
            loss = self.{loss}
        variables = self.trainable_variables
        gradients = tape.gradient(loss, variables)
        self.optimizer.apply_gradients(zip(gradients, variables))
        return self.compute_metrics(x, y, outputs, weights)
"""


def optimizer(draw: Draw) -> str:
    """Write an optimizer."""
    if draw.chance(0.1):
        name = draw.one(
            ("sgd", "adam", "rmsprop", "adagrad", "adamax", "nadam", "ftrl", "adadelta")
        )
        draw.cover("optimizer", {"sgd": "SGD", "rmsprop": "RMSprop"}.get(name, name.capitalize()))
        return repr(name)
    if draw.chance(0.2):
        name = draw.one(list(LEGACY))
        draw.cover("optimizer", f"legacy.{name}")
        options = {**_LEGACY_EVERY, **LEGACY[name]}
        return call(f"keras.optimizers.legacy.{name}", draw.keywords(options, share=0.25))
    name = draw.one(list(OPTIMIZERS))
    draw.cover("optimizer", name)
    given = draw.keywords({**_EVERY, **OPTIMIZERS[name]}, share=draw.one((0.1, 0.25)))
    clips = [one for one in given if "clip" in one and "threshold" not in one]
    given = [one for one in given if one not in clips[1:]]  # Keras takes one of them
    return call(f"keras.optimizers.{name}", given)


def loss(draw: Draw, kind: str) -> str:
    """Write a loss for targets of this kind."""
    name = draw.one(list(LOSSES[kind]))
    draw.cover("loss", name)
    options = {**LOSSES[kind][name], "reduction": _REDUCTIONS, "name": ("'mine'",)}
    given = draw.keywords(options, share=0.25)
    return call(f"keras.losses.{name}", given)


def metrics(draw: Draw, kind: str) -> list[str]:
    """Write some metrics for targets of this kind."""
    if draw.chance(0.2) and kind in ("binary", "onehot", "sparse"):
        return ["'accuracy'"]
    written = []
    for name in draw.some(list(METRICS[kind]), 3):
        draw.cover("metric", name)
        given = draw.keywords(METRICS[kind][name], share=0.4)
        written.append(call(f"keras.metrics.{name}", given))
    if kind == "binary" and draw.chance(0.2):
        name = draw.one(list(_NEEDED))
        draw.cover("metric", name)
        written.append(f"keras.metrics.{name}({_NEEDED[name]}, num_thresholds=20)")
    return written


def script(draw: Draw) -> str:
    """Write a script that trains a model and records what became of it."""
    kind = draw.one(list(TARGETS))
    count, classes, seed = (
        draw.size(5, 12),
        draw.size(1 if kind == "binary" else 2, 3),
        draw.size(0, 99),
    )
    inner = draw.some(LAYERS, 3)
    for name in ("Dense", "BatchNormalization", "LayerNormalization", "PReLU", "Activation"):
        if any(f".{name}(" in one for one in inner):
            draw.cover("layer", name)
    draw.cover("layer", "Dense")
    last = f"layers.Dense({classes}, activation={draw.one(LAST[kind])})"
    lines = [
        f"x = numbers({count}, 4, seed={seed})",
        f"y = {TARGETS[kind].format(n=count, k=classes, seed=seed + 1)}",
    ]
    how = draw.weighted({"sequential": 5, "functional": 2, "own layer": 1, "train_step": 2})
    if how == "own layer":
        lines += ["", "", *own_layer(draw), "", ""]
        inner.insert(0, "Own(4)")
    if how == "train_step":
        computed = draw.one(
            (
                "compute_loss(x, y, outputs, weights)",
                "compiled_loss(y, outputs, weights, regularization_losses=self.losses)",
            )
        )
        lines += ["", "", TRAIN_STEP.format(loss=computed), ""]
    if how == "functional":
        lines.append("i = keras.Input((4,))")
        lines.append(f"t = {inner[0]}(i)")
        lines += [f"t = {one}(t)" for one in inner[1:]]
        lines.append(f"model = keras.Model(i, {last}(t))")
    else:
        lines.append(f"model = keras.Sequential([{', '.join([*inner, last])}])")
        if how == "train_step":
            lines.append("model = Mine(model)")
    lines += ["model(x[:1])", f"set_weights(model, seed={seed})"]
    lines += _compiled(draw, kind)
    lines += _fitted(draw, kind, classes, count, seed)
    return "\n".join(lines)


def _compiled(draw: Draw, kind: str) -> list[str]:
    given = [f"optimizer={optimizer(draw)}", f"loss={loss(draw, kind)}"]
    if draw.chance(0.6):
        group = draw.weighted({"metrics": 4, "weighted_metrics": 1})
        given.append(f"{group}=[{', '.join(metrics(draw, kind))}]")
    given += draw.keywords({"run_eagerly": ("True",)}, share=0.4)
    given += draw.keywords({"steps_per_execution": ("2", "3", "10")}, share=0.2)
    return [call("model.compile", given)]


def _fitted(draw: Draw, kind: str, classes: int, count: int, seed: int) -> list[str]:
    given = [
        "x", "y", f"epochs={draw.size(1, 3)}", f"batch_size={draw.one(('2', '4', '5', '32'))}",
        "shuffle=False", "verbose=0",
    ]  # fmt: skip
    if draw.chance(0.25):
        given.append("validation_split=0.3")
    elif draw.chance(0.15):
        given.append("validation_data=(x[:3], y[:3])")
    if draw.chance(0.2):
        given.append(f"sample_weight=numbers({count}, seed={seed + 2}, low=0.2, high=2.0)")
    elif kind in ("sparse", "onehot") and draw.chance(0.3):
        weights = {index: 0.5 + index for index in range(classes)}
        given.append(f"class_weight={weights}")
    if draw.chance(0.3):
        given.append(f"callbacks=[{', '.join(draw.some(CALLBACKS, 2))}]")
    if draw.chance(0.1):
        given.append("steps_per_epoch=1")
    lines = [
        f"history = {call('model.fit', given)}",
        "found['history'], found['epochs'] = history.history, history.epoch",
    ]
    if draw.chance(0.1):
        lines.append("found['batch'] = model.train_on_batch(x[:3], y[:3], return_dict=True)")
    lines += [
        "found['weights'] = model.get_weights()",
        "optimizer = model.optimizer",
        "state = optimizer.variables",
        "state = state() if callable(state) else state",
        "found['optimizer'] = [(one.name, one.numpy()) for one in state]",
    ]
    if draw.chance(0.3):
        lines.append("found['evaluated'] = model.evaluate(x, y, return_dict=True, verbose=0)")
    if draw.chance(0.3):
        lines.append("found['predicted'] = model.predict(x, verbose=0)")
    if draw.chance(0.3):
        lines.append("found['config'] = optimizer.get_config()")
    return lines
