"""A file is written as a whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from densetrace.system.errors import RequestError
from densetrace.system.files import write_whole


def test_a_file_is_written_as_utf_8(tmp_path: Path) -> None:
    write_whole(tmp_path / "t.txt", "├─ 漢 \ud800\n")
    assert (tmp_path / "t.txt").read_bytes() == "├─ 漢 \\ud800\n".encode()
    assert os.listdir(tmp_path) == ["t.txt"]


def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.txt"
    path.write_text("old")

    def fail(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(RequestError, match="No space left on device"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["t.txt"]


def test_a_file_keeps_its_permissions_and_a_new_one_gets_the_usual(tmp_path: Path) -> None:
    path, new, usual = tmp_path / "t.txt", tmp_path / "new.txt", tmp_path / "usual.txt"
    path.write_text("old")
    path.chmod(0o640)
    usual.write_text("")
    write_whole(path, "new")
    write_whole(new, "new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert new.stat().st_mode == usual.stat().st_mode


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to("real.txt")
    write_whole(tmp_path / "link.txt", "new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_whole(Path(os.devnull), "gone")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


@pytest.mark.parametrize("name", [".", "no/where.txt", "x" * 5000, "a\0b"])
def test_what_cannot_be_written_says_why(tmp_path: Path, name: str) -> None:
    with pytest.raises(RequestError, match="Cannot write") as refused:
        write_whole(tmp_path / name, "text")
    assert "\0" not in str(refused.value)
    assert os.listdir(tmp_path) == []
