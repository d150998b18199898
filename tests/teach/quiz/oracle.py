"""Answer questions from the JSON form of a trace, independently of the code that makes them: for
each option, decide whether it is true."""

import ast
import math
import re
from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any, Final

from densetrace.teach.quiz import Question
from tests.teach.quiz.document import Document, Node, inside, listed
from tests.teach.quiz.oracle_orders import assert_order, works
from tests.teach.quiz.oracle_runs import (
    model_parameters,
    model_shape,
    one_more_unit,
    which_shapes,
)


def true_options(question: Question, document: Document) -> list[int]:
    """The numbers of the options that are true for the trace."""
    node = document.node(question.step.id)
    decide = _DECIDE[question.kind.name]
    return [
        number
        for number, option in enumerate(question.options)
        if decide(option.text, node, document, question)
    ]


# -- reading values -------------------------------------------------------------------------------


def value_text(form: Any) -> str:
    """A JSON value in the wording of options."""
    if not isinstance(form, dict):
        return f"{form:.4g}" if isinstance(form, float) else repr(form)
    tag = next(iter(form))
    match tag:
        case "function" | "class":
            return str(form[tag])
        case "instance":
            return str(form["label"])
        case "list":
            return f"[{', '.join(map(value_text, form['list']))}]"
        case "tuple":
            items = ", ".join(map(value_text, form["tuple"]))
            return f"({items},)" if form["length"] == 1 else f"({items})"
        case "dict":
            pairs = (f"{value_text(key)}: {value_text(item)}" for key, item in form["dict"])
            return "{" + ", ".join(pairs) + "}"
    raise AssertionError(f"an option shows {form}")


def shape_of(form: Any) -> list[int | None]:
    sizes = next(form[tag] for tag in ("tuple", "list", "tensor") if tag in form)
    return list(sizes)


def pairs(form: Any) -> dict[str, Any]:
    return dict(form["dict"])


def describes(option: str, form: Any) -> bool:
    """Whether an option such as `an instance of Zeros` describes a value."""
    tag = next(iter(form)) if isinstance(form, dict) else ""
    if match := re.fullmatch(r"an instance of (.+)", option):
        return tag == "instance" and form["instance"] == match[1]
    if match := re.fullmatch(r"the function (.+)", option):
        return tag == "function" and form["function"] == match[1]
    if match := re.fullmatch(r"the class (.+)", option):
        return tag == "class" and form["class"] == match[1]
    if match := re.fullmatch(r"the string ('.*'|\".*\")(, unchanged)?", option):
        return isinstance(form, str) and form == ast.literal_eval(match[1])
    if option == "the value None":
        return form is None
    if option == "False":
        return form is False
    raise AssertionError(f"no answer for {option!r}")


def is_plain(form: Any) -> bool:
    if not isinstance(form, dict):
        return True
    if "dict" in form:
        return all(is_plain(item) for _, item in form["dict"])
    for tag in ("list", "tuple"):
        if tag in form:
            return all(map(is_plain, form[tag]))
    return "str" in form or "number" in form


def merged(new: Node) -> dict[str, Any]:
    """The expected result of the merge."""
    inputs = new["inputs"]
    return pairs(inputs["kwargs"]) | dict(
        zip(inputs["arg_names"]["list"][1:], inputs["args"]["tuple"], strict=False)
    )


# -- construction ---------------------------------------------------------------------------------


def binding(option: str, node: Node, document: Document, question: Question) -> bool:
    words = ("first", "second", "third")
    number = next(i for i, word in enumerate(words) if f" the {word} argument" in question.ask)
    return option == repr(node["inputs"]["arg_names"]["list"][1 + number])


def merged_dict(option: str, node: Node, document: Document, question: Question) -> bool:
    entries = (f"{key!r}: {value_text(item)}" for key, item in merged(node).items())
    return option == "{" + ", ".join(entries) + "}"


def merge(option: str, node: Node, document: Document, question: Question) -> bool:
    written, whole = pairs(node["inputs"]["kwargs"]), merged(node)
    added = whole.keys() - written.keys()
    if option == "nothing":
        return not added
    if option.startswith("the omitted arguments"):
        return bool(added)
    return option.partition("=")[0] in added


def auto_config(option: str, node: Node, document: Document, question: Question) -> bool:
    if option == "yes, but only the defaults":
        return False
    if option.startswith("yes"):
        return node["facts"]["auto_config"] is True and all(map(is_plain, merged(node).values()))
    if match := re.fullmatch(r"no, because of (\w+)", option):
        return node["facts"]["auto_config"] is False and not is_plain(merged(node)[match[1]])
    return False


def origin(option: str, node: Node, document: Document, question: Question) -> bool:
    around = document.around(node)
    if "__new__" in option:
        return any(outer["kind"] == "new" for outer in around)
    if "Layer.__init__" in option:
        return any(outer["point"].endswith(".Layer.__init__") for outer in around)
    new = document.new_before(node)
    if node["kind"] == "layout":
        return all(node["inputs"][part] == new["inputs"][part] for part in ("args", "kwargs"))
    return all(node["inputs"][name] == item for name, item in merged(new).items())


def entered_next(option: str, node: Node, document: Document, question: Question) -> bool:
    new = document.new_before(node)
    following = document.nodes[document.nodes.index(new) + 1]
    if option.startswith("the wrapper"):
        return bool(following["kind"] == "layout")
    if ", and the wrapper after it" in option:
        return following["kind"] == "init" and any(
            later["kind"] == "layout" for later in inside(following)
        )
    return bool(following["kind"] != "layout" and following["point"].endswith("." + option))


def first_action(option: str, node: Node, document: Document, question: Question) -> bool:
    outer = document.outer[node["id"]]
    assert outer is not None
    action = outer["children"][0]
    if match := re.fullmatch(r"it calls (.+)", option):
        return bool(action["point"].endswith("." + match[1]))
    if match := re.fullmatch(r"it sets (.+)", option):
        return bool(action["kind"] == "assign" and action["inputs"]["name"] == match[1])
    kind = "get" if " up with " in option else "add_weight"
    return bool(action["kind"] == kind)


def passed_to_base(option: str, node: Node, document: Document, question: Question) -> bool:
    outer = document.outer[node["id"]]
    assert outer is not None
    shared = node["inputs"].keys() & outer["inputs"].keys()
    return not shared if option.startswith("none") else ast.literal_eval(option) in shared


def layer_name(option: str, node: Node, document: Document, question: Question) -> bool:
    return bool(ast.literal_eval(option) == node["result"])


# -- layouts --------------------------------------------------------------------------------------


def layout_when(option: str, node: Node, document: Document, question: Question) -> bool:
    around = [outer["kind"] for outer in document.around(node)]
    if option == "while Layer.__new__ runs":
        return "new" in around
    if option == "when the layer is built":
        return "build" in around
    match = re.fullmatch(r"(before|after) (\S+) (runs|has run)", option)
    assert match is not None
    wrapped = any(child["point"].endswith(match[2]) for child in node["children"])
    return wrapped is (match[1] == "before")


def layout_sets(option: str, node: Node, document: Document, question: Question) -> bool:
    return listed(option) == set(pairs(node["facts"]["set"]))


# -- lookups --------------------------------------------------------------------------------------


def lookup(option: str, node: Node, document: Document, question: Question) -> bool:
    if option == "nothing: it raises an error":
        return "error" in node
    if "error" in node:
        return False
    result, identifier = node["result"], node["inputs"]["identifier"]
    if option in ("its argument, unchanged", "the dict, unchanged"):
        return bool(result == identifier)
    if option == "the closest name that it knows":
        return isinstance(result, str) and result != identifier
    if match := re.fullmatch(r"a new instance of (.+)", option):
        return isinstance(result, dict) and "instance" in result and result != identifier
    if option == "a new function that calls it":
        return isinstance(result, dict) and "function" in result and result != identifier
    if match := re.fullmatch(r"the name ('.+'), as a string", option):
        return bool(result == ast.literal_eval(match[1]))
    return describes(option, result)


def which_lookup(option: str, node: Node, document: Document, question: Question) -> bool:
    return bool(node["point"].endswith("." + option))


def which_deserializer(option: str, node: Node, document: Document, question: Question) -> bool:
    used = {s["facts"]["via"] for s in inside(node) if s["kind"] == "deserialize"}
    if match := re.fullmatch(r"the one in saving\.(\w+)(\.serialization)?", option):
        return used == {match[1]}
    return len(used) == (2 if option.startswith("both") else 0)


# -- attributes -----------------------------------------------------------------------------------


def set_next(option: str, node: Node, document: Document, question: Question) -> bool:
    match = re.search(r"has just set (\S+)\.", question.ask)
    assert match is not None
    own = [s for s in document.nodes if s["subject"] == node["subject"]]
    set_ = [s["inputs"]["name"] for s in own if s["kind"] == "assign" and s["id"] <= node["id"]]
    return set_[-2:] == [match[1], option]


def default(option: str, node: Node, document: Document, question: Question) -> bool:
    return describes(option, node["inputs"]["value"])


def units(option: str, node: Node, document: Document, question: Question) -> bool:
    if option.startswith("nothing"):
        return "error" in node
    return option == repr(node["inputs"]["value"])


# -- building -------------------------------------------------------------------------------------


def built_when(option: str, node: Node, document: Document, question: Question) -> bool:
    builds = [s for s in document.nodes if s["kind"] == "build" and s["subject"] == node["subject"]]
    if not builds or option.startswith("not at all"):
        return not builds and option.startswith("not at all")
    around = document.around(builds[0])
    kinds = [outer["kind"] for outer in around]
    modes = {outer["facts"]["mode"] for outer in around if outer["kind"] == "invoke"}
    return {
        "while it is constructed": any(
            o["kind"] == "init" and o["subject"] == node["subject"] for o in around
        ),
        "when the model is compiled": "compile" in kinds,
        "when it is added to the model": "add" in kinds,
        "on its first call with data": modes == {"eager"},
        "on its first call, without data": {"add", "build"}.isdisjoint(kinds)
        and "symbolic" in modes,
        "while the build of its model runs": "add" not in kinds
        and "build" in kinds
        and "symbolic" in modes,
        "when build is called by the code": not around,
    }[option]


def weights_now(option: str, node: Node, document: Document, question: Question) -> bool:
    exists = any(step["kind"] == "add_weight" for step in inside(node))
    return (option == "they do not exist yet") is not exists


def which_weights(option: str, node: Node, document: Document, question: Question) -> bool:
    made = {s["inputs"]["name"] for s in inside(node) if s["kind"] == "add_weight"}
    return listed(option.partition(":")[0]) == made


def weight_shape(option: str, node: Node, document: Document, question: Question) -> bool:
    return bool(list(ast.literal_eval(option)) == node["result"]["tensor"])


def penalty(option: str, node: Node, document: Document, question: Question) -> bool:
    computed = any(s["kind"] == "regularize" for s in inside(node))
    return {"it stores it and computes no penalty yet": not computed}.get(option, computed)


def first_values(option: str, node: Node, document: Document, question: Question) -> bool:
    elements = set(node["result"]["elements"])
    return {
        "all zeros": elements == {0},
        "all ones": elements == {1},
        "random numbers": len(elements) > 1,
        "nothing, until training begins": not elements,
    }[option]


def fan_in(option: str, node: Node, document: Document, question: Question) -> bool:
    return option == str(shape_of(node["inputs"]["shape"])[0])


# -- calling --------------------------------------------------------------------------------------


def runs_next(option: str, node: Node, document: Document, question: Question) -> bool:
    outer = document.outer[node["id"]]
    assert outer is not None
    methods = {"build": "build", "call": "call", "__init__": "init"}
    following = next(s for s in outer["children"] if s["kind"] in ("build", "call", "init"))
    return bool(methods.get(option, option) == following["kind"])


def mode(option: str, node: Node, document: Document, question: Question) -> bool:
    call = next((child for child in node["children"] if child["kind"] == "call"), None)
    if option.startswith("nothing"):
        return call is None
    assert call is not None
    tensor = next(iter(call["inputs"].values()))
    if option.startswith("its weights"):
        return "tensor" not in tensor
    return tensor.get("symbolic", False) is option.startswith("a symbolic tensor")


def output_shape(option: str, node: Node, document: Document, question: Question) -> bool:
    return bool(list(ast.literal_eval(option)) == node["result"]["tensor"])


def order(option: str, node: Node, document: Document, question: Question) -> bool:
    computed = [s["point"].rpartition(".")[2] for s in node["children"]]
    return option.split(", then ") == [name for name in computed if name != "cast"]


# -- layers ---------------------------------------------------------------------------------------


def added_for(name: str, nodes: list[Node] | Iterator[Node]) -> list[Node]:
    return [one for one in nodes if one["kind"] == "add_weight" and one["subject"] == name]


def parameters(option: str, node: Node, document: Document, question: Question) -> bool:
    added = [one for one in inside(node) if one["kind"] == "add_weight"]
    sizes = [math.prod(one["result"]["tensor"]) for one in added]
    return option == f"{sum(sizes):,}"


def trained_weights(option: str, node: Node, document: Document, question: Question) -> bool:
    added = added_for(node["subject"], inside(node))
    trained = {one["inputs"]["name"] for one in added if one["inputs"]["trainable"] is not False}
    return listed(option) == trained


def weight_holders(option: str, node: Node, document: Document, question: Question) -> bool:
    called = {one["subject"] for one in inside(node) if one["kind"] == "invoke"} - {node["subject"]}
    builders = {
        outer["subject"]
        for one in document.nodes
        if one["kind"] == "add_weight"
        for outer in (one, *document.around(one))
        if outer["kind"] in ("add_weight", "build", "invoke")
    }
    return listed(option) == called & builders


def random_layers(option: str, node: Node, document: Document, question: Question) -> bool:
    before, after = node["inputs"]["inputs"], node["result"]
    truth: dict[str, bool] = {
        "it returns the numbers unchanged": numbers(before) == numbers(after),
        "it changes the numbers at random": numbers(before) != numbers(after),
        "it removes elements, so the output is smaller": before["tensor"] != after["tensor"],
        "it updates its weights": any(one["kind"] == "assign" for one in inside(node)),
    }
    return truth[option]


# -- models ---------------------------------------------------------------------------------------


def compile_(option: str, node: Node, document: Document, question: Question) -> bool:
    # Keras 3 also looks up what the metric of the loss is made of.
    asked_for = {"optimizers", "losses", "metrics"}
    looked_up = {s["facts"]["registry"] for s in node["children"] if s["kind"] == "get"} & asked_for
    late = bool(looked_up & {"losses", "metrics"})
    return {
        "optimizer only": looked_up == {"optimizers"},
        "all of them": "optimizers" in looked_up and late,
        "none of them": not looked_up,
    }.get(option, late and "optimizers" not in looked_up)


def compile_weights(option: str, node: Node, document: Document, question: Question) -> bool:
    layers = {s["subject"] for s in document.nodes if s["kind"] == "layout"}
    made = [s["id"] for s in document.nodes if s["kind"] == "add_weight" and s["subject"] in layers]
    within = {s["id"] for s in inside(node)}
    touched, earlier = bool(within & set(made)), any(number < node["id"] for number in made)
    return {
        "nothing: there are none yet": not touched and not earlier,
        "nothing: it leaves them as they are": not touched and earlier,
    }.get(option, touched)


def failure(option: str, node: Node, document: Document, question: Question) -> bool:
    raised = [s for s in document.nodes if s.get("error") == node["error"]]
    return any(".".join(s["point"].split(".")[-2:]) == option for s in raised)


# -- training -------------------------------------------------------------------------------------


def ids(node: Node, kind: str) -> list[int]:
    """The numbers of the steps of a kind inside a step, in order of opening."""
    return sorted(step["id"] for step in inside(node) if step["kind"] == kind)


def outer_of(node: Node, kind: str, document: Document) -> Node:
    return next(outer for outer in document.around(node) if outer["kind"] == kind)


def numbers(form: Any) -> list[float]:
    return list(form["elements"])


def step_order(option: str, node: Node, document: Document, question: Question) -> bool:
    kinds = {
        "outputs": "call",
        "loss": "loss",
        "gradients": "gradient",
        "update": "update",
        # Keras 3 has a container of metrics only if there are some besides the loss.
        "metrics": "metrics_update" if ids(node, "metrics_update") else "compute_metrics",
    }
    stages = option.split(", then ")
    firsts = [ids(node, kinds[stage])[0] for stage in stages]
    return len(stages) == len(kinds) and firsts == sorted(firsts)


def changes_weight(option: str, node: Node, document: Document, question: Question) -> bool:
    match = re.search(r"changes (\S+)\?", question.ask)
    assert match is not None
    named = [step for step in inside(node) if step["point"].endswith("." + option)]
    assert named
    return any(
        inner["kind"] == "update" and inner["inputs"]["variable"].removesuffix(":0") == match[1]
        for step in named
        for inner in inside(step)
    )


def is_update_of(variable: str, node: Node) -> bool:
    """Whether a step is an update of this variable, with the numbers after it."""
    is_update = node["kind"] == "update" and node["inputs"]["variable"] == variable
    return is_update and "after" in node["facts"]


def what_changes(option: str, node: Node, document: Document, question: Question) -> bool:
    """Compare the variables of the assignments that `after` shows, not their order."""
    updates = [step for step in inside(node) if step["kind"] == "update"]
    # In graph mode only the trace whose graph ran has the numbers after an update.
    for step in updates:
        same = [one for one in document.nodes if is_update_of(step["inputs"]["variable"], one)]
        assert same
        for one in same:
            assert one["inputs"]["before"]["elements"] != one["facts"]["after"]["elements"]
    changed = {step["inputs"]["variable"].removesuffix(":0") for step in updates}
    if option.startswith(("none", "one of them")):
        return not changed
    return listed(option.removesuffix(", and the inputs")) == changed and "inputs" not in option


def metrics_outputs(option: str, node: Node, document: Document, question: Question) -> bool:
    """The outputs are those from before the update, if the model ran only then."""
    outer = outer_of(node, "train_step", document)
    calls, updates = ids(outer, "call"), ids(outer, "update")
    new = [number for number in calls if updates[-1] < number < node["id"]]
    assert "y_pred" in node["inputs"]
    if option.startswith("those of the forward pass"):
        return not new and min(calls) < updates[0]
    return option.startswith("new outputs") and bool(new)


def python_runs(option: str, node: Node, document: Document, question: Question) -> bool:
    steps = [step for step in inside(node) if step["kind"] == "train_step"]
    functions = [step["id"] for step in inside(node) if step["kind"] == "train_function"]
    times = sum(step["parent"] in functions for step in steps)
    examples = {"once for each example": -1, "once": 1}
    return times == examples.get(option, 2 if option.startswith("twice") else 0)


def gradient_shape(option: str, node: Node, document: Document, question: Question) -> bool:
    """Compare with the weight: the shape that `add_weight` created."""
    match = re.match(r"(\S+) has .* of its (\w+)\?", question.ask)
    assert match is not None
    layer = match[1].rpartition("/")[2]
    created = next(
        step
        for step in document.nodes
        if step["kind"] == "add_weight"
        and step["subject"] == layer
        and step["inputs"]["name"] == match[2]
    )
    return bool(list(ast.literal_eval(option.partition(":")[0])) == created["result"]["tensor"])


def update_value(option: str, node: Node, document: Document, question: Question) -> bool:
    return option == f"{numbers(node['facts']['after'])[0]:.4g}"


def constraint_when(option: str, node: Node, document: Document, question: Question) -> bool:
    outer = outer_of(node, "apply_gradients", document)
    kinds = {around["kind"] for around in document.around(node)}
    updates = ids(outer, "update")
    if option.startswith("after"):
        return bool(max(updates) < node["id"])
    if option.startswith("before"):
        return bool(min(updates) > node["id"])
    return bool(kinds & ({"call"} if "forward" in option else {"compute_loss", "loss"}))


def which_loss(option: str, node: Node, document: Document, question: Question) -> bool:
    lookups = [step for step in inside(node) if step["kind"] == "get"]
    found = [step["result"] for step in lookups if step["facts"]["registry"] == "losses"]
    return [result["function"] for result in found] == [option]


def which_accuracy(option: str, node: Node, document: Document, question: Question) -> bool:
    """Decide by the shapes, as Keras's documentation of `compile` says."""
    targets, outputs = (shape_of(node["inputs"][name]) for name in ("y_t", "y_p"))
    if outputs[-1] == 1:
        return option == "binary_accuracy"
    one_each = len(targets) < len(outputs) or targets[-1] == 1
    return option == ("sparse_categorical_accuracy" if one_each else "categorical_accuracy")


def loss_parts(option: str, node: Node, document: Document, question: Question) -> bool:
    """Compare the numbers where there are some; otherwise look for penalties that are passed on."""
    error = next(step for step in inside(node) if step["kind"] == "loss")["result"]
    if "elements" in error and "elements" in node["result"]:
        more = abs(numbers(node["result"])[0] - numbers(error)[0]) > 1e-7
    else:
        container = next(step for step in inside(node) if step["kind"] == "losses_call")
        # Keras 3 adds the penalties outside the container.
        sums = [step["inputs"]["x"] for step in node["children"] if step["point"].endswith(".sum")]
        lists = [form for form in sums if isinstance(form, dict) and "list" in form]
        passed = container["inputs"].get("regularization_losses", {"list": []})["list"]
        more = bool(passed) or any(len(form["list"]) > 1 for form in lists)
    if "metrics" in option:
        return False
    return more is option.endswith("penalties")


def answered(question: Question, document: Document) -> tuple[int, ...]:
    """The answer that the oracle gives."""
    if not question.asks_for_order:
        return (true_options(question, document)[0],)
    count = range(len(question.options))
    texts = [option.text for option in question.options]
    return next(one for one in permutations(count) if works([texts[number] for number in one]))


def assert_right(question: Question, document: Document) -> None:
    """The oracle finds the same answer right, and no other."""
    if question.asks_for_order:
        assert_order(question, document)
    else:
        assert tuple(true_options(question, document)) == question.right, question


Decide = Callable[[str, Node, Document, Question], bool]

_DECIDE: Final[dict[str, Decide]] = {
    "binding": binding,
    "merged-dict": merged_dict,
    "merge": merge,
    "auto-config": auto_config,
    "origin": origin,
    "entered-next": entered_next,
    "first-action": first_action,
    "passed-to-base": passed_to_base,
    "layer-name": layer_name,
    "layout-when": layout_when,
    "layout-sets": layout_sets,
    "lookup": lookup,
    "which-lookup": which_lookup,
    "deserializer": which_deserializer,
    "set-next": set_next,
    "default": default,
    "units": units,
    "built-when": built_when,
    "weights-now": weights_now,
    "which-weights": which_weights,
    "weight-shape": weight_shape,
    "penalty": penalty,
    "first-values": first_values,
    "fan-in": fan_in,
    "runs-next": runs_next,
    "mode": mode,
    "output-shape": output_shape,
    "compute-order": order,
    "model-shape": model_shape,
    "model-parameters": model_parameters,
    "one-more-unit": one_more_unit,
    "which-shapes": which_shapes,
    "layer-shape": output_shape,
    "parameter-count": parameters,
    "trained-weights": trained_weights,
    "weight-holders": weight_holders,
    "random-layers": random_layers,
    "compile": compile_,
    "compile-weights": compile_weights,
    "failure": failure,
    "step-order": step_order,
    "changes-weight": changes_weight,
    "what-changes": what_changes,
    "metrics-outputs": metrics_outputs,
    "python-runs": python_runs,
    "gradient-shape": gradient_shape,
    "update-value": update_value,
    "constraint-when": constraint_when,
    "which-loss": which_loss,
    "which-accuracy": which_accuracy,
    "loss-parts": loss_parts,
}
