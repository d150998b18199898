"""Makes docs/departures.md from the `# DEPARTS:` comments of the mirrored stack, and of the
TensorFlow below it.

Run `python -m tests.docs.departures` to write the page anew; a test compares it with the comments.
"""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
MIRROR = ROOT / "densetrace" / "keras"
TENSORFLOW = ROOT / "densetrace" / "tensorflow"
PAGE = ROOT / "docs" / "departures.md"

HEAD = """\
# Where densetrace departs from Keras 2.14

densetrace shows what Keras does. This page lists the known differences. In the source, a
`# DEPARTS:` comment marks each of them. `python -m tests.docs.departures` generates this page from
these comments; a test checks that it is current.
"""

_COMMENT = re.compile(r"^\s*# DEPARTS: (?P<text>.*)$")
_MORE = re.compile(r"^\s*# (?P<text>.*)$")


def departures(source: str) -> Iterator[str]:
    """The text of each `# DEPARTS:` comment, its lines joined."""
    lines = iter(source.splitlines())
    text: list[str] | None = None
    for line in lines:
        begins, goes_on = _COMMENT.match(line), _MORE.match(line)
        if text is not None and (begins or not goes_on):
            yield " ".join(text)
            text = None
        if begins:
            text = [begins["text"]]
        elif text is not None and goes_on:
            text.append(goes_on["text"])
    if text is not None:
        yield " ".join(text)


def page() -> str:
    """The page as it should be."""
    parts = [HEAD]
    for home, prefix in ((MIRROR, ""), (TENSORFLOW, "tensorflow/")):
        for path in sorted(home.rglob("*.py")):
            found = list(departures(path.read_text(encoding="utf-8")))
            if found:
                parts.append(f"## {prefix}{path.relative_to(home).as_posix()}\n")
                parts.append("".join(f"- {sentence(text)}\n" for text in found))
    return "\n".join(parts)


def sentence(text: str) -> str:
    """The text of a comment as a sentence."""
    return text[0].upper() + text[1:]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
