"""Brings this clone and the remote together: one fetch of all that is live, and a push of all that waits.

Sessions are neither fetched nor sent: they stay where they were recorded.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.coordination import finished, gc, presence, tasks
from kit.errors import InvalidInput, KitError, RemoteFailed, TimedOut, Unknown
from kit.store import handover, live
from kit.store.live import Mirrored
from kit.store.store import LOCAL, Change

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.coordination.gc import Folded
    from kit.coordination.holder import Holder
    from kit.store.author import Author
    from kit.store.store import Store

#: All live refs but sessions. A pattern for the single ref `paths` too: git fails when a plain name is not there.
PATTERNS = ("tasks/*", "paths*", "archive/*", "agents/*", "memory/*", "decisions/*", "artifacts/*", "context/*")
_ARCHIVE = "archive/agents"
_OWN = "agents/"
_FOLLOWED = "context/"


class Synced(NamedTuple):
    """What a sync did: counts of refs fetched and gone, names of refs pushed and still waiting.

    `conflicts` maps refs made here without a remote, of which the remote has others, to where they were set aside.
    `failure` says why something waits on, `troubles` what else could not be done.
    """

    fetched: int
    gone: int
    pushed: tuple[str, ...]
    waiting: tuple[str, ...]
    conflicts: Mapping[str, str]
    live: Mirrored
    folded: Folded | None
    failure: KitError | None
    troubles: tuple[str, ...]


def sync(store: Store, *, me: Holder, now: float) -> Synced:
    """Fetches, pushes what waits, folds what is finished where much is, and refreshes `.kit/live`.

    Raises RemoteFailed or TimedOut, with what waits here, when the remote cannot be reached; nothing is lost then.
    """
    author = me.author(now)
    presence.refresh(store, me=me, now=now)
    before = _known(store)
    fetched, gone = _fetch(store)
    _follow(store, before)
    troubles: list[str] = []
    try:
        _part_from_archive(store, author)
    except InvalidInput as error:
        troubles.append(f"{_ARCHIVE} cannot be read: {error.message}")
    handed = handover.hand_over(store, author=author)
    sent, failure = _send(store, author)
    folded = _fold_if_many(store, troubles, me=me, now=now)
    mirrored = _mirror(store, troubles)
    waiting = (*(each.ref for each in store.waiting(_own(store))), *handed.waiting)
    return Synced(
        fetched, gone, (*sent, *handed.pushed), waiting, handed.conflicts, mirrored, folded, failure, tuple(troubles)
    )


def waiting(store: Store) -> list[str]:
    """Returns the refs that hold here what the remote, as last seen, does not."""
    return [each.ref for each in store.waiting(_own(store))] + sorted(handover.left_over(store))


def _own(store: Store) -> list[str]:
    """Returns the refs of all instances that ever wrote in this clone, and the threads of context that it has."""
    return sorted(ref for ref in store.here() if ref.startswith(handover.OWN))


def _fetch(store: Store) -> tuple[int, int]:
    """Fetches all that is live; returns how many refs are new or have moved, and how many are gone."""
    if not store.remote:
        return 0, 0
    before = _known(store)
    try:
        store.fetch(*PATTERNS)
    except (RemoteFailed, TimedOut) as error:
        left = waiting(store)
        count = "1 ref waits" if len(left) == 1 else f"{len(left)} refs wait"
        told = f"; {count} here, nothing is lost" if left else "; nothing waits here"
        details: dict[str, Any] = {**error.details, "waiting": left}
        raise type(error)(error.message + told, hint=error.hint, code=error.code, **details) from None
    after = _known(store)
    return sum(before.get(ref) != oid for ref, oid in after.items()), len(before.keys() - after.keys())


def _follow(store: Store, before: Mapping[str, str]) -> None:
    """Brings the threads of context that stand here to where the remote has them, if it has all that is here.

    One that was collected there, and has nothing here that was not there, goes here too.
    """
    for ref, here in store.here().items() if store.remote else ():
        there = store.tip(ref)
        if not ref.startswith(_FOLLOWED) or here == there:
            continue
        with contextlib.suppress(InvalidInput):
            if there and store.objects.descends(there, here):
                store.repository.git.run("update-ref", "--no-deref", LOCAL + ref, there, here, codes=(0, 1, 128))
            elif not there and ref in before and store.objects.descends(before[ref], here):
                store.repository.git.run("update-ref", "--no-deref", "-d", LOCAL + ref, here, codes=(0, 1, 128))


def _known(store: Store) -> dict[str, str]:
    return {ref: oid for ref in store.refs("") if (oid := store.tip(ref))}


def _part_from_archive(store: Store, author: Author) -> None:
    """Takes out of the refs of this clone what was folded away while it was silent, so that it is not sent again."""
    archive = store.tip(_ARCHIVE)
    for ref in _own(store) if store.remote and archive else ():
        if not ref.startswith(_OWN):
            continue
        oid = store.own_tip(ref)
        if store.tip(ref):
            continue
        if store.objects.descends(archive, oid):
            store.repository.git.run("update-ref", "-d", LOCAL + ref, oid, codes=(0, 1, 128))
            continue
        folded, own = (store.objects.entries(each, under=ref) for each in (archive, oid))
        again = [path for path, blob in own.items() if folded.get(path) == blob]
        if again:
            store.save(Change(ref, oid, dict.fromkeys(again), "fold", f"leave {len(again)} old files"), author=author)


def _send(store: Store, author: Author) -> tuple[list[str], KitError | None]:
    """Sends what the instances of this clone have waiting, together and then each by itself."""
    before = store.waiting(_own(store))
    failure: KitError | None = None
    for first in range(0, len(before), handover.CHUNK):
        store.publish([], author=author, riders=before[first : first + handover.CHUNK])
    for each in store.waiting(_own(store)):
        try:
            store.send(each.ref, author=author)
        except (RemoteFailed, TimedOut, Unknown) as error:
            failure = error
            break
    left = {each.ref for each in store.waiting(_own(store))}
    return [each.ref for each in before if each.ref not in left], failure


def _fold_if_many(store: Store, troubles: list[str], *, me: Holder, now: float) -> Folded | None:
    """Folds what is finished if more tasks than `gc.finished` could be; a failure stops nothing else."""
    try:
        found, _ = finished.finished_tasks(store, tasks.known(store), now=now)
        if len(found) <= store.repository.config.number("gc.finished"):
            return None
        return gc.run(store, finished.find(store, me=me, now=now), me=me, now=now)
    except KitError as error:
        troubles.append(f"finished tasks could not be folded away: {error.message}")
        return None


def _mirror(store: Store, troubles: list[str]) -> Mirrored:
    try:
        return live.refresh(store)
    except OSError as error:
        troubles.append(f".kit/live could not be written: {error.strerror}")
    except KitError as error:
        troubles.append(error.message)
    return Mirrored()
