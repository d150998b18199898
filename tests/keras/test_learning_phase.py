"""`K.function`, and the learning phase: what Keras 2.14 computes."""

from collections.abc import Iterator

import numpy as np
import pytest

from densetrace.keras import Input, Sequential, backend, layers

X = np.ones((1, 200), "float32")

pytestmark = pytest.mark.filterwarnings("ignore:Pass `training`")


@pytest.fixture(autouse=True)
def unset() -> Iterator[None]:
    yield
    backend._LEARNING_PHASE.clear()


def drops(layer: object) -> bool:
    return bool(np.abs(layer(X) - 1).max() > 0)  # type: ignore[operator] # a layer


def test_a_phase_that_is_set_holds_where_no_training_is_passed() -> None:
    dropout = layers.Dropout(0.5)
    model = Sequential([layers.Dropout(0.5, input_shape=(200,))])
    assert (backend.learning_phase(), drops(dropout)) == (0, False)
    backend.set_learning_phase(1)
    assert (backend.learning_phase(), drops(dropout), drops(model)) == (1, True, True)
    assert np.array_equal(model.predict(X, verbose=0), X)
    with backend.learning_phase_scope(0):
        assert (backend.learning_phase(), drops(dropout)) == (0, False)
    assert drops(dropout)
    backend.clear_session()
    assert not drops(dropout)
    with pytest.raises(ValueError, match="0 or 1"):
        backend.set_learning_phase(3)


def test_a_function_of_symbolic_tensors() -> None:
    inputs = Input((3,))
    hidden = layers.Dense(2, kernel_initializer="ones")(inputs)
    output = layers.Activation("relu")(hidden)
    x = np.ones((1, 3))
    both = backend.function([inputs], [hidden, output])([x])
    assert [one.tolist() for one in both] == [[[3, 3]], [[3, 3]]]
    assert backend.function(inputs, output)(x).tolist() == [[3, 3]]
    (only,) = backend.function([inputs], [output])([x])
    assert only.tolist() == [[3, 3]]
    for wrong in ({"updates": [1]}, {"options": 1}):
        with pytest.raises(ValueError, match="Received"):
            backend.function([inputs], [output], **wrong)


def test_the_weights_of_a_graph_come_layer_by_layer() -> None:
    from densetrace.keras import Model

    inputs = Input((3,))
    output = layers.Dense(1, name="last")(layers.BatchNormalization(name="norm")(inputs))
    model = Model(inputs, output)
    assert [weight.name.partition("/")[0] for weight in model.weights] == ["norm"] * 4 + [
        "last"
    ] * 2
