"""`densetrace explain`: shows the trace of an expression."""

from typing import Annotated, Final

import typer

from densetrace.cli import epilog, option_values, options, outcome, sources
from densetrace.cli.app import app
from densetrace.sources.expression.limits import LIMITS
from densetrace.system.errors import RequestError, quoted, shown
from densetrace.terminal import capabilities, output

USUAL_SEED: Final = 0
"""Without `--seed`, the same command shows the same numbers again."""


@app.command(
    short_help="Trace a layer from start to finish.",
    help="""\
Trace a layer from start to finish: its construction, and its first call, which builds it.

EXPR is parsed, never evaluated. It may contain calls to Keras names, numbers, strings, lists,
tuples and dicts.""",
    epilog=f"""\b
Examples:
  densetrace explain "Dense(64, activation='relu')"
  densetrace explain "Dense(2, use_bias=False)" --input "[[1, 2, 3]]"
  densetrace explain "Dense(10)" --input-shape 28,28,1 --until build
  densetrace explain "Dense(3, kernel_regularizer='l2')" --only get
  densetrace explain "Dense(64)" -o trace.json
  densetrace explain trace.json --level framework

{LIMITS}

{epilog.exit_codes(raised="the layer raised an error: you see the steps before it")}

{epilog.listed("Environment variables:", epilog.VARIABLES)}""",
)
def explain(
    expr: Annotated[
        str,
        typer.Argument(
            metavar="EXPR",
            show_default=False,
            help="A layer or model as you write it in Python, or a saved trace (FILE.json). "
            "Use - to read either of them from standard input. A pipe such as <(command) works "
            "too.",
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
    level: options.LevelOption = "author",
    only: options.OnlyOption = None,
    depth: options.DepthOption = None,
    heatmaps: options.HeatmapsOption = False,
    format: options.FormatOption = None,
    file: options.FileOption = None,
    no_pager: options.NoPagerOption = False,
) -> int:
    asked = options.RunOptions(input_shape, inputs, until, seed, engine, max_steps, fit, batches)
    view = option_values.view(level, only, depth, heatmaps=heatmaps)
    form = option_values.format_for(format, file, capabilities.is_accessible())
    source = sources.read(expr)
    if source.kind == "script":
        raise RequestError(
            f"explain takes an expression. Received a script: {quoted(expr)}.",
            f"Run it: densetrace run {shown(expr)}",
        )
    trace = sources.record(source, asked, seed=USUAL_SEED).trace
    folder = sources.folder_of(expr)
    output.show(trace, view, form, file, paged=not no_pager, folder=folder)
    if trace.stop is not None and outcome.is_shown(trace, form, file):
        return trace.stop.exit_code
    return outcome.say_stop(trace)
