"""A Keras script as a person hands it over: loaded, then run on our stack as Python would run it.

script = Script.load("lesson.py")
with recording(recorder):
    outcome = run_script(script, ["--epochs", "3"])
"""

import os
import sys
import sysconfig
import tokenize
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import Self

from densetrace.engines import Engine
from densetrace.errors import RequestError, did_you_mean, shown
from densetrace.sources.failures import ScriptError, not_provided, script_error
from densetrace.sources.standins import called_keras, stand_ins

MAX_BYTES = 10_000_000
LINE_SHOWN = 200
PATH_SHOWN = 80
# Ours, and the library whose compiled parts must never be loaded twice.
KEPT = ("densetrace", "numpy")


@dataclass(frozen=True, slots=True)
class Script:
    """A script that has been read and compiled: `path` as given, `file` absolute."""

    path: str
    file: Path
    text: str
    code: CodeType

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read and compile a script; its coding line is honoured.

        Raises:
            RequestError: when there is no such file, it cannot be read or it is not Python.
        """
        given = os.fspath(path)
        file = Path(os.path.abspath(given))
        text = _read(given, file)
        return cls(given, file, text, _compile(given, file, text))


@dataclass(frozen=True, slots=True)
class ScriptOutcome:
    """How a script ended: its exit code, what it said on leaving, and its error if it raised one.

    `message` is the text a script gave to `sys.exit("text")`, which belongs on standard error.
    """

    code: int = 0
    message: str = ""
    error: ScriptError | None = None


def run_script(
    script: Script, arguments: Sequence[str] = (), engine: Engine | None = None
) -> ScriptOutcome:
    """Run a script as `__main__`, with the stand-ins for TensorFlow and Keras in place.

    With an engine that is a real Keras, the script finds that one instead of the stand-ins.

    Afterwards `sys.modules`, `sys.argv`, `sys.path` and the working folder are what they were.
    Its output goes where it sends it. KeyboardInterrupt passes through.

    Raises:
        RequestError: when the script uses what the stand-ins lack, naming its line.
    """
    main = ModuleType("__main__")
    vars(main).update(
        __file__=str(script.file), __builtins__=__builtins__, __cached__=None, __package__=None
    )
    provided = called_keras(engine) if engine is not None and engine.is_real else stand_ins()
    with provided, _as_main(main, script, arguments):
        try:
            exec(script.code, vars(main))  # noqa: S102 # it is their own script
        except SystemExit as leaving:
            return _left(leaving)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            if refusal := not_provided(error, script.file):
                raise refusal from None
            return ScriptOutcome(code=1, error=script_error(error))
    return ScriptOutcome()


def _left(leaving: SystemExit) -> ScriptOutcome:
    """What Python's own exit does with the code: an integer, None for 0, anything else is said."""
    if leaving.code is None:
        return ScriptOutcome()
    if isinstance(leaving.code, int):
        return ScriptOutcome(code=leaving.code & 0xFF)
    return ScriptOutcome(code=1, message=str(leaving.code))


@contextmanager
def _as_main(main: ModuleType, script: Script, arguments: Sequence[str]) -> Iterator[None]:
    """Let the interpreter look, for a while, as if it had been started with this script."""
    folder = str(script.file.parent)
    before = dict(sys.modules)
    saved_argv, saved_path, saved_main = sys.argv, sys.path, before.get("__main__")
    working_folder = _working_folder()
    sys.argv = [script.path, *arguments]
    sys.path = [folder, *saved_path]
    sys.modules["__main__"] = main
    try:
        yield
    finally:
        sys.argv, sys.path = saved_argv, saved_path
        if saved_main is None:
            del sys.modules["__main__"]
        else:
            sys.modules["__main__"] = saved_main
        _forget_modules_of(folder, before)
        if working_folder is not None:
            with suppress(OSError):
                os.chdir(working_folder)


def _working_folder() -> str | None:
    try:
        return os.getcwd()
    except OSError:  # it was deleted under us, so there is nothing to come back to
        return None


def _forget_modules_of(folder: str, before: dict[str, ModuleType]) -> None:
    """Drop what the script imported from its own folder: it may hold on to the stand-ins."""
    libraries = tuple(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))
    for name, module in list(sys.modules.items()):
        if name in before or name.partition(".")[0] in KEPT:
            continue
        file = getattr(module, "__file__", None) or ""
        if file.startswith(folder + os.sep) and not file.startswith(libraries):
            del sys.modules[name]


def _read(given: str, file: Path) -> str:
    if file.is_dir():
        raise RequestError(
            f"A script is a file, not a folder. Received: {_named(given)}", "Name the .py file."
        )
    if not file.exists():
        neighbours = [path.name for path in _siblings(file)]
        raise RequestError(
            f"There is no such script. Received: {_named(given)}",
            did_you_mean(file.name, neighbours),
        )
    if not file.is_file():
        raise RequestError(f"A script is an ordinary file. Received: {_named(given)}")
    try:
        if file.stat().st_size > MAX_BYTES:
            raise RequestError(
                f"A script has at most {MAX_BYTES:,} bytes. Received: {_named(given)}"
            )
        with tokenize.open(file) as stream:
            return stream.read()
    except (SyntaxError, UnicodeDecodeError) as error:
        # SyntaxError comes from a coding line that names no encoding.
        raise RequestError(
            f"A script is text in UTF-8, or in what its coding line says. "
            f"Received: {_named(given)}: {shown(str(error))}"
        ) from error
    except OSError as error:
        raise RequestError(
            f"This script cannot be read. Received: {_named(given)}: {error.strerror}"
        ) from error


def _siblings(file: Path) -> list[Path]:
    try:
        return sorted(file.parent.glob("*.py"))
    except OSError:
        return []


def _compile(given: str, file: Path, text: str) -> CodeType:
    try:
        return compile(text, str(file), "exec", dont_inherit=True)
    except SyntaxError as error:
        raise RequestError(_syntax_problem(given, error)) from error
    except (ValueError, RecursionError, MemoryError) as error:
        # A NUL character, or nesting beyond what Python's own parser takes.
        raise RequestError(
            f"{_named(given)} cannot be compiled: {shown(str(error) or type(error).__name__)}"
        ) from error


def _syntax_problem(given: str, error: SyntaxError) -> str:
    """The message, the line and a caret under the place, as Python shows it."""
    problem = f"{_named(given)} is not Python (line {error.lineno or 1}): {shown(error.msg)}"
    line = (error.text or "").rstrip()
    code = line.lstrip()
    if not code or len(code) > LINE_SHOWN:
        return problem
    caret = max(0, (error.offset or 1) - 1 - (len(line) - len(code)))
    return f"{problem}\n    {shown(code, LINE_SHOWN)}\n    {' ' * caret}^"


def _named(path: str) -> str:
    """A path fit for a message: of a long one, the end."""
    return shown(path if len(path) <= PATH_SHOWN else f"...{path[3 - PATH_SHOWN :]}", PATH_SHOWN)
