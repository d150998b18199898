"""What a script's failure looks like to its author: their own lines, and none of ours."""

import dis
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

from densetrace.data.steps import Where
from densetrace.recording.introspect import facts_of, module_of, mro
from densetrace.recording.source_lines import Places
from densetrace.sources.script.placeholders import NotProvidedError, Placeholder, dotted_of
from densetrace.sources.script.real_names import REAL_ENGINE, real_names
from densetrace.sources.script.standins import NotProvided, StandIn, short
from densetrace.system.errors import RequestError, message_of, shown
from densetrace.system.escape import printable

PACKAGE = Path(__file__).parent.parent.parent
MIRROR = "densetrace.keras"
_TRACEBACK = vars(BaseException)["__traceback__"]
_NAME, _OBJECT = vars(AttributeError)["name"], vars(AttributeError)["obj"]
HIDDEN = ("<densetrace", "<frozen importlib", "<frozen runpy")

# Methods of our Model that say by NotImplementedError that there is no such thing, and why.
REFUSED = {
    "Model.__init__": ("Model(inputs, outputs)", "densetrace has no functional models yet"),
    "Model.evaluate": ("Model.evaluate", "densetrace does not train yet"),
    "Model.fit": ("Model.fit", "densetrace does not train yet"),
}


WANTS_A_CLASS = ("inherit from BaseException", "derive from BaseException", "match pattern must be")


@dataclass(frozen=True, slots=True)
class ScriptError:
    """An exception that a script left uncaught: its type, its message, and its traceback.

    `traceback` is the text Python would print, without densetrace's own frames, safe to print.
    """

    type: str
    message: str
    traceback: str


def script_error(error: BaseException) -> ScriptError:
    """The record of an uncaught exception; causes and contexts keep their place in it."""
    name, message = facts_of(type(error)).name, message_of(error)
    try:
        told = traceback.TracebackException.from_exception(error)
        _cut(told)
        lines = [*told.format()]
    except (Exception, SystemExit):  # the script's own class does as it likes when it is asked
        frames = traceback.extract_tb(_TRACEBACK.__get__(error))
        kept = [frame for frame in frames if not _is_ours(frame.filename)]
        head = "Traceback (most recent call last):\n"
        lines = [head, *traceback.format_list(kept), f"{name}: {message}\n"]
    return ScriptError(name, message, printable("".join(lines)))


def not_provided(error: BaseException, places: Places, script: str) -> RequestError | None:
    """The refusal for a script that used what densetrace lacks; None for other errors.

    `script` is what `places` calls the script. The hint says why the name is not there and what to
    do.
    """
    lacking = _lacking(error)
    if lacking is None:
        return None
    name, hint = lacking
    where = place_of(error, places)
    return RequestError(
        f"{line_of(where, script)} uses {shown(name)}, which densetrace does not provide.", hint
    )


def place_of(error: BaseException, places: Places) -> Where | None:
    """The person's line that an exception comes from: the innermost that is neither ours nor a
    library's, else the innermost that is not ours."""
    found: tuple[CodeType, int] | None = None
    persons = False
    entry = _TRACEBACK.__get__(error)
    while entry is not None:
        code = entry.tb_frame.f_code
        if not _is_ours(code.co_filename) and (places.is_persons(code) or not persons):
            persons = persons or places.is_persons(code)
            # Where the frame itself is by now may be an `except` or `finally` further down.
            found = code, entry.tb_lasti
        entry = entry.tb_next
    return None if found is None else places.resolve(*found)


def line_of(where: Where | None, script: str) -> str:
    """`line 3`, or `helper.py, line 3` outside the script."""
    if where is None:
        return "The script"
    return f"line {where.line}" if where.file == script else f"{where.file}, line {where.line}"


def _lacking(error: BaseException) -> tuple[str, str] | None:
    """The name that was missing, and what to do about it."""
    if isinstance(error, TypeError):
        error = _refused_by_python(error) or error
    if isinstance(error, NotProvidedError | NotProvided):
        return short(error.dotted), real_names().hint(error.dotted)
    if isinstance(error, AttributeError) and isinstance(name := _NAME.__get__(error), str):
        found = _OBJECT.__get__(error)
        return _left_out(found if issubclass(type(found), type) else type(found), name)
    if isinstance(error, NotImplementedError):
        return _refused_method(error)
    return None


def _refused_by_python(error: TypeError) -> NotProvidedError | None:
    """The refusal of a placeholder in `except`, `raise` or `case`: there Python wants a class, and
    asks the object nothing."""
    frames = list(traceback.walk_tb(_TRACEBACK.__get__(error)))
    if not frames or not any(words in str(error) for words in WANTS_A_CLASS):
        return None
    frame, line = frames[-1]
    held: object = None
    for step in dis.get_instructions(frame.f_code):
        if step.positions is None or step.positions.lineno != line:
            continue
        if step.opname.startswith("LOAD_ATTR"):
            held = vars(held).get(step.argval) if type(held) is StandIn else None
        elif step.opname.startswith(("LOAD_NAME", "LOAD_GLOBAL", "LOAD_FAST", "LOAD_DEREF")):
            held = frame.f_locals.get(step.argval, frame.f_globals.get(step.argval))
        if type(held) is Placeholder:
            return NotProvidedError(dotted_of(held))
    return None


def _left_out(owner: type, name: str) -> tuple[str, str] | None:
    """`Model.save`, when `owner` is one of our classes and Keras's has this public name."""
    bases = mro(owner)
    if any(name in vars(cls) for cls in bases):
        return None  # it is there, and said by itself that it has no value
    for cls in bases:
        if module_of(cls).startswith(MIRROR) and name in real_names().members(cls.__name__):
            return f"{cls.__name__}.{name}", f"Keras 2.14 has it: {REAL_ENGINE}"
    return None


def _refused_method(error: NotImplementedError) -> tuple[str, str] | None:
    """`Model.fit`, when it is that method of ours which says that there is none."""
    innermost = None
    for frame, _ in traceback.walk_tb(_TRACEBACK.__get__(error)):
        innermost = frame.f_code
    if innermost is None or not _is_ours(innermost.co_filename):
        return None
    refused = REFUSED.get(innermost.co_qualname)
    return None if refused is None else (refused[0], f"{refused[1]}: {REAL_ENGINE}")


def _cut(told: traceback.TracebackException) -> None:
    """Take our frames out of a traceback, its causes, its contexts and its groups."""
    seen: set[int] = set()
    waiting = [told]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        kept = [frame for frame in one.stack if not _is_ours(frame.filename)]
        one.stack = traceback.StackSummary.from_list(kept)
        linked = (one.__cause__, one.__context__, *(one.exceptions or ()))
        waiting.extend(link for link in linked if link is not None)


def _is_ours(file: str) -> bool:
    return file.startswith(HIDDEN) or Path(file).is_relative_to(PACKAGE)
