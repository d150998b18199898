"""The names that `get()` finds: one row per object, under its usual name."""

import re

from densetrace import api
from densetrace.render import names
from densetrace.render.layout import texts


def shown(registry: str) -> str:
    return "".join(texts(names.lines(api.names(registry), 80)))


def test_an_object_is_listed_under_its_usual_name() -> None:
    rows = [line.split() for line in shown("optimizers").splitlines()]
    assert ["sgd", "experimentalsgd"] in rows
    assert not any(row[0].startswith("experimental") for row in rows)


def test_the_heading_says_what_is_found() -> None:
    assert "names for 16 classes (aliases on the right)" in shown("initializers")
    assert "names for 6 classes and 17 functions (aliases on the right)" in shown("activations")
    assert re.match(r"layers {2}\d+ names for \d+ classes ", shown("layers"))
