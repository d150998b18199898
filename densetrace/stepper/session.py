"""The state of the stepper and the effect of each key. Pure: `press` returns a new session. Effects
outside the session (write a file, quit) are requested by `wish`, and the loop carries them out.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from string import ascii_lowercase
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from densetrace.kinds.kind import LEVELS
from densetrace.stepper.cursor import Cursor
from densetrace.stepper.decoder import PASTED
from densetrace.stepper.find import Search, Seeking
from densetrace.stepper.keys import ACTIONS
from densetrace.stepper.state import States
from densetrace.system.errors import did_you_mean, quoted, shown

if TYPE_CHECKING:
    from densetrace.stepper.asking import Asking

Wish: TypeAlias = Literal["", "write", "redraw", "suspend", "quit", "interrupt"]
Panel: TypeAlias = Literal["map", "explanation", "attributes", "code"]

PANELS: Final[frozenset[Panel]] = frozenset(("map", "explanation", "attributes", "code"))
LONGEST_INPUT: Final = 200
NAMES_COMPARED: Final = 1000

_WISHES_WHILE_ASKED: Final[dict[str, Wish]] = {
    "quit": "quit",
    "redraw": "redraw",
    "suspend": "suspend",
}
"""Actions that keep their meaning while a question waits."""

_ABOUT_LEVELS: Final = {
    "user": "Level user: what you get.",
    "author": "Level author: what the author of a layer needs to know.",
    "framework": "Level framework: every step.",
}


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt in the footer, and the text typed so far."""

    about: Literal["words", "attribute", "number"]
    text: str = ""
    forward: bool = True

    @property
    def label(self) -> str:
        """The label of the prompt."""
        return {"words": "Search: ", "attribute": "Attribute: ", "number": "To step: "}[self.about]


@dataclass(frozen=True, slots=True)
class Session:
    """Everything the screen shows: the cursor, the panels, the prompt, the search, the question.

    `scroll` is the shown page of the step's text or of the help, `last_page` the number of the last
    one, which is set after each drawing.
    """

    cursor: Cursor
    states: States
    panels: frozenset[Panel] = PANELS
    message: str = ""
    help: bool = False
    prompt: Prompt | None = None
    scroll: int = 0
    last_page: int = 0
    search: Search | None = None
    seeking: Seeking | None = None
    wish: Wish = field(default="")
    asking: "Asking | None" = None

    @property
    def since(self) -> int:
        """The first position of the stop where the cursor is."""
        return self.cursor.positions[0]

    @property
    def is_asked(self) -> bool:
        """Whether a question waits for an answer."""
        return self.asking is not None and self.asking.question is not None

    @property
    def shown(self) -> int:
        """The last position that may be shown: later steps may still be asked about."""
        return len(self.cursor.timeline) - 1 if self.asking is None else self.asking.shown

    def press(self, key: str) -> "Session":
        """The session after a key."""
        session = replace(self, message="", seeking=None, wish="")
        if key == "ctrl-c":
            return replace(session, wish="interrupt")
        if session.prompt is not None:
            return _press_in_prompt(session, session.prompt, key)
        if key.startswith(PASTED):
            return replace(session, message="Pasted text does not act as keys.")
        action = ACTIONS.get(key)
        if session.help:
            return _press_in_help(session, key, action)
        if session.is_asked:
            return _answer_question(session, key, action)
        if action is None:
            unknown = "" if key == "escape" else f"{shown(key)} does nothing. ? shows all keys."
            return replace(session, message=unknown)
        if action == "number":
            return replace(session, prompt=Prompt("number", key))
        return _ACTIONS[action](session)

    def seek_on(self) -> "Session":
        """The session after the next slice of a running search."""
        if self.seeking is None:
            return self
        seeking = self.seeking.further()
        if not seeking.is_over:
            done = 100 * seeking.looked_at // len(self.cursor.timeline)
            return replace(self, seeking=seeking, message=f"Searching ... {done} %")
        return _search_ended(replace(self, seeking=None), seeking)

    def moved(self, cursor: Cursor, message: str = "") -> "Session":
        """The session at another cursor."""
        asking = None if self.asking is None else self.asking.at(cursor)
        return replace(self, cursor=cursor, message=message, scroll=0, asking=asking)

    def moved_on(self, cursor: Cursor) -> "Session":
        """The session at another cursor, or with a question before it."""
        asking = None if self.asking is None else self.asking.before(cursor)
        if asking is None or asking.question is None:
            return self.moved(cursor)
        return replace(self, asking=asking, scroll=0)


# -- answering ------------------------------------------------------------------------------------


def _answer_question(session: Session, key: str, action: str | None) -> Session:
    """The session after a key, while a question waits."""
    from densetrace.render.quiz import choice  # imported here: most sessions ask no questions

    asking = session.asking
    if asking is None or asking.question is None or asking.target is None:
        return session
    options = len(asking.question.options)
    # Letters are answers: b does not turn a page here.
    chosen = choice(key, options)
    if isinstance(chosen, int):
        return replace(session.moved(asking.target), asking=asking.answered(chosen))
    if chosen == "?":
        return replace(session, asking=asking.with_hint(), scroll=0)
    if key in ("enter", "escape"):
        return replace(session.moved(asking.target), asking=asking.skipped())
    if action in _WISHES_WHILE_ASKED:
        return replace(session, wish=_WISHES_WHILE_ASKED[action])
    if action in ("scroll", "scroll-back"):
        page = session.scroll + (1 if action == "scroll" else -1)
        return replace(session, scroll=max(0, min(page, session.last_page)))
    last = ascii_lowercase[options - 1]
    message = f"{shown(key)} is not an answer. Type a to {last}, ? for a hint, Enter to skip."
    return replace(session, message=message)


# -- moving ---------------------------------------------------------------------------------------


def _move(name: str, refusal: str, session: Session) -> Session:
    return _moved(name, refusal, session, Session.moved)


def _move_on(name: str, refusal: str, session: Session) -> Session:
    """A forward move, which may raise a question first."""
    return _moved(name, refusal, session, Session.moved_on)


def _moved(
    name: str, refusal: str, session: Session, to: Callable[[Session, Cursor], Session]
) -> Session:
    cursor: Cursor = getattr(session.cursor, name)()
    if cursor == session.cursor:
        return replace(session, message=_end_message(session, refusal))
    return to(session, cursor)


def _end_message(session: Session, refusal: str) -> str:
    """The message at the last step: for a stopped run it says what stopped it."""
    stop = session.cursor.timeline.trace.stop
    if stop is None or refusal != _AT_END:
        return refusal
    where = "" if stop.where is None else f" at line {stop.where.line}"
    interrupt = "SIGTERM" if stop.is_terminated else "Ctrl-C"
    how = {"refused": "densetrace", "interrupted": interrupt}.get(stop.how, shown(stop.type))
    return f"{refusal[:-1]}: {how} stopped the run{where}."


def _same_kind(forward: bool, session: Session) -> Session:
    cursor = session.cursor.same_kind(forward)
    if cursor == session.cursor:
        side = "later" if forward else "earlier"
        kind = session.cursor.steps[0].kind
        return replace(session, message=f"There is no {side} step of the kind {kind}.")
    return session.moved_on(cursor) if forward else session.moved(cursor)


def _scroll(session: Session) -> Session:
    if session.scroll < session.last_page:
        return replace(session, scroll=session.scroll + 1)
    if session.asking is not None and session.asking.verdict is not None:
        # The verdict makes room for the step above it.
        return replace(session, asking=session.asking.without_verdict(), scroll=0)
    return _move_on("next", _AT_END, session)


def _scroll_back(session: Session) -> Session:
    if session.scroll > 0:
        return replace(session, scroll=session.scroll - 1)
    return _move("previous", _AT_START, session)


def _to_number(session: Session, text: str) -> Session:
    total = len(session.cursor.timeline)
    number = int(text)
    if not 1 <= number <= total:
        return replace(session, message=f"Steps go from 1 to {total:,}. Received: {quoted(text)}.")
    cursor = session.cursor.at(number - 1)
    return session.moved(cursor, _no_line_message(cursor))


def _no_line_message(cursor: Cursor) -> str:
    """The message at a step without a line of its own at this level."""
    if cursor.position in cursor.positions:
        return ""
    return f"Step {cursor.position + 1:,} has no line at this level. Press l for more detail."


# -- finding --------------------------------------------------------------------------------------


def _prompt_for(about: Literal["words", "attribute"], forward: bool, session: Session) -> Session:
    return replace(session, prompt=Prompt(about, forward=forward))


def _repeat_search(forward: bool, session: Session) -> Session:
    if session.search is None:
        return replace(session, message="There is no search yet. Press / and type what to find.")
    return _seek(session, session.search, forward)


def _seek(session: Session, search: Search, forward: bool) -> Session:
    session = replace(session, search=search, seeking=Seeking(search, session.cursor, forward))
    return session.seek_on()


def _search_ended(session: Session, seeking: Seeking) -> Session:
    search = seeking.search
    if seeking.found is not None:
        cursor = session.cursor.at(seeking.found)
        around = ""
        if seeking.wrapped_around:
            around = f"The search continued from the {'start' if seeking.forward else 'end'}."
        return session.moved(cursor, " ".join(filter(None, (around, _no_line_message(cursor)))))
    named = f"'{shown(search.words)}'"
    here = any(map(search.matches, session.cursor.steps))
    if search.kind == "words":
        message = f"Only this step contains {named}." if here else f"No step contains {named}."
    else:
        message = f"Only this step uses {named}." if here else f"No step uses {named}."
        subject = session.states.subject(session.since)
        if subject is not None and not here:
            names = session.states.names(subject, session.cursor.until)[:NAMES_COMPARED]
            message = f"{message} {did_you_mean(search.words, names)}".rstrip()
    return replace(session, message=message)


# -- typing ---------------------------------------------------------------------------------------


def _press_in_prompt(session: Session, prompt: Prompt, key: str) -> Session:
    if prompt.about == "number" and key in ("g", "G"):
        key = "enter"
    match key:
        case "enter":
            return _enter_prompt(replace(session, prompt=None), prompt)
        case "escape" | "ctrl-d":
            return replace(session, prompt=None)
        case "backspace":
            shorter = replace(prompt, text=prompt.text[:-1]) if prompt.text else None
            return replace(session, prompt=shorter)
        case "ctrl-u":
            return replace(session, prompt=replace(prompt, text=""))
    if key.startswith(PASTED):
        return replace(session, prompt=_with_paste(prompt, key.removeprefix(PASTED)))
    if len(key) > 1 or len(prompt.text) >= LONGEST_INPUT:
        return session
    if prompt.about == "number" and key not in "0123456789":
        return replace(session, prompt=None, message="Type the number of a step: 17, then Enter.")
    return replace(session, prompt=replace(prompt, text=prompt.text + key))


def _with_paste(prompt: Prompt, pasted: str) -> Prompt:
    """The prompt with a paste added, on one line; a number takes only digits."""
    text = "".join(character if character.isprintable() else " " for character in pasted)
    if prompt.about == "number":
        text = "".join(character for character in text if character in "0123456789")
    return replace(prompt, text=(prompt.text + text)[:LONGEST_INPUT])


def _enter_prompt(session: Session, prompt: Prompt) -> Session:
    text = prompt.text.strip()
    if prompt.about == "number":
        return _to_number(session, text) if text else session
    if text:
        return _seek(session, Search(text, prompt.about), prompt.forward)
    if session.search is not None and session.search.kind == prompt.about:
        return _seek(session, session.search, prompt.forward)
    return session


# -- seeing ---------------------------------------------------------------------------------------


def _level(by: int, session: Session) -> Session:
    level = LEVELS[(LEVELS.index(session.cursor.level) + by) % len(LEVELS)]
    return session.moved(session.cursor.at_level(level), _ABOUT_LEVELS[level])


def _toggle_fold(session: Session) -> Session:
    cursor = session.cursor
    folded = cursor.is_folded(cursor.stop)
    return _move("unfold" if folded else "fold", "There is nothing to fold here.", session)


def _fold_everything(session: Session) -> Session:
    return session.moved(session.cursor.fold_everything(), "Everything is folded; Z unfolds it.")


def _unfold_everything(session: Session) -> Session:
    return session.moved(session.cursor.unfold_everything(), "Everything is unfolded.")


def _panel(panel: Panel, session: Session) -> Session:
    return replace(session, panels=session.panels ^ {panel}, scroll=0)


def _help(session: Session) -> Session:
    return replace(session, help=True, scroll=0)


def _press_in_help(session: Session, key: str, action: str | None) -> Session:
    if action in ("scroll", "next"):
        return replace(session, scroll=min(session.scroll + 1, session.last_page))
    if action in ("scroll-back", "previous"):
        return replace(session, scroll=max(session.scroll - 1, 0))
    if action in ("redraw", "suspend"):
        return _ACTIONS[action](session)
    if action in ("help", "quit", "toggle-fold") or key == "escape":
        return replace(session, help=False, scroll=0)
    return session


def _wish(wish: Wish, session: Session) -> Session:
    return replace(session, wish=wish)


_AT_START: Final = "This is the first step."
_AT_END: Final = "This is the last step."

_ACTIONS: Final[dict[str, Callable[[Session], Session]]] = {
    "next": partial(_move_on, "next", _AT_END),
    "previous": partial(_move, "previous", _AT_START),
    "into": partial(_move_on, "into", _AT_END),
    "back-into": partial(_move, "back_into", _AT_START),
    "over": partial(_move_on, "over", "Nothing comes after this step."),
    "back-over": partial(_move, "back_over", _AT_START),
    "out": partial(_move, "out", "This step is not inside another one."),
    "first": partial(_move, "first", _AT_START),
    "last": partial(_move, "last", _AT_END),
    "next-alike": partial(_same_kind, True),
    "previous-alike": partial(_same_kind, False),
    "search": partial(_prompt_for, "words", True),
    "next-match": partial(_repeat_search, True),
    "previous-match": partial(_repeat_search, False),
    "attribute": partial(_prompt_for, "attribute", True),
    "attribute-back": partial(_prompt_for, "attribute", False),
    "closer": partial(_level, 1),
    "wider": partial(_level, -1),
    "fold": partial(_move, "fold", "There is nothing to fold here."),
    "unfold": partial(_move, "unfold", "Nothing is folded here."),
    "toggle-fold": _toggle_fold,
    "fold-everything": _fold_everything,
    "unfold-everything": _unfold_everything,
    "map": partial(_panel, "map"),
    "explanation": partial(_panel, "explanation"),
    "attributes": partial(_panel, "attributes"),
    "code": partial(_panel, "code"),
    "scroll": _scroll,
    "scroll-back": _scroll_back,
    "redraw": partial(_wish, "redraw"),
    "write": partial(_wish, "write"),
    "help": _help,
    "suspend": partial(_wish, "suspend"),
    "quit": partial(_wish, "quit"),
    "interrupt": partial(_wish, "interrupt"),
}
