"""Takes the pictures of pages in docs, in a Chromium: `python -m tests.docs.pictures`."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from densetrace import Trace, api
from tests.browser.driving import chromium, running_browser

DOCS: Final = Path(__file__).parents[2] / "docs"
WIDTH: Final = 1200
HEIGHT: Final = 640

SCRIPT: Final = """\
import numpy as np
from tensorflow import keras

keras.utils.set_random_seed(1)
model = keras.Sequential([
    keras.layers.Dense(4, activation="relu"),
    keras.layers.Dense(1),
])
model.compile("sgd", "mse")
x = np.ones((8, 3))
model.fit(x, np.ones((8, 1)), epochs=2, verbose=0)
"""


class Picture(NamedTuple):
    """A picture in docs: the file, the page, and the part of the address after it."""

    file: str
    page: str
    link: str = ""


def pictures(folder: Path) -> list[Picture]:
    """The pictures; scripts are written into the folder."""
    script = folder / "model.py"
    script.write_text(SCRIPT, encoding="utf-8")
    trained = api.run(script).trace
    assert isinstance(trained, Trace)
    [fit] = trained.find("fit")
    dense, relu = (
        api.explain(source, seed=1) for source in ("Dense(64)", "Dense(32, activation='relu')")
    )
    return [
        Picture("page.png", trained.html(), f"#{fit.id + 1}"),
        Picture("diff-page.png", dense.diff_html(relu)),
    ]


def take(into: Path) -> None:
    """Write the pictures into a folder."""
    with TemporaryDirectory() as folder, running_browser() as browser:
        for picture in pictures(Path(folder)):
            file = Path(folder) / "page.html"
            file.write_text(picture.page, encoding="utf-8")
            context = browser.new_context(
                viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light"
            )
            page = context.new_page()
            page.goto(file.as_uri() + picture.link)
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(500)  # it scrolls smoothly
            page.screenshot(path=into / picture.file)
            context.close()


if __name__ == "__main__":
    if chromium() is None:
        sys.exit("There is no Chromium. Install one: apt-get install chromium")
    take(DOCS)
