"""Counts what a thread holds: entries and tokens by role and by priority, and what has not been sent."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.context import compile as compiling
from kit.context import installed, kept, place, proposal, version
from kit.context.options import Options

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kit.context.entry import Entry
    from kit.context.thread import State
    from kit.store.store import Store


class Count(NamedTuple):
    """So many entries, and their tokens."""

    entries: int
    tokens: int


class Status(NamedTuple):
    """Where a thread stands and what it holds; edits are counted once, by what is in force.

    `counted` is how many entries were counted by whom, `proposals` and `conflicts` how many wait; `waits` whether the
    remote lacks something of it, as last seen; `is_apart` whether it has something that is not here too. `budget` is
    what its record gives it, in tokens, and `used` what all that is compiled of it would take; both are 0 where it has
    none.
    """

    total: Count
    by_role: Mapping[str, Count]
    by_priority: Mapping[str, Count]
    counted: Mapping[str, int]
    edits: int
    proposals: int
    conflicts: int
    waits: bool
    is_apart: bool
    budget: int = 0
    used: int = 0

    def record(self) -> dict[str, Any]:
        """Returns it as JSON."""
        return {
            "entries": self.total.entries,
            "tokens": self.total.tokens,
            "by_role": {name: each._asdict() for name, each in self.by_role.items()},
            "by_priority": {name: each._asdict() for name, each in self.by_priority.items()},
            "counted_by": dict(self.counted),
            "edits": self.edits,
            "proposals": self.proposals,
            "conflicts": self.conflicts,
            "waits": self.waits,
            "apart": self.is_apart,
            "budget": {"tokens": self.budget, "used": self.used} if self.budget else None,
        }


def status(store: Store, state: State) -> Status:
    """Returns what a thread holds at the commit that was read."""
    found = version.effective(state.entries)
    waits = bool(store.waiting([place.ref_of(state.thread)]))
    return Status(
        total=_count(found),
        by_role={name: _count(each for each in found if each.role == name) for name in _in_order(found, "role")},
        by_priority={
            name: _count(each for each in found if each.priority == name) for name in _in_order(found, "priority")
        },
        counted=Counter(each.tokens.by for each in found if each.tokens),
        edits=len(state.entries) - len(found),
        proposals=sum(map(proposal.is_path, state.files)),
        conflicts=len(kept.conflicts(store, state).conflicts),
        waits=waits,
        is_apart=bool(state.other),
        budget=state.budget,
        used=_used(state) if state.budget else 0,
    )


def _used(state: State) -> int:
    """Returns what all that is compiled of a thread takes, budget aside."""
    return compiling.pick(state.entries, Options(counter=installed.best())).tokens


def _in_order(entries: Iterable[Entry], field: str) -> list[str]:
    return [name for name, _ in Counter(getattr(each, field) for each in entries).most_common()]


def _count(entries: Iterable[Entry]) -> Count:
    some = list(entries)
    return Count(len(some), sum(each.tokens.count for each in some if each.tokens))
