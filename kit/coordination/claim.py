"""Claims tasks: exactly one winner at the authority, an expiry so that a dead holder frees its work, and an epoch.

The epoch is a fencing token: it grows with every new holder, so whoever checks it at the point of write can refuse
the work of an older one. Without such a check a lease is advisory, as every lease is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.coordination import holdings, paths, presence, task
from kit.coordination.holding import TRIES, describe, hint_other_instance, renewed, whose
from kit.coordination.lease import Claim
from kit.coordination.salvage import salvage
from kit.coordination.task import ARCHIVE, Task
from kit.errors import Blocked, InvalidInput, KitError, Taken, UsageError
from kit.records import strict_json, times
from kit.store.author import Author
from kit.store.store import Change, Stale

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kit.coordination.holder import Holder
    from kit.store.remote import Update
    from kit.store.store import Store


class Wish(NamedTuple):
    """How tasks are to be claimed; without `ttl` (seconds) as long as the project says, or as it was held before."""

    ttl: float | None = None
    note: str = ""
    paths: tuple[str, ...] = ()
    base: str = ""
    takeover: str = ""
    epoch: int | None = None


def claim(
    store: Store, names: Sequence[str], *, me: Holder, now: float, wish: Wish, nonce: Callable[[], str]
) -> list[Claim]:
    """Claims all of `names` or none and returns the claims; the same instance's claims are renewed.

    Raises Taken (with holder and expiry) when someone else holds one or it is done, Blocked when a task it needs is
    not done or its paths are reserved, and what `Store.publish` raises. Nothing has changed then.
    """
    refs = [task.ref_of(name) for name in dict.fromkeys(names)]
    if not refs:
        raise UsageError("no task was named", hint="kit claim TASK, or kit claim --next")
    author = me.author(now)
    own = presence.refresh(store, me=me, now=now)
    is_fresh = False
    for _ in range(TRIES):
        guards: dict[str, str] = {}
        known: dict[str, Task] = {}
        try:
            known = {ref: _read(store, ref.removeprefix("tasks/"), wish) for ref in refs}
            for each in known.values():
                guards |= _needs_done(store, each)
            claims = [_next(each, me=me, now=now, wish=wish, nonce=nonce(), store=store) for each in known.values()]
            changes = [_change(known[ref], each) for ref, each in zip(refs, claims, strict=True)]
            changes += paths.reserve(store, claims, now=now)
        except (Taken, Blocked, InvalidInput):
            if is_fresh or not store.remote:
                raise
            store.fetch(*refs, *_needed(known), paths.REF, ARCHIVE)
            is_fresh = True
            continue
        is_new = any(not each.oid for each in known.values())
        if is_new and (archive := store.tip(ARCHIVE)):
            guards[ARCHIVE] = archive
        riders = [*store.waiting([own]), *([_archive_begun(store)] if is_new and not archive else [])]
        try:
            published = store.publish(changes, author=author, guards=guards, riders=riders)
        except Stale as stale:
            is_fresh = all(stale.actual.values())  # what is gone may have been folded into the archive
            continue
        if is_new and not archive:
            _undo_if_archived(store, published, known, author=author)
        holdings.note(store, me, [each.task for each in claims], now)
        return claims
    raise Taken(f"{', '.join(names)} kept changing", hint="run the same command again", code="contended")


def _read(store: Store, name: str, wish: Wish) -> Task:
    """Returns a task; a broken one, which nobody could claim or end any more, only for a takeover."""
    try:
        return task.read(store, name)
    except InvalidInput:
        if not wish.takeover:
            raise
        return salvage(store, name)


def _next(known: Task, *, me: Holder, now: float, wish: Wish, nonce: str, store: Store) -> Claim:
    """Returns the claim that would follow. Raises Taken when the task is done or someone else's."""
    held, skew = known.claim, store.repository.config.number("claims.skew")
    if known.is_done:
        assert known.status is not None  # noqa: S101 - it is what says done
        raise Taken(
            f"task {known.id!r} was done by {known.status.get('agent')} at {known.status.get('at')}",
            hint=f"kit task show {known.id}",
            code="done",
            retryable=False,
            task=known.id,
            holder=known.status.get("agent"),
        )
    span = wish.ttl or store.repository.config.number("claims.ttl")
    fresh = Claim(known.id, me, known.epoch + 1, nonce, now, now, now + span, span, wish.note, wish.paths,
                  wish.base)  # fmt: skip
    if held is None or held.is_released:
        return fresh
    if held.holder == me:
        again = renewed(held, now=now, ttl=wish.ttl)
        return again._replace(nonce=nonce, note=wish.note or held.note, paths=wish.paths or held.paths)
    if held.holder.agent == me.agent and wish.epoch == held.epoch:
        return fresh._replace(note=wish.note or held.note, paths=wish.paths or held.paths, base=held.base)
    if held.may_be_taken(now, skew):
        return fresh
    if wish.takeover:
        over = {**held.holder.fields(), "epoch": held.epoch, "reason": wish.takeover}
        return fresh._replace(taken_over=over, paths=wish.paths or held.paths)
    until = times.ago(held.expires, now)
    raise Taken(
        f"task {known.id!r} is held by {whose(held)} since {times.stamp(held.since)}, "
        f"{'expired' if now >= held.expires else 'expires'} {until} ({times.stamp(held.expires)})"
        + (f", note: {held.note}" if held.note else ""),
        hint=hint_other_instance(held, me) or f"kit wait {known.id}, or another task: kit claim --next",
        code="held",
        **describe(held),
        free_at=times.stamp(held.expires + skew),
    )


def _change(known: Task, new: Claim) -> Change:
    before = known.claim
    is_same = before is not None and before.nonce and before.epoch == new.epoch
    folder = f"tasks/{known.id}"
    edit: dict[str, bytes | None] = {**(known.salvaged or {})}
    edit[f"{folder}/claim.json"] = strict_json.dump(new.record())
    if not known.oid or (known.salvaged is not None and f"{folder}/task.json" not in edit):
        record = {"type": "task", "id": known.id, "by": new.holder.agent, "at": times.stamp(new.since)}
        edit[f"{folder}/task.json"] = strict_json.dump(record)
    notes: dict[str, object] = {"Task": known.id, "Epoch": new.epoch}
    if new.taken_over and not is_same:
        over = new.taken_over
        notes |= {"From": f"{over['agent']}/{over['instance']}", "Reason": over["reason"]}
        event, subject = "takeover", f"take {known.id} over from {over['agent']}: {over['reason']}"
    elif is_same:
        event, subject = "renew", f"renew {known.id}"
    else:
        event, subject = "claim", f"claim {known.id}" + (f": {new.note}" if new.note else "")
    return Change(f"tasks/{known.id}", known.oid, edit, event, subject, notes, is_anew=known.salvaged is not None)


def _needs_done(store: Store, known: Task) -> dict[str, str]:
    """Returns the refs of the tasks that `known` needs, all done, as guards. Raises Blocked when one is open."""
    guards: dict[str, str] = {}
    is_open: list[str] = []
    for name in known.needs:
        needed = task.read(store, name)
        if not needed.is_done:
            is_open.append(f"{name} ({needed.state})")
        elif needed.oid and not needed.is_archived:
            guards[task.ref_of(name)] = needed.oid
    if is_open:
        raise Blocked(
            f"task {known.id!r} needs {', '.join(is_open)} first",
            hint=f"kit wait {' '.join(each.split(' ')[0] for each in is_open)}, or kit claim --next",
            code="needs_open",
            task=known.id,
            needs=[each.split(" ")[0] for each in is_open],
        )
    return guards


def _needed(known: Mapping[str, Task]) -> list[str]:
    return [task.ref_of(name) for each in known.values() for name in each.needs]


def _archive_begun(store: Store) -> Update:
    """Returns the update that begins the archive, the same commit whoever builds it: refused where there is one."""
    begun = Change(ARCHIVE, "", {}, "begin", "begin the archive of tasks", author=Author("kit", "archive", 0))
    return store.update(begun)


def _undo_if_archived(store: Store, published: Mapping[str, str], known: Mapping[str, Task], *, author: Author) -> None:
    """Takes claims back that revived a task which another clone had seen finished and folded into the archive.

    Where the archive cannot be had the claims stand, for they are held; whoever has it sees the task as done.
    """
    try:
        if store.remote and not store.tip(ARCHIVE):
            store.fetch(ARCHIVE)
    except KitError:
        return
    revived = [ref for ref, each in known.items() if not each.oid and task.is_archived(store, each.id)]
    if revived:
        store.delete(published, [], author=author)
        name = revived[0].removeprefix("tasks/")
        raise Taken(f"task {name!r} was done and archived", hint=f"kit task show {name}", code="done", retryable=False)
