"""Records the raw operations that TensorFlow runs inside the steps of a real Keras.

TensorFlow calls its op callbacks after each operation that it executes eagerly, and after each that
it adds to a graph. Within `operations_recorded()` such a callback makes each operation a step of
kind `op` inside the innermost open step. An operation outside any step is not recorded.
`densetrace.data.operations` says which operations are left out, and why.
"""

import functools
import importlib
import re
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from os.path import dirname, join
from types import CodeType, FrameType
from typing import Any, Final, NamedTuple, cast

from densetrace.data.operations import CALL, NOT_RECORDED, RAW, RUN_BY
from densetrace.data.values import Tensor
from densetrace.engines.exchange import OutsideHook, passes_on
from densetrace.recording.hooks import Hook
from densetrace.recording.recorder import active, live

# -- the hooks -------------------------------------------------------------------------------------


class ComposedHook(OutsideHook):
    """The hook of a function that runs several raw operations (`COMPOSED`). Keras's backend calls
    such functions for its layers, so its calls are steps too."""

    __slots__ = ()

    INSIDE = ("tensorflow",)


class TracingHook(Hook):
    """The hook of the function that runs a Python function once, to build a graph. A step only
    inside a layer's `call`: `fit` and `predict` trace too, and layers are called in there."""

    __slots__ = ()

    def enter(self, arguments: dict[str, Any]) -> tuple[object, dict[str, object]] | None:
        """As `Hook.enter`: the input is the name of the traced function."""
        recorder = active()
        around = None if recorder is None else recorder.innermost
        if around is None or around.kind not in ("call", "op"):
            return None
        return None, {"name": _plain_name(arguments["name"])}


class CallHook(Hook):
    """The hook of the function that adds the call of a graph function to another graph. TensorFlow
    has no callback there; eager calls have one."""

    __slots__ = ()

    def enter(self, arguments: dict[str, Any]) -> tuple[object, dict[str, object]] | None:
        """As `Hook.enter`: the inputs are those of an eager call."""
        function, operands, *_ = arguments.values()
        name = function.name
        return None, _call_of(name.decode() if type(name) is bytes else str(name), operands)


@dataclass(frozen=True, slots=True)
class RawHook:
    """The hook point of one type of raw operation."""

    point: str
    type: str
    kind: str = "op"

    def enter(self, arguments: dict[str, Any]) -> tuple[object, dict[str, object]] | None:
        """The operands by name, then the attributes that are not at their default."""
        definition = _definition(self.type)
        if definition is None:  # the call of a graph function
            return None, _call_of(self.type, arguments["inputs"])
        attributes = _attributes(arguments["attributes"])
        operands = _operands(definition, attributes, arguments["inputs"])
        return None, operands | _informative(definition, attributes)

    def leave(self, arguments: dict[str, Any], result: object) -> dict[str, object]:
        """No facts."""
        return {}


@functools.lru_cache(maxsize=1024)
def _hook_of(name: str) -> RawHook | None:
    """The hook of a type of operation; None for one that is no step."""
    if name in NOT_RECORDED:
        return None
    # Eager TensorFlow runs a graph function by its name alone; in a graph, an operation calls it.
    return RawHook(CALL if _FUNCTION.match(name) else RAW + name, name)


def _call_of(name: str, operands: Sequence[Any]) -> dict[str, object]:
    """The inputs of the call of a graph function."""
    read = {f"args[{i}]": _readable(operand) for i, operand in enumerate(operands)}
    return {"f": _plain_name(name), **read}


_FUNCTION: Final = re.compile(r"__(?:inference|forward|backward)_(?P<name>.+)_\d+\Z", re.DOTALL)
_NUMBERED: Final = re.compile(r"(?P<name>.*\D)_\d+(?:_[a-z]+)?\Z", re.DOTALL)
_GRADIENT_GRAPHS: Final = ("__backward_", "__forward_")


def _plain_name(name: str) -> str:
    """The name of a function without the number that TensorFlow adds, which no two runs share."""
    found = _FUNCTION.match(name) or _NUMBERED.match(name)
    return found["name"] if found else name


# -- the callback ----------------------------------------------------------------------------------


def _record(
    op_type: Any,
    inputs: Sequence[Any],
    attrs: Any,
    outputs: Sequence[Any],
    op_name: Any = None,
    graph: Any = None,
) -> None:
    """Record an operation that has run. Called by TensorFlow; raises only interrupts."""
    if not live:
        return
    recorder = active()
    if recorder is None or recorder.innermost is None:
        return
    try:
        hook = _hook_of(op_type.decode() if type(op_type) is bytes else op_type)
        if hook is None or hook.type in RUN_BY.get(recorder.innermost.point, ()):
            return
        # Gradients that TensorFlow prepares while it registers a function are not run here.
        if graph is not None and str(getattr(graph, "name", "")).startswith(_GRADIENT_GRAPHS):
            return
        arguments, result = {"inputs": inputs, "attributes": attrs}, _result(outputs)
        step = recorder.open(hook, arguments, asking_frame(1))
        if step is not None:
            recorder.close(step, arguments, result)
    except Exception as fault:
        try:
            if isinstance(fault, RecursionError):
                recorder.too_deep += 1
            else:
                recorder.stop(fault)
        except Exception:  # Python's stack has no room
            recorder.too_deep += 1


def _result(outputs: Sequence[Any]) -> object:
    found = [_readable(output) for output in outputs]
    return None if not found else found[0] if len(found) == 1 else found


# -- operands and attributes -----------------------------------------------------------------------


class _Definition(NamedTuple):
    """What TensorFlow's registry says of a type of operation.

    `operands` has the name of each operand and, if it is a list, the attribute with its length.
    `defaults` has the attributes that say how it computes; a required one has the default None.
    """

    operands: tuple[tuple[str, str], ...]
    defaults: dict[str, object]


_HIDDEN_ATTRIBUTES: Final = ("config", "config_proto", "executor_type", "seed", "seed2")
"""Attributes that are settings of the runtime, or random numbers."""

_SHOWN_TYPES: Final = ("bool", "float", "func", "int", "list(bool)", "list(float)", "list(func)",
                "list(int)", "list(string)", "string")  # fmt: skip
"""Types of attributes that are shown. Dtypes and shapes are those of operands and result."""


@functools.lru_cache(maxsize=1024)
def _definition(name: str) -> _Definition | None:
    registry = importlib.import_module("tensorflow.python.framework.op_def_registry")
    found = registry.get(name)
    if found is None:
        return None
    operands = [(one.name, one.number_attr or one.type_list_attr) for one in found.input_arg]
    counts = {one.number_attr for one in (*found.input_arg, *found.output_arg)}
    defaults = {
        one.name: _python_value(one.default_value) if one.HasField("default_value") else None
        for one in found.attr
        if one.type in _SHOWN_TYPES
        and one.name not in counts
        and one.name not in _HIDDEN_ATTRIBUTES
        and not one.name.startswith("_")
    }
    return _Definition(tuple(operands), defaults)


def _attributes(pairs: Any) -> dict[str, object]:
    """The attributes by name: TensorFlow hands over names and values in turn."""
    if not pairs:
        return {}
    return {str(name): _python_value(x) for name, x in zip(pairs[::2], pairs[1::2], strict=True)}


def _python_value(value: Any) -> object:
    """An attribute as a plain value; in a graph it is a message, with one field that is set."""
    if type(value) is bytes:
        return value.decode("utf-8", "backslashreplace")
    if type(value) in (list, tuple):
        return [_python_value(item) for item in value]
    if type(value).__name__ == "NameAttrList":
        return _plain_name(value.name)
    if type(value).__name__ != "AttrValue":
        return cast(object, value)
    field = value.WhichOneof("value")
    if field == "list":
        items = next((found for _, found in value.list.ListFields()), ())
        return [_python_value(item) for item in items]
    return None if field is None else _python_value(getattr(value, field))


def _informative(definition: _Definition, attributes: dict[str, object]) -> dict[str, object]:
    """The attributes that say how an operation computes and are not at their default."""
    return {
        name: attributes[name]
        for name, default in definition.defaults.items()
        if attributes.get(name) is not None and attributes[name] != default
    }


def _operands(
    definition: _Definition, attributes: dict[str, object], inputs: Sequence[Any]
) -> dict[str, object]:
    """The operands by name; TensorFlow hands over the items of lists one by one."""
    found: dict[str, object] = {}
    rest = [_readable(tensor) for tensor in inputs]
    lists = sum(1 for _, count in definition.operands if count)
    for name, count in definition.operands:
        if not count:
            found[name], rest = (rest[0] if rest else None), rest[1:]
            continue
        number = attributes.get(count)
        length = number if type(number) is int else len(number) if type(number) is list else None
        if length is None or lists == 1:  # an eager call may not say its length
            length = len(rest) - (len(definition.operands) - 1 - len(found))
        found[name], rest = rest[:length], rest[length:]
    return found


def _readable(tensor: Any) -> object:
    """A tensor as a step shows it: of a variable's handle, the shape and dtype of the variable; of
    a small constant in a graph, its numbers."""
    dtype = getattr(getattr(tensor, "dtype", None), "name", "")
    if dtype == "resource":
        return _variable_of(tensor)
    operation = getattr(tensor, "op", None) if _is_in_graph(tensor) else None
    if operation is not None and operation.type == "Const" and _is_small(tensor):
        return importlib.import_module("tensorflow.python.framework.tensor_util").constant_value(
            tensor
        )
    return cast(object, tensor)


def _is_in_graph(tensor: Any) -> bool:
    return type(tensor).__name__ in ("SymbolicTensor", "Tensor")


def _is_small(tensor: Any) -> bool:
    sizes = tensor.shape.num_elements()
    return sizes is not None and sizes <= _SMALL


_SMALL: Final = 4
"""The most elements of a constant that are read: a value keeps no more."""


def _variable_of(handle: Any) -> object:
    """The shape and dtype of the variable that a handle leads to; the handle if unknown."""
    modules = _tensorflow()
    in_graph = _is_in_graph(handle)
    get = modules.handle_data.get_resource_handle_data
    data = get(handle) if in_graph else getattr(handle, "_handle_data", None)
    if data is None or not data.is_set or len(data.shape_and_type) != 1:
        return cast(object, handle)
    known = data.shape_and_type[0]
    if known.shape.unknown_rank:
        return cast(object, handle)
    sizes = tuple([None if dim.size < 0 else int(dim.size) for dim in known.shape.dim])
    name = modules.dtypes.as_dtype(known.dtype).name
    return Tensor(sizes, name, symbolic=in_graph)


# -- the line that asked ---------------------------------------------------------------------------


def asking_frame(depth: int) -> FrameType:
    """The nearest frame of Keras's or the user's code, from the caller's caller outward."""
    nearest = frame = sys._getframe(depth + 1)
    while frame.f_back is not None:
        file = frame.f_code.co_filename
        if _GENERATED in file:
            return _line_before_autograph(frame) or frame
        if not _is_inside(file):
            return frame
        frame = frame.f_back
    return nearest


_GENERATED: Final = "__autograph_generated_file"


@functools.lru_cache(maxsize=4096)
def _is_inside(file: str) -> bool:
    """Whether a file is TensorFlow's, or a file of densetrace that only passes calls on."""
    # TensorFlow is imported whenever its callback runs.
    root = join(dirname(sys.modules["tensorflow"].__file__ or ""), "")
    return file.startswith((root, "<")) or file == __file__ or passes_on(file)


class _Line(NamedTuple):
    """A line of source, with the two attributes that the recorder reads of a frame."""

    f_code: CodeType
    f_lasti: int


def _line_before_autograph(frame: FrameType) -> FrameType | None:
    """The user's line from which AutoGraph generated the line of a frame; None if unknown."""
    tf_stack = importlib.import_module("tensorflow.python.util.tf_stack")
    mapper = tf_stack._source_mapper_stacks[threading.get_ident()][-1]
    lines = mapper.get_effective_source_map()
    found = lines.get((frame.f_code.co_filename, frame.f_lineno))
    if found is None:
        return None
    file, number, function = found
    return cast(FrameType, _Line(_code_at(file, number, function), 0))


@functools.lru_cache(maxsize=4096)
def _code_at(file: str, number: int, function: str) -> CodeType:
    """A code object whose only line is this one."""
    return _BLANK.replace(
        co_filename=file, co_firstlineno=number, co_name=function, co_qualname=function
    )


_BLANK: Final = (lambda: None).__code__


# -- on and off ------------------------------------------------------------------------------------


class _Modules(NamedTuple):
    context: Any
    execute: Any
    callbacks: Any
    handle_data: Any
    dtypes: Any


@functools.cache
def _tensorflow() -> _Modules:
    """The modules of TensorFlow that are used here, imported when a real Keras is hooked."""
    return _Modules(*(importlib.import_module(f"tensorflow.python.{name}") for name in (
        "eager.context", "eager.execute", "framework.op_callbacks", "ops.handle_data_util",
        "framework.dtypes",
    )))  # fmt: skip


@dataclass(eq=False, slots=True)
class _Thread:
    """The op callbacks of a thread, and how many `with` blocks record its operations."""

    callbacks: list[Any]
    blocks: int = 0


_LOCAL: Final = threading.local()
_LOCK: Final = threading.Lock()
_THREADS: Final[list[_Thread]] = []


@contextmanager
def operations_recorded() -> Iterator[None]:
    """Record the raw operations of this thread within a `with` block.

    Op callbacks belong to a thread. Without a block there is no callback, and TensorFlow runs as
    if densetrace were not there.
    """
    thread = _begin()
    try:
        yield
    finally:
        _end(thread)


def _begin() -> _Thread:
    modules = _tensorflow()
    with _LOCK:
        thread: _Thread | None = getattr(_LOCAL, "thread", None)
        if thread is None:
            thread = _LOCAL.thread = _Thread(modules.context.context().op_callbacks)
        if thread.blocks == 0:
            # Inside a graph, TensorFlow would not hook eager execution.
            with modules.context.eager_mode():
                modules.callbacks.add_op_callback(_record)
            _THREADS.append(thread)
        thread.blocks += 1
    return thread


def _end(thread: _Thread) -> None:
    """Leave a block, in whichever thread it ends."""
    execute = _tensorflow().execute
    with _LOCK:
        thread.blocks -= 1
        if thread.blocks > 0:
            return
        _THREADS.remove(thread)
        with suppress(ValueError):  # the callbacks were cleared meanwhile
            thread.callbacks.remove(_record)
        # `execute` is exchanged for all threads at once: not before the last of them is done.
        if not _THREADS and not _tensorflow().context.context().op_callbacks:
            execute.execute = execute.quick_execute
