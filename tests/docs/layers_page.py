"""Makes docs/reference/layers.md from the layers that an expression may use.

Run `python -m tests.docs.layers_page` to write the page anew; a test compares it.
"""

import inspect
from collections.abc import Iterator
from typing import Any

from densetrace.data.names import in_expressions
from densetrace.system.lazy import imported
from densetrace.system.real_home import defining_module
from tests.docs.made import DOCS, told, write

PAGE = DOCS / "reference" / "layers.md"

INTRODUCTION = """\
densetrace has these layers of Keras 2.14. `densetrace explain "Dropout(0.5)"` traces one from start
to finish, on an input of a suitable shape. The last lines have its formula, its parameters,
and what training changes. A `Lambda` or a `Model` needs a script: `densetrace run script.py`. To
trace another layer, use a real Keras: `densetrace explain "Conv3D(2, 3)" --engine tf_keras`.
"""

MODELS = ("Input", "InputLayer", "Layer", "Model", "Sequential")
"""Names that are no layers to explain by themselves."""


def page() -> str:
    """The page as it should be."""
    rows = "\n".join(_rows())
    source = "the docstrings of the layers"
    head = "| layer | what it does | in Keras |\n|---|---|---|"
    return f"# Layers\n\n{told('tests.docs.layers_page', source)}\n{INTRODUCTION}\n{head}\n{rows}\n"


def _rows() -> Iterator[str]:
    names: dict[Any, list[str]] = {}
    for name, found in sorted(in_expressions("keras.layers").items()):
        if name not in MODELS and name[:1].isupper():
            names.setdefault(imported(found.module, found.own), []).append(name)
    for layer, spellings in sorted(names.items(), key=lambda one: one[0].__name__):
        home = defining_module(layer).removeprefix("densetrace.").replace(".", "/")
        own = layer.__name__
        also = ", ".join(f"`{name}`" for name in spellings if name != own)
        shown = f"`{own}` (also {also})" if also else f"`{own}`"
        yield f"| {shown} | {_summary(layer)} | `{home}.py` |"


def _summary(layer: Any) -> str:
    """The first paragraph of a docstring, on one line."""
    first = inspect.cleandoc(layer.__doc__ or "").partition("\n\n")[0]
    return " ".join(first.split()).replace("|", r"\|").replace("<", r"\<").replace("*", r"\*")


if __name__ == "__main__":
    write(PAGE, page)
