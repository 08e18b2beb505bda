"""Reads what can be read of a task with broken records, so that a takeover can mend it."""

from __future__ import annotations

import contextlib
import math
import re
from typing import TYPE_CHECKING

from kit.coordination import task
from kit.coordination.holder import Holder
from kit.coordination.lease import Claim
from kit.errors import InvalidInput
from kit.records import strict_json
from kit.store import history
from kit.store.store import State, notes_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.coordination.task import Task
    from kit.store.store import Store

MOST_KEPT = 500


def salvage(store: Store, name: str) -> Task:
    """Returns a broken task with each record that can be read by itself; `salvaged` are their files.

    Where the claim cannot be read, it is held by nobody known, in the highest epoch that the history tells of.
    """
    oid = store.tip(task.ref_of(name))
    kept: dict[str, bytes] = {}
    epoch = 1
    with contextlib.suppress(InvalidInput):
        for path, blob in _newest(store.objects.entries(oid, under=f"tasks/{name}")):
            with contextlib.suppress(InvalidInput):
                data = store.objects.blob(blob, limit=strict_json.MAX_BYTES)
                task.parse(name, State(oid, {path: data}))
                kept[path] = data
    with contextlib.suppress(InvalidInput):
        for commit in history.commits(store.objects, oid):
            told = re.fullmatch(r"[0-9]{1,9}", notes_of(commit.message).get("Epoch", ""))
            epoch = max(epoch, int(told[0]) if told else 1)
    found = task.parse(name, State(oid, kept))
    lost = Claim(name, Holder("unknown", "unknown"), epoch, "", 0, 0, math.inf, 1)
    return found._replace(claim=found.claim or lost, salvaged=kept)


def _newest(entries: Mapping[str, str]) -> list[tuple[str, str]]:
    """Returns the records, of a flood of handoffs the last ones."""
    order = sorted(entries.items(), key=lambda entry: (len(entry[0]), entry[0]))
    return order[-MOST_KEPT:] + [entry for entry in order[:-MOST_KEPT] if "/handoffs/" not in entry[0]]
