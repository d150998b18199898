"""The trace of a script is shown whatever the script has done to its process."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from densetrace.data.trace import Trace
from tests.cli.running import command, environment
from tests.reliability.forks import Forks

NO_FILES: Final = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))"

BEGINNING: Final = """\
import sys, os
from keras.layers import Dense
from keras.utils import set_random_seed
set_random_seed(1)  # the numbers of weights are shown
layer = Dense(3)
layer.build((None, 2))
"""

NULLED: Final = """
for name in list(vars({module})):
    if not name.startswith("__"):
        setattr({module}, name, None)
"""

LEAVES_BEHIND: Final = {
    # Standard streams.
    "stdout detached": "sys.stdout.detach()",
    "stderr detached": "sys.stderr.detach()",
    "both detached": "sys.stdout.detach(), sys.stderr.detach()",
    "stdin detached": "sys.stdin.detach()",
    "stdout closed": "sys.stdout.close()",
    "stderr closed": "sys.stderr.close()",
    "buffer closed": "sys.stdout.buffer.close()",
    "buffer detached": "sys.stdout.buffer.detach()",
    "file closed": "sys.stdout.buffer.raw.close()",
    "stdout is None": "sys.stdout = sys.stderr = sys.stdin = None",
    "stdout deleted": "del sys.stdout, sys.stderr, sys.stdin",
    "stdout is an object": "sys.stdout = sys.stderr = object()",
    "no first streams": "sys.__stdout__ = sys.__stderr__ = sys.__stdin__ = None",
    "stdout raises": """
class Raises:
    def write(self, text): raise ValueError
    def flush(self): raise SystemExit(5)
sys.stdout = sys.stderr = Raises()
""",
    "stdout wrapped": """
import io
sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", line_buffering=True)
""",
    "stdout wrapped in a cycle": """
import io
class Kept: pass
kept = Kept()
kept.kept, kept.stream = kept, io.TextIOWrapper(sys.stdout.buffer)
""",
    "stdout detached and wrapped": """
import codecs
sys.stdout = codecs.getwriter("utf-8")(sys.stdout.detach())
""",
    "write is patched": "sys.stdout.write = sys.stdout.flush = sys.stderr.write = None",
    "stdout reconfigured": "sys.stdout.reconfigure(encoding='utf-16', errors='strict')",
    "stdout does not wait": "os.set_blocking(1, False)",
    "descriptor 1 closed": "os.close(1)",
    "descriptor 2 closed": "os.close(2)",
    "descriptors closed": "os.close(0), os.close(1), os.close(2)",
    "descriptor 1 redirected": "os.dup2(os.open(os.devnull, os.O_WRONLY), 1)",
    # Library and built-in names.
    "re": "import re; re.compile = re.sub = re.fullmatch = None",
    "json": "import json; json.dumps = json.loads = None",
    "os.path": "os.path.join = os.getcwd = os.fspath = os.path.realpath = None",
    "traceback": "import traceback; traceback.TracebackException = None",
    "linecache": "import linecache; linecache.getlines = linecache.cache = None",
    "contextlib": "import contextlib; contextlib.ExitStack.__exit__ = None\n"
    "contextlib._GeneratorContextManager.__exit__ = None",
    "pathlib": "import pathlib; pathlib.Path.__init__ = pathlib.PurePath.__fspath__ = None\n"
    "pathlib.PurePath.__getattribute__ = None",
    "functools and the like": "import functools, itertools, operator, types, enum, dataclasses\n"
    + "".join(
        NULLED.format(module=module)
        for module in ("functools", "itertools", "operator", "types", "enum", "dataclasses")
    ),
    "numpy": "import numpy" + NULLED.format(module="numpy"),
    "rich and typer": "import rich.console, rich.cells, rich.style, typer.core\n"
    "rich.console.Console = rich.cells.cell_len = rich.style.Style = typer.core = None",
    "densetrace": "import densetrace.terminal.output\n"
    "import densetrace.recording.hooks, densetrace.data.values\n"
    + NULLED.format(module="densetrace.recording.hooks")
    + "densetrace.terminal.output.show = densetrace.data.values.Text.__init__ = None",
    "a built-in name": "import builtins; builtins.len = builtins.isinstance = None",
    "import": "import builtins; builtins.__import__ = None",
    "print": "import builtins; del builtins.print",
    "all built-in names": "import builtins; vars(builtins).clear()",
    "a hidden built-in name": "import re, json; re.len = json.isinstance = None",
    "sys": NULLED.format(module="sys"),
    "nothing in sys": "vars(sys).clear()",
    "all libraries": """
for namespace in [vars(module) for name, module in sys.modules.items() if name != "__main__"]:
    if type(namespace) is dict and namespace["__name__"] != "builtins":
        for name in [name for name in namespace if not name.startswith("__")]:
            namespace[name] = None
""",
    # The import system.
    "no modules": "sys.modules.clear()",
    "modules is None": "sys.modules = None",
    "None for modules": "for name in list(sys.modules): sys.modules[name] = None",
    "no finders": "sys.meta_path.clear(), sys.path_hooks.clear(), sys.path.clear()",
    "a finder raises": """
class Raises:
    def find_spec(self, *args): raise ValueError
sys.meta_path.insert(0, Raises())
""",
    # Tracers, hooks and signals.
    "a tracer": "sys.settrace(lambda *args: 1 / 0)",
    "a tracer of threads": "import threading; threading.settrace(lambda *args: 1 / 0)",
    "an audit hook": "sys.addaudithook(lambda *args: 1 / 0)",
    "an audit hook that exits": "sys.addaudithook(lambda *args: sys.exit(7))",
    "garbage": "import gc; gc.disable(); gc.freeze(); gc.set_debug(gc.DEBUG_STATS)\n"
    "gc.callbacks.append(lambda *args: 1 / 0)",
    "warnings": "import warnings; warnings.simplefilter('error'); warnings.warn = None",
    "signals": "import signal; signal.signal(signal.SIGALRM, lambda *args: 1 / 0)\n"
    "signal.setitimer(signal.ITIMER_PROF, 0.06)\n"
    "signal.setitimer(signal.ITIMER_REAL, 0.03)",
    "hooks": "sys.excepthook = sys.unraisablehook = sys.displayhook = None",
    # The process.
    "recursion": "sys.setrecursionlimit(len(__import__('inspect').stack()) + 15)",
    "environment": "os.environ.clear(); os.environ = None",
    "no folder": "import tempfile; folder = tempfile.mkdtemp(); os.chdir(folder)\nos.rmdir(folder)",
    "locale": "import locale; locale.setlocale(locale.LC_ALL, 'C'); locale.setlocale = None",
    "an encoding's errors": "import codecs\n"
    "codecs.register_error('backslashreplace', lambda error: 1 / 0)",
    "too many files": """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 1000))
sys.kept = []
try:
    while True:
        sys.kept.append(open(os.devnull))
except OSError:
    pass
""",
    "digits": "sys.set_int_max_str_digits(640)",
    "umask": "os.umask(0o777)",
    "no processes": "import resource; resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))",
    "no memory": "import resource; resource.setrlimit(resource.RLIMIT_AS, (1, 1 << 40))",
    "a thread": "import threading\n"
    "thread = threading.Thread(target=sys.exit, args=(4,)); thread.start(); thread.join()",
}
"""Scripts that end without an error and without output."""


def in_process(*arguments: str, **changes: str) -> "subprocess.CompletedProcess[bytes]":
    """Run the command in a new process, which imports only what it needs."""
    return subprocess.run(
        command(arguments),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=environment(changes),
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def usual(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The output for a script that does nothing more."""
    ended = forks.run(["run", str(written(tmp_path_factory.mktemp("usual"), ""))])
    assert (ended.code, ended.stderr) == (0, b"")
    assert b"46 steps" in ended.stdout
    return ended.stdout


def written(folder: Path, text: str) -> Path:
    script = folder / "script.py"
    script.write_text(BEGINNING + text + "\n")
    return script


@pytest.mark.parametrize("name", LEAVES_BEHIND)
def test_the_trace_is_shown(name: str, forks: Forks, usual: bytes, tmp_path: Path) -> None:
    ended = forks.run(["run", str(written(tmp_path, LEAVES_BEHIND[name]))])
    assert (ended.code, ended.stderr) == (0, b"")
    assert ended.stdout == usual


@pytest.mark.parametrize(
    "name", ["stdout detached", "stdout wrapped", "rich and typer", "all libraries"]
)
@pytest.mark.parametrize("changes", [{}, {"FORCE_COLOR": "1", "TERM": "xterm-256color"}])
def test_the_trace_is_shown_in_a_new_process(
    name: str, changes: dict[str, str], tmp_path: Path
) -> None:
    """Like the test above, in a process that imports only what it needs."""
    ended = in_process("run", str(written(tmp_path, LEAVES_BEHIND[name])), **changes)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"46 steps" in ended.stdout
    assert (b"\x1b[" in ended.stdout) == bool(changes)


@pytest.mark.parametrize(
    "form", ["tree", "plain", "json", "html", "svg", "markdown", "chrome", "tree in colour"]
)
def test_every_format_is_shown_if_no_file_can_be_opened(form: str, tmp_path: Path) -> None:
    """Except for source lines of the mirror, which are read after the script."""
    colour = {"FORCE_COLOR": "1", "TERM": "xterm-256color"} if "colour" in form else {}
    script = written(tmp_path, NO_FILES)
    ended = in_process("run", "--format", form.partition(" ")[0], str(script), **colour)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"glorot_uniform" in ended.stdout
    if form == "json":
        assert sum(1 for _ in Trace.loads(ended.stdout.decode()).walk()) == 46


@pytest.mark.parametrize("arguments", [["why", "kernel"], ["step"], ["diff", "Dense(3)"]])
def test_other_commands_show_the_trace(arguments: list[str], forks: Forks, tmp_path: Path) -> None:
    verb, *rest = arguments
    for name in ("stdout wrapped", "stdin detached", "all libraries", "a tracer"):
        script = written(tmp_path, LEAVES_BEHIND[name])
        ended = forks.run([verb, str(script), *rest])
        assert (ended.code, ended.stderr) == (1 if verb == "diff" else 0, b"")
        assert b"dense" in ended.stdout.lower()


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("os._exit(5)", 5, ""),
        ("import atexit; atexit.register(os._exit, 6)", 6, ""),
        ("sys.stdout.detach()\nsys.exit(3)", 3, ""),
        ("import builtins; vars(builtins).clear()\n1 / None", 1, "TypeError: unsupported operand"),
        ("sys.excepthook = sys.stderr = None\n1 / 0", 1, "ZeroDivisionError: division by zero\n"),
        ("import traceback; traceback.TracebackException = None\n1 / 0", 1, "ZeroDivisionError"),
        ("def watch(*args): raise KeyError('watched')\nsys.setprofile(watch)", 1, "'watched'"),
        ("class E(Exception):\n def __str__(self): sys.exit(9)\nraise E", 1, "E: <exception str()"),
        ("class E(Exception):\n __notes__ = property(lambda self: 1 / 0)\nraise E", 1, "E"),
        ("class M(type): __name__ = 1\nclass E(Exception, metaclass=M): pass\nraise E", 1, "E"),
        ("class E(AttributeError): name = property(lambda self: 1 / 0)\nraise E", 1, "E"),
        ("class E(Exception): __cause__ = property(lambda self: 1 / 0)\nraise E", 1, "E"),
        ("class E(SyntaxError): lineno = property(lambda self: 1 / 0)\nraise E", 1, "E"),
    ],
)
def test_the_exit_code_is_that_of_the_script(
    text: str, code: int, said: str, forks: Forks, tmp_path: Path
) -> None:
    ended = forks.run(["run", str(written(tmp_path, text))])
    assert ended.code == code
    assert said in ended.stderr.decode()
    assert "densetrace/" not in ended.stderr.decode()
    assert "46 steps" in ended.stdout.decode()


def test_a_change_that_cannot_be_undone_is_reported(forks: Forks, tmp_path: Path) -> None:
    script = written(tmp_path, NO_FILES)
    file = tmp_path / "trace.json"
    ended = forks.run(["run", "-o", str(file), str(script)])
    assert ended.code == 2
    assert ended.stderr.decode().startswith("Error: Cannot write ")
    assert "Too many open files" in ended.stderr.decode()
    for arguments in (["quiz", str(script), "--seed", "1"], ["diff", str(script), str(script)]):
        real = in_process(*arguments)
        assert real.returncode == 2
        assert real.stderr.startswith(b"Error: ")
        assert b"Too many open files" in real.stderr
        assert b"Traceback" not in real.stderr


def test_a_file_is_written_although_the_script_used_all_descriptors(
    forks: Forks, tmp_path: Path
) -> None:
    file = tmp_path / "trace.json"
    script = written(tmp_path, LEAVES_BEHIND["too many files"])
    ended = forks.run(["run", "-o", str(file), str(script)])
    assert (ended.code, ended.stderr.decode()) == (0, f"Wrote {file}.\n")
    assert os.stat(file).st_size > 1000


def test_what_a_script_prints_comes_before_its_trace_and_once(tmp_path: Path) -> None:
    """On the original streams and on those that a script creates from them."""
    for wrap in (
        "",
        "import io; sys.stdout = io.TextIOWrapper(sys.stdout.buffer)",
        "import io; sys.stdout = io.TextIOWrapper(sys.stdout.detach())",
        "sys.stdout = sys.__stdout__",
        "sys.stdout = open(1, 'w', closefd=False)",
    ):
        script = written(tmp_path, f"print('first', flush=True)\n{wrap}\nprint('second')")
        for python in ([], ["-u"]):
            ended = subprocess.run(
                [sys.executable, *python, "-m", "densetrace", "run", str(script)],
                capture_output=True,
                env=environment({}),
                timeout=60,
                check=False,
            )
            assert (ended.returncode, ended.stderr) == (0, b"")
            before, _, after = ended.stdout.decode().partition("script.py")
            assert before == "first\nsecond\n"
            assert after.count("46 steps") == 1


def test_output_is_not_written_to_a_file_that_reuses_a_descriptor(tmp_path: Path) -> None:
    """A script closes all descriptors and opens a file: the output is not written to it."""
    file = tmp_path / "mine.txt"
    close = (
        f"os.closerange(3, 200)\nkept = [open({str(file)!r}, 'w') for _ in range(20)]\nos.close(1)"
    )
    ended = in_process("run", str(written(tmp_path, close)))
    assert (ended.returncode, ended.stderr) == (
        2,
        b"Error: Cannot write to standard output: Bad file descriptor.\n",
    )
    assert file.read_text() == ""


def test_standard_output_is_closed_at_the_end(tmp_path: Path) -> None:
    """After the command ends, it holds no pipe open that the script has closed."""
    process = subprocess.Popen(
        command(["run", str(written(tmp_path, "os.close(1)"))]),
        stdout=subprocess.PIPE,
        env=environment({}),
    )
    shown, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert b"46 steps" in shown
