"""The report on generated cases as lines: a table for each group, then the verdict and the cases
that differ.

`lines` draws it for a terminal, `plain` writes it flat for a screen reader; its JSON is
`densetrace.study.proof.form`.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from densetrace.data.values import JSON, counted, text
from densetrace.kinds.spans import Span
from densetrace.render import verify as comparison
from densetrace.render.layout import NOTE_WIDTH, Styled, block, fit
from densetrace.render.theme import UNICODE, Signs
from densetrace.study.generated.cases import standalone
from densetrace.study.generated.draw import Case
from densetrace.study.proof import GROUPS, Report, Result, Row
from densetrace.study.proof import form as proof_form
from densetrace.study.verify import Comparison

MOST_CASES: Final = 20
"""How many cases that differ are listed."""

COMMENT: Final = "# "
"""The prefix of the comparison below the script of a case."""

_HEADS: Final = ("cases", "agree", "{counts}", "agree", "stated")
_COLUMN: Final = 9
_NAME: Final = 30


def title(report: Report) -> str:
    """`tf_keras 2.21.0`."""
    return " ".join(text_of(report, name) for name in ("name", "version"))


def text_of(report: Report, name: str) -> str:
    value = report.engine.get(name, "")
    return value if isinstance(value, str) else text(value)


def verdict(report: Report) -> str:
    """`1,000 of 1,000 cases agree with tf_keras 2.21.0: 52,000 of 52,100 steps, ...`"""
    total = report.total
    stated = f", {total.departing:,} depart as stated" if total.departing else ""
    verdict = (
        f"{total.agreeing_cases:,} of {counted(total.cases, 'case')} "
        f"{'agrees' if total.cases == 1 else 'agree'} with {title(report)}: "
        f"{total.agreeing:,} of {total.steps:,} {report.counts}{stated}."
    )
    if not report.one_raises:
        return verdict
    counts = "counts" if report.one_raises == 1 else "count"
    return (
        f"{verdict} {report.one_raises:,} of them {counts} as agreeing although only one of the "
        "two raises an exception: the reason is a stated difference."
    )


def lines(
    report: Report, width: int, signs: Signs = UNICODE, everything: bool = False
) -> Iterator[Styled]:
    """The table by kinds of cases, with `everything` also by what they cover; then the verdict."""
    for group in GROUPS if everything else GROUPS[:1]:
        rows = report.rows(group)
        if rows:
            yield from _table(group, report.counts, rows, width, signs)
            yield []
    room = min(width, NOTE_WIDTH)
    yield from _summary(report, room, signs)
    for one in report.differing[:MOST_CASES]:
        yield []
        yield from block((Span(f"case {one.number} ({one.kind})", "error"),), room, signs)
        for problem in one.differing:
            yield from block((Span(problem),), width, signs, first="  ", rest="    ")
    if report.differing:
        yield []
        yield from block((Span(_how_to_look(report), "aside"),), room, signs)


def _summary(report: Report, room: int, signs: Signs) -> Iterator[Styled]:
    """The verdict, and each stated departure."""
    yield from block((Span(verdict(report), "heading"),), room, signs)
    for sentence, count in report.departures:
        yield from block((Span(_stated(sentence, count), "note"),), room, signs, rest="  ")


def _stated(sentence: str, count: int) -> str:
    return f"stated, {counted(count, 'time')}: {sentence}"


def _table(
    group: str, counts: str, rows: Sequence[Row], width: int, signs: Signs
) -> Iterator[Styled]:
    if width < _NAME + _COLUMN * len(_HEADS):
        for row in rows:
            yield from block((Span(_sentence(group, counts, row)),), width, signs, rest="  ")
        return
    heads = "".join(f"{head.format(counts=counts):>{_COLUMN}}" for head in _HEADS)
    yield [(f"{group:{_NAME}}{heads}", "heading")]
    for row in rows:
        numbers = (row.cases, row.agreeing_cases, row.steps, row.agreeing, row.departing)
        figures = "".join(f"{number:>{_COLUMN},}" for number in numbers)
        role = "aside" if row.agreeing_cases == row.cases else "error"
        yield [(f"{Span(row.name).text[: _NAME - 1]:{_NAME}}", "value"), (figures, role)]


def _sentence(group: str, counts: str, row: Row) -> str:
    return (
        f"{group} {row.name}: {row.agreeing_cases:,} of {row.cases:,} cases agree, "
        f"{row.agreeing:,} of {row.steps:,} {counts}, {row.departing:,} depart as stated."
    )


def _how_to_look(report: Report) -> str:
    number = report.differing[0].number
    engine = " --engine keras" if report.counts == "results" else ""
    return f"densetrace verify --seed {report.seed} --case {number}{engine} shows the first."


def plain(report: Report, everything: bool = False) -> Iterator[str]:
    """The report as flat, labelled lines."""
    for group in GROUPS if everything else GROUPS[:1]:
        yield from (_sentence(group, report.counts, row) for row in report.rows(group))
    yield from _plain_summary(report)
    for one in report.differing[:MOST_CASES]:
        yield f"Case {one.number} ({one.kind}) differs:"
        yield from (Span(problem).text for problem in one.differing)
    if report.differing:
        yield _how_to_look(report)


def _plain_summary(report: Report) -> Iterator[str]:
    yield verdict(report)
    for sentence, count in report.departures:
        yield "S" + Span(_stated(sentence, count)).text[1:]


# -- one case --------------------------------------------------------------------------------------


def case_lines(
    case: Case,
    found: Comparison,
    result: Result,
    width: int,
    signs: Signs = UNICODE,
    everything: bool = False,
) -> Iterator[Styled]:
    """The script of a case, then its comparison as comments, so that the whole can be saved and
    run. Lines of code are never wrapped."""
    for code in standalone(case).splitlines():
        yield fit((Span(code),), signs) if code else []
    yield []
    for line in _case_result(case, found, result, width - len(COMMENT), signs, everything):
        yield [(COMMENT, "aside"), *line]


def _case_result(
    case: Case,
    found: Comparison,
    result: Result,
    width: int,
    signs: Signs,
    everything: bool,
) -> Iterator[Styled]:
    """The comparison of a case, without its script."""
    if (alone := _of_results(case, found, result)) is not None:
        yield from _summary(alone, min(width, NOTE_WIDTH), signs)
    else:
        yield from comparison.lines(found, width, signs, everything)
    if result.differing:
        yield []
    for problem in result.differing:
        yield from block((Span(problem, "error"),), width, signs, rest="  ")


def plain_case(
    case: Case, found: Comparison, result: Result, everything: bool = False
) -> Iterator[str]:
    """The script of a case, then its comparison as comments, as flat lines."""
    yield from standalone(case).splitlines()
    yield ""
    for line in _plain_case_result(case, found, result, everything):
        yield f"{COMMENT}{line}".rstrip()


def _plain_case_result(
    case: Case, found: Comparison, result: Result, everything: bool
) -> Iterator[str]:
    """The same as flat lines."""
    if (alone := _of_results(case, found, result)) is not None:
        yield from _plain_summary(alone)
    else:
        yield from comparison.plain(found, everything)
    yield from (f"Differs: {Span(problem).text}" for problem in result.differing)


def case_form(case: Case, found: Comparison, result: Result, everything: bool = False) -> JSON:
    """The script of a case and its comparison as JSON."""
    alone = _of_results(case, found, result)
    compared = comparison.form(found, everything) if alone is None else proof_form(alone)
    assert isinstance(compared, dict)
    return {
        **compared,
        "seed": case.seed,
        "case": case.number,
        "kind": case.kind,
        "script": standalone(case),
        "agrees": result.agrees,
        "problems": list(result.differing),
    }


def _of_results(case: Case, found: Comparison, result: Result) -> Report | None:
    """The report on this case alone, if its results were compared, not its steps."""
    report = Report(case.seed, found.theirs.engine, (result,))
    return report if report.counts == "results" else None
