"""Writes results to a terminal or pipe, in its width and encoding, or to a file.

A pipe closed by its reader is not a failure: the rest is not written, and the exit code does not
change. Any other write error, such as a full disk, is reported, and the exit code is 2.
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
from densetrace.terminal.capabilities import (
    DEFAULT_WIDTH,
    is_accessible,
    is_dumb,
    is_full_terminal,
    is_terminal,
    links_of,
    signs_of,
    styles_of,
    width_of,
)

if TYPE_CHECKING:
    from rich.style import Style

    from densetrace.data.trace import Trace
    from densetrace.render.layout import Styled
    from densetrace.render.outline import View
    from densetrace.render.theme import Signs
    from densetrace.terminal.links import Links

LONGEST_PATH: Final = 300
SHORT_NAME: Final = 30


# -- writing --------------------------------------------------------------------------------------


def write(texts: Iterable[str], stream: TextIO) -> None:
    """Escape texts and write them one by one; stop silently when the reader has closed the pipe.

    Raises:
        RequestError: when writing to standard output fails for another reason.
    """
    _send(map(printable, texts), stream)


def write_safe(texts: Iterable[str], stream: TextIO) -> None:
    """Write texts that are escaped already, such as JSON or a document.

    Raises:
        RequestError: as `write`.
    """
    _send(texts, stream)


def _send(texts: Iterable[str], stream: TextIO) -> None:
    if stream.closed:  # by the traced script
        return
    if stream is sys.stdout:
        texts = counted(texts, "Writing", to_its_end=streams.is_file(stream))
    try:
        for text in texts:
            stream.write(text)
        stream.flush()
    except OSError as error:
        streams.discard_output(stream)
        # A failure of standard error itself cannot be reported.
        if stream is not sys.stderr and not isinstance(error, BrokenPipeError):
            problem = f"Cannot write to standard output: {error.strerror or error}."
            raise RequestError(problem) from error


def finish(code: int) -> int:
    """Flush all streams, including what a script printed, and return the exit code: 2 when writing
    to standard output fails."""
    try:
        for stream in (*streams.unwritten, sys.stdout):
            write([], stream)
    except RequestError as error:
        say(f"Error: {error.problem}")
        code = code or REFUSED
    write([], sys.stderr)
    if not streams.is_read(sys.stdout):  # exit handlers of a script may still print
        streams.discard_output(sys.stdout)
    return code


def write_styled(lines: Iterable["Styled"], stream: TextIO, folder: Path | None = None) -> None:
    """Write styled lines, in colour and with links to the files in `folder` if the stream shows
    them."""
    _send(_texts(lines, styles_of(stream), links_of(stream, folder)), stream)


def _texts(
    lines: Iterable["Styled"], styles: "Mapping[str, Style]", links: "Links | None" = None
) -> Iterator[str]:
    for line in lines:
        texts = [styled(text, role, styles, links) for text, role in line]
        yield "".join(texts).rstrip(" ") + "\n"


def styled(
    text: str, role: str, styles: "Mapping[str, Style]", links: "Links | None" = None
) -> str:
    """The escaped text in the style of its role, with a link if it names a source line."""
    safe = visible(text) if links is None else links.apply(text, role)
    style = styles.get(role)
    return safe if style is None else style.render(safe)


def say(message: str) -> None:
    """Write a message to standard error."""
    write([message + "\n"], sys.stderr)


def goes_where_errors_go() -> bool:
    """Whether standard output and standard error are the same terminal, pipe or file."""
    try:
        return os.path.sameopenfile(sys.stdout.fileno(), sys.stderr.fileno())
    except (AttributeError, OSError, ValueError):  # a stream without a file
        return False


def write_list(lines: Iterable["Styled"]) -> None:
    """Write a list of any length to standard output: a terminal with fewer rows shows it in a
    pager."""
    texts: Iterable[str] = _texts(lines, styles_of(sys.stdout))
    if is_terminal(sys.stdout) and not is_dumb() and not is_accessible():
        from densetrace.terminal import pager

        texts = pager.shown(texts, sys.stdout)
    write_safe(texts, sys.stdout)


# -- traces ---------------------------------------------------------------------------------------


def preload(form: str) -> None:
    """Import the modules that `show` needs, before a script runs: it may use up all file
    descriptors, break the import system, or change a library."""
    from densetrace.data.trace import Trace
    from densetrace.render.outline import View

    nothing = Trace({"kind": "script", "text": "\u2026"})
    signs = signs_of(sys.stdout)
    for style in styles_of(sys.stdout).values() if form == "tree" else ():
        style.render("")
    if form == "tree" and is_full_terminal(sys.stdout):
        from densetrace.terminal import links, pager  # noqa: F401 # for `show`
    for text in _unstyled(nothing, View(), form):
        signs.fit(text)


def show(
    trace: "Trace",
    view: "View",
    form: str,
    file: str | None,
    *,
    paged: bool = False,
    folder: Path | None = None,
) -> None:
    """Print a trace in this form, or write it to a file.

    Args:
        trace: the trace.
        view: what to show of it.
        form: one of `densetrace.cli.options.Format`.
        file: the file, or None for standard output.
        paged: whether a long tree on a terminal goes through a pager.
        folder: the folder with the person's own source files, for links to them.
    """
    if file is None or is_standard_output(file):
        _print(trace, view, form, paged and file is None, folder)
    else:
        save(_unstyled(trace, view, form, width_of(sys.stdout)), file)


def is_standard_output(file: str) -> bool:
    """Whether this file is the pipe, terminal or file of standard output."""
    return files.leads_to(file, sys.stdout)


def save(texts: Iterable[str], file: str) -> None:
    """Write a result to a file, pipe or device, and report that on standard error. When the reader
    has closed the pipe, return silently.

    Raises:
        RequestError: when it cannot be written.
    """
    if files.is_replaced(file):
        doing = f"Writing {shown(Path(file).name, SHORT_NAME)}"
        texts = counted(texts, doing, to_its_end=True)
    else:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError, AttributeError):
                stream.flush()  # the file may be the same terminal
    try:
        files.write_whole(file, texts)
    except RequestError as error:
        if not isinstance(error.__cause__, BrokenPipeError):
            raise
        return
    if not files.leads_to(file, sys.stderr):
        say(f"Wrote {shown(file, LONGEST_PATH)}.")


def _print(trace: "Trace", view: "View", form: str, paged: bool, folder: Path | None) -> None:
    signs = signs_of(sys.stdout)
    if form == "tree":
        from densetrace.render.tree import Tree

        lines = Tree(trace, view, signs).lines(width_of(sys.stdout))
        if paged and is_full_terminal(sys.stdout):
            from densetrace.terminal import pager

            links = links_of(sys.stdout, folder)
            texts = _texts(lines, styles_of(sys.stdout), links)
            rest = pager.shown(texts, sys.stdout, have_links=links is not None)
            write_safe(rest, sys.stdout)
        else:
            write_styled(lines, sys.stdout, folder)
    elif form == "plain":
        write_safe(map(signs.fit, _unstyled(trace, view, form)), sys.stdout)
    elif form == "json":
        from densetrace.render import json

        write_safe(json.chunks(trace, ascii_only=not signs.encodes_everything), sys.stdout)
    else:
        _as_utf8(sys.stdout)
        write_safe(_unstyled(trace, view, form, width_of(sys.stdout)), sys.stdout)


def _as_utf8(stream: TextIO) -> None:
    """Write a document that declares UTF-8 in UTF-8."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="backslashreplace")


def _unstyled(trace: "Trace", view: "View", form: str, width: int = DEFAULT_WIDTH) -> Iterable[str]:
    """A trace as escaped texts in UTF-8 without colour, piece by piece."""
    if form == "json":
        from densetrace.render import json

        return json.chunks(trace)
    if form == "chrome":
        from densetrace.data.json_writer import safe
        from densetrace.render import chrome

        return map(safe, chrome.chunks(trace))
    return map(printable, _document(trace, view, form, width))


def _document(trace: "Trace", view: "View", form: str, width: int) -> Iterable[str]:
    """A trace in a form other than JSON."""
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
    """Data as an escaped JSON document."""
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
    page: Callable[[], Iterable[str]] | None = None,
    folder: Path | None = None,
) -> None:
    """Print an answer, or write it to a file: drawn to a width, as flat lines, as JSON, or as a
    page if it has one. `folder` has the person's own source files, for links to them."""
    from densetrace.render.theme import UNICODE

    if file is not None and is_standard_output(file):
        file = None
    signs = signs_of(sys.stdout) if file is None else UNICODE
    width = width_of(sys.stdout)
    if form == "tree" and file is None:
        write_styled(drawn(width, signs), sys.stdout, folder)
        return
    if form == "tree":
        texts: Iterable[str] = _texts(drawn(width, signs), {})
    elif form == "plain":
        texts = (visible(signs.fit(line)) + "\n" for line in flat())
    elif form == "html" and page is not None:
        texts = map(printable, page())
        if file is None:
            _as_utf8(sys.stdout)
    else:
        texts = [json_text(data(), ascii_only=not signs.encodes_everything)]
    if file is None:
        write_safe(texts, sys.stdout)
    else:
        save(texts, file)
