"""`keras.datasets`: a cached file is read, safely; else the data are made up, with a notice."""

import gzip
import json
import pickle
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from densetrace.keras import backend, datasets
from densetrace.keras.datasets import _cached, _synthetic, _texts


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("HOME", str(tmp_path))
    made = tmp_path / ".keras" / "datasets"
    made.mkdir(parents=True)
    _cached.forget_notices()
    yield made
    _cached.forget_notices()


def of(parts: Any) -> list[Any]:
    return [array for pair in parts for array in pair]


@pytest.mark.parametrize(
    ("name", "shapes", "dtypes"),
    [
        ("mnist", [(60000, 28, 28), (60000,), (10000, 28, 28), (10000,)], "uint8 uint8"),
        (
            "cifar100",
            [(50000, 32, 32, 3), (50000, 1), (10000, 32, 32, 3), (10000, 1)],
            "uint8 int64",
        ),
        ("boston_housing", [(404, 13), (404,), (102, 13), (102,)], "float64 float64"),
        ("reuters", [(8982,), (8982,), (2246,), (2246,)], "object int64"),
    ],
)
def test_made_up_data_have_the_shapes_and_dtypes_of_the_real_ones(
    name: str, shapes: list[Any], dtypes: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arrays = of(getattr(datasets, name).load_data())
    assert [array.shape for array in arrays] == shapes
    assert [array.dtype.name for array in arrays] == dtypes.split() * 2
    if dtypes.startswith("uint8"):
        assert (arrays[0].min(), arrays[0].max()) == (0, 255)
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1
    assert name in printed.err
    assert "synthetic" in printed.err
    assert printed.out == ""
    assert str(Path.home()) not in printed.err


def test_the_notice_comes_once(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = (datasets.boston_housing.load_data() for _ in range(2))
    assert all(map(np.array_equal, of(first), of(second)))
    assert capsys.readouterr().err.count("densetrace:") == 1


def test_made_up_pictures_can_be_learned() -> None:
    ((x, y), (x_test, y_test)) = _synthetic.images(1, 10, (500, 100), (28, 28))
    means = np.stack([x[y == label].mean(0) for label in range(10)])
    distances = ((x_test[:, None] - means) ** 2.0).sum((2, 3))
    assert (distances.argmin(1) == y_test).mean() > 0.9


def test_a_cached_file_is_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    x, y = np.ones((3, 28, 28), "uint8"), np.arange(3, dtype="uint8")
    np.savez(folder / "mnist.npz", x_train=x, y_train=y, x_test=x[:1], y_test=y[:1])
    (x_train, y_train), (x_test, _) = datasets.mnist.load_data()
    assert np.array_equal(x_train, x)
    assert np.array_equal(y_train, y)
    assert x_test.shape == (1, 28, 28)
    images = folder / "fashion-mnist"
    images.mkdir()
    for name, array in (
        ("train-images-idx3", x), ("train-labels-idx1", y),
        ("t10k-images-idx3", x[:2]), ("t10k-labels-idx1", y[:2]),
    ):  # fmt: skip
        head = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
        with gzip.open(images / f"{name}-ubyte.gz", "wb") as stream:
            stream.write(head + array.tobytes())
    assert of(datasets.fashion_mnist.load_data())[2].shape == (2, 28, 28)
    assert capsys.readouterr().err == ""


def test_a_cached_cifar_is_read_in_the_image_format_that_is_set(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batches = folder / "cifar-10-batches-py"
    batches.mkdir()
    data = np.arange(2 * 3072).astype("uint8").reshape(2, 3072)
    batch = pickle.dumps({b"data": data, b"labels": [3, 7]}, protocol=2)
    for name in ("test_batch", *(f"data_batch_{number}" for number in range(1, 6))):
        (batches / name).write_bytes(batch)
    x_train, y_train, x_test, _ = of(datasets.cifar10.load_data())
    assert x_train.shape == (10, 32, 32, 3)
    assert (y_train[:2].tolist(), y_train.dtype) == ([[3], [7]], np.dtype("uint8"))
    assert np.array_equal(x_test[0, 0, 0], data[0, [0, 1024, 2048]])
    backend.set_image_data_format("channels_first")
    try:
        assert of(datasets.cifar10.load_data())[0].shape == (10, 3, 32, 32)
    finally:
        backend.set_image_data_format("channels_last")
    assert capsys.readouterr().err == ""


def test_a_downloaded_archive_is_unpacked(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = np.zeros((2, 3072), "uint8")
    batch = {b"data": data, b"fine_labels": [3, 99], b"coarse_labels": [1, 19]}
    (tmp_path / "batch").write_bytes(pickle.dumps(batch, protocol=2))
    with tarfile.open(folder / "cifar-100-python.tar.gz", "w:gz") as archive:
        for name in ("train", "test"):
            archive.add(tmp_path / "batch", f"cifar-100-python/{name}")
    assert of(datasets.cifar100.load_data("coarse"))[1].tolist() == [[1], [19]]
    assert capsys.readouterr().err == ""
    (folder / "cifar-10-batches-py.tar.gz").write_bytes(b"broken")
    _cached._unpack(str(folder / "cifar-10-batches-py"))
    assert not (folder / "cifar-10-batches-py").exists()


def texts(*lists: list[int]) -> np.ndarray[Any, Any]:
    made = np.empty(len(lists), dtype=object)
    made[:] = lists
    return made


def save_reviews(folder: Path) -> None:
    x = texts([1, 2, 3], [4], [5, 60], [1, 1, 1, 1])
    labels = np.array([0, 1, 0, 1])
    np.savez(folder / "imdb.npz", x_train=x, y_train=labels, x_test=x[:2], y_test=labels[:2])


@pytest.mark.parametrize(
    ("arguments", "train", "labels"),
    [
        # What Keras 2.14 returns for this file
        ({}, [[1, 4, 4, 4, 4], [1, 8, 2], [1, 4, 5, 6], [1, 7]], [1, 0, 0, 1]),
        ({"num_words": 6}, [[1, 4, 4, 4, 4], [1, 2, 2], [1, 4, 5, 2], [1, 2]], [1, 0, 0, 1]),
        ({"maxlen": 4, "skip_top": 5}, [[2, 8, 2], [2, 7]], [0, 1]),
        (
            {"num_words": 5, "oov_char": None, "start_char": None, "index_from": 1},
            [[2, 2, 2, 2], [], [2, 3, 4], []],
            [1, 0, 0, 1],
        ),
    ],
)
def test_reviews_are_encoded_as_keras_does(
    folder: Path, arguments: dict[str, Any], train: list[list[int]], labels: list[int]
) -> None:
    save_reviews(folder)
    (x, y), _ = datasets.imdb.load_data(**arguments)
    assert [list(text) for text in x] == train
    assert y.tolist() == labels


def test_reviews_have_errors_as_in_keras(folder: Path) -> None:
    save_reviews(folder)
    with pytest.raises(ValueError, match="maxlen"):
        datasets.imdb.load_data(maxlen=1)
    with pytest.raises(TypeError, match="foo"):
        datasets.imdb.load_data(foo=1)
    with pytest.raises(ValueError, match="label_mode"):
        datasets.cifar100.load_data("medium")
    with pytest.raises(AssertionError):
        datasets.boston_housing.load_data(test_split=1)


class Harmful:
    """Unpickling it would run a function."""

    def __reduce__(self) -> Any:
        return (_cached._REPORTED.add, ("the file ran code",))


def test_a_file_runs_no_code(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    x, y = texts([1], [2]), np.array([0, 1])
    x[0] = Harmful()
    np.savez(folder / "reuters.npz", x=x, y=y)
    assert len(of(datasets.reuters.load_data())[0]) == 8982
    assert "the file ran code" not in _cached._REPORTED
    assert "does not have the format" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"no archive", pickle.dumps([1])])
def test_a_broken_file_is_reported(
    folder: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "boston_housing.npz").write_bytes(content)
    assert of(datasets.boston_housing.load_data())[0].shape == (404, 13)
    assert "does not have the format" in capsys.readouterr().err


def test_the_word_index_is_that_of_the_file(folder: Path) -> None:
    (folder / "imdb_word_index.json").write_text(json.dumps({"the": 1}))
    assert datasets.imdb.get_word_index() == {"the": 1}
    assert list(datasets.reuters.get_word_index().values())[::30978] == [1, 30979]
    assert datasets.reuters.get_label_names()[3] == "earn"


def test_made_up_texts_prefer_words_of_their_class() -> None:
    ((found, labels),) = _synthetic.sequences(1, (200,), 2, 1000, (10, 60, 200))
    assert {type(word) for text in found for word in text} == {int}
    assert max(map(max, found)) == 1000
    _texts.expect_texts(found, labels)
    even = np.array([np.mean([word % 2 for word in text]) for text in found])
    assert even[labels == 1].mean() > even[labels == 0].mean() + 0.05
