"""Makes docs/reference/raw-operations.md from the tables of densetrace.data.operations.

Run `python -m tests.docs.raw_operations_page` to write the page anew; a test compares it.
"""

import textwrap
from collections.abc import Iterable

from densetrace.data.operations import (
    BOOKKEEPING,
    CALL,
    COMPOSED,
    COMPUTE_SIZES,
    READ_SIZES,
    RUN_BY,
    TRACING,
)
from tests.docs.made import DOCS, told, write

PAGE = DOCS / "reference" / "raw-operations.md"

INTRODUCTION = """\
With `--engine tf_keras` or `--engine keras`, every operation that TensorFlow runs inside a step
of a layer is a step of kind `op`: eagerly, and while a graph is built for a symbolic call. Its
hook point is `tf.raw_ops.` and TensorFlow's name for it, such as `tf.raw_ops.Conv2D`. Its inputs
are the operands, and the attributes that differ from their defaults; a resource handle is shown as
the weight that it refers to. Its source line is the nearest line of Keras or of your own code that
called it. An operation that raises has no step: the enclosing step has the error. The time of an
operation is not measured.

TensorFlow reports operations through op callbacks, which belong to a thread. densetrace adds a
callback while it traces a real Keras, and removes it afterwards. It does not record operations
outside of a step.
"""

AUTHOR = """\
The author level has one line for each operation that a layer's own `call` runs. The framework
level also shows the operations inside functions, those that Keras runs around `call`, and
bookkeeping.
"""

SIZES = """\
Keras also computes shapes with operations. If a line of Keras calls one of {read},
the step is shown at the framework level. The same holds for {compute}, if all tensors are
integers of at most one dimension. If your own line calls one, the author level shows it too.
"""

FUNCTIONS = """\
These functions of TensorFlow are hooked by name. Each call by Keras or by your code is one step;
its raw operations are inside it. If the function itself is a raw operation, it has no second
step.
"""

GRAPHS = """\
A `tf.function`, a branch or the body of a loop is a graph function. `{tracing}` is the step in
which TensorFlow runs a Python function once to build its graph, with the operations inside it; it
is shown at the framework level, and recorded only inside a layer's `call`. `{call}` is the step
in which a graph function runs. A function that was traced before runs without showing its
operations again. An LSTM or GRU that is called on a symbolic tensor traces a second function, for
a GPU; it is not called where there is no GPU. Gradients that TensorFlow prepares meanwhile are
not recorded.
"""


def page() -> str:
    """The page as it should be."""
    head = told("tests.docs.raw_operations_page", "`densetrace.data.operations`")
    books = [f"| {_codes(row.types)} | {row.treatment} | {row.reason} |" for row in BOOKKEEPING]
    functions = [
        f"| `{point}` | {_codes(RUN_BY.get(point, ())) or 'none'} |"
        for point in sorted({*RUN_BY, *COMPOSED})
    ]
    return "\n".join(
        [
            f"# Operations of a real Keras\n\n{INTRODUCTION}\n{head}",
            f"## Bookkeeping\n\n{AUTHOR}",
            "| raw operations | treatment | reason |\n|---|---|---|",
            *books,
            "",
            _filled(SIZES, read=_codes(sorted(READ_SIZES)), compute=_codes(sorted(COMPUTE_SIZES))),
            f"## Functions\n\n{FUNCTIONS}",
            "| function | raw operations that are the function itself |\n|---|---|",
            *functions,
            "",
            f"## Graphs\n\n{_filled(GRAPHS, tracing=TRACING, call=CALL)}",
        ]
    )


def _filled(text: str, **names: str) -> str:
    """A paragraph with its names filled in, and wrapped again."""
    filled = " ".join(text.split()).format(**names)
    lines = textwrap.wrap(filled, 100, break_long_words=False, break_on_hyphens=False)
    return "\n".join((*lines, ""))


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    write(PAGE, page)
