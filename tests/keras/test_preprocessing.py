"""`keras.preprocessing`, and functions of `keras.utils` that prepare data: values of Keras 2.14."""

import random
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import densetrace.tensorflow as tf
from densetrace.keras import utils
from densetrace.keras.preprocessing import image, sequence, text, timeseries_dataset_from_array
from densetrace.tensorflow.data.dataset import Dataset
from densetrace.tensorflow.missing import NotInDensetraceError

X = np.arange(20, dtype="float32").reshape(10, 2)
Y = np.arange(10)


def lists(dataset: Any) -> list[Any]:
    return [
        [one.numpy().tolist() for one in element]
        if isinstance(element, tuple)
        else element.numpy().tolist()
        for element in dataset
    ]


def test_a_tokenizer_counts_and_numbers_words() -> None:
    tokenizer = text.Tokenizer(num_words=5, oov_token="<OOV>")
    tokenizer.fit_on_texts(["The cat sat on the mat!", "The dog, the cat.", ["a", "The"]])
    assert list(tokenizer.word_index) == ["<OOV>", "the", "cat", "sat", "on", "mat", "dog", "a"]
    assert tokenizer.word_index["<OOV>"] == 1
    assert (tokenizer.word_docs["the"], tokenizer.word_counts["the"]) == (3, 5)
    found = tokenizer.texts_to_sequences(["the bird sat on the cat", ["The", "zzz"]])
    assert found == [[2, 1, 4, 1, 2, 3], [2, 1]]
    spelled = tokenizer.sequences_to_texts([*found, [77, 1, 9]])
    assert spelled == ["the <OOV> sat <OOV> the cat", "the <OOV>", "<OOV> <OOV> <OOV>"]
    matrix = tokenizer.texts_to_matrix(["the cat the dog", "x", ""], "tfidf")
    expected = np.array([[0, 1.3863, 0.9475, 0.6931, 0], [0, 1.3863, 0, 0, 0], [0] * 5])
    np.testing.assert_allclose(matrix, expected, atol=1e-4)
    assert tokenizer.texts_to_matrix(["the cat the dog"], "freq").tolist() == [
        [0, 0.25, 0.5, 0.25, 0]
    ]
    copy = text.tokenizer_from_json(tokenizer.to_json())
    assert copy.texts_to_sequences(["the cat"]) == [[2, 3]]
    assert copy.to_json() == tokenizer.to_json()


def test_a_tokenizer_of_characters_and_one_without_a_word_for_the_unknown() -> None:
    characters = text.Tokenizer(char_level=True)
    characters.fit_on_texts(["Hello"])
    assert characters.texts_to_sequences(["hello", "xyz"]) == [[2, 3, 1, 1, 4], []]
    few = text.Tokenizer(num_words=3)
    few.fit_on_texts(["b b a", "a b c"])
    assert few.texts_to_sequences(["a b c d"]) == [[2, 1]]
    assert few.sequences_to_texts([[1, 2, 3, 4]]) == ["b a"]
    with pytest.raises(ValueError, match="Unknown vectorization mode"):
        few.texts_to_matrix(["a"], "none")
    with pytest.raises(ValueError, match="fit_on_texts"):
        text.Tokenizer().texts_to_matrix(["a"])
    with pytest.raises(TypeError, match="foo"):
        text.Tokenizer(foo=1)


def test_words_of_a_text() -> None:
    assert text.text_to_word_sequence("Hi, you!  A-b") == ["hi", "you", "a", "b"]
    assert text.hashing_trick("a b c a", 10, "md5") == [2, 5, 8, 2]
    assert text.one_hot("a b", 1000) == text.hashing_trick("a b", 1000)


def test_skipgrams_draw_from_pythons_generator() -> None:
    random.seed(1)
    couples, labels = sequence.skipgrams([0, 1, 2, 3, 4], 5, 1, seed=2)
    assert couples == [[1, 4], [2, 1], [3, 2], [3, 4], [3, 4], [2, 4], [4, 4], [2, 3], [4, 3],
                       [3, 2], [2, 1], [1, 2]]  # fmt: skip
    assert labels == [0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 1, 1]
    assert sequence.make_sampling_table(5).round(6)[1] == 0.003152


def test_windows_of_a_time_series() -> None:
    windows = sequence.TimeseriesGenerator(
        X, Y, length=4, batch_size=2, stride=2, sampling_rate=2, reverse=True, start_index=1,
        end_index=8,
    )  # fmt: skip
    assert len(windows) == 1
    samples, targets = windows[0]
    assert samples.tolist() == [[[6, 7], [2, 3]], [[10, 11], [6, 7]]]
    assert targets.tolist() == [5, 7]
    with pytest.raises(ValueError, match="end_index"):
        sequence.TimeseriesGenerator(X, Y, length=10)
    dataset = timeseries_dataset_from_array(
        X, Y, 3, sequence_stride=2, sampling_rate=2, batch_size=2
    )
    (first, classes), *rest = lists(dataset)
    assert first == [[[0, 1], [4, 5], [8, 9]], [[4, 5], [8, 9], [12, 13]]]
    assert (classes, len(rest)) == ([0, 2], 1)
    single = timeseries_dataset_from_array(
        np.arange(20), None, 3, start_index=4, end_index=8, batch_size=None
    )
    assert lists(single) == [[4, 5, 6], [5, 6, 7]]
    with pytest.raises(ValueError, match="sampling_rate"):
        timeseries_dataset_from_array(X, None, 3, sampling_rate=0)


@pytest.mark.parametrize(
    ("data", "sizes", "left", "right"),
    [
        (Y, {"left_size": 0.8}, [0, 1, 2, 3, 4, 5, 6, 7], [8, 9]),
        ((X, Y), {"right_size": 1, "left_size": 1}, [[[0, 1], 0]], [[[18, 19], 9]]),
        (
            Dataset.from_tensor_slices((X, Y)).batch(4),
            {"left_size": 1},
            [[[[0, 1]], [0]]],
            None,
        ),
    ],
)
def test_a_dataset_is_split(data: Any, sizes: dict[str, Any], left: Any, right: Any) -> None:
    first, second = utils.split_dataset(data, **sizes)
    assert lists(first) == left
    if right is not None:
        assert lists(second) == right


@pytest.mark.parametrize(
    ("data", "sizes", "error"),
    [
        ("x", {"left_size": 1}, TypeError),
        (X, {}, ValueError),
        (X, {"left_size": "a"}, TypeError),
        (X, {"left_size": 10}, ValueError),
        (X, {"left_size": 0.8, "right_size": 0.5}, ValueError),
        ([X, Y[:4]], {"left_size": 2}, ValueError),
        ([], {"left_size": 2}, ValueError),
    ],
)
def test_a_split_that_cannot_be_is_refused(data: Any, sizes: Any, error: type) -> None:
    with pytest.raises(error):
        utils.split_dataset(data, **sizes)


def test_classes_as_ordinal_rows_and_images_as_arrays() -> None:
    assert utils.to_ordinal([0, 1, 3]).tolist() == [[0, 0, 0], [1, 0, 0], [1, 1, 1]]
    assert utils.to_ordinal([[1], [2]], 5).shape == (2, 4)
    assert image.img_to_array(np.zeros((3, 4))).shape == (3, 4, 1)
    assert utils.img_to_array(np.zeros((2, 3, 1)), "channels_first").shape == (1, 2, 3)
    with pytest.raises(ValueError, match="shape"):
        utils.img_to_array(np.zeros(3))


def test_a_file_is_found_but_never_downloaded(tmp_path: Path) -> None:
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "a.txt").write_text("a")
    address = "https://example.com/files/a.txt"
    found = utils.get_file(origin=address, cache_dir=str(tmp_path))
    assert Path(found).read_text() == "a"
    md5 = "0cc175b9c0f1b6a831c399e269772661"
    assert utils.get_file("a.txt", address, file_hash=md5, cache_dir=str(tmp_path)) == found
    for name, wanted in (("b.txt", None), ("a.txt", "f" * 32)):
        with pytest.raises(NotInDensetraceError) as raised:
            utils.get_file(name, address, file_hash=wanted, cache_dir=str(tmp_path))
        assert "never downloads" in raised.value.reason
    with pytest.raises(ValueError, match="origin"):
        utils.get_file("a.txt")


def test_an_archive_is_unpacked_inside_its_folder(tmp_path: Path) -> None:
    source = tmp_path / "source.tar.gz"
    (tmp_path / "a.txt").write_text("a")
    with tarfile.open(source, "w:gz") as archive:
        archive.add(tmp_path / "a.txt", "pack/a.txt")
    found = utils.get_file(
        "pack", source.as_uri(), untar=True, cache_dir=str(tmp_path / "cache"), cache_subdir="x"
    )
    assert (Path(found) / "a.txt").read_text() == "a"
    with tarfile.open(source, "w:gz") as archive:
        archive.add(tmp_path / "a.txt", "../outside.txt")
    with pytest.raises(tarfile.OutsideDestinationError):
        utils.get_file("out", source.as_uri(), untar=True, cache_dir=str(tmp_path / "cache"))
    assert not (tmp_path / "cache" / "outside.txt").exists()


def test_the_inputs_of_a_symbolic_tensor() -> None:
    from densetrace.keras.layers import Add, Dense, Input

    one, other = Input((3,)), Input((3,))
    shared = Dense(2)
    total = Add()([shared(one), shared(other)])
    assert [source is wanted for source, wanted in zip(
        utils.get_source_inputs(total), (one, other), strict=True)] == [True, True]  # fmt: skip
    eager = tf.constant(1.0)
    assert utils.get_source_inputs(eager) is eager
