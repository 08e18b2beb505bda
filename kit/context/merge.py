"""Merges a thread into another: what does not conflict is merged, what does waits until someone has chosen.

A merge is one commit with two parents. Nothing is committed before all is settled: what was chosen so far stands in a
file of `.kit` (`kit.context.pending`), and to abort is to remove it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kit.context import add as adding
from kit.context import conflict, pending, place, rebase, sides, write
from kit.context import settle as settling
from kit.context.pending import Pending
from kit.context.thread import State
from kit.errors import Blocked, InvalidInput, NotFound, Taken
from kit.store.editing import Blob

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kit.context.cleaning import Redactor
    from kit.context.conflict import Conflict
    from kit.context.entry import Entry
    from kit.context.piece import Warned
    from kit.context.record import Record
    from kit.context.settle import Settled
    from kit.context.write import Base, Beside, Edit
    from kit.store.author import Author
    from kit.store.store import Store

    Settle = Callable[[Sequence[Conflict]], Sequence[Conflict]]

STRATEGIES = ("ours", "theirs", "auto")
_NAMED = 10


class Merged(NamedTuple):
    """What came of a merge: its commit ("" while conflicts are open, or when all was there already).

    `added` are the ids of entries that the thread did not have, `settled` the conflicts with what was chosen, `open`
    those that wait. Of a rebase `moved` are the entries that come later now, and `warnings` what that changes.
    """

    commit: str
    theirs: str
    added: tuple[str, ...] = ()
    settled: tuple[Conflict, ...] = ()
    open: tuple[Conflict, ...] = ()
    moved: tuple[str, ...] = ()
    warnings: tuple[Warned, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether there was nothing to merge."""
        return not self.commit and not self.open


def merge(
    store: Store,
    thread: str,
    source: str,
    theirs: str,
    *,
    author: Author,
    random: Callable[[], str],
    redactor: Redactor,
    strategy: str = "",
    settle: Settle | None = None,
    beside: Beside | None = None,
    verb: str = pending.MERGE,
    is_strict: bool = False,
) -> Merged:
    """Merges the commit `theirs` of the thread `source` into a thread; nothing is sent.

    `strategy` settles every conflict; without one they are written down to be settled, and nothing is committed.
    `settle` is given them all, settled, before they are committed, and returns what stands of them. With the `verb`
    rebase what the thread has added comes behind all that the other holds. Raises Taken when a merge of this thread
    waits already, Blocked where the new order changes what is meant and `is_strict` forbids it.
    """
    if strategy and strategy not in STRATEGIES:
        raise InvalidInput(f"there is no strategy {strategy!r}", hint=f"there are {', '.join(STRATEGIES)}")
    if waits := pending.find(store.repository, thread):
        raise Taken(
            f"a merge of {waits.source} into {thread} waits", hint="kit context merge --continue, or --abort",
            code="merging",
        )  # fmt: skip
    State(store, source, theirs)  # it holds a thread at all
    told = Pending(thread, source, theirs, author.when, verb=verb, is_strict=is_strict)
    return _merge(store, told, author, random, redactor, strategy, settle, beside)


def go_on(
    store: Store,
    thread: str,
    *,
    author: Author,
    random: Callable[[], str],
    redactor: Redactor,
    settle: Settle | None = None,
    beside: Beside | None = None,
) -> Merged:
    """Finishes a merge that waited, when every conflict has its choice; else it waits on, with what is still open.

    Both sides are compared again: where the thread has gone on meanwhile, a choice about words that changed since is
    open again, and one that was begun as strict stays so. Raises NotFound when none waits.
    """
    return _merge(store, waiting(store, thread), author, random, redactor, "", settle, beside)


def waiting(store: Store, thread: str) -> Pending:
    """Returns the merge that waits. Raises NotFound when none does."""
    found = pending.find(store.repository, thread)
    if not found:
        raise NotFound(f"no merge into {thread} waits", hint="kit context merge THREAD begins one", code="no_merge")
    return found


def choose(store: Store, thread: str, name: str, choice: str, text: str = "") -> Pending:
    """Chooses for one conflict, or with `all` for every open one. Raises NotFound when there is none of that name."""
    found = waiting(store, thread)
    meant = [each for each in found.conflicts if (name == "all" and not each.choice) or conflict.is_named(each, name)]
    if not meant or (len(meant) > 1 and name != "all"):
        raise NotFound(
            f"{len(meant) or 'no'} conflicts are about {name!r}", hint="kit context conflicts lists them", value=name
        )
    made = [each._replace(choice=choice, text=text) if each in meant else each for each in found.conflicts]
    return pending.put(store.repository, found._replace(conflicts=tuple(made)))


def abort(store: Store, thread: str) -> None:
    """Forgets a merge that waited, read or not; the thread stands as it stood. Raises NotFound when none waits."""
    if not pending.file_of(store.repository, thread).exists():
        waiting(store, thread)
    pending.remove(store.repository, thread)


def _merge(  # noqa: PLR0917 - each is one of the edges
    store: Store, told: Pending, author: Author, random: Callable[[], str], redactor: Redactor, strategy: str,
    settle: Settle | None, beside: Beside | None,
) -> Merged:  # fmt: skip
    chosen = {each.digest: each for each in told.conflicts if each.choice}
    digits: list[str] = []
    notes: dict[str, Any] = {}
    result: list[Merged] = []

    def edit(base: Base) -> Edit:
        if base.oid and store.objects.descends(base.oid, told.theirs):
            raise _DoneError(())
        both = sides.compare(store, told.thread, base.oid, told.theirs)
        ours, theirs, found = both.ours, both.theirs, both.found
        conflicts = [
            each._replace(choice=chosen[each.digest].choice, text=redactor.text(chosen[each.digest].text))
            if each.digest in chosen else each
            for each in found.conflicts
        ]  # fmt: skip
        conflicts = sides.decided(store, conflicts, strategy, base.oid, told.theirs)
        if any(not each.choice for each in conflicts):
            raise _DoneError(tuple(conflicts))
        conflicts = [*settle(conflicts)] if settle else conflicts
        made = settling.settle(found.entries, conflicts, ours, theirs)
        digits.extend(random() for _ in range(len(made.edits) - len(digits)))
        added = tuple(name for name in made.entries if name not in ours)
        done = Merged("", told.theirs, added, tuple(conflicts))
        if told.verb == pending.REBASE:
            moved = rebase.behind(made.entries, both.own)
            made = made._replace(entries=moved.entries)
            by_hand = {each.root for each in conflicts if each.digest in chosen}
            odd = rebase.warnings(moved.entries, both.own, added, ours, by_hand)
            done = done._replace(moved=moved.ids, warnings=tuple(odd))
            if told.is_strict and done.warnings:
                raise _reordered(told, done.warnings)
        record = _dated_behind(State(store, told.thread, base.oid).record, made, author)
        notes.update(notes_of(told, conflicts, added, strategy))
        notes.update({"Moved": len(done.moved)} if done.moved else {})
        notes.update({"Warnings": " ".join({each.name: "" for each in done.warnings})} if done.warnings else {})
        result[:] = [done]
        return {place.RECORD: record.dump()} | changed(store, base, ours, made, digits=digits, author=author)

    try:
        commit = write.commit(
            store, told.thread, edit, event=f"context-{told.verb}", subject=_subject(told),
            author=author, notes=notes, also=[told.theirs], beside=beside,
        )  # fmt: skip
    except _DoneError as done:
        if done.conflicts:
            pending.put(store.repository, told._replace(conflicts=done.conflicts))
            settled = tuple(each for each in done.conflicts if each.choice)
            return Merged("", told.theirs, (), settled, tuple(each for each in done.conflicts if not each.choice))
        pending.remove(store.repository, told.thread)
        return Merged("", told.theirs)
    pending.remove(store.repository, told.thread)
    return result[0]._replace(commit=commit)


def _dated_behind(known: Record, made: Settled, author: Author) -> Record:
    """Returns the record that says behind what the next entry comes: what came may be later than the last row tells."""
    latest = max((each.at for each in made.entries.values() if each.at < author.when + adding.SKEW), default=0.0)
    return known._replace(after=max(known.after, latest + len(made.edits) * 0.001))


def changed(
    store: Store, base: Base, ours: Mapping[str, Entry], made: Settled, *, digits: Sequence[str], author: Author
) -> dict[str, bytes | Blob | None]:
    """Returns the files that make of what a thread holds these entries, and edits that are to be dated and added."""
    entries = made.entries
    files: dict[str, bytes | Blob | None] = {each.path: None for name, each in ours.items() if name not in entries}
    for name, each in entries.items():
        if name not in ours or not each.oid or each.oid != ours[name].oid:
            path = ours[name].path if name in ours else each.path
            files[path] = Blob(each.oid) if each.oid else each.dump()
    edits = adding.dated(store, base, made.edits, digits[: len(made.edits)], author)
    latest = max((each.at for each in entries.values()), default=0.0)
    late = max(0.0, latest - edits[0].at + 0.001) if edits else 0.0  # an edit is in force when it is the last
    paths = dict(place.places(store.objects, base.oid, base.folder, [each.id for each in edits]))
    return files | {paths[each.id]: each._replace(at=each.at + late).dump() for each in edits}


def _subject(told: Pending) -> str:
    if told.verb == pending.REBASE:
        return f"rebase {told.thread} onto {told.source}"
    return f"merge {told.source} into {told.thread}"


def _reordered(told: Pending, found: Sequence[Warned]) -> Blocked:
    return Blocked(
        f"after a rebase onto {told.source} the order would mean something else: {rebase.said(found)}",
        hint="kit context merge --abort, then leave --strict out" if told.conflicts
        else "leave --strict out, or kit context merge instead", code="order",
        warnings=[each._asdict() for each in found[:50]],
    )  # fmt: skip


def notes_of(told: Pending, conflicts: Sequence[Conflict], added: Sequence[str], strategy: str) -> dict[str, object]:
    """Returns the trailers of a merge."""
    notes: dict[str, object] = {"Merged": f"{told.source} {told.theirs}"}
    notes |= {"Entry": " ".join([*added[:_NAMED], *(["..."] if len(added) > _NAMED else [])])} if added else {}
    notes |= {"Strategy": strategy} if strategy else {}
    if conflicts:
        said = [f"{each.root}={each.kind}:{each.choice}" for each in conflicts[:_NAMED]]
        notes |= {"Conflicts": len(conflicts), "Settled": " ".join(said) + (" ..." if len(conflicts) > _NAMED else "")}
    return notes


class _DoneError(Exception):
    """Nothing is to be committed: all is there already, or conflicts are open."""

    def __init__(self, conflicts: tuple[Conflict, ...]) -> None:
        super().__init__()
        self.conflicts = conflicts
