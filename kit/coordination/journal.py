"""What an instance says for itself, in the ref that only it writes: committed here first, sent when that can be done.

So it works offline and nothing said is dropped; that it has arrived is promised only when `send` returns None.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.coordination import presence
from kit.errors import RemoteFailed, TimedOut, Unknown
from kit.store.store import Change, Stale

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.coordination.holder import Holder
    from kit.errors import KitError
    from kit.store.store import Store

TRIES = 200


def write(
    store: Store,
    files: Mapping[str, bytes],
    *,
    me: Holder,
    now: float,
    event: str,
    subject: str,
    notes: Mapping[str, object],
    harness: str = "",
) -> None:
    """Commits files (paths below the instance's own folder) here, and that it is here; nothing is sent yet.

    Many processes of one instance may write at once. Raises KitError when it cannot be written.
    """
    ref = presence.ref_of(me)
    for attempt in range(TRIES):
        oid = store.own_tip(ref)
        edit = presence.word(store, oid, me=me, now=now, harness=harness)
        edit |= {f"{ref}/{name}": data for name, data in files.items()}
        try:
            store.save(Change(ref, oid, edit, event, subject, notes), author=me.author(now))
        except Stale:
            if attempt == TRIES - 1:
                raise
        else:
            return


def send(store: Store, *, me: Holder, now: float) -> KitError | None:
    """Sends what waits of the instance's ref; returns why it could not: it is kept here then, and waits on."""
    try:
        store.send(presence.ref_of(me), author=me.author(now))
    except (RemoteFailed, TimedOut, Unknown) as error:
        return error
    return None
