"""Makes docs/reference/hook-points.md from the registry of hook points.

Run `python -m tests.docs.hook_points_page` to write the page anew; a test compares it.
"""

from collections import defaultdict

from densetrace.data.schema import KINDS

from densetrace.keras import hook_points
from tests.docs.made import DOCS, told, write

PAGE = DOCS / "reference" / "hook-points.md"

INTRODUCTION = """\
A hook point is a function of the framework that reports to the recorder each time it is called.
Its name is the one that Keras 2.14 has for it. Layers, initializers, regularizers and constraints
of your own become hook points when their classes are made; they are not in this table. What a step
of each kind says stands in [the trace format](../trace-format.md#a-step).
"""


def page() -> str:
    """The page as it should be."""
    points = defaultdict(list)
    for kind, point in hook_points():
        points[kind].append(point)
    rows = [f"| `{kind}` | `{point}` |" for kind in KINDS for point in sorted(points.get(kind, ()))]
    head = told("tests.docs.hook_points_page", "`densetrace.recording.hooks.REGISTRY`")
    table = "\n".join(["| kind | hook point |", "|---|---|", *rows])
    return f"# Hook points\n\n{INTRODUCTION}\n{head}\n{table}\n"


if __name__ == "__main__":
    write(PAGE, page)
