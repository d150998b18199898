"""The `densetrace` command itself: its group, the options before a command, and its errors.

Results go to standard output, messages to standard error. Exit codes: 0 done, 1 the layer or the
script raised, 2 the request was invalid or its result cannot be written, 130 interrupted. A closed
pipe ends the output quietly and changes no exit code.

Each command has its own file in this folder, of the same name.
"""

import errno
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup
from typer.models import CommandFunctionType

from densetrace.system import streams
from densetrace.system.errors import RequestError, did_you_mean, error_text, quoted
from densetrace.system.escape import visible
from densetrace.system.exit_codes import DONE, REFUSED
from densetrace.terminal import capabilities, output, progress

COMMANDS: Final = (
    "explain", "run", "step", "quiz", "diff", "why", "verify", "names", "demo", "glossary",
)  # fmt: skip
"""The commands, in the order of `--help`; each is added to `app` when its file is imported."""

# The exception of typer for a wrong command line; only later versions export its name.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]


class Command(TyperCommand):
    """A command whose usage line has no braces around its arguments: they look like a choice."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return [
            piece[1:-1] if piece[:1] == "{" and piece[-1:] == "}" else piece
            for piece in super().collect_usage_pieces(ctx)
        ]


class App(typer.Typer):
    """An application of commands of the class `Command`."""

    def command(
        self, name: str | None = None, **settings: Any
    ) -> Callable[[CommandFunctionType], CommandFunctionType]:
        return super().command(name, cls=Command, **settings)


class Commands(TyperGroup):
    """The command group, which turns every error into a message and an exit code."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command. A programming error of densetrace keeps its traceback."""
        streams.prepare()
        progress.begin(sys.stderr, in_lines=capabilities.is_accessible() or capabilities.is_dumb())
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
            output.say(error_text(error))
            code = REFUSED
        except UsageError as error:
            context = getattr(error, "ctx", None)
            path = context.command_path if context else "densetrace"
            output.say(f"Error: {_usage_problem(error)}\nFor help: {path} --help")
            code = REFUSED
        except SystemExit as leaving:
            if not isinstance(leaving.__context__, BrokenPipeError):
                raise
            code = DONE  # typer exits with 1 when the reader of its help closes the pipe
        except MemoryError:
            output.say("Error: Not enough memory.")
            code = REFUSED
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):  # too many open files
                output.say(f"Error: Cannot open another file: {error.strerror}.")
                code = REFUSED
            elif error.filename is not None:
                raise
            else:
                streams.discard_output(sys.stdout)
                reason = error.strerror or error
                output.say(f"Error: Cannot read or write a standard stream: {reason}.")
                code = REFUSED
        code = output.finish(code or 0)
        if standalone_mode:
            sys.exit(code)
        return code


app = App(
    cls=Commands,
    name="densetrace",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Examples:
  densetrace explain "Dense(64, activation='relu')"
  densetrace names initializers""",
)


@app.callback(
    invoke_without_command=True,
    help="""\
See what Keras does when you write Dense(64, activation='relu').

densetrace reimplements Keras 2.14 in NumPy and records every step. It needs neither TensorFlow
nor a GPU.""",
)
def densetrace(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    if version:
        from densetrace import __version__

        output.write([f"densetrace {__version__} (follows Keras 2.14)\n"], sys.stdout)
        raise typer.Exit
    if context.invoked_subcommand is None:
        output.write([context.get_help() + "\n"], sys.stdout)


def main() -> None:
    """Run `densetrace`. Imports only the requested command; help and completion import all."""
    asked = sys.argv[1] if len(sys.argv) > 1 else ""
    import_module(f"densetrace.cli.{asked if asked in COMMANDS else 'commands'}")
    app()


def _usage_problem(error: Any) -> str:
    """The problem with a command line, with a suggestion in the form of all other messages."""
    if not getattr(error, "possibilities", None):
        problem = _number_problem(error) or visible(error.format_message())
        if "unexpected extra argument" not in problem:
            return problem
        hint = "Quote an expression as a whole: \"Dense(64, activation='relu')\""
        if getattr(getattr(error, "ctx", None), "info_name", "") == "why":
            hint += "\nQuote a target with a space, too: densetrace why trace.json 'epoch 2.loss'"
        return f"{problem}\n{hint}"
    hint = did_you_mean(error.option_name, error.possibilities)
    return f"{visible(error.message)}. {hint}".rstrip()


def _number_problem(error: Any) -> str:
    """The problem with a number that is not a whole number or out of range; empty for others."""
    parameter = getattr(error, "param", None)
    if parameter is None:
        return ""
    range_ = getattr(parameter, "type", None)
    given, _, rest = error.message.rpartition(" is not ")
    is_number = rest.startswith(("a valid int", "in the range"))
    if hasattr(error.__cause__, "errors"):  # later versions of typer use pydantic
        range_ = parameter.get_runtime_param().parameter_info
        found = error.__cause__.errors()[0]
        given = str(found["input"])
        is_number = found["type"].startswith(("int_", "greater_than", "less_than"))
    if not is_number:
        return ""
    least, most = (getattr(range_, name, None) for name in ("min", "max"))
    values = "" if least is None else f" of at least {least}"
    if values and most is not None:
        values = f" from {least} to {most}"
    received = quoted(given.strip("'"))
    return f"{parameter.opts[0]} takes a whole number{values}. Received: {received}."
