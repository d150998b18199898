"""Where results go: the terminal or pipe as it is, its width and encoding, or a file.

A reader that has seen enough closes its pipe, or gave us no output from the start. That is no
failure: what is left is not written, and the exit code says what it would have said anyway. An
output that takes no more, such as a full disk, is one: it is said, and the exit code is 2.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from densetrace.system import files, streams
from densetrace.system.activity import counted
from densetrace.system.errors import RequestError, shown
from densetrace.system.escape import printable, visible
from densetrace.system.exit_codes import REFUSED

if TYPE_CHECKING:
    from rich.style import Style

    from densetrace.data.trace import Trace
    from densetrace.render.layout import Styled
    from densetrace.render.outline import View
    from densetrace.render.theme import Signs

DEFAULT_WIDTH: Final = 80
WIDEST: Final = 1000
LONGEST_PATH: Final = 300
SHORT_NAME: Final = 30


# -- what is known of a stream --------------------------------------------------------------------


def width_of(stream: TextIO, environment: Mapping[str, str] = os.environ) -> int:
    """How many columns a stream shows: `COLUMNS`, else the terminal's, else 80."""
    columns = environment.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and 0 < len(columns) < 10 and int(columns) > 0:
        return min(int(columns), WIDEST)
    try:
        return os.get_terminal_size(stream.fileno()).columns or DEFAULT_WIDTH
    except (OSError, ValueError, AttributeError):
        return DEFAULT_WIDTH


def signs_of(stream: TextIO, environment: Mapping[str, str] = os.environ) -> "Signs":
    """The signs that a stream can carry: what its encoding has, and no drawing on `TERM=dumb`."""
    from densetrace.render.theme import signs_for

    encoding = getattr(stream, "encoding", None) or "utf-8"
    return signs_for(encoding, dumb=is_dumb(environment))


def is_dumb(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the terminal can do no more than print."""
    return environment.get("TERM", "").lower() in ("dumb", "unknown")


def is_accessible(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the person asked for output without drawing."""
    return environment.get("ACCESSIBLE", "") not in ("", "0")


def styles_of(stream: TextIO, environment: Mapping[str, str] = os.environ) -> "Mapping[str, Style]":
    """The styles that a stream shows; none without colour.

    rich decides, and is not loaded where it could only say no: for a pipe or a file, unless the
    environment asks for colour.
    """
    asked = environment.get("FORCE_COLOR") or environment.get("TTY_COMPATIBLE")
    if environment.get("NO_COLOR") or not (asked or _is_terminal(stream)):
        return {}
    from rich.console import Console
    from rich.style import Style

    from densetrace.render.theme import STYLES

    # A size is given only so that rich does not read one from an odd `COLUMNS`.
    console = Console(file=stream, width=DEFAULT_WIDTH, height=25)
    if console.color_system is None or console.legacy_windows:
        return {}
    return {role: Style.parse(style) for role, style in STYLES.items() if style}


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (ValueError, AttributeError):  # a script closed it, or put something else in its place
        return False


# -- writing --------------------------------------------------------------------------------------


def write(texts: Iterable[str], stream: TextIO) -> None:
    """Write texts as they come, with nothing in them that a terminal could obey; stop quietly when
    nobody reads any more.

    Raises:
        RequestError: when standard output takes no more for another reason.
    """
    _send(map(printable, texts), stream)


def write_safe(texts: Iterable[str], stream: TextIO) -> None:
    """Write what has passed its escape already: JSON, which has one of its own, or a document.

    Raises:
        RequestError: as `write`.
    """
    _send(texts, stream)


def _send(texts: Iterable[str], stream: TextIO) -> None:
    if stream.closed:  # by the script that ran
        return
    if stream is sys.stdout:
        texts = counted(texts, "Writing", to_its_end=streams.is_file(stream))
    try:
        for text in texts:
            stream.write(text)
        stream.flush()
    except OSError as error:
        streams.lead_nowhere(stream)
        # What standard error does not take can be said nowhere.
        if stream is not sys.stderr and not isinstance(error, BrokenPipeError):
            problem = f"Cannot write to standard output: {error.strerror or error}."
            raise RequestError(problem) from error


def finish(code: int) -> int:
    """Write what still waits to be written, such as a script's own words, and give the exit code:
    2 when standard output does not take it."""
    try:
        for stream in (*streams.unwritten, sys.stdout):
            write([], stream)
    except RequestError as error:
        say(f"Error: {error.problem}")
        code = code or REFUSED
    write([], sys.stderr)
    if not streams.is_read(sys.stdout):  # what a script asked to be done at the end may still print
        streams.lead_nowhere(sys.stdout)
    return code


def write_styled(lines: Iterable["Styled"], stream: TextIO) -> None:
    """Write styled lines, in colour where the stream shows any."""
    _send(_texts(lines, styles_of(stream)), stream)


def _texts(lines: Iterable["Styled"], styles: "Mapping[str, Style]") -> Iterator[str]:
    for line in lines:
        texts = [styled(text, styles.get(role)) for text, role in line]
        yield "".join(texts).rstrip(" ") + "\n"


def styled(text: str, style: "Style | None") -> str:
    """Text with nothing in it that a terminal could obey, in a style."""
    safe = visible(text)
    return safe if style is None else style.render(safe)


def say(message: str) -> None:
    """A message to the person, on standard error."""
    write([message + "\n"], sys.stderr)


# -- traces ---------------------------------------------------------------------------------------


def rehearse(form: str) -> None:
    """Load the modules that `show` needs. A script that runs in between may use up all files, clear
    the import system, or change a library that it is the first to load."""
    from densetrace.data.trace import Trace
    from densetrace.render.outline import View

    nothing = Trace({"kind": "script", "text": "\u2026"})
    signs = signs_of(sys.stdout)
    for style in styles_of(sys.stdout).values() if form == "tree" else ():
        style.render("")
    for text in _in_full(nothing, View(), form):
        signs.fit(text)


def show(trace: "Trace", view: "View", form: str, file: str | None) -> None:
    """Print a trace in one of the forms, or write it to a file."""
    if file is None or is_standard_output(file):
        _print(trace, view, form)
    else:
        save(_in_full(trace, view, form, width_of(sys.stdout)), file)


def is_standard_output(file: str) -> bool:
    """Whether the file that somebody names is the pipe, terminal or file of standard output."""
    return files.leads_to(file, sys.stdout)


def save(texts: Iterable[str], file: str) -> None:
    """Write a result to the file, pipe or device that somebody names, and say so on standard error.
    A pipe that nobody reads any more ends it quietly.

    Raises:
        RequestError: when it cannot be written.
    """
    if files.is_replaced(file):
        doing = f"Writing {shown(Path(file).name, SHORT_NAME)}"
        texts = counted(texts, doing, to_its_end=True)
    else:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError, AttributeError):
                stream.flush()  # it may lead to the same terminal
    try:
        files.write_whole(file, texts)
    except RequestError as error:
        if not isinstance(error.__cause__, BrokenPipeError):
            raise
        return
    if not files.leads_to(file, sys.stderr):
        say(f"Wrote {shown(file, LONGEST_PATH)}.")


def _print(trace: "Trace", view: "View", form: str) -> None:
    signs = signs_of(sys.stdout)
    if form == "tree":
        from densetrace.render.tree import Tree

        write_styled(Tree(trace, view, signs).lines(width_of(sys.stdout)), sys.stdout)
    elif form == "plain":
        write_safe(map(signs.fit, _in_full(trace, view, form)), sys.stdout)
    elif form == "json":
        from densetrace.render import json

        write_safe(json.chunks(trace, ascii_only=not signs.carries_everything), sys.stdout)
    else:
        # These are files, and say of themselves that they are UTF-8, wherever they go.
        reconfigure = getattr(sys.stdout, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")
        write_safe(_in_full(trace, view, form, width_of(sys.stdout)), sys.stdout)


def _in_full(trace: "Trace", view: "View", form: str, width: int = DEFAULT_WIDTH) -> Iterable[str]:
    """A trace as safe texts in every character it needs and without colour, piece by piece."""
    if form == "json":
        from densetrace.render import json

        return json.chunks(trace)
    if form == "chrome":
        from densetrace.data.json_writer import safe
        from densetrace.render import chrome

        return map(safe, chrome.chunks(trace))
    return map(printable, _drawn_in_full(trace, view, form, width))


def _drawn_in_full(trace: "Trace", view: "View", form: str, width: int) -> Iterable[str]:
    """A trace in a form that is no JSON."""
    if form == "plain":
        from densetrace.render import plain

        return plain.chunks(trace, view)
    if form == "html":
        from densetrace.render import html

        return html.chunks(trace, view)
    if form == "svg":
        from densetrace.render import svg

        return svg.chunks(trace, view, width)
    if form == "markdown":
        from densetrace.render import markdown

        return markdown.chunks(trace, view, width)
    from densetrace.render.tree import Tree

    return Tree(trace, view).chunks(width)


# -- answers about traces -------------------------------------------------------------------------


def json_text(data: object, *, ascii_only: bool, indent: int = 1) -> str:
    """Data as a JSON document, with nothing in it that a terminal could obey."""
    import json

    from densetrace.data.json_writer import safe

    document = json.dumps(data, ensure_ascii=False, indent=indent)
    return safe(document, ascii_only=ascii_only) + "\n"


def answer(
    form: str,
    file: str | None,
    *,
    drawn: "Callable[[int, Signs], Iterable[Styled]]",
    flat: Callable[[], Iterable[str]],
    data: Callable[[], object],
) -> None:
    """Print an answer, or write it to a file: drawn at a width, as flat lines, or as JSON."""
    from densetrace.render.theme import UNICODE

    if file is not None and is_standard_output(file):
        file = None
    signs = signs_of(sys.stdout) if file is None else UNICODE
    width = width_of(sys.stdout)
    if form == "tree" and file is None:
        write_styled(drawn(width, signs), sys.stdout)
        return
    if form == "tree":
        texts: Iterable[str] = _texts(drawn(width, signs), {})
    elif form == "plain":
        texts = (visible(signs.fit(line)) + "\n" for line in flat())
    else:
        texts = [json_text(data(), ascii_only=not signs.carries_everything)]
    if file is None:
        write_safe(texts, sys.stdout)
    else:
        save(texts, file)
