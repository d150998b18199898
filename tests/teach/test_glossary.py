"""The glossary defines each term once; suggestions are valid names."""

import pytest

from densetrace.data.names import REGISTRIES, usual
from densetrace.keras import (
    activations,
    constraints,
    initializers,
    losses,
    metrics,
    optimizers,
    regularizers,
)
from densetrace.keras.layers.core.dense import Dense
from densetrace.system.errors import RequestError
from densetrace.teach.arguments import DENSE_ARGUMENTS, LAYER_ARGUMENTS
from densetrace.teach.glossary import GLOSSARY, find_terms

GET = {
    module.__name__.rpartition(".")[2]: module.get
    for module in (
        activations,
        constraints,
        initializers,
        losses,
        metrics,
        optimizers,
        regularizers,
    )
}


def test_terms_are_in_order() -> None:
    assert list(GLOSSARY) == sorted(GLOSSARY, key=str.lower)


@pytest.mark.parametrize(("term", "definition"), GLOSSARY.items())
def test_a_definition_is_one_or_two_sentences(term: str, definition: str) -> None:
    assert definition[0].isupper()
    assert definition.endswith(".")
    assert len(definition) < 200, term


@pytest.mark.parametrize(
    ("registry", "name"),
    [(registry, name) for registry in REGISTRIES for name in usual(registry)],
)
def test_a_name_that_is_suggested_can_be_found(registry: str, name: str) -> None:
    assert not isinstance(GET[registry](name), str)


@pytest.mark.parametrize("argument", sorted({*LAYER_ARGUMENTS, *DENSE_ARGUMENTS} - {"units"}))
def test_an_argument_that_is_suggested_is_taken(argument: str) -> None:
    values = {
        "trainable": True,
        "dynamic": False,
        "input_dim": 3,
        "input_shape": (3,),
        "batch_input_shape": (2, 3),
    }
    Dense(2, **{argument: values.get(argument)})


def test_notation_explains_the_signs_of_a_tree() -> None:
    signs = find_terms("notation")
    text = " ".join(signs)
    for sign in ("→", "#1", "f32[2,3]", "(was x)", "~", "(symbolic)", ": each "):
        assert sign in text
    assert all(meaning.endswith(".") for meaning in signs.values())


@pytest.mark.parametrize(
    ("word", "sign"),
    [("f32", "f32[2,3]"), ("i32", "f32[2,3]"), ("#1", "#1"), ("(was x)", "(was x)"), ("✗", "✗")],
)
def test_a_part_of_a_sign_leads_to_the_sign(word: str, sign: str) -> None:
    assert list(find_terms(word)) == [sign]


@pytest.mark.parametrize("word", ["symbolic", "bias_add", "f99"])
def test_another_unknown_word_is_refused(word: str) -> None:
    with pytest.raises(RequestError):
        find_terms(word)


def test_the_terms_that_contain_a_word_contain_it_as_a_word() -> None:
    with pytest.raises(RequestError) as refused:
        find_terms("rate")
    assert refused.value.hint == "Terms that contain it: learning rate."
    with pytest.raises(RequestError) as refused:
        find_terms("get")  # part of "target"
    assert "target" not in refused.value.hint


def test_a_terminal_shows_no_markup() -> None:
    for text in (*GLOSSARY.values(), *find_terms("notation").values()):
        assert "`" not in text


def test_notation_is_offered_like_a_term_and_on_the_page() -> None:
    from densetrace.cli.completion import terms
    from tests.docs.glossary_page import page

    offered = list(terms())
    assert ("kernel", find_terms("kernel")["kernel"]) in offered
    assert any(one == "notation" or one[0] == "notation" for one in offered)
    shown = page()
    for sign in find_terms("notation"):
        assert f"`{sign}`\n: " in shown
