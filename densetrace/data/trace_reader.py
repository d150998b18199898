"""Reads a trace from JSON: line by line where each step has a line, otherwise all at once.

Version 2 lists the steps in order of opening, each with the id of its parent. Version 1 nested them
as `children`; it is read as well.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from sys import intern
from typing import Final, TypeAlias

from densetrace.data.json_reader import TooDeepError, loads
from densetrace.data.schema import FORMAT, KINDS, VERSION
from densetrace.data.steps import ABSENT, Error, Step, Where
from densetrace.data.value_reader import (
    count_of,
    fields_of,
    form_text,
    from_json,
    is_count,
    list_of,
    string_of,
)
from densetrace.data.values import JSON, Value
from densetrace.system.errors import RequestError, shown

Values: TypeAlias = dict[str, Value]
Parsed: TypeAlias = tuple[Values, Values, Values, tuple[Step, ...]]
"""Source, engine, outcome and the outermost steps of a trace."""

_FIELDS: Final = ("format", "version", "source", "engine", "outcome", "steps")
_STEP_FIELDS: Final = ("id", "kind", "point", "subject", "inputs", "facts", "ns")
_MAY_LACK: Final = ("result", "error", "where")
_DEEP: Final = ("steps", "children")
"""The fields below which a trace of version 1 may nest to any depth."""

_STEPS_FOLLOW: Final = '"steps": [\n'
_LAST_LINE: Final = "]}"


def from_lines(lines: Iterable[str], whole: Callable[[], str]) -> Parsed:
    """The trace in these lines of a document. `whole` returns the whole document, for one that does
    not have a line for each step.

    Raises:
        RequestError: when they are not JSON, not a trace, cut short, or of a newer version.
        UnicodeDecodeError: when a line cannot be read; the file's reader says which byte it was.
    """
    waiting = iter(lines)
    first = next(waiting, "")
    if first.endswith(_STEPS_FOLLOW):
        head = _head(first)
        if head is not None:
            with suppress(_OtherLayoutError):
                return _read(head, _step_forms(waiting))
    try:
        form = loads(whole(), deep=_DEEP)
    except TooDeepError as error:
        raise _damaged(error) from error
    except UnicodeDecodeError:
        raise
    except ValueError as error:
        problem = shown(str(error), 120)
        raise RequestError(f"This is not a whole JSON document: {problem}.") from error
    return from_form(form)


def from_form(form: JSON) -> Parsed:
    """The trace with this JSON form.

    Raises:
        RequestError: when it is not a trace, or one of a newer version.
    """
    if not isinstance(form, dict) or form.get("format") != FORMAT:
        raise RequestError(
            'This is not a densetrace trace: it does not begin with "format": "densetrace".',
            "Save one with: densetrace explain EXPR --format json -o trace.json",
        )
    version: JSON = form.get("version")
    if not is_count(version) or not version:
        raise RequestError(f"This trace has no valid version. Received: {form_text(version)}")
    if int(version) > VERSION:
        raise RequestError(
            f"This trace has format version {version}; this densetrace reads up to {VERSION}.",
            "Upgrade densetrace to read it.",
        )
    return _read(form, None)


def _read(form: dict[str, JSON], steps: Iterable[JSON] | None) -> Parsed:
    """A trace from the form of its head, and the forms of its steps unless the head has them."""
    try:
        fields_of(form, _FIELDS)
        if steps is None:
            steps = list_of(form["steps"])
        flat = (_without_parent if int(form["version"]) == 1 else _with_parent)(steps)
        source, engine, outcome = map(_values, (form["source"], form["engine"], form["outcome"]))
        return source, engine, outcome, _nested(flat)
    except UnicodeDecodeError:
        raise
    except ValueError as error:
        raise _damaged(error) from error


def _damaged(error: ValueError) -> RequestError:
    return RequestError(f"This trace is damaged: {shown(str(error), 120)}.")


# -- lines ----------------------------------------------------------------------------------------


class _OtherLayoutError(Exception):
    """A line is not exactly one step, or the last line is missing."""


_BY_LINES: Final = (2, VERSION)
"""The versions that are written with a line for each step."""


def _head(line: str) -> dict[str, JSON] | None:
    """The form of the first line; None unless it is a trace that has a line for each step."""
    try:
        form = loads(line + _LAST_LINE)
    except ValueError:
        return None
    written_here = isinstance(form, dict) and form.get("format") == FORMAT
    return form if written_here and form.get("version") in _BY_LINES else None


def _step_forms(lines: Iterator[str]) -> Iterator[JSON]:
    """The step of each line. A line ends with a comma, the last with the end of the document."""
    for line in lines:
        text = line.rstrip()
        is_last = text.endswith(_LAST_LINE)
        if not text.endswith(",") and not is_last:
            raise _OtherLayoutError
        try:
            yield loads(text[: -len(_LAST_LINE)] if is_last else text[:-1])
        except ValueError as error:
            raise _OtherLayoutError from error
        if is_last:
            break
    else:
        raise _OtherLayoutError
    if any(line.strip() for line in lines):
        raise _OtherLayoutError


# -- steps ----------------------------------------------------------------------------------------

Placed: TypeAlias = tuple[dict[str, JSON], int | None]
"""The form of a step, and the id of its parent."""


def _with_parent(forms: Iterable[JSON]) -> Iterator[Placed]:
    for form in forms:
        _check_kind(form)
        fields_of(form, (*_STEP_FIELDS, "parent"), optional=_MAY_LACK)
        parent = form["parent"]
        yield form, None if parent is None else count_of(parent)


def _without_parent(forms: Iterable[JSON]) -> Iterator[Placed]:
    """Version 1: steps hold their children. Not recursive: no nesting is too deep to be read."""
    waiting: list[tuple[JSON, int | None]] = [(form, None) for form in reversed(list(forms))]
    while waiting:
        form, parent = waiting.pop()
        _check_kind(form)
        fields_of(form, (*_STEP_FIELDS, "children"), optional=_MAY_LACK)
        yield form, parent
        number = count_of(form["id"])
        waiting.extend((child, number) for child in reversed(list_of(form["children"])))


def _check_kind(form: JSON) -> None:
    if isinstance(form, dict) and form.get("kind", KINDS[0]) not in KINDS:
        raise ValueError(f"no step is of kind {form_text(form['kind'])}")


def _nested(placed: Iterable[Placed]) -> tuple[Step, ...]:
    """The outermost steps, with the others nested in them; given in order of opening."""
    # A step is complete once a step outside it opens; until then its children are collected here.
    outermost: list[Step] = []
    opened: list[tuple[int, dict[str, JSON], list[Step]]] = []
    last = -1
    for form, parent in placed:
        number = count_of(form["id"])
        if number <= last:
            raise ValueError(f"step {number} follows step {last}: ids are in order of opening")
        last = number
        while opened and opened[-1][0] != parent:
            _close(opened, outermost)
        if not opened and parent is not None:
            raise ValueError(f"step {number} is inside step {parent}, which has already ended")
        opened.append((number, form, []))
    while opened:
        _close(opened, outermost)
    return tuple(outermost)


def _close(opened: list[tuple[int, dict[str, JSON], list[Step]]], outermost: list[Step]) -> None:
    _, form, children = opened.pop()
    siblings = opened[-1][2] if opened else outermost
    siblings.append(_step(form, tuple(children)))


def _step(form: dict[str, JSON], children: tuple[Step, ...]) -> Step:
    if "result" in form and "error" in form:
        raise ValueError("a step has either a result or an error, not both")
    subject = form["subject"]
    return Step(
        id=count_of(form["id"]),
        kind=intern(form["kind"]),
        point=intern(string_of(form["point"])),
        subject=None if subject is None else intern(string_of(subject)),
        inputs=_values(form["inputs"]),
        facts=_values(form["facts"]),
        result=from_json(form["result"]) if "result" in form else ABSENT,
        error=_error(form["error"]) if "error" in form else None,
        where=_where(form["where"]) if "where" in form else None,
        ns=count_of(form["ns"]),
        children=children,
    )


def _values(form: JSON) -> Values:
    if not isinstance(form, dict):
        raise ValueError(f"an object expected. Received: {form_text(form)}")
    return {intern(name): from_json(value) for name, value in form.items()}


def _error(form: JSON) -> Error:
    fields_of(form, ("type", "message"))
    return Error(string_of(form["type"]), string_of(form["message"]))


def _where(form: JSON) -> Where:
    fields_of(form, ("file", "line", "function", "text"))
    file, function, text = (string_of(form[name]) for name in ("file", "function", "text"))
    return _shared_where(file, count_of(form["line"]), function, text)


@lru_cache(maxsize=4096)
def _shared_where(file: str, line: int, function: str, text: str) -> Where:
    """One shared record for each source line."""
    return Where(file, line, function, text)
