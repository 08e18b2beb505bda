"""A task's whole story: what it is now, every handoff, and every event from the history of its ref."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.coordination import holding, tasks
from kit.coordination.task import ARCHIVE
from kit.records import times
from kit.store import history
from kit.store.store import event_of, notes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kit.store.store import Store


def tell(store: Store, name: str, *, now: float) -> dict[str, Any]:
    """Returns a task as last seen with its handoffs and events, oldest first. Raises NotFound."""
    known = tasks.refuse_unknown(store, name)
    told: dict[str, Any] = {
        "task": known.id,
        "title": known.title,
        "state": known.shown_state(now),
        "needs": list(known.needs),
        "archived": known.is_archived,
        "handoffs": list(known.handoffs),
        "story": list(_events(store, known.oid or store.tip(ARCHIVE), name))[::-1],
    }
    if known.claim and not known.claim.is_released:
        told["claim"] = holding.describe(known.claim)
    if known.status:
        told["status"] = known.status
    return told


def _events(store: Store, oid: str, name: str) -> Iterator[dict[str, Any]]:
    for commit in history.commits(store.objects, oid):
        notes = notes_of(commit.message)
        if notes.get("Task") == name:
            yield {
                "at": times.stamp(commit.when),
                "agent": commit.author,
                "event": event_of(commit.message),
                "subject": commit.message.split("\n", 1)[0],
                "commit": commit.oid,
            }
