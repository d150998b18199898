"""The result of a comparison with a real Keras, in one line."""

from collections.abc import Sequence

from densetrace.data.outputs import Outputs
from densetrace.data.trace import Trace
from densetrace.data.values import counted
from densetrace.study.verify import Comparison


def title(trace: Trace) -> str:
    """The stack that a trace was recorded on: `tf_keras 2.21.0`."""
    return " ".join(str(trace.engine[name]) for name in ("name", "version") if name in trace.engine)


def verdict(found: Comparison) -> str:
    """`54 of 54 steps agree with tf_keras 2.21.0; outputs agree within 1e-6.`"""
    total = len(found.steps)
    steps = f"{found.agreeing:,} of {counted(total, 'step')} agree with {title(found.theirs)}"
    parts = [steps, *_exceptions(found)]
    return f"{', '.join(parts)}; {end(found)}."


def not_compared(found: Comparison) -> str:
    """The operations that were not compared, in a sentence; empty if there are none."""
    ours, theirs = found.not_compared
    if not ours and not theirs:
        return ""
    return (
        "Operations that are steps in only one of the two are not compared: "
        f"{ours:,} in densetrace, {theirs:,} in {found.theirs.engine.get('name')}."
    )


def short(found: Comparison) -> str:
    """The verdict in a few words, for a table."""
    if not found.agrees:
        parts = list(_exceptions(found))
        if (found.outputs is not None and not found.outputs.agree) or _ends_differ(found):
            parts.append(end(found))
        return ", ".join(parts)
    error = found.errors[0]
    how = f"agrees: both raise {error}" if error else "agrees"
    return ", ".join((how, *_exceptions(found)))


def suite_verdict(found: Sequence[Comparison]) -> str:
    """The verdict on many comparisons: `42 of 42 expressions agree with tf_keras 2.21.0: ...`"""
    agreeing = sum(1 for one in found if one.agrees)
    steps = sum(len(one.steps) for one in found)
    parts = [f"{sum(one.agreeing for one in found):,} of {steps:,} steps"]
    departing = sum(len(one.departing) for one in found)
    if departing:
        parts.append(f"{departing:,} {'departs' if departing == 1 else 'depart'} as stated")
    with_whom = title(found[0].theirs) if found else "a real Keras"
    return f"{agreeing} of {len(found)} expressions agree with {with_whom}: {', '.join(parts)}."


def end(found: Comparison) -> str:
    """How both runs ended: the exceptions they raised, or how far their outputs agree."""
    ours, theirs = found.errors
    if ours and ours == theirs:
        return f"both raise {ours}"
    if ours or theirs:
        return f"ours raises {ours or 'nothing'}, theirs {theirs or 'nothing'}"
    return "no outputs to compare" if found.outputs is None else _outputs(found.outputs)


def _outputs(outputs: Outputs) -> str:
    if outputs.problem:
        return f"outputs differ: {outputs.problem}"
    if outputs.agree:
        return f"outputs agree within {_number(outputs.tolerance)}"
    return f"outputs differ by up to {_number(outputs.largest)}"


def _exceptions(found: Comparison) -> list[str]:
    departing, differing = len(found.departing), len(found.differing)
    texts = []
    if departing:
        texts.append(f"{departing:,} {'departs' if departing == 1 else 'depart'} as stated")
    if differing:
        texts.append(f"{differing:,} {'differs' if differing == 1 else 'differ'}")
    return texts


def _ends_differ(found: Comparison) -> bool:
    return found.errors[0] != found.errors[1]


def _number(number: float) -> str:
    return f"{number:.1e}".replace("e-0", "e-").replace(".0e", "e")
