"""Generated pages are up to date with the code."""

import pytest

from tests.docs import (
    cli_page,
    fidelity_page,
    glossary_page,
    hook_points_page,
    layers_page,
    raw_operations_page,
)


@pytest.mark.parametrize(
    "made",
    [cli_page, fidelity_page, glossary_page, hook_points_page, layers_page, raw_operations_page],
)
def test_a_page_is_what_the_code_makes_of_it(made: object) -> None:
    page, path = made.page(), made.PAGE  # type: ignore[attr-defined]  # modules of one form
    assert path.read_text(encoding="utf-8") == page, f"run: python -m {made.__name__}"  # type: ignore[attr-defined]  # as above
