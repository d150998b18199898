"""Checkpoints keep arrays by name; nothing in them is run. Files as TensorFlow names them."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import densetrace.tensorflow as tf
from densetrace.tensorflow import checkpoints, errors
from densetrace.tensorflow.missing import NotInDensetraceError


def test_arrays_of_each_kind_come_back(tmp_path: Path) -> None:
    given: dict[str, Any] = {
        "a/b": np.array([[1, 2]], "float32"),
        "c": np.array(3, "int64"),
        "d": np.array([True]),
        "e": np.array([1j]),
        "f": np.zeros((0, 2)),
        "g": np.float16(0.5),
        "/../h": np.array([7], "uint8"),
    }
    checkpoints.write(str(tmp_path / "x" / "w"), given, {"more": [1]})
    names = sorted(path.name for path in (tmp_path / "x").iterdir())
    assert names == ["w.data-00000-of-00001", "w.index"]
    found, facts = checkpoints.read(str(tmp_path / "x" / "w"))
    assert facts == {"more": [1]}
    assert found.keys() == given.keys()
    for name, array in given.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype


def test_objects_are_refused(tmp_path: Path) -> None:
    with pytest.raises(errors.InvalidArgumentError, match="numbers and bools"):
        checkpoints.write(str(tmp_path / "w"), {"a": np.array([object()])}, {})
    assert not [*tmp_path.iterdir()]


def test_pickled_objects_are_not_loaded(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> Any:
            return (Path(tmp_path / "was here").touch, ())

    prefix = str(tmp_path / "w")
    checkpoints.write(prefix, {"a": np.array([1])}, {})
    with open(f"{prefix}.data-00000-of-00001", "wb") as file:
        np.savez(file, **{"0": np.array([Evil()], dtype=object)})  # type: ignore[arg-type]
    with pytest.raises(NotInDensetraceError):
        checkpoints.read(prefix)
    Path(f"{prefix}.data-00000-of-00001").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(NotInDensetraceError):
        checkpoints.read(prefix)
    assert not (tmp_path / "was here").exists()


@pytest.mark.parametrize(
    "index",
    [b"", b"\x00\xff", b"[]", b"{}", b'{"format": "densetrace checkpoint 1"}', b"null"],
)
def test_the_files_of_tensorflow_are_refused_with_a_way_out(index: bytes, tmp_path: Path) -> None:
    prefix = tmp_path / "w"
    Path(f"{prefix}.index").write_bytes(index)
    Path(f"{prefix}.data-00000-of-00001").write_bytes(b"\x00" * 40)
    with pytest.raises(NotInDensetraceError, match=r"to a file that ends in '\.weights\.h5'"):
        checkpoints.read(str(prefix))


def test_a_missing_checkpoint_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(errors.NotFoundError, match="Failed to find any matching files"):
        checkpoints.read(str(tmp_path / "w"))
    assert not checkpoints.is_checkpoint(str(tmp_path / "w"))


def test_the_last_checkpoint_of_a_folder(tmp_path: Path) -> None:
    assert tf.train.latest_checkpoint(tmp_path) is None
    for name in ('w "1"', "w2"):
        prefix = str(tmp_path / name)
        checkpoints.write(prefix, {"a": 1}, {})
        checkpoints.update_checkpoint_state(str(tmp_path), prefix)
        assert tf.train.latest_checkpoint(str(tmp_path)) == prefix
    text = (tmp_path / "checkpoint").read_text()
    assert text == 'model_checkpoint_path: "w2"\nall_model_checkpoint_paths: "w2"\n'
    (tmp_path / "w2.index").unlink()
    assert tf.train.latest_checkpoint(tmp_path) is None
    for broken in ("", "model_checkpoint_path: 3\n", "model_checkpoint_path: x\n", "\x00"):
        (tmp_path / "checkpoint").write_text(broken)
        assert tf.train.latest_checkpoint(tmp_path) is None


def test_a_status_says_what_was_not_found() -> None:
    full = checkpoints.CheckpointLoadStatus(unused=(), missing=(), restored=2)
    assert full.assert_consumed() is full.assert_nontrivial_match() is full
    with pytest.raises(AssertionError, match="No values"):
        checkpoints.CheckpointLoadStatus((), ("a",), 1).assert_existing_objects_matched()
    with pytest.raises(AssertionError, match="No variables"):
        checkpoints.CheckpointLoadStatus(("a",), (), 1).assert_consumed()
    with pytest.raises(AssertionError, match="No variable"):
        checkpoints.CheckpointLoadStatus(("a",), (), 0).assert_nontrivial_match()


def test_a_file_is_written_and_read(tmp_path: Path) -> None:
    gfile = tf.io.gfile
    gfile.makedirs(tmp_path / "a" / "b")
    path = str(tmp_path / "a" / "b" / "f")
    file = gfile.GFile(path, "w")
    assert not gfile.exists(path)  # it is opened by the first write
    file.write("one\r\ntwo\n")
    file.flush()
    assert Path(path).read_bytes() == b"one\r\ntwo\n"
    file.close()
    with gfile.GFile(path, "a") as more:
        more.write("drei ö")
    with gfile.GFile(path) as read:
        assert (read.readline(), read.read(2), read.readlines()) == (
            "one\r\n",
            "tw",
            ["o\n", "drei ö"],
        )
        assert (read.name, read.mode) == (path, "r")
    with gfile.GFile(path, "rb") as lines:
        assert list(lines) == [b"one\r\n", b"two\n", "drei ö".encode()]
    assert gfile.isdir(tmp_path / "a")
    assert gfile.listdir(tmp_path / "a" / "b") == ["f"]
    gfile.makedirs("")


def test_files_fail_with_the_errors_of_tensorflow(tmp_path: Path) -> None:
    gfile = tf.io.gfile
    (tmp_path / "f").write_text("x")
    with pytest.raises(errors.NotFoundError, match="; No such file or directory"):
        gfile.GFile(str(tmp_path / "none" / "f"), "w").write("x")
    with pytest.raises(errors.NotFoundError, match="Could not find directory"):
        gfile.listdir(tmp_path / "none")
    with pytest.raises(errors.FailedPreconditionError, match="; Is a directory"):
        gfile.GFile(str(tmp_path)).read()
    with pytest.raises(errors.FailedPreconditionError):
        gfile.makedirs(tmp_path / "f" / "g")
    with pytest.raises(errors.PermissionDeniedError, match="isn't open for writing"):
        gfile.GFile(str(tmp_path / "f")).write("x")
    with pytest.raises(errors.PermissionDeniedError, match="isn't open for reading"):
        gfile.GFile(str(tmp_path / "f"), "w").read()
    with pytest.raises(errors.InvalidArgumentError, match="mode"):
        gfile.GFile("f", "q")


def test_an_index_is_plain_json(tmp_path: Path) -> None:
    checkpoints.write(str(tmp_path / "w"), {"a": 1}, {})
    index = json.loads((tmp_path / "w.index").read_text())
    assert index == {"format": "densetrace checkpoint 1", "facts": {}, "names": ["a"]}
