"""Processes that a script starts import the same Keras as the script, with any start method."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

import densetrace
from densetrace.stepper import loop
from densetrace.system.errors import RequestError
from tests.cli.running import command, environment

SCRIPT: Final = """\
import concurrent.futures, multiprocessing, os, subprocess, sys
import tensorflow as tf
from tensorflow.keras.layers import Dense

class Mine(Dense):
    pass

def made(units):
    layer = Mine(units, activation="relu")
    return layer.units, tf.keras.layers.Layer in type(layer).__mro__, __name__

def main(method):
    with multiprocessing.get_context(method).Pool(2) as pool:
        print(pool.map(made, [1, 2]))
    multiprocessing.set_start_method(method, force=True)
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        print(list(pool.map(made, [3])))
    process = multiprocessing.Process(target=made, args=(4,), name="ignore")
    process.start()
    process.join()
    print("exit code", process.exitcode)
    code = "import sys; print([name for name in sys.modules if 'densetrace' in name])"
    print(subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE).stdout.decode())

if __name__ == "__main__":
    main(sys.argv[1])
    Dense(3)
"""


def ran(
    script: Path, *arguments: str, cwd: Path, file: Path | None = None
) -> "subprocess.CompletedProcess[str]":
    options = ["--level", "user"] if file is None else ["-o", str(file)]
    return subprocess.run(
        command(["run", *options, str(script), *arguments]),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment({"PYTHONWARNINGS": "ignore"}),
        timeout=100,
        check=False,
    )


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_every_start_method_works(method: str, tmp_path: Path) -> None:
    folder = tmp_path / "scripts"
    folder.mkdir()
    script = folder / "lesson.py"
    script.write_text(SCRIPT)
    ended = ran(script, method, cwd=tmp_path)
    name = "__main__" if method == "fork" else "__mp_main__"
    assert (ended.returncode, ended.stderr) == (0, "")
    pool, executor, process, plain, *shown = ended.stdout.splitlines()
    assert pool == str([(1, True, name), (2, True, name)])
    assert executor == str([(3, True, name)])
    assert process == "exit code 0"
    assert plain == "[]"
    # Only the process of the script is traced.
    assert "\n".join(shown).count("a Dense layer") == 1


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_a_script_whose_layers_run_in_other_processes_gets_a_message(
    method: str, tmp_path: Path
) -> None:
    script, file = tmp_path / "lesson.py", tmp_path / "trace.json"
    script.write_text(SCRIPT.replace("    Dense(3)\n", ""))
    ended = ran(script, method, cwd=tmp_path)
    assert "Nothing was recorded in this process. Processes that" in ended.stdout
    assert "No Keras code ran" not in ended.stdout
    saved = ran(script, method, cwd=tmp_path, file=file)
    assert saved.returncode == 0
    trace = densetrace.load(file)
    assert (trace.steps, trace.outcome["other_processes"]) == ((), True)
    with pytest.raises(RequestError, match=r"nothing was recorded in this process\. Processes"):
        loop.step(trace)


def test_a_script_that_only_imports_multiprocessing_gets_no_message(tmp_path: Path) -> None:
    script = tmp_path / "lesson.py"
    script.write_text(
        "import multiprocessing.dummy as threads\nthreads.Process(target=print).start()\n"
    )
    assert "other_processes" not in densetrace.run(script).trace.outcome


def test_a_process_fails_as_in_python(tmp_path: Path) -> None:
    script = tmp_path / "lesson.py"
    script.write_text(
        "import multiprocessing\n"
        "from keras.layers import Dense\n"
        "def fails(units):\n"
        "    Dense(units).build(None)\n"
        "if __name__ == '__main__':\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "        pool.map(fails, [2])\n"
    )
    ended = ran(script, cwd=tmp_path)
    assert ended.returncode == 1
    assert "fails" in ended.stderr
    assert ended.stderr.count("densetrace/sources") == 0


def test_multiprocessing_is_restored(tmp_path: Path) -> None:
    """Whether it was imported before the script or by it."""
    (tmp_path / "lesson.py").write_text("import multiprocessing.spawn\n")
    code = (
        "import sys, densetrace\n"
        "if sys.argv[1] == 'before': import multiprocessing.spawn\n"
        "finders = list(sys.meta_path)\n"
        "densetrace.run('lesson.py')\n"
        "import multiprocessing.spawn as spawn\n"
        "assert spawn.get_preparation_data.__module__ == 'multiprocessing.spawn'\n"
        "assert not hasattr(spawn.process.BaseProcess.start, '__wrapped__')\n"
        "assert sys.meta_path == finders\n"
        "assert 'densetrace' not in spawn.get_preparation_data('x')\n"
    )
    for when in ("before", "within"):
        subprocess.run(
            [sys.executable, "-c", code, when],
            cwd=tmp_path,
            env=environment({}),
            check=True,
            timeout=60,
        )
