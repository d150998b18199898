"""The Markdown of a lesson's prose: paragraphs, lists, and what is said inside a line.

As much of Markdown as lessons need; what is not known is shown as it was written, never obeyed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from densetrace.render.lines import Part

Kind: TypeAlias = Literal["paragraph", "item", "verbatim", "heading"]

_ITEM: Final = re.compile(r" {0,3}(?:[-*+]|([0-9]{1,9})[.)]) +(\S.*)")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_HEADING: Final = re.compile(r"#{3,6} +(.+?)(?: +#+)?")
_INLINE: Final = re.compile(
    r"(`+)(?P<code>.+?)\1(?!`)|\*\*(?P<strong>[^*]+)\*\*|\*(?P<stress>[^*\s][^*]*)\*"
    r"|\[(?P<link>[^\]]+)\]\((?P<target>[^)\s]+)\)"
)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, an item of a list (`mark` says how it is marked), a heading, or lines that are
    shown as they are."""

    kind: Kind
    text: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line: plain text, code, strong or stressed words, or a link to `target`."""

    text: str
    kind: Literal["text", "code", "strong", "stress", "link"] = "text"
    target: str = ""


def paragraphs(text: str) -> Iterator[Paragraph]:
    """The paragraphs of a text, in order."""
    kind: Kind = "paragraph"
    mark = ""
    held: list[str] = []
    lines = iter(text.splitlines())

    def ended() -> Iterator[Paragraph]:
        if held:
            yield Paragraph(kind, " ".join(held), mark)
            held.clear()

    for line in lines:
        fence, item, heading = (pattern.fullmatch(line) for pattern in (_FENCE, _ITEM, _HEADING))
        if fence is not None:
            yield from ended()
            inside: list[str] = []
            for one in lines:
                if one.strip().startswith(fence[1]):
                    break
                inside.append(one)
            yield Paragraph("verbatim", "\n".join(inside))
        elif heading is not None:
            yield from ended()
            yield Paragraph("heading", heading[1])
        elif item is not None and not (held and kind == "paragraph" and _is_a_number(item)):
            yield from ended()
            kind, mark = "item", f"{int(item[1])}." if item[1] else "-"
            held.append(item[2].strip())
        elif not line.strip():
            yield from ended()
            kind, mark = "paragraph", ""
        else:
            if not held:
                kind, mark = "paragraph", ""
            held.append(line.strip())
    yield from ended()


def _is_a_number(item: re.Match[str]) -> bool:
    """Whether this line within a paragraph only looks like an item: a sentence goes on with a
    number, as in "becomes / 0. The next". Only 1 begins a list there, as in CommonMark."""
    return item[1] is not None and int(item[1]) != 1


def spans(text: str) -> Iterator[Span]:
    """What a line is made of."""
    at = 0
    for found in _INLINE.finditer(text):
        if found.start() > at:
            yield Span(text[at : found.start()])
        if found["code"] is not None:
            yield Span(found["code"].strip() or found["code"], "code")
        elif found["strong"] is not None:
            yield Span(found["strong"], "strong")
        elif found["stress"] is not None:
            yield Span(found["stress"], "stress")
        else:
            yield Span(found["link"], "link", found["target"])
        at = found.end()
    if at < len(text):
        yield Span(text[at:])


def parts(text: str) -> Iterator[Part]:
    """A line as a terminal shows it."""
    for span in spans(text):
        if span.kind == "code":
            yield Part(span.text, "call")
        elif span.kind in ("strong", "stress"):
            yield Part(span.text, "name")
        elif span.kind == "link":
            yield Part(f"{span.text} ({span.target})")
        else:
            yield Part(span.text)


def plain(text: str) -> str:
    """A line without its marks."""
    return "".join(part.text for part in parts(text))
