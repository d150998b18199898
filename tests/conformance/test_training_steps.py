"""The steps of a training are those of a real Keras: the same order and nesting, in graph mode and
eagerly."""

from collections.abc import Iterator
from typing import Any

import pytest

import densetrace
from densetrace.data.steps import Step
from densetrace.data.values import Function, Items, Mapping, Tensor, Value
from tests.keras.training import recorded

CASES = [case for case in recorded.CASES if isinstance(case.get("steps"), dict)]

NAMES = {
    "train_function": "train_function", "data_handler": "data_handler", "fit": "fit",
    "make_function": "make_train_function", "evaluate": "evaluate", "invoke": "invoke",
    "call": "call", "reset_metrics": "reset_metrics", "compute_loss": "compute_loss",
    "losses_call": "losses_call", "losses_build": "losses_build", "loss_resolve": "loss_resolve",
    "loss": "loss", "loss_call": "loss_call", "validate": "validate_target_and_loss",
    "minimize": "minimize", "compute_gradients": "compute_gradients", "gradient": "gradient",
    "apply_gradients": "apply_gradients", "optimizer_build": "optimizer_build",
    "clip": "clip_gradients", "weight_decay": "apply_weight_decay", "update": "update_step",
    "finalize": "finalize_variable_values", "compute_metrics": "compute_metrics",
    "metrics_update": "metrics_update", "metrics_build": "metrics_build",
    "metric_resolve": "metric_resolve", "update_state": "update_state",
    "metrics_result": "get_metrics_result", "metric_result": "result", "schedule": "schedule",
    "regularize": "regularize", "constrain": "constrain", "train_step": "train_step",
    "reset_state": "reset_state", "average": "update_model_variables_moving_average",
}  # fmt: skip
"""Our kinds, and what the recording calls them."""


def nodes(steps: tuple[Step, ...]) -> Iterator[dict[str, Any]]:
    """Our steps as the recording writes them; what it has no node for is replaced by what is
    inside."""
    for step in steps:
        found = node(step)
        inside = list(nodes(step.children))
        if found is None:
            yield from inside
        else:
            yield found | ({"children": inside} if inside else {})


def node(step: Step) -> dict[str, Any] | None:
    """A step with the fields that both sides have; None where the recording has no such node."""
    kind = step.kind
    if kind == "callback":
        if ".CallbackList." not in step.point:
            return None
        method = step.point.rpartition(".")[2]
        index = {step.inputs[name] for name in ("epoch", "batch") if name in step.inputs}
        found = {
            "kind": "callbacks",
            "method": method,
            "logs": sorted(names(step.inputs.get("logs"))),
        }
        return found | ({"index": index.pop()} if index else {})
    if kind == "get" and step.facts.get("registry") in ("losses", "metrics"):
        identifier = step.inputs["identifier"]
        return {"kind": "get", "identifier": identifier if isinstance(identifier, str) else None}
    if kind not in NAMES:
        return None
    if kind == "make_function":
        return {"kind": step.point.rpartition(".")[2]}
    if step.point == "keras.engine.sequential.Sequential.call":
        return None
    name = NAMES[kind]
    if kind == "train_step":
        name = step.point.rpartition(".")[2]
        data = step.inputs["data"]
        assert isinstance(data, Items)
        return {
            "kind": name,
            "data": [list(one.shape) for one in data.items if isinstance(one, Tensor)],
        }
    if kind == "train_function":
        name = str(step.inputs["function"])
        mode = step.facts["mode"]
        return {"kind": name, "mode": mode} | (
            {"traced": step.facts["traced"]} if mode == "graph" else {}
        )
    if kind == "data_handler":
        return {"kind": name, "steps": step.facts["steps"]}
    if kind == "invoke":
        return {"kind": name, "name": step.subject}
    if kind == "update":
        return {"kind": name, "variable": step.inputs["variable"]}
    if kind in ("loss_resolve", "metric_resolve"):
        function = step.facts.get("function")
        asked = step.inputs.get("loss", step.inputs.get("metric"))
        return {"kind": name, "asked": asked if isinstance(asked, str) else None,
                "function": function.name if isinstance(function, Function) else None}  # fmt: skip
    if kind in ("update_state", "metric_result"):
        return {"kind": name, "metric": step.subject}
    if kind == "gradient":
        result = step.result
        assert isinstance(result, Items)
        return {
            "kind": name,
            "result": [list(one.shape) for one in result.items if isinstance(one, Tensor)],
        }
    return {"kind": name}


def names(value: Value) -> list[str]:
    return [str(key) for key, _ in value.entries] if isinstance(value, Mapping) else []


def expected(node: dict[str, Any]) -> dict[str, Any]:
    """A recorded node with the same fields."""
    kind = node["kind"]
    found: dict[str, Any] = {"kind": kind}
    match kind:
        case "callbacks":
            found |= {name: node[name] for name in ("method", "logs", "index") if name in node}
        case "get":
            identifier = node["identifier"]
            found["identifier"] = identifier if isinstance(identifier, str) else None
        case "train_step" | "test_step":
            found["data"] = [one["tensor"] for one in node["data"]]
        case "train_function" | "test_function":
            found |= {name: node[name] for name in ("mode", "traced") if name in node}
        case "data_handler":
            found["steps"] = node["steps"]
        case "invoke":
            found["name"] = node["name"]
        case "update_step":
            found["variable"] = node["variable"]
        case "loss_resolve" | "metric_resolve":
            asked = node.get("loss", node.get("metric"))
            found |= {"asked": asked if isinstance(asked, str) else None,
                      "function": node.get("result_fn")}  # fmt: skip
        case "update_state" | "result":
            found["metric"] = node["metric"]
        case "gradient":
            found["result"] = [one["tensor"] for one in node["result"]]
    inside = [expected(child) for child in node.get("children", ())]
    return found | ({"children": inside} if inside else {})


def lines(nodes: list[dict[str, Any]], depth: int = 0) -> Iterator[str]:
    """Nodes as indented lines, which a failing test compares."""
    for one in nodes:
        fields = {name: value for name, value in one.items() if name != "children"}
        yield f"{'  ' * depth}{fields}"
        yield from lines(one.get("children", []), depth + 1)


@pytest.mark.parametrize("mode", ["graph", "eager"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_steps_inside_fit_are_those_of_keras(case: dict[str, Any], mode: str) -> None:
    scope = recorded.prepared(case)
    compiled = eval(case["compile"], scope)
    model = scope["model"]
    model.compile(**compiled, run_eagerly=mode == "eager")
    [fit] = _roots(case, mode)
    given = eval(case["fit"], scope)
    given |= {"verbose": 0, "epochs": fit["epochs"], "batch_size": fit["batch_size"]}
    with densetrace.trace(batches="all") as trace:
        model.fit(scope["x"], scope["y"], **given)
    assert [*lines(list(nodes(trace.steps)))] == [*lines([expected(fit)])]


def _roots(case: dict[str, Any], mode: str) -> list[dict[str, Any]]:
    found = case["steps"][mode]
    return found if isinstance(found, list) else [found]
