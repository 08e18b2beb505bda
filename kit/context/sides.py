"""Both sides of a merge: how they compare with where they parted, and what a merge of them would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.context import pending, rebase, threeway, tip
from kit.context import settle as settling
from kit.context.thread import State
from kit.store import history

if TYPE_CHECKING:
    from kit.context.conflict import Conflict
    from kit.context.entry import Entry
    from kit.context.piece import Warned
    from kit.store.store import Store


class Compared(NamedTuple):
    """The entries of both sides by id, how they compare, and the ids of what only ours has added."""

    ours: dict[str, Entry]
    theirs: dict[str, Entry]
    found: threeway.Threeway
    own: frozenset[str]


def compare(store: Store, thread: str, ours: str, theirs: str) -> Compared:
    """Returns how two commits compare with where they parted."""
    fork = history.fork(store.objects, ours, theirs) if ours else ""
    sides = [State(store, thread, oid).files if oid else {} for oid in (fork, ours, theirs)]
    base, mine, others = threeway.read(store.repository.git, *sides)
    own = frozenset(mine.keys() - base.keys() - others.keys())
    return Compared(mine, others, threeway.compare(base, mine, others), own)


class Preview(NamedTuple):
    """What a merge would do: the entries that would come, the conflicts that a strategy settles and those that wait.

    Of a rebase `moved` are the entries that would come later, and `warnings` what that changes. With `is_known` there
    is nothing to merge.
    """

    added: tuple[str, ...] = ()
    settled: tuple[Conflict, ...] = ()
    open: tuple[Conflict, ...] = ()
    moved: tuple[str, ...] = ()
    warnings: tuple[Warned, ...] = ()
    is_known: bool = True


def preview(store: Store, thread: str, theirs: str, *, strategy: str = "", verb: str = pending.MERGE) -> Preview:
    """Returns what a merge of the commit `theirs` would do now; nothing is written."""
    at = State(store, thread, tip.of(store, thread).oid)
    if store.objects.descends(at.commit, theirs):
        return Preview()
    sides = compare(store, thread, at.commit, theirs)
    conflicts = settling.decided(sides.found.conflicts, strategy)
    settled, waits = [[each for each in conflicts if bool(each.choice) == is_settled] for is_settled in (True, False)]
    entries = settling.settle(sides.found.entries, settled, sides.ours, sides.theirs).entries
    added = tuple(name for name in entries if name not in sides.ours)
    done = Preview(added, tuple(settled), tuple(waits), is_known=False)
    if verb != pending.REBASE:
        return done
    moved = rebase.behind(entries, sides.own)
    return done._replace(moved=moved.ids, warnings=tuple(rebase.warnings(moved.entries, sides.own, added, sides.ours)))
