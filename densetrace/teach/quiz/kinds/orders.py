"""Questions that ask for an order: a layer's construction, its first call, a training step, fit.

An order is right if each stage comes after those that it needs; stages that do not need each other
may come in any order.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.values import Class, Function
from densetrace.data.wording import children, given, in_sentence, plain
from densetrace.teach.quiz.kinds.training import TOPIC as TRAINING
from densetrace.teach.quiz.kinds.training import is_step_of_training, stages_of
from densetrace.teach.quiz.model import MOST_STAGES, Kind, OrderDraft, Stage
from densetrace.teach.quiz.run import Run, brief, class_of, name_of

TOPIC: Final = "order"

_EITHER: Final = "Independent steps may come in either order."

_FEWEST_STAGES: Final = 4
"""With fewer, an order is guessed."""


def _limited(stages: Iterable[Stage | None], dispensable: Iterable[str]) -> tuple[Stage, ...]:
    """At most `MOST_STAGES` of the stages that there are. The first of `dispensable` are left out
    if there are more; a stage that needed one of them then needs what that one needed."""
    kept = [stage for stage in stages if stage is not None]
    present = {stage.name for stage in kept}
    surplus = [name for name in dispensable if name in present][: max(0, len(kept) - MOST_STAGES)]
    for name in surplus:
        gone = next(stage for stage in kept if stage.name == name)
        kept = [_without(stage, gone) for stage in kept if stage is not gone]
    names = {stage.name for stage in kept}
    return tuple(
        replace(stage, needs=tuple(name for name in stage.needs if name in names)) for stage in kept
    )


def _as_run(stages: Iterable[Stage], run: Run) -> tuple[Stage, ...]:
    """Stages in the order in which they ran."""
    return tuple(sorted(stages, key=lambda stage: run.position(stage.proof)))


def _without(stage: Stage, gone: Stage) -> Stage:
    if gone.name not in stage.needs:
        return stage
    needs = [name for name in stage.needs if name != gone.name]
    return replace(stage, needs=tuple(dict.fromkeys([*needs, *gone.needs])))


def _set_by(run: Run, subject: str | None, attribute: str) -> tuple[Step, Step] | None:
    """The lookup whose result became an attribute of a layer, and the step that set it."""
    for assign in run.about("assign", subject):
        if given(assign, "name") == attribute:
            lookup = run.before(assign)
            is_lookup = lookup is not None and lookup.kind == "get"
            return (lookup, assign) if is_lookup and lookup is not None else None
    return None


def _creation(new: Step) -> Stage:
    return Stage("new", f"{brief(new.point)} creates an empty object", new)


def _weight_stage(added: Step, needs: tuple[str, ...]) -> Stage:
    name = plain(given(added, "name"))
    return Stage(name, f"add_weight creates the {name}", added, needs)


def _weights_of(build: Step | None) -> dict[str, Step]:
    """The steps that add the kernel and the bias."""
    added = () if build is None else children(build, "add_weight")
    named = {given(one, "name"): one for one in added if one.error is None}
    return {name: one for name, one in named.items() if name in ("kernel", "bias")}


# -- a layer ---------------------------------------------------------------------------------------


def _construction(step: Step, run: Run) -> Iterator[OrderDraft]:
    """Put the construction of a layer, and its build, in order."""
    inits = run.about("init", step.subject)
    if step.error is not None or step.subject is None or not inits or run.is_nested(step):
        return
    if len(run.about("new", step.subject)) != 1 or any(one.error is not None for one in inits):
        return
    cls, base = class_of(step), next((one for one in inits if brief(one.point) == _BASE), None)
    build = next(iter(run.about("build", step.subject)), None)
    kernel = _weights_of(build).get("kernel")
    filled, found = (
        _set_by(run, step.subject, "kernel_initializer"),
        _set_by(run, step.subject, "activation"),
    )
    units = next(
        (one for one in run.about("assign", step.subject) if given(one, "name") == "units"), None
    )
    if base is None or units is None or filled is None or base is inits[0]:
        return
    stages = _limited(
        (
            _creation(step),
            Stage("base", f"{_BASE} sets what every layer needs", base, ("new",)),
            Stage("units", f"{brief(inits[0].point)} sets units", units, ("base",)),
            _found(found),
            Stage(
                "initializer",
                f"initializers.get looks up {in_sentence(given(filled[0], 'identifier'))} for the "
                "kernel",
                filled[0],
                ("new",),
            )
            if isinstance(given(filled[0], "identifier"), str)
            else None,
            None if kernel is None else _weight_stage(kernel, ("units", "initializer")),
        ),
        ("activation", "base"),
    )
    yield from _order_of_a_layer(
        step,
        run,
        stages,
        core=f"construction {cls} {len(stages)}",
        happens=f"is constructed{'' if kernel is None else ' and built'}",
        hint="The kernel needs a shape and an initializer."
        if kernel is not None
        else "An attribute is set on an object that exists.",
        because="__init__ needs the object, and first lets Layer.__init__ set it up"
        + ("; build needs units and the initializer." if kernel is not None else "."),
    )


_BASE: Final = "Layer.__init__"


def _found(found: tuple[Step, Step] | None) -> Stage | None:
    """The lookup of an activation by its name."""
    if found is None or not isinstance(name := given(found[0], "identifier"), str):
        return None
    return Stage("activation", f"activations.get looks up {in_sentence(name)}", found[0], ("new",))


def _first_call(step: Step, run: Run) -> Iterator[OrderDraft]:
    """Put the first call of a Dense in order: its weights and what it computes."""
    build, call = run.first(step, "build"), run.first(step, "call")
    if build is None or call is None or step.error is not None:
        return
    if not call.point.endswith("core.dense.Dense.call"):
        return
    added = _weights_of(build)
    computed = [one for one in call.children if not run.is_inner(one)]
    parts = {brief(one.point, 1): one for one in computed if one.kind in ("op", "activation")}
    multiply = next((name for name in ("matmul", "tensordot") if name in parts), "")
    last = computed[-1] if computed else None
    activation = last if last is not None and last.kind == "activation" else None
    if "kernel" not in added or not multiply or ("bias" in added) is not ("bias_add" in parts):
        return
    found, news = _set_by(run, step.subject, "activation"), run.about("new", step.subject)
    biased = "bias" in added
    before_call = ("activation",) if found is not None and _found(found) is not None else ()
    stages = _limited(
        (
            _creation(news[0]) if news else None,
            _found(found),
            _weight_stage(added["kernel"], ("new",)),
            _weight_stage(added["bias"], ("new",)) if biased else None,
            Stage("multiply", f"{multiply} multiplies by the kernel", parts[multiply], ("kernel",)),
            Stage("add", "bias_add adds the bias", parts["bias_add"], ("multiply", "bias"))
            if biased
            else None,
            Stage(
                "apply",
                f"{brief(activation.point, 1)} is applied",
                activation,
                ("multiply", "add", *before_call),
                (("add", "activation-before-bias"),),
            )
            if activation is not None
            else None,
        ),
        ("new", "activation"),
    )
    yield from _order_of_a_layer(
        step,
        run,
        stages,
        core=f"first call {len(stages)} {biased}",
        happens="is called for the first time",
        hint="What must exist before each of them?",
        because="A weight must exist before call uses it"
        + (", and the bias is added to the product." if biased else "."),
    )


def _order_of_a_layer(
    step: Step,
    run: Run,
    stages: tuple[Stage, ...],
    *,
    core: str,
    happens: str,
    hint: str,
    because: str,
) -> Iterator[OrderDraft]:
    """The question for the order of these stages of a layer's life, if they are enough for one."""
    if len(stages) >= _FEWEST_STAGES:
        yield OrderDraft(
            core=core,
            ask=f"{name_of(step)} {happens}. Put these steps in an order that works. {_EITHER}",
            stages=_as_run(stages, run),
            hint=hint,
            because=because,
        )


# -- training --------------------------------------------------------------------------------------

_TEXTS: Final = {
    "outputs": "the model computes its outputs",
    "loss": "the loss is computed",
    "gradients": "the tape computes the gradients",
    "update": "the optimizer changes the weights",
    "metrics": "the metrics get the outputs",
}
_NEEDS: Final = {
    "loss": ("outputs",),
    "gradients": ("loss",),
    "update": ("gradients",),
    "metrics": ("outputs",),
}


def _training_step(step: Step, run: Run) -> Iterator[OrderDraft]:
    """Put a training step in order."""
    begins = stages_of(step, run)
    if step.error is not None or not is_step_of_training(step) or begins is None:
        return
    stages = tuple(
        Stage(
            name,
            _TEXTS[name],
            begins[name],
            _NEEDS.get(name, ()),
            (("gradients", "update-before-gradients"),) if name == "update" else (),
        )
        for name in begins
    )
    yield OrderDraft(
        core="training step",
        ask=f"{name_of(step)}.train_step runs on one batch. Put these steps in an order that "
        f"works. {_EITHER}",
        stages=_as_run(stages, run),
        hint="What does each of them need as input?",
        because="The loss needs outputs, gradients need the loss, and the update needs gradients. "
        "The metrics need only the outputs.",
    )


def _fit(step: Step, run: Run) -> Iterator[OrderDraft]:
    """Put the beginning of a training in order, from compile to the logs of the first epoch."""
    compiled = [one for one in run.about("compile", step.subject) if one.error is None]
    if step.error is not None or len(run.about("fit", step.subject)) != 1 or len(compiled) != 1:
        return
    lookup = next(run.inside(compiled[0], "get"), None)
    firsts = {
        kind: next(run.inside(step, kind), None)
        for kind in ("batch", "loss_resolve", "gradient", "update")
    }
    ends = (one for one in run.inside(step, "callback") if one.point.endswith("on_epoch_end"))
    end = next(ends, None)
    if lookup is None or end is None or given(lookup, "registry") != "optimizers":
        return
    if not isinstance(loss := given(compiled[0], "loss"), str):
        return
    if not isinstance(optimizer := given(compiled[0], "optimizer"), str):
        return
    batch, resolved = firsts["batch"], firsts["loss_resolve"]
    gradient, update = firsts["gradient"], firsts["update"]
    if batch is None or resolved is None or gradient is None or update is None:
        return
    if not isinstance(resolved.facts.get("function"), Function | Class):
        return
    yield OrderDraft(
        core="fit",
        ask=f"{name_of(step)} is compiled with loss={in_sentence(loss)} and "
        f"optimizer={in_sentence(optimizer)}, and trained. Put these steps in an order that works.",
        stages=_as_run(
            (
                Stage("lookup", "the optimizer is created from its name", compiled[0]),
                Stage("batch", "the first batch begins", batch, ("lookup",)),
                Stage(
                    "resolve",
                    "the loss is looked up: its name becomes a function",
                    resolved,
                    ("batch",),
                    (("batch", "compile-resolves-all"),),
                ),
                Stage("update", "a weight is updated", update, ("resolve", "lookup")),
                Stage("end", "the callbacks get the logs of the epoch", end, ("update",)),
            ),
            run,
        ),
        hint="Which of them needs the outputs of the model?",
        because="compile creates the optimizer. The loss is looked up when the outputs are known, "
        "and the update needs its gradient.",
    )


KINDS: Final = (
    Kind("call-order", TOPIC, "the order of a first call", ("invoke",), _first_call, True),
    Kind("construction-order", TOPIC, "the order of construction", ("new",), _construction, True),
    Kind("training-order", TRAINING, "the order of training step", ("train_step",),
         _training_step, True),
    Kind("fit-order", TRAINING, "the order of training", ("fit",), _fit, True),
)  # fmt: skip
