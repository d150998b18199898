"""`densetrace glossary`: defines terms."""

import sys
from typing import Annotated

import typer

from densetrace.cli import completion, epilog
from densetrace.cli.app import app
from densetrace.terminal import capabilities, output


@app.command(
    short_help="Define a term.",
    help="""\
Define a term in a sentence or two. Without a term, define all of them. The term "notation" explains
the signs in a tree.""",
    epilog=f"""\b
Examples:
  densetrace glossary kernel
  densetrace glossary fan-in
  densetrace glossary notation
  densetrace glossary

{epilog.exit_codes(refused="there is no such term")}""",
)
def glossary(
    term: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TERM",
            autocompletion=completion.terms,
            show_default=False,
            help="The term, such as kernel.",
        ),
    ] = None,
) -> None:
    from densetrace.render import glossary as view
    from densetrace.teach.glossary import find_terms

    found = find_terms(" ".join(term or ()))
    signs = capabilities.signs_of(sys.stdout)
    if capabilities.is_accessible():
        output.write(map(signs.fit, view.plain(found)), sys.stdout)
    else:
        width = capabilities.width_of(sys.stdout)
        output.write_list(view.lines(found, width, signs))
