"""Finds a Chromium and drives it: pages opened from files, and everything they did wrong."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from densetrace.data.trace import Trace
from densetrace.render.html import render_html
from densetrace.render.outline import View

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES: Final = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")


def chromium() -> str | None:
    """The Chromium of this machine: `DENSETRACE_CHROMIUM`, else one that is on the path."""
    named = os.environ.get("DENSETRACE_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def running_browser() -> Iterator["Browser"]:
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    # Its sandbox does not start for root, whom continuous integration runs as.
    sandbox = not hasattr(os, "geteuid") or os.geteuid() != 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), chromium_sandbox=sandbox)
        try:
            yield browser
        finally:
            browser.close()


class Visit:
    """A page that was opened, and what must not happen there: errors, messages, requests."""

    def __init__(self, browser: "Browser", file: Path, **settings: Any) -> None:
        self.context = browser.new_context(**settings)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.context.on("request", lambda request: self.requests.append(request.url))
        self.file = file

    def open(self, link: str = "") -> "Page":
        """Open the page, at a step if `link` names one."""
        self.page.goto(self.file.as_uri() + link)
        self.page.locator("#app .row").first.wait_for()
        return self.page

    def check(self) -> None:
        """Assert that there was no error and no request except for the page itself."""
        assert self.complaints == []
        assert {url.partition("#")[0] for url in self.requests} <= {self.file.as_uri()}


def written(folder: Path, made: Trace, view: View | None = None) -> Path:
    """The page of a trace, as a file."""
    file = folder / "page.html"
    file.write_text(render_html(made, view), encoding="utf-8")
    return file
