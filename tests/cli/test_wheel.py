"""The wheel holds the whole package and nothing else, and the installed command finds its files."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "densetrace"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that the build backend makes of this checkout."""
    pytest.importorskip("hatchling", reason="needs hatchling, the build backend")
    folder = tmp_path_factory.mktemp("wheel")
    _run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], ROOT)
    [path] = folder.glob("*.whl")
    return path


def _run(command: list[str], folder: Path, **variables: str) -> str:
    ended = subprocess.run(
        command, cwd=folder, capture_output=True, encoding="utf-8", check=False, timeout=120,
        env={**os.environ, "COLUMNS": "80", **variables},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    files = {
        path.relative_to(ROOT).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == files
    for suffix in (".md", ".json", ".js", ".css", ".typed"):
        assert any(name.endswith(suffix) for name in packed), suffix


def test_the_installed_command_finds_its_lessons_page_and_schema(
    wheel: Path, tmp_path: Path
) -> None:
    place = tmp_path / "installed"
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(place)]
    _run([sys.executable, *install, str(wheel)], tmp_path)
    command = str(place / "bin" / "densetrace")

    def densetrace(*arguments: str) -> str:
        return _run([command, *arguments], tmp_path, PYTHONPATH=str(place), PYTHONSAFEPATH="1")

    found = _run(
        [sys.executable, "-c", "import densetrace; print(densetrace.__file__)"],
        tmp_path, PYTHONPATH=str(place), PYTHONSAFEPATH="1",
    )  # fmt: skip
    assert Path(found.strip()).is_relative_to(place)
    assert "kernel = add_weight('kernel')" in densetrace("explain", "Dense(2)")
    assert "were met" in densetrace("demo", "glorot", "--check")
    densetrace("explain", "Dense(2)", "-o", "dense.html")
    assert (tmp_path / "dense.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert (place / "densetrace" / "data" / "trace.schema.json").is_file()
