"""The site is built without a warning, and its pages load nothing from other hosts."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import DOCS

TOOLS = ("sphinx", "myst_parser", "furo")

pytestmark = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in TOOLS),
    reason='needs Sphinx: pip install -e ".[docs]"',
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site; a warning is an error."""
    folder = tmp_path_factory.mktemp("site")
    made = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", str(DOCS), str(folder)],
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return folder


def test_each_page_is_there(site: Path) -> None:
    for page in DOCS.rglob("*.md"):
        if "_build" not in page.parts:
            assert (site / page.relative_to(DOCS)).with_suffix(".html").exists()


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    loading = re.compile(r"<(?:script|img|iframe)[^>]*\bsrc=\"(?:https?:)?//|<link[^>]*https?://")
    styles = re.compile(r"@import|url\(\s*['\"]?(?:https?:)?//")
    pages, sheets = list(site.rglob("*.html")), list(site.rglob("*.css"))
    assert pages
    assert sheets
    assert [page.name for page in pages if loading.search(page.read_text("utf-8"))] == []
    assert [sheet.name for sheet in sheets if styles.search(sheet.read_text("utf-8"))] == []


def test_the_python_reference_tells_the_public_names(site: Path) -> None:
    page = (site / "reference" / "python.html").read_text("utf-8")
    for name in ("trace", "explain", "run", "load", "Trace", "Trace.tree", "Trace.find"):
        assert f'id="densetrace.{name}"' in page, name
