"""Says what came of a recalled record, in the ref that only this instance writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.coordination import journal
from kit.errors import UsageError
from kit.records import ids, strict_json, times

if TYPE_CHECKING:
    from kit.coordination.holder import Holder
    from kit.errors import KitError
    from kit.store.store import Store

OUTCOMES = ("helped", "unused", "harmed")


def say(
    store: Store, record: str, outcome: str, *, me: Holder, now: float, random: str, task: str = "", note: str = ""
) -> tuple[dict[str, Any], KitError | None]:
    """Writes down that a record helped, was unused or harmed; returns what was written and why it waits, if it does.

    `random` is 8 hex digits. Whether there is a record of this id is not asked.
    """
    if outcome not in OUTCOMES:
        raise UsageError(f"{outcome!r} is no outcome", hint=f"say one of {', '.join(OUTCOMES)}")
    said: dict[str, Any] = {
        "type": "outcome",
        "id": f"{int(now * 1000):012x}-{random}",
        **me.fields(),
        "at": times.stamp(now),
        "record": ids.check(record, what="record"),
        "outcome": outcome,
    }
    said |= {"task": ids.check(task, what="task")} if task else {}
    said |= {"note": store.repository.redacted(note)} if note else {}
    journal.write(
        store,
        {f"outcomes/{said['id']}.json": strict_json.dump(said)},
        me=me,
        now=now,
        event="outcome",
        subject=f"{record} {outcome}",
        notes={"Record": record, "Outcome": outcome} | ({"Task": task} if task else {}),
    )
    return said, journal.send(store, me=me, now=now)
