"""Questions about building: when it happens, and which weights it creates."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.wording import children, first, given, joined, kernel_first, names, plain
from densetrace.teach.quiz.model import Draft, Kind, Option
from densetrace.teach.quiz.run import Run, brief, class_of, name_of

TOPIC: Final = "building"


def _is_layer_init(step: Step, run: Run) -> bool:
    """Whether a step is the outermost `__init__` of a layer (not a model) and raises no error."""
    return (
        run.is_internal(step) is False
        and step.error is None
        and step.subject is not None
        and not run.is_nested(step)
        and not any(inner.point.endswith("Model.__init__") for inner in _inits(step))
        and len(run.about("new", step.subject)) == 1
    )


def _inits(step: Step) -> Iterator[Step]:
    """An `__init__` and the parent `__init__` methods it calls."""
    inner: Step | None = step
    while inner is not None and inner.subject == step.subject:
        yield inner
        inner = first(inner, "init")


def _when(step: Step, run: Run) -> Iterator[Draft]:
    """When is the layer built in this run?"""
    if not _is_layer_init(step, run):
        return
    name, builds = name_of(step), run.about("build", step.subject)
    compiled = run.compiled
    constructed = "while it is constructed"
    proof: Sequence[Step]
    choices: dict[str, str] = {constructed: "build-at-construction"}
    if compiled is not None:
        choices["when the model is compiled"] = "build-at-compile"
    if run.has_model:
        choices["when it is added to the model"] = ""
    choices |= {"on its first call with data": "", "not at all in this run": ""}
    if not builds and run.about("invoke", step.subject):
        return  # it has no build of its own
    if not builds:
        right = "not at all in this run"
        proof = _starts_unbuilt(step, run) or (step,)
        because = "The shape of its input never becomes known, so build does not run"
        because += " and built stays False." if proof[0].kind == "assign" else "."
    else:
        right, occasion = _occasion(builds[0], run)
        if not right:
            return
        proof = builds[:1] if occasion is None else (occasion, builds[0])
        because = "That is when the shape of its input first becomes known."
        if right == _IN_BUILD and occasion is not None:
            because = f"{name_of(occasion)}.build calls its layers on {_SYMBOLIC}. {because}"
        elif right == _WITHOUT_DATA:
            because = f"It is called on {_SYMBOLIC}. {because}"
    wrong = [Option(text, key) for text, key in choices.items() if text != right]
    yield Draft(
        core="built when",
        ask=f"When is {name} built, that is, when does its build method run?",
        right=right,
        wrong=tuple(wrong),
        hint="build needs to know the shape of the input.",
        because=because,
        proof=tuple(proof),
    )


_IN_BUILD: Final = "while the build of its model runs"
_WITHOUT_DATA: Final = "on its first call, without data"
_SYMBOLIC: Final = "a symbolic tensor, which has a shape but no numbers"


def _occasion(build: Step, run: Run) -> tuple[str, Step | None]:
    """What was running when a layer was built, with its step; empty if there is no short answer."""
    around = list(run.parents(build))
    for outer in around:
        if outer.kind == "init" and outer.subject == build.subject:
            return "while it is constructed", outer
    kinds = {outer.kind: outer for outer in around}
    if "compile" in kinds:
        return "when the model is compiled", kinds["compile"]
    if "add" in kinds:
        return "when it is added to the model", kinds["add"]
    calls = [outer for outer in around if outer.kind == "invoke"]
    if not calls:
        return ("", None) if around else ("when build is called by the code", None)
    if all(given(call, "mode") == "eager" for call in calls):
        return "on its first call with data", calls[0]
    if given(calls[-1], "mode") == "eager":
        return "", None
    return (_IN_BUILD, kinds["build"]) if "build" in kinds else (_WITHOUT_DATA, calls[0])


def _starts_unbuilt(init: Step, run: Run) -> tuple[Step, ...]:
    """The step inside an `__init__` that sets `built` to False, if it was recorded."""
    set_to_false = (
        one
        for one in run.inside(init, "assign")
        if given(one, "name") == "built" and given(one, "value") is False
    )
    return tuple(islice(set_to_false, 1))


def _weights_now(step: Step, run: Run) -> Iterator[Draft]:
    """Which weights does the layer have when `__init__` has ended?"""
    if not _is_layer_init(step, run) or any(run.inside(step, "add_weight")):
        return
    added, outer = run.about("add_weight", step.subject), run.parent(step)
    if not added and not (outer and names(given(outer, "initialized_variables"))):
        return
    # The constructor is left without a weight, and the first one is added later or never.
    later = added[:1] or _starts_unbuilt(step, run)
    yield Draft(
        core=f"weights now {class_of(step)}",
        ask=f"{brief(step.point)} has just returned. What state are the weights of "
        f"{name_of(step)} in now?",
        right="they do not exist yet",
        wrong=(
            Option("they have their initial values", "weights-at-construction"),
            Option("they are all zeros", "weights-at-construction"),
            Option("they exist, without values", "weights-at-construction"),
        ),
        hint="Which shapes would they have?",
        because="The constructor adds no weights: the shape of the input is not known yet."
        + (" They are added later, by build." if later and later[0].kind == "add_weight" else ""),
        proof=(step, *later),
    )


def _which(step: Step, run: Run) -> Iterator[Draft]:
    """Which weights does this build create?"""
    if step.error is not None or not step.point.endswith(".Dense.build"):
        return
    made = [plain(given(child, "name")) for child in children(step, "add_weight")]
    if made not in (["kernel"], ["kernel", "bias"]):
        return
    both = len(made) == 2
    yield Draft(
        core=f"which weights {len(made)}",
        ask=f"{name_of(step)} has use_bias={both}. Which weights does its build create?",
        right=joined(kernel_first(made)),
        wrong=(
            Option("bias"),
            Option("kernel" if both else "kernel and bias", "" if both else "bias-is-always-there"),
            Option("kernel, bias and activation"),
            Option("none: its call creates them", "call-makes-weights"),
        ),
        hint="One to multiply by, and perhaps one to add.",
        because="A Dense multiplies by its kernel" + (" and adds its bias." if both else " only."),
        proof=(step, *children(step, "add_weight")),
    )


KINDS: Final = (
    Kind("built-when", TOPIC, "when a layer is built", ("init",), _when, foresees=True),
    Kind("weights-now", TOPIC, "which weights a new layer has", ("init",), _weights_now, True),
    Kind("which-weights", TOPIC, "which weights build creates", ("build",), _which),
)
