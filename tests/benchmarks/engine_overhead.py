"""What the hooks cost on an installed Keras. Run it by hand; nothing is asserted:

python tests/benchmarks/engine_overhead.py [tf_keras|keras]

Each line is the fastest of many runs: on a busy machine the others tell of the machine.
"""

import platform
import sys
from collections.abc import Callable
from time import perf_counter

import numpy as np

import densetrace
from densetrace.engines import installed_keras, load

RUNS = 300


def microseconds(action: Callable[[], object], runs: int = RUNS) -> float:
    """The shortest time of an action."""
    times = []
    for _ in range(runs):
        start = perf_counter()
        action()
        times.append(perf_counter() - start)
    return min(times) * 1e6


def main() -> None:
    engine = load(sys.argv[1]) if sys.argv[1:] else installed_keras()
    dense = engine.keras.layers.Dense
    x = np.ones((2, 3), "float32")
    layer = dense(64, activation="relu")
    layer(x)

    def construct() -> None:
        dense(64, activation="relu")

    def call() -> None:
        layer(x)

    def traced(action: Callable[[], None]) -> Callable[[], None]:
        def action_within() -> None:
            with densetrace.trace():
                action()

        return action_within

    def hook() -> None:
        with engine.hooked():
            pass

    title = f"{engine.title}, TensorFlow {engine.library}, Python {platform.python_version()}"
    print(f"{title}, {platform.machine()}")
    print(f"hooking and unhooking      {microseconds(hook, 20) / 1e3:8.1f} ms")
    rows = {"construct": construct, "call": call}
    for name, action in rows.items():
        print(f"{name:10} without hooks   {microseconds(action):8.0f} us")
    with engine.hooked():
        for name, action in rows.items():
            print(f"{name:10} hooked, idle    {microseconds(action):8.0f} us")
        for name, action in rows.items():
            print(f"{name:10} traced          {microseconds(traced(action)):8.0f} us")


if __name__ == "__main__":
    main()
