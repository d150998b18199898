"""Steps of a trace by kind and name: which number a step has is no matter of most tests."""

from densetrace.data.trace import Trace
from densetrace.data.wording import by_name, given


def number(made: Trace, kind: str, which: int = 0, **named: str) -> int:
    """The number, from 1, of a step of this kind whose inputs and facts have these names.

    Args:
        made: the trace.
        kind: the kind of the step.
        which: the first such step when 0, the last one when -1.
        **named: what fields hold, as text: `of="Layer"`, `identifier="relu"`.
    """
    found = [
        at
        for at, step in enumerate(made.walk(), start=1)
        if step.kind == kind
        and all(by_name(given(step, field)) == name for field, name in named.items())
    ]
    return found[which]
