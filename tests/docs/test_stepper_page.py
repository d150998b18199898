"""docs/stepper.md lists every key as in the stepper's own table, and every option."""

import re
from pathlib import Path

import pytest

from densetrace.stepper.keys import GROUPS, key_table
from tests.cli.running import invoke

PAGE = Path(__file__).parents[2] / "docs" / "stepper.md"
KEYS = re.compile(r"(?<=--update-goldens -->\n).*?(?=<!-- end of keys -->)", re.DOTALL)


def key_section() -> str:
    """The tables of keys, one for each group."""
    tables = []
    for group in GROUPS:
        rows = [
            f"| `{binding.shown}` | {binding.help} |"
            for binding in key_table()
            if binding.group == group
        ]
        tables.append("\n".join([f"| {group} | |", "|---|---|", *rows]))
    return "\n" + "\n\n".join(tables) + "\n\n"


def test_the_keys_of_the_page_are_those_of_the_stepper(request: pytest.FixtureRequest) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert KEYS.search(page), "the marks around the keys are gone"
    if request.config.getoption("--update-goldens"):
        page = KEYS.sub(lambda _: key_section(), page)
        PAGE.write_text(page, encoding="utf-8")
    [told] = KEYS.findall(page)
    assert told == key_section(), "run: pytest tests/docs/test_stepper_page.py --update-goldens"


def test_what_the_page_tells_to_type_is_taken() -> None:
    page = PAGE.read_text(encoding="utf-8")
    help_text = invoke("step", "--help", COLUMNS="200").stdout
    for option in set(re.findall(r"--[a-z]+\b(?!-)", KEYS.sub("", page))):
        assert option in help_text, option
