"""A trace as JSON, piece by piece (docs/trace-format.md), safe to show on a terminal as it is."""

from collections.abc import Iterator

from densetrace.data.json_writer import safe
from densetrace.data.trace import Trace


def chunks(trace: Trace, *, ascii_only: bool = False) -> Iterator[str]:
    """The text of a trace file, one step per line; `ascii_only` for outputs limited to ASCII."""
    return (
        (safe(chunk, ascii_only=True) for chunk in trace.chunks()) if ascii_only else trace.chunks()
    )
