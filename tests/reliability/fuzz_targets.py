"""Fuzz targets: reading an expression, and reading a trace. Each takes bytes, and may refuse them.

Run one with atheris (`pip install -e ".[fuzz]"`, which has wheels for CPython 3.11 to 3.13):

    python -m tests.reliability.fuzz_targets expressions tests/data/corpus/expressions -runs=200000
    python -m tests.reliability.fuzz_targets traces tests/data/corpus/traces -runs=200000

`test_corpus.py` runs the same targets on the inputs in these folders, without atheris.
"""

import contextlib
import sys
from collections.abc import Callable
from typing import Final

try:
    import atheris  # type: ignore[import-untyped, import-not-found, unused-ignore] # an extra
except ImportError:  # the corpus can still be run on the targets
    watched: contextlib.AbstractContextManager[None] = contextlib.nullcontext()
else:
    watched = atheris.instrument_imports(include=["densetrace", "json"])

with watched:
    from densetrace.data.trace import Trace
    from densetrace.sources.expression.parser import check, names, parse
    from densetrace.system.errors import RequestError


def read_expression(data: bytes) -> None:
    """Parse an expression and check its names."""
    with contextlib.suppress(RequestError):
        check(parse(data.decode("utf-8", "surrogateescape")), names())


def read_trace(data: bytes) -> None:
    """Read a trace; check that it is equal after writing and reading it again."""
    with contextlib.suppress(RequestError):
        trace = Trace.loads(data.decode("utf-8", "replace"))
        assert Trace.loads(trace.dumps()).dumps() == trace.dumps()


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    "expressions": read_expression,
    "traces": read_trace,
}


def main() -> None:
    """Fuzz the target in the first argument; the other arguments are passed to atheris."""
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
