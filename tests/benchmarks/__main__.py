"""Runs the benchmarks, each topic in a process of its own, and writes the tables that docs show."""

import argparse
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

from tests.benchmarks.page import PAGE, machine, table, with_table
from tests.benchmarks.topics import TOPICS, load, measured_aloud

ROUNDS, QUICK_ROUNDS = 25, 3


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Measure how fast densetrace is. Alternatives are timed in turn; a figure is "
        "the median of all rounds, with the least and the greatest. Nothing is asserted.",
        epilog="Peers: pip install -e '.[bench]'. A real Keras: pip install -e '.[keras]'. "
        "What is not installed is left out, and said.",
    )
    named = f"measure this topic (may be given again): {', '.join(TOPICS)}"
    parser.add_argument("--only", metavar="TOPIC", action="append", choices=TOPICS, help=named)
    parser.add_argument("--list", action="store_true", help="show what can be measured, and end")
    parser.add_argument("--quick", action="store_true", help="few rounds: rough, but soon")
    parser.add_argument(
        "--write", action="store_true", help=f"put the tables into docs/{PAGE.name}"
    )
    chosen = parser.parse_args()
    if chosen.quick and chosen.write:
        parser.error("--quick is too rough to be written down")
    topics = chosen.only or TOPICS
    if chosen.list:
        for name in topics:
            show_figures(name)
        return
    for name in topics:
        run(name, QUICK_ROUNDS if chosen.quick else ROUNDS, chosen.write)


def show_figures(name: str) -> None:
    """Print what a topic can measure."""
    topic = load(name)
    print(f"\n{name}: {topic.title}")
    for figure in topic.figures:
        needs = f"  (needs {', '.join(figure.needs)})" if figure.needs else ""
        print(f"  {figure.what}: {figure.target or figure.unit}{needs}")


def run(name: str, rounds: int, write: bool) -> None:
    """Measure a topic, say what was left out, and write its table if that is wished."""
    topic = load(name)
    print(f"\n{name}: {topic.title}", flush=True)
    # A process of its own: what one topic loads and leaves behind must not slow the next.
    alone = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
    with alone:
        rows = alone.submit(measured_aloud, name, rounds).result()
    for figure in topic.figures:
        if figure.missing:
            print(f"  left out, without {' and '.join(figure.missing)}: {figure.what}")
    if write and rows:
        page = PAGE.read_text(encoding="utf-8")
        told = table(topic.figures, rows, machine())
        PAGE.write_text(with_table(page, name, told), encoding="utf-8")


if __name__ == "__main__":
    main()
