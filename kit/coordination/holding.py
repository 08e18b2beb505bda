"""What the holder of a claim may do with it: the check that it is the holder, and one swap from what was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.coordination import paths, presence, task
from kit.coordination.task import ARCHIVE, Task
from kit.errors import Taken
from kit.records import times
from kit.store.store import Change, Stale

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kit.coordination.holder import Holder
    from kit.coordination.lease import Claim
    from kit.store.store import Store

TRIES = 12


def act(
    store: Store,
    name: str,
    *,
    me: Holder,
    now: float,
    epoch: int | None,
    changes: Callable[[Task, Claim], Sequence[Change]],
) -> None:
    """Publishes what `changes` makes of the task and the claim that `me` holds on it.

    Raises Taken when `me` does not hold it (by what the authority says now), and what `Store.publish` raises.
    """
    own = presence.refresh(store, me=me, now=now)
    is_fresh = store.remote is None
    for _ in range(TRIES):
        known = task.read(store, name)
        try:
            wanted = changes(known, holder_of(known, me=me, epoch=epoch))
        except Taken:
            if is_fresh:
                raise
            store.fetch(task.ref_of(name), paths.REF, ARCHIVE)
            is_fresh = True
            continue
        try:
            store.publish(wanted, author=me.author(now), riders=store.waiting([own]))
        except Stale:
            is_fresh = True
            continue
        return
    raise Taken(f"task {name!r} kept changing", hint="run the same command again", code="contended")


def holder_of(known: Task, *, me: Holder, epoch: int | None) -> Claim:
    """Returns the claim that `me` holds on a task, its own or, with the epoch in hand, another instance's of the name.

    Raises Taken when it does not hold it.
    """
    held = known.claim
    if held is None or held.is_released:
        raise Taken(f"task {known.id!r} is not claimed", hint=f"kit claim {known.id}", code="not_held", task=known.id)
    if epoch is not None and epoch != held.epoch:
        raise Taken(
            f"epoch {epoch} of task {known.id!r} is over: {whose(held)} holds epoch {held.epoch}",
            hint="stop work on it; kit task show " + known.id,
            code="not_held",
            **describe(held),
        )
    if held.holder == me or (held.holder.agent == me.agent and epoch == held.epoch):
        return held
    reason = f" (taken over: {held.taken_over['reason']})" if _was_taken_from(held, me) and held.taken_over else ""
    raise Taken(
        f"task {known.id!r} is held by {whose(held)}, not by you{reason}",
        hint=hint_other_instance(held, me) or f"kit wait {known.id}",
        code="not_held",
        **describe(held),
    )


def renewed(held: Claim, *, now: float, ttl: float | None = None) -> Claim:
    """Returns the claim as it is after a renewal at `now`; it never expires earlier than it would have."""
    span = held.ttl if ttl is None else ttl
    return held._replace(renewed=now, ttl=span, expires=max(now + span, held.expires if ttl is None else 0))


def describe(held: Claim) -> dict[str, Any]:
    """Returns what a loser is told, as JSON."""
    return {
        "task": held.task,
        "holder": held.holder.agent,
        "instance": held.holder.instance,
        "epoch": held.epoch,
        "since": times.stamp(held.since),
        "expires": times.stamp(held.expires),
        "note": held.note,
    }


def whose(held: Claim) -> str:
    """Returns the holder as a person reads it."""
    return f"{held.holder.agent} (instance {held.holder.instance})"


def hint_other_instance(held: Claim, me: Holder) -> str:
    """Returns how to go on with the work of another instance of one's own name, "" when it is someone else's."""
    if held.holder.agent != me.agent:
        return ""
    return (
        f"another instance of {me.agent!r} holds it; if you are to go on with its work: "
        f"kit claim {held.task} --epoch {held.epoch}"
    )


def _was_taken_from(held: Claim, me: Holder) -> bool:
    over = held.taken_over or {}
    return (over.get("agent"), over.get("instance")) == (me.agent, me.instance)
