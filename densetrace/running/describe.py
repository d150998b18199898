"""A step in one line of plain text: what was called with what, and what came of it."""

from densetrace.data.trace import ABSENT, Step
from densetrace.data.values import text
from densetrace.system.errors import shown


def one_line(step: Step) -> str:
    """Such as `get keras.activations.get('relu') -> relu`; safe to print, whatever was traced."""
    inputs = ", ".join(f"{name}={text(value)}" for name, value in step.inputs.items())
    subject = f" on {step.subject}" if step.subject else ""
    if step.error is not None:
        end = f" raised {step.error.type}: {step.error.message}"
    elif step.result is ABSENT or step.result is None:
        end = ""
    else:
        end = f" -> {text(step.result)}"
    line = f"{step.kind} {step.point}({inputs}){subject}{end}"
    return shown(line, len(line))
