"""The colours can be told from every usual background."""

import io

import pytest
from rich.color import Color
from rich.style import Style

from densetrace.render.theme import IN_16_COLOURS, STYLES
from densetrace.terminal import output

BACKGROUNDS = {
    "xterm and macOS Terminal, dark": "#000000",
    "xterm, macOS Terminal and VS Code, light": "#ffffff",
    "VS Code, dark": "#1e1e1e",
    "Windows Terminal": "#0c0c0c",
    "Solarized dark": "#002b36",
    "Solarized light": "#fdf6e3",
    "Ubuntu": "#300a24",
    "One Dark": "#282c34",
}
COLOURED = {role: style for role, style in STYLES.items() if "color(" in style}


def luminance(colour: Color) -> float:
    """The relative luminance that WCAG defines."""
    parts = [part / 255 for part in colour.get_truecolor()]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Color, other: Color) -> float:
    """The contrast ratio that WCAG defines."""
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_measure() -> None:
    assert contrast(Color.parse("#000000"), Color.parse("#ffffff")) == pytest.approx(21)
    assert contrast(Color.parse("#767676"), Color.parse("#ffffff")) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("background", BACKGROUNDS.values(), ids=BACKGROUNDS)
@pytest.mark.parametrize("role", COLOURED)
def test_each_colour_stands_out_from_each_background(role: str, background: str) -> None:
    colour = Style.parse(COLOURED[role]).color
    assert colour is not None
    assert contrast(colour, Color.parse(background)) >= 3.3


def test_prose_and_numbers_have_the_colour_of_the_terminal() -> None:
    for role in ("text", "value", "numbers", "aside", "note", "heading", "name"):
        assert Style.parse(STYLES[role] or "none").color is None
        assert not Style.parse(STYLES[role] or "none").dim


def test_a_terminal_of_16_colours_gets_colours_of_its_palette(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert set(IN_16_COLOURS) == set(COLOURED)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("COLORTERM", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-16color")
    assert output.styles_of(io.StringIO())["call"] == Style.parse("cyan")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert output.styles_of(io.StringIO())["call"] == Style.parse("color(32)")
