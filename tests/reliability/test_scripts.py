"""The process is restored after a script; an interrupted script is shown up to that point."""

import builtins
import codecs
import decimal
import encodings
import gc
import json
import logging
import os
import pathlib
import pkgutil
import re
import resource
import signal
import subprocess
import sys
import textwrap
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import densetrace
from densetrace import api, keras
from densetrace.sources.script.script import Script, ScriptOutcome, run_script
from tests.cli.running import command, environment, killed_on_failure

CHANGES = """
    import builtins, decimal, logging, os, signal, sys, threading, types, warnings
    import keras, helper, made_up_folder.inner
    from keras.layers import Conv3D, Dense  # the list of real names is read by now
    sys.path.append("x"); sys.argv.append("y")
    sys.meta_path.append(object()); sys.path_hooks.clear()
    sys.stdout = sys.stderr = open(os.devnull, "w")
    sys.excepthook = sys.displayhook = threading.excepthook = print
    sys.modules["json"] = sys.modules["invented"] = types.ModuleType("json")
    del sys.modules["numpy"]
    sys.setrecursionlimit(5000); sys.settrace(lambda *a: None); sys.setprofile(lambda *a: None)
    builtins.open = None; builtins.invented = 1
    os.environ["INVENTED"] = "1"; os.environ.pop("HOME", None); os.environ = {}
    os.chdir("/")
    warnings.simplefilter("ignore"); warnings.showwarning = None
    signal.signal(signal.SIGUSR1, lambda *a: None); signal.setitimer(signal.ITIMER_REAL, 999)
    logging.basicConfig(level=1); logging.disable(50)
    decimal.getcontext().prec = 3
    keras.backend.set_floatx("float64"); keras.backend.set_epsilon(0.5)
    keras.utils.get_custom_objects()["invented"] = int
    threading.Thread(target=lambda: None).start()
    import gc, re, pathlib, resource, codecs
    re.compile = pathlib.Path.__init__ = None; re.len = re.sub.__code__
    gc.disable(); gc.set_threshold(1, 2, 3); gc.callbacks.append(print)
    os.umask(0o123); sys.set_int_max_str_digits(700); sys.setswitchinterval(0.5)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
    resource.setrlimit(resource.RLIMIT_NOFILE, (99, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    codecs.register_error("replace", codecs.lookup_error("ignore"))
"""
"""Changes that a script may make to its process."""

ENDINGS = {
    "ends": "pass",
    "raises": "1 / 0",
    "exits": "sys.exit(3)",
    "is interrupted": "raise KeyboardInterrupt",
    "reaches for what is not there": "keras.layers.Conv3D(1, 2)",
    "deletes what it needs": "sys.modules.clear()",
}


def state() -> dict[str, Any]:
    """Return the state of the process to compare; some objects by identity."""
    modules = {name: id(module) for name, module in sys.modules.items()}
    return {
        "modules": modules,
        "lists": [(id(x), list(map(str, x))) for x in (sys.argv, sys.path, sys.path_hooks)],
        "meta_path": list(map(id, sys.meta_path)),
        "streams": [id(sys.stdin), id(sys.stdout), id(sys.stderr)],
        "hooks": [sys.excepthook, sys.displayhook, threading.excepthook],
        "limits": [sys.getrecursionlimit(), sys.gettrace(), sys.getprofile(), gc.isenabled()],
        "builtins": dict(vars(builtins)),
        "environment": (id(os.environ), dict(os.environ), os.getcwd()),
        "warnings": (list(warnings.filters), warnings.showwarning),
        "signals": [signal.getsignal(number) for number in signal.valid_signals()],
        "logging": [logging.root.level, list(logging.root.handlers), logging.root.manager.disable],
        "decimal": decimal.getcontext().prec,
        "keras": [keras.backend.floatx(), keras.backend.epsilon()],
        "custom": dict(keras.utils.get_custom_objects()),
        "finders": set(sys.path_importer_cache),
        "names": [re.compile, vars(pathlib.Path).get("__init__"), hasattr(re, "len")],
        "garbage": [gc.get_threshold(), gc.callbacks],
        "process": [umask(), sys.get_int_max_str_digits(), sys.getswitchinterval(), os._exit],
        "mask": signal.pthread_sigmask(signal.SIG_BLOCK, ()),
        "limits of the system": resource.getrlimit(resource.RLIMIT_NOFILE),
        "encoding errors": codecs.lookup_error("replace"),
    }


def umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def written(folder: Path, text: str, name: str = "lesson.py") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(textwrap.dedent(text))
    return path


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_process_is_restored(tmp_path: Path, ending: str) -> None:
    written(tmp_path, "from keras.layers import Dense", "helper.py")
    written(tmp_path / "made_up_folder", "", "inner.py")
    path = written(tmp_path, CHANGES + "    " + ENDINGS[ending])
    densetrace.Input(
        (1,)
    )  # imports the stack, so that its changes are not attributed to the script
    before = state()
    stop = api.run(path).trace.stop
    how = {"is interrupted": "interrupted", "reaches for what is not there": "refused"}
    assert stop is None or stop.how == how.get(ending, "raised")
    after = state()
    for what, was in before.items():
        if what == "modules":  # a library that was imported meanwhile remains imported
            new = {name: after[what].pop(name) for name in after[what].keys() - was.keys()}
            assert not {"helper", "made_up_folder", "made_up_folder.inner", "invented"} & set(new)
            assert not [name for name in new if name.partition(".")[0] in ("keras", "tensorflow")]
        assert after[what] == was, what


@pytest.mark.parametrize("of_script", [0, 999])
@pytest.mark.parametrize("of_caller", [(0.0, 0.0), (600.0, 0.0), (600.0, 60.0)])
def test_a_timer_of_the_caller_continues_and_one_of_the_script_is_cleared(
    tmp_path: Path, of_script: int, of_caller: tuple[float, float]
) -> None:
    path = written(tmp_path, f"import signal; signal.setitimer(signal.ITIMER_REAL, {of_script})")
    limit = signal.getitimer(signal.ITIMER_REAL)  # the time limit of this test
    try:
        signal.setitimer(signal.ITIMER_REAL, *of_caller)
        api.run(path)
        left = signal.getitimer(signal.ITIMER_REAL)
    finally:
        signal.setitimer(signal.ITIMER_REAL, *limit)
    assert left == pytest.approx(of_caller, abs=60)
    assert left[0] <= of_caller[0]


def test_a_second_script_imports_its_own_neighbours(tmp_path: Path) -> None:
    for number in ("1", "2"):
        folder = tmp_path / number
        written(folder, f"NUMBER = {number}", "neighbour.py")
        written(folder / "space", f"NUMBER = {number}", "inner.py")
        same = f"neighbour.NUMBER == space.inner.NUMBER == {number}"
        text = f"import neighbour, space.inner\nassert {same}"
        assert run_script(Script.load(written(folder, text))) == ScriptOutcome()


def test_a_neighbour_takes_precedence_over_a_module_of_the_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_the_caller = type(sys)("neighbour")
    monkeypatch.setitem(sys.modules, "neighbour", of_the_caller)
    written(tmp_path, "", "neighbour.py")
    script = Script.load(written(tmp_path, "import neighbour\nassert neighbour.__file__"))
    assert run_script(script) == ScriptOutcome()
    assert sys.modules["neighbour"] is of_the_caller


def test_an_edited_script_shows_its_new_lines(tmp_path: Path) -> None:
    for units in ("3", "4"):
        path = written(tmp_path, f"from keras.layers import Dense\nlayer = Dense({units})")
        where = api.run(path).trace.find("new")[0].where
        assert where is not None
        assert where.text == f"layer = Dense({units})"


@pytest.mark.parametrize(
    ("leaving", "code", "said"),
    [
        ("True", 1, ""),
        ("-1", 255, ""),
        ("2**70", 255, ""),
        ("3.7", 1, "3.7"),
        ("(1, 2)", 1, "(1, 2)"),
        ("type('Odd', (), {'__str__': lambda self: 1 / 0})()", 1, ""),
    ],
)
def test_exit_codes_equal_those_of_python(
    tmp_path: Path, leaving: str, code: int, said: str
) -> None:
    text = f"import sys\nsys.exit({leaving})"
    path = written(tmp_path, text)
    assert run_script(Script.load(path)) == ScriptOutcome(code, said)
    python = subprocess.run([sys.executable, str(path)], capture_output=True, check=False)
    assert python.returncode == code


def test_a_forked_process_ends_with_the_script(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
        import os
        from keras.layers import Dense
        child = os.fork()
        Dense(2)
        if child:
            os.waitpid(child, 0)
        """,
    )
    ended = in_process("run", "--format", "json", str(path))
    assert ended.returncode == 0
    assert len(densetrace.Trace.loads(ended.stdout).find("new")) == 1


def in_process(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command(arguments), capture_output=True, text=True, env=environment({}), check=False
    )


# -- Ctrl-C and SIGTERM ----------------------------------------------------------------------------

SLOW = """
    import time
    from keras.layers import Dense
    layer = Dense(3)
    print("ready", flush=True)
    time.sleep(30)
    Dense(4)
"""


@pytest.fixture
def interrupted(tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Runs a command, sends a signal when the script prints "ready", and returns the exit code and
    all output."""

    def interrupted(*arguments: str, number: int = signal.SIGINT) -> tuple[int, str]:
        process = subprocess.Popen(
            command(arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment({}),
        )
        assert process.stdout is not None
        with process, killed_on_failure(process):
            said = ""
            while "ready" not in said:
                block = os.read(process.stdout.fileno(), 1000)
                assert block, f"ended without being ready: {said}"
                said += block.decode()
            process.send_signal(number)
            rest, _ = process.communicate(timeout=30)
        return process.returncode, said + rest.decode()

    return interrupted


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (["run"], [], "✗ Interrupted at line "),
        (["why"], ["dense.units"], "Why dense.units is 3"),
        (["step", "--format", "plain"], [], "step 1 of "),
        (["diff"], ["Dense(3)"], "interrupted before the second run started"),
        (["diff", "Dense(3)"], [], "Dense(3)"),
    ],
    ids=["run", "why", "step", "diff of it", "diff with it"],
)
def test_ctrl_c_shows_what_was_traced_so_far(
    tmp_path: Path,
    interrupted: Callable[..., tuple[int, str]],
    before: list[str],
    after: list[str],
    shown: str,
) -> None:
    code, said = interrupted(*before, str(written(tmp_path, SLOW)), *after)
    assert code == 130
    assert shown in said
    assert "densetrace/" not in said.partition("Traceback")[2].partition("KeyboardInterrupt")[0]


def test_ctrl_c_writes_what_was_traced_so_far(
    tmp_path: Path, interrupted: Callable[..., tuple[int, str]]
) -> None:
    file = tmp_path / "trace.json"
    code, said = interrupted("run", "-o", str(file), str(written(tmp_path, SLOW)))
    assert code == 130
    assert f"Wrote {file}." in said
    outcome = json.loads(file.read_text())["outcome"]
    assert outcome["exit_code"] == 130
    assert outcome["error_type"] == "KeyboardInterrupt"
    assert outcome["stopped"] == "interrupted"
    assert densetrace.load(file).find("new")[0].result is not None


def test_sigterm_shows_and_writes_what_was_traced_so_far(
    tmp_path: Path, interrupted: Callable[..., tuple[int, str]]
) -> None:
    script, file = str(written(tmp_path, SLOW)), tmp_path / "trace.json"
    code, said = interrupted("run", script, number=signal.SIGTERM)
    assert (code, "✗ Interrupted at line " in said) == (143, True)
    code, said = interrupted("run", "-o", str(file), script, number=signal.SIGTERM)
    assert (code, f"Wrote {file}." in said) == (143, True)
    stop = densetrace.load(file).stop
    assert stop is not None
    assert (stop.how, stop.type, stop.exit_code) == ("interrupted", "Terminated", 143)
    assert in_process("explain", str(file)).returncode == 143


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ("lambda *_: sys.exit(7)", 7),
        ("signal.SIG_DFL", -signal.SIGTERM),
    ],
)
def test_sigterm_runs_the_handler_of_the_script(
    tmp_path: Path, interrupted: Callable[..., tuple[int, str]], setting: str, code: int
) -> None:
    text = f"import signal, sys\nsignal.signal(signal.SIGTERM, {setting})\n"
    script = written(tmp_path, text + textwrap.dedent(SLOW))
    assert interrupted("run", str(script), number=signal.SIGTERM)[0] == code


def test_sigterm_ends_a_process_that_a_script_forked(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
        import multiprocessing, threading, time

        def forked():
            process = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,))
            process.start()
            process.terminate()
            process.join(20)
            print("exit code", process.exitcode)

        forked()
        thread = threading.Thread(target=forked)
        thread.start()
        thread.join()
        """,
    )
    ended = in_process("run", str(path))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.count("exit code -15") == 2


# -- coding lines ----------------------------------------------------------------------------------

CODECS = sorted(
    {module.name for module in pkgutil.iter_modules(encodings.__path__)} - {"aliases"}
    | {"rot13", "hex", "base64", "bz2", "zlib", "uu", "mbcs", "utf8", "no-such-codec"}
)


@pytest.mark.parametrize(
    "body", [b"x = 1\n", b"x = '\\xe4'\n", b"x = '\xe4'\n", b"x = '\xc3\xa4'\n"]
)
def test_a_coding_line_has_the_same_effect_as_in_python(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "lesson.py"
    refused = 0
    for codec in CODECS:
        path.write_bytes(f"# coding: {codec}\n".encode() + body)
        try:
            compile(path.read_bytes(), str(path), "exec")
        except SyntaxError:
            with pytest.raises(densetrace.RequestError):
                Script.load(path)
            refused += 1
        else:
            assert run_script(Script.load(path)) == ScriptOutcome(), codec
    assert 0 < refused < len(CODECS)


@pytest.mark.parametrize("codec", ["rot13", "hex", "zlib", "undefined", "punycode", "mbcs"])
def test_a_codec_that_does_not_return_text_is_refused_in_one_sentence(
    tmp_path: Path, codec: str
) -> None:
    path = written(tmp_path, "x = 1").with_name("odd.py")
    path.write_text(f"# coding: {codec}\nx = 1\n")
    ended = in_process("run", str(path))
    assert ended.returncode == 2
    assert ended.stderr.startswith(
        "Error: A script is text in UTF-8, or in the encoding of its coding line"
    )
    assert ended.stderr.count("\n") == 1
