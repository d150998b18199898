"""Imports all commands of `densetrace`: for its help, its completion and its tests."""

from importlib import import_module

from densetrace.cli.app import COMMANDS, app

__all__ = ["app"]

for _name in COMMANDS:
    import_module(f"densetrace.cli.{_name}")
