"""Questions about the decorator `allow_initializer_layout`: when it acts, and what it sets."""

from collections.abc import Iterator
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.wording import children, entries, given, joined, kernel_first, names
from densetrace.teach.quiz.model import Draft, Kind, Option
from densetrace.teach.quiz.run import Run, brief

TOPIC: Final = "layouts"

NOTHING: Final = "no attribute at all"


def _looks_when(step: Step, run: Run) -> Iterator[Draft]:
    """When does the decorator look for layouts?"""
    inits = children(step, "init")
    if not inits or not names(given(step, "initialized_variables")):
        return
    init = brief(inits[0].point)
    yield Draft(
        core=f"layout when {init}",
        ask=f"allow_initializer_layout decorates {init}. When does it look for layouts among "
        "the arguments?",
        right=f"before {init} runs",
        wrong=(
            Option(f"after {init} has run", "decorator-after-init"),
            Option("while Layer.__new__ runs"),
            Option("when the layer is built"),
        ),
        hint="Layer.__init__ rejects arguments that it does not know.",
        because=f"It must remove them before {init} gets the arguments.",
        proof=(step, inits[0]),
    )


def _sets(step: Step, run: Run) -> Iterator[Draft]:
    """What does the decorator set after `__init__`?"""
    variables = names(given(step, "initialized_variables"))
    inits = children(step, "init")
    if not inits or not variables or step.error is not None:
        return
    init, put = brief(inits[0].point), names(given(step, "set"))
    offered = entries(given(step, "layouts_given"))
    layouts = joined(kernel_first(f"{name}_layout" for name in variables))
    initializers = joined(kernel_first(f"{name}_initializer" for name in variables))
    passed = (
        "No layout was passed"
        if not offered
        else f"{'One layout' if len(offered) == 1 else 'All layouts'} that it allows "
        f"{'was' if len(offered) == 1 else 'were'} passed"
    )
    if 1 < len(offered) < len(variables):
        return
    wrong = [
        Option(initializers, "decorator-sets-initializers"),
        Option(joined(kernel_first(variables)), "weights-at-construction"),
    ]
    if set(put) != {f"{name}_layout" for name in variables}:
        wrong.insert(1, Option(layouts, "layouts-are-always-set"))
    if put:
        wrong.append(Option(NOTHING))
    yield Draft(
        core=f"layout sets {init} {len(put)}",
        ask=f"{passed}, and {init} has returned. What does allow_initializer_layout set on the "
        "layer "
        "now?",
        right=joined(kernel_first(put)) if put else NOTHING,
        wrong=tuple(wrong),
        hint="It sets the layouts that it removed.",
        because="It only sets the layouts that it removed from the arguments.",
        proof=(step,),
    )


KINDS: Final = (
    Kind("layout-when", TOPIC, "when the layout decorator acts", ("layout",), _looks_when),
    Kind("layout-sets", TOPIC, "what the layout decorator sets", ("layout",), _sets),
)
