"""The answer to `why` as lines: each link of the chain with its explanation and its source line.

`lines` draws it for a terminal, `plain` writes it flat for a screen reader, `form` is its JSON.
"""

from collections.abc import Iterator
from typing import Final

from densetrace.data import wording
from densetrace.data.json_writer import to_json
from densetrace.data.steps import ABSENT, Absent, Step, Where
from densetrace.data.trace import Trace
from densetrace.data.values import JSON, Instance, Items, Tensor, Value
from densetrace.data.wording import joined, keywords, named, outcome, shape_text, short
from densetrace.kinds import attribute_by_line, label_of
from densetrace.kinds.fitting import changes
from densetrace.kinds.label import assigned, called, gives, point_end
from densetrace.kinds.optimizing import variable_of
from densetrace.kinds.spans import Span, Spans, linked, plain_text
from densetrace.render.layout import NARROWEST, NOTE_WIDTH, Styled, block, texts
from densetrace.render.phases import input_shapes
from densetrace.render.plain import spoken
from densetrace.render.theme import UNICODE, Signs
from densetrace.study.index import NOTHING, Place, part_of
from densetrace.study.settings import DATA, METHODS, Used, how_given
from densetrace.study.training import Later
from densetrace.study.why import Ingredient, Link, Why
from densetrace.teach.entries import fill
from densetrace.teach.explanations import entry_for, explain_step, word_of

INDENT: Final = "   "
MOST_STEPS: Final = 4
"""At most this many of the steps in which a setting acts are listed."""

_ASSUMED: Final = "(assumed by --fit)"

_LOOPS: Final = {"epoch": "the loop over epochs", "batch": "the loop over batches"}
"""The kinds of steps that are turns of a loop of Keras, which no single line runs."""


# -- for a terminal -------------------------------------------------------------------------------


def lines(trace: Trace, answer: Why, width: int, signs: Signs = UNICODE) -> Iterator[Styled]:
    """The answer, at most `width` cells wide."""
    width = max(width, NARROWEST)
    note_width = min(width, NOTE_WIDTH)
    yield from block(_title(answer), width, signs, rest=INDENT)
    yield from block((Span(_beginning(trace, answer)),), note_width, signs)
    for number, link in enumerate(answer.links, start=1):
        under = " " * (len(str(len(answer.links))) + 2)
        first = f"{number}".ljust(len(under))
        yield []
        yield from block(
            headline(link), width, signs, first=first, rest=under + INDENT, role="number"
        )
        note = Span(_explanation(answer, link), "note")
        yield from block((note,), note_width, signs, first=under, rest=under)
        yield from block(_source(trace, link.step), width, signs, first=under, rest=under + INDENT)
    if answer.also:
        yield []
        yield from block((Span("Also involved", "heading"),), width, signs)
        for ingredient in answer.also:
            origin = _ingredient(trace, ingredient)
            yield from block(origin, width, signs, first=INDENT, rest=INDENT * 2)
    if answer.acts_in:
        yield []
        yield from block((Span(_acts(answer), "heading"),), width, signs)
        for step in answer.acts_in[:MOST_STEPS]:
            yield from block(_numbered(step), width, signs, first=INDENT, rest=INDENT * 2)
    for closing in _closing(answer):
        yield []
        yield from block((Span(closing, "aside"),), width, signs)


def render_text(trace: Trace, answer: Why, width: int = 80) -> str:
    """The answer as text without colour."""
    return "".join(texts(lines(trace, answer, width)))


def _title(answer: Why) -> Spans:
    value = answer.value
    return (
        Span("Why "),
        Span(answer.target.text, "name"),
        Span(" is " if _is_certain(answer) else " was "),
        Span("not set" if value is ABSENT else _in_words(value), "result"),
        *(() if _is_certain(answer) else (Span(f" when {_method(answer)} ran"),)),
    )


def _is_certain(answer: Why) -> bool:
    """Whether the value is not only that of a setting when `compile` ran: the updates used it."""
    used = answer.used
    return used is None or (bool(used.fitting) and used.other is None and used.set_by is None)


def _method(answer: Why) -> str:
    return point_end(answer.links[-1].step, 1)


def _in_words(value: Value) -> str:
    return shape_text(value) if isinstance(value, Items) else outcome(value)


def _beginning(trace: Trace, answer: Why) -> str:
    link = answer.links[0]
    if answer.begins == "called":
        doer = call_of(link.step)
        return f"No argument and no input sets it. It is set because {doer} ran:"
    begins = _origin(trace, link, answer.begins)
    if _leaves_default(answer):
        begins += f", which leaves {answer.target.place.path[-1]} at its default"
    return f"It begins with {begins}:"


def _leaves_default(answer: Why) -> bool:
    """Whether a setting of an object comes from the name of its class alone: `'adam'`."""
    place = answer.links[0].places[0]
    return answer.used is not None and isinstance(_value_at(answer.links[0].step, place), str)


def call_of(step: Step) -> str:
    """The person's call that made a step run: `Dense(...)`, `dense(...)`."""
    name = step.inputs.get("class") if step.kind == "new" else step.subject
    return f"{name if isinstance(name, str) else point_end(step, 2)}(...)"


def _origin(trace: Trace, link: Link, begins: str) -> str:
    """The origin of the chain in a few words: an argument, an input or a default."""
    step, place = link.step, link.places[0]
    if begins == "left_out":
        return f"the default of {place.name}, which you did not pass"
    if begins == "given" and step.kind in METHODS and place.name not in DATA:
        where = f" in line {step.where.line} of {step.where.file}" if step.where else ""
        return f"your {place.name}={short(_value_at(step, place))}{where}"
    if begins == "given" and not _is_setting(step, place):
        value = _value_at(step, Place(0, "input", place.name))
        if step.kind == "fit" and place.name == "y" and "fit" in trace.source:
            return f"the random targets {short(value)}"
        return f"the input {short(value)}{_sample(trace, value)}"
    if place.slot == "fact" and place.path:
        name = str(place.path[0])
        value = _value_at(step, Place(0, "fact", place.name, place.path[:1]))
        return f"your {name}={short(value)}"
    if place.slot == "result":
        return f"your {call_of(step)}"
    value = wording.number(_value_at(step, place))
    if "fit" in trace.source:
        return f"{value} {_ASSUMED}"
    where = f"line {step.where.line} of {step.where.file}" if step.where else "your own code"
    holder = _value_at(step, place.whole) if place.path else None
    if isinstance(holder, Instance) and step.where is not None:
        name = str(place.path[-1])
        given = how_given(step.where.text, holder.cls, name, _value_at(step, place))
        if given == "left out":
            return f"the default of {name} of {holder.cls}, which {where} leaves out"
        if given is None:
            return f"{holder.label}, which {where} passes with {name}={value}"
        return f"your {name}={short(_value_at(step, place))} in {where}"
    return f"{value} in {where}"


def _is_setting(step: Step, place: Place) -> bool:
    """Whether an argument of a person's own operation is a shape, an axis or a number in the line,
    rather than a tensor."""
    return step.kind == "op" and not isinstance(_value_at(step, place), Tensor)


def _sample(trace: Trace, value: Value) -> str:
    """What an input is, if it was assumed. Of several inputs, the shape that fits the value."""
    if trace.source.get("assumed") is not True:
        return ""
    shapes = input_shapes(trace)
    sizes = value.shape if isinstance(value, Tensor) else ()
    fitting = [shape for shape in shapes if shape.items[1:] == sizes[1:]]
    assumed = dict.fromkeys(map(shape_text, fitting or shapes))
    return f", an input of the assumed shape{'s' if len(assumed) > 1 else ''} {joined(assumed)}"


def _value_at(step: Step, place: Place) -> Value:
    held: object = {"input": step.inputs, "fact": step.facts}.get(place.slot, {}).get(place.name)
    if place.slot == "result":
        held = step.result
    for part in place.path:
        held = part_of(held, part)
    return None if held is NOTHING else held  # type: ignore[return-value] # anything but NOTHING is a value


def _explanation(answer: Why, link: Link) -> str:
    """What happened in a step, with only the arguments that matter to the chain."""
    step = link.step
    if link is answer.links[-1] and answer.later is not None:
        return _last_update(answer.later)
    if link is answer.links[-1] and (source := _from_earlier(answer, link)):
        return source
    if link is not answer.links[-1] and (creation := _creation(link)):
        return creation

    def filled(name: str) -> str | None:
        if step.kind == "init" and name == "arguments":
            return _listed(step, _inputs(link))
        return word_of(answer.keras, step, name)

    return fill(entry_for(step, answer.keras).what, filled)


def _creation(link: Link) -> str:
    """What an object's creation means for a chain: `__init__` gets the arguments themselves, and
    not the dict in which `__new__` keeps them. Empty for other steps."""
    step, cls = link.step, link.step.inputs.get("class")
    if step.kind != "new" or not isinstance(cls, str):
        return ""
    bound = [Place(0, "fact", "bound", one.path[:1]) for one in link.places if one.slot == "fact"]
    given = {str(one.path[0]): _value_at(step, one) for one in bound if one.path}
    left_out = [one.name for one in link.places if one.slot == "left_out"]
    these = joined(f"{name}={short(value)}" for name, value in given.items())
    of_class = wording.plain(cls)
    text = (
        f"Python calls {point_end(step, 2)}, which creates the {of_class} object, and then "
        f"{of_class}.__init__ with the same arguments{f', among them {these}' if given else ''}"
    )
    if left_out:
        text += f"; {joined(left_out)} is not among them, so __init__ uses its default"
    return f"{text}."


def _from_earlier(answer: Why, last: Link) -> str:
    """Where the value of the last link comes from, if its step is in the chain before."""
    earlier = [one.step for one in answer.links[:-1]]
    if last.step not in earlier:
        return ""
    before, number, place = len(earlier), earlier.index(last.step) + 1, last.places[-1]
    if before == number:
        return f"This is the result of number {number} above."
    ran = point_end(last.step, 1)
    holder = _value_at(last.step, place.whole) if place.path else None
    if last.step.kind == "compile" and isinstance(holder, Instance):
        name = place.path[-1]
        return f"It is the {name} of {holder.label}, which number {before} returns and {ran} keeps."
    if place.slot == "result":
        return f"Number {before} returns it, and number {number} passes it on."
    if place.name == "weights":
        return f"Number {before} sets these numbers, and {ran} ends with them."
    return f"It comes from number {before}. {ran} keeps it."


def _last_update(later: Later) -> str:
    """What is known of the update that made the final numbers and was not recorded."""
    number = later.like.id + 1
    if later.is_replay:
        how = f"was made by a replay of the graph{_in_batch(later.batch, later.epoch)}"
    else:
        how = f"was not recorded step by step{_in_batch(later.batch, later.epoch)}"
    whose = _in_batch(*later.recorded).removeprefix(": ")
    whose = f"those of {whose}" if whose else "those of an earlier batch"
    return (
        f"The last update {how}. It ran the same operations as step {number} of the trace, "
        f"whose numbers are {whose}."
    )


def _in_batch(batch: str | None, epoch: str | None) -> str:
    parts = [f"epoch {epoch}" if epoch else "", f"batch {batch}" if batch else ""]
    return ": " + ", ".join(filter(None, parts)) if any(parts) else ""


def headline(link: Link) -> Spans:
    """A link in one line, with only the arguments that matter to the chain."""
    step = link.step
    kept = _inputs(link)
    if step.kind == "init":
        return (*called(point_end(step, 2), _abridged(step, kept)), *_item_used(link))
    if step.kind == "invoke" and all(place.slot == "result" for place in link.places):
        return *assigned("output"), *gives(step)[-1:]
    if step.kind != "new" and all(place.slot == "fact" for place in link.places):
        place = link.places[-1]
        value = Span(outcome(_value_at(step, place)), "result")
        return *assigned(str(place.path[-1] if place.path else place.name)), value
    if step.kind == "add_weight":
        first = [short(step.inputs.get("name"))]
        rest = [name for name in kept if name != "name"]
        listed = first + named(((name, step.inputs[name]) for name in rest), short)
        return (*called("add_weight", listed, gives(step)), *_item_used(link))
    if step.kind == "get" and link.places[-1].slot == "result" and (name := _sets(step)):
        return (*assigned(name), *label_of(step))
    return (*label_of(step), *_item_used(link))


def _inputs(link: Link) -> list[str]:
    """The names of the inputs that matter to the chain."""
    names = (place.name for place in link.places if place.slot == "input")
    return list(dict.fromkeys(name for name in names if name in link.step.inputs))


def _sets(step: Step) -> str | None:
    name = attribute_by_line(step)
    private = step.where is not None and f"self._{name}" in step.where.text
    return name if private else None


def _listed(step: Step, kept: list[str]) -> str:
    written = keywords(((name, step.inputs[name]) for name in kept), short)
    if not written:
        return "its arguments"
    return written if len(kept) == len(step.inputs) else f"{written} and other arguments"


def _abridged(step: Step, kept: list[str]) -> list[str]:
    shown = named(((name, step.inputs[name]) for name in kept), short)
    return shown if len(shown) == len(step.inputs) else [*shown, "..."]


def _item_used(link: Link) -> Spans:
    """The item of a value that the next link uses, where it is not the whole value."""
    place = link.places[0]
    if not place.path or place.slot not in ("input", "result"):
        return ()
    name = place.name or "result"
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place.path)
    value = _value_at(link.step, place)
    return (Span(f"  ({name}{path} is {_in_words(value)})", "aside"),)


def source_of(step: Step) -> Where | None:
    """The source line of a step; None for an epoch and a batch, which are turns of a loop."""
    return None if step.kind in _LOOPS else step.where


def _source(trace: Trace, step: Step) -> Spans:
    if step.where is not None and step.kind in _LOOPS:
        return (Span(f"({_LOOPS[step.kind]} in {step.where.file})", "aside"),)
    if step.where is None:
        return (Span("source line not recorded", "aside"),)
    where = step.where
    location = f"{where.file}:{where.line}" if where.line else where.file
    if where.file == "<expression>":
        return (Span(_in_expression(trace, step), "aside"),)
    if where.text == "":
        return (Span(f"({location})", "aside"),)
    return Span(where.text, "value"), Span(f"  ({location})", linked("aside", where))


def _in_expression(trace: Trace, step: Step) -> str:
    """Whose a call is in the trace of an expression, which only creates objects."""
    if step.kind in METHODS and "fit" in trace.source:
        return _ASSUMED
    return "(called by densetrace)" if step.kind == "invoke" else "(your expression)"


def _ingredient(trace: Trace, ingredient: Ingredient) -> Spans:
    origin = _origin(trace, ingredient.origin, ingredient.begins)
    number = ingredient.origin.step.id + 1
    shown = ingredient.value
    name = (
        shown if ingredient.place.slot == "subject" and isinstance(shown, str) else _in_words(shown)
    )
    place = ingredient.origin.places[0]
    before, rest = "", f" comes from {origin}"
    if ingredient.begins == "left_out":
        rest = f": you did not pass {place.name}, so its default is used"
    elif isinstance(shown, int) and origin.startswith("the input "):
        before = "The size "
    return (
        *((Span(before),) if before else ()),
        Span(name, "result"),
        Span(rest),
        Span(f"  (step {number} of the trace)", "aside"),
    )


def _acts(answer: Why) -> str:
    """`Acts in`, with how many steps there are if not all are listed."""
    count = len(answer.acts_in)
    in_steps = "in" if count <= MOST_STEPS else f"in {count:,} steps, first in"
    if answer.used is None or answer.used.fitting:
        return f"Acts {in_steps}"
    return f"Unless it was set later, acts {in_steps}"


def _numbered(step: Step) -> Spans:
    return (*label_of(step), Span(f"  (step {step.id + 1})", "aside"))


def _closing(answer: Why) -> Iterator[str]:
    if answer.unread is not None:
        yield (
            f"A graph updated {variable_of(answer.unread)} after that (step "
            f"{answer.unread.id + 1} of the trace). Its numbers after the update were not recorded."
        )
    if answer.used is not None:
        yield _set_since(answer, answer.used)
    if answer.changes:
        made = (
            f"{step.subject} to {short(dict(changes(step))[answer.target.name])} "
            f"(step {step.id + 1})"
            for step in answer.changes[:MOST_STEPS]
        )
        rest = len(answer.changes) - MOST_STEPS
        yield f"Callbacks change it: {joined([*made, *([f'{rest:,} more'] if rest > 0 else [])])}."
    if answer.target.others:
        others = [f"'{one}'" if " " in one else one for one in answer.target.others]
        more = f" and {len(others) - 4:,} more" if len(others) > 4 else ""
        yield f"{answer.target.text} is shown. Also recorded: {', '.join(others[:4])}{more}."


def _set_since(answer: Why, used: Used) -> str:
    """What is known of the value of a setting after `compile`."""
    name = str(answer.target.place.path[-1])
    if used.is_schedule:
        return (
            f"It is a schedule: before each update it computes the {name.replace('_', ' ')} from "
            "the number of updates so far."
        )
    had = f"{name} had this value when {_method(answer)} ran."
    setting = "" if used.set_by is None else f"step {used.set_by.id + 1}{_line_of(used.set_by)}"
    if used.other is None:
        listed = " The updates listed here used it." if used.fitting else ""
        hedge = "If a line of yours sets it later, there may be no step for that."
        if used.set_by is not None:
            hedge = f"After that, {setting} set it to {wording.number(_result(used.set_by))}."
        return f"{had}{listed} {hedge}"
    step = used.other
    instead = f"{point_end(step, 2)} (step {step.id + 1}) used {wording.number(used.value)}"
    if setting:
        return f"{had} {instead}, which {setting} had set."
    return f"{had} {instead}.{'' if answer.changes else ' No step shows what set it.'}"


def _result(step: Step) -> Value:
    return None if isinstance(step.result, Absent) else step.result


def _line_of(step: Step) -> str:
    where = step.where
    return f" (line {where.line} of {where.file})" if where is not None and where.line else ""


# -- for a screen reader --------------------------------------------------------------------------


def plain(trace: Trace, answer: Why) -> Iterator[str]:
    """The answer as flat, labelled lines."""
    total = len(answer.links)
    steps = len(trace.order.steps)
    yield plain_text(_title(answer))
    yield Span(_beginning(trace, answer)).text
    for number, link in enumerate(answer.links, start=1):
        step = link.step
        yield ""
        position = f"step {step.id + 1} of {steps:,}"
        yield f"Link {number} of {total}, {position}: {spoken(headline(link))}"
        yield f"Note: {Span(_explanation(answer, link)).text}"
        yield f"Source: {plain_text(_source(trace, step))}"
    for ingredient in answer.also:
        yield f"Also: {plain_text(_ingredient(trace, ingredient))}"
    for step in answer.acts_in[:MOST_STEPS]:
        yield f"{_acts(answer)}: {spoken(_numbered(step))}"
    for closing in _closing(answer):
        yield Span(closing).text


# -- as data --------------------------------------------------------------------------------------


def form(answer: Why) -> JSON:
    """The answer as JSON."""
    return {
        "format": "densetrace-why",
        "version": 1,
        "target": answer.target.text,
        "value": None if answer.value is ABSENT else to_json(answer.value),
        "begins": answer.begins,
        "links": [_link_form(link, answer.keras) for link in answer.links],
        "also": [
            {
                "value": to_json(ingredient.value),
                "step": ingredient.step.id,
                "begins": ingredient.begins,
                "origin": ingredient.origin.step.id,
            }
            for ingredient in answer.also
        ],
        "acts_in": [step.id for step in answer.acts_in],
        "used": answer.used
        and {
            "fitting": [step.id for step in answer.used.fitting],
            "other": answer.used.other and answer.used.other.id,
            "value": None if answer.used.other is None else to_json(answer.used.value),
            "set_by": answer.used.set_by and answer.used.set_by.id,
        },
        "changes": [step.id for step in answer.changes],
        "others": list(answer.target.others),
        "later": answer.later
        and {
            "like": answer.later.like.id,
            "batch": answer.later.batch,
            "epoch": answer.later.epoch,
            "replayed": answer.later.is_replay,
        },
        "unread": None if answer.unread is None else answer.unread.id,
    }


def _link_form(link: Link, keras: int) -> JSON:
    step = link.step
    explanation = explain_step(step, keras)
    where = source_of(step)
    return {
        "step": step.id,
        "kind": step.kind,
        "point": step.point,
        "subject": step.subject,
        "text": plain_text(headline(link)),
        "what": explanation.what,
        "why": explanation.why,
        "keras": explanation.where,
        "source": where
        and {
            "file": where.file,
            "line": where.line,
            "function": where.function,
            "text": where.text,
        },
        "places": [
            {"slot": place.slot, "name": place.name, "path": list(place.path)}
            for place in link.places
        ],
    }
