"""Reports on standard error how a run ended, and returns the exit code."""

import sys
from typing import TYPE_CHECKING

from densetrace.cli import sources
from densetrace.cli.options import RunOptions
from densetrace.system.errors import RequestError, error_text, shown
from densetrace.system.escape import visible
from densetrace.system.exit_codes import DONE, INTERRUPTED, REFUSED, TERMINATED
from densetrace.terminal import output
from densetrace.terminal.capabilities import is_terminal

if TYPE_CHECKING:
    from densetrace.data.trace import Trace

LONGEST_MESSAGE = 300


def recorded(
    argument: str, asked: RunOptions, *, seed: int | None = None, name: str = ""
) -> "tuple[Trace, int | None]":
    """Record the argument of a command, and report what cut the run short.

    Returns the trace, and the exit code of a script or of a run that was cut short, else None. What
    a script prints is not the result of the command, so it goes to standard error.

    Args:
        argument: as it was typed.
        asked: the options that were given.
        seed: repeats the random weights of an expression for which no `--seed` was given.
        name: the name of this run in messages, if there are two.
    """
    trace, script = sources.record(sources.read(argument), asked, seed=seed, prints_apart=True)
    if script is not None:
        if script.message:
            relay(script.message, name)
        return trace, script.exit_code
    return trace, say_stop(trace, name) if _is_cut_short(trace) else None


def say_stop(trace: "Trace", name: str = "") -> int:
    """Report what stopped a run, and return its exit code."""
    stop = trace.stop
    if stop is None:
        return DONE
    ran = "script" if trace.source.get("kind") == "script" else "layer"
    if stop.how == "refused":
        message = error_text(RequestError(visible(stop.message), visible(stop.hint)))
    elif stop.how == "interrupted":
        message = f"The {ran} was interrupted."
    else:
        raised = f"The {ran} raised {stop.type}: {' '.join(stop.message.split())}"
        message = shown(raised.rstrip(": "), LONGEST_MESSAGE)
    relay(message, name)
    return stop.exit_code


def is_shown(trace: "Trace", form: str, file: str | None) -> bool:
    """Whether the output has shown a refusal where standard error goes, too. A long trace on a
    terminal may have been in a pager, which is gone."""
    stop = trace.stop
    if stop is None or stop.how != "refused" or form not in ("tree", "plain"):
        return False
    if file is not None and not output.is_standard_output(file):
        return False
    return output.goes_where_errors_go() and not (trace.steps and is_terminal(sys.stdout))


def relay(message: str, name: str = "") -> None:
    """Print the last message of a run, with the name of the run if it has one."""
    message = message.rstrip("\n")
    if name:
        sign = "Error: " if message.startswith("Error: ") else ""
        message = f"{sign}In {name}: {message.removeprefix(sign)}"
    output.say(message)


def cut_short_code(code: int | None) -> int:
    """The exit code of a run that a refusal, Ctrl-C or SIGTERM ended, 0 for any other."""
    return code if code in (REFUSED, INTERRUPTED, TERMINATED) else DONE


def _is_cut_short(trace: "Trace") -> bool:
    """Whether a refusal, Ctrl-C or SIGTERM ended the run."""
    return trace.stop is not None and trace.stop.how != "raised"
