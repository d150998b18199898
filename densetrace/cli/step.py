"""`densetrace step`: steps through a trace in the terminal."""

import sys
from typing import Annotated, Literal

import typer

from densetrace.cli import epilog, options, outcome, sources
from densetrace.cli.app import app
from densetrace.system import streams


@app.command(
    short_help="Step through a trace in the terminal, forward and back.",
    help="""\
Step forward and back through the trace of a layer or a script.

The screen shows your position in the tree, the step with its explanation, the source line
that caused it, and the current state of the object.""",
    epilog=f"""\b
Examples:
  densetrace step "Dense(64, activation='relu')"
  densetrace step lesson.py --level user
  densetrace step trace.json --at 17
  densetrace step "Dense(64)" --predict
  echo "jj/kernel" | densetrace step "Dense(3)"

In the stepper, press ? for all keys. Piped input is read as keystrokes, and
each step is printed.

{
        epilog.exit_codes(
            raised="the layer or the script raised an error: you step through what it did before",
            others="the code that the script passed to sys.exit",
        )
    }""",
)
def step(
    what: options.SubjectArgument,
    at: Annotated[int, typer.Option(metavar="N", help="Start at this step.")] = 1,
    level: options.LevelOption = "author",
    input_shape: options.InputShapeOption = None,
    inputs: options.InputOption = None,
    until: options.UntilOption = None,
    seed: options.SeedOption = None,
    engine: options.EngineOption = "densetrace",
    max_steps: options.MaxStepsOption = None,
    fit: options.FitOption = False,
    batches: options.BatchesOption = None,
    format: Annotated[
        Literal["screen", "plain"] | None,
        typer.Option(
            help="screen (the default on a terminal), or plain: lines and a prompt, good for "
            "screen readers. ACCESSIBLE=1 also selects plain.",
        ),
    ] = None,
    predict: Annotated[
        bool,
        typer.Option(
            "--predict", help="Predict each step before you see it. densetrace keeps score."
        ),
    ] = False,
) -> int:
    from densetrace.stepper import loop

    asked = options.RunOptions(input_shape, inputs, until, seed, engine, max_steps, fit, batches)
    source = sources.read(what)
    folder = sources.folder_of(what)
    trace, script = sources.record(source, asked)
    if script is not None:
        if not streams.is_read(sys.stdout):  # the output pipe is closed
            return script.exit_code
        if script.message and not trace.steps:
            outcome.relay(script.message)
    if sources.is_standard_input(what):
        loop.take_terminal()
    code = loop.step(
        trace,
        at=at,
        level=level,
        form=format,
        command=_again(source, asked),
        folder=folder,
        predict=predict,
        seed=seed or 0,
    )
    if script is None:
        return code or outcome.say_stop(trace)
    if script.message:
        outcome.relay(script.message)
    return code or script.exit_code


def _again(source: sources.Source, asked: options.RunOptions) -> list[str]:
    """The words of the command that steps through the same source again."""
    recorded = [] if asked.batches is None else ["--batches", asked.batches]
    if asked.max_steps is not None:
        recorded += ["--max-steps", str(asked.max_steps)]
    if source.kind != "expression":
        return ["densetrace", "step", source.argument, *recorded]
    words = ["densetrace", "step", source.text.strip()]
    for option, value in asked.for_expressions().items():
        for one in value if isinstance(value, list) else [value]:
            words += [option] if one is True else [option, str(one)]
    return words + recorded
