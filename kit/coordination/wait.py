"""Waits until tasks are done: one cheap look at the refs with growing pauses, a fetch only when one has moved."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from kit.coordination import task
from kit.coordination.task import ARCHIVE, Task
from kit.errors import Blocked, RemoteFailed, TimedOut

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kit.store.store import Store

FIRST_PAUSE, LONGEST_PAUSE = 0.3, 10.0


def wait(store: Store, names: Sequence[str], *, seconds: float, tell: Callable[[list[Task]], None]) -> list[Task]:
    """Returns the tasks when all are done; `tell` is given those still open whenever that changes.

    Raises Blocked as soon as one is blocked and nobody is at work on it, TimedOut after `seconds`. A remote that
    fails in between is asked again.
    """
    refs = [task.ref_of(name) for name in dict.fromkeys(names)]
    end = time.monotonic() + seconds
    pause = FIRST_PAUSE
    seen: dict[str, str] | None = None
    told: list[tuple[str, str]] = []
    found: list[Task] = []
    while True:
        try:
            now = _look(store, refs)
            if now != seen:
                store.fetch(*refs, ARCHIVE)
                seen, pause = now, FIRST_PAUSE
            found = [task.read(store, ref.removeprefix("tasks/")) for ref in refs]
        except (RemoteFailed, TimedOut):
            if seen is None or time.monotonic() >= end:
                raise
        left = [each for each in found if not each.is_done]
        if found and not left:
            return found
        _refuse_blocked(left)
        if told != (states := [(each.id, doing(each)) for each in left]):
            told = states
            tell(left)
        if time.monotonic() >= end:
            raise TimedOut(
                f"after {seconds:g} s still waiting for {', '.join(f'{each.id} ({doing(each)})' for each in left)}",
                hint="wait longer with --timeout, or look: kit tasks",
                tasks=[each.id for each in left],
            )
        time.sleep(max(0.0, min(pause, end - time.monotonic())))
        pause = min(pause * 1.6, LONGEST_PAUSE)


def doing(each: Task) -> str:
    """Returns what goes on with a task: who holds it, else the state it was left in."""
    return f"held by {each.claim.holder.agent}" if each.claim and _is_held(each) else each.state


def _look(store: Store, refs: Sequence[str]) -> dict[str, str]:
    if store.remote:
        return store.remote.look([*refs, ARCHIVE])
    return {ref: store.tip(ref) for ref in refs}


def _is_held(each: Task) -> bool:
    return each.claim is not None and not each.claim.is_released


def _refuse_blocked(left: Sequence[Task]) -> None:
    for each in left:
        if each.state == "blocked" and each.status and not _is_held(each):
            note = f": {each.status['note']}" if each.status.get("note") else ""
            raise Blocked(
                f"task {each.id!r} is blocked by {each.status.get('agent')}{note}",
                hint=f"kit task show {each.id}; kit claim {each.id} to unblock it",
                code="task_blocked",
                task=each.id,
            )
