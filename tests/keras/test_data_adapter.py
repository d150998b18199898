"""Data adapters and `DataHandler`, as Keras 2.14 ran them: batches, steps, errors."""

import json
import logging
import types
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest

from densetrace import keras as mirror
from densetrace.keras.engine import data_adapter
from densetrace.keras.engine.data_adapter import DataHandler
from densetrace.sources.script.standins import tree
from densetrace.tensorflow import random
from tests.keras.data_handlers import RECORDED, calls, observed

keras: Any = mirror
tf: Any = tree("tensorflow")["tensorflow"]
EXPECTED = {one.pop("call"): one for one in json.loads(RECORDED.read_text())["calls"]}


@pytest.fixture(autouse=True)
def _unseeded() -> Iterator[None]:
    yield
    random.set_seed(None)


@pytest.mark.parametrize("call", calls())
def test_data_become_the_batches_of_keras(call: str) -> None:
    found = observed(call, tf, data_adapter, keras.utils.Sequence)
    assert json.loads(json.dumps(found)) == EXPECTED[call]


def test_each_call_was_recorded() -> None:
    assert list(EXPECTED) == calls()


def read(handler: DataHandler) -> list[list[Any]]:
    """The batches of each epoch."""
    epochs = []
    for _, iterator in handler.enumerate_epochs():
        with handler.catch_stop_iteration():
            epochs.append([next(iterator) for _ in handler.steps()])
    return epochs


# -- the text of errors and warnings ---------------------------------------------------------------


def test_lengths_that_differ_are_listed() -> None:
    with pytest.raises(ValueError, match="Data cardinality is ambiguous") as caught:
        DataHandler([np.zeros(3), np.zeros((3, 2))], np.zeros(4), np.zeros(2))
    assert str(caught.value) == (
        "Data cardinality is ambiguous:\n  x sizes: 3, 3\n  y sizes: 4\n  sample_weight sizes: 2\n"
        "Make sure all arrays contain the same number of samples."
    )


def test_an_input_that_no_adapter_takes_is_named_by_its_types() -> None:
    with pytest.raises(ValueError, match="Failed to find data adapter") as caught:
        DataHandler({"a": object}, [None])
    assert str(caught.value) == (
        "Failed to find data adapter that can handle input: (<class 'dict'> containing "
        "{\"<class 'str'>\"} keys and {\"<class 'type'>\"} values), (<class 'list'> containing "
        "values of types {\"<class 'NoneType'>\"})"
    )


def test_data_that_end_too_early_are_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    handler = DataHandler(np.zeros((4, 1)), batch_size=2, steps_per_epoch=3, epochs=2)
    with caplog.at_level(logging.WARNING, "tensorflow"):
        epochs = sum(1 for _ in enumerated(handler))
    assert epochs == 2
    assert "Your input ran out of data; interrupting training." in caplog.text
    assert "(in this case, 6 batches)" in caplog.text


def enumerated(handler: DataHandler) -> Iterator[int]:
    """The epochs that begin."""
    for epoch, iterator in handler.enumerate_epochs():
        with handler.catch_stop_iteration():
            for _ in handler.steps():
                next(iterator)
        yield epoch


def test_endless_training_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "tensorflow"):
        handler = DataHandler(np.zeros((4, 1)), batch_size=2, steps_per_epoch=-1)
    assert handler.inferred_steps is None
    assert handler.should_sync
    assert "will run indefinitely" in caplog.text


# -- order -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seeded", [False, True])
@pytest.mark.parametrize("count", [1, 2, 7, 64])
def test_each_epoch_has_each_sample_once(seeded: bool, count: int) -> None:
    if seeded:
        keras.utils.set_random_seed(4)
    rows = np.arange(count)
    epochs = read(DataHandler(rows, rows * 2, batch_size=3, epochs=4, shuffle=True))
    assert len(epochs) == 4
    orders = []
    for batches in epochs:
        order = np.concatenate([batch[0].numpy() for batch in batches])
        targets = np.concatenate([batch[1].numpy() for batch in batches])
        assert sorted(order) == list(rows)
        assert np.array_equal(targets, order * 2)
        orders.append(order.tolist())
    assert count < 7 or orders[0] != orders[1]


def test_the_same_seed_gives_the_same_order() -> None:
    def order() -> list[int]:
        keras.utils.set_random_seed(4)
        batches = read(DataHandler(np.arange(50), batch_size=50, shuffle=True))[0]
        return batches[0].numpy().tolist()  # type: ignore[no-any-return]

    assert order() == order() != list(range(50))


def test_shuffling_batches_keeps_the_samples_of_a_batch_together() -> None:
    for batches in read(DataHandler(np.arange(12), batch_size=4, epochs=2, shuffle="batch")):
        starts = sorted(tuple(sorted(batch.numpy().tolist())) for (batch,) in batches)
        assert starts == [(0, 1, 2, 3), (4, 5, 6, 7), (8, 9, 10, 11)]


def test_shuffling_batches_gives_each_tensor_an_order_of_its_own() -> None:
    # Keras shuffles x and y of a batch apart, so that they no longer belong together.
    rows = np.arange(200)
    batches = read(DataHandler(rows, rows, batch_size=100, shuffle="batch"))[0]
    assert any(not np.array_equal(x.numpy(), y.numpy()) for x, y in batches)
    assert all(sorted(x.numpy()) == sorted(y.numpy()) for x, y in batches)


# -- what data may be ------------------------------------------------------------------------------


def test_a_batch_does_not_see_later_changes_of_an_array() -> None:
    for epochs in (1, 2):  # data of one epoch are copied batch by batch, others at once
        rows = np.zeros((4, 2), np.float32)
        handler = DataHandler(rows, batch_size=2, epochs=epochs)
        ((_, iterator),) = [
            *zip(range(1), (i for _, i in handler.enumerate_epochs()), strict=False)
        ]
        batch = next(iterator)
        rows[:] = 1
        assert not batch.numpy().any()
        assert next(iterator).numpy().any() == (epochs == 1)


def test_a_generator_builds_the_model_by_its_first_batch() -> None:
    model = keras.Sequential([keras.layers.Dense(2)])
    DataHandler(iter([(np.ones((3, 4)), np.ones((3, 2)))]), model=model)
    assert model.built
    assert model.layers[0].kernel.shape == (4, 2)


def test_an_iteration_that_stops_has_read_two_batches_ahead() -> None:
    taken: list[int] = []

    def batches() -> Iterator[int]:
        for each in range(8):
            taken.append(each)
            yield each
        raise OSError("the source is closed")

    source = batches()
    read = [list(islice(data_adapter._read_ahead(source), 2)) for _ in range(2)]
    assert (read, taken) == ([[0, 1], [4, 5]], [*range(8)])
    with pytest.raises(OSError, match="closed"):
        next(data_adapter._read_ahead(source))
    assert list(data_adapter._read_ahead(iter([1, 2]))) == [1, 2]


def test_pandas_objects_are_recognized_once_pandas_is_imported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Series:
        """What is used of a pandas.Series."""

        def __init__(self, values: Any) -> None:
            self.values = np.asarray(values)
            self.shape = self.values.shape

        def to_numpy(self) -> Any:
            return self.values

    class DataFrame(Series):
        """What is used of a pandas.DataFrame."""

    pandas = types.SimpleNamespace(Series=Series, DataFrame=DataFrame)
    monkeypatch.setitem(__import__("sys").modules, "pandas", pandas)
    ((batch,),) = read(DataHandler(Series([1.0, 2.0]), Series([0, 1])))
    assert batch[0].shape == (2, 1)
    assert batch[0].dtype == tf.float32
    assert batch[1].dtype == tf.int64


# -- keras.utils -----------------------------------------------------------------------------------


def test_to_categorical() -> None:
    found = keras.utils.to_categorical([[0], [2], [1]])
    assert found.dtype == np.float32
    assert found.tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]
    assert keras.utils.to_categorical([[0, 1]], 3, "int8").shape == (1, 2, 3)
    with pytest.raises(IndexError):
        keras.utils.to_categorical([3], 2)


def test_normalize() -> None:
    assert keras.utils.normalize(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist() == [
        [0.6, 0.8],
        [0, 0],
    ]


def test_pad_sequences() -> None:
    pad = keras.utils.pad_sequences
    assert pad([[1], [2, 3]]).tolist() == [[0, 1], [2, 3]]
    assert pad([[1], [2, 3]], padding="post", value=-1).tolist() == [[1, -1], [2, 3]]
    assert pad([[1, 2, 3]], maxlen=2).tolist() == [[2, 3]]
    assert pad([[1, 2, 3]], maxlen=2, truncating="post").tolist() == [[1, 2]]
    assert pad([[], [1]], dtype="float32").dtype == np.float32
    for wrong in ({"padding": "mid"}, {"truncating": "mid"}, {"value": "a"}):
        with pytest.raises(ValueError, match=r"understood|compatible"):
            pad([[1]], **wrong)
    with pytest.raises(ValueError, match="iterable"):
        pad(3)
    with pytest.raises(ValueError, match="non-iterable: 3"):
        pad([3])
    with pytest.raises(ValueError, match="Shape of sample"):
        pad([[[1, 2]], [[1]]])


def test_a_sequence_iterates_over_its_batches() -> None:
    class Squares(mirror.utils.Sequence):
        def __len__(self) -> int:
            return 3

        def __getitem__(self, index: int) -> int:
            return index**2

    assert list(Squares()) == [0, 1, 4]
    with pytest.raises(NotImplementedError):
        len(keras.utils.Sequence())
