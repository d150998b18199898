"""The `densetrace` command: parse what was typed, call the public face, print what comes of it.

Results go to standard output, messages to standard error. Exit codes: 0 done, 1 the layer or the
script raised, 2 the request was wrong, 130 interrupted. A closed pipe ends the output quietly and
changes no exit code. Rooms of the house are loaded inside the commands that enter them, so that
help comes at once.
"""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from densetrace import options, output
from densetrace.errors import RequestError, did_you_mean, shown
from densetrace.sources.limits import LIMITS, MAX_CHARACTERS

if TYPE_CHECKING:
    from densetrace.render.outline import View
    from densetrace.trace import Trace

# What typer raises when a command line is wrong; it has a public name only in later versions.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]

LONGEST_MESSAGE = 300
LONGEST_EXPRESSION = 8 * MAX_CHARACTERS


class Commands(TyperGroup):
    """The commands, with one way to end: every error is a message and an exit code."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command. A programming error of ours passes through with its traceback."""
        output.prepare_streams()
        try:
            code = super().main(
                args=args,
                prog_name="densetrace",
                complete_var=complete_var,
                standalone_mode=False,
                windows_expand_args=windows_expand_args,
                **extra,
            )
        except RequestError as error:
            output.say("\n".join(filter(None, (f"Error: {error.problem}", error.hint))))
            code = 2
        except UsageError as error:
            context = getattr(error, "ctx", None)
            path = context.command_path if context else "densetrace"
            output.say(f"Error: {_usage_problem(error)}\nFor help: {path} --help")
            code = 2
        if standalone_mode:
            sys.exit(code or 0)
        return code


app = typer.Typer(
    cls=Commands,
    name="densetrace",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Try one:
  densetrace explain "Dense(64, activation='relu')"
  densetrace names initializers""",
)


def main() -> None:
    """The entry point of the `densetrace` command."""
    app()


@app.callback(invoke_without_command=True)
def densetrace(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    """Show what really happens when somebody writes Dense(64, activation='relu').

    densetrace follows Keras 2.14 step by step, on a NumPy stack of its own: no TensorFlow, no GPU.
    """
    if version:
        from densetrace import __version__

        output.write([f"densetrace {__version__} (follows Keras 2.14)\n"], sys.stdout)
        raise typer.Exit
    if context.invoked_subcommand is None:
        output.write([context.get_help() + "\n"], sys.stdout)


@app.command(
    short_help="Show the whole life of a layer.",
    epilog="""\b
Examples:
  densetrace explain "Dense(64, activation='relu')"
  densetrace explain "Dense(2, use_bias=False)" --input "[[1, 2, 3]]"
  densetrace explain "Dense(10)" --input-shape 28,28,1 --until build
  densetrace explain "Dense(3, kernel_regularizer='l2')" --only get
  densetrace explain "Dense(64)" -o trace.json
  densetrace explain trace.json --level framework

\b
Exit codes: 0 done, 1 the layer raised (the steps up to there are shown),
2 the request was wrong, 130 interrupted. NO_COLOR, FORCE_COLOR, COLUMNS,
TERM=dumb and ACCESSIBLE=1 are honoured.""",
)
def explain(
    expr: Annotated[
        str,
        typer.Argument(
            metavar="EXPR",
            show_default=False,
            help="A layer or model as you would write it, a saved trace (FILE.json), or - to read "
            "either from standard input.",
        ),
    ],
    input_shape: Annotated[
        str | None,
        typer.Option(
            metavar="SHAPE",
            help="Shape of the sample it is called on, such as 28,28,1 for one item or "
            "None,28,28,1 with the batch. By default the layer's own, else None,3.",
        ),
    ] = None,
    inputs: Annotated[
        str | None,
        typer.Option(
            "--input",
            metavar="NUMBERS",
            help='Call it on these numbers instead: "[[1, 2, 3], [4, 5, 6]]".',
        ),
    ] = None,
    until: Annotated[
        options.Until | None,
        typer.Option(help="Stop after this stage. By default after the first call."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="Make random weights repeat themselves.")
    ] = None,
    engine: Annotated[
        str, typer.Option(metavar="NAME", help="Which stack runs it; this version has one.")
    ] = "densetrace",
    level: options.LevelOption = "author",
    only: options.OnlyOption = None,
    depth: options.DepthOption = None,
    format: options.FormatOption = None,
    file: options.FileOption = None,
) -> int:
    """Show the whole life of a layer: construction, then the first call, which builds it.

    EXPR is read, never evaluated: calls of Keras names, numbers, strings, lists, tuples and dicts.
    """
    asked = {"--input-shape": input_shape, "--input": inputs, "--until": until, "--seed": seed}
    view = _view(level, only, depth)
    text = _standard_input() if expr == "-" else expr
    saved = _saved(text, from_file=expr != "-")
    if saved is not None:
        for option, value in asked.items():
            if value is not None:
                raise RequestError(
                    f"A saved trace is shown as it was recorded: {option} cannot change it.",
                    "Give an expression instead of the file.",
                )
        trace = saved
    else:
        trace = _explained(text, input_shape, inputs, until, seed, engine)
    output.show(trace, view, options.format_for(format, file, output.is_accessible()), file)
    error = trace.outcome.get("error_type")
    if error is None:
        return 0
    from densetrace.values import Text

    message = trace.outcome.get("error", "")
    message = message.start if isinstance(message, Text) else str(message)
    message = " ".join(message.split())
    output.say(shown(f"The layer raised {error}: {message}".rstrip(": "), LONGEST_MESSAGE))
    return 1


explain.__doc__ = f"{explain.__doc__}\n    {LIMITS}\n"


@app.command(
    short_help="Run a Keras script, traced, without TensorFlow.",
    context_settings={"allow_interspersed_args": False},
    epilog="""\b
Examples:
  densetrace run lesson.py
  densetrace run --level user lesson.py --epochs 3
  densetrace run -o trace.json lesson.py""",
)
def run(
    script: Annotated[
        str, typer.Argument(metavar="SCRIPT", show_default=False, help="A Python file.")
    ],
    args: Annotated[
        list[str] | None,
        typer.Argument(metavar="ARGS...", show_default=False, help="Handed on to the script."),
    ] = None,
    level: options.LevelOption = "author",
    only: options.OnlyOption = None,
    depth: options.DepthOption = None,
    format: options.FormatOption = None,
    file: options.FileOption = None,
) -> int:
    """Run an unmodified Keras script on this stack, without TensorFlow, and show its steps.

    What the script prints stays where it prints it; -o FILE keeps the trace apart from it. Options
    stand before SCRIPT: what follows it belongs to the script.
    """
    from densetrace import api

    view = _view(level, only, depth)
    ended = api.run(script, args or [])
    output.show(ended.trace, view, options.format_for(format, file, output.is_accessible()), file)
    if ended.message:
        output.say("\n".join(map(_printable, ended.message.splitlines())))
    return ended.exit_code


@app.command(short_help="Show what each get() can find.")
def names(
    registry: Annotated[
        str | None,
        typer.Argument(
            metavar="REGISTRY",
            show_default=False,
            help="activations, initializers, regularizers, constraints, optimizers, losses or "
            "metrics. All of them when left out.",
        ),
    ] = None,
) -> None:
    """Show what each get() can find: the names, by the object that they give."""
    from densetrace import api
    from densetrace.render import names as view

    width = output.width_of(sys.stdout)
    output.write_styled(view.lines(api.names(registry), width), sys.stdout)


def _explained(
    text: str,
    input_shape: str | None,
    inputs: str | None,
    until: str | None,
    seed: int | None,
    engine: str,
) -> "Trace":
    if text.lower().endswith(".py"):
        raise RequestError(
            f"explain takes an expression. Received a script: {shown(text)}.",
            f"Run it: densetrace run {shown(text)}",
        )
    if input_shape is not None and inputs is not None:
        raise RequestError("Numbers have a shape of their own: give --input or --input-shape.")
    from densetrace import api

    return api.explain(
        text,
        input_shape=None if input_shape is None else options.input_shape(input_shape),
        inputs=None if inputs is None else options.numbers(inputs),
        until=until,
        seed=seed,
        engine=engine,
    )


def _saved(text: str, *, from_file: bool) -> "Trace | None":
    """The saved trace that somebody handed over, if it is one."""
    if from_file and text.lower().endswith(".json"):
        from densetrace import api

        return api.load(text)
    if not from_file and text.lstrip()[:1] == "{":
        from densetrace.trace import Trace

        return Trace.loads(text)
    return None


def _standard_input() -> str:
    """What was piped in: all of a saved trace, and of an expression more than is ever accepted."""
    if sys.stdin.isatty():
        output.say("Type an expression, then Ctrl-D.")
    data = sys.stdin.buffer.read(LONGEST_EXPRESSION)
    if data.lstrip()[:1] == b"{":
        data += sys.stdin.buffer.read()
    whole = len(data) < LONGEST_EXPRESSION or data.lstrip()[:1] == b"{"
    try:
        return data.decode("utf-8", "strict" if whole else "replace")
    except UnicodeDecodeError as error:
        raise RequestError(
            f"Standard input is not UTF-8 text: byte {error.start + 1} does not fit."
        ) from error


def _view(level: options.Level, only: str | None, depth: int | None) -> "View":
    from densetrace.render.outline import View

    return View(level, options.kinds(only), depth)


def _usage_problem(error: Any) -> str:
    """What was typed wrong, with a suggestion in the words that all our messages use."""
    if not getattr(error, "possibilities", None):
        problem = _printable(error.format_message())
        if "unexpected extra argument" not in problem:
            return problem
        return f"{problem}\nQuote an expression as a whole: \"Dense(64, activation='relu')\""
    hint = did_you_mean(error.option_name, error.possibilities)
    return f"{_printable(error.message)}. {hint}".rstrip()


def _printable(text: str) -> str:
    from densetrace.render.escape import visible

    return visible(text)
