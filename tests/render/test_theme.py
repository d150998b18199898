"""The colours stand out from the backgrounds of the usual terminals, and no text relies on them."""

import pytest
from rich.color import Color
from rich.style import Style

from densetrace.render.theme import STYLES

TERMINALS = {
    # The colours 1 to 6 and 9 to 14 of the palette, and the backgrounds that it comes with.
    "xterm": (
        "cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd ff0000 00ff00 ffff00 5c5cff ff00ff 00ffff",
        "000000 ffffff",
    ),
    "macOS Terminal": (
        "990000 00a600 999900 0000b2 b200b2 00a6b2 e50000 00d900 e5e500 0000ff e500e5 00e5e5",
        "000000 ffffff",
    ),
    "VS Code, dark": (
        "cd3131 0dbc79 e5e510 2472c8 bc3fbc 11a8cd f14c4c 23d18b f5f543 3b8eea d670d6 29b8db",
        "1e1e1e",
    ),
    "VS Code, light": (
        "cd3131 107c10 949800 0451a5 bc05bc 0598bc cd3131 14ce14 b5ba00 0451a5 bc05bc 0598bc",
        "ffffff",
    ),
    "Windows Terminal": (
        "c50f1f 13a10e c19c00 0037da 881798 3a96dd e74856 16c60c f9f1a5 3b78ff b4009e 61d6d6",
        "0c0c0c",
    ),
    "GNOME Terminal": (
        "c01c28 26a269 a2734c 12488b a347ba 2aa1b3 f66151 33da7a e9ad0c 2a7bde c061cb 33c7de",
        "171421 ffffff",
    ),
    "Ubuntu": (
        "cc0000 4e9a06 c4a000 3465a4 75507b 06989a ef2929 8ae234 fce94f 729fcf ad7fa8 34e2e2",
        "300a24",
    ),
    "iTerm2": (
        "c91b00 00c200 c7c400 0225c7 ca30c7 00c5c7 ff6e67 5ffa68 fffc67 6871ff ff77ff 60fdff",
        "000000",
    ),
}
COLOURED = [role for role, style in STYLES.items() if Style.parse(style or "none").color]


def shade(hexadecimal: str) -> float:
    """The relative luminance that WCAG defines."""
    parts = [part / 255 for part in Color.parse(f"#{hexadecimal}").get_truecolor()]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio that WCAG defines."""
    dark, light = sorted(map(shade, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_measure() -> None:
    assert contrast("000000", "ffffff") == pytest.approx(21)
    assert contrast("767676", "ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("role", COLOURED)
@pytest.mark.parametrize("terminal", TERMINALS)
def test_each_colour_stands_out_from_the_background(terminal: str, role: str) -> None:
    colour = Style.parse(STYLES[role]).color
    assert colour is not None
    assert colour.number is not None, "not a colour of the palette"
    palette, backgrounds = map(str.split, TERMINALS[terminal])
    shown = dict(zip((*range(1, 7), *range(9, 15)), palette, strict=True))[colour.number]
    for background in backgrounds:
        assert contrast(shown, background) >= 3


def test_prose_and_numbers_have_the_colour_of_the_terminal() -> None:
    for role in ("text", "value", "result", "numbers", "aside", "note", "heading", "name"):
        style = Style.parse(STYLES[role] or "none")
        assert style.color is None
        assert not style.dim
