"""Says that an instance is here: any command refreshes it, at most once in two minutes, without growing history."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.coordination.holder import Holder
from kit.errors import InvalidInput, KitError
from kit.records import ids, strict_json, times
from kit.store.store import Change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kit.store.store import Store

EVERY = 120.0
HARNESS_MAX = 80


class Presence(NamedTuple):
    """When an instance was last seen, in seconds since the epoch."""

    holder: Holder
    seen: float
    harness: str

    def record(self) -> dict[str, object]:
        """Returns the record as it is written (schemas/agent.schema.json)."""
        harness = {"harness": self.harness} if self.harness else {}
        return {"type": "agent", **self.holder.fields(), "seen": times.stamp(self.seen), **harness}


def ref_of(me: Holder) -> str:
    """Returns the ref that only this instance writes."""
    return f"agents/{me.agent}/{me.instance}"


def refresh(store: Store, *, me: Holder, now: float, harness: str = "") -> str:
    """Commits that `me` is here if that was last said two minutes ago; returns its ref, which may now wait.

    Nothing is sent, and what keeps it from being written (a read-only disk) keeps no command from its work.
    """
    ref = ref_of(me)
    try:
        oid = store.own_tip(ref)
        known = _last(store, me, oid)
        if known and 0 <= now - known.seen < EVERY:
            return ref
        edit = word(store, oid, me=me, now=now, harness=harness)
        store.save(Change(ref, oid, edit, "seen", f"{me.agent} is here"), author=me.author(now))
    except KitError:
        pass
    return ref


def word(store: Store, oid: str, *, me: Holder, now: float, harness: str = "") -> dict[str, bytes | None]:
    """Returns the file that says `me` is here, for the commit after `oid`; a harness once known is kept."""
    known = _last(store, me, oid)
    here = Presence(me, now, harness or (known.harness if known else ""))
    return {f"{ref_of(me)}/agent.json": strict_json.dump(here.record())}


def everyone(store: Store, broken: list[str] | None = None) -> Iterator[Presence]:
    """Yields the instances last seen; what cannot be read is left out, and named in `broken`."""
    for ref, oid in sorted(store.refs("agents").items()):
        parts = ref.split("/")
        if len(parts) != 3 or any(ids.problem(part) for part in parts[1:]):
            continue
        try:
            found = _read(store, Holder(parts[1], parts[2]), oid)
        except InvalidInput:
            if broken is not None:
                broken.append(f"{ref}/agent.json")
        else:
            if found:
                yield found


def _last(store: Store, me: Holder, oid: str) -> Presence | None:
    with contextlib.suppress(InvalidInput):
        return _read(store, me, oid)
    return None


def _read(store: Store, holder: Holder, oid: str) -> Presence | None:
    """Returns what a commit says of an instance, None when nothing. Raises InvalidInput when it is broken."""
    path = f"{ref_of(holder)}/agent.json"
    blob = store.objects.blob_id(oid, path) if oid else ""
    if not blob:
        return None
    record: Any = strict_json.load(store.objects.blob(blob, limit=strict_json.MAX_BYTES))
    harness = record.get("harness", "") if isinstance(record, dict) else None
    if not isinstance(harness, str) or len(harness) > HARNESS_MAX:
        raise InvalidInput(f"the live record {path} is broken", hint="kit log shows who wrote it", code="broken_record")
    return Presence(holder, times.seconds(record.get("seen", "")), harness)
