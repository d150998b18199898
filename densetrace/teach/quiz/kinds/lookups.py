"""Questions about lookups: what a `get` returns, which `get` is used, and which deserializer."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from densetrace.data.names import OF_LAYERS, REGISTRIES
from densetrace.data.steps import Step
from densetrace.data.values import Class, Function, Instance, Mapping
from densetrace.data.wording import described, given, in_sentence, plain, result
from densetrace.teach.quiz.model import Draft, Kind, Option
from densetrace.teach.quiz.options import NOTHING as NO_OBJECT
from densetrace.teach.quiz.options import as_option, class_named, neighbours, only_wrong
from densetrace.teach.quiz.run import Run, name_of

TOPIC: Final = "lookups"

_OBJECTS: Final = ("initializers", "regularizers", "constraints", "optimizers")


def _is_outermost(step: Step, run: Run) -> bool:
    """Whether this lookup is not part of another lookup."""
    outer = run.parent(step)
    return outer is None or outer.kind not in ("get", "deserialize")


def _gives(step: Step, run: Run) -> Iterator[Draft]:
    """What does this `get` return?"""
    if not _is_outermost(step, run):
        return
    registry, identifier = plain(given(step, "registry")), given(step, "identifier")
    if registry not in REGISTRIES:
        return
    match identifier:
        case str():
            right, wrong = _by_name(step, registry, identifier)
        case None:
            right, wrong = _by_none(step, registry)
        case _:
            right, wrong = _by_object(step, registry)
    call = f"{registry}.get({in_sentence(identifier)})"
    yield Draft(
        core=f"lookup {call}",
        ask=f"What does {call} return?",
        right=right,
        wrong=tuple(wrong),
        hint=_HINTS.get(registry, "What could the caller use directly?"),
        because=_reason(step),
        proof=(step,),
    )


_HINTS: Final = {
    "activations": "The layer will call the result with one tensor.",
    "initializers": "An initializer has settings, such as a seed.",
    "regularizers": "A regularizer has settings, such as a strength.",
    "constraints": "A constraint has settings, such as a maximum norm.",
    "optimizers": "An optimizer has settings, such as a learning rate.",
}

_NOTHING: Final = "nothing: it raises an error"


def _by_name(step: Step, registry: str, name: str) -> tuple[str, list[Option]]:
    kept, found = f"{described(name)}, unchanged", result(step)
    if step.error is not None:
        wrong = [
            Option(kept, "misspelling-is-kept"),
            Option("the closest name that it knows", "misspelling-is-corrected"),
            Option(NO_OBJECT),
        ]
        return _NOTHING, wrong
    cls = plain(class_named(registry, name))
    match found:
        case str():
            wrong = [
                Option(_NOTHING, "misspelling-is-refused"),
                Option("the closest name that it knows", "misspelling-is-corrected"),
                Option(NO_OBJECT),
            ]
            return f"{as_option(found)}, unchanged", wrong
        case Function():
            wrong = [
                Option(kept, "names-stay-strings"),
                Option(
                    f"an instance of {cls}",
                    "activation-is-an-object" if registry == "activations" else "",
                ),
                *only_wrong(neighbours(registry, (name, found.name))),
            ]
            return as_option(found), wrong
        case Instance():
            wrong = [
                Option(f"the class {plain(found.cls)}", "name-gives-class"),
                Option(kept, "names-stay-strings"),
                Option(NO_OBJECT),
                *only_wrong(neighbours(registry, (name, found.cls))),
            ]
            if registry in _OBJECTS:
                wrong.insert(2, Option(f"the function {plain(name)}", "name-gives-function"))
            if found.cls == "Zeros":
                wrong.insert(0, Option(NO_OBJECT, "zeros-is-none"))
            return as_option(found), wrong
    wrong = [
        Option(kept, "names-stay-strings"),
        Option(_NOTHING),
        Option(f"the class {cls}", "name-gives-class"),
    ]
    return as_option(found), [option for option in wrong if option.text != as_option(found)]


def _by_none(step: Step, registry: str) -> tuple[str, list[Option]]:
    found = result(step)
    if step.error is not None:
        return _NOTHING, [Option(NO_OBJECT), *only_wrong(neighbours(registry, ()))]
    refused = Option(_NOTHING, "none-is-refused")
    if found is None:
        wrong = [
            refused,
            *(Option(text, "none-means-default") for text in neighbours(registry, ())),
        ]
        return NO_OBJECT, [*wrong, Option("the string 'None'")]
    wrong = [
        Option(NO_OBJECT, "no-activation-is-none" if registry == "activations" else ""),
        refused,
    ]
    known = found.name if isinstance(found, Function) else plain(found)
    return as_option(found), [*wrong, *only_wrong(neighbours(registry, (known,)))]


def _by_object(step: Step, registry: str) -> tuple[str, list[Option]]:
    identifier, found = given(step, "identifier"), result(step)
    unchanged = "its argument, unchanged"
    if step.error is not None:
        return _NOTHING, [
            Option(unchanged),
            Option(NO_OBJECT),
            *only_wrong(neighbours(registry, ())),
        ]
    if isinstance(identifier, Mapping):
        name = plain(identifier.get("class_name"))
        cls = found.cls if isinstance(found, Instance) else class_named(registry, name)
        wrong = [
            Option("the dict, unchanged"),
            Option(f"the class {plain(cls)}", "name-gives-class"),
            Option(NO_OBJECT),
            *only_wrong(neighbours(registry, (name, cls))),
        ]
        right = unchanged if found == identifier else as_option(found)
        return right, [
            option for option in wrong if right != unchanged or "dict" not in option.text
        ]
    if found == identifier:
        wrong = [Option(_NOTHING), Option(NO_OBJECT)]
        if isinstance(found, Instance):
            wrong.insert(
                0, Option(f"a new instance of {plain(found.cls)}", "given-object-is-copied")
            )
            wrong.insert(1, Option(f"the class {plain(found.cls)}"))
        elif isinstance(found, Class):
            wrong.insert(0, Option(f"an instance of {plain(found.name)}"))
        elif isinstance(found, Function):
            wrong.insert(0, Option(f"the name {in_sentence(found.name)}, as a string"))
            wrong.insert(1, Option("a new function that calls it"))
        return unchanged, wrong
    return as_option(found), [Option(unchanged), Option(NO_OBJECT), Option(_NOTHING)]


def _reason(step: Step) -> str:
    """The reason for the result of a lookup, in a sentence."""
    identifier, found = given(step, "identifier"), result(step)
    if step.error is not None:
        if isinstance(identifier, str):
            return f"None of the {plain(given(step, 'registry'))} has this name."
        return "It cannot interpret its argument."
    if found == identifier and identifier is not None:
        if isinstance(identifier, str):
            return "There is no such name, so the string is treated as an object to use as it is."
        return "It is ready to use, so there is nothing to look up."
    match found:
        case None:
            return "None means: no such object."
        case Function() if identifier is None:
            return "A layer always has a function to call; linear changes nothing."
        case Function():
            return "The name refers to a function. get looks it up and returns it."
        case Instance():
            return "get looks up the class and creates an object of it."
    return "get returns exactly this."


def _which(step: Step, run: Run) -> Iterator[Draft]:
    """Which lookup does a layer use for one of its arguments?"""
    assign = run.feeds(step)
    registry = given(step, "registry")
    if assign is None or registry not in OF_LAYERS:
        return
    name = plain(given(assign, "name"))
    thing_made = name.rpartition("_")[2]
    mistaken = "lookups-from-initializers" if registry in ("regularizers", "constraints") else ""
    if f"{thing_made}s" != registry:
        return
    yield Draft(
        core=f"which lookup {registry}",
        ask=f"Which lookup does {name_of(assign)} use for its {name}?",
        right=f"{registry}.get",
        wrong=tuple(
            Option(f"{other}.get", mistaken if other == "initializers" else "")
            for other in sorted(OF_LAYERS, key=lambda other: other != "initializers")
            if other != registry
        ),
        hint="Each kind of object has its own lookup.",
        because=f"Each kind of object has its own module for lookups: here {registry}.",
        proof=(step,),
    )


_MOST_DESERIALIZATIONS: Final = 100
"""The most deserializations of one lookup that are searched; there are usually a few."""


def _deserializer(step: Step, run: Run) -> Iterator[Draft]:
    """Which of the two deserializers resolves a name?"""
    identifier = given(step, "identifier")
    if not _is_outermost(step, run) or step.error is not None or not isinstance(identifier, str):
        return
    inside = islice(run.inside(step, "deserialize"), _MOST_DESERIALIZATIONS)
    used = {given(inner, "via") for inner in inside}
    if len(used) != 1 or not used <= {"legacy", "serialization_lib"}:
        return
    registry, function = plain(given(step, "registry")), plain(next(iter(used)))
    other = "serialization_lib" if function == "legacy" else "legacy"
    yield Draft(
        core=f"deserializer {registry}",
        ask=f"Keras has two functions called deserialize_keras_object. Which of them does "
        f"{registry}.get({in_sentence(identifier)}) use?",
        right=_deserializer_name(function),
        wrong=(
            Option(_deserializer_name(other), "one-deserializer"),
            Option("both, one inside the other"),
            Option("neither: it has a table of its own"),
        ),
        hint="Most registries still convert a name to a dict in the old format.",
        because="A dict without a 'module' key is in the old format, which the legacy "
        "deserializer reads."
        if function == "legacy"
        else "The name goes directly to serialization_lib, the newer one.",
        proof=(step,),
    )


def _deserializer_name(function: str) -> str:
    module = "saving.legacy.serialization" if function == "legacy" else "saving.serialization_lib"
    return f"the one in {module}"


KINDS: Final = (
    Kind("lookup", TOPIC, "what a lookup returns", ("get",), _gives),
    Kind("which-lookup", TOPIC, "which lookup is used", ("get",), _which),
    Kind("deserializer", TOPIC, "which deserializer is used", ("get",), _deserializer),
)
