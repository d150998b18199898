"""A page from a template: one file with its script and its style, which makes no request.

Its content security policy allows that one script and that one style, by their hashes, and no
request.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

_PLACEHOLDER: Final = re.compile(r"\{\{(\w+)\}\}")


def page(
    template: str,
    styles: Sequence[str],
    scripts: Sequence[str],
    contents: Mapping[str, str | Iterable[str]],
) -> Iterator[str]:
    """The text of a page, piece by piece.

    Args:
        template: the name of a file in the folder `page`, with placeholders such as `{{title}}`.
            It begins with the body; all pages share `head.html`.
        styles: the names of its parts of the style.
        scripts: the names of its parts of the script.
        contents: the escaped text for each placeholder but those of the style, the script and the
            policy.
    """
    style, script = ("".join(map(_page_file, names)) for names in (styles, scripts))
    own = {"policy": _policy(script, style), "script": script, "style": style}
    # One pass: a placeholder in inserted text is never replaced.
    position = 0
    text = _page_file("head.html") + _page_file(template)
    for gap in _PLACEHOLDER.finditer(text):
        yield text[position : gap.start()]
        position = gap.end()
        content = own[gap[1]] if gap[1] in own else contents[gap[1]]
        if isinstance(content, str):
            yield content
        else:
            yield from content
    yield text[position:]


def _policy(script: str, style: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _hash(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


@cache
def _page_file(name: str) -> str:
    return (files(__package__) / "page" / name).read_text("utf-8")
