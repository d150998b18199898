"""How long a page of 10,000 steps takes to be made, to open, and to scroll. Prints a table:

python -m tests.browser.benchmark [STEPS]
"""

import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from tests.browser.driving import running_browser, written
from tests.render.shared import long

RUNS = 5

OPENED = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(
  () => done(performance.now()))))"""
"""Milliseconds from the start of the navigation until the first rows are painted."""

SCROLLED = """async () => {
  const scroller = document.getElementById('scroller');
  const frames = [];
  let before = performance.now();
  for (let frame = 0; frame < 120; frame += 1) {
    scroller.scrollBy(0, 400);
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    frames.push(now - before);
    before = now;
  }
  return frames;
}"""

PRESSED = """() => {
  const times = [];
  for (let press = 0; press < 200; press += 1) {
    const before = performance.now();
    go(following(1));
    document.body.offsetHeight;
    times.push(performance.now() - before);
  }
  return times;
}"""


def row(what: str, figures: list[float], unit: str = "ms") -> None:
    print(f"{what:44} {median(figures):9.1f} {unit}   ({min(figures):.1f} to {max(figures):.1f})")


def main(steps: int) -> None:
    made: Any = long(steps)
    count = sum(1 for _ in made.walk())
    with tempfile.TemporaryDirectory() as folder, running_browser() as browser:
        before = perf_counter()
        file = written(Path(folder), made)
        print(f"{count:,} steps, {file.stat().st_size / 1e6:.1f} MB, median of {RUNS} runs")
        row("making the page", [1000 * (perf_counter() - before)])
        opened, frames, presses = [], [], []
        for _ in range(RUNS):
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(file.as_uri())
            page.locator("#app .row").first.wait_for()
            opened.append(page.evaluate(OPENED))
            frames += page.evaluate(SCROLLED)
            presses += page.evaluate(PRESSED)
            page.close()
        row("opening it, until rows are painted", opened)
        row("a frame while scrolling", frames)
        row("a step on, the step in full included", presses)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
