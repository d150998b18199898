"""One pass over the text of an expression before Python's parser: limits and characters.

The limits bound the parser's work. Unclosed brackets and quotes and invisible characters are
refused here with our own messages, the same on every Python version.
"""

import re
import unicodedata

from densetrace.sources.expression.limits import (
    MAX_CHARACTERS,
    MAX_INTEGER_BITS,
    MAX_NESTING,
    MAX_NUMBER_CHARACTERS,
    MAX_PIECES,
    refuse,
)
from densetrace.sources.expression.refusals import EXAMPLE, SCRIPTS
from densetrace.system.errors import RequestError

BLANKS = " \t\f\n"
CLOSER_OF = {"(": ")", "[": "]", "{": "}"}
CURLY_QUOTES = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00b4\u00ab\u00bb"
UNSEEN = r"\x01-\x08\x0b\x0e-\x1f\x7f-\xa0\xad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff"

_IMPOSSIBLE = re.compile(r"[\x00\ud800-\udfff]")
# A word has all non-ASCII characters, to be checked later, and ASCII without blanks and signs: a
# positive character class would be slow to compile. A comment ends at an invisible character.
_PIECE = re.compile(
    rf"""
    (?P<string>  '''(?:[^\\]|\\.)*?''' | '(?!'')(?:[^\\'\n]|\\.)*+'
               | \"""(?:[^\\]|\\.)*?\""" | "(?!"")(?:[^\\"\n]|\\.)*+" )
  | (?P<quote>   ['"] )
  | (?P<format>  (?i:f|fr|rf|t|tr|rt) (?=['"]) )
  | (?P<sign>    [-+~] | not\b )
  | (?P<comment> \#[^\n{UNSEEN}]* )
  | (?P<word>    [^\x00\t\n\f\r\x20-/:-@\[-^`{{-~]+ )
  | (?P<opener>  [(\[{{] )
  | (?P<closer>  [)\]}}] )
  | (?P<newline> (?<!\\)\n )
    """,
    re.VERBOSE | re.DOTALL,
)
_COUNTED = ("string", "word", "opener")
_REFUSED = {
    "quote": (
        "The quote that opens here is never closed",
        "Close it with the same quote; a line break in a string is written \\n.",
    ),
    "format": (
        "A string has no prefix but r, u or b: an f-string would be evaluated",
        "Write the text itself.",
    ),
    "newline": (
        "An expression is one line, or goes on inside its brackets",
        f"Give one call, such as {EXAMPLE}. {SCRIPTS}",
    ),
}


def scan(source: str) -> None:
    """Check the limits of a text and reject text that is obviously not an expression.

    Raises:
        RequestError: for the first problem, with its position.
    """
    if len(source) > MAX_CHARACTERS:
        received = f"Received: {len(source):,} characters."
        raise RequestError(f"An expression has at most {MAX_CHARACTERS:,} characters. {received}")
    if not source.strip(BLANKS):
        raise RequestError("The expression is empty.", f"Try {EXAMPLE}.")
    if found := _IMPOSSIBLE.search(source):
        nul = found.group() == "\x00"
        rule = "holds no NUL character" if nul else "is Unicode text: these bytes are not UTF-8"
        refuse(source, found.start(), f"An expression {rule}")
    opened: list[int] = []
    pieces = signs = 0
    start = len(source) - len(source.lstrip(BLANKS))
    for piece in _PIECE.finditer(source, start, len(source.rstrip(BLANKS))):
        kind, index = str(piece.lastgroup), piece.start()
        pieces += kind in _COUNTED
        signs = signs + 1 if kind == "sign" else 0
        if kind == "opener":
            opened.append(index)
        elif kind == "closer":
            _close(source, index, opened)
        elif kind == "word":
            _check_word(source, index, piece.group())
        elif kind in _REFUSED and not (kind == "newline" and opened):
            refuse(source, index, *_REFUSED[kind])
        if pieces > MAX_PIECES:
            bound = f"{MAX_PIECES:,} names, values and brackets"
            refuse(source, index, f"An expression holds at most {bound}")
        if len(opened) + signs > MAX_NESTING:
            refuse(source, index, f"Brackets and signs nest at most {MAX_NESTING} deep")
    if opened:
        _refuse_open(source, opened[-1], opened[-1], "never closed")


def _close(source: str, index: int, opened: list[int]) -> None:
    if not opened:
        refuse(source, index, f"{source[index]} closes no open bracket", "Leave it out.")
    opener = opened.pop()
    if CLOSER_OF[source[opener]] != source[index]:
        _refuse_open(source, opener, index, f"closed by {source[index]}")


def _refuse_open(source: str, opener: int, index: int, fate: str) -> None:
    bracket = source[opener]
    refuse(
        source, index, f"The bracket {bracket} is {fate}", f"Close it with {CLOSER_OF[bracket]}."
    )


def _check_word(source: str, index: int, word: str) -> None:
    if word[0].isdigit() and len(word) > MAX_NUMBER_CHARACTERS:
        refuse(source, index, f"A number has at most {MAX_INTEGER_BITS} bits")
    if word.isidentifier() or (word.isascii() and word.isalnum()):
        return
    odd = [offset for offset, character in enumerate(word) if not f"_{character}".isidentifier()]
    foreign = [offset for offset, character in enumerate(word) if not character.isascii()]
    if refused := odd or foreign:
        _refuse_character(source, index + refused[0])


def _refuse_character(source: str, index: int) -> None:
    character = source[index]
    plain = unicodedata.normalize("NFKC", character)
    hint = ""
    if character in CURLY_QUOTES:
        hint = "Use straight quotes, ' or \"."
    elif not character.isprintable():
        hint = "The character is invisible: delete it, or write a plain space."
    elif plain != character and plain.isascii():
        hint = f"Did you mean {plain} ?"
    problem = f"The character U+{ord(character):04X} has no meaning outside of a string"
    refuse(source, index, problem, hint)
