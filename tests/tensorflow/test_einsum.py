"""Einsum computes what NumPy computes, by matrix products where it can; and it refuses shapes that
do not fit, as TensorFlow does."""

import random
from typing import Any

import numpy as np
import pytest

import densetrace
import densetrace.tensorflow as tf

LETTERS = "abcdef"


def _equation(chance: random.Random) -> tuple[str, list[Any]]:
    """An equation of two tensors without repeated letters, and the tensors."""
    sizes = {letter: chance.choice((0, 1, 2, 3, 4)) for letter in LETTERS}
    terms = ["".join(chance.sample(LETTERS, chance.randint(0, 4))) for _ in range(2)]
    known = sorted(set("".join(terms)))
    result = "".join(chance.sample(known, chance.randint(0, len(known))))
    numbers = np.random.default_rng(chance.randrange(100))
    arrays = [np.asarray(numbers.normal(size=[sizes[one] for one in term])) for term in terms]
    return f"{terms[0]},{terms[1]}->{result}", arrays


@pytest.mark.parametrize("seed", range(300))
def test_a_product_of_two_tensors_is_that_of_numpy(seed: int) -> None:
    equation, arrays = _equation(random.Random(seed))
    found = tf.einsum(equation, *map(tf.constant, arrays))
    np.testing.assert_allclose(found, np.einsum(equation, *arrays), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("abc,cde->abde", [(2, 4, 3), (3, 2, 5)]),
        ("aecd,abcd->acbe", [(2, 5, 3, 4), (2, 6, 3, 4)]),
        ("acbe,aecd->abcd", [(2, 3, 6, 5), (2, 5, 3, 4)]),
        ("...ab,...bc->...ac", [(2, 2, 3), (1, 3, 4)]),
        ("...ab,bc->...ac", [(2, 5, 2, 3), (3, 4)]),
        ("ab...,bc->ac...", [(2, 3, 4, 5), (3, 4)]),
        ("ab,bc,cd->ad", [(2, 3), (3, 4), (4, 5)]),
        ("aab->ab", [(2, 2, 3)]),
        ("...a,...a", [(2, 4, 3), (4, 3)]),
    ],
)
def test_equations_of_other_forms_are_those_of_numpy(
    equation: str, shapes: list[tuple[int, ...]]
) -> None:
    arrays = [np.random.default_rng(at).normal(size=shape) for at, shape in enumerate(shapes)]
    found = tf.einsum(equation, *map(tf.constant, arrays))
    np.testing.assert_allclose(found, np.einsum(equation, *arrays), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("equation", "shapes", "said"),
    [
        ("ab,bc->ac", [(2, 1), (3, 4)], "equal for b of ab,bc->ac, but are 1 and 3"),
        ("a,a->a", [(1,), (2,)], "equal for a"),
        ("aab->ab", [(1, 2, 3)], "equal for a"),
        ("...ab,...bc->...ac", [(2, 2, 3), (4, 3, 4)], r"equal for \.\.\. of"),
        ("ab,bc->ac", [(2, 2, 3), (3, 4)], "needs 2 dimensions"),
        ("a...->a", [(1, 2, 3)], r"needs `\.\.\.`"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(
    equation: str, shapes: list[tuple[int, ...]], said: str
) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError, match=said):
        tf.einsum(equation, *map(tf.ones, shapes))


def test_an_axis_of_size_1_is_not_broadcast_in_a_graph_either() -> None:
    unknown = tf.TensorSpec((None, None))

    @tf.function(input_signature=[unknown, unknown])  # type: ignore[untyped-decorator]
    def product(a: Any, b: Any) -> Any:
        return tf.einsum("ab,bc->ac", a, b)

    assert product(tf.ones((2, 3)), tf.ones((3, 4))).shape == (2, 4)
    with pytest.raises(tf.errors.InvalidArgumentError):
        product(tf.ones((2, 1)), tf.ones((3, 4)))


def test_the_products_of_an_expression_are_bounded() -> None:
    trace = densetrace.explain("EinsumDense('abc,cd->ad', 3000)", input_shape=(None, 1000, 1000))
    assert trace.stop is not None
    assert "exceeds this with a product" in trace.stop.message
