"""What two sides of a thread had together when they parted; after merges criss-cross that is more than one commit.

Then it is what those commits make together. What they disagree about is disputed: two sides that have settled it in
different ways are in conflict, and neither stands for being looked at last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.context import conflict, entry, threeway, version
from kit.context.thread import State
from kit.store import history

if TYPE_CHECKING:
    from kit.context.threeway import Entries
    from kit.store.store import Store


class Sides(NamedTuple):
    """The entries where two commits parted, and of each; `disputed` is what several such places disagree about."""

    base: Entries
    ours: Entries
    theirs: Entries
    disputed: frozenset[tuple[str, str]] = frozenset()


def sides(store: Store, thread: str, ours: str, theirs: str) -> Sides:
    """Returns both sides of a thread; `ours` is "" for nothing. Raises InvalidInput when one holds no thread."""
    forks = sorted(history.forks(store.objects, ours, theirs)) if ours else []
    if len(forks) < 2:
        base, mine, others = _read(store, thread, forks[0] if forks else "", ours, theirs)
        return Sides(base, mine, others)
    base, disputed = _together(store, thread, forks)
    mine, others = _read(store, thread, ours, theirs)
    return Sides(base, mine, others, disputed)


def _together(store: Store, thread: str, forks: list[str]) -> tuple[Entries, frozenset[tuple[str, str]]]:
    (found,) = _read(store, thread, forks[0])
    disputed: set[tuple[str, str]] = set()
    for each in forks[1:]:
        before, more = _read(store, thread, history.fork(store.objects, forks[0], each), each)
        found, conflicts = threeway.compare(before, found, more)
        heads = {one.root.id: one.head for one in version.versions(sorted(found.values(), key=entry.order))}
        for one in conflicts:
            if head := heads.get(one.root):
                found[head.id] = threeway.treated(head, one.base, one.ours, one.theirs)
            if conflict.said(one.ours) != conflict.said(one.theirs):
                disputed.add((one.root, threeway.WORDS))
            if not one.ours or not one.theirs or one.ours.priority != one.theirs.priority:
                disputed.add((one.root, threeway.PRIORITY))
    return found, frozenset(disputed)


def _read(store: Store, thread: str, *oids: str) -> list[Entries]:
    return threeway.read(store.repository.git, *(State(store, thread, oid).files if oid else {} for oid in oids))
