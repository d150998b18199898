"""Record the traces in tests/data/verify from the installed tf_keras.

Run `python -m tests.study.record_real` where tf_keras is installed.
"""

from dataclasses import replace
from pathlib import Path
from typing import Final

from densetrace import api
from densetrace.data.steps import Step

FOLDER: Final = Path(__file__).parents[1] / "data" / "verify"
EXPRESSIONS: Final = {
    "dense": "Dense(1, activation='relu', use_bias=False)",
    "log_softmax": "Dense(1, activation='log_softmax', use_bias=False)",
    "input_layer": "InputLayer((3,))",
    "refused": "Dense('many')",
}


def main() -> None:
    """Write each trace to its file, without the texts of Keras's source lines."""
    for name, expression in EXPRESSIONS.items():
        trace = api.explain(expression, engine="tf_keras")
        trace.steps = _without_lines(trace.steps)
        trace.save(FOLDER / f"{name}.json")


def _without_lines(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    return tuple(
        replace(
            step,
            where=step.where and replace(step.where, text=""),
            children=_without_lines(step.children),
        )
        for step in steps
    )


if __name__ == "__main__":
    main()
