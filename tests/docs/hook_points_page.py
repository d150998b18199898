"""Makes docs/reference/hook-points.md from the registry of hook points.

Run `python -m tests.docs.hook_points_page` to write the page anew; a test compares it.
"""

from collections import defaultdict
from collections.abc import Iterable

from densetrace.data.schema import KINDS
from densetrace.engines.keras3.points import points as keras_3_points
from densetrace.keras import hook_points
from tests.docs.made import DOCS, told, write

PAGE = DOCS / "reference" / "hook-points.md"

INTRODUCTION = """\
A hook point is a function of the framework that reports to the recorder each time it is called.
It has the name that Keras 2.14 gives it. Your own layers, initializers, regularizers and
constraints become hook points when you define their classes; they are not in this table.
[The trace format](../trace-format.md#a-step) lists the fields of a step of each kind.
"""


KERAS_3 = """\
## Keras 3

With `--engine keras`, these functions of an installed Keras 3 are hooked instead. The names are
those of its modules, without `src`, and the same on every backend. A method of a base class also
means that of each subclass. `*` stands for every function that a public module
offers.
"""


def page() -> str:
    """The page as it should be."""
    head = told(
        "tests.docs.hook_points_page",
        "`densetrace.recording.hooks.REGISTRY` and `densetrace.engines.keras3.points`",
    )
    ours, theirs = table(hook_points()), table(keras_3_points())
    return f"# Hook points\n\n{INTRODUCTION}\n{head}\n{ours}\n\n{KERAS_3}\n{theirs}\n"


def table(found: Iterable[tuple[str, str]]) -> str:
    """Hook points as a table, by kind."""
    points = defaultdict(set)
    for kind, point in found:
        points[kind].add(point)
    rows = [f"| `{kind}` | `{point}` |" for kind in KINDS for point in sorted(points.get(kind, ()))]
    return "\n".join(["| kind | hook point |", "|---|---|", *rows])


if __name__ == "__main__":
    write(PAGE, page)
