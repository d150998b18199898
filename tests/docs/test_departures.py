"""docs/departures.md says what the `# DEPARTS:` comments say."""

from tests.docs.departures import PAGE, departures, page


def test_the_page_is_made_from_the_comments() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.docs.departures"


def test_a_comment_may_go_on_over_several_lines() -> None:
    source = """
    # DEPARTS: one thing
    # and more of it.
    code()
    # DEPARTS: another.
    # DEPARTS: a third.
    """
    assert list(departures(source)) == ["one thing and more of it.", "another.", "a third."]


def test_each_departure_is_a_whole_sentence() -> None:
    for line in page().splitlines():
        if line.startswith("- "):
            assert line.endswith((".", ".)")), line
