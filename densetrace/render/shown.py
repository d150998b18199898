"""Answers that show themselves: text with styles in a notebook, and pages in a frame."""

from collections.abc import Iterable
from html import escape
from typing import Any, Final

from densetrace.render.layout import Styled, texts

_CLASS: Final = "densetrace-text"
_RULES: Final = {
    "": "white-space: pre; overflow-x: auto; margin: 0; line-height: 1.4; "
    "font-family: ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; font-size: 13px",
    " .name,ROOT .heading,ROOT .number,ROOT .error": "font-weight: bold",
    " .call,ROOT .number": "color: color-mix(in srgb, currentColor 45%, #0891a5)",
    " .result": "color: color-mix(in srgb, currentColor 45%, #1f9d4d)",
    " .error": "color: color-mix(in srgb, currentColor 30%, #e0352b)",
    " .note,ROOT .aside,ROOT .arrow,ROOT .guide": "color: color-mix(in srgb, currentColor 72%, "
    "transparent)",
}
_STYLE: Final = "".join(
    f".{_CLASS}{selector.replace('ROOT', '.' + _CLASS)}{{{rule}}}"
    for selector, rule in _RULES.items()
)
_FRAME_HEIGHT: Final = "640px"
_UNSTYLED: Final = ("text", "value")


class Shown(str):
    """A string that a REPL prints as it is, and a notebook shows with styles.

    It is equal to the plain string, and everything that works with a string works with it. Jupyter
    asks for `_repr_mimebundle_`, marimo for `_mime_`.
    """

    _lines: tuple[Styled, ...]

    @classmethod
    def of(cls, lines: Iterable[Styled]) -> "Shown":
        """The text of styled lines."""
        kept = tuple(lines)
        shown = cls("".join(texts(kept)))
        shown._lines = kept
        return shown

    def __repr__(self) -> str:
        return str(self).removesuffix("\n")

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)

    def html(self) -> str:
        """The text as an HTML fragment. Its styles do not change the page around it."""
        body = "\n".join(map(_line, self._lines))
        return f'<div><style>{_STYLE}</style><pre class="{_CLASS}">{body}</pre></div>'

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self.html()}

    def _mime_(self) -> tuple[str, str]:
        return "text/html", self.html()


def _line(line: Styled) -> str:
    return "".join(
        escape(text) if role in _UNSTYLED else f'<span class="{role}">{escape(text)}</span>'
        for text, role in line
    )


class Page(str):
    """An HTML page. A notebook shows it in a frame, apart from the page around it."""

    def __repr__(self) -> str:
        return f"<HTML page of {len(self):,} characters>"

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)

    def html(self) -> str:
        """The page in a frame, as an HTML fragment."""
        return (
            f'<iframe title="densetrace" style="width: 100%; height: {_FRAME_HEIGHT}; border: 0" '
            f'srcdoc="{escape(self)}"></iframe>'
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self.html()}

    def _mime_(self) -> tuple[str, str]:
        return "text/html", self.html()
