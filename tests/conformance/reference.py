"""Brings a trace of ours into the form of the reference, so that the two can be compared.

tests/data/keras-2.14-steps.json holds what a real Keras 2.14 did, recorded from outside; its
fields are described in tests/data/README.md.
"""

from collections.abc import Iterator
from typing import Any

from densetrace.data.operations import ON_EVERY_ENGINE
from densetrace.data.steps import ABSENT, Step
from densetrace.data.values import Class, Function, Instance, Items, Mapping, Tensor, Value

RECORDED = frozenset(
    [
        "new",
        "layout",
        "init",
        "get",
        "deserialize",
        "assign",
        "build",
        "add_weight",
        "initialize",
        "invoke",
        "call",
        "activation",
        "regularize",
        "constrain",
    ]
)
"""The kinds that the reference holds; others are left out, and their children lifted."""

WEIGHT_FIELDS = ("name", "shape", "initializer", "regularizer", "constraint", "trainable")


def comparable(steps: tuple[Step, ...]) -> list[dict[str, Any]]:
    """Steps in the reference's form: kind, fields and children, without kinds it lacks."""
    found = []
    for step in steps:
        children = comparable(step.children)
        if step.kind not in RECORDED:
            found.extend(children)
            continue
        form = {"kind": step.kind, **_fields(step)}
        if children:
            form["children"] = children
        found.append(form)
    return found


def on_both_stacks(steps: tuple[Step, ...]) -> Iterator[Step]:
    """The steps that our stack and a real Keras both have: operations that only one of them has as
    steps are left out, and the steps inside them take their place."""
    for step in steps:
        if step.kind == "op" and step.point not in ON_EVERY_ENGINE:
            yield from on_both_stacks(step.children)
        else:
            yield step


def _fields(step: Step) -> dict[str, Any]:
    inputs = {name: plain(value) for name, value in step.inputs.items()}
    facts = {name: plain(value) for name, value in step.facts.items()}
    result = None if step.result is ABSENT else plain(step.result)
    first = next(iter(inputs.values()), None)
    match step.kind:
        case "new":
            given = {name: inputs[name] for name in ("class", "args", "kwargs", "arg_names")}
            return given | {"bound": facts["bound"], "auto_config": facts["auto_config"]}
        case "layout":
            # The reference lists as `popped` every layout given; our `popped` holds those taken.
            popped = inputs["layouts_given"]
            return {"class": inputs["class"], "popped": popped, "set": facts["set"]}
        case "init":
            return {"class": facts["class"], "of": facts["of"]}
        case "get":
            return {"registry": facts["registry"], "identifier": first, "result": result}
        case "deserialize":
            return {"via": facts["via"], "identifier": first, "result": result}
        case "assign":
            return {"attr": inputs["name"], "value": inputs["value"]}
        case "build":
            return {"class": facts["class"], "input_shape": first}
        case "add_weight":
            return {name: inputs[name] for name in WEIGHT_FIELDS} | {"output": result}
        case "initialize":
            return {"initializer": facts["class"], "shape": first, "output": result}
        case "invoke" | "call":
            return {"class": facts["class"], "input": first, "output": result}
        case "activation":
            name = step.point.rpartition(".")[2]
            return {"name": name, "input": first, "output": result}
        case _:
            return {"class": facts["class"], "output": result}


def plain(value: Value) -> Any:
    """A value in the reference's form."""
    match value:
        case Function(name):
            return {"function": name}
        case Class(name):
            return {"class": name}
        case Tensor(shape, dtype):
            return {"tensor": list(shape), "dtype": dtype}
        case Instance("InputSpec", config=Mapping() as config):
            demands = {text: plain(demand) for text, demand in config.entries}
            return {"InputSpec": {name: demand for name, demand in demands.items() if demand}}
        case Instance(cls):
            return {"instance": cls}
        case Items(items=items):
            return [plain(item) for item in items]
        case Mapping(entries):
            return {_key(key): plain(item) for key, item in entries}
        case _:
            return value


def _key(key: Value) -> str:
    return key if isinstance(key, str) else str(key)
