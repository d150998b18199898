"""Questions about the `__new__` of a layer: how it names the arguments, and which it keeps."""

from collections.abc import Iterable, Iterator
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.values import Items, Mapping, Value
from densetrace.data.wording import (
    arguments,
    entries,
    given,
    in_sentence,
    is_plain,
    names,
    plain,
)
from densetrace.teach.quiz.model import Draft, Kind, Option
from densetrace.teach.quiz.options import ordinal
from densetrace.teach.quiz.run import Run, brief, class_of

TOPIC: Final = "construction"

DEFAULTS: Final[dict[str, Value]] = {
    "use_bias": True,
    "kernel_initializer": "glorot_uniform",
    "bias_initializer": "zeros",
}
"""Arguments of Dense that are often left out, and their defaults."""


def written(new: Step) -> str:
    """A construction as code: `Dense(64, activation='relu')`."""
    return f"{class_of(new)}{arguments(given(new, 'args'), given(new, 'kwargs'))}"


def _is_complete(value: Value) -> bool:
    """Whether a dict or a tuple was recorded with all its items."""
    if isinstance(value, Mapping):
        return len(value.entries) == value.length
    return isinstance(value, Items) and len(value.items) == value.length


def is_complete(new: Step) -> bool:
    given_and_merged = (given(new, "args"), given(new, "kwargs"), given(new, "bound"))
    return all(map(_is_complete, given_and_merged)) and len(written(new)) < 100


def as_dict(pairs: Iterable[tuple[str, Value]]) -> str:
    listed = tuple(pairs)
    return Mapping(listed, len(listed)).written(in_sentence)


def _binding(step: Step, run: Run) -> Iterator[Draft]:
    """Which name does __new__ pair a positional argument with?"""
    argument_names = names(given(step, "arg_names"))[1:]
    for number, (name, value) in enumerate(entries(given(step, "positional"))[:3]):
        others = [other for other in argument_names if other != name]
        # The nearest neighbours in the signature are the plausible ones.
        others.sort(key=lambda other: abs(argument_names.index(other) - number))
        yield Draft(
            core=f"binding {class_of(step)} {number}",
            ask=f"In {written(step)} the {ordinal(number)} argument, {in_sentence(value)}, is "
            f"positional. Which parameter name does {brief(step.point)} match it to?",
            right=f"'{plain(name)}'",
            wrong=(
                Option("none: it stays positional", "positional-stays"),
                *(Option(f"'{plain(other)}'") for other in others),
            ),
            hint="Read the signature of __init__; self comes first.",
            because=f"It is parameter number {number + 1} of __init__, not counting self.",
            proof=(step,),
        )


def _merged(step: Step, run: Run) -> Iterator[Draft]:
    """What is in the merged dict in __new__?"""
    positional, bound = entries(given(step, "positional")), entries(given(step, "bound"))
    keyword = entries(given(step, "kwargs"))
    if not positional or not is_complete(step):
        return
    if len(bound) != len({name for name, _ in (*positional, *keyword)}):
        return  # Keras 3 adds the defaults
    values = {name for name, _ in bound}
    default = next(
        (
            (name, value)
            for name, value in DEFAULTS.items()
            if name in names(given(step, "arg_names")) and name not in values
        ),
        None,
    )
    wrong = [
        Option(as_dict(keyword), "positional-stays"),
        Option(as_dict((("args", given(step, "args")), *keyword)), "positional-stays"),
    ]
    if default:
        wrong.insert(1, Option(as_dict((*bound, default)), "merge-fills-defaults"))
    looked_up = [pair for pair in bound if pair[0] == "activation" and isinstance(pair[1], str)]
    if looked_up:
        text = as_dict(bound).replace(
            f"'activation': {in_sentence(looked_up[0][1])}",
            f"'activation': <function {plain(looked_up[0][1])}>",
        )
        wrong.insert(2, Option(text, "new-looks-names-up"))
    yield Draft(
        core=f"merged {class_of(step)}",
        ask=f"{written(step)} is constructed. {brief(step.point)} matches the positional "
        "arguments to parameter names and merges them with the others. What is the merged dict?",
        right=as_dict(bound),
        wrong=tuple(wrong),
        hint="It contains only what the caller wrote, and nothing is looked up yet.",
        because="It contains each argument as written, under its name, and no defaults.",
        proof=(step,),
    )


def _merge_adds(step: Step, run: Run) -> Iterator[Draft]:
    """All arguments have names. What does the merge add?"""
    keyword = entries(given(step, "kwargs"))
    if entries(given(step, "positional")) or not keyword or not is_complete(step):
        return
    if given(step, "bound") != given(step, "kwargs"):
        return
    name, value = keyword[0]
    yield Draft(
        core=f"merge adds {class_of(step)}",
        ask=f"{written(step)} is constructed. {brief(step.point)} merges the positional arguments "
        "into the keyword arguments. What does the merge add here?",
        right="nothing",
        wrong=(
            Option("the omitted arguments, with their defaults", "merge-fills-defaults"),
            Option(f"{plain(name)}={in_sentence(value)}", "merge-always-adds"),
            Option("self", "merge-always-adds"),
        ),
        hint="Look for a positional argument.",
        because="Every argument already has a name, so there is nothing to add.",
        proof=(step,),
    )


def _auto_config(step: Step, run: Run) -> Iterator[Draft]:
    """Are the arguments kept as an auto-config?"""
    bound = entries(given(step, "bound"))
    kept = given(step, "auto_config")
    if not bound or not isinstance(kept, bool) or not is_complete(step):
        return
    odd = next((pair for pair in bound if not is_plain(pair[1])), None)
    if kept is (odd is not None):
        return
    wrong = []
    if odd is not None:
        right = f"no, because of {plain(odd[0])}"
        wrong.append(Option("yes: all are plain values", "anything-is-config"))
    else:
        right = "yes: all are plain values"
    positional = names(given(step, "positional"))
    if positional and (odd is None or odd[0] != positional[0]):
        wrong.append(Option(f"no, because of {plain(positional[0])}", "positional-is-no-config"))
    strings = [name for name, value in bound if isinstance(value, str) and name not in positional]
    if strings:
        wrong.append(Option(f"no, because of {plain(strings[0])}", "names-are-no-config"))
    wrong += [Option("yes, but only the defaults"), Option("no, because you did not ask for it")]
    yield Draft(
        core=f"auto-config {class_of(step)}",
        ask=f"{written(step)} is constructed. Do these arguments become an auto-config?",
        right=right,
        wrong=tuple(wrong),
        hint="Plain values are strings, numbers, booleans, None, and lists and dicts of them.",
        because=f"{in_sentence(odd[1])} is not a plain value."
        if odd
        else "Each value is a string, a number, a boolean, None, or a list or dict of these.",
        proof=(step,),
    )


KINDS: Final = (
    Kind("binding", TOPIC, "which parameter a positional argument is for", ("new",), _binding),
    Kind("merged-dict", TOPIC, "what the merged dict holds", ("new",), _merged),
    Kind("merge", TOPIC, "what the merge adds", ("new",), _merge_adds),
    Kind("auto-config", TOPIC, "what becomes an auto-config", ("new",), _auto_config),
)
