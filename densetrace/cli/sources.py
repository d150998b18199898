"""What a command is given becomes a trace: an expression, a script or a saved trace, as an argument
or read from standard input or a pipe."""

import os
import sys
from codecs import BOM_UTF8
from contextlib import nullcontext
from typing import TYPE_CHECKING, BinaryIO, Literal, NamedTuple

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
    """What a command was given.

    `argument` is what was typed, `text` the same or, where `is_piped`, what was read there.
    """

    kind: Literal["expression", "script", "trace"]
    argument: str
    text: str
    is_piped: bool = False


class Recorded(NamedTuple):
    """A trace and, when it is of a script that was run for it, how the script ended."""

    trace: "Trace"
    script: "ScriptRun | None" = None


# -- reading --------------------------------------------------------------------------------------


def read(argument: str) -> Source:
    """Return what an argument stands for, read from standard input or a pipe where it says so.

    Raises:
        RequestError: when that cannot be read, is too long, or is not UTF-8 text.
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
    """Whether an argument is not itself an expression or the name of a trace or a script, but says
    where one is read: -, or a path such as /dev/fd/63, which no expression begins like."""
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
    """All of a saved trace, and of an expression more than is ever accepted."""
    data = file_input.read_begin(file, LONGEST_EXPRESSION)
    if data.removeprefix(BOM_UTF8).lstrip()[:1] == b"{":
        data = file_input.read_up_to(file, file_input.TRACE, name, data)
    elif len(data) == LONGEST_EXPRESSION:
        return data.decode("utf-8", "replace")
    return file_input.decoded(data, PIPED, name)


def _refuse_folder(argument: str) -> None:
    if "(" not in argument and os.path.isdir(argument):  # an expression may be called like one
        file = files.named(os.path.join(argument, "trace.json"))
        raise RequestError(
            f"An expression or a file is expected, not a folder. Received: {files.named(argument)}",
            f'Name a file in it, such as {file}, or type an expression, such as "Dense(64)".',
        )


# -- recording ------------------------------------------------------------------------------------


def record(
    source: Source, asked: RunOptions, *, seed: int | None = None, prints_apart: bool = False
) -> Recorded:
    """Return the trace of an expression, of a script or from a file.

    Args:
        source: what the command was given.
        asked: the options it was given.
        seed: repeats the random weights of an expression for which no `--seed` was given.
        prints_apart: whether what a script prints goes to standard error.

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
    """Run a script. One that only stopped because nobody reads what it prints did not fail.

    Args:
        script: its file.
        args: what it finds in `sys.argv` after its own name.
        asked: the options that were given.
        form: the form in which its trace will be shown.
        prints_apart: whether what it prints goes to standard error.

    Raises:
        RequestError: when the script cannot be read, or there is no such engine.
    """
    from densetrace import api

    output.rehearse(form)
    with streams.output_on_stderr() if prints_apart else nullcontext():
        steps = asked.max_steps or MOST_STEPS
        ended = api.run(script, args, engine=asked.engine, max_steps=steps)
        stopped = ended.trace.outcome.get("error_type") == "BrokenPipeError"
        if stopped and not streams.is_read(sys.stdout):
            return api.ScriptRun(ended.trace, 0, "")
        return ended
