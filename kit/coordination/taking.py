"""How a claim is asked for: its wish within the project's limits, the next ready task, and waiting for a held one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from kit.coordination import paths as path_reservations
from kit.coordination import tasks
from kit.coordination.claim import Wish, claim
from kit.errors import Blocked, InvalidInput, Taken, TimedOut, UsageError
from kit.records import times

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kit.coordination.holder import Holder
    from kit.coordination.lease import Claim
    from kit.store.repository import Repository
    from kit.store.store import Store

LONGEST_PAUSE = 10.0


def wish(
    store: Store,
    *,
    ttl: float | None,
    note: str = "",
    paths: Sequence[str] = (),
    takeover: bool = False,
    reason: str = "",
    epoch: int | None = None,
) -> Wish:
    """Returns how to claim; `ttl` in seconds. Raises UsageError, InvalidInput."""
    if takeover != bool(reason.strip()):
        raise UsageError(
            "--takeover needs --reason, and --reason needs --takeover",
            hint='kit claim TASK --takeover --reason "why"',
        )
    return Wish(
        check_ttl(store.repository, ttl),
        store.repository.redacted(note),
        path_reservations.check(paths),
        store.objects.head(),
        store.repository.redacted(reason.strip()),
        epoch,
    )


def check_ttl(repository: Repository, ttl: float | None) -> float | None:
    """Returns `ttl` (seconds) if the project allows it. Raises UsageError otherwise."""
    longest = repository.config.number("claims.max_ttl")
    if ttl is not None and not 0 < ttl <= longest:
        raise UsageError(
            f"a claim may last up to {longest:.0f} s here, not {ttl:.0f} s",
            hint="renew it as you go, or raise max_ttl below [claims] in kit.toml",
        )
    return ttl


def take(
    store: Store,
    names: Sequence[str],
    *,
    me: Holder,
    clock: Callable[[], float],
    wish: Wish,
    nonce: Callable[[], str],
    take_next: bool = False,
    wait: float | None = None,
) -> list[Claim]:
    """Claims `names`, or one ready task; with `wait` (seconds) tries again until it can be had.

    Raises what `claim` raises, and TimedOut when the wait is over.
    """
    if take_next == bool(names):
        raise UsageError("name the tasks, or say --next", hint="kit claim TASK, or kit claim --next")
    end = time.monotonic() + (wait or 0)
    pause = 0.5
    while True:
        try:
            if take_next:
                return _next(store, me=me, clock=clock, wish=wish, nonce=nonce)
            return claim(store, names, me=me, now=clock(), wish=wish, nonce=nonce)
        except Taken as taken:
            left = end - time.monotonic()
            if wait is None or not taken.retryable:
                raise
            if left <= 0:
                raise TimedOut(f"{taken.message}; waited {wait:g} s", hint=taken.hint, **taken.details) from None
            time.sleep(min(pause, left, _until_free(taken, clock()) or pause))
            pause = min(pause * 1.6, LONGEST_PAUSE)
            if store.remote:
                _watch(store, names, end=end, clock=clock, taken=taken)


def _next(store: Store, *, me: Holder, clock: Callable[[], float], wish: Wish, nonce: Callable[[], str]) -> list[Claim]:
    """Claims the first ready task that can be had; different agents begin at different ones."""
    store.fetch(*tasks.PATTERNS)
    ready = [each.id for each in tasks.ready(store, now=clock())]
    begin = sum(map(ord, me.agent + me.instance)) % len(ready) if ready else 0
    for name in ready[begin:] + ready[:begin]:
        try:
            return claim(store, [name], me=me, now=clock(), wish=wish, nonce=nonce)
        except (Taken, Blocked, InvalidInput):
            continue
    raise Taken("no task is ready", hint="kit tasks shows what is held and what it waits for", code="none_ready")


def _watch(store: Store, names: Sequence[str], *, end: float, clock: Callable[[], float], taken: Taken) -> None:
    """Waits until a task's ref moves or its lease runs out: one cheap look at the refs, with growing pauses."""
    assert store.remote is not None  # noqa: S101 - the caller asked
    refs = [f"tasks/{name}" for name in names]
    pause = 1.0
    while refs and time.monotonic() < end and _until_free(taken, clock()) > 0:
        seen = store.remote.look(refs)
        if any(seen.get(ref, "") != store.tip(ref) for ref in refs):
            return
        time.sleep(max(0.0, min(pause, end - time.monotonic(), _until_free(taken, clock()))))
        pause = min(pause * 1.6, LONGEST_PAUSE)


def _until_free(taken: Taken, now: float) -> float:
    """Returns the seconds until the holder's lease may be taken, LONGEST_PAUSE when nothing says."""
    free_at = taken.details.get("free_at")
    return max(0.0, times.seconds(str(free_at)) - now) if free_at else LONGEST_PAUSE
