"""A session as one screen of a given size: header, panels, footer. Pure: it prints nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from string import ascii_lowercase
from typing import Final

from densetrace.kinds.spans import Span, Spans
from densetrace.render.layout import Styled, block, cut, fit, rule, side_by_side, size_of
from densetrace.render.phases import source_text
from densetrace.render.theme import Signs
from densetrace.stepper import panels
from densetrace.stepper.session import Panel, Session
from densetrace.terminal.source import Sources

LEAST_WIDTH: Final = 30
LEAST_HEIGHT: Final = 8
"""The smallest usable screen; `COMFORTABLE` is the size for all panels."""

LEAST_TO_WRAP: Final = 8
"""With fewer columns than this, text is cut and not wrapped."""

SHORTEST_SOURCE: Final = 16
"""With less room than this, the header does not show the expression."""
LEAST_FOR_OTHERS: Final = 60
"""The width from which on the header also has the last number that a stop covers."""

COMFORTABLE: Final = "60 columns and 20 rows"
BESIDE: Final = 76
"""From this width on, the attributes are beside the explanation."""

LEAST_OVER_QUESTION: Final = 4
LEAST_OVER_ANSWER: Final = 8
"""With fewer rows than this above it, a question or a verdict takes the whole screen."""

LEAST_BESIDE: Final = 26
"""The least width of the attributes beside the explanation."""

WIDE: Final = 132
"""From this width on, map and code are beside the other panels."""

_HINTS: Final = (
    ("?", "help"),
    ("q", "quit"),
    ("j", "next"),
    ("k", "back"),
    ("s", "in"),
    ("o", "over"),
    ("u", "out"),
    ("/", "search"),
    ("l", "level"),
    ("a", "attribute"),
    ("w", "write"),
)
"""The keys shown in the footer, the most important first."""

_HINTS_ASKED: Final = (("?", "hint"), ("Enter", "skip"), ("q", "quit"))


@dataclass(frozen=True, slots=True)
class Frame:
    """One screen: its rows, each at most as wide as the screen; the shown page of the step's
    text or of the help, and the last page."""

    rows: list[Styled]
    page: int = 0
    last_page: int = 0


def draw(session: Session, sources: Sources, signs: Signs, width: int, height: int) -> Frame:
    """The screen of a session."""
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return _too_small(signs, width, height)
    body = height - 2
    if session.help:
        rows = panels.help_rows(signs, width - 2)
        frame = _paged(
            [[(" ", "text"), *row] for row in rows], session.scroll, body, signs, width - 1
        )
    else:
        asked = _asked(session, sources, signs, width, body)
        frame = asked or _Layout(session, sources, signs, width, body).frame()
    blank: list[Styled] = [[] for _ in range(body - len(frame.rows))]
    rows = [_header(session, signs, width), *frame.rows, *blank, _footer(session, signs, width)]
    return Frame(rows, frame.page, frame.last_page)


def _too_small(signs: Signs, width: int, height: int) -> Frame:
    text = f"Too small: {width} by {height}. Needs {COMFORTABLE}. q quits."
    if width < LEAST_TO_WRAP:
        return Frame([cut([Span(text)], width, signs)])
    return Frame(list(block([Span(text)], width, signs))[:height])


def _header(session: Session, signs: Signs, width: int) -> Styled:
    cursor = session.cursor
    if session.help:
        return rule((Span("Keys of the stepper", "heading"),), width, signs)
    others = f"-{cursor.others[1]:,}" if cursor.others and width >= LEAST_FOR_OTHERS else ""
    position = Span(f" step {cursor.number:,}{others} of {len(cursor.timeline):,}", "heading")
    right = (position, Span(f"  {cursor.level} ", "aside"), Span(signs.dash * 2, "aside"))
    room = width - size_of(fit(right, signs)) - 1
    title: Styled = list(panels.phase_title(cursor, cursor.stop))
    trace = cursor.timeline.trace
    source = source_text(trace) if trace.source.get("kind") == "expression" else ""
    left = room - size_of(title) - 9
    if source and left >= min(len(source), SHORTEST_SOURCE):
        title += [Span("   "), *cut([Span(source, "aside")], left, signs)]
    return [*rule(title, room + 1, signs), *cut(right, width, signs)]


def _footer(session: Session, signs: Signs, width: int) -> Styled:
    if session.prompt is not None:
        # The end of the typed text stays visible.
        typed = session.prompt.text[-max(1, width - len(session.prompt.label) - 3) :]
        return cut(
            [Span(f" {session.prompt.label}", "name"), Span(typed), Span("_", "number")],
            width,
            signs,
        )
    if session.message:
        return cut([Span(f" {session.message}", "name")], width, signs)
    if session.help:
        return _hints((("Space", "more"), ("b", "back"), ("q", "close")), signs, width)
    if session.asking is not None and session.asking.question is not None:
        last = ascii_lowercase[len(session.asking.question.options) - 1]
        return _hints(((f"a-{last}", "answer"), *_HINTS_ASKED), signs, width)
    return _hints(_HINTS, signs, width)


def _hints(hints: tuple[tuple[str, str], ...], signs: Signs, width: int) -> Styled:
    spans: list[Span] = []
    taken = 0
    for key, words in hints:
        taken += len(key) + len(words) + 3
        if taken > width:
            break
        spans += [Span(f" {key}", "call"), Span(f" {words} ", "aside")]
    return cut(spans, width, signs)


def _asked(
    session: Session, sources: Sources, signs: Signs, width: int, height: int
) -> Frame | None:
    """A question under the map, or a verdict under the step it led to; alone if both do not fit.
    None without either."""
    asking = session.asking
    if asking is None or (asking.question is None and asking.verdict is None):
        return None
    # Imported here: most sessions ask no questions.
    from densetrace.stepper import asking_view

    rows = asking_view.rows(asking, session.cursor, signs, width)
    over_it = rule(asking_view.title(asking), width, signs)
    shown: frozenset[Panel] = session.panels & {"map"} if session.is_asked else session.panels
    room = height - len(rows) - 1
    if room < (LEAST_OVER_QUESTION if session.is_asked else LEAST_OVER_ANSWER):
        room = 0
    if asking.shown < 0 or not shown or room == 0:
        back = "Page Up" if session.is_asked else "b"
        frame = _paged(rows, session.scroll, height - 1, signs, width - 1, back)
        return Frame([over_it, *frame.rows], frame.page, frame.last_page)
    above = replace(session, panels=shown, scroll=0)
    over = _Layout(above, sources, signs, width, room).frame().rows
    return Frame([*over, *[[] for _ in range(room - len(over))], over_it, *rows])


def _paged(
    rows: list[Styled], page: int, height: int, signs: Signs, width: int, back: str = "b"
) -> Frame:
    """One page of rows; its last row says how to see the others."""
    if len(rows) <= height:
        return Frame(rows)
    size = max(1, height - 1)
    last = -(-len(rows) // size) - 1
    page = min(page, last)
    shown = rows[page * size : (page + 1) * size]
    shown += [[] for _ in range(height - 1 - len(shown))]
    way = "Space: more" if page < last else f"{back}: back"
    more = Span(f"{way} ({page + 1}/{last + 1})", "aside")
    return Frame([*shown, cut([more], width, signs)], page, last)


@dataclass(slots=True)
class _Layout:
    """The arrangement of the panels, and the rows that each gets."""

    session: Session
    sources: Sources
    signs: Signs
    width: int
    height: int
    page: int = 0
    last_page: int = 0

    def frame(self) -> Frame:
        shown = self._shown()
        if self.width >= WIDE and shown & {"map", "code"} and shown & {"explanation", "attributes"}:
            rows = self._wide(shown)
        else:
            rows = self._stacked(shown)
        return Frame(rows[: self.height], self.page, self.last_page)

    def _shown(self) -> set[Panel]:
        """The panels that are switched on and fit."""
        shown = set(self.session.panels)
        for panel, least in _LEAST_HEIGHTS:
            if self.height < least and len(shown) > 1:
                shown.discard(panel)
        if len(shown) > 1 and not panels.attribute_count(self.session):
            shown.discard("attributes")
        return shown

    def _stacked(self, shown: set[Panel]) -> list[Styled]:
        beside = self.width >= BESIDE and {"explanation", "attributes"} <= shown
        blocks: list[Panel] = [
            panel for panel in _ORDER if panel in shown and not (beside and panel == "attributes")
        ]
        if not blocks:
            hidden = Span(" All panels are hidden: m e v c show them.", "aside")
            return list(block([hidden], self.width, self.signs))
        left, right = self._sides() if beside else (self.width, 0)
        heights = self._without_blanks(blocks, _shares(blocks, self.height), left, beside)
        rows: list[Styled] = []
        for panel, height in zip(blocks, heights, strict=True):
            if panel == "explanation" and beside:
                rows += self._pair(left, right, height)
            else:
                rows += self._block(panel, self.width, height)
        return rows

    def _without_blanks(
        self, blocks: list[Panel], heights: list[int], width: int, beside: bool
    ) -> list[int]:
        """The heights; rows that a panel does not need go to the explanation, then to the map."""
        if len(blocks) == 1:
            return heights
        _, code = self._panel("code", self.width, self.height)
        needed = {
            "explanation": 1 + len(self._step_rows(width)),
            "attributes": 1 + panels.attribute_count(self.session),
            "code": 1 + len(code),
        }
        if beside:
            needed["explanation"] = max(needed["explanation"], needed["attributes"])
        fitted = {
            panel: min(height, needed.get(panel, height))
            for panel, height in zip(blocks, heights, strict=True)
        }
        spare = self.height - sum(fitted.values())
        if "explanation" in fitted:
            more = min(spare, needed["explanation"] - fitted["explanation"])
            fitted["explanation"] += more
            spare -= more
        fitted["map" if "map" in fitted else blocks[-1]] += spare
        return list(fitted.values())

    def _sides(self) -> tuple[int, int]:
        """The widths of the explanation and of the attributes beside it, which get what they need
        of less than half."""
        most = max(37, min(self.width * 9 // 20, 60))
        rows = panels.attribute_rows(self.session, self.signs, most, self.height)
        right = min(most, max(LEAST_BESIDE, 1 + max(map(size_of, rows), default=0)))
        return self.width - right - 3, right

    def _pair(self, left: int, right: int, height: int) -> list[Styled]:
        bar: Styled = [(f" {self.signs.vertical} ", "guide")]
        first = self._block("explanation", left, height)
        second = self._block("attributes", right, height)
        dash = self.signs.dash
        head: Styled = [*first[0], (dash * 3, "guide"), *second[0]]
        return [head, *side_by_side(first[1:], second[1:], left, bar)]

    def _wide(self, shown: set[Panel]) -> list[Styled]:
        left = self.width // 2 - 2
        sides: list[list[Styled]] = []
        for panels_here, width in (
            (("map", "code"), left),
            (("explanation", "attributes"), self.width - left - 3),
        ):
            blocks: list[Panel] = [panel for panel in panels_here if panel in shown]
            heights = _shares(blocks, self.height)
            sides.append(
                [
                    row
                    for panel, height in zip(blocks, heights, strict=True)
                    for row in self._block(panel, width, height)
                ]
            )
        bar: Styled = [(f" {self.signs.vertical} ", "guide")]
        return list(side_by_side(sides[0], sides[1], left, bar))

    def _block(self, panel: Panel, width: int, height: int) -> list[Styled]:
        """A panel with its rule, exactly `height` rows. The map has no rule: it is directly under
        the header."""
        if panel == "map":
            rows = panels.map_rows(self.session, self.signs, width, height)
            return [*rows, *[[] for _ in range(height - len(rows))]]
        titles, rows = self._panel(panel, width, height - 1)
        rows = rows[: height - 1]
        title = _fitting(titles, width - 6)
        return [rule(title, width, self.signs), *rows, *[[] for _ in range(height - 1 - len(rows))]]

    def _panel(self, panel: Panel, width: int, height: int) -> tuple[Iterator[Spans], list[Styled]]:
        """The titles of a panel, the longest first, and its rows."""
        cursor, signs = self.session.cursor, self.signs
        where = cursor.steps[0].where
        match panel:
            case "attributes":
                rows = panels.attribute_rows(self.session, signs, width, height)
                return panels.attributes_titles(self.session), rows
            case "code":
                rows = panels.code_rows(where, self.sources, signs, width, height)
                return panels.code_titles(where), rows
        paged = _paged(self._step_rows(width), self.session.scroll, height, signs, width - 1)
        self.page, self.last_page = paged.page, paged.last_page
        return panels.step_titles(cursor), [[(" ", "text"), *row] for row in paged.rows]

    def _step_rows(self, width: int) -> list[Styled]:
        """The rows of the explanation; the line itself only where the map cuts it."""
        cursor, signs = self.session.cursor, self.signs
        in_map = "map" in self.session.panels and panels.map_shows_all_of_line(
            cursor, signs, self.width if self.width < WIDE else width
        )
        return panels.step_rows(cursor, signs, width - 1, with_line=not in_map)


def _fitting(titles: Iterator[Spans], width: int) -> Spans:
    """The first title of at most `width` cells, else the last."""
    title: Spans = ()
    for title in titles:
        if size_of(title) <= width:
            break
    return title


_ORDER: Final[tuple[Panel, ...]] = ("map", "explanation", "code", "attributes")
_LEAST_HEIGHTS: Final[tuple[tuple[Panel, int], ...]] = (
    ("attributes", 17),
    ("code", 12),
    ("map", 8),
)
_LEAST: Final[dict[Panel, int]] = {"map": 4, "explanation": 7, "code": 3, "attributes": 4}
_GROWTH: Final[dict[Panel, int]] = {"map": 2, "explanation": 4, "code": 1, "attributes": 2}


def _shares(blocks: list[Panel], height: int) -> list[int]:
    """The rows of each panel, its rule included: its minimum, and a share of the rest by weight."""
    spare = height - sum(_LEAST[panel] for panel in blocks)
    weights = _GROWTH if spare >= 0 else _LEAST
    total = sum(weights[panel] for panel in blocks)
    least = 1 if spare >= 0 else 0
    shares = [least * _LEAST[panel] for panel in blocks]
    left = height - sum(shares)
    shares = [
        share + left * weights[panel] // total for share, panel in zip(shares, blocks, strict=True)
    ]
    shares[shares.index(max(shares))] += height - sum(shares)
    return shares
