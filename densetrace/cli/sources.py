"""Turns the argument of a command into a trace: an expression, a script or a saved trace, given
directly or read from standard input or a pipe."""

import os
import sys
from codecs import BOM_UTF8
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, NamedTuple

from densetrace.cli import option_values
from densetrace.cli.options import RunOptions, refuse
from densetrace.sources.expression.limits import MAX_CHARACTERS, MOST_STEPS
from densetrace.system import file_input, files, signals, streams
from densetrace.system.errors import RequestError
from densetrace.terminal import output

if TYPE_CHECKING:
    from io import RawIOBase

    from densetrace.api import ScriptRun
    from densetrace.data.trace import Trace

LONGEST_EXPRESSION = 8 * MAX_CHARACTERS
PIPED = file_input.Kind("An expression or a saved trace", file_input.TRACE.most)


class Source(NamedTuple):
    """The argument of a command.

    `argument` is the text as typed, `text` the same or, if `is_piped`, what was read from the pipe.
    """

    kind: Literal["expression", "script", "trace"]
    argument: str
    text: str
    is_piped: bool = False


class Recorded(NamedTuple):
    """A trace and, if a script was run for it, the result of the script."""

    trace: "Trace"
    script: "ScriptRun | None" = None


# -- reading --------------------------------------------------------------------------------------


def read(argument: str) -> Source:
    """Return the source for an argument, read from standard input or a pipe if it names one.

    Raises:
        RequestError: when it cannot be read, is too long, or is not UTF-8 text.
    """
    if _is_piped(argument):
        text = _piped_text(argument)
        is_trace = text.lstrip()[:1] == "{"
        return Source("trace" if is_trace else "expression", argument, text, is_piped=True)
    if argument.lower().endswith(".json"):
        return Source("trace", argument, argument)
    if argument.lower().endswith(".py"):
        return Source("script", argument, argument)
    _refuse_folder(argument)
    return Source("expression", argument, argument)


def is_standard_input(argument: str) -> bool:
    """Whether an argument says to read from standard input: -, or a path such as /dev/stdin."""
    return argument == "-" or (_is_piped(argument) and files.leads_to(argument, sys.stdin))


def _is_piped(argument: str) -> bool:
    """Whether an argument names a pipe to read an expression or a trace from: -, or a path such as
    /dev/fd/63. No expression begins like a path."""
    return argument == "-" or (
        argument.startswith(("/", "./", "../")) and not argument.lower().endswith((".json", ".py"))
    )


def _piped_text(argument: str) -> str:
    if argument != "-":
        _refuse_folder(argument)
        with file_input.opened(argument, PIPED) as file:
            return _expression_or_trace(file, files.named(argument))
    if sys.stdin.isatty():
        output.say("Type an expression, then Ctrl-D.")
        signals.wait_for_input(sys.stdin)
    return _expression_or_trace(sys.stdin.buffer, "standard input")


def _expression_or_trace(file: "RawIOBase | BinaryIO", name: str) -> str:
    """Read a whole trace, or at most so much of an expression that its length is an error."""
    data = file_input.read_begin(file, LONGEST_EXPRESSION)
    if data.removeprefix(BOM_UTF8).lstrip()[:1] == b"{":
        data = file_input.read_up_to(file, file_input.TRACE, name, data)
    elif len(data) == LONGEST_EXPRESSION:
        return data.decode("utf-8", "replace")
    return file_input.decoded(data, PIPED, name)


def _refuse_folder(argument: str) -> None:
    if "(" not in argument and os.path.isdir(
        argument
    ):  # a folder may have the name of an expression
        file = files.named(os.path.join(argument, "trace.json"))
        raise RequestError(
            f"An expression or a file is expected, not a folder. Received: {files.named(argument)}",
            f'Name a file in it, such as {file}, or type an expression, such as "Dense(64)".',
        )


def folder_of(argument: str) -> Path | None:
    """The folder with the person's own source files: that of a script, else the working folder.
    None if it was deleted."""
    here = files.working_folder()
    if not argument.lower().endswith(".py"):
        return here
    folder = Path(argument).parent
    return here / folder if here is not None else folder if folder.is_absolute() else None


# -- recording ------------------------------------------------------------------------------------


def record(
    source: Source, asked: RunOptions, *, seed: int | None = None, prints_apart: bool = False
) -> Recorded:
    """Return the trace of an expression, of a script or from a file.

    Args:
        source: the argument of the command.
        asked: its options.
        seed: repeats the random weights of an expression for which no `--seed` was given.
        prints_apart: send what a script prints to standard error.

    Raises:
        RequestError: when it cannot be read or run, or an option does not go with it.
    """
    if source.kind == "script":
        refuse(asked.for_expressions(), "A script is run as it is")
        ended = run_script(source.argument, [], asked, prints_apart=prints_apart)
        return Recorded(ended.trace, ended)
    from densetrace import api

    if source.kind == "expression":
        arguments = asked.arguments()
        if asked.seed is None:
            arguments["seed"] = seed
        return Recorded(api.explain(source.text, **arguments))
    given = asked.for_expressions()
    if asked.max_steps is not None:
        given["--max-steps"] = asked.max_steps
    if asked.batches is not None:
        given["--batches"] = asked.batches
    refuse(given, "A saved trace is shown as it was recorded")
    if not source.is_piped:
        return Recorded(api.load(source.text))
    from densetrace.data.trace import Trace

    return Recorded(Trace.loads(source.text))


def run_script(
    script: str,
    args: list[str],
    asked: RunOptions,
    *,
    form: str = "tree",
    prints_apart: bool = False,
) -> "ScriptRun":
    """Run a script. It did not fail if it stopped only because its output pipe was closed.

    Args:
        script: the file.
        args: its arguments, `sys.argv[1:]`.
        asked: the options of the command.
        form: the form in which its trace will be shown.
        prints_apart: send what it prints to standard error.

    Raises:
        RequestError: when the script cannot be read, or there is no such engine.
    """
    from densetrace import api

    output.preload(form)
    with streams.output_on_stderr() if prints_apart else nullcontext():
        steps = asked.max_steps or MOST_STEPS
        full = option_values.batches(asked.batches)
        ended = api.run(script, args, engine=asked.engine, max_steps=steps, batches=full)
        stopped = ended.trace.outcome.get("error_type") == "BrokenPipeError"
        if stopped and not streams.is_read(sys.stdout):
            return api.ScriptRun(ended.trace, 0, "")
        return ended
