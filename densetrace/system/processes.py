"""Work that is shared by several processes."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

from densetrace.system.errors import RequestError

Work = TypeVar("Work")
Done = TypeVar("Done")

PATIENCE: Final = 600
"""Seconds to wait for the next piece. A process that ended early never returns its piece."""

PIECES: Final = 60
"""A process is replaced after this many pieces, which frees its memory."""


def in_processes(work: Callable[[Work], Done], pieces: Sequence[Work], jobs: int) -> Iterator[Done]:
    """Yield the result of each piece of work, in order.

    The processes end with this one, however it ends.

    Raises:
        RequestError: when a process ends before its piece is done.
    """
    # A fresh interpreter each: a fork of one that has run TensorFlow may stop forever.
    context = multiprocessing.get_context("spawn")
    with context.Pool(jobs, maxtasksperchild=PIECES) as pool:
        results = pool.imap(work, pieces)
        for index in range(len(pieces)):
            try:
                yield results.next(timeout=PATIENCE)
            except multiprocessing.TimeoutError as error:
                raise RequestError(
                    f"Piece {index + 1} of {len(pieces)} had no result after {PATIENCE} seconds: "
                    "its process ended or is stuck.",
                    "Leave out --jobs to see where.",
                ) from error
