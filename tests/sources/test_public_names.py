"""The names for expressions and scripts exist in our stack and mean the same as in Keras."""

import pytest

from densetrace.data.names import modules, public
from densetrace.keras import _exports
from densetrace.sources.expression.names import Names, names
from densetrace.sources.script.placeholders import Placeholder
from densetrace.sources.script.standins import tree

ROOTS = ["keras", "tensorflow", "tf_keras"]


@pytest.mark.parametrize("root", ROOTS)
def test_every_listed_name_is_there(root: str) -> None:
    for module in tree(root).values():
        for name in module._provided:
            value = getattr(module, name)
            assert type(value) is not Placeholder, f"{module.__name__}.{name}"
            assert value is not None or name == "newaxis", f"{module.__name__}.{name}"


@pytest.mark.parametrize(
    "spelling",
    [
        "Dense",
        "layers.Dense",
        "keras.layers.Dense",
        "tf.keras.layers.Dense",
        "tensorflow.keras.layers.Dense",
        "tf_keras.layers.Dense",
    ],
)
def test_one_layer_has_many_spellings(spelling: str) -> None:
    assert names()[spelling].value is names()["Dense"].value


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("he_normal", "HeNormal"),
        ("l2", "L2"),
        ("max_norm", "MaxNorm"),
        ("tf.keras.Sequential", "Sequential"),
        ("tf.initializers.Zeros", "Zeros"),
    ],
)
def test_aliases_name_the_same_class(alias: str, name: str) -> None:
    assert names()[alias].value is names()[name].value


@pytest.mark.parametrize(
    "spelling",
    [
        "relu",
        "keras.Dense",
        "tf.Dense",
        "Model",
        "keras.utils.get_file",
        "get",
        "initializers.get",
        "",
    ],
)
def test_what_an_expression_must_not_reach_is_not_known(spelling: str) -> None:
    assert spelling not in names()


def test_activations_are_values_and_never_called() -> None:
    assert not names()["keras.activations.relu"].callable
    assert not names()["tf.nn.relu"].callable


def test_whatever_our_stack_exports_under_a_public_name_is_offered() -> None:
    for module in tree("keras").values():
        for name in module._provided:
            getattr(module, name)
    for dotted in vars(_exports)["_OBJECTS"]:
        room, _, name = dotted.removeprefix("keras.").rpartition(".")
        if dotted.startswith("keras.") and room in modules("keras"):
            assert name in public(f"keras.{room}".rstrip(".")), dotted


def test_a_bare_name_that_two_modules_have_is_the_one_of_the_later_module() -> None:
    """Keras 2.14 has a layer and an initializer that are called Identity."""
    stack = {("layers", "Identity"): "a layer", ("initializers", "Identity"): "an initializer"}
    known = Names(lambda room, name: stack.get((room, name)), ["Identity"])
    assert known["Identity"].value == "an initializer"
    assert known["keras.layers.Identity"].value == "a layer"
    assert "Dense" not in known
