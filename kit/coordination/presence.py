"""Says that an instance is here: any command refreshes it, at most once in two minutes, without growing history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kit.coordination.holder import Holder
from kit.errors import InvalidInput, KitError
from kit.records import ids, strict_json, times
from kit.store.store import Change, Stale

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kit.store.store import Store

EVERY = 120.0


class Presence(NamedTuple):
    """When an instance was last seen, in seconds since the epoch."""

    holder: Holder
    seen: float
    harness: str


def ref_of(me: Holder) -> str:
    """Returns the ref that only this instance writes."""
    return f"agents/{me.agent}/{me.instance}"


def refresh(store: Store, *, me: Holder, now: float, harness: str = "") -> str:
    """Commits that `me` is here if that was last said two minutes ago; returns its ref, which may now wait.

    Nothing is sent, and what keeps it from being written (a read-only disk) keeps no command from its work.
    """
    ref = ref_of(me)
    try:
        oid, files = store.own(ref)
        known = _parse(me, files.get(f"{ref}/agent.json"))
        if known and 0 <= now - known.seen < EVERY:
            return ref
        record = {"type": "agent", **me.fields(), "seen": times.stamp(now)}
        record |= {"harness": harness} if harness else {}
        edit = {f"{ref}/agent.json": strict_json.dump(record)}
        store.save(Change(ref, oid, edit, "seen", f"{me.agent} is here"), author=me.author(now))
    except (Stale, KitError):
        pass
    return ref


def everyone(store: Store) -> Iterator[Presence]:
    """Yields the instances last seen; broken records are left out (kit validate names them)."""
    for ref, oid in sorted(store.refs("agents").items()):
        parts = ref.split("/")
        if len(parts) == 3 and not any(ids.problem(part) for part in parts[1:]):
            holder = Holder(parts[1], parts[2])
            files = store.objects.files(oid, under=f"{ref}/agent.json")
            if found := _parse(holder, files.get(f"{ref}/agent.json")):
                yield found


def _parse(holder: Holder, data: bytes | None) -> Presence | None:
    try:
        record: Any = strict_json.load(data) if data else None
        return Presence(holder, times.seconds(record["seen"]), str(record.get("harness", ""))) if record else None
    except (InvalidInput, KeyError, TypeError, AttributeError):
        return None
