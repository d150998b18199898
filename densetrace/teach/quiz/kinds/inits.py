"""Questions about `__init__` methods: their arguments, their order, and the layer's name."""

from collections.abc import Iterator
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.wording import (
    children,
    entries,
    given,
    in_sentence,
    plain,
    result,
)
from densetrace.teach.quiz.kinds.construction import (
    TOPIC,
    is_complete,
    written,
)
from densetrace.teach.quiz.model import Draft, Kind, Option
from densetrace.teach.quiz.run import Run, brief, class_of, ends


def _construction(step: Step, run: Run) -> Step | None:
    """The `new` step of the object whose outermost `__init__`, or its wrapper, begins here."""
    new = run.before(step)
    if new is None or new.kind != "new" or class_of(new) != class_of(step):
        return None
    return new


def _init_point(step: Step) -> str:
    """The hook point of an `__init__` step, or of the `__init__` that a wrapper step calls."""
    if step.kind == "layout":
        inner = children(step, "init")
        return brief(inner[0].point) if inner else f"{class_of(step)}.__init__"
    return brief(step.point)


def _origin(step: Step, run: Run) -> Iterator[Draft]:
    """Where do the arguments of `__init__` come from?"""
    new = _construction(step, run)
    if new is None or not entries(given(new, "bound")) or not is_complete(new):
        return
    init, made_by = _init_point(step), brief(new.point)
    yield Draft(
        core=f"origin {class_of(step)}",
        ask=f"{written(new)} is constructed. Where do the arguments of {init} come from?",
        right="from the caller, as written",
        wrong=(
            Option(f"from the dict that {made_by} merged", "init-gets-merged"),
            Option(f"from the auto-config that {made_by} stored", "init-gets-merged"),
            Option("from Layer.__init__, which runs first"),
        ),
        hint=f"{made_by} returns only an object.",
        because="Python calls __new__ and then __init__, both with the caller's own arguments.",
        proof=(new, (run.first(step, "init") if step.kind == "layout" else None) or step),
    )


def _entered_next(step: Step, run: Run) -> Iterator[Draft]:
    """__new__ has returned. What is entered next?"""
    new = _construction(step, run)
    if new is None:
        return
    cls, init = class_of(step), _init_point(step)
    wrapper = "the wrapper that allow_initializer_layout puts around"
    if step.kind == "layout":
        right, wrong = (
            f"{wrapper} {init}",
            Option(f"{init} itself, and the wrapper after it", "decorator-after-init"),
        )
        because = "The name of a decorated function refers to the wrapper."
    else:
        right, wrong = (
            f"{init}",
            Option(f"{wrapper} {init}", "every-init-is-decorated"),
        )
        because = f"No Keras decorator wraps {init}."
    others = [Option(f"{cls}.build", "build-at-construction")]
    if init != "Layer.__init__":
        others.insert(0, Option("Layer.__init__"))
    else:
        others.append(Option(f"{cls}.call"))
    yield Draft(
        core=f"entered next {cls}",
        ask=f"{brief(new.point)} has created an empty {cls} object. What does Python call next?",
        right=right,
        wrong=(wrong, *others, Option("Layer.add_weight", "weights-at-construction")),
        hint="The object has no attributes yet and has to be set up.",
        because=because,
        proof=(new, step),
    )


def _action(step: Step) -> str | None:
    """What a step inside an `__init__` does, worded as an option."""
    match step.kind:
        case "init":
            return f"it calls {brief(step.point)}"
        case "assign":
            return f"it sets {plain(given(step, 'name'))}"
        case "get":
            return f"it looks {in_sentence(given(step, 'identifier'))} up with {brief(step.point)}"
        case "add_weight":
            return f"it creates the weight {in_sentence(given(step, 'name'))}"
    return None


def _first_action(step: Step, run: Run) -> Iterator[Draft]:
    """What does this `__init__` do first?"""
    outer = run.parent(step)
    if outer is None or outer.kind != "init" or outer.children[0] is not step or outer.error:
        return
    if step.kind != "init":
        return
    later = [
        action
        for child in run.nearby(step)[1]
        if (action := _action(child)) and child.kind != "init"
    ]
    init = brief(outer.point)
    yield Draft(
        core=f"first action {init}",
        ask=f"{init} starts. What does it do first?",
        right=f"it calls {brief(step.point)}",
        wrong=(
            *(
                Option(action, "parent-left-out" if init == "Dense.__init__" else "")
                for action in later[:2]
            ),
            Option("it creates the weights", "weights-at-construction"),
            Option("it calls build", "build-at-construction"),
        ),
        hint="Think of what every layer needs before it is a Dense or anything else.",
        because="The base class first sets up what every layer needs.",
        proof=(step,),
    )


def _passed_to_base(step: Step, run: Run) -> Iterator[Draft]:
    """Which argument is passed to the base class's `__init__`?"""
    outer = run.parent(step)
    if outer is None or outer.kind != "init" or not ends(step, "Layer.__init__"):
        return
    if ends(outer, "Model.__init__"):
        return  # it only passes on its unknown arguments
    up = [name for name in outer.inputs if name in step.inputs]
    kept = [name for name in outer.inputs if name not in (*step.inputs, "args", "kwargs")]
    if not up:
        return
    init, last = brief(outer.point), up[-1]
    # Options similar to the right one are the most plausible.
    kept.sort(key=lambda name: name.rpartition("_")[2] != last.rpartition("_")[2])
    yield Draft(
        core=f"passed to base {init}",
        ask=f"{init} calls Layer.__init__. Which of these arguments does it pass on?",
        right=f"'{plain(last)}'",
        wrong=(
            Option(
                "none: it stores all of them itself",
                "parent-left-out" if ends(outer, "Dense.__init__") else "",
            ),
            *(Option(f"'{plain(name)}'") for name in kept),
        ),
        hint="Any layer can have it, not only this class.",
        because="Layer.__init__ handles what every layer can have; the class handles the rest.",
        proof=(step,),
    )


def _layer_name(step: Step, run: Run) -> Iterator[Draft]:
    """Which name does Keras generate?"""
    base, name = given(step, "base"), result(step)
    outer = run.parent(step)
    if not isinstance(base, str) or not isinstance(name, str) or not base or outer is None:
        return
    cls = class_of(outer)
    count = name.removeprefix(base).lstrip("_")
    number = int(count) if count.isdecimal() and len(count) < 6 else 0
    if not cls or (number == 0 and name != base):
        return
    before = (
        "has not named any layer of this class yet"
        if number == 0
        else f"has already named {'one layer' if number == 1 else f'{number} layers'} of this class"
    )
    yield Draft(
        core=f"name {'first' if number == 0 else 'numbered'}",
        ask=f"The code creates a {plain(cls)} without a name; Keras {before}. What name does Keras "
        "create?",
        right=f"'{plain(name)}'",
        wrong=(
            Option(f"'{plain(cls)}'", "layer-name-is-class"),
            Option(f"'{plain(base)}_{number + 1}'", "layer-names-count-from-the-first"),
            Option(f"'{plain(base)}_0'"),
            Option(f"'{plain(base)}'"),
        ),
        hint="The class name in snake case, with a number only if one is needed.",
        because="The first name has no number; the second ends in _1, the third in _2.",
        proof=(step,),
    )


KINDS: Final = (
    Kind("origin", TOPIC, "where the arguments of __init__ come from", ("layout", "init"), _origin),
    Kind("entered-next", TOPIC, "what comes after __new__", ("layout", "init"), _entered_next),
    Kind("first-action", TOPIC, "what __init__ does first", ("init",), _first_action),
    Kind("passed-to-base", TOPIC, "what is passed to the base class", ("init",), _passed_to_base),
    Kind("layer-name", TOPIC, "what name a layer gets", ("name",), _layer_name),
)
