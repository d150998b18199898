"""Questions about attributes: which one is set next, and its value."""

from collections.abc import Iterator
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.values import Function, Instance
from densetrace.data.wording import described, given, in_sentence, names, plain
from densetrace.teach.quiz.model import Draft, Kind, Option
from densetrace.teach.quiz.options import NOTHING, as_option, neighbours, only_wrong
from densetrace.teach.quiz.run import Run, brief, ends, name_of

TOPIC: Final = "attributes"

_BASES: Final = ("Layer.__init__", "Model.__init__")
"""Code that sets many private attributes, which are not recorded as steps."""


def _set_next(step: Step, run: Run) -> Iterator[Draft]:
    """Which attribute is set next?"""
    outer = run.parent(step)
    if outer is None or outer.kind != "init" or any(ends(outer, base) for base in _BASES):
        return
    earlier, later = ([s for s in row if s.kind == "assign"] for row in run.nearby(step))
    if not earlier or any(other.subject != step.subject for other in (*earlier, *later)):
        return
    previous = earlier[0]
    between = run.steps[run.position(previous) + 1 : run.position(step)]
    if any(other.kind == "assign" and other.subject == step.subject for other in between):
        return
    name, just_set = plain(given(step, "name")), plain(given(previous, "name"))
    yield Draft(
        core=f"set next {name}",
        ask=f"{brief(outer.point)} has just set {just_set}. Which public attribute does it set "
        "next?",
        right=name,
        wrong=(
            *(only_wrong(plain(given(other, "name")) for other in later)),
            Option("kernel", "weights-at-construction"),
            *(only_wrong(plain(given(other, "name")) for other in reversed(earlier[1:]))),
        ),
        hint="The order is that of the signature.",
        because=f"It comes right after {just_set}.",
        proof=(step,),
    )


def _default(step: Step, run: Run) -> Iterator[Draft]:
    """This argument was left out. What is the value of the attribute?"""
    outer, lookup = run.parent(step), run.before(step)
    name, value = given(step, "name"), given(step, "value")
    if outer is None or outer.kind != "init" or not isinstance(name, str):
        return
    if lookup is None or lookup.kind != "get" or run.feeds(lookup) is not step:
        return
    identifier, new = given(lookup, "identifier"), _construction(step, run)
    if new is None or name in names(given(new, "bound")) or name not in outer.inputs:
        return
    if outer.inputs[name] != identifier or name not in names(given(new, "arg_names")):
        return
    registry = plain(given(lookup, "registry"))
    if isinstance(value, Instance):
        none = "bias-initializer-is-none" if name == "bias_initializer" else ""
        wrong = [
            Option(NOTHING, none),
            Option(f"the class {plain(value.cls)}", "name-gives-class"),
            *only_wrong(neighbours(registry, (value.cls,))),
        ]
        if isinstance(identifier, str):
            wrong.insert(1, Option(described(identifier), "names-stay-strings"))
    elif isinstance(value, Function):
        wrong = [
            Option(NOTHING, "no-activation-is-none"),
            *only_wrong(neighbours(registry, (value.name,))),
        ]
    elif value is None:
        usual = [Option(text, "none-means-default") for text in neighbours(registry, ())]
        wrong = [*usual[:2], Option("the string 'None'"), Option("False")]
    else:
        return
    yield Draft(
        core=f"default {name}",
        ask=f"The code does not pass {plain(name)}. What is {name_of(step)}.{plain(name)} after "
        f"{brief(outer.point)} has set it?",
        right=as_option(value),
        wrong=tuple(wrong),
        hint="The signature has a default, and the default goes through a lookup.",
        because=f"The default is {in_sentence(identifier)}, and {registry}.get returns "
        f"{described(value)}.",
        proof=(lookup, step),
    )


def _construction(step: Step, run: Run) -> Step | None:
    """The `new` step of the object whose attribute is set."""
    made = run.about("new", step.subject)
    return made[0] if len(made) == 1 else None


def _units(step: Step, run: Run) -> Iterator[Draft]:
    """What is the value of units when the argument was not an int?"""
    outer, kept = run.parent(step), given(step, "value")
    if given(step, "name") != "units" or outer is None or not ends(outer, "Dense.__init__"):
        return
    asked = outer.inputs.get("units")
    if isinstance(kept, bool) or not isinstance(kept, int) or type(asked) is int or asked is None:
        return
    wrong = [
        Option(in_sentence(asked), "units-stay-as-given"),
        Option("nothing: it raises an error"),
        Option(f"{kept + 1}"),
        Option(NOTHING),
    ]
    yield Draft(
        core="units converted",
        ask=f"The code passes units={in_sentence(asked)}. What does Dense.__init__ store as units?",
        right=in_sentence(kept),
        wrong=tuple(wrong),
        hint="isinstance(units, int) decides what happens.",
        because=f"{in_sentence(asked)} is not an int, so Keras stores int({in_sentence(asked)}).",
        proof=(step,),
    )


KINDS: Final = (
    Kind("set-next", TOPIC, "which attribute is set next", ("assign",), _set_next),
    Kind("default", TOPIC, "what an attribute holds by default", ("assign",), _default),
    Kind("units", TOPIC, "what units becomes", ("assign",), _units),
)
