"""Questions about models, and about runs that end in an error."""

from collections.abc import Iterator
from itertools import takewhile
from typing import Final

from densetrace.data.schema import KINDS as STEP_KINDS
from densetrace.data.steps import Step
from densetrace.data.wording import entries, given, keywords, names, plain
from densetrace.teach.quiz.model import Draft, Kind, Option
from densetrace.teach.quiz.run import Run, brief, name_of

TOPIC: Final = "models"


def _resolves(step: Step, run: Run) -> Iterator[Draft]:
    """What does compile look up at once?"""
    resolved, put_off = names(given(step, "resolved_now")), names(given(step, "put_off"))
    if step.error is not None or resolved != ("optimizer",) or not put_off:
        return
    optimizer = step.inputs.get("optimizer")
    if not isinstance(optimizer, str):
        return
    late = " and ".join(plain(name) for name in put_off)
    passed = keywords((("optimizer", optimizer), *entries(given(step, "put_off"))))
    yield Draft(
        core="compile resolves",
        ask=f"{name_of(step)}.compile gets {passed}. Which of them does it look up immediately?",
        right="optimizer only",
        wrong=(
            Option("all of them", "compile-resolves-all"),
            Option(f"{late} only", "compile-resolves-all"),
            Option("none of them", "compile-resolves-nothing"),
        ),
        hint="What a name such as 'accuracy' means depends on the shape of the output.",
        because="compile looks up the optimizer. The first training or evaluation step looks up "
        f"{late}.",
        proof=(step,),
    )


def _weights(step: Step, run: Run) -> Iterator[Draft]:
    """What does compile do to the layers' weights?"""
    if step.error is not None:
        return
    if not run.layers or run.builds_layers(step):
        return
    right, other = "nothing: it leaves them as they are", "nothing: there are none yet"
    if not run.weights_before(step):
        right, other = other, right
    yield Draft(
        core="compile weights",
        ask=f"What does {name_of(step)}.compile do with the weights of the layers?",
        right=right,
        wrong=(
            Option("it builds the layers, which creates them", "build-at-compile"),
            Option(other),
            Option("it takes one training step with them"),
        ),
        hint="Does compile know the shape of the input?",
        because="compile builds no layer and adds no weights.",
        proof=(*_state_of_weights(step, run), step),
    )


def _state_of_weights(step: Step, run: Run) -> Iterator[Step]:
    """The step before `compile` that shows whether a layer has weights: one adds a weight, or sets
    `built` to False."""
    has_weights = run.weights_before(step)
    for name in sorted(run.layers):
        for one in run.about("add_weight" if has_weights else "assign", name):
            is_state = has_weights or (
                given(one, "name") == "built" and given(one, "value") is False
            )
            if is_state and run.position(one) < run.position(step):
                yield one
                return


# -- errors ---------------------------------------------------------------------------------------

_LATER: Final = ("Layer.__call__", "Dense.build", "Dense.call", "Sequential.compile")
_EARLIER: Final = (
    "Layer.__new__",
    "Dense.__init__",
    "Layer.__init__",
    "activations.get",
    "initializers.get",
)


def _fails(step: Step, run: Run) -> Iterator[Draft]:
    """The run ends in an error. Where is it raised?"""
    inside = (child for child in step.children if not run.is_inner(child))
    if step.error is None or any(child.error == step.error for child in inside):
        return
    chain = [step, *takewhile(lambda outer: outer.error == step.error, run.parents(step))]
    # The lookup that refused a name is more useful than the deserializer inside it.
    found = next((outer for outer in reversed(chain) if outer.kind == "get"), step)
    guilty, error = brief(found.point), plain(step.error.type)
    article = "an" if error[:1] in "AEIOU" else "a"
    involved = {brief(outer.point) for outer in chain}
    early = found.kind in ("get", "init", "assign")
    mistaken = "errors-come-late" if early else ""
    late = [Option(place, mistaken) for place in _LATER if place not in involved]
    soon = [Option(place) for place in _EARLIER if place not in involved]
    wrong = [*late[1:3], *soon, *late[:1]] if early else [*soon[:2], *late, *soon[2:]]
    yield Draft(
        core=f"fails {guilty}",
        ask=f"This run ends with {article} {error}. Which function raises it?",
        right=guilty,
        wrong=tuple(wrong),
        hint="Which of them checks the wrong value first?",
        because="The error was raised in it and passed through the others.",
        proof=(found,),
    )


KINDS: Final = (
    Kind("compile", TOPIC, "what compile looks up", ("compile",), _resolves),
    Kind("compile-weights", TOPIC, "what compile does to weights", ("compile",), _weights),
    Kind("failure", "errors", "where an error begins", STEP_KINDS, _fails),
)
