"""The code in a sentence: calls, dotted names, strings, shapes, dicts and settings.

Sentences of a quiz have no markup, since a terminal shows them as they are. A handout sets their
code apart, so this module finds it. It takes linear time.
"""

import re
from collections.abc import Container, Iterator
from typing import Final, NamedTuple


class Part(NamedTuple):
    """A part of a sentence."""

    text: str
    is_code: bool


_TOKEN: Final = re.compile(
    r"(?<![\w'])'[^'\s]{0,99}'(?!\w)"  # a string
    r"|[^\W\d]\w*(?:[./][^\W\d]\w*)*(?:#\d+)?"  # a name, perhaps dotted; a path; an object
    r"|[({\[]",
)
_IN_NAMES: Final = frozenset("_./")
_WORDS: Final = frozenset({"and/or", "input/output"})
"""Words with a slash that are neither a weight, such as dense/kernel, nor a path."""

_OPENING: Final = "([{"
_CLOSING: Final = {")": "(", "]": "[", "}": "{"}
_SHAPE: Final = re.compile(r"\([0-9,\- None]*\)")


_ARTICLES: Final = ("a ", "the ", "its ", "each ", "this ")

_LINE: Final = "Line "


def context_parts(text: str, names: Container[str] = ()) -> Iterator[Part]:
    """The parts of the line above a question: of `Line 5: model = Sequential()` the statement."""
    line, colon, statement = text.partition(": ")
    if statement and line.startswith(_LINE) and line.removeprefix(_LINE).isdecimal():
        yield Part(line + colon, is_code=False)
        yield Part(statement, is_code=True)
    else:
        yield from code_parts(text, names)


def code_parts(text: str, names: Container[str] = ()) -> Iterator[Part]:
    """The parts of a sentence in order; together they are the sentence.

    `names` are words that are code although they look like others, such as the name of a layer. A
    word after an article is none of them: "the model".
    """
    closed, done = _closing_brackets(text), 0
    start = 0
    while (found := _TOKEN.search(text, start)) is not None:
        end = _end_of_code(text, found, closed) or _end_of_name(text, found, names)
        start = end or found.end()
        if end:
            if found.start() > done:
                yield Part(text[done : found.start()], is_code=False)
            yield Part(text[found.start() : end], is_code=True)
            done = end
    if done < len(text):
        yield Part(text[done:], is_code=False)


def _end_of_code(text: str, found: re.Match[str], closed: dict[int, int]) -> int:
    """The end of the code that begins with a token; 0 if it is a word."""
    token, end = found[0], found.end()
    if token[0] == "'":
        return end
    if token in _OPENING:
        closing = closed.get(found.start(), 0)
        is_code = token == "{" or _SHAPE.match(text, found.start()) is not None
        return closing + 1 if closing and is_code else 0
    if end in closed and text[end] in "([":
        return closed[end] + 1
    if text[end : end + 1] == "=" and text[end + 1 : end + 2].strip():
        return _end_of_value(text, end + 1, closed)
    if text[end : end + 3] == " = " and text[end + 3 : end + 4].strip():
        return _end_of_value(text, end + 3, closed)
    is_name = bool(_IN_NAMES.intersection(token)) or any(map(str.isupper, token[1:]))
    if token in _WORDS:
        return 0
    return end if "#" in token or (is_name and not token.isupper()) else 0


def _end_of_name(text: str, found: re.Match[str], names: Container[str]) -> int:
    """The end of a token that is one of these names; 0 if it is a word."""
    if found[0] not in names:
        return 0
    before = text[max(0, found.start() - 6) : found.start()].lower()
    has_article = any(f" {before}".endswith(f" {article}") for article in _ARTICLES)
    return 0 if has_article and found[0].islower() else found.end()


def _end_of_value(text: str, start: int, closed: dict[int, int]) -> int:
    """The end of the value of a setting, such as `use_bias=False` or `metrics=['accuracy']`."""
    at = start
    while at < len(text) and not text[at].isspace() and text[at] not in ",;?)]}":
        at = closed.get(at, at) + 1
    return at - 1 if text[at - 1] == "." else at


def _closing_brackets(text: str) -> dict[int, int]:
    """The position of the closing bracket of each opening one that has one."""
    closed, waiting, quote = {}, [], ""
    for at, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"" and not text[at - 1 : at].isalnum():
            quote = sign
        elif sign in _OPENING:
            waiting.append(at)
        elif sign in _CLOSING:
            if waiting and text[waiting[-1]] == _CLOSING[sign]:
                closed[waiting.pop()] = at
            else:
                waiting.clear()
    return closed
