"""Saving never leaves a partial file, even if the process is killed."""

import os
import random
import resource
import signal
import stat
import time
from pathlib import Path

import pytest

from densetrace.system.files import write_whole
from tests.cli.running import run

KILLS = 200
OLD, NEW = "old\n" * 200_000, "new\n" * 200_000


def make_old(path: Path) -> None:
    """Set the modification time of a file to two minutes ago."""
    os.utime(path, (time.time() - 120,) * 2)


def test_two_hundred_kills_leave_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    chance = random.Random(3)
    target = tmp_path / "trace.json"
    target.write_text(OLD)
    seen = set()
    for _ in range(KILLS):
        reading, writing = os.pipe()
        # Forking instead of starting Python keeps two hundred processes within seconds.
        child = os.fork()
        if child == 0:  # pragma: no cover - it is killed
            os.close(reading)
            os.write(writing, b".")
            while True:
                write_whole(target, NEW)
                write_whole(target, OLD)
        os.close(writing)
        os.read(reading, 1)
        os.close(reading)
        time.sleep(chance.random() * 0.01)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        found = target.read_text()
        assert found in (OLD, NEW)
        seen.add(found)
    assert seen == {OLD, NEW}  # the processes were killed while they wrote
    for path in tmp_path.iterdir():
        make_old(path)
    write_whole(target, NEW)
    assert os.listdir(tmp_path) == ["trace.json"]


def limited(size: int) -> None:
    """Limit the file size of this process."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "trace.json"
    target.write_text("old")
    child = os.fork()
    if child == 0:  # pragma: no cover - its exit code shows the result
        limited(1000)
        try:
            write_whole(target, NEW)
        except Exception as error:
            os._exit(7 if "Cannot write" in str(error) else 1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["trace.json"]


def test_a_full_device_and_a_folder_are_reported(tmp_path: Path) -> None:
    for target in ("/dev/full", str(tmp_path), str(tmp_path / "no" / "trace.json")):
        ended = run("explain", "Dense(2)", "--format", "json", "-o", target)
        assert ended.returncode == 2
        assert ended.stderr.startswith(b"Error: Cannot write ")
        assert b"Traceback" not in ended.stderr
    assert os.listdir(tmp_path) == []


def test_a_named_pipe_is_written_to(tmp_path: Path) -> None:
    target = tmp_path / "pipe"
    os.mkfifo(target)
    child = os.fork()
    if child == 0:  # pragma: no cover - its exit code shows the result
        write_whole(target, "text")
        os._exit(0)
    assert target.read_text() == "text"
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert stat.S_ISFIFO(target.stat().st_mode)


def test_files_of_killed_processes_are_removed_and_those_of_running_ones_kept(
    tmp_path: Path,
) -> None:
    child = os.fork()
    if child == 0:  # pragma: no cover - it is ended at once
        os._exit(0)
    os.waitpid(child, 0)
    left, alive, other = (
        tmp_path / f".densetrace-{child}-0a1b2c3d",
        tmp_path / f".densetrace-{os.getpid()}-0a1b2c3d",
        tmp_path / ".densetrace-notes",
    )
    for path in (left, alive, other):
        path.write_text("half")
        make_old(path)
    write_whole(tmp_path / "trace.json", "whole")
    assert sorted(os.listdir(tmp_path)) == sorted([alive.name, other.name, "trace.json"])


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_a_folder_without_write_permission_is_reported(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    ended = run("explain", "Dense(2)", "-o", str(tmp_path / "trace.json"))
    assert ended.returncode == 2
    assert b"Permission denied" in ended.stderr
