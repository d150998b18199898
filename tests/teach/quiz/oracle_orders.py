"""Decide which orders can be carried out, by what each step uses and makes."""

import re
from collections.abc import Sequence
from itertools import permutations
from typing import Final

from densetrace.teach.quiz import Question
from tests.teach.quiz.document import Document

_RESOURCES: Final = (
    # what a step is called, what it uses, what there is after it
    (r"(Layer|Operation)\.__new__ creates an empty object", "", "object"),
    (r"Layer\.__init__ sets what every layer needs", "object", "layer"),
    (r"\w+\.__init__ sets units", "layer|object", "units"),
    (r"activations\.get looks up .+", "object", "activation"),
    (r"initializers\.get looks up .+ for the kernel", "object", "initializer"),
    (r"add_weight creates the kernel", "object units initializer", "kernel"),
    (r"add_weight creates the bias", "object", "bias"),
    (r"(matmul|tensordot) multiplies by the kernel", "kernel", "product"),
    (r"bias_add adds the bias", "product bias", "sum"),
    (r"\w+ is applied", "sum|product activation", "result"),
    (r"the model computes its outputs", "", "outputs"),
    (r"the loss is computed", "outputs", "loss"),
    (r"the tape computes the gradients", "loss", "gradients"),
    (r"the optimizer changes the weights", "gradients", "change"),
    (r"the metrics get the outputs", "outputs", "metric"),
    (r"the optimizer is created from its name", "", "optimizer"),
    (r"the first batch begins", "optimizer", "batch"),
    (r"the loss is looked up: its name becomes a function", "batch", "loss function"),
    (r"a weight is updated", "loss_function optimizer", "change"),
    (r"the callbacks get the logs of the epoch", "change", "logs"),
)


def _uses_and_makes(text: str) -> tuple[list[str], str]:
    for pattern, uses, made in _RESOURCES:
        if re.fullmatch(pattern, text):
            return uses.split(), made.replace(" ", "_")
    raise AssertionError(f"no step is called {text!r}")


def works(texts: Sequence[str]) -> bool:
    """Carry out steps in an order: each uses things that others of them make. Of `a|b` the first
    one is used that any of the steps makes; what none of them makes is there."""
    steps = [_uses_and_makes(text) for text in texts]
    made_by_any = {made for _, made in steps}
    there: set[str] = set()
    for uses, made in steps:
        for use in uses:
            wanted = next((one for one in use.split("|") if one in made_by_any), None)
            if wanted is not None and wanted not in there:
                return False
        there.add(made)
    return True


_KINDS_OF: Final = (
    (r".+\.__new__ .+", "new", ".__new__"),
    (r".+__init__ sets what.+", "init", "Layer.__init__"),
    (r".+__init__ sets units", "assign", ""),
    (r"activations\.get .+", "get", "activations.get"),
    (r"initializers\.get .+", "get", "initializers.get"),
    (r"add_weight .+", "add_weight", ""),
    (r"(matmul|tensordot|bias_add) .+", "op", ""),
    (r"\w+ is applied", "activation", ""),
)


def assert_order(question: Question, document: Document) -> None:
    """An order is accepted exactly if it can be carried out; the recorded one is among them."""
    texts = [option.text for option in question.options]
    for order in permutations(range(len(texts))):
        expected = works([texts[number] for number in order])
        assert question.accepts(order) is expected, (question.ask, [texts[n] for n in order])
    ran = [document.node(step.id) for step in question.proof]
    assert [node["id"] for node in ran] == sorted(node["id"] for node in ran)
    for number, node in zip(question.right, ran, strict=True):
        for pattern, kind, point in _KINDS_OF:
            if re.fullmatch(pattern, texts[number]):
                assert node["kind"] == kind
                assert node["point"].endswith(point)
