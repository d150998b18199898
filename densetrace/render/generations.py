"""What changed between Keras 2 and Keras 3, as numbered sentences: a screen, flat text, or JSON."""

from collections.abc import Iterator

from densetrace.data.trace import Trace
from densetrace.data.values import JSON
from densetrace.kinds.spans import Span
from densetrace.render.layout import NOTE_WIDTH, Styled, block
from densetrace.render.phases import source_text
from densetrace.render.theme import UNICODE, Signs
from densetrace.study.generations import Generations


def lines(found: Generations, width: int, signs: Signs = UNICODE) -> Iterator[Styled]:
    """The sentences, at most `width` cells wide."""
    width = min(width, NOTE_WIDTH)
    yield from block((Span(title(found), "heading"),), width, signs)
    yield []
    for number, sentence in enumerate(found.sentences, start=1):
        lead = f"{number:>2}  "
        spans = (Span(sentence.text),)
        yield from block(spans, width, signs, first=lead, rest=" " * len(lead))


def plain(found: Generations) -> Iterator[str]:
    """The sentences for a screen reader."""
    yield title(found)
    for number, sentence in enumerate(found.sentences, start=1):
        yield Span(f"{number}. {sentence.text}").text


def form(found: Generations) -> JSON:
    """The sentences as JSON, with the numbers of the steps that show each."""
    return {
        "older": _engine(found.older),
        "newer": _engine(found.newer),
        "sentences": [
            {
                "topic": sentence.topic,
                "text": sentence.text,
                "older": [step.id for step in sentence.before],
                "newer": [step.id for step in sentence.after],
            }
            for sentence in found.sentences
        ],
    }


def title(found: Generations) -> str:
    """Such as `Dense(4): from tf_keras 2.21.0 to keras 3.15.1`."""
    text = source_text(found.newer) or "a run"
    return f"{text}: from {_engine(found.older)} to {_engine(found.newer)}"


def _engine(trace: Trace) -> str:
    return f"{trace.engine.get('name')} {trace.engine.get('version')}"
