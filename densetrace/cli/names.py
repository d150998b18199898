"""`densetrace names`: shows the layers, and the names that each `get()` finds."""

import sys
from typing import Annotated

import typer

from densetrace.cli import completion, epilog
from densetrace.cli.app import app
from densetrace.terminal import capabilities, output


@app.command(
    short_help="List all layers, and the names that Keras knows.",
    help="""\
List all layers and models, and the names that each lookup, such as activations.get(), accepts.""",
    epilog=f"""\b
Examples:
  densetrace names
  densetrace names initializers

{epilog.exit_codes(refused="there is no such registry")}""",
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
