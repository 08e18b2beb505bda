"""Gives a claim back. A release is an update, not a deletion: the next holder must know the epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.coordination import holding, paths, task
from kit.errors import Taken
from kit.records import strict_json
from kit.store.store import Change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kit.coordination.holder import Holder
    from kit.coordination.lease import Claim
    from kit.coordination.task import Task
    from kit.store.store import Store


def release(store: Store, name: str, *, me: Holder, now: float, note: str = "", epoch: int | None = None) -> None:
    """Gives the claim that `me` holds back; one that `me` gave back already stays so.

    Raises Taken when someone else holds it, and what `Store.publish` raises.
    """

    def changes(known: Task, held: Claim) -> Sequence[Change]:
        notes = {"Task": name, "Epoch": held.epoch}
        subject = f"release {name}" + (f": {note}" if note else "")
        given_back = Change(task.ref_of(name), known.oid, tombstone(held), "release", subject, notes)
        return [given_back, *paths.give_back(store, held)]

    try:
        holding.act(store, name, me=me, now=now, epoch=epoch, changes=changes)
    except Taken:
        if not was_mine(task.read(store, name), me):
            raise


def tombstone(held: Claim) -> dict[str, bytes | None]:
    """Returns the edit that ends a claim and keeps its epoch."""
    ended = held._replace(is_released=True, paths=())
    return {f"tasks/{held.task}/claim.json": strict_json.dump(ended.record())}


def was_mine(known: Task, me: Holder) -> bool:
    """Whether the last claim was this instance's and has ended: then ending it again changes nothing."""
    return known.claim is not None and known.claim.is_released and known.claim.holder == me
