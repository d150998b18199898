"""Damaged copies of saved traces, the same in every run: truncated, altered, values replaced."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

from densetrace.data.schema import KINDS

MARKER = "\x00here\x00"
TEXTS = (
    "NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1e-999", "9" * 400, "9" * 5000, "-1", "0.5",
    "1.0", "true", "null", '""', '"\\ud800"', '"\\u202e\\u001b[2J"', '"' + "x" * 50_000 + '"', "{}",
    "[]", "[" * 3000 + "]" * 3000, '{"a":' * 3000 + "1" + "}" * 3000,
    '{"list": [' * 200 + "]" * 200,
    '{"list": [1], "length": 0}', '{"dict": [[1, 2]], "length": 1}', '{"tensor": [3], "dtype": ""}',
    '{"dict": [[1]], "length": 1}', '{"number": "nan"}', '{"object": ""}',
    '{"str": "", "length": 9}',
    '{"tensor": [null, 2], "dtype": "f", "symbolic": true}', '{"class": "", "module": ""}',
    '{"function": "f", "module": "keras"}', '{"instance": "I", "module": "m", "label": ""}',
    '{"instance": "I", "module": "m", "label": "l", "config": {"dict": [], "length": 0}}',
    '{"length": 2, "tuple": [1, 2]}', '{"type": "", "message": ""}', '"new"', '"\\n"', "1e400",
    "tru",
    '{"bytes": "", "length": 0}', '{"frozenset": [], "length": 9223372036854775807}',
    "18446744073709551616",
)  # fmt: skip
"""Replacements for a value, as JSON text."""


def cut(document: str) -> Iterator[bytes]:
    """Yield every proper prefix of a document."""
    data = document.rstrip().encode()
    return (data[:end] for end in range(len(data)))


def mutations(document: str, count: int) -> Iterator[bytes]:
    """Yield damaged copies of a document: bytes flipped, tokens exchanged, values replaced."""
    chance = random.Random(7)
    form = json.loads(document)
    for number in range(count):
        if number % 3 == 0:
            yield _flipped(document.encode(), chance)
        elif number % 3 == 1:
            yield _exchanged(document, chance).encode("utf-8", "surrogatepass")
        else:
            yield _replaced(form, chance).encode("utf-8", "surrogatepass")


def _flipped(data: bytes, chance: random.Random) -> bytes:
    flipped = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        flipped[chance.randrange(len(flipped))] = chance.randrange(256)
    return bytes(flipped)


def _exchanged(document: str, chance: random.Random) -> str:
    tokens = document.split(" ")
    for _ in range(chance.choice((1, 2, 4))):
        one, other = chance.randrange(len(tokens)), chance.randrange(len(tokens))
        match chance.randrange(3):
            case 0:
                tokens[one], tokens[other] = tokens[other], tokens[one]
            case 1:
                tokens[one] = tokens[other]
            case 2:
                tokens.insert(one, tokens[other])
    return " ".join(tokens)


def _replaced(form: Any, chance: random.Random) -> str:
    """Return the document with a few values, names or steps replaced, removed or duplicated."""
    form = copy.deepcopy(form)
    put: list[str] = []
    for _ in range(chance.choice((1, 1, 2, 5))):
        place = form
        for _ in range(chance.randrange(1, 14)):
            inner = [item for item in _items(place) if isinstance(item, dict | list) and item]
            if not inner:
                break
            place = chance.choice(inner)
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = chance.choice(keys)
        match chance.randrange(8):
            case 0:
                del place[key]
            case 1 if isinstance(place, dict):
                place[chance.choice(("", "extra", "name", "__proto__", "length"))] = place[key]
            case 2 if isinstance(place, dict) and "kind" in place:
                place["kind"] = chance.choice(KINDS)
            case 3 if isinstance(place, list):
                place.append(copy.deepcopy(place[key]))
            case _:
                place[key] = f"{MARKER}{len(put)}"
                put.append(chance.choice(TEXTS))
    text = json.dumps(form)
    for number, replacement in enumerate(put):
        text = text.replace(json.dumps(f"{MARKER}{number}"), replacement)
    return text


def _items(place: Any) -> list[Any]:
    return list(place.values()) if isinstance(place, dict) else list(place)
