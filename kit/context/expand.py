"""Shows what an entry stands for: the originals of a fold, the whole story of a collapsed thread; or brings it back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from kit.context import edit as editing
from kit.context import span, version, write
from kit.context.thread import State
from kit.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from kit.context.entry import Entry
    from kit.context.write import Base, Edit
    from kit.store.author import Author
    from kit.store.store import Store

_ORIGIN = re.compile(r"kit:context/([a-z0-9][a-z0-9._-]{0,79})@([0-9a-f]{40})")


class Expanded(NamedTuple):
    """What an entry stands for: the entries in order, the thread and commit where they stand, the ids not found."""

    entry: Entry
    entries: tuple[Entry, ...]
    thread: str
    commit: str
    missing: tuple[str, ...]


def expand(store: Store, state: State, name: str) -> Expanded:
    """Returns what a fold or the result of a collapsed thread stands for, as those entries are in force.

    Raises NotFound when the entry stands for nothing, or what it stands for is not here.
    """
    head = editing.of(state, name).head
    if head.folds:
        found = span.originals(version.versions(state.entries), head.folds)
        known = {each.id for each in found}
        return Expanded(
            head, tuple(found), state.thread, state.commit, tuple(each for each in head.folds if each not in known)
        )
    thread, commit = origin(head)
    if not thread:
        raise NotFound(f"{name} stands for nothing else", hint="kit context expand FOLD", value=name)
    if not store.objects.has(commit):
        raise NotFound(f"commit {commit[:12]} of {thread} is not here", hint="kit sync fetches it", value=thread)
    there = State(store, thread, commit)
    return Expanded(head, tuple(version.effective(there.entries)), thread, commit, ())


def origin(each: Entry) -> tuple[str, str]:
    """Returns the thread and the commit that an entry comes from, "" where it says none."""
    found = _ORIGIN.fullmatch(each.origin.partition("#")[0])
    return (found[1], found[2]) if found else ("", "")


def restore(store: Store, thread: str, name: str, *, author: Author) -> str:
    """Takes a fold away, with every edit of it, so that its originals are in force again; returns the commit.

    The fold stays in the history. Raises InvalidInput when the entry is no fold.
    """
    notes: dict[str, object] = {}

    def edit(base: Base) -> Edit:
        state = State(store, thread, base.oid)
        every = editing.history(state, name)
        if not any(each.folds for each in every):
            raise InvalidInput(f"{name} is no fold", hint="kit context show tells the folds", code="no_fold")
        notes["Entry"] = " ".join(each.id for each in every[:10])
        return {each.path: None for each in every}

    return write.commit(
        store, thread, edit, event="context-expand", subject=f"expand {name}", author=author, notes=notes
    )
