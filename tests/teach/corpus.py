"""Traces of everything the stack can do and refuse: what the texts are tried on."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache, partial
from typing import Any

import numpy as np
import pytest

import densetrace.tensorflow as tf
from densetrace.data.names import usual
from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.keras import (
    activations,
    backend,
    callbacks,
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    regularizers,
)
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.input_layer import Input, InputLayer
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.keras.engine.sequential import Sequential
from densetrace.keras.engine.training import Model
from densetrace.keras.initializers.initializers import (
    GlorotUniform,
    HeNormal,
    Identity,
    Initializer,
    VarianceScaling,
    Zeros,
)
from densetrace.keras.layers.core.dense import Dense
from densetrace.keras.mixed_precision.loss_scale_optimizer import LossScaleOptimizerV3
from densetrace.keras.saving import serialization_lib
from densetrace.recording import spans
from densetrace.recording.recorder import Recorder, recording
from densetrace.tensorflow.convert import convert_to_tensor
from tests.teach import operation_calls

X = np.ones((2, 3), "float32")
X12 = np.linspace(-1, 1, 36, dtype="float32").reshape(12, 3)
Y12 = np.eye(3, dtype="float32")[np.arange(12) % 3]


class Scale(Layer):
    """A layer of one's own, with a weight of each kind that add_weight tells apart."""

    def __init__(self, factor: Any = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor = factor

    def build(self, input_shape: Any) -> None:
        self.input_spec = InputSpec(ndim=2)
        self.scale = self.add_weight(
            "scale", shape=(input_shape[-1],), initializer="ones", regularizer="l2"
        )
        self.shift = self.add_weight("shift", shape=(3,), constraint="non_neg", initializer="zeros")

    def call(self, inputs: Any) -> Any:
        return inputs * self.scale * self.factor


class ScaleByThree(Scale):
    """A layer whose __init__ runs that of another."""

    def __init__(self) -> None:
        super().__init__(3)


class Holder(Layer):
    """A layer that holds another."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = Dense(2)
        self.trainable = False

    def call(self, inputs: Any) -> Any:
        return self.inner(inputs)


class Broken(Layer):
    def call(self, inputs: Any) -> Any:
        raise KeyError("lost")


class Forgetful(Layer):
    def __init__(self) -> None:
        pass


class ReadOnly(Layer):
    def __init__(self) -> None:
        super().__init__()
        self.losses = []  # type: ignore[misc] # that it cannot be set is what this shows


class DoubleDense(Dense):
    """A subclass of Dense."""


class Sevens(Initializer):
    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        return np.full(shape, 7, "float32")


class MyGlorot(GlorotUniform):
    pass


class MyHe(HeNormal):
    pass


class Count(regularizers.Regularizer):
    def __call__(self, x: Any) -> float:
        return float(np.size(x))


class Halve(constraints.Constraint):
    def __call__(self, w: Any) -> Any:
        return w * 0.5


class Undecided(Initializer):
    pass


def _regularized(**arguments: Any) -> Any:
    layer = Dense(2, **arguments)
    layer(X)
    return layer.losses


def _sequential_in_steps() -> None:
    model = Sequential()
    model.add(InputLayer(input_shape=(3,)))
    model.add(Dense(2))
    model.add(Dense(2))
    model.pop()


def _sequential_without_shape() -> None:
    model = Sequential([Dense(2)])
    model.build((None, 3))
    model(X)
    model.pop()


def _twice() -> None:
    layer = Dense(2)
    layer(X)
    layer(X)
    layer(np.ones((2, 4), "float32"))


def _symbolic_twice() -> None:
    layer = Dense(2)
    layer(Input((3,)))
    layer(Input((3,)))
    layer(Input((4,)))


def _wrong_rank() -> None:
    layer = Scale()
    layer(X)
    layer(np.ones((2, 3, 3), "float32"))


def _nested() -> None:
    inner = Sequential([Dense(2, input_shape=(3,))])
    inner(Input((3,)))
    inner(X)


TRAINED_DIFFERENTLY = (
    "Dropout", "GaussianNoise", "GaussianDropout", "AlphaDropout", "BatchNormalization",
)  # fmt: skip


def _whole_layer(name: str, *arguments: Any) -> None:
    """A layer that is built by hand; one that is called, and, where that differs, in training and
    in a graph that decides by itself."""
    cls: Any = getattr(layers, name)
    cls(*arguments).build((None, 3))
    layer, data = cls(*arguments), X.astype("int32") if name == "Embedding" else X
    layer(data)
    if name in TRAINED_DIFFERENTLY:
        layer(data, training=True)
        layer(data, training=convert_to_tensor(False))


def _channels_dropped() -> None:
    """A layer that drops whole channels, in training and not."""
    layer = layers.SpatialDropout1D(0.5)
    layer(X[None])
    layer(X[None], training=True)


def _two_inputs() -> None:
    """A layer that takes one input, called on two."""
    Dense(2)([X, X])


def _windowed(name: str, *arguments: Any) -> None:
    """A layer of windows or images that is built by hand; one that is called."""
    cls: Any = getattr(layers, name)
    shape = (1, 6, 3) if "1D" in name else (1, 6, 5, 3)
    cls(*arguments).build(shape)
    cls(*arguments)(np.ones(shape, "float32"))


def _merged_twice(name: str, *arguments: Any) -> None:
    """A merge layer that is built by hand, and one that is called."""
    cls: Any = getattr(layers, name)
    cls(*arguments).build([(None, 3), (None, 3)])
    cls(*arguments)([X, X])


def _attended(name: str) -> None:
    """An attention that is built by hand, and one that is called."""
    cls: Any = getattr(layers, name)
    sequence = X12.reshape(2, 6, 3)
    cls().build([(None, 6, 3), (None, 6, 3)])
    cls()([sequence, sequence])


def _through_time(made: Callable[[], Any]) -> None:
    """A layer that goes through time, built by hand and called; and a cell, called directly."""
    made().build((2, 6, 3))
    with suppress(TypeError):  # a cell needs states
        made()(X12.reshape(2, 6, 3))
        return
    cell = made()
    cell(X, cell.get_initial_state(batch_size=2, dtype="float32"))


def _graph() -> None:
    entry = Input((3,))
    model = Model(entry, Dense(2)(entry * 2.0))
    model(X)


def _compiled(**arguments: Any) -> None:
    Sequential([Dense(2)]).compile(**arguments)


def _decorated() -> None:
    from densetrace.keras.dtensor.utils import allow_initializer_layout

    class Plain(Layer):
        @allow_initializer_layout
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)

    class Loose(Layer):
        @allow_initializer_layout
        def __init__(self, kernel_initializer: Any = None, **kwargs: Any) -> None:
            super().__init__()

    Plain()
    Loose(gamma_layout="kept")


def _unnamed_arguments() -> None:
    class Branches(Layer):
        def __init__(self, *sizes: int, made_by: Any = None) -> None:
            super().__init__()

    Branches(1, 2)
    Branches(1, 2, made_by=Layer)


def _stateful_too_early() -> None:
    class Early(Layer):
        def __init__(self) -> None:
            self.stateful = True
            super().__init__()

    Early()


def _read() -> None:
    layer = Dense(2)
    assert layer.weights == layer.losses == []
    layer(X)
    assert layer.weights
    assert not layer.non_trainable_weights


def _same_numbers() -> None:
    initializer = GlorotUniform(seed=1)
    initializer((2, 2))
    initializer((2, 2))


def _names_again() -> None:
    backend.reset_uids()
    backend.clear_session()


def _model(**compiled: Any) -> Any:
    model = Sequential([Dense(3, activation="softmax", input_shape=(3,))])
    model.compile(**{"optimizer": "sgd", "loss": "mse", **compiled})
    return model


def _trained(model: Any, **arguments: Any) -> None:
    model.fit(X12, **{"y": Y12, "verbose": 0, "batch_size": 4, "epochs": 2, **arguments})


def _fit_twice() -> None:
    model = _model(metrics=["accuracy"])
    _trained(model, validation_split=0.25)
    _trained(model)
    model.evaluate(X12, Y12, verbose=0)
    model.predict(X12, verbose=0)
    model.train_on_batch(X12, Y12)


def _fit_eagerly() -> None:
    optimizer = optimizers.Adam(
        optimizers.schedules.ExponentialDecay(0.1, 2, 0.5), clipnorm=1.0, weight_decay=0.01,
        use_ema=True,
    )  # fmt: skip
    _trained(_model(optimizer=optimizer, run_eagerly=True))


def _fit_with_a_loss_scale() -> None:
    """With a scale that stays, one that grows and one that shrinks."""
    for growth_steps, targets in (None, Y12), (1, Y12), (None, np.full_like(Y12, np.inf)):
        optimizer = LossScaleOptimizerV3(optimizers.SGD(), dynamic_growth_steps=growth_steps)
        _trained(_model(optimizer=optimizer), y=targets)


def _fit_for_long() -> None:
    """With batches and epochs that are folded; the limits are lowered, to save time."""
    with pytest.MonkeyPatch.context() as patch:
        for name, limit in ("BATCHES", 3), ("EPOCHS", 4), ("IN_ALL", 5):
            patch.setattr(spans, f"LIGHT_{name}", limit)
        _trained(_model(), batch_size=1, epochs=7)


def _by_hand() -> None:
    """A training step of one's own in a tf.function, whose graph runs unseen."""
    layer = Dense(2)
    layer(X12)
    optimizer = optimizers.SGD()

    @tf.function  # type: ignore[untyped-decorator] # as in a script
    def step(x: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(layer(x))
        grads = tape.gradient(loss, layer.trainable_variables)
        optimizer.apply_gradients(zip(grads, layer.trainable_variables, strict=True))
        return loss

    step(convert_to_tensor(X12))


class Changing(callbacks.Callback):
    """A callback with an attribute of its own, which ends the training."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.seen = epoch

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.model.stop_training = True


class Watching(callbacks.Callback):
    """A callback that changes nothing."""

    def on_train_begin(self, logs: Any = None) -> None:
        pass


def _without_loss() -> None:
    model = Sequential([Dense(2, input_shape=(3,))])
    model.compile("sgd")
    model.fit(X12, Y12, verbose=0)


def _called(made: Callable[[], Any], *arguments: Any) -> Callable[[], Any]:
    return lambda: made()(*arguments)


def _looked_up(registry: Any, identifier: Any) -> Callable[[], Any]:
    return lambda: registry.get(identifier)


KERNEL = convert_to_tensor(np.array([[0.6, -2.0], [0.8, 1.0]], "float32"))
FILTERS = convert_to_tensor(np.ones((3, 3, 1, 2), "float32"))
OLD_FORMAT = {"class_name": "Constant", "config": {"value": 0.5}}
NEW_FORMAT = {
    "module": "keras.initializers",
    "class_name": "Constant",
    "config": {"value": 0.5},
    "registered_name": None,
}

RUNS: tuple[Callable[[], Any], ...] = (
    # -- Dense, as people write it ----------------------------------------------------------------
    lambda: Dense(64, activation="relu")(X),
    lambda: Dense(4, "tanh", False)(X),
    lambda: Dense(units=4, activation="softmax")(X),
    lambda: Dense(3, bias_initializer=None, kernel_initializer=None)(X),
    lambda: Dense(3, kernel_initializer=Sevens(), activation=np.tanh)(X),
    lambda: Dense(3, kernel_initializer=HeNormal(seed=1))(X),
    lambda: Dense(units=3, kernel_initializer=Zeros())(X),
    lambda: Dense(3, activation="ReLU")(X),
    lambda: Dense(4)(np.ones((2, 5, 3), "float32")),
    lambda: Dense(4)(np.ones((2, 3), "int32")),
    lambda: Dense(4, dtype="float16")(X),
    lambda: Dense(True),
    lambda: Dense(3.7),
    lambda: Dense("5"),
    lambda: DoubleDense(3)(X),
    lambda: Dense(3, name="own", kernel_layout="shard"),
    lambda: Dense(3, kernel_layout=None),
    lambda: _regularized(kernel_regularizer="l1", activity_regularizer="l2"),
    lambda: _regularized(bias_regularizer=Count(), kernel_regularizer="L1L2"),
    lambda: _regularized(kernel_regularizer="nope"),
    *(
        partial(_regularized, activity_regularizer=regularizer)
        for regularizer in ("l1", "l1_l2", "orthogonal_regularizer")
    ),
    lambda: _regularized(activity_regularizer=Count()),
    lambda: _regularized(activity_regularizer=regularizers.Regularizer()),
    lambda: Dense(3, kernel_constraint="max_norm", bias_constraint=Halve())(X),
    _twice,
    _symbolic_twice,
    # -- other layers -----------------------------------------------------------------------------
    *(
        partial(_windowed, name.format(f"{axes}D"), *arguments)
        for name, *arguments in (
            ("Conv{}", 2, 3),
            ("Conv{}Transpose", 2, 3),
            ("DepthwiseConv{}", 3),
            ("SeparableConv{}", 2, 3),
            ("MaxPooling{}",),
            ("GlobalAveragePooling{}",),
            ("GlobalMaxPooling{}",),
            ("ZeroPadding{}",),
            ("UpSampling{}",),
            ("Cropping{}", 1),
        )
        for axes in (1, 2)
    ),
    *(
        partial(_whole_layer, cls, *arguments)
        for cls, *arguments in (
            ("Flatten",),
            ("Reshape", (3, 1)),
            ("Permute", (1,)),
            ("RepeatVector", 2),
            ("Activation", "tanh"),
            ("Lambda", tf.abs),
            ("Masking",),
            ("Embedding", 4, 2),
            ("Dropout", 0.5),
            ("Rescaling", 0.5),
            ("GaussianNoise", 0.1),
            ("GaussianDropout", 0.1),
            ("AlphaDropout", 0.1),
            ("BatchNormalization",),
            ("LayerNormalization",),
            ("UnitNormalization",),
            ("GroupNormalization", 1),
            ("Normalization",),
            ("EinsumDense", "ab,bc->ac", 2),
            ("ActivityRegularization", 0.1),
        )
    ),
    _channels_dropped,
    _two_inputs,
    *(
        partial(_merged_twice, cls, *arguments)
        for cls, *arguments in (
            ("Add",),
            ("Subtract",),
            ("Multiply",),
            ("Average",),
            ("Maximum",),
            ("Minimum",),
            ("Concatenate",),
            ("Dot", 1),
        )
    ),
    partial(_attended, "Attention"),
    partial(_attended, "AdditiveAttention"),
    lambda: layers.MultiHeadAttention(2, 3)(X12.reshape(2, 6, 3), X12.reshape(2, 6, 3)),
    lambda: layers.CategoryEncoding(9)(np.array([[1, 2], [0, 8]])),
    *(
        partial(_through_time, made)
        for made in (
            lambda: layers.SimpleRNN(2),
            lambda: layers.LSTM(2),
            lambda: layers.GRU(2),
            lambda: layers.RNN(layers.SimpleRNNCell(2)),
            lambda: layers.Bidirectional(layers.LSTM(2)),
            lambda: layers.TimeDistributed(layers.Flatten()),
            lambda: layers.Wrapper(layers.Flatten()),
            lambda: layers.SimpleRNNCell(2),
            lambda: layers.LSTMCell(2),
            lambda: layers.GRUCell(2),
            lambda: layers.StackedRNNCells([layers.SimpleRNNCell(2), layers.GRUCell(2)]),
        )
    ),
    # -- layers of one's own ----------------------------------------------------------------------
    lambda: Scale(factor=3)(X),
    lambda: Scale(),
    lambda: Scale(factor=object()),
    lambda: Scale().build((None, 3)),
    lambda: Dense(2).build((None, 3)),
    lambda: ScaleByThree(),
    lambda: Holder()(X),
    lambda: Layer(name="bare"),
    _decorated,
    _unnamed_arguments,
    _stateful_too_early,
    _read,
    _same_numbers,
    _names_again,
    lambda: Dense(2, input_shape=3),
    lambda: Dense(2, batch_input_shape=3),
    # -- models -----------------------------------------------------------------------------------
    lambda: Sequential([Dense(4, activation="relu"), Dense(2)])(X),
    lambda: Sequential([Dense(4, input_shape=(3,)), Dense(2)]),
    _sequential_in_steps,
    _sequential_without_shape,
    _nested,
    _graph,
    lambda: Sequential([Dense(2, input_shape=(3,))])(X.astype("float64")),
    lambda: _compiled(optimizer="sgd", loss="mse", metrics=["accuracy"]),
    lambda: _compiled(optimizer=optimizers.get("sgd")),
    lambda: InputLayer(input_shape=(3,))(X),
    # -- training ---------------------------------------------------------------------------------
    _fit_twice,
    _fit_eagerly,
    _fit_with_a_loss_scale,
    _fit_for_long,
    _by_hand,
    lambda: _trained(_model(), callbacks=[Changing(), Watching()]),
    lambda: _trained(_model(loss="nope")),
    _without_loss,
    # -- functions --------------------------------------------------------------------------------
    *(_called(_looked_up(activations, name), KERNEL) for name in usual("activations")),
    *(
        _called(_looked_up(initializers, name), (2, 3))
        for name in usual("initializers")
        if name not in ("identity", "variance_scaling")
    ),
    _called(Identity, (3, 3)),
    _called(VarianceScaling, (3, 3)),
    _called(MyGlorot, (3, 3)),
    _called(MyHe, (3, 3)),
    *(
        _called(_looked_up(regularizers, name), KERNEL)
        for name in ("l1", "l2", "l1_l2", "orthogonal_regularizer")
    ),
    _called(regularizers.Regularizer, KERNEL),
    _called(constraints.Constraint, KERNEL),
    *(
        _called(_looked_up(constraints, name), KERNEL)
        for name in ("max_norm", "min_max_norm", "unit_norm", "non_neg")
    ),
    _called(constraints.RadialConstraint, FILTERS),
    _called(Halve, KERNEL),
    # -- operations -------------------------------------------------------------------------------
    *map(operation_calls.call, operation_calls.POINTS),
    # -- lookups ----------------------------------------------------------------------------------
    _looked_up(initializers, OLD_FORMAT),
    _looked_up(initializers, NEW_FORMAT),
    _looked_up(initializers, Zeros),
    _looked_up(regularizers, regularizers.L2),
    _looked_up(losses, None),
    _looked_up(losses, "mse"),
    _looked_up(losses, "MeanSquaredError"),
    _looked_up(metrics, "mse"),
    _looked_up(metrics, "Mean"),
    _looked_up(metrics, "mze"),
    lambda: serialization_lib.deserialize_keras_object(["relu"]),
    # -- what is refused --------------------------------------------------------------------------
    lambda: Dense(),
    lambda: Dense(-1),
    lambda: Dense(None),
    lambda: Dense(4, activaton="relu"),
    lambda: Dense(4, gamma_layout="kept"),
    lambda: Dense(4, name=3),
    lambda: Dense(4, activation="rleu"),
    lambda: Dense(4, activation=3),
    lambda: Dense(4, kernel_initializer="glorot_unifrom"),
    lambda: Dense(4).build((None, None)),
    lambda: Dense(4, dtype="int32").build((None, 3)),
    lambda: Dense(4, bias_initializer="orthogonal")(X),
    lambda: Dense(4, kernel_initializer=Undecided())(X),
    lambda: Dense(4)(np.ones(3, "float32")),
    lambda: Dense(4)("text"),
    lambda: Dense(4)(),
    _wrong_rank,
    lambda: Dense(2).call(convert_to_tensor(np.ones((2, 3), "float32"))),
    lambda: Broken()(X),
    lambda: Forgetful()(X),
    lambda: ReadOnly(),
    lambda: Layer().add_weight("w", (2, 2), initializer="he_normal"),
    lambda: Layer().add_weight("w", colour="red"),
    lambda: activations.softmax(convert_to_tensor(np.ones(2, "float32"))),
    lambda: Sequential().add(3),
    lambda: Sequential([Dense(2, name="same"), Dense(2, name="same")]),
    lambda: Sequential().pop(),
    lambda: _compiled(optimizer="nope"),
    lambda: _compiled(optimizer="sgd", colour="red"),
    lambda: optimizers.get(3),
)


@cache
def traces() -> tuple[Trace, ...]:
    """A trace of each run, up to where it ended or failed."""
    return tuple(map(traced, RUNS))


def steps() -> Iterator[Step]:
    """Every step of every trace."""
    for trace in traces():
        yield from trace.walk()


def traced(run: Callable[[], Any]) -> Trace:
    """The trace of one run; what it raises belongs to it."""
    backend.clear_session()
    recorder = Recorder()
    with recording(recorder), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with suppress(Exception):  # the steps tell what was raised
            run()
    assert recorder.fault is None, recorder.fault
    return Trace(steps=recorder.steps())
