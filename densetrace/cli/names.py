"""`densetrace names`: shows the layers, and the names that each `get()` finds."""

import sys
from typing import Annotated

import typer

from densetrace.cli import completion
from densetrace.cli.app import app
from densetrace.terminal import capabilities, output


@app.command(
    short_help="List the layers, and the names that each get() finds.",
    help="""\
List the layers and models of densetrace, and for each get() the names that it finds, with the
objects that it returns.""",
    epilog="""\b
Examples:
  densetrace names
  densetrace names initializers""",
)
def names(
    registry: Annotated[
        str | None,
        typer.Argument(
            metavar="REGISTRY",
            autocompletion=completion.registries,
            show_default=False,
            help="layers, activations, initializers, regularizers, constraints, optimizers, losses "
            "or metrics. By default all of them.",
        ),
    ] = None,
) -> None:
    from densetrace import api
    from densetrace.render import names as view

    width = capabilities.width_of(sys.stdout)
    output.write_list(view.lines(api.names(registry), width))
