"""Runs the fuzz targets on the corpus, without atheris."""

from pathlib import Path

import pytest

from tests.reliability.fuzz_targets import TARGETS

CORPUS = Path(__file__).parents[1] / "data" / "corpus"
KEPT = sorted(path for name in TARGETS for path in (CORPUS / name).iterdir())


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}-{path.name[:12]}")
def test_an_input_of_the_corpus_is_read_or_refused(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())


def test_the_corpus_has_inputs_for_each_target() -> None:
    assert {path.parent.name for path in KEPT} == set(TARGETS)
    assert len(KEPT) > 50
