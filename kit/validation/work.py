"""Looks at many files, in several processes when they are many enough to be worth it."""

from __future__ import annotations

import gc
import signal
import sys
import threading
from itertools import chain, islice
from typing import TYPE_CHECKING

from kit.validation.look import Look, look

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kit.validation.catalogue import Catalogue

    Text = tuple[str, bytes]

_WORTH_IT = 500  # files; fewer are done before other processes have begun
_CHUNK = 100
_catalogue: Catalogue


def looks(files: Iterable[Text], catalogue: Catalogue, *, jobs: int, cores: int) -> Iterator[tuple[str, Look]]:
    """Yields the look at each file, in no order; `jobs` is the number of processes, 0 for what fits their number."""
    rest = iter(files)
    first = list(islice(rest, _WORTH_IT)) if not jobs else []
    count = jobs or (cores if len(first) == _WORTH_IT else 1)
    if count == 1:
        for path, data in chain(first, rest):
            yield path, look(path, data, catalogue)
    else:
        yield from _spread(chain(first, rest), catalogue, count)


def _spread(files: Iterator[Text], catalogue: Catalogue, count: int) -> Iterator[tuple[str, Look]]:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    # A fork is ten times quicker to begin, and unsafe where threads run.
    forks = sys.platform == "linux" and threading.active_count() == 1
    context = multiprocessing.get_context("fork" if forks else "spawn")
    with ProcessPoolExecutor(count, context, _begin, (catalogue,)) as pool:
        running = []
        while chunk := list(islice(files, _CHUNK)):
            running.append(pool.submit(_look_at, chunk))
        for each in running:
            yield from each.result()


def _begin(catalogue: Catalogue) -> None:
    global _catalogue  # noqa: PLW0603 - what a process is given once, and not with every chunk
    _catalogue = catalogue
    gc.disable()  # looks hold no circles, and the process ends soon
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent stops the pool


def _look_at(files: list[Text]) -> list[tuple[str, Look]]:
    return [(path, look(path, data, _catalogue)) for path, data in files]
