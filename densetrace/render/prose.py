"""The Markdown of a lesson's prose: paragraphs, lists and inline markup.

Only the Markdown that lessons need; any other markup is shown as it was written.
"""

import re
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from densetrace.kinds.spans import Span
from densetrace.teach.fences import heading

Kind: TypeAlias = Literal["paragraph", "item", "verbatim", "heading"]

_ITEM: Final = re.compile(r" {0,3}(?:[-*+]|([0-9]{1,9})[.)]) ++(\S.*)")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_SHALLOWEST: Final = 3
"""Headings of this depth or deeper are part of the prose; others begin a page."""

# Where inline markup may begin, and where it then ends. No pattern searches for a missing end again
# from each beginning, which would take quadratic time.
_BACKTICKS: Final = re.compile("`+")
_BEGINS: Final = re.compile(r"`+|\*|\[")
_STRONG: Final = re.compile(r"\*\*([^*]++)\*\*|\*([^*\s][^*]*+)\*")
_BRACKET: Final = re.compile(r"\]")
_TARGET_ENDS: Final = re.compile(r"[)\s]")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, a list item with its `mark`, a heading, or verbatim lines."""

    kind: Kind
    text: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Inline:
    """A piece of a line: text, code, strong or stressed words, or a link to `target`."""

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
        fence, item, title = _FENCE.fullmatch(line), _ITEM.fullmatch(line), heading(line)
        if fence is not None:
            yield from ended()
            inside: list[str] = []
            for one in lines:
                if one.strip().startswith(fence[1]):
                    break
                inside.append(one)
            yield Paragraph("verbatim", "\n".join(inside))
        elif title is not None and title[0] >= _SHALLOWEST:
            yield from ended()
            yield Paragraph("heading", title[1])
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
    """Whether this line inside a paragraph only looks like a list item, because a sentence goes on
    with a number: "becomes / 0. The next". As in CommonMark, only 1 begins a list there."""
    return item[1] is not None and int(item[1]) != 1


def inlines(text: str) -> Iterator[Inline]:
    """The inline elements of a line, in order."""
    code, links = _Code(text), _Links(text)
    done = at = 0
    while begins := _BEGINS.search(text, at):
        start, at = begins.span()
        if text[start] == "`":
            found = code.at(start, at)
        elif text[start] == "[":
            found = links.at(start)
        else:
            found = _emphasis(text, start)
        if found is None:
            continue
        if start > done:
            yield Inline(text[done:start])
        inline, done = found
        yield inline
        at = done
    if done < len(text):
        yield Inline(text[done:])


_Found: TypeAlias = tuple[Inline, int]
"""An inline element, and the index after it."""


class _Code:
    """The code in a line, which ends with as many backticks as it begins with."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._runs: dict[int, deque[int]] = defaultdict(deque)
        for run in _BACKTICKS.finditer(text):
            self._runs[len(run[0])].append(run.start())

    def at(self, start: int, inside: int) -> _Found | None:
        """The code between the backticks from `start` to `inside` and the next run of that length.
        `start` must not decrease from call to call."""
        size = inside - start
        runs = self._runs[size]
        while runs and runs[0] <= start:
            runs.popleft()
        if not runs:
            return None
        words = self._text[inside : runs[0]]
        return Inline(words.strip() or words, "code"), runs[0] + size


class _Links:
    """The links of a line: words in brackets, and a target without blanks in parentheses."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._bracket = _Next(text, _BRACKET)
        self._target_ends = _Next(text, _TARGET_ENDS)

    def at(self, start: int) -> _Found | None:
        """The link whose bracket is at `start`, which must not decrease from call to call."""
        text, closed = self._text, self._bracket.after(start)
        if closed == start + 1 or not text.startswith("](", closed):
            return None
        target = closed + 2
        end = self._target_ends.after(target)
        if end == target or not text.startswith(")", end):
            return None
        return Inline(text[start + 1 : closed], "link", text[target:end]), end + 1


class _Next:
    """Finds the next match of a pattern, reading the text only once."""

    def __init__(self, text: str, pattern: re.Pattern[str]) -> None:
        self._text = text
        self._pattern = pattern
        self._at = -1

    def after(self, start: int) -> int:
        """The index of the first match from `start` on, which must not decrease from call to call;
        the length of the text when there is none."""
        if self._at < start:
            found = self._pattern.search(self._text, start)
            self._at = found.start() if found else len(self._text)
        return self._at


def _emphasis(text: str, start: int) -> _Found | None:
    found = _STRONG.match(text, start)
    if found is None:
        return None
    inline = Inline(found[1], "strong") if found[1] is not None else Inline(found[2], "stress")
    return inline, found.end()


def spans(text: str) -> Iterator[Span]:
    """A line as styled text for a terminal."""
    for inline in inlines(text):
        if inline.kind == "code":
            yield Span(inline.text, "call")
        elif inline.kind in ("strong", "stress"):
            yield Span(inline.text, "name")
        elif inline.kind == "link":
            yield Span(f"{inline.text} ({inline.target})")
        else:
            yield Span(inline.text)


def plain(text: str) -> str:
    """A line without its markup."""
    return "".join(span.text for span in spans(text))
