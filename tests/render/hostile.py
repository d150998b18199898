"""Hostile names in traces: those of hostile.tsv, and marks and markup of every kind."""

from functools import cache
from pathlib import Path
from typing import Final

from densetrace import api
from densetrace.data.code import code_value
from densetrace.data.steps import Error, Stop, Where
from densetrace.data.trace import Trace
from densetrace.system.errors import RequestError
from tests.render.steps import step, trace

TABLE: Final = Path(__file__).parents[1] / "data" / "hostile.tsv"

NAMES: Final = [
    "</script><script>densetrace_canary=1</script>",
    "</ScRiPt\n><img src=x onerror=densetrace_canary=1>",
    "<!--<script>",
    "-->",
    "]]>",
    "</title></style></pre></noscript><svg/onload=densetrace_canary=1>",
    "{{data}}{{script}}{{7*7}}",
    "` ``` ~~~ `` x",
    "```\n# heading\n[link](javascript:densetrace_canary=1) @somebody #1 www.example.com",
    '"onmouseover="densetrace_canary=1',
    "'\\\"; alert(1) //",
    "\x1b[2J\x1b]8;;http://example.invalid\x07",
    "\u202egnp.exe \u2028 \u2029 \u0000 \ufeff \ud800",
    "__proto__",
    "constructor",
    "a" * 5_000,
]
"""Text that some format would interpret if it were not escaped."""


def hostile_step_trace(name: str) -> Trace:
    """A trace with this name in every text field."""
    inner = step("assign", name, subject=name, line=name, facts={name: name}, name=name, value=name)
    failed = step("get", name, subject=name, error=Error(name, name), line=name, identifier=name)
    made = trace(step("new", name, inner, subject=name, line=name, result=name), failed, text=name)
    made.source[name] = name
    made.source["code"] = code_value({name: [name, f"x = {name}"]})
    made.engine |= {"name": name, "version": name, "follows": name}
    made.outcome |= Stop("refused", name, name, name, Where(name, 3, name, name)).outcome()
    return made


@cache
def table_traces() -> list[Trace]:
    """The traces of all expressions of the table that are not refused."""
    made: list[Trace] = []
    for line in TABLE.read_text(encoding="utf-8").split("\n"):
        if not line or line.startswith("##"):
            continue
        expression = line.split("\t")[0]
        if expression.startswith("#gen "):
            expression = eval(expression.removeprefix("#gen "), {})
        try:
            made.append(api.explain(expression, seed=1))
        except RequestError:
            continue
    return made
