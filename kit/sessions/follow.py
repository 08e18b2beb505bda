"""Goes on mirroring sessions while they grow: looks at files' sizes, and commits each at most once in an interval."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from kit.harnesses.harness import Source

#: Seconds after which new sessions are looked for.
LOOK_AGAIN = 30.0
#: What a database writes beside its file: new rows stand there first.
_BESIDE = ("", "-wal")


def follow(
    find: Callable[[], Sequence[Source]],
    mirror: Callable[[Sequence[Source], bool], Collection[Source]],
    *,
    wait: Callable[[float], bool],
    clock: Callable[[], float],
    interval: float,
    seconds: float | None = None,
) -> None:
    """Calls `mirror` with the sessions that have changed since it was last called, until `wait` says so or time is up.

    `mirror` returns those that it could not do, which are tried again. `wait` waits so many seconds and returns
    whether to end; `clock` counts seconds. The last call, which is told that it is, is for all: nothing that was
    written before the end is missing.
    """
    began = looked = clock()
    sources = find()
    seen: dict[tuple[str, str], object] = {}
    while True:
        changed = []
        for each in sources:
            state, key = _state(each), (each.harness, each.session)
            if seen.get(key) != state:
                seen[key] = state  # before it is read: what is written meanwhile is seen the next time
                changed.append(each)
        for each in mirror(changed, False) if changed else ():
            del seen[each.harness, each.session]
        left = interval if seconds is None else min(interval, began + seconds - clock())
        if left <= 0 or wait(left):
            break
        if clock() - looked >= LOOK_AGAIN:
            sources, looked = find(), clock()
    mirror(sources, True)


def _state(source: Source) -> object:
    found: list[object] = []
    for ending in _BESIDE:
        try:
            facts = os.stat(f"{source.path}{ending}")  # noqa: PTH116 - the name is put together, and it is called often
        except OSError:
            found.append(None)
        else:
            found.append((facts.st_ino, facts.st_size, facts.st_mtime_ns))
    return tuple(found)
