"""densetrace runs from an archive, as a wheel that is put on the path: all it reads is in there."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

import pytest

import densetrace

SCRIPT: Final = """\
import multiprocessing, sys
from tensorflow.keras.layers import Dense

def made(units):
    return Dense(units).units

if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(made, [3]))
    Dense(2, kernel_initializer="ones").build((None, 3))
"""

COMMANDS: Final = (
    ["--help"],
    ["explain", "Dense(3, activation='relu')", "--seed", "1", "--level", "framework"],
    ["explain", "Dense(3)", "--seed", "1", "--format", "html"],
    ["why", "Dense(3)", "kernel"],
    ["diff", "Dense(3)", "Dense(4)"],
    ["run", "script.py"],
    ["step", "Dense(3)"],
    ["step", "Dense(3)", "--level", "framework"],
    ["quiz", "Dense(3)", "--seed", "1"],
    ["demo", "lookups"],
    ["demo", "lookups", "--format", "html"],
    ["glossary", "auto-config"],
    ["names"],
    ["--show-completion", "bash"],
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as a wheel holds it."""
    package = Path(densetrace.__file__).parent
    path = tmp_path_factory.mktemp("wheel") / "densetrace-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file in package.rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                archive.write(file, file.relative_to(package.parent))
    return path


def ran(arguments: list[str], path: Path, folder: Path) -> tuple[int, str, str]:
    """The exit code and what was said, without times. `-S` leaves out what is installed here, and
    with it this project's own folder; its dependencies are named on the path."""
    libraries = [entry for entry in sys.path if "site-packages" in entry]
    code = f"import sys; sys.argv = {['densetrace', *arguments]!r}\n"
    code += f"import densetrace; assert densetrace.__file__.startswith({str(path)!r})\n"
    code += "from densetrace.__main__ import main; main()"
    kept = dict(os.environ)
    ended = subprocess.run(
        # Completion asks which shell it was started from, and a test may be started from none. bash
        # would make way for a last command, so another one follows.
        ["bash", "-c", '"$@"; exit $?', "bash", sys.executable, "-S", "-c", code],
        input=b"jjj/matmul\n.\nv\n" if arguments[0] == "step" else b"a\nskip\n" * 9,
        capture_output=True,
        cwd=folder,
        env=kept | {"PYTHONPATH": os.pathsep.join([str(path), *libraries])},
        timeout=60,
        check=False,
    )
    said, messages = ended.stdout.decode(), ended.stderr.decode()
    return ended.returncode, re.sub(r"\d[\d.]* [nµm]?s\b", "", said), messages


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_an_archive_does_what_a_folder_does(
    arguments: list[str], archive: Path, tmp_path: Path
) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    zipped = ran(arguments, archive, tmp_path)
    in_folder = ran(arguments, Path(densetrace.__file__).parents[1], tmp_path)
    if "html" in arguments:  # the page numbers its texts, and times are among them
        assert zipped[1].count("\n") == in_folder[1].count("\n") > 100
    else:
        assert zipped == in_folder
    assert zipped[0] == (1 if arguments[0] == "diff" else 0)
    assert zipped[2] == ""


def test_lines_of_the_mirror_are_read_from_the_archive(archive: Path, tmp_path: Path) -> None:
    _, said, _ = ran(["why", "Dense(3)", "kernel"], archive, tmp_path)
    assert "original(layer_instance, *args, **kwargs)" in said
