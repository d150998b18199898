"""Makes docs/fidelity.md from the results of generated cases in tests/data/fidelity.

Each file there is what `densetrace verify --generate N --seed S --all --format json` wrote; its
field `made`, if it has one, says on which commits the cases ran. Run
`python -m tests.docs.fidelity_page` to write the page anew; a test compares it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from densetrace.study.proof import GROUPS
from tests.docs import departures
from tests.docs.made import DOCS, told, write

PAGE = DOCS / "fidelity.md"
ROOM = departures.MIRROR.parent
RESULTS = Path(__file__).parents[1] / "data" / "fidelity"

INTRODUCTION = """\
# How accurate is it?

densetrace claims that what it shows is what Keras does. This page has the evidence: thousands of
generated scripts, each run on densetrace and on a real Keras, and compared step by step and
number by number. You can repeat it on your machine:

    pip install "densetrace[keras]"
    densetrace verify --generate 1000 --seed 1 --all

## What a case is

A seed and a number decide a case: `--seed 1 --case 17` is the same script everywhere. The command
`densetrace verify --seed 1 --case 17` prints it, ready to be saved and run, and compares it.
There are five kinds:

- **layer**: one layer with generated arguments (initializers, regularizers, constraints,
  activations, dtypes, dtype policies) on an input of a generated rank, shape and dtype. One in
  sixteen has an argument that Keras may refuse;
- **sequential model** and **functional model**: built by an input shape, by `build` or by their
  first call; with branches, merges, shared layers, inner models and TensorFlow functions on
  symbolic tensors;
- **own layer**: a subclass of `Layer` with weights, losses, inner layers and a config;
- **training**: an optimizer with its options and schedules, a loss, metrics, class and sample
  weights, validation data, callbacks, eager and graph mode, a custom `train_step`.

## What is compared

All steps that `densetrace verify` compares ([its list](verify.md#what-is-compared)), and the
results of the script: configs, names, shapes and dtypes of weights, outputs, gradients, added
losses; after training, the history, weights, optimizer variables and evaluation. Both stacks
start from the same weights, which the script sets. Numbers agree within 1e-5 (relative to the
largest number of their array if that exceeds 1), and within 8e-3 in cases that name half
precision. Training runs with Ftrl agree within 1e-4: it divides the difference of two roots by the
learning rate, which makes the rounding error of the roots 1,000 times as large. If both raise, the
types of the exceptions are compared.

A case agrees if each of its steps and results is equal, or departs as [stated](departures.md).
Numbers are equal if they agree within these tolerances. The README's 1e-6 belongs to another test:
recordings of Keras 2.14, which the tests of the project compare at each run.

Training may turn the last bit of a weight into a visible difference, since each update starts
from the rounding errors of the one before; so may the normalization of numbers that are nearly
equal. So if numbers differ by more, the script runs again on densetrace, with weights and inputs
moved by their rounding error. Numbers agree if they differ by no more than 20 times what this
moves them; such runs are counted below.

Random numbers cannot be compared: densetrace draws NumPy's, TensorFlow its own. So layers that
draw are compared with `training=False`; with `training=True`, only the shapes of their outputs.
Training cases contain no such layers. Windows that do not fit into their input are left out: there
TensorFlow's kernels return nonsense, or crash. Sparse and ragged tensors, devices and files have
no cases.
"""

KERAS_3 = """\
Keras 3 runs different steps, so `--engine keras` compares only the results of scripts, on its
TensorFlow backend: configs, names, shapes and dtypes of weights, outputs, losses and gradients
from the same weights, logs and weights after trainings, and whether a script raises. What is known
to be different in Keras 3, on purpose or by a fault of its own, has a rule in
`densetrace/running/keras3_differences.py`, which checks both values: a name, the value of a key,
the same numbers in another dtype. Where Keras 3 has another formula or default, such as that of
`hard_sigmoid`, densetrace runs the script again with it, and the numbers must agree then. Any
other difference counts. A case agrees if each of its results is equal or explained by a rule. If
only one of the two raises, the results up to there are compared; if both raise, Keras 3 may raise
another type, but not beside an exception that shows a fault or a gap of densetrace, such as an
`AssertionError`.
"""

HEAD = """\
| {name} | cases | agree | of these, both raise | {counts} | equal | depart as stated |
|---|---:|---:|---:|---:|---:|---:|"""

LAST = """\
## What this found

Each difference that the cases found is fixed, or stated: the sentences above are those of
[Where densetrace departs](departures.md), or name what Keras itself changed between its versions.
Changes between versions excuse nothing in a comparison with Keras 2.14.

Among the fixed differences are the defaults that densetrace's own hooks added to the arguments of
TensorFlow's functions, which changed the configs of a real Keras while it was traced; name scopes
of losses, which decide the names of optimizer variables; moving statistics inside a `tf.function`;
sizes and options given as bools; and how policies and dtypes are read from configs.

If only one of the two ends with an exception, the case differs, unless a stated departure is the
reason. In case 6681, TensorFlow merges the operation that normalizes with a multiplication after
it, and fails; densetrace computes the result.
"""


def page() -> str:
    """The page as it should be."""
    reports = [json.loads(path.read_text("utf-8")) for path in sorted(RESULTS.glob("*.json"))]
    reports.sort(key=_of_keras_3)
    parts = [
        INTRODUCTION,
        told("tests.docs.fidelity_page", "recorded results"),
        *map(_summary, reports),
    ]
    return "\n".join((*parts, LAST))


def _of_keras_3(report: dict[str, Any]) -> bool:
    """Whether results were compared, not steps."""
    return "results" in report["total"]


def _summary(report: dict[str, Any]) -> str:
    return "\n".join((_lines_of_keras_3 if _of_keras_3(report) else _lines)(report))


def _lines_of_keras_3(report: dict[str, Any]) -> Iterator[str]:
    engine, total, errors = report["engine"], report["total"], report["errors"]
    name = f"Keras {engine['version']}"
    yield f"## Against {name}\n"
    yield (
        f"    densetrace verify --generate {total['cases']} --seed {report['seed']} "
        "--engine keras --all\n"
    )
    yield KERAS_3
    yield (
        f"With {name} on TensorFlow {engine['tensorflow']}, {total['cases_agree']:,} of "
        f"{total['cases']:,} cases agree: {total['results_agree']:,} of {total['results']:,} "
        f"results are equal, and {total['results_depart_as_stated']:,} depart as stated. "
        f"{errors['raising']:,} cases end with an exception in both; in {errors['one_raises']:,}, "
        "only one of the two raises, as stated."
    )
    yield from _differing(report)
    yield "\n" + HEAD.format(name="kind", counts="results")
    yield from (_row(row, "results") for row in report["kind"])
    yield "\n| what is different in Keras 3 | results |\n|---|---:|"
    yield from (f"| {one['departure']} | {one['results']:,} |" for one in report["departures"])
    yield ""


def _differing(report: dict[str, Any]) -> Iterator[str]:
    if report["differing"]:
        yield "\nThese cases differ:\n"
    for one in report["differing"]:
        yield f"- {one['case']} ({one['kind']}): {'; '.join(one['differences'][:2])}"


def _lines(report: dict[str, Any]) -> Iterator[str]:
    engine, total = report["engine"], report["total"]
    name = f"{engine['name']} {engine['version']}"
    tensorflow = f" on TensorFlow {engine['tensorflow']}" if "tensorflow" in engine else ""
    yield f"## Against {name}\n"
    yield f"    densetrace verify --generate {total['cases']} --seed {report['seed']} --all\n"
    yield (
        f"With {name}{tensorflow}, {total['cases_agree']:,} of {total['cases']:,} cases agree: "
        f"{total['steps_agree']:,} of {total['steps']:,} steps are equal, and "
        f"{total['steps_depart_as_stated']:,} depart as stated. "
        f"{report['errors']['raising']:,} cases end with an exception, of the same type in both."
    )
    if "made" in report:
        yield f"\n{report['made']}\n"
    if report["sensitive"]:
        yield (
            f"In {report['sensitive']:,} cases the numbers differ by more than the tolerance, but "
            "by no more than rounding errors grow to."
        )
    yield from _differing(report)
    for group in GROUPS:
        if report[group]:
            yield "\n" + HEAD.format(name=group, counts="steps")
            yield from (_row(row, "steps") for row in report[group])
    yield "\n| stated departure | `# DEPARTS:` line in | steps |\n|---|---|---:|"
    homes = _homes()
    for one in report["departures"]:
        home = homes.get(one["departure"], "(a change between versions of Keras)")
        yield f"| {one['departure']} | {home} | {one['steps']:,} |"
    yield ""


def _homes() -> dict[str, str]:
    """The sentence of each `# DEPARTS:` comment, and the file that it is in."""
    return {
        departures.sentence(text): f"`densetrace/{path.relative_to(ROOM).as_posix()}`"
        for home in (departures.MIRROR, departures.TENSORFLOW)
        for path in sorted(home.rglob("*.py"))
        for text in departures.departures(path.read_text(encoding="utf-8"))
    }


def _row(row: dict[str, Any], counts: str) -> str:
    numbers = (
        row["cases"], row["cases_agree"], row["raise"], row[counts], row[f"{counts}_agree"],
        row[f"{counts}_depart_as_stated"],
    )  # fmt: skip
    return f"| `{row['name']}` | " + " | ".join(f"{number:,}" for number in numbers) + " |"


if __name__ == "__main__":
    write(PAGE, page)
