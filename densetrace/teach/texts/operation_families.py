"""How the text of an operation is made: one template for each family of operations.

`densetrace/teach/texts/elementwise.py` and `operations.py` hold what is particular to an operation:
its formula or rule, why it is called, and where TensorFlow defines it.
"""

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


FORMULAS: Final[dict[str, Formula]] = {}
"""The formula of each operation that has one, by hook point; filled as the texts are defined."""


def operation(
    point: str, what: str, why: str, source: str, outcome: str = "", note: str = ""
) -> Entry:
    """The text of an operation.

    Args:
        point: its hook point.
        what: what it computes; `%` stands for its public name.
        why: why Keras or the author of a layer calls it.
        source: where TensorFlow defines it, as `module.function` in tensorflow/python/ops.
        outcome: as in `Entry`.
        note: as in `Entry`.
    """
    module, _, function = source.partition(".")
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
    point: str, formula: str, says: str, why: str, source: str, parameter: str = "x"
) -> Entry:
    """An operation on each element of one tensor."""
    FORMULAS[point] = Formula(formula, {"x": parameter})
    what = f"% computes {formula}, {says}, for each element x of {{{parameter}}}. {_RESULT}"
    return operation(point, what, why, source)


def of_each_pair(
    point: str, formula: str, says: str, why: str, source: str, x: str = "x", y: str = "y"
) -> Entry:
    """An operation on the elements of two tensors that are in the same place."""
    FORMULAS[point] = Formula(formula, {"x": x, "y": y})
    what = (
        f"% computes {formula}, {says}, element by element: x is {{{x}}} and y is {{{y}}}. "
        f"{_RESULT}{{stretched}}"
    )
    return operation(point, what, why, source)


def comparison(point: str, formula: str, says: str, why: str, source: str) -> Entry:
    """A comparison of two tensors, element by element."""
    FORMULAS[point] = Formula(formula, {"x": "x", "y": "y"})
    what = (
        f"% tests {formula}, {says}, element by element: x is {{x}} and y is {{y}}. "
        "The result is {result}, True or False for each element.{stretched}"
    )
    return operation(point, what, why, source)


def check_of_each(point: str, formula: str, says: str, why: str, source: str) -> Entry:
    """A test of each element of one tensor."""
    FORMULAS[point] = Formula(formula, {"x": "x"})
    what = (
        f"% tests {formula}, {says}, for each element x of {{x}}. "
        "The result is {result}, True or False for each element."
    )
    return operation(point, what, why, source)


def reduction(
    point: str, formula: str, says: str, why: str, source: str, parameter: str = "input_tensor"
) -> Entry:
    """An operation that makes one number of all elements along axes."""
    FORMULAS[point] = Formula(formula, {"x": parameter})
    what = (
        f"% computes {formula}, {says}, of {{{parameter}}} over {{axes}}. {_RESULT}{{keeping_axes}}"
    )
    return operation(point, what, why, source)


def running(point: str, says: str, why: str, source: str) -> Entry:
    """A total of all elements up to each one along an axis."""
    what = f"% computes {says} along {{one_axis}} of {{x}}{{order}}. {_RESULT}"
    return operation(point, what, why, source)


def along_classes(point: str, formula: str, says: str, why: str, source: str) -> Entry:
    """A softmax, which relates each element to all others along an axis."""
    FORMULAS[point] = Formula(formula, {"x": "logits"})
    what = f"% computes {formula}, {says}, along {{last_axis}} of {{logits}}. {_RESULT}"
    return operation(point, what, why, source)


def with_formula(
    point: str, formula: str, symbols: dict[str, str], says: str, why: str, source: str
) -> Entry:
    """An operation with a formula in other symbols; `says` explains them."""
    FORMULAS[point] = Formula(formula, symbols)
    return operation(point, f"% computes {formula}, {says}. {_RESULT}", why, source)


def making(point: str, says: str, why: str, source: str) -> Entry:
    """An operation that creates a tensor, or gives another arrangement of the elements of one."""
    return operation(point, f"% {says}. {_RESULT}", why, source)


def drawing(point: str, says: str, why: str, source: str) -> Entry:
    """An operation that draws random numbers."""
    return operation(point, f"% draws {{count}} {says}. {_RESULT}", why, source)


_RESULT: Final = "The result is {result}."
