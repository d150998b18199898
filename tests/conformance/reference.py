"""The cases of the reference, their global names, and a trace converted to its form.

tests/data/keras-2.14-steps.json has the steps of a real Keras 2.14; tests/data/README.md describes
its fields.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from densetrace import keras
from densetrace.data.steps import ABSENT, Step
from densetrace.data.values import Class, Function, Instance, Items, Mapping, Tensor, Value
from densetrace.study.diff import of_one_engine

CASES = json.loads(
    (Path(__file__).parents[1] / "data" / "keras-2.14-steps.json").read_text("utf-8")
)["cases"]

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
"""The kinds in the reference; a step of another kind is replaced by its children."""

MODULES = ("initializers", "regularizers", "constraints", "activations", "layers")

WEIGHT_FIELDS = ("name", "shape", "initializer", "regularizer", "constraint", "trainable")


def scope(stack: Any = keras) -> dict[str, Any]:
    """Return the global names that cases and generated expressions use, from one stack."""
    return {
        "np": np,
        "keras": stack,
        "Dense": stack.layers.Dense,
        "Layer": stack.layers.Layer,
        "Sequential": stack.Sequential,
        "Input": stack.Input,
        "K": stack.backend,
        **{name: getattr(stack, name) for name in MODULES},
    }


def comparable(steps: tuple[Step, ...]) -> list[dict[str, Any]]:
    """Convert steps to the form of the reference: kind, fields and children."""
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
        if of_one_engine(step):
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
            # `popped` of the reference has every layout that was passed; ours, those removed.
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
    """Convert a value to the form of the reference."""
    match value:
        case Function(name):
            return {"function": name}
        case Class(name):
            return {"class": name}
        case Tensor(shape, dtype):
            return {"tensor": list(shape), "dtype": dtype}
        case Instance("InputSpec", config=Mapping() as config):
            settings = {text: plain(setting) for text, setting in config.entries}
            return {"InputSpec": {name: each for name, each in settings.items() if each}}
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
