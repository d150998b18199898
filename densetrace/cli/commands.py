"""All commands of `densetrace`, in the order in which `--help` lists them."""

from densetrace.cli.app import app

# Importing a command adds it to the app, so they are imported in that order.
from densetrace.cli import (  # isort: skip
    explain, run, step, quiz, diff, why, verify, names, demo, glossary,  # noqa: F401
)  # fmt: skip

__all__ = ["app", "main"]


def main() -> None:
    """Run the command that was typed."""
    app()
