"""Who is here: the instances last seen, what each works on, and which have been silent for long."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.coordination import presence, tasks
from kit.records import times

if TYPE_CHECKING:
    from kit.coordination.holder import Holder
    from kit.store.store import Store

REFS = ("agents/*", "tasks/*")
STALE_AFTER = 600.0


class Agent(NamedTuple):
    """An instance: when it was last seen (seconds since the epoch), its harness, the tasks it holds now."""

    holder: Holder
    seen: float
    harness: str
    tasks: tuple[str, ...]

    def is_stale(self, now: float) -> bool:
        """Whether nothing was heard of it for ten minutes."""
        return now - self.seen > STALE_AFTER

    def row(self, now: float) -> dict[str, object]:
        """Returns what a list shows of it, as JSON."""
        return {
            **self.holder.fields(),
            "state": "stale" if self.is_stale(now) else "active",
            "seen": times.stamp(self.seen),
            "harness": self.harness,
            "tasks": list(self.tasks),
        }


def here(store: Store, *, now: float, broken: list[str] | None = None) -> list[Agent]:
    """Returns the instances as last seen, the latest first; who holds a claim is always among them.

    A claim is a word too: taking or renewing it says that its holder was there. Names broken records in `broken`.
    """
    seen = {each.holder: (each.seen, each.harness) for each in presence.everyone(store, broken)}
    working: dict[Holder, list[str]] = {}
    for each in tasks.known(store).values():
        if each.claim and each.claim.is_live(now):
            holder = each.claim.holder
            working.setdefault(holder, []).append(each.id)
            last, harness = seen.get(holder, (0.0, ""))
            seen[holder] = (max(last, each.claim.renewed), harness)
    found = [Agent(holder, *seen[holder], tuple(sorted(working.get(holder, ())))) for holder in seen]
    return sorted(found, key=lambda each: (-each.seen, each.holder))
