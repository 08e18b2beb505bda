"""The one place where tracing and replaying reach for mirrored sessions."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from kit.errors import InvalidInput, KitError
from kit.records import times
from kit.sessions import trace
from kit.workflows.replay import Session

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kit.harnesses.event import Event
    from kit.sessions.trace import Trace
    from kit.store.store import Store


def chosen(store: Store, names: Sequence[str], broken: list[str]) -> list[Trace]:
    """Returns the sessions of these names, all that are known here for none; unreadable ones are named in `broken`.

    Raises NotFound for a name that is no session's.
    """
    return [trace.find(store, name) for name in names] if names else trace.all(store, broken)


def within(
    store: Store, found: Iterable[Trace], broken: list[str], *, since: float = 0.0, until: float = 0.0
) -> Iterator[Session]:
    """Yields the sessions that can hold something of the time, to be replayed; what breaks off is named in `broken`."""
    for each in found:
        mirrored, started = (_seconds(each.meta.get(name)) for name in ("mirrored", "started"))
        if (mirrored and mirrored < since) or (until and started > until):
            continue
        told = {name: str(each.meta.get(name) or "") for name in ("agent", "cwd", "instance")}
        yield Session(each.name, told["agent"], events(store, each, broken), told["cwd"], told["instance"])


def events(store: Store, found: Trace, broken: list[str]) -> Iterator[Event]:
    """Yields what happened in a session; one that is damaged ends early, and is named in `broken`."""
    try:
        yield from trace.events(store, found)
    except KitError:
        broken.append(found.ref)


def _seconds(at: object) -> float:
    with contextlib.suppress(InvalidInput):
        return times.seconds(at) if isinstance(at, str) and at else 0.0
    return 0.0
