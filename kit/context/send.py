"""Sends a thread's commits when that can be done; what cannot leave now waits here, and nothing of it is dropped."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kit.context import place
from kit.errors import NotWritten, RemoteFailed, TimedOut, Unknown
from kit.store import derived
from kit.store.locks import Locked

if TYPE_CHECKING:
    from kit.errors import KitError
    from kit.store.author import Author
    from kit.store.store import Store

#: Seconds that one exchange may take before a write ends without it, and for which it is not tried again then.
PATIENCE = 5.0
PAUSE = 60.0
_STAMP = "context-unsent"


def send(store: Store, thread: str, *, author: Author) -> KitError | None:
    """Sends what waits of a thread; returns why it could not, None when it was sent or there is no remote.

    After a failure it is not tried again for a minute, or until `kit sync` has reached the remote.
    """
    if not store.remote:
        return None
    stamp = store.repository.derived / _STAMP
    if 0 <= author.when - _last_failure(store) < PAUSE:
        return RemoteFailed("the remote could not be reached a moment ago", hint="kit sync tries again")
    try:
        quick = replace(store, patience=PATIENCE)
        try:
            quick.send(place.ref_of(thread), author=author)
        finally:
            quick.objects.close()
    except (RemoteFailed, TimedOut, Unknown, NotWritten, Locked) as error:
        try:
            derived.make(store.repository.derived)
            derived.write(stamp, f"{author.when}\n".encode())
        except OSError:
            pass
        return error
    was_reached(store)
    return None


def was_reached(store: Store) -> None:
    """Takes note that the remote can be reached again, so that the next write is sent at once."""
    (store.repository.derived / _STAMP).unlink(missing_ok=True)


def _last_failure(store: Store) -> float:
    try:
        return float((store.repository.derived / _STAMP).read_bytes()[:40])
    except (OSError, ValueError):
        return 0.0
