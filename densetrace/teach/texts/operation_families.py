"""How the text of an operation is made: one template for each family of operations.

`of_each("tf.math.erfc", "1 - erf(x)", "the complement of erf")` is a whole text. Without `why` and
`source` it says that Keras itself does not need the operation, and that TensorFlow defines `erfc`
in tensorflow/python/ops/math_ops.py.

`densetrace/teach/texts/elementwise.py`, `operations.py` and `seldom_operations.py` hold what is
particular to an operation: its formula or rule, why it is called, and where TensorFlow defines it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from densetrace.data.public_names import PUBLIC_NAMES
from densetrace.teach.entries import Entry


class Formula(NamedTuple):
    """A formula and the parameters of the operation that its symbols stand for.

    `A where C, else B` chooses by element. In a reduction, functions such as `sum` run over the
    axes that are reduced.
    """

    text: str
    symbols: dict[str, str]


SELDOM: Final = "No Keras class needs it. The author of a layer or a metric may."
"""Why an operation is called that Keras itself does not call."""

FORMULAS: Final[dict[str, Formula]] = {}
"""The formula of each operation that has one, by hook point; filled as the texts are defined."""


def operation(
    point: str, what: str, why: str = SELDOM, source: str = "", outcome: str = "", note: str = ""
) -> Entry:
    """The text of an operation.

    Args:
        point: its hook point.
        what: what it computes; `%` stands for its public name.
        why: why Keras or the author of a layer calls it.
        source: where TensorFlow defines it, as `module.function` in tensorflow/python/ops. By
            default the module follows from the hook point (math_ops for `tf.math`), and the
            function is the last part of it.
        outcome: as in `Entry`.
        note: as in `Entry`.
    """
    module, _, function = (source or _usual_source(point)).partition(".")
    folder = "framework" if module == "constant_op" else "ops"
    name = PUBLIC_NAMES.get(point, point)
    return Entry(
        "op",
        what=what.replace("%", name),
        why=why,
        where=f"tensorflow/python/{folder}/{module}.py, {function}{{caller}}",
        point=point,
        outcome=outcome,
        note=note,
    )


def of_each(
    point: str, formula: str, says: str, why: str = SELDOM, source: str = "", parameter: str = "x"
) -> Entry:
    """An operation on each element of one tensor."""
    FORMULAS[point] = Formula(formula, {"x": parameter})
    what = f"% computes {formula}, {says}, for each element x of {{{parameter}}}. {_RESULT}"
    return operation(point, what, why, source)


def of_each_pair(
    point: str,
    formula: str,
    says: str,
    why: str = SELDOM,
    source: str = "",
    x: str = "x",
    y: str = "y",
) -> Entry:
    """An operation on the elements of two tensors that are in the same place."""
    FORMULAS[point] = Formula(formula, {"x": x, "y": y})
    what = (
        f"% computes {formula}, {says}, element by element: x is {{{x}}} and y is {{{y}}}. "
        f"{_RESULT}{{stretched}}"
    )
    return operation(point, what, why, source)


def comparison(point: str, formula: str, says: str, why: str = SELDOM, source: str = "") -> Entry:
    """A comparison of two tensors, element by element."""
    FORMULAS[point] = Formula(formula, {"x": "x", "y": "y"})
    what = (
        f"% tests {formula}, {says}, element by element: x is {{x}} and y is {{y}}. "
        "The result is {result}, True or False for each element.{stretched}"
    )
    return operation(point, what, why, source)


def check_of_each(
    point: str, formula: str, says: str, why: str = SELDOM, source: str = ""
) -> Entry:
    """A test of each element of one tensor."""
    FORMULAS[point] = Formula(formula, {"x": "x"})
    what = (
        f"% tests {formula}, {says}, for each element x of {{x}}. "
        "The result is {result}, True or False for each element."
    )
    return operation(point, what, why, source)


def reduction(
    point: str,
    formula: str,
    says: str,
    why: str = SELDOM,
    source: str = "",
    parameter: str = "input_tensor",
) -> Entry:
    """An operation that makes one number of all elements along axes."""
    FORMULAS[point] = Formula(formula, {"x": parameter})
    what = (
        f"% computes {formula}, {says}, of {{{parameter}}} over {{axes}}. {_RESULT}{{keeping_axes}}"
    )
    return operation(point, what, why, source)


def running(point: str, says: str, why: str = SELDOM, source: str = "") -> Entry:
    """A total of all elements up to each one along an axis."""
    what = f"% computes {says} along {{one_axis}} of {{x}}{{order}}. {_RESULT}"
    return operation(point, what, why, source)


def along_classes(
    point: str, formula: str, says: str, why: str = SELDOM, source: str = ""
) -> Entry:
    """A softmax, which relates each element to all others along an axis."""
    FORMULAS[point] = Formula(formula, {"x": "logits"})
    what = f"% computes {formula}, {says}, along {{last_axis}} of {{logits}}. {_RESULT}"
    return operation(point, what, why, source)


def with_formula(
    point: str,
    formula: str,
    symbols: dict[str, str],
    says: str,
    why: str = SELDOM,
    source: str = "",
) -> Entry:
    """An operation with a formula in other symbols; `says` explains them."""
    FORMULAS[point] = Formula(formula, symbols)
    return operation(point, f"% computes {formula}, {says}. {_RESULT}", why, source)


def gradient(
    point: str,
    of: str,
    formula: str,
    why: str,
    source: str,
    symbols: Mapping[str, str] = MappingProxyType({"dy": "gradients", "x": "features"}),
) -> Entry:
    """An operation that only the gradient of another one, `of`, runs, on each element.

    `symbols` are those of `_GRADIENT_SYMBOLS` that the formula has, each with its parameter.
    """
    FORMULAS[point] = Formula(formula, dict(symbols))
    named = [
        f"{symbol} is {{{gap or parameter}}}, {role.format(of=of)}"
        for symbol, parameter in symbols.items()
        for gap, role in (_GRADIENT_SYMBOLS[symbol],)
    ]
    what = (
        f"% computes {formula}, element by element, for the gradient of {of}: {'; '.join(named)}. "
        f"{_RESULT}"
    )
    return operation(point, what, why, source)


def making(point: str, says: str, why: str = SELDOM, source: str = "") -> Entry:
    """An operation that creates a tensor, or rearranges the elements of one."""
    return operation(point, f"% {says}. {_RESULT}", why, source)


def drawing(point: str, says: str, why: str = SELDOM, source: str = "") -> Entry:
    """An operation that draws random numbers."""
    return operation(point, f"% draws {{count}} {says}. {_RESULT}", why, source)


_RESULT: Final = "The result is {result}."
_GRADIENT_SYMBOLS: Final = {
    "dy": ("", "the gradient with respect to the result of {of}"),
    "x": ("", "the operand of {of}"),
    "y": ("", "the result of {of}"),
    "alpha": ("alpha_or_usual", "the slope below 0"),
}
"""The symbols in the formula of a gradient: the gap that shows one, if not the parameter, and what
it is."""
_MODULES: Final = {"": "array", "linalg": "linalg", "math": "math", "nn": "nn", "random": "random"}


def _usual_source(point: str) -> str:
    """Where TensorFlow defines most operations of the module of a hook point."""
    module, _, name = point.removeprefix("tf.").rpartition(".")
    return f"{_MODULES.get(module, f'gen_{module}')}_ops.{name}"
