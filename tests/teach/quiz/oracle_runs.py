"""Answer questions about calculations and about two runs by running layers and comparing."""

import ast
import math
import re
from functools import cache

from densetrace import api
from densetrace.data.trace import Trace
from densetrace.data.values import Tensor
from densetrace.teach.quiz import Question
from tests.teach.quiz.document import Document, Node, inside, listed

# -- calculating ----------------------------------------------------------------------------------


def model_parameters(option: str, node: Node, document: Document, question: Question) -> bool:
    """Run the layers that the question names in a model of our own, and let it count."""
    return option == f"{_rebuilt(question).outcome['parameters']:,}"


def model_shape(option: str, node: Node, document: Document, question: Question) -> bool:
    made = next(step.result for step in reversed(_rebuilt(question).steps) if step.kind == "invoke")
    assert isinstance(made, Tensor)
    return bool(ast.literal_eval(option) == made.shape)


@cache
def _run(expression: str, shape: tuple[int, ...]) -> Trace:
    return api.explain(expression, input_shape=shape, seed=1)


def _rebuilt(question: Question) -> Trace:
    """A model of the layers in the sentence, called on the examples that it names."""
    match = re.search(
        r"consists of (.+) and is called on (\d+) examples? of shape (\(.*?\))\. ",
        question.ask,
    )
    assert match is not None, question.ask
    layers = match[1].replace(") and ", "), ")
    return _run(f"Sequential([{layers}])", (int(match[2]), *ast.literal_eval(match[3])))


def one_more_unit(option: str, node: Node, document: Document, question: Question) -> bool:
    """Run both layers."""
    match = re.search(r"with ([\d,]+) units? for ([\d,]+) features? and has (a|no) bias",
                      question.ask)  # fmt: skip
    assert match is not None, question.ask
    units, features = (int(match[number].replace(",", "")) for number in (1, 2))
    counts = [
        _run(f"Dense({size}, use_bias={match[3] == 'a'})", (1, features)).outcome["parameters"]
        for size in (units, units + 1)
    ]
    return option == f"{counts[1] - counts[0]:,}"  # type: ignore[operator] # both are numbers


def which_shapes(option: str, node: Node, document: Document, question: Question) -> bool:
    """Run both layers, and compare their shapes."""
    call = next(step for step in inside(node) if step["kind"] == "invoke")
    batch, features = next(iter(call["inputs"].values()))["tensor"]
    units = call["result"]["tensor"][-1]
    match = re.search(r"with (a batch of )?([\d,]+) ?(features?|units?)? instead of", question.ask)
    assert match is not None, question.ask
    number = int(match[2].replace(",", ""))
    changed = {
        "batch": (number, features, units),
        "feature": (batch, number, units),
        "unit": (batch, features, number),
    }[(match[3] or "batch").removesuffix("s")]
    shapes = []
    for one_batch, of_features, of_units in ((batch, features, units), changed):
        made = Document(_run(f"Dense({of_units})", (one_batch, of_features)))
        added = {
            step["inputs"]["name"]: step for step in made.nodes if step["kind"] == "add_weight"
        }
        shapes.append(
            {
                "output": made.roots[-1]["result"]["tensor"],
                **{name: step["result"]["tensor"] for name, step in added.items()},
            }
        )
    other = {name for name in shapes[0] if shapes[0][name] != shapes[1][name]}
    said = option.replace("its ", "")
    return other == (set(shapes[0]) if said == "all three of them" else listed(said))


# -- two runs -------------------------------------------------------------------------------------


def _parameters_of(trace: Trace) -> int:
    count = trace.outcome["parameters"]
    assert isinstance(count, int)
    return count


def _output_of(document: Document) -> list[int]:
    return list(document.roots[-1]["result"]["tensor"])


def _runs(label: str, document: Document) -> bool:
    """Whether a run has a step with a label: add_weight('bias'), bias_add, Dense.build."""
    if match := re.fullmatch(r"add_weight\('(.+)'\)", label):
        added = [step for step in document.nodes if step["kind"] == "add_weight"]
        return any(step["inputs"]["name"] == match[1] for step in added)
    return any(step["point"].endswith("." + label) for step in document.nodes)


def true_of_two(question: Question, a: Trace, b: Trace) -> list[int]:
    """The numbers of the options that are true for two expressions."""
    documents = Document(a), Document(b)
    counts = _parameters_of(a), _parameters_of(b)
    outputs = _output_of(documents[0]), _output_of(documents[1])

    def larger(option: str, one: int, two: int) -> bool:
        return {"run A": one > two, "run B": two > one}.get(
            option, one == two and option.startswith("neither")
        )

    def decide(option: str) -> bool:
        match question.kind.name:
            case "more-parameters":
                return larger(option, *counts)
            case "larger-output":
                return larger(option, math.prod(outputs[0]), math.prod(outputs[1]))
            case "what-differs":
                differs = counts[0] != counts[1], outputs[0] != outputs[1]
                if option.startswith("neither"):
                    return differs == (False, False)
                if "but not" in option:
                    return differs == (option.startswith("the number"), "the shape" in option[:9])
                return differs == (True, True)
        found = re.search(r"runs ([^,?]+)(?:, which \w+ inherits)?\?", question.ask)
        assert found is not None
        there = tuple(_runs(found[1], document) for document in documents)
        return {
            "only A": there == (True, False),
            "only B": there == (False, True),
            "both": there == (True, True),
            "neither": there == (False, False),
        }[option]

    return [number for number, one in enumerate(question.options) if decide(one.text)]
