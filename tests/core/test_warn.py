"""A warning names the line of the person, whatever lies between."""

import pytest

from densetrace.keras.initializers.initializers import GlorotUniform
from densetrace.sources.script.frames import is_ours
from densetrace.tensorflow import program


def test_a_warning_is_at_the_innermost_line_outside_densetrace() -> None:
    initializer = GlorotUniform()
    initializer((2, 2))
    with pytest.warns(UserWarning, match="called multiple times") as caught:
        initializer((2, 2))
    assert [one.filename for one in caught] == [__file__]


def test_the_code_of_a_replay_is_not_the_line_of_an_interrupt() -> None:
    assert is_ours(program._CODE)
