"""Warnings of the mirrored stack: of Python, located at the user's line that caused them, and
logged."""

import sys
import warnings
from types import FrameType

from densetrace.recording.source_lines import SourceLines


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn as `warnings.warn` does, at the nearest line outside densetrace and the libraries; at
    the caller's line where there is none."""
    own = sys._getframe(1)
    lines = SourceLines()
    frame: FrameType | None = own
    while frame is not None and not lines.is_users(frame.f_code):
        frame = frame.f_back
    at = frame or own
    warnings.warn_explicit(
        message,
        category,
        at.f_code.co_filename,
        at.f_lineno,
        at.f_globals.get("__name__") or "<unknown>",
        at.f_globals.setdefault("__warningregistry__", {}),
    )


def log_warning(message: str, logger: str = "tensorflow") -> None:
    """Log a warning where TensorFlow logs its own, or with `absl` where Keras does."""
    import logging  # costs start-up

    logging.getLogger(logger).warning(message)
