"""What Keras prints, and where to. Follows keras 2.14 utils/io_utils.py."""

import os
import sys
import threading
from typing import Any, Final

INTERACTIVE_LOGGING: Final = threading.local()


def enable_interactive_logging() -> None:
    """Print progress and messages on standard output, as is usual.

    Follows keras 2.14 utils/io_utils.py, enable_interactive_logging.
    """
    INTERACTIVE_LOGGING.enable = True


def disable_interactive_logging() -> None:
    """Send progress and messages to a logger instead of standard output.

    Follows keras 2.14 utils/io_utils.py, disable_interactive_logging.
    """
    INTERACTIVE_LOGGING.enable = False


def is_interactive_logging_enabled() -> bool:
    """Return whether progress and messages are printed on standard output.

    Follows keras 2.14 utils/io_utils.py, is_interactive_logging_enabled.
    """
    return bool(getattr(INTERACTIVE_LOGGING, "enable", True))


def print_msg(message: str, line_break: bool = True) -> None:
    """Write a message to standard output, or to the logger `absl`.

    Follows keras 2.14 utils/io_utils.py, print_msg.
    """
    if not is_interactive_logging_enabled():
        import logging  # costs start-up

        logging.getLogger("absl").info(message)
        return
    sys.stdout.write(f"{message}\n" if line_break else message)
    sys.stdout.flush()


def path_to_string(path: Any) -> Any:
    """Return the text of a path object, and any other value unchanged.

    Follows keras 2.14 utils/io_utils.py, path_to_string.
    """
    return os.fspath(path) if isinstance(path, os.PathLike) else path


def ask_to_proceed_with_overwrite(filepath: Any) -> bool:
    """Ask on standard input whether a file may be overwritten.

    Follows keras 2.14 utils/io_utils.py, ask_to_proceed_with_overwrite.
    """
    answer = input(f"[WARNING] {filepath} already exists - overwrite? [y/n]").strip().lower()
    while answer not in ("y", "n"):
        answer = input('Enter "y" (overwrite) or "n" (cancel).').strip().lower()
    if answer == "n":
        return False
    print_msg("[TIP] Next time specify overwrite=True!")
    return True
