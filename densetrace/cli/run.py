"""`densetrace run`: runs a Keras script, traced."""

from typing import Annotated

import typer

from densetrace.cli import epilog, option_values, options, outcome, sources
from densetrace.cli.app import app
from densetrace.system import signals
from densetrace.system.escape import visible
from densetrace.terminal import capabilities, output


@app.command(
    short_help="Run and trace a Keras script, without TensorFlow.",
    help="""\
Run an unmodified Keras script without TensorFlow, and show its steps.

The output of the script and the trace both go to standard output; -o FILE writes the trace to a
file. With --format json, html, svg, markdown or chrome and no -o, the output of the script goes to
standard error.
Options of densetrace go before SCRIPT; everything after it is passed to the script.""",
    context_settings={"allow_interspersed_args": False},
    epilog=f"""\b
Examples:
  densetrace run lesson.py
  densetrace run --level user lesson.py --epochs 3
  densetrace run --engine tf_keras lesson.py
  densetrace run -o trace.json lesson.py

{
        epilog.exit_codes(
            done="the script ended by itself",
            raised="the script raised an error: you see the steps before it",
            refused="the script uses a name that densetrace lacks",
            terminated="terminated (SIGTERM): you see the steps before it",
            others="the code that the script passed to sys.exit",
        )
    }""",
)
def run(
    context: typer.Context,
    script: Annotated[
        str, typer.Argument(metavar="SCRIPT", show_default=False, help="A Python file.")
    ],
    args: Annotated[
        list[str] | None,
        typer.Argument(metavar="ARGS...", show_default=False, help="Arguments for the script."),
    ] = None,
    engine: options.EngineOption = "densetrace",
    max_steps: options.MaxStepsOption = None,
    batches: options.BatchesOption = None,
    level: options.LevelOption = "author",
    only: options.OnlyOption = None,
    depth: options.DepthOption = None,
    heatmaps: options.HeatmapsOption = False,
    format: options.FormatOption = None,
    file: options.FileOption = None,
    no_pager: options.NoPagerOption = False,
) -> int:
    view = option_values.view(level, only, depth, heatmaps=heatmaps)
    form = option_values.format_for(format, file, capabilities.is_accessible())
    asked = options.RunOptions(engine=engine, max_steps=max_steps, batches=batches)
    is_printed = file is None or output.is_standard_output(file)
    apart = is_printed and form not in ("tree", "plain")
    folder = sources.folder_of(script)
    with signals.termination_raised():
        ended = sources.run_script(script, args or [], asked, form=form, prints_apart=apart)
    output.show(ended.trace, view, form, file, paged=not no_pager, folder=folder)
    if ended.message and not outcome.is_shown(ended.trace, form, file):
        outcome.relay(ended.message)
    if not ended.read_arguments:
        declared = context.command.get_params(context)
        if misplaced := option_values.misplaced(args or [], declared):
            from densetrace.terminal.command_line import command_line

            words = " ".join(misplaced)
            output.say(
                f"Note: {visible(words)} was passed to the script, which did not read it.\n"
                "Options of densetrace go before SCRIPT: "
                f"{command_line(['densetrace', 'run', *misplaced, script])}"
            )
    return ended.exit_code
