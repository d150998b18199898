"""Questions about calls: what runs next, on what, in which order, and the output shape."""

from collections.abc import Iterator
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.values import Tensor
from densetrace.data.wording import first, given, plain, result
from densetrace.teach.quiz.kinds.arithmetic import SHAPES
from densetrace.teach.quiz.kinds.orders import TOPIC as ORDER
from densetrace.teach.quiz.model import Draft, Kind, Option
from densetrace.teach.quiz.options import fed
from densetrace.teach.quiz.run import Run, brief, class_of, name_of

TOPIC: Final = "calling"


def _runs_next(step: Step, run: Run) -> Iterator[Draft]:
    """The input has been checked. What runs next?"""
    outer = run.parent(step)
    if outer is None or outer.kind != "invoke" or step.subject != outer.subject:
        return
    if step.kind == "call" and run.first(outer, "build"):
        return
    cls, name = class_of(outer), name_of(outer)
    if step.subject is None or cls in ("Sequential", ""):
        return
    builds = step.kind == "build"
    is_first = run.about("invoke", step.subject)[0] is outer
    which = "its first input" if is_first else "another input"
    yield Draft(
        core=f"runs next {step.kind}",
        ask=f"{name} is called on {which}, and the check has accepted its shape. Which method "
        "runs next?",
        right="build" if builds else "call",
        wrong=(
            Option("call", "call-makes-weights")
            if builds
            else Option("build", "build-at-every-call"),
            Option("__init__"),
            Option("add_weight"),
            Option("compile"),
        ),
        hint="call needs the weights.",
        because="The weights must exist before call can use them."
        if builds
        else "It is already built, so only the computation is left.",
        proof=(step,),
    )


def _mode(step: Step, run: Run) -> Iterator[Draft]:
    """Does this call run on numbers or on symbols?"""
    call, mode = first(step, "call"), given(step, "mode")
    if call is None or step.error is not None or mode not in ("symbolic", "eager"):
        return
    given_to = next(iter(call.inputs.values()), None)
    if not isinstance(given_to, Tensor) or given_to.symbolic is not (mode == "symbolic"):
        return
    setting = _setting(step, run)
    if setting is None:
        return
    symbols, numbers = "a symbolic tensor, without numbers", "a tensor with numbers"
    waits = "call-waits-for-data" if mode == "symbolic" else "first-call-only-builds"
    wrong = (
        Option(numbers, "call-needs-numbers")
        if mode == "symbolic"
        else Option(symbols, "call-is-always-symbolic")
    )
    yield Draft(
        core=f"mode {mode} {setting}",
        ask=f"{setting}. What does the call method get now?",
        right=symbols if mode == "symbolic" else numbers,
        wrong=(
            wrong,
            Option("nothing: it does not run now", waits),
            Option("its weights alone"),
        ),
        hint="Is there any data yet?" if mode == "symbolic" else "What was it called on?",
        because="There is no data yet; Keras only needs the shape of the output."
        if mode == "symbolic"
        else "It was called on data, so it computes immediately.",
        proof=(step, call),
    )


def _setting(step: Step, run: Run) -> str | None:
    """What is running while a layer is called, as the start of a sentence."""
    name = name_of(step)
    for outer in run.parents(step):
        match outer.kind:
            case "add":
                return f"{name_of(outer)}.add connects {name} to the previous layers"
            case "build" if outer.subject != step.subject:
                return f"{name_of(outer)}.build runs and goes through the layers"
            case "invoke":
                return None
    return f"A batch goes into {name}" if given(step, "mode") == "eager" else None


def _output_shape(step: Step, run: Run) -> Iterator[Draft]:
    """What is the output shape of a Dense?"""
    made, entering = result(step), next(iter(step.inputs.values()), None)
    if (
        class_of(step) != "Dense"
        or not isinstance(made, Tensor)
        or not isinstance(entering, Tensor)
    ):
        return
    shape, came = made.shape, entering.shape
    if len(shape) != len(came) or len(shape) < 2:
        return
    units, features = shape[-1], came[-1]
    wrong = [
        Option(str(came), "output-is-like-input"),
        Option(str((features, units)), "output-is-like-kernel"),
        Option(str((units,))),
        Option(str((units, came[0]))),
    ]
    if len(shape) > 2:
        wrong.insert(1, Option(str((came[0], units)), "dense-flattens"))
    yield Draft(
        core=f"output shape {len(shape)}",
        ask=f"{name_of(step)} has {units} unit{'s' * (units != 1)} and is called on {fed(came)}. "
        "What is the shape of its output?",
        right=str(shape),
        wrong=tuple(wrong),
        hint="Each input row has one number per feature, each output row one per unit.",
        because="Only the last axis changes: its size becomes units.",
        proof=(step,),
    )


def _order(step: Step, run: Run) -> Iterator[Draft]:
    """In which order does a Dense compute?"""
    if not step.point.endswith("core.dense.Dense.call") or step.error is not None:
        return
    parts = [
        brief(child.point, 1)
        for child in step.children
        if not run.is_inner(child)
        if child.kind == "activation" or (child.kind == "op" and not child.point.endswith("cast"))
    ]
    if not parts or parts[0] not in ("matmul", "tensordot") or len(set(parts)) != len(parts):
        return
    multiply, rest = parts[0], parts[1:]
    bias = "bias_add" in rest
    activation = next((part for part in rest if part != "bias_add"), "")
    if len(rest) != bias + bool(activation):
        return
    if bias and activation:
        wrong = [
            Option(_listed(multiply, activation, "bias_add"), "activation-before-bias"),
            Option(_listed("bias_add", multiply, activation)),
            Option(_listed(activation, multiply, "bias_add")),
        ]
    elif bias:
        wrong = [
            Option(_listed("bias_add", multiply)),
            Option(multiply),
            Option(_listed(multiply, "bias_add", "relu")),
        ]
    else:
        ending = (activation,) if activation else ()
        wrong = [
            Option(_listed(multiply, "bias_add", *ending), "bias-is-always-there"),
            Option(
                _listed(multiply, *ending, "bias_add"), "activation-before-bias" if ending else ""
            ),
            Option(_listed(*ending, multiply)) if ending else Option(_listed(multiply, "relu")),
            Option("bias_add"),
        ]
    settings = f"use_bias={bias}, and " + (
        f"{activation} as its activation" if activation else "no activation to apply"
    )
    yield Draft(
        core=f"order {len(parts)} {bias}",
        ask=f"{name_of(step)} has {settings}. In which order does its call compute?",
        right=_listed(*parts),
        wrong=tuple(wrong),
        hint="First a weighted sum, then a shift, then a function.",
        because="The input is multiplied by the kernel"
        + (", then the bias is added" if bias else "")
        + (f", and {activation} comes last." if activation else "."),
        proof=(step,),
    )


def _listed(*names: str) -> str:
    return ", then ".join(plain(name) for name in names)


KINDS: Final = (
    Kind("runs-next", TOPIC, "what a call runs next", ("build", "call"), _runs_next),
    Kind("mode", TOPIC, "what call runs on", ("invoke",), _mode),
    Kind("output-shape", SHAPES, "what shape comes out", ("invoke",), _output_shape),
    Kind("compute-order", ORDER, "in which order a layer computes", ("call",), _order),
)
