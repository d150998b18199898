"""Imports all commands of `densetrace`, in the order of `--help`."""

from densetrace.cli.app import app

# Importing a command adds it to the app, so the order of the imports is that of `--help`.
from densetrace.cli import (  # isort: skip
    explain, run, step, quiz, diff, why, verify, names, demo, glossary,  # noqa: F401
)  # fmt: skip

__all__ = ["app", "main"]


def main() -> None:
    """Run `densetrace`."""
    app()
