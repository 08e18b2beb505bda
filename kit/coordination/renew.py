"""Renews a claim. A renewal replaces the last one, so that a long task does not grow the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.coordination import holding, paths, task
from kit.errors import InvalidInput, KitError, Taken
from kit.records import strict_json
from kit.store.store import Change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kit.coordination.holder import Holder
    from kit.coordination.lease import Claim
    from kit.coordination.task import Task
    from kit.store.store import Store


def renew(
    store: Store, name: str, *, me: Holder, now: float, nonce: str, ttl: float | None = None, epoch: int | None = None
) -> Claim:
    """Extends the claim that `me` holds by `ttl` seconds (else its own) from now and returns it.

    Raises Taken when `me` no longer holds it: it was taken over, released, or expired and claimed by another.
    """
    after: list[Claim] = []

    def changes(known: Task, held: Claim) -> Sequence[Change]:
        new = holding.renewed(held, now=now, ttl=ttl)._replace(nonce=nonce)
        after[:] = [new]
        edit = {f"tasks/{name}/claim.json": strict_json.dump(new.record())}
        notes = {"Task": name, "Epoch": new.epoch}
        renewal = Change(task.ref_of(name), known.oid, edit, "renew", f"renew {name}", notes)
        return [renewal, *paths.reserve(store, [new], now=now)]

    holding.act(store, name, me=me, now=now, epoch=epoch, changes=changes)
    return after[0]


def renew_if_due(store: Store, name: str, *, me: Holder, now: float, nonce: str) -> str:
    """Renews the claim that `me` holds when more than a third of its time is gone; returns a word for the holder.

    The word is "" unless the claim was lost or could not be renewed: what the command is for goes on all the same.
    """
    try:
        held = task.read(store, name).claim
        if held is None or held.is_released or held.holder != me or now - held.renewed <= held.ttl / 3:
            return ""
        renew(store, name, me=me, now=now, nonce=nonce)
    except Taken as lost:
        return f"you have lost the claim: {lost.message}"
    except InvalidInput:
        return ""
    except KitError as failed:
        return f"the claim on {name!r} could not be renewed: {failed.message}"
    return ""
