"""Errors of a script as its author sees them: tracebacks without densetrace's own frames."""

import dis
import itertools
import re
import sys
import traceback
from dataclasses import dataclass
from types import CodeType
from typing import Final, TypeAlias

from densetrace.data.names import usual_spelling
from densetrace.data.steps import Where
from densetrace.recording.introspect import facts_of, mro
from densetrace.recording.source_lines import SourceLines
from densetrace.recording.tracebacks import switch
from densetrace.sources.script.frames import is_ours
from densetrace.sources.script.placeholders import NotProvidedError, Placeholder, dotted_of
from densetrace.sources.script.real_names import NOT_PROVIDED, REAL_ENGINE, real_names
from densetrace.sources.script.standins import NotProvided, StandIn
from densetrace.system.errors import RequestError, message_of, shown
from densetrace.system.escape import printable
from densetrace.system.real_home import defining_module
from densetrace.tensorflow.missing import NotInDensetraceError

MIRROR: Final = ("densetrace.keras", "densetrace.tensorflow")
_USUAL: Final = {"EagerTensor": "Tensor", "SymbolicTensor": "Tensor"}
"""Public names of classes whose own name is another."""
_CANNOT_IMPORT: Final = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'")
_TRACEBACK = vars(BaseException)["__traceback__"]
_NAME, _OBJECT = vars(AttributeError)["name"], vars(AttributeError)["obj"]

REQUIRES_A_CLASS = (
    "inherit from BaseException",
    "derive from BaseException",
    "match pattern must be",
)


@dataclass(frozen=True, slots=True)
class ScriptError:
    """An exception that a script left uncaught: its type, its message, and its traceback.

    `traceback` is Python's text without densetrace's own frames, safe to print.
    """

    type: str
    message: str
    traceback: str


def script_error(error: BaseException) -> ScriptError:
    """The record of an uncaught exception, with its causes and contexts."""
    name, message = facts_of(type(error)).name, message_of(error)
    try:
        report = traceback.TracebackException.from_exception(error)
        _remove_our_frames(report)
        lines = [*report.format()]
    except (Exception, SystemExit):  # a class of the script may raise anything here
        frames = traceback.extract_tb(_TRACEBACK.__get__(error))
        kept = [frame for frame in frames if not is_ours(frame.filename)]
        head = "Traceback (most recent call last):\n"
        lines = [head, *traceback.format_list(kept), f"{name}: {message}\n"]
    return ScriptError(name, message, printable("".join(lines)))


def not_provided(
    error: BaseException, source_lines: SourceLines, script: str
) -> RequestError | None:
    """The refusal of a script that used a name densetrace lacks; None for other errors.

    `script` is the name of the script in `source_lines`. The hint says why the name is missing and
    what to do.
    """
    where = line_raising(error, source_lines)
    lacking = _lacking(error, where.text if where else "")
    if lacking is None:
        return None
    name, (said, hint) = lacking
    return RequestError(f"{line_of(where, script)} uses {shown(name)}{said}", hint)


def line_raising(error: BaseException, source_lines: SourceLines) -> Where | None:
    """The line that raised an exception: the innermost line of the user's code, else the innermost
    line outside densetrace."""
    found: tuple[CodeType, int] | None = None
    in_user_code = False
    entry = _TRACEBACK.__get__(error)
    while entry is not None:
        code = entry.tb_frame.f_code
        if not is_ours(code.co_filename) and (source_lines.is_users(code) or not in_user_code):
            in_user_code = in_user_code or source_lines.is_users(code)
            # The frame itself may be in a later `except` or `finally` by now.
            found = code, entry.tb_lasti
        entry = entry.tb_next
    return None if found is None else source_lines.resolve(*found)


def line_of(where: Where | None, script: str) -> str:
    """`line 3`, or `helper.py, line 3` outside the script."""
    if where is None:
        return "The script"
    return f"line {where.line}" if where.file == script else f"{where.file}, line {where.line}"


_Lacking: TypeAlias = tuple[str, tuple[str, str]]
"""A name that densetrace lacks, what is said of it, and a hint."""


def _lacking(error: BaseException, line: str) -> _Lacking | None:
    """The missing name and its refusal, if an error means that densetrace lacks a name."""
    if isinstance(error, TypeError):
        error = _placeholder_as_class(error) or error
    if dotted := _not_imported(error):
        return usual_spelling(dotted), real_names().refusal(dotted, line)
    if isinstance(error, NotProvidedError | NotProvided):
        return usual_spelling(error.dotted), real_names().refusal(error.dotted, line)
    if isinstance(error, AttributeError) and isinstance(name := _NAME.__get__(error), str):
        found = _OBJECT.__get__(error)
        return _missing_attribute(found if issubclass(type(found), type) else type(found), name)
    if isinstance(error, NotInDensetraceError):
        hint = f"{error.reason or 'Keras 2.14 has it'}: {REAL_ENGINE}"
        return error.dotted, (NOT_PROVIDED, hint)
    return None


def _not_imported(error: BaseException) -> str:
    """The name that `from keras.layers import Nope` did not find. Python raises this error itself
    after it has looked for a module of that name."""
    if type(error) is ImportError and (found := _CANNOT_IMPORT.match(message_of(error))):
        return f"{found[2]}.{found[1]}" if type(sys.modules.get(found[2])) is StandIn else ""
    return ""


def _placeholder_as_class(error: TypeError) -> NotProvidedError | None:
    """The refusal of a placeholder in `except`, `raise` or `case`. There Python requires a class
    and calls no method of the placeholder."""
    frames = list(traceback.walk_tb(_TRACEBACK.__get__(error)))
    if not frames or not any(words in str(error) for words in REQUIRES_A_CLASS):
        return None
    frame, line = frames[-1]
    operand: object = None
    for step in dis.get_instructions(frame.f_code):
        if step.positions is None or step.positions.lineno != line:
            continue
        if step.opname.startswith("LOAD_ATTR"):
            operand = vars(operand).get(step.argval) if type(operand) is StandIn else None
        elif step.opname.startswith(("LOAD_NAME", "LOAD_GLOBAL", "LOAD_FAST", "LOAD_DEREF")):
            operand = frame.f_locals.get(step.argval, frame.f_globals.get(step.argval))
        if type(operand) is Placeholder:
            return NotProvidedError(dotted_of(operand))
    return None


def _missing_attribute(owner: type, name: str) -> _Lacking | None:
    """A missing attribute, if `owner` is one of our classes and Keras's class has the attribute."""
    bases = mro(owner)
    if any(name in vars(cls) for cls in bases):
        return None  # the attribute exists; its own code raised the error
    for cls in bases:
        known = (
            real_names().members(cls.__name__) if defining_module(cls).startswith(MIRROR) else ()
        )
        if name in known:
            library = "Keras" if defining_module(cls).startswith(MIRROR[0]) else "TensorFlow"
            usual = _USUAL.get(cls.__name__, cls.__name__)
            return f"{usual}.{name}", (NOT_PROVIDED, f"{library} 2.14 has it: {REAL_ENGINE}")
    return None


def _remove_our_frames(report: traceback.TracebackException) -> None:
    """Remove our frames from a traceback, its causes, contexts and groups. If the script switched
    filtering off, remove only those that run the script."""
    if not switch.is_on:
        inside = itertools.dropwhile(lambda frame: is_ours(frame.filename), report.stack)
        report.stack = traceback.StackSummary.from_list(list(inside))
        return
    seen: set[int] = set()
    waiting = [report]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        kept = [frame for frame in one.stack if not is_ours(frame.filename)]
        one.stack = traceback.StackSummary.from_list(kept)
        linked = (one.__cause__, one.__context__, *(one.exceptions or ()))
        waiting.extend(link for link in linked if link is not None)
