"""The results of many generated cases, compared with a real Keras, and their sums by what the cases
cover."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from densetrace.data.json_writer import to_json
from densetrace.data.trace import Trace, generation_of
from densetrace.data.values import JSON, Value, text
from densetrace.study.apart import told_apart
from densetrace.study.generated.draw import Case
from densetrace.study.verify import Comparison, Difference, StepPair

GROUPS: Final = ("kind", "layer", "optimizer", "loss", "metric")
"""The groups by which results are summed."""

MOST_DIFFERENCES: Final = 12
"""How many differences of a case are stored as text."""


@dataclass(frozen=True, slots=True)
class Result:
    """One case, compared: its steps, or with Keras 3 its results, are counted.

    `departures` has each stated departure and the number of steps that it explains. `differing` has
    the differences without one, in sentences. `error` is the type of the exception that both raise.
    """

    number: int
    kind: str
    covers: tuple[tuple[str, str], ...]
    steps: int
    agreeing: int
    departures: tuple[tuple[str, int], ...]
    differing: tuple[str, ...]
    error: str = ""
    same_message: bool = False
    is_sensitive: bool = False
    """Whether only rounding errors explain how far the numbers differ."""
    one_raises: bool = False
    """Whether only one of the two raises an exception, for a stated reason."""

    @property
    def agrees(self) -> bool:
        """Whether everything agrees, apart from stated departures."""
        return not self.differing


def result_of(
    case: Case,
    found: Comparison,
    numbers: tuple[str, ...],
    messages: tuple[str, str],
    *,
    is_sensitive: bool = False,
    explained: str = "",
) -> Result:
    """Sum up a case.

    Args:
        case: what was run.
        found: the comparison of its traces.
        numbers: sentences about results that differ.
        messages: the texts of the exceptions that ended both runs.
        is_sensitive: whether rounding explains how far the numbers differ.
        explained: the stated departure that ended one of the runs, and explains what differs.
    """
    departures = Counter(sentence for pair in found.departing for sentence in pair.departures)
    if explained:
        departures[explained] += len(found.differing)
    return Result(
        case.number,
        case.kind,
        case.covers,
        len(found.steps),
        found.agreeing,
        tuple(departures.items()),
        () if explained else tuple(_problems(found, numbers))[:MOST_DIFFERENCES],
        found.errors[0] if found.errors[0] == found.errors[1] else "",
        messages[0] == messages[1],
        is_sensitive,
    )


def result_with_keras_3(
    case: Case,
    found: Comparison,
    compared: int,
    numbers: tuple[str, ...],
    stated: tuple[str, ...],
    *,
    is_sensitive: bool = False,
    other_end: str = "",
) -> Result:
    """Sum up a case that ran on Keras 3, whose results were compared, not its steps.

    Args:
        case: what was run.
        found: both traces; no steps were compared.
        compared: how many results were.
        numbers: sentences about results that differ.
        stated: the sentence of each difference that Keras 3 makes on purpose.
        is_sensitive: whether rounding explains how far the numbers differ.
        other_end: how the two ended, if only one raises an exception for no stated reason.
    """
    ours, theirs = found.errors
    one_raises = bool(ours) != bool(theirs)
    departures = Counter(stated)
    return Result(
        case.number,
        case.kind,
        case.covers,
        compared,
        max(0, compared - len(numbers) - len(stated)),
        tuple(departures.items()),
        ((other_end, *numbers) if other_end else numbers)[:MOST_DIFFERENCES],
        ours if ours and theirs else "",
        is_sensitive=is_sensitive,
        one_raises=one_raises,
    )


def _problems(found: Comparison, numbers: tuple[str, ...]) -> Iterator[str]:
    ours, theirs = found.errors
    if ours != theirs:
        yield f"ours raises {ours or 'nothing'}, theirs {theirs or 'nothing'}"
    for trace in (found.ours, found.theirs):
        if "recording_stopped" in trace.outcome:
            yield f"recording stopped: {_stopped(trace)}"
    yield from numbers
    yield from (sentence for pair in found.differing for sentence in _of_pair(pair))


def _stopped(trace: Trace) -> str:
    return text(trace.outcome["recording_stopped"])


def _of_pair(pair: StepPair) -> Iterator[str]:
    where = f"{pair.either.point} of {pair.either.subject or 'no object'}"
    if pair.ours is None or pair.theirs is None:
        yield f"{where}: only {'theirs' if pair.ours is None else 'ours'} has this step"
    for one in pair.differences:
        if not one.departure:
            yield f"{where}: {_of_field(one)}"


def _of_field(one: Difference) -> str:
    ours, theirs = told_apart(one.ours, one.theirs)
    return f"{one.field} {ours} beside {theirs}"


@dataclass(frozen=True, slots=True)
class Row:
    """The sums of all cases that cover one thing, such as the layer `Dense`."""

    name: str
    cases: int
    agreeing_cases: int
    raising: int
    """How many of them end with an exception, the same in both."""
    steps: int
    agreeing: int
    departing: int


@dataclass(frozen=True)
class Report:
    """The results of all cases of a seed."""

    seed: int
    engine: dict[str, Value]
    results: tuple[Result, ...]

    @property
    def counts(self) -> str:
        """What is counted: `steps`, or with Keras 3 `results`."""
        name, version = (str(self.engine.get(key, "")) for key in ("name", "version"))
        return "results" if generation_of(name, version) == 3 else "steps"

    @property
    def agrees(self) -> bool:
        """Whether all cases agree."""
        return all(one.agrees for one in self.results)

    @cached_property
    def differing(self) -> tuple[Result, ...]:
        """The cases that differ without a stated departure."""
        return tuple(one for one in self.results if not one.agrees)

    @cached_property
    def total(self) -> Row:
        """The sums of all cases."""
        return _row("all", self.results)

    def rows(self, group: str) -> tuple[Row, ...]:
        """The sums by the kinds of cases, or by the names that they cover in a group."""
        members: dict[str, list[Result]] = {}
        for one in self.results:
            names = [one.kind] if group == GROUPS[0] else [
                name for of, name in one.covers if of == group
            ]  # fmt: skip
            for name in names:
                members.setdefault(name, []).append(one)
        return tuple(_row(name, members[name]) for name in sorted(members, key=str.lower))

    @cached_property
    def departures(self) -> tuple[tuple[str, int], ...]:
        """Each stated departure that was met, and the number of steps that it explains."""
        found: Counter[str] = Counter()
        for one in self.results:
            found.update(dict(one.departures))
        return tuple(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))

    @property
    def sensitive(self) -> int:
        """How many cases agree only within what rounding errors grow to."""
        return sum(1 for one in self.results if one.is_sensitive and one.agrees)

    @property
    def one_raises(self) -> int:
        """In how many cases only one of the two raises an exception, for a stated reason."""
        return sum(1 for one in self.results if one.one_raises and one.agrees)

    @cached_property
    def same_messages(self) -> tuple[int, int]:
        """How many cases end with an exception of one type, and how many of these with one text."""
        raising = [one for one in self.results if one.error]
        return len(raising), sum(1 for one in raising if one.same_message)


def _row(name: str, results: Iterable[Result]) -> Row:
    members = list(results)
    steps, agreeing = (sum(numbers) for numbers in (
        (one.steps for one in members), (one.agreeing for one in members)))  # fmt: skip
    departing = sum(count for one in members for _, count in one.departures)
    return Row(
        name,
        len(members),
        sum(1 for one in members if one.agrees),
        sum(1 for one in members if one.error),
        steps,
        agreeing,
        departing,
    )


def form(report: Report) -> JSON:
    """The report as JSON: its sums, its departures, and each case that differs."""
    raising, same = report.same_messages
    errors: dict[str, JSON] = {"raising": raising}
    if report.counts == "results":
        errors["one_raises"] = report.one_raises
    else:
        errors["same_message"] = same
    return {
        "format": "densetrace-proof",
        "version": 1,
        "engine": {name: to_json(value) for name, value in report.engine.items()},
        "seed": report.seed,
        "agrees": report.agrees,
        "total": _row_form(report.total, report.counts),
        "sensitive": report.sensitive,
        "errors": errors,
        **{group: [_row_form(row, report.counts) for row in report.rows(group)]
           for group in GROUPS},
        "departures": [
            {"departure": sentence, report.counts: count} for sentence, count in report.departures
        ],
        "differing": [
            {"case": one.number, "kind": one.kind, "differences": list(one.differing)}
            for one in report.differing
        ],
    }  # fmt: skip


def _row_form(row: Row, counts: str) -> JSON:
    return {
        "name": row.name,
        "cases": row.cases,
        "cases_agree": row.agreeing_cases,
        "raise": row.raising,
        counts: row.steps,
        f"{counts}_agree": row.agreeing,
        f"{counts}_depart_as_stated": row.departing,
    }
