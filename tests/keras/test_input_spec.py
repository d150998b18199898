"""Input specs: checks of axes, and conversion to shapes."""

from typing import Any

import pytest

from densetrace.keras.engine.input_spec import InputSpec, to_tensor_shape


def test_axes_are_a_dict_from_integers_within_the_rank() -> None:
    assert InputSpec(shape=[1, None, 2, 3], axes={3: 5, "2": 2}).axes == {3: 5, 2: 2}
    with pytest.raises(ValueError, match="Axis 4 is greater than"):
        InputSpec(shape=[1, None, 2, 3], axes={4: 5})
    with pytest.raises(TypeError, match="Argument `axes` must be a dict"):
        InputSpec(shape=[1, None, 2, 3], axes={"first": 5})


@pytest.mark.parametrize(
    ("spec", "sizes"),
    [
        ({"shape": [1, None, 2, 3]}, [1, None, 2, 3]),
        ({"ndim": 5}, [None] * 5),
        ({"ndim": 0}, []),
        ({"ndim": 3, "axes": {1: 3, -1: 2}}, [None, 3, 2]),
    ],
)
def test_a_spec_converts_to_a_shape(spec: dict[str, Any], sizes: list[int | None]) -> None:
    assert to_tensor_shape(InputSpec(**spec)).as_list() == sizes


@pytest.mark.parametrize("spec", [{"max_ndim": 5}, {"min_ndim": 5, "max_ndim": 5}, {}])
def test_a_spec_without_a_rank_converts_to_a_shape_of_unknown_rank(spec: dict[str, Any]) -> None:
    shape = to_tensor_shape(InputSpec(**spec))
    assert (shape.rank, shape[0], shape[1:].rank, shape[1:3].rank) == (None, None, None, 2)
    with pytest.raises(ValueError, match="unknown TensorShape"):
        shape.as_list()
