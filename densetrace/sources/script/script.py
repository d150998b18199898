"""A Keras script: loaded, then run on our stack as Python would run it.

script = Script.load("lesson.py")
with recording(recorder):
    outcome = run_script(script, ["--epochs", "3"])
"""

import builtins
import io
import linecache
import os
import re
import sys
import tokenize
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import copy_context
from dataclasses import dataclass, replace
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Final, NoReturn, Self

from densetrace import keras
from densetrace.data.steps import Stop, Where
from densetrace.data.trace import generation_of
from densetrace.engines import Engine
from densetrace.engines.engine import version_of
from densetrace.recording import tracebacks
from densetrace.recording.source_lines import SourceLines
from densetrace.sources.script import children
from densetrace.sources.script.arguments import arguments_for, were_read
from densetrace.sources.script.failures import (
    ScriptError,
    line_of,
    line_raising,
    not_provided,
    script_error,
)
from densetrace.sources.script.placeholders import NotProvidedError
from densetrace.sources.script.standins import is_provided, provided_by, refusals
from densetrace.sources.script.surroundings import ExitedAtOnce, execute
from densetrace.system import signals
from densetrace.system.errors import RequestError, error_text, shown
from densetrace.system.escape import printable
from densetrace.system.file_input import Kind, read_bytes
from densetrace.system.files import named, working_folder
from densetrace.system.signals import Terminated

SCRIPT = Kind("A script", 10_000_000)
LINE_SHOWN = 200
_PROMPT: Final = re.compile(r"(>>>|\.\.\.)( |$)|(In|Out) ?\[[0-9]*\]:")
_NOTEBOOK_COMMAND: Final = re.compile(r"[!?]|%{1,2}[A-Za-z]|[A-Za-z_]\w*\s*=\s*[!%][A-Za-z]")
_LONG = 2**63
"""Exit codes are C longs; Python exits with 255 for larger ones."""


@dataclass(frozen=True, slots=True)
class Script:
    """A script that has been read and compiled: `path` as given, `file` absolute."""

    path: str
    file: Path
    text: str
    code: CodeType

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read and compile a script from a file or a pipe; its coding line is honoured.

        Raises:
            RequestError: if the file does not exist, cannot be read or is not Python.
        """
        given = os.fspath(path)
        _refuse_other_sources(given)
        text = _text(read_bytes(path, SCRIPT), given)
        if working_folder() is None and not os.path.isabs(given):
            raise RequestError(
                f"The working folder was deleted, so the path {named(given)} cannot be resolved.",
                "Change to another folder, or give the whole path of the script.",
            )
        file = Path(os.path.abspath(given))
        if not file.is_file():  # a pipe, which cannot be read again for source lines
            lines = text.splitlines(keepends=True)
            linecache.cache[str(file)] = (len(text), None, lines, str(file))
        return cls(given, file, text, _compile(given, file, text))


@dataclass(frozen=True, slots=True)
class ScriptOutcome:
    """How a script ended: its exit code, the text for standard error, and what stopped it.

    `message` is the text of `sys.exit("text")`, the traceback of an exception, or the two lines of
    a refusal. `error` is the exception that it raised. `read_arguments` is False if it got
    arguments and neither its text nor a library used them. `other_processes` is True if it started
    processes with multiprocessing, which are not traced.
    """

    code: int = 0
    message: str = ""
    error: ScriptError | None = None
    stop: Stop | None = None
    read_arguments: bool = True
    other_processes: bool = False

    @classmethod
    def stopped(cls, error: BaseException, source_lines: SourceLines, script: Script) -> Self:
        """The outcome of a script that an exception stopped: its own, a refusal of densetrace, or a
        KeyboardInterrupt or SIGTERM."""
        where = line_raising(error, source_lines)
        if refusal := _refusal(error, where, source_lines, script):
            stop = Stop("refused", type(refusal).__name__, refusal.problem, refusal.hint, where)
            return cls(stop.exit_code, error_text(refusal), stop=stop)
        raised = script_error(error)
        if isinstance(error, KeyboardInterrupt | Terminated):
            stop = Stop("interrupted", raised.type, raised.message, where=where)
            place = f" at {line_of(where, script.file.name)}" if where else ""
            return cls(stop.exit_code, f"Interrupted{place}.", raised, stop)
        stop = Stop("raised", raised.type, raised.message, where=where)
        return cls(stop.exit_code, raised.traceback, raised, stop)


def _refuse_other_sources(given: str) -> None:
    """Refuse a saved trace or an expression, with the command that accepts it."""
    is_expression = "(" in given and not os.path.lexists(given)
    if is_expression or (given.lower().endswith(".json") and os.path.isfile(given)):
        quoted = f'"{named(given)}"' if is_expression else named(given)
        raise RequestError(
            f"A script is a Python file. Received: {named(given)}",
            f"Type: densetrace explain {quoted}",
        )


def _refusal(
    error: BaseException, where: Where | None, source_lines: SourceLines, script: Script
) -> RequestError | None:
    """The refusal that ended a script, or None. A library that uses a placeholder may raise an
    error of its own from the same line."""
    first = next(iter(refusals), None)
    if first is not None and not isinstance(error, NotProvidedError) and where is not None:
        file, line = first.at or ("", 0)
        if line == where.line and Path(file).name == Path(where.file).name:
            error = first.error.with_traceback(error.__traceback__)
    return not_provided(error, source_lines, script.file.name)


def run_script(
    script: Script, arguments: Sequence[str] = (), engine: Engine | None = None
) -> ScriptOutcome:
    """Run a script as `__main__`, with the stand-ins for TensorFlow and Keras in place.

    If the engine is a real Keras, the script finds that instead of the stand-ins. A script that
    uses a name the stand-ins lack is stopped there, with exit code 2.

    Afterwards the interpreter is restored (`densetrace.sources.script.surroundings`):
    `sys.modules`, `sys.argv`, `sys.path` and the working folder among others. Output is not
    redirected.

    Raises:
        KeyboardInterrupt, Terminated: if it is interrupted during the cleanup.
    """
    signals.raise_interrupts()  # permanently, so that atexit functions of the script run
    main = ModuleType("__main__")
    vars(main).update(
        __file__=str(script.file), __builtins__=builtins, __cached__=None, __package__=None
    )
    stack = engine.keras if engine is not None else keras
    name = engine.name if engine is not None else "densetrace"
    process = os.getpid()
    given = arguments_for(script.path, script.text, arguments)
    with provided_by(engine), children.prepared_for(name) as started, _restored_settings(stack):
        outcome = _outcome(script, main, given)
        if os.getpid() != process:
            _end_child(outcome)
        is_interrupted = outcome.stop is not None and outcome.stop.how == "interrupted"
        return replace(
            outcome,
            read_arguments=is_interrupted or were_read(given),
            other_processes=bool(started),
        )


def _outcome(script: Script, main: ModuleType, argv: list[str]) -> ScriptOutcome:
    try:
        # In a context of its own, so that context variables (decimal's precision, NumPy's error
        # handling) are restored.
        copy_context().run(_execute, script, main, argv)
    except SystemExit as exit_:
        return _exited(exit_)
    except ExitedAtOnce as exit_:
        return ScriptOutcome(code=exit_.code & 0xFF)
    except BaseException as error:
        return ScriptOutcome.stopped(error, SourceLines(home=script.file.parent), script)
    return ScriptOutcome(message=_caught_refusal_note(script))


def _caught_refusal_note(script: Script) -> str:
    """A note about the first refusal that a script caught and ignored."""
    first = next(iter(refusals), None)
    if first is None:
        return ""
    file, line = first.at or ("", 0)
    where = f"line {line}" if file == str(script.file) else f"{Path(file).name}, line {line}"
    return (
        f"Note: {where} used {shown(first.error.dotted)}, which densetrace does not provide; "
        "the script caught the refusal and continued, which it might not do with Keras."
    )


def _execute(script: Script, main: ModuleType, argv: list[str]) -> None:
    decimal = sys.modules.get("decimal")
    if decimal is not None:  # copied contexts share one settings object
        decimal.setcontext(decimal.getcontext().copy())
    execute(script.code, script.text, main, argv, script.file.parent, is_provided)


def _exited(exit_: SystemExit) -> ScriptOutcome:
    """The outcome of a SystemExit: an integer is the exit code, other values are a message."""
    code = exit_.code
    if code is None:
        return ScriptOutcome()
    if isinstance(code, int):
        return ScriptOutcome(code=int.__and__(code, 0xFF) if -_LONG <= int(code) < _LONG else 0xFF)
    try:
        return ScriptOutcome(code=1, message=str(code))
    except Exception:  # Python prints nothing then
        return ScriptOutcome(code=1)


@contextmanager
def _restored_settings(keras: Any) -> Iterator[None]:
    """Restore the default dtype, the dtype policy, the epsilon, the image format, the filter of
    tracebacks and the custom objects of the stack."""
    backend, custom = keras.backend, keras.utils.get_custom_objects()
    floatx, epsilon, objects = backend.floatx(), backend.epsilon(), dict(custom)
    image_format, filtered = backend.image_data_format(), tracebacks.switch.is_on
    policy = keras.mixed_precision.global_policy().name
    try:
        yield
    finally:
        backend.set_floatx(floatx)
        # In Keras 2, None is the policy that follows the default dtype; Keras 3 has none such.
        follows = policy == floatx and generation_of("keras", version_of(keras)) == 2
        keras.mixed_precision.set_global_policy(None if follows else policy)
        backend.set_epsilon(epsilon)
        backend.set_image_data_format(image_format)
        tracebacks.switch.is_on = filtered
        custom.clear()
        custom.update(objects)


def _end_child(outcome: ScriptOutcome) -> NoReturn:
    """End a process that the script forked, as Python would. Only the original process shows the
    trace."""
    message = outcome.message
    with suppress(Exception):
        sys.stdout.flush()
    with suppress(Exception):
        sys.stderr.write(printable(message.rstrip("\n")) + "\n" if message else "")
        sys.stderr.flush()
    os._exit(outcome.code)


def _text(data: bytes, given: str) -> str:
    """The text of a script, decoded by its coding line."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return io.TextIOWrapper(io.BytesIO(data), encoding).read()
    except (SyntaxError, LookupError, UnicodeError) as error:
        # The coding line names no encoding (SyntaxError) or a codec that is not a text encoding
        # (LookupError), or the bytes are invalid.
        raise RequestError(
            f"A script is text in UTF-8, or in the encoding of its coding line. "
            f"Received: {named(given)}: {shown(str(error))}"
        ) from error


def _compile(given: str, file: Path, text: str) -> CodeType:
    try:
        return compile(text, str(file), "exec", dont_inherit=True)
    except SyntaxError as error:
        raise RequestError(_syntax_problem(given, error), _syntax_hint(error)) from error
    except (ValueError, RecursionError, MemoryError) as error:
        # A NUL character, or nesting too deep for Python's parser.
        raise RequestError(
            f"{named(given)} cannot be compiled: {shown(str(error) or type(error).__name__)}"
        ) from error


def _syntax_hint(error: SyntaxError) -> str:
    """A hint for a line that is valid only in a notebook or after a prompt."""
    line = (error.text or "").strip()
    if _PROMPT.match(line):
        return "The line contains a prompt. Remove all prompts and the lines that show results."
    if _NOTEBOOK_COMMAND.match(line):
        return "The line is a notebook command, not Python. Remove it."
    return ""


def _syntax_problem(given: str, error: SyntaxError) -> str:
    """The message, the line and a caret under the position, as Python shows it."""
    problem = f"{named(given)} is not Python (line {error.lineno or 1}): {shown(error.msg)}"
    line = (error.text or "").rstrip()
    code = line.lstrip()
    if not code or len(code) > LINE_SHOWN:
        return problem
    caret = max(0, (error.offset or 1) - 1 - (len(line) - len(code)))
    return f"{problem}\n    {shown(code, LINE_SHOWN)}\n    {' ' * caret}^"
