"""What this instance believes to hold, so that it is told at its next command when a claim was taken from it.

A note in the derived folder, nothing more: who holds a task is decided by its ref alone.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

from kit.coordination import task
from kit.coordination.holding import whose
from kit.errors import KitError
from kit.store import derived

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kit.coordination.holder import Holder
    from kit.store.store import Store

#: How often, in seconds, a command that has nothing to do with the held tasks looks after them.
EVERY = 30.0
#: How long, in seconds, it waits for an answer: the command itself is done.
LONGEST = 5.0


def note(store: Store, me: Holder, names: Iterable[str], now: float) -> None:
    """Remembers that `me` holds these tasks too, since `now`."""
    looked, known = _read(_file(store, me))
    _write(store, me, looked if known else now, known | set(names))


def lost(store: Store, me: Holder, now: float) -> list[str]:
    """Returns a word for each task that `me` believed to hold and that is someone else's now; each is said once.

    Looks at the authority at most every 30 seconds, and at what commands have fetched meanwhile every time.
    """
    looked, known = _read(_file(store, me))
    if not known:
        return []
    if not 0 <= now - looked < EVERY and store.remote:
        with contextlib.suppress(KitError):
            longest = min(LONGEST, store.repository.config.number("live.timeout"))
            store.fetch(*(task.ref_of(name) for name in known), seconds=longest)
        looked = now
    words: list[str] = []
    still: set[str] = set()
    for name in sorted(known):
        try:
            found = task.read(store, name)
        except KitError:
            still.add(name)
            continue
        if found.claim is None or found.claim.is_released:
            continue
        if found.claim.holder == me:
            still.add(name)
        else:
            over = found.claim.taken_over
            reason = f": {over['reason']}" if over and over.get("instance") == me.instance else ""
            words.append(f"you no longer hold task {name!r}, {whose(found.claim)} took it over{reason}")
    _write(store, me, looked, still)
    return words


def _file(store: Store, me: Holder) -> Path:
    return store.repository.derived / "held" / f"{me.agent}.{me.instance}.json"


def _read(file: Path) -> tuple[float, set[str]]:
    try:
        looked, names = json.loads(file.read_bytes())
        return float(looked), {str(name) for name in names}
    except (OSError, ValueError, TypeError):
        return 0.0, set()


def _write(store: Store, me: Holder, looked: float, names: set[str]) -> None:
    with contextlib.suppress(OSError):
        derived.make(store.repository.derived)
        derived.write(_file(store, me), json.dumps([looked, sorted(names)]).encode())
