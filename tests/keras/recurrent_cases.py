"""Recurrent layers on some data: outputs, states, gradients and masks, on any stack.

Both stacks run them: `python -m tests.keras.record_recurrent` on a real Keras 2.14,
`tests/keras/test_recurrent.py` on ours. A result is nested lists of numbers with 6 digits.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

MASK = np.array([[1, 1, 0, 1, 0], [0, 1, 1, 1, 1], [1, 1, 1, 0, 0]], bool)

LAYERS = (
    "SimpleRNN(3, return_sequences=True, go_backwards=True, return_state=True)",
    "LSTM(3, return_sequences=True, return_state=True)",
    "LSTM(2, activation='relu', return_sequences=True)",
    "LSTM(2, use_bias=False, go_backwards=True)",
    "LSTM(2, implementation=1, recurrent_activation='hard_sigmoid')",
    "LSTM(2, unroll=True, go_backwards=True, zero_output_for_mask=True, return_sequences=True)",
    "LSTM(3, time_major=True, return_sequences=True)",
    "LSTM(3, dtype='float64')",
    "GRU(3, return_sequences=True, return_state=True)",
    "GRU(2, reset_after=False)",
    "GRU(2, reset_after=False, implementation=1, return_sequences=True)",
    "GRU(2, implementation=1)",
    "GRU(2, use_bias=False)",
    "GRU(2, unroll=True)",
    "GRU(2, zero_output_for_mask=True, return_sequences=True)",
    "RNN([layers.LSTMCell(2), layers.GRUCell(3)], return_state=True)",
    "RNN(layers.StackedRNNCells([layers.SimpleRNNCell(2), layers.SimpleRNNCell(4)]))",
    "Bidirectional(layers.GRU(2, return_sequences=True), merge_mode='ave')",
    "Bidirectional(layers.SimpleRNN(2, return_sequences=True), merge_mode=None)",
    "Bidirectional(layers.LSTM(2, return_sequences=True, return_state=True), merge_mode='mul')",
    "Bidirectional(layers.LSTM(2), backward_layer=layers.GRU(2, go_backwards=True))",
    "Bidirectional(layers.RNN(layers.GRUCell(2)), merge_mode='sum')",
    "TimeDistributed(layers.Dense(2))",
    "TimeDistributed(layers.Activation('tanh'))",
)

STEPS = (
    "{}",
    "{'go_backwards': True}",
    "{'mask': mask}",
    "{'mask': mask, 'go_backwards': True}",
    "{'mask': mask, 'unroll': True}",
    "{'mask': mask, 'zero_output_for_mask': True}",
    "{'mask': mask, 'unroll': True, 'zero_output_for_mask': True}",
    "{'return_all_outputs': False}",
    "{'mask': mask, 'return_all_outputs': False}",
    "{'input_length': tf.constant([2, 5, 4])}",
    "{'input_length': tf.constant([2, 5, 4]), 'go_backwards': True}",
    "{'constants': [tf.ones((3, 2))]}",
    "{'time_major': True}",
)
"""Keyword arguments of `keras.backend.rnn`."""

MISTAKES = (
    "layers.LSTM(-1)",
    "layers.LSTM(3)(x[0])",
    "layers.LSTM(2, activation='foo')",
    "layers.LSTM(2, foo=3)",
    "layers.RNN(3)",
    "layers.RNN(layers.Dense(2))",
    "layers.StackedRNNCells([3])",
    "layers.LSTM(2)(x, initial_state=[tf.ones((3, 2))])",
    "layers.LSTM(2)(x, initial_state=[tf.ones((3, 3)), tf.ones((3, 3))])",
    "layers.RNN(layers.LSTMCell(2))(x, constants=[tf.ones((3, 2))])",
    "layers.LSTM(2, stateful=True)(keras.Input((3, 2)))",
    "layers.LSTM(2).reset_states()",
    "layers.LSTM(2, unroll=True)(keras.Input((None, 2)))",
    "layers.AbstractRNNCell().state_size",
    "layers.Bidirectional(3)",
    "layers.Bidirectional(layers.Dense(2))",
    "layers.Bidirectional(layers.LSTM(2), merge_mode='x')",
    "layers.Bidirectional(layers.LSTM(2), backward_layer=layers.LSTM(2))",
    "layers.Bidirectional(layers.LSTM(2))(x, initial_state=[tf.ones((3, 2))])",
    "layers.TimeDistributed(layers.Dense)",
    "layers.TimeDistributed(layers.Dense(2))(x[0])",
    "layers.Wrapper(3)",
)

TRAININGS = (
    "LSTM(3)",
    "GRU(3)",
    "SimpleRNN(2, recurrent_regularizer='l2')",
    "LSTM(2, activation='relu')",
    "Bidirectional(layers.LSTM(2))",
    "RNN([layers.LSTMCell(2), layers.GRUCell(3)])",
    "TimeDistributed(layers.Dense(2))",
)


def numbers(*shape: int, seed: int = 0) -> Any:
    """Numbers between -1 and 1, f32[*shape]."""
    return np.random.RandomState(seed).uniform(-1, 1, shape).round(3).astype("float32")


def set_weights(layer: Any) -> None:
    """Give the weights numbers that do not depend on the stack."""
    rng = np.random.RandomState(7)
    layer.set_weights([rng.uniform(-1, 1, one.shape).round(3) for one in layer.get_weights()])


def plain(value: Any) -> Any:
    """Nested lists of numbers."""
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value if value is None else np.asarray(value, float).round(6).tolist()


def listed(output: Any) -> list[Any]:
    return list(output) if isinstance(output, list | tuple) else [output]


def made(code: str, layers: Any) -> Any:
    """A layer that is not built."""
    return eval(f"layers.{code}", {"layers": layers})


def built(code: str, layers: Any, **call: Any) -> Any:
    """A layer with weights."""
    layer = made(code, layers)
    layer(X, **call)
    set_weights(layer)
    return layer


X = numbers(3, 5, 2)


def computed(
    code: str, masked: bool, keras: Any, tf: Any, wrap: Callable[[Any], Any]
) -> dict[str, Any]:
    """The outputs of a layer and the gradients of their squares: each as its product with fixed
    numbers, so that a result stays short."""
    call = {"mask": tf.constant(MASK)} if masked else {}
    layer = built(code, keras.layers, **call)
    x = tf.constant(X)

    @wrap
    def run(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = listed(layer(x, **call))
            loss = sum(tf.reduce_sum(tf.square(one)) for one in outputs)
        return outputs, tape.gradient(loss, [x, *layer.trainable_weights])

    outputs, gradients = run(x)
    run(x)  # the second and the third run of a graph take other ways
    again = run(x)[1]
    for one, other in zip(gradients, again, strict=True):
        np.testing.assert_allclose(np.asarray(one), np.asarray(other), rtol=1e-5, atol=1e-5)
    return {
        "outputs": plain(outputs),
        "gradients": [
            plain(np.sum(np.asarray(one) * numbers(*one.shape, seed=1))) for one in gradients
        ],
    }


def stepped(code: str, keras: Any, tf: Any, wrap: Callable[[Any], Any]) -> Any:
    """What `keras.backend.rnn` returns."""
    arguments = eval(code, {"tf": tf, "mask": tf.constant(MASK)})

    def step(x: Any, states: Any) -> Any:
        return x + states[0] + sum(states[1:]), [2 * x + states[0]]

    def run(x: Any) -> Any:
        last, outputs, states = keras.backend.rnn(
            step, x, [tf.zeros_like(x[0] if "time_major" in arguments else x[:, 0])], **arguments
        )
        return last, outputs, list(states)

    return plain(wrap(run)(tf.constant(X)))


def mistaken(code: str, keras: Any, tf: Any) -> str:
    """The type of the exception."""
    try:
        eval(code, {"layers": keras.layers, "keras": keras, "tf": tf, "x": X})
    except Exception as error:
        return type(error).__name__
    return ""


def stateful(keras: Any, tf: Any) -> Any:
    """Outputs of a stateful layer, one after the other, and a model that is trained with one."""
    layer = keras.layers.LSTM(2, stateful=True)
    x, ones = X[:2], [np.ones((2, 2), "float32")] * 2
    layer(x)
    set_weights(layer)
    layer.reset_states()
    found = [layer(x), layer(x), *layer.states]
    layer.reset_states()
    found += [layer(x, initial_state=[tf.constant(one) for one in ones]), *layer.states]
    layer.reset_states(ones)
    found += [layer(x)]
    model = keras.Sequential(
        [
            keras.layers.GRU(2, stateful=True, batch_input_shape=(2, 5, 2)),
            keras.layers.Dense(1),
        ]
    )
    set_weights(model)
    model.compile("sgd", "mse")
    history = model.fit(
        numbers(6, 5, 2), numbers(6, 1), batch_size=2, epochs=2, shuffle=False, verbose=0
    )
    found += [history.history["loss"], model.predict(x, verbose=0)]
    model.reset_states()
    found += [model.predict(x, verbose=0), len(layer.weights)]
    return plain(found)


def trained(code: str, keras: Any) -> Any:
    """The losses of three epochs on masked sequences, and the predictions after them."""
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Masking(input_shape=(5, 2)),
            made(code, layers),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    set_weights(model)
    model.compile("adam", "mse")
    x = numbers(10, 5, 2)
    x[2, 3] = x[5, :2] = x[7, 4] = 0
    history = model.fit(x, numbers(10, 1), epochs=3, batch_size=4, shuffle=False, verbose=0)
    return plain([history.history["loss"], model.predict(x, verbose=0)])
