"""Tests in this folder open pages in a real Chromium; where there is none, they are skipped."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from densetrace.data.trace import Trace
from densetrace.render.outline import View
from tests.browser.driving import Visit, chromium, running_browser, written

Open = Callable[..., Any]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: needs a Chromium (apt-get install chromium)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


# Not for the whole session: as long as it runs, its event loop is the running one of this thread.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    pytest.importorskip("playwright", reason="playwright is not installed")
    if chromium() is None:
        pytest.skip("no Chromium here; DENSETRACE_CHROMIUM may name one")
    with running_browser() as started:
        yield started


@pytest.fixture
def visit(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """Opens the page of a trace. In the end it is checked that nothing went wrong there."""
    visits: list[Visit] = []

    def open_page(made: Trace, link: str = "", view: View | None = None, **settings: Any) -> Any:
        made_visit = Visit(browser, written(tmp_path, made, view), **settings)
        visits.append(made_visit)
        return made_visit.open(link)

    yield open_page
    for made_visit in visits:
        made_visit.check()
        made_visit.context.close()
