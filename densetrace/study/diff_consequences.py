"""What a difference means for the user: which outputs, weights, losses or updates change.

Each consequence is read from steps of both traces, and says which property of the run it is about.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, TypeAlias

from densetrace.data.steps import ABSENT, Step
from densetrace.data.trace import Trace
from densetrace.data.values import Function, Instance, Items, Mapping, Tensor, Value, counted
from densetrace.data.wording import as_code, entries, in_sentence, name_of, plain
from densetrace.kinds.kind import Effect
from densetrace.study.comparable import RESULT
from densetrace.study.diff import Change, Diff, Pair
from densetrace.study.diff_causes import Cause, instead

About: TypeAlias = Literal["weights", "loss", "training", "output", "shape", "parameters", "name"]
"""What a consequence is about: the initial weights, the loss, what training does, the numbers or
the shape of an output, the number of parameters, or only a name."""


@dataclass(frozen=True, slots=True)
class Consequence:
    """What becomes different for the user: a clause such as `draws kernel with HeNormal`, what it
    is about, and the argument that brings it about, if known."""

    effect: Effect
    about: About
    argument: str | None = None


def consequences(found: Diff, written: list[Cause]) -> list[Consequence]:
    """The consequences of a difference, in order, each once."""
    reader = _Reader(found, written)
    distinct = dict.fromkeys([*reader.of_arguments(), *reader.of_steps(), *reader.of_training()])
    return list(distinct)


class _Objects:
    """The objects of a trace, by name, from one pass: how many were created, how each was
    initialized, its last call, and the number of its parameters."""

    def __init__(self, trace: Trace) -> None:
        self.created = 0
        self.last_calls: dict[str | None, Step] = {}
        self.parameters: Counter[str | None] = Counter()
        self._initialized: dict[tuple[str | None, Value], Step] = {}
        for step in trace.walk():
            match step.kind:
                case "new":
                    self.created += 1
                case "init":
                    self._initialized.setdefault((step.subject, step.facts.get("of")), step)
                case "invoke":
                    self.last_calls[step.subject] = step
                case "add_weight" if isinstance(step.result, Tensor):
                    self.parameters[step.subject] += step.result.size

    def arguments(self, made: Step) -> dict[str, Value]:
        """The arguments of a construction, defaults included."""
        given = dict(entries(made.facts.get("bound")))
        step = self._initialized.get((made.subject, made.inputs.get("class")))
        return given if step is None else {**step.inputs, **given}


@dataclass
class _Reader:
    """Reads the consequences of a diff."""

    found: Diff
    written: list[Cause]

    @cached_property
    def _given(self) -> dict[str, None]:
        """The names of the arguments that were written differently, in order."""
        return dict.fromkeys(c.argument for c in self.written if c.argument is not None)

    @cached_property
    def _left(self) -> _Objects:
        return _Objects(self.found.left)

    @cached_property
    def _right(self) -> _Objects:
        return _Objects(self.found.right)

    @cached_property
    def _has_several_objects(self) -> bool:
        return max(self._left.created, self._right.created) > 1

    def _argument(self, wanted: Callable[[str], bool]) -> str | None:
        """The argument that was written differently and satisfies `wanted`; the longest such."""
        return max(filter(wanted, self._given), key=len, default=None)

    def _of(self, step: Step) -> str:
        """` of dense_1` where there are several objects."""
        return f" of {plain(step.subject)}" if self._has_several_objects and step.subject else ""

    # -- arguments whose meaning no step of a single call shows --

    def of_arguments(self) -> Iterator[Consequence]:
        """Those of arguments that act later: in training, or in another call."""
        for pair in self.found.differing:
            if pair.either.kind != "new" or pair.left is None or pair.right is None:
                continue
            cls = pair.right.inputs.get("class")
            if cls != pair.left.inputs.get("class") or not isinstance(cls, str):
                continue
            before, after = self._left.arguments(pair.left), self._right.arguments(pair.right)
            for name in dict.fromkeys([*before, *after]):
                rule = _rule(cls, name)
                old, new = before.get(name), after.get(name)
                if rule is None or name not in self._given or old == new:
                    continue
                consequence = rule(old, new)
                if consequence is not None:
                    effect, about = consequence
                    yield Consequence(effect, about, name)

    # -- steps --

    def of_steps(self) -> Iterator[Consequence]:
        """Those that differing steps show: weights and activations."""
        for pair in self.found.pairs:
            if pair.either.kind == "new" and None in (pair.left, pair.right):
                yield self._one_more_object(pair)
            elif pair.either.kind == "invoke" and None in (pair.left, pair.right):
                yield from self._one_more_call(pair)
        for pair, subject in _with_subjects(self.found):
            kind = pair.either.kind
            if kind == "add_weight" and ".metrics." not in pair.either.point:
                yield from self._weight(pair)
            elif kind == "activation" and pair.left is not None and pair.right is not None:
                yield from self._activation(pair.left, pair.right, subject)

    def _one_more_object(self, pair: Pair) -> Consequence:
        made = pair.either
        side = self._right if pair.left is None else self._left
        words = plain(made.subject)
        call = side.last_calls.get(made.subject)
        if call is not None and isinstance(call.result, Tensor):
            given = in_sentence(call.inputs.get("input"))
            made_of = in_sentence(call.result)
            words += (
                f", which keeps the shape {given}"
                if given == made_of
                else f", which turns {given} into {made_of}"
            )
        size = side.parameters[made.subject]
        words += f" with {counted(size, 'parameter')}" if size else ""
        return Consequence(Effect("adds" if pair.left is None else "removes", words), "output")

    def _one_more_call(self, pair: Pair) -> Iterator[Consequence]:
        call, is_right = pair.either, pair.left is None
        other = self._left if is_right else self._right
        stopped = self.found.left.stop or self.found.right.stop
        if pair.inside or stopped or not other.created:
            return
        given = f"{plain(call.subject)} on {in_sentence(call.inputs.get('input'))}"
        effect = Effect("calls", given) if is_right else Effect("skips", f"the call of {given}")
        yield Consequence(effect, "output")

    def _weight(self, pair: Pair) -> Iterator[Consequence]:
        name = plain(pair.either.inputs.get("name"))
        shown = f"{name}{self._of(pair.right or pair.either)}"
        if pair.left is None or pair.right is None:
            yield self._one_more_weight(pair, name, shown)
            return
        for change in pair.changes:
            rule = _OF_WEIGHTS.get(change.name)
            if rule is None:
                continue
            found = rule(shown, change)
            if found is not None:
                effect, about = found
                yield Consequence(effect, about, self._argument(_made_for(name, change.name)))

    def _one_more_weight(self, pair: Pair, name: str, shown: str) -> Consequence:
        step = pair.either
        size = step.result.size if isinstance(step.result, Tensor) else 0
        count = counted(size, "parameter")
        more = f"adds the weight {shown} ({count})"
        less = f"omits the weight {shown} ({count})"
        text = more if pair.left is None else less
        verb, _, rest = text.partition(" ")
        wanted = "use_bias" if name == "bias" else ""
        return Consequence(
            Effect(verb, rest), "parameters", self._argument(lambda one: one == wanted)
        )

    def _activation(self, left: Step, right: Step, subject: Step | None) -> Iterator[Consequence]:
        if left.point == right.point or subject is None or not right.point.startswith("keras."):
            return
        name = right.point.rpartition(".")[2]
        if plain(subject.facts.get("class")).endswith("Cell"):
            return  # its activations are those of gates and states, not of outputs
        argument = self._argument(lambda one: one == "activation")
        meaning = _ACTIVATIONS.get(name, f"passes outputs{{}} through {plain(name)}")
        verb, _, rest = meaning.format(self._of(subject)).partition(" ")
        yield Consequence(Effect(verb, rest), "output", argument)

    # -- training --

    def of_training(self) -> Iterator[Consequence]:
        """Those of the settings of compile and fit."""
        for pair in self.found.differing:
            if pair.left is None or pair.right is None:
                continue
            rules = _OF_TRAINING.get(pair.either.kind, {})
            for change in pair.changes:
                rule = rules.get(change.name)
                if rule is None or isinstance(change.right, Tensor):
                    continue
                text = rule(change)
                if text:
                    verb, _, rest = text.partition(" ")
                    yield Consequence(Effect(verb, rest), "training", self._setting(change))

    def _setting(self, change: Change) -> str:
        """The argument that a setting of compile or fit was written as: of an optimizer of the
        same class, the first setting that differs."""
        if change.name in self._given or not isinstance(change.right, Instance):
            return change.name
        settings = [name for name, _ in entries(change.right.config) if name in self._given]
        return settings[0] if settings else change.name


def _with_subjects(found: Diff) -> Iterator[tuple[Pair, Step | None]]:
    """Every pair outside equal subtrees, with the innermost call around it on the right side."""
    waiting: list[tuple[Pair, Step | None]] = [(pair, None) for pair in reversed(found.pairs)]
    while waiting:
        pair, subject = waiting.pop()
        yield pair, subject
        inner = pair.right if pair.either.kind == "call" else subject
        waiting.extend((one, inner) for one in reversed(pair.inside))


def _made_for(weight: str, setting: str) -> Callable[[str], bool]:
    """Whether an argument sets something of a weight: `kernel_initializer`, for `kernel`; of
    `recurrent_kernel` it is `recurrent_initializer`."""

    def fits(argument: str) -> bool:
        if setting == "shape":
            return argument in _SIZES
        if setting not in ("initializer", "regularizer", "constraint"):
            return argument == "dtype"
        prefix, separator, last = argument.rpartition("_")
        return last == setting and bool(separator) and weight.startswith(prefix)

    return fits


_SIZES: Final = ("units", "filters", "kernel_size", "input_dim", "output_dim")
"""Arguments that set the shape of weights."""


# -- weights ---------------------------------------------------------------------------------------


_Found: TypeAlias = tuple[Effect, About] | None

_STARTS: Final = {
    "Zeros": "with zeros",
    "Ones": "with ones",
    "Identity": "as an identity matrix",
}


def _initializer(weight: str, change: Change) -> _Found:
    new, old = change.right, change.left
    if not isinstance(new, Instance) or not isinstance(old, Instance):
        return None
    if new.cls == old.cls:
        if _without_seed(new) == _without_seed(old):
            return Effect("draws", f"other numbers for {weight}"), "weights"
        return Effect("starts", f"{weight} with other numbers"), "weights"
    if new.cls in _STARTS:
        before = _STARTS.get(old.cls, f"numbers drawn by {name_of(old)}")
        values = f"{_STARTS[new.cls]} instead of {before.removeprefix('with ')}"
        return Effect("starts", f"{weight} {values}"), "weights"
    verb = "starts" if new.cls == "Constant" else "fills"
    return Effect(verb, f"{weight} with {name_of(new)} instead of {name_of(old)}"), "weights"


def _without_seed(value: Instance) -> tuple[object, ...]:
    return tuple(entry for entry in entries(value.config) if entry[0] != "seed")


def _regularizer(weight: str, change: Change) -> _Found:
    if isinstance(change.right, str):  # an unknown name, which Keras keeps
        return Effect("makes", "reading layer.losses fail"), "loss"
    if change.left is None or isinstance(change.left, str):
        return Effect("adds", f"a penalty on {weight} to the loss"), "loss"
    if change.right is None:
        return Effect("removes", f"the penalty on {weight} from the loss"), "loss"
    return Effect("changes", f"the penalty on {weight}"), "loss"


def _constraint(weight: str, change: Change) -> _Found:
    if change.left is None:
        return Effect("constrains", f"{weight} after each update"), "training"
    if change.right is None:
        return Effect("lets", f"updates change {weight} without a constraint"), "training"
    return Effect("changes", f"the constraint on {weight} after each update"), "training"


def _shape(weight: str, change: Change) -> _Found:
    return Effect("gives", f"{weight} the shape {instead(change.right, change.left)}"), "shape"


def _result(weight: str, change: Change) -> _Found:
    old, new = change.left, change.right
    if not isinstance(old, Tensor) or not isinstance(new, Tensor) or old.dtype == new.dtype:
        return None
    dtypes = f"{plain(new.dtype)} instead of {plain(old.dtype)}"
    return Effect("stores", f"{weight} as {dtypes}"), "shape"


_OF_WEIGHTS: Final[dict[str, Callable[[str, Change], _Found]]] = {
    "initializer": _initializer,
    "regularizer": _regularizer,
    "constraint": _constraint,
    "shape": _shape,
    RESULT: _result,
}


# -- activations -----------------------------------------------------------------------------------


_BETWEEN_0_AND_1: Final = "squeezes each output{} into the range from 0 to 1"
_BETWEEN_MINUS_1_AND_1: Final = "squeezes each output{} into the range from -1 to 1"
_POSITIVE: Final = "makes each output{} positive"
_ACTIVATIONS: Final = {
    "relu": "sets negative outputs{} to 0",
    "linear": "applies no activation to the outputs{}",
    "sigmoid": _BETWEEN_0_AND_1,
    "hard_sigmoid": _BETWEEN_0_AND_1,
    "tanh": _BETWEEN_MINUS_1_AND_1,
    "softsign": _BETWEEN_MINUS_1_AND_1,
    "softmax": "scales the outputs{} to positive numbers that add up to 1",
    "softplus": _POSITIVE,
    "exponential": _POSITIVE,
}
"""What an activation does with the outputs of a layer."""


# -- arguments -------------------------------------------------------------------------------------


def _rule(cls: str, argument: str) -> Callable[[Value, Value], _Found] | None:
    for classes, rule in _OF_CLASSES.get(argument, ()):
        if cls in classes:
            return rule
    return _OF_ALL.get(argument)


def _percent(value: Value) -> str | None:
    return f"{100 * value:.4g}%" if isinstance(value, int | float) else None


def _dropped(what: str) -> Callable[[Value, Value], _Found]:
    def rule(old: Value, new: Value) -> _Found:
        before, after = _percent(old), _percent(new)
        if after is None:
            return None
        instead_of = f" instead of {before}" if before is not None else ""
        return Effect("drops", f"{after} of {what} in training{instead_of}"), "training"

    return rule


def _noise(old: Value, new: Value) -> _Found:
    values = f"{in_sentence(new)} instead of {in_sentence(old)}"
    return Effect("adds", f"noise with a standard deviation of {values} in training"), "training"


def _moving_average(old: Value, new: Value) -> _Found:
    if not isinstance(old, float | int) or not isinstance(new, float | int):
        return None
    values = f"{100 * (1 - new):.4g}% instead of {100 * (1 - old):.4g}%"
    text = f"each batch a weight of {values} in the moving averages"
    return Effect("gives", text), "training"


def _activity(old: Value, new: Value) -> _Found:
    if isinstance(new, str):  # an unknown name, which Keras keeps: the call fails
        return None
    if new is None:
        return Effect("removes", "the penalty on the output from the loss"), "loss"
    if old is None or isinstance(old, str):
        return Effect("adds", "a penalty on the output to the loss"), "loss"
    return Effect("changes", "the penalty on the output"), "loss"


def _trainable(old: Value, new: Value) -> _Found:
    if new is False:
        return Effect("freezes", "the weights: training does not change them"), "training"
    return Effect("lets", "training update the weights"), "training"


def _named(old: Value, new: Value) -> _Found:
    return Effect("changes", "only the name"), "name"


def _mixed(old: Value, new: Value) -> _Found:
    if not isinstance(new, str) or not new.startswith("mixed_"):
        return None
    low = plain(new.removeprefix("mixed_"))
    return Effect("computes", f"in {low}, with weights in float32"), "shape"


def _seed(old: Value, new: Value) -> _Found:
    if new is None:
        return Effect("leaves", "the random numbers to the global seed"), "training"
    return Effect("draws", "its random numbers from this seed"), "training"


def _sequences(old: Value, new: Value) -> _Found:
    if new is True:
        return Effect("returns", "the output of every time step, not only of the last"), "shape"
    return Effect("returns", "only the output of the last time step"), "shape"


def _masking(old: Value, new: Value) -> _Found:
    if new is True:
        return Effect("masks", "the positions whose input is 0"), "output"
    return Effect("masks", "no positions"), "output"


def _padded(old: Value, new: Value) -> _Found:
    if new == "same":
        return Effect("pads", "the input with zeros, so that no position is lost"), "shape"
    if new == "causal":
        return Effect("pads", "the start of the input with zeros"), "shape"
    return Effect("uses", "the input without padding"), "shape"


def _padded_window(old: Value, new: Value) -> _Found:
    if new == "same":
        return Effect("pads", "the input, so that no position is lost"), "shape"
    return Effect("uses", "the input without padding"), "shape"


def _cut(old: Value, new: Value) -> _Found:
    if new == "same":
        size = "the input's, multiplied by strides"
        return Effect("cuts", f"the edges off the output, so that its size is {size}"), "shape"
    return Effect("keeps", "the whole output, with all windows"), "shape"


def _apart(old: Value, new: Value) -> _Found:
    return Effect("puts", f"the windows of the output {_stride(new)} apart instead of "
                  f"{_stride(old)}"), "shape"  # fmt: skip


def _enlarged(old: Value, new: Value) -> _Found:
    if new is None:
        return Effect("leaves", "the size of the output to the other arguments"), "shape"
    return Effect("makes", f"the output {_stride(new)} larger than the smallest that fits"), "shape"


def _multiplied(old: Value, new: Value) -> _Found:
    kernels = f"{_counted(new, 'kernel')} instead of {in_sentence(old)}"
    return Effect("gives", f"each channel {kernels}"), "shape"


def _moved_by(old: Value, new: Value) -> _Found:
    return Effect("moves", f"the window by {_stride(new)} instead of {_stride(old)}"), "shape"


def _stride(value: Value) -> str:
    if isinstance(value, Items) and len(set(value.items)) == 1:
        return in_sentence(value.items[0])
    return in_sentence(value)


def _sloped(old: Value, new: Value) -> _Found:
    values = f"{in_sentence(new)} instead of {in_sentence(old)}"
    return Effect("multiplies", f"negative inputs by {values}"), "output"


def _stabilized(old: Value, new: Value) -> _Found:
    values = f"{in_sentence(new)} instead of {in_sentence(old)}"
    return Effect("adds", f"{values} to the variance before its square root is taken"), "output"


_DROPOUTS: Final = frozenset(
    ("Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout")
)
_RECURRENT: Final = frozenset(
    ("SimpleRNN", "LSTM", "GRU", "SimpleRNNCell", "LSTMCell", "GRUCell", "ConvLSTM2D")
)
_CONVOLUTIONS: Final = frozenset(
    ("Conv1D", "Conv2D", "Conv3D", "SeparableConv1D", "SeparableConv2D", "DepthwiseConv1D",
     "DepthwiseConv2D")
)  # fmt: skip
_DEPTHWISE: Final = frozenset(
    ("SeparableConv1D", "SeparableConv2D", "DepthwiseConv1D", "DepthwiseConv2D")
)
_TRANSPOSED: Final = frozenset(("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"))
_POOLING: Final = frozenset(
    ("MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "AveragePooling1D", "AveragePooling2D",
     "AveragePooling3D")
)  # fmt: skip
_NORMALIZING: Final = frozenset(
    ("BatchNormalization", "SyncBatchNormalization", "LayerNormalization", "GroupNormalization")
)
_OF_CLASSES: Final[
    dict[str, tuple[tuple[frozenset[str], Callable[[Value, Value], _Found]], ...]]
] = {
    "rate": ((_DROPOUTS, _dropped("the inputs")),),
    "dropout": ((_RECURRENT, _dropped("the inputs")),),
    "recurrent_dropout": ((_RECURRENT, _dropped("the state")),),
    "stddev": ((frozenset(("GaussianNoise",)), _noise),),
    "momentum": (
        (frozenset(("BatchNormalization", "SyncBatchNormalization")), _moving_average),
    ),
    "return_sequences": ((_RECURRENT, _sequences),),
    "mask_zero": ((frozenset(("Embedding",)), _masking),),
    "padding": ((_CONVOLUTIONS, _padded), (_TRANSPOSED, _cut), (_POOLING, _padded_window)),
    "strides": ((_CONVOLUTIONS | _POOLING, _moved_by), (_TRANSPOSED, _apart)),
    "output_padding": ((_TRANSPOSED, _enlarged),),
    "depth_multiplier": ((_DEPTHWISE, _multiplied),),
    "alpha": ((frozenset(("LeakyReLU",)), _sloped),),
    "epsilon": ((_NORMALIZING, _stabilized),),
    "seed": ((_DROPOUTS | frozenset(("GaussianNoise", "GaussianDropout")), _seed),),
}  # fmt: skip
"""What an argument means in layers of these classes: the first classes that fit count."""

_OF_ALL: Final[dict[str, Callable[[Value, Value], _Found]]] = {
    "activity_regularizer": _activity,
    "trainable": _trainable,
    "name": _named,
    "dtype": _mixed,
}
"""What an argument means in every layer."""


# -- settings of a training ------------------------------------------------------------------------


def _name(value: object) -> str:
    if isinstance(value, Instance):
        return as_code(value) if value.config is not None else plain(value.cls)
    return plain(value.name) if isinstance(value, Function) else plain(value)  # type: ignore[arg-type] # a value or nothing


def _optimizer(change: Change) -> str:
    left, right = change.left, change.right
    if isinstance(left, Instance) and isinstance(right, Instance) and left.cls == right.cls:
        return "changes how each update is computed"
    return f"updates the weights with {_class_name(right)} instead of {_class_name(left)}"


def _class_name(value: object) -> str:
    return plain(value.cls) if isinstance(value, Instance) else plain(value)  # type: ignore[arg-type] # as above


def _loss(change: Change) -> str:
    if ABSENT in (change.left, change.right) or isinstance(change.right, Mapping):
        return ""
    return f"minimizes {_name(change.right)} instead of {_name(change.left)}"


def _metrics(change: Change) -> str:
    return "reports other metrics"


def _epochs(change: Change) -> str:
    old, new = ((1 if side is ABSENT else side) for side in (change.left, change.right))
    return f"trains for {_counted(new, 'epoch')} instead of {in_sentence(old)}"


def _counted(value: Value, noun: str) -> str:
    return counted(value, noun) if isinstance(value, int) else in_sentence(value)


def _batch_size(change: Change) -> str:
    old, new = ((32 if side in (ABSENT, None) else side) for side in (change.left, change.right))
    sizes = f"{_counted(new, 'sample')} instead of {in_sentence(old)}"
    return f"makes batches of {sizes}"


_OF_TRAINING: Final[dict[str, dict[str, Callable[[Change], str]]]] = {
    "compile": {"optimizer": _optimizer, "loss": _loss, "metrics": _metrics},
    "fit": {"epochs": _epochs, "batch_size": _batch_size},
}
