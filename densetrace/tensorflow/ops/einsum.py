"""Sums of products by an equation: tf.einsum.

Follows tensorflow/python/ops/special_math_ops.py.
"""

import functools
import math
import re
import string
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from densetrace.tensorflow import allowance
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.operation import Operands, Spec, export, operation
from densetrace.tensorflow.ops.creating import eye
from densetrace.tensorflow.ops.gradients import sizes_of, sum_to
from densetrace.tensorflow.ops.shaping import broadcast_to, reshape
from densetrace.tensorflow.shapes import UNKNOWN_RANK, TensorShape
from densetrace.tensorflow.tensor import Array


def _terms(equation: str, count: int) -> tuple[list[str], str]:
    text = equation.replace(" ", "")
    given, arrow, result = text.partition("->")
    terms = given.split(",")
    if len(terms) != count:
        raise ValueError(
            f"An equation of {len(terms)} terms got {count} tensors. Received: {equation}"
        )
    if not arrow:
        letters = "".join(terms).replace(".", "")
        result = "".join(sorted(one for one in set(letters) if letters.count(one) == 1))
        result = "..." * ("..." in given) + result
    return terms, result


@operation("raw_ops.Einsum", kinds="iufc")
def _einsum(inputs: Operands, equation: str, name: Any = None) -> Array:
    """A sum of products by an equation such as `bi,bj->bij`.

    Raises:
        InvalidArgumentError: when the shapes do not fit the equation.
    """
    compute, products = _compiled(equation, tuple([one.shape for one in inputs]))
    if allowance.is_limited():
        allowance.spend(0, inputs[0].dtype, products=products)
    return compute(*inputs)


@functools.lru_cache(maxsize=256)
def _compiled(
    equation: str, shapes: tuple[tuple[int, ...], ...]
) -> tuple[Callable[..., Array], int]:
    """A function that computes an equation for inputs of these shapes, and the number of products
    that it takes.

    Raises:
        InvalidArgumentError: when the shapes do not fit the equation.
    """
    terms, result = _spelled_out(equation, shapes)
    sizes: dict[str, int] = {}
    is_broadcast = False
    if "..." in equation and not set("".join(terms)) - set(equation) <= set(result):
        raise InvalidArgumentError(
            f"The result needs `...` for the axes that it stands for. Received: {equation}"
        )
    for term, shape in zip(terms, shapes, strict=True):
        if len(term) != len(shape):
            raise InvalidArgumentError(_rank_needed(term, equation, shape))
        for letter, size in zip(term, shape, strict=True):
            known = sizes.setdefault(letter, size)
            if known != size:
                # Only axes that `...` stands for are broadcast.
                is_broadcast = letter not in equation and 1 in (known, size)
                if not is_broadcast:
                    axis = letter if letter in equation else "..."
                    raise InvalidArgumentError(_sizes_needed(axis, equation, known, size))
                sizes[letter] = size if known == 1 else known
    way = None if is_broadcast else _as_matrices(terms, result, sizes)
    if way is None:
        spelled = f"{','.join(terms)}->{result}"
        way = functools.partial(np.einsum, spelled, optimize=len(terms) > 2)
    return way, math.prod(sizes.values())


def _as_matrices(
    terms: list[str], result: str, sizes: dict[str, int]
) -> Callable[[Array, Array], Array] | None:
    """A function that computes a product of two tensors as one of batches of matrices, as
    TensorFlow does; None where it is no such product."""
    if len(terms) != 2 or any(len(set(term)) < len(term) for term in terms):
        return None
    first, second = terms
    shared = [letter for letter in first if letter in second]
    batch = [letter for letter in shared if letter in result]
    inner = [letter for letter in shared if letter not in result]
    rows = [letter for letter in first if letter not in second]
    columns = [letter for letter in second if letter not in first]
    letters = [*batch, *rows, *columns]
    if not (inner and rows and columns) or sorted(letters) != sorted(result):
        return None
    outer = [sizes[letter] for letter in batch]
    count = [math.prod(sizes[letter] for letter in group) for group in (rows, inner, columns)]
    axes_a = [first.index(letter) for letter in (*batch, *rows, *inner)]
    axes_b = [second.index(letter) for letter in (*batch, *inner, *columns)]
    axes = [letters.index(letter) for letter in result]
    shape_a, shape_b = (*outer, *count[:2]), (*outer, *count[1:])
    shape = [sizes[letter] for letter in letters]

    def compute(a: Array, b: Array) -> Array:
        left = a.transpose(axes_a).reshape(shape_a)
        right = b.transpose(axes_b).reshape(shape_b)
        made: Array = np.matmul(left, right)
        return made.reshape(shape).transpose(axes)

    return compute


_TERM: Final = r"[a-zA-Z]*(?:\.\.\.[a-zA-Z]*)?"
_EQUATION: Final = re.compile(rf"{_TERM}(?:,{_TERM})*(?:->{_TERM})?")


def _check_equation(equation: str, count: int) -> None:
    """Refuse an equation that is none, or that is one of another number of tensors.

    Raises:
        ValueError: when it is.
    """
    text = equation.replace(" ", "")
    if not _EQUATION.fullmatch(text):
        raise ValueError(
            "An equation has letters, commas, `...` and one `->`, as in `ij,jk->ik`. "
            f"Received: {equation!r:.80}"
        )
    terms, result = _terms(equation, count)
    letters = "".join(terms)
    for letter in result.replace(".", ""):
        if letter not in letters:
            raise ValueError(
                f"Each letter of the result must be in a term. Received: {letter!r} in {equation!r}"
            )
        if result.count(letter) > 1:
            raise ValueError(
                f"A letter may be once in the result. Received: {letter!r} in {equation!r}"
            )


def _rank_needed(term: str, equation: str, shape: Any) -> str:
    return f"Term {term} of {equation} needs {len(term)} dimensions. Received: {shape}"


def _sizes_needed(letter: str, equation: str, known: int, size: int) -> str:
    return f"Dimensions must be equal for {letter} of {equation}, but are {known} and {size}"


@_einsum.shape_rule
def _einsum_rule(inputs: list[Spec], equation: str) -> Any:
    terms, result = _terms(equation, len(inputs))
    sizes: dict[str, Any] = {}
    dots: list[Any] = []
    is_open = False  # whether `...` may stand for more axes than are known
    for term, one in zip(terms, inputs, strict=True):
        if one.shape.rank is None:
            is_open |= "..." in term
            for letter in term.replace(".", ""):
                sizes.setdefault(letter, None)
            continue
        shape = list(one.shape)
        if "..." in term:
            before = term.index("...")
            extra = len(shape) - (len(term) - 3)
            dots = (
                shape[before : before + extra]
                if len(shape[before : before + extra]) >= len(dots)
                else dots
            )
            shape = shape[:before] + shape[before + extra :]
            term = term.replace("...", "")
        if len(term) != len(shape):
            raise ValueError(_rank_needed(term, equation, one.shape))
        for letter, size in zip(term, shape, strict=True):
            known = sizes.get(letter)
            if known is not None and size is not None and known != size:
                raise ValueError(_sizes_needed(letter, equation, known, size))
            sizes[letter] = size if known is None else known
    found: list[Any] = []
    if "..." in result and is_open:
        return UNKNOWN_RANK, inputs[0].dtype
    if "..." in result:
        first, _, last = result.partition("...")
        found = [sizes[one] for one in first] + dots + [sizes[one] for one in last]
    else:
        found = [sizes[one] for one in result]
    return TensorShape(found), inputs[0].dtype


@_einsum.gradient
def _einsum_gradient(step: Any, dy: Any) -> Any:
    inputs = step.operands[0]
    terms, result = _spelled_out(step.attributes["equation"], [one.shape for one in inputs])
    gradients = []
    for at, (term, one) in enumerate(zip(terms, inputs, strict=True)):
        others = [(t, x) for i, (t, x) in enumerate(zip(terms, inputs, strict=True)) if i != at]
        gradients.append(_einsum_gradient_of(one, term, dy, result, others))
    return (gradients,)


def _spelled_out(equation: str, shapes: Sequence[Any]) -> tuple[list[str], str]:
    """The terms and the result of an equation, with spare letters in place of `...`."""
    terms, result = _terms(equation, len(shapes))
    if "..." not in equation:
        return terms, result
    spare = [letter for letter in string.ascii_letters[::-1] if letter not in equation]
    extra = [
        len(shape) - len(term.replace("...", "")) if "..." in term else 0
        for term, shape in zip(terms, shapes, strict=True)
    ]
    dots = "".join(spare[: max(extra)])
    spelled = [
        term.replace("...", dots[len(dots) - count :])
        for term, count in zip(terms, extra, strict=True)
    ]
    return spelled, result.replace("...", dots)


def _einsum_gradient_of(
    one: Any, term: str, dy: Any, result: str, others: list[tuple[str, Any]]
) -> Any:
    """The gradient of an einsum for one of its inputs, which has this term in the equation."""
    terms, factors = [result, *[t for t, _ in others]], [dy, *[x for _, x in others]]
    spare = [letter for letter in string.ascii_letters if letter not in "".join([term, *terms])]
    wanted = ""
    for at, letter in enumerate(term):
        if letter in wanted:
            # A letter that is repeated reads a diagonal: its gradient is 0 off the diagonal.
            again = spare.pop()
            terms.append(letter + again)
            factors.append(eye(one.shape[at], dtype=dy.dtype))
            letter = again
        wanted += letter
    known = set("".join(terms))
    there = "".join(letter for letter in wanted if letter in known)
    gradient = _einsum(factors, ",".join(terms) + "->" + there)
    if there != wanted:
        # A letter of this term alone was summed over: the gradient is the same along its axis.
        sizes = [
            (-1 if one.shape[i] is None else one.shape[i]) if letter in there else 1
            for i, letter in enumerate(wanted)
        ]
        gradient = broadcast_to(reshape(gradient, sizes), sizes_of(one))
    return sum_to(gradient, one)


@export("einsum", "linalg.einsum")
def einsum(equation: str, *inputs: Any, optimize: Any = None, name: Any = None) -> Any:
    """A sum of products by an equation such as `bi,bj->bij`. Follows tf.einsum."""
    for one in inputs:
        one.shape  # noqa: B018 - as in TensorFlow, a list is an AttributeError
    _check_equation(equation, len(inputs))
    return _einsum(list(inputs), equation)
