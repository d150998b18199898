"""How fast densetrace is, measured: `python -m tests.benchmarks --help`.

Every module that `topics.TOPICS` names has a first line that says what it measures, `FIGURES`, the
figures it can give, and `measure(rounds)`, which measures them and yields a row for each.
"""
