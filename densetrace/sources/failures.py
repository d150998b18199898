"""What a script's failure looks like to its author: their own lines, and none of ours."""

import traceback
from dataclasses import dataclass
from pathlib import Path

from densetrace.classes import facts_of, module_of, mro
from densetrace.errors import RequestError, message_of, shown
from densetrace.sources.standins import NotProvided, short

PACKAGE = Path(__file__).parent.parent
MIRROR = "densetrace.keras"
_TRACEBACK = vars(BaseException)["__traceback__"]
_NAME, _OBJECT = vars(AttributeError)["name"], vars(AttributeError)["obj"]
HIDDEN = ("<densetrace", "<frozen importlib", "<frozen runpy")

# Public names of Keras's Layer and Model that ours may lack: training, saving, graphs of layers.
LEFT_OUT = {
    "Model": (
        "compile_from_config compute_loss compute_metrics distribute_reduction_method "
        "distribute_strategy enable_tune_steps_per_execution evaluate_generator export "
        "fit_generator get_compile_config get_layer get_metrics_result get_weight_paths "
        "jit_compile load_weights make_predict_function make_test_function make_train_function "
        "metrics_names predict_generator predict_on_batch predict_step reset_metrics reset_states "
        "run_eagerly save save_spec save_weights state_updates test_on_batch test_step to_json "
        "to_yaml train_on_batch train_step"
    ),
    "Layer": (
        "add_loss add_metric add_update add_variable build_from_config compute_output_signature "
        "finalize_state get_build_config get_input_at get_input_mask_at get_input_shape_at "
        "get_output_at get_output_mask_at get_output_shape_at inbound_nodes input input_mask "
        "input_shape load_own_variables metrics name_scope outbound_nodes output output_mask "
        "output_shape save_own_variables submodules updates with_name_scope"
    ),
}
# Methods of our Model that say by NotImplementedError that there is no such thing.
REFUSED = {
    "Model.__init__": "Model(inputs, outputs)",
    "Model.evaluate": "Model.evaluate",
    "Model.fit": "Model.fit",
}


@dataclass(frozen=True, slots=True)
class ScriptError:
    """An exception that a script left uncaught: its type, its message, and its traceback.

    `traceback` is the text Python would print, without densetrace's own frames, safe to print.
    """

    type: str
    message: str
    traceback: str


def script_error(error: BaseException) -> ScriptError:
    """The record of an uncaught exception; causes and contexts keep their place in it."""
    name, message = facts_of(type(error)).name, message_of(error)
    try:
        told = traceback.TracebackException.from_exception(error)
        _cut(told)
        lines = [*told.format()]
    except (Exception, SystemExit):  # the script's own class does as it likes when it is asked
        frames = traceback.extract_tb(_TRACEBACK.__get__(error))
        kept = [frame for frame in frames if not _is_ours(frame.filename)]
        head = "Traceback (most recent call last):\n"
        lines = [head, *traceback.format_list(kept), f"{name}: {message}\n"]
    return ScriptError(name, message, _printable("".join(lines)))


def not_provided(error: BaseException, script: Path) -> RequestError | None:
    """The refusal for a script that reached for what densetrace lacks; None for other errors."""
    name = _missing_name(error)
    if name is None:
        return None
    place = _place(error, script)
    return RequestError(
        f"{place} uses {shown(name)}, which densetrace does not provide.",
        "It provides Dense, Sequential, and what they are made of.",
    )


def _missing_name(error: BaseException) -> str | None:
    if isinstance(error, NotProvided):
        return short(error.dotted)
    if isinstance(error, AttributeError) and isinstance(name := _NAME.__get__(error), str):
        found = _OBJECT.__get__(error)
        return _left_out(found if issubclass(type(found), type) else type(found), name)
    if isinstance(error, NotImplementedError):
        return _refused_method(error)
    return None


def _left_out(owner: type, name: str) -> str | None:
    """`Model.save`, when `owner` is one of our classes and Keras's has this public name."""
    for cls in mro(owner):
        if module_of(cls).startswith(MIRROR) and name in LEFT_OUT.get(cls.__name__, "").split():
            return f"{cls.__name__}.{name}"
    return None


def _refused_method(error: NotImplementedError) -> str | None:
    """`Model.fit`, when it is that method of ours which says that there is none."""
    innermost = None
    for frame, _ in traceback.walk_tb(_TRACEBACK.__get__(error)):
        innermost = frame.f_code
    if innermost is None or not _is_ours(innermost.co_filename):
        return None
    return REFUSED.get(innermost.co_qualname)


def _place(error: BaseException, script: Path) -> str:
    """The innermost line that is not ours: `line 3`, or `helper.py, line 3` outside the script."""
    place = "The script"
    for frame, line in traceback.walk_tb(_TRACEBACK.__get__(error)):
        file = frame.f_code.co_filename
        if _is_ours(file):
            continue
        place = f"line {line}" if file == str(script) else f"{Path(file).name}, line {line}"
    return place


def _cut(told: traceback.TracebackException) -> None:
    """Take our frames out of a traceback, its causes, its contexts and its groups."""
    seen: set[int] = set()
    waiting = [told]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        kept = [frame for frame in one.stack if not _is_ours(frame.filename)]
        one.stack = traceback.StackSummary.from_list(kept)
        linked = (one.__cause__, one.__context__, *(one.exceptions or ()))
        waiting.extend(link for link in linked if link is not None)


def _is_ours(file: str) -> bool:
    return file.startswith(HIDDEN) or Path(file).is_relative_to(PACKAGE)


def _printable(text: str) -> str:
    return "\n".join(shown(line, len(line)) for line in text.split("\n"))
