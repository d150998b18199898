"""`densetrace names`: shows the layers, and the names that each `get()` finds."""

import sys
from typing import Annotated

import typer

from densetrace.cli import completion
from densetrace.cli.app import app
from densetrace.terminal import output


@app.command(
    short_help="Show the layers, and what each get() can find.",
    help="""\
Show the layers and models that densetrace has, and the names that each get() can find, by the
object that they give.""",
)
def names(
    registry: Annotated[
        str | None,
        typer.Argument(
            metavar="REGISTRY",
            autocompletion=completion.registries,
            show_default=False,
            help="layers, activations, initializers, regularizers, constraints, optimizers, losses "
            "or metrics. All of them when left out.",
        ),
    ] = None,
) -> None:
    from densetrace import api
    from densetrace.render import names as view

    width = output.width_of(sys.stdout)
    output.write_styled(view.lines(api.names(registry), width), sys.stdout)
