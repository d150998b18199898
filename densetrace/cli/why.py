"""`densetrace why`: shows the chain of steps that leads to a value."""

from typing import Annotated

import typer

from densetrace.cli import epilog, option_values, options, outcome, sources
from densetrace.cli.app import app
from densetrace.system.activity import activity
from densetrace.system.errors import RequestError, quoted, shown
from densetrace.terminal import capabilities, output


@app.command(
    short_help="Show where a value comes from.",
    help="""\
Show where a value comes from: the shortest chain of steps from your input to the value, each
with an explanation and its source line.""",
    epilog=f"""\b
Examples:
  densetrace why "Dense(64, activation='relu')" kernel
  densetrace why "Dense(64, activation='relu')" output.shape
  densetrace why "Sequential([Dense(8), Dense(1)])" dense_1.kernel
  densetrace why lesson.py scale.factor

{
        epilog.exit_codes(
            done="answered",
            raised="the layer or the script raised an error: the answer is about what ran before",
            refused="there is no such target",
            others="the code that the script passed to sys.exit",
        )
    }""",
)
def why(
    what: options.SubjectArgument,
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET",
            show_default=False,
            help="An attribute, a weight or the output, such as kernel, bias.dtype, dense_1.kernel "
            "or output.shape. After training, also loss, 'epoch 2.loss', 'gradient of "
            "dense/kernel', a slot of the optimizer, such as 'm of dense/kernel', or a setting, "
            "such as learning_rate or batch_size; of one of several calls: 'fit 2.batch_size'.",
        ),
    ],
    input_shape: options.InputShapeOption = None,
    inputs: options.InputOption = None,
    until: options.UntilOption = None,
    seed: options.SeedOption = None,
    engine: options.EngineOption = "densetrace",
    max_steps: options.MaxStepsOption = None,
    fit: options.FitOption = False,
    batches: options.BatchesOption = None,
    format: options.AnswerFormatOption = None,
    file: options.FileOption = None,
) -> int:
    from densetrace.render import why as view
    from densetrace.study.why import why as ask

    _check_order(what, target)
    form = option_values.answer_format(format, file, capabilities.is_accessible())
    asked = options.RunOptions(input_shape, inputs, until, seed, engine, max_steps, fit, batches)
    folder = sources.folder_of(what)
    trace, code = outcome.recorded(what, asked)
    with activity("Searching the trace"):
        found = ask(trace, target)
    output.answer(
        form,
        file,
        drawn=lambda width, signs: view.lines(trace, found, width, signs),
        flat=lambda: view.plain(trace, found),
        data=lambda: view.form(found),
        folder=folder,
    )
    return outcome.say_stop(trace) if code is None else code


_FILES = (".json", ".py")


def _check_order(what: str, target: str) -> None:
    """Check that the arguments are not swapped.

    Raises:
        RequestError: if the target looks like a file or an expression, and the first argument like
            a target.
    """
    from shlex import quote

    is_file = what.lower().endswith(_FILES) or what.startswith(("/", "./", "../", "-"))
    if is_file or "(" in what:
        return
    order = "The expression or file comes first, then the target."
    received = f"Received: {quoted(what)} {quoted(target)}"
    if target.lower().endswith(_FILES) or target.rstrip().endswith(")"):
        swapped = f"{shown(quote(target))} {shown(quote(what))}"
        raise RequestError(
            f"{order} {received}", f"Did you swap them? Try densetrace why {swapped}"
        )
    if what == "epoch" and target.partition(".")[0].isdecimal():
        example = shown(quote(f"{what} {target}"))
        raise RequestError(f"{order} {received}", f"Try densetrace why trace.json {example}")
