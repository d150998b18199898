"""The exit codes of `densetrace`, in one table."""

from typing import Final

DONE: Final = 0
"""The command did what was asked, or the script ended by itself."""

RAISED: Final = 1
"""The layer or the script raised, two traces differ, or a claim of a lesson failed."""

REFUSED: Final = 2
"""The request was invalid, the script used a name that densetrace lacks, or the result cannot be
written."""

INTERRUPTED: Final = 130
"""Ctrl-C ended it."""

TERMINATED: Final = 143
"""SIGTERM ended a script, and its trace was shown or saved."""
