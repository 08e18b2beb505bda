"""Shows what an entry stands for: the originals of a fold, the whole story of a collapsed thread; or brings it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.context import edit as editing
from kit.context import origin as origins
from kit.context import span, version, write
from kit.context.thread import State
from kit.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from kit.context.entry import Entry
    from kit.context.origin import Place
    from kit.context.write import Base, Edit
    from kit.store.author import Author
    from kit.store.store import Store

#: How often a copy of a copy is followed to where the entry was said.
_MAX_CHAIN = 20


class Expanded(NamedTuple):
    """What an entry stands for: the entries in order, the thread and commit where they stand, the ids not found."""

    entry: Entry
    entries: tuple[Entry, ...]
    thread: str
    commit: str
    missing: tuple[str, ...]


def expand(store: Store, state: State, name: str) -> Expanded:
    """Returns what a fold or the result of a collapsed thread stands for, as those entries are in force.

    A copy that another thread was given is followed to the entry it is a copy of. Raises NotFound when the entry
    stands for nothing, or what it stands for is not here.
    """
    first = head = editing.of(state, name).head
    for _ in range(_MAX_CHAIN):
        if head.folds:
            found = span.originals(version.versions(state.entries), head.folds)
            known = {each.id for each in found}
            if found or not _copied(head):
                missing = tuple(each for each in head.folds if each not in known)
                return Expanded(first, tuple(found), state.thread, state.commit, missing)
        named = origin(head)
        if not named:
            break
        if not store.objects.has(named.commit):
            raise NotFound(
                f"commit {named.commit[:12]} of {named.thread} is not here", hint="kit sync fetches it",
                value=named.thread,
            )  # fmt: skip
        state = State(store, named.thread, named.commit)
        if not named.entry:
            return Expanded(first, tuple(version.effective(state.entries)), named.thread, named.commit, ())
        head = editing.of(state, named.entry).head
    raise NotFound(f"{name} stands for nothing else", hint="kit context expand FOLD", value=name)


def origin(each: Entry) -> Place | None:
    """Returns the thread and the commit that an entry comes from, and the entry there, None where it says none."""
    return origins.parse(each.origin.partition("#")[0]) if each.origin.startswith(origins.PREFIX) else None


def _copied(each: Entry) -> bool:
    """Whether an entry is a copy of one of another thread."""
    named = origin(each)
    return bool(named and named.entry)


def restore(store: Store, thread: str, name: str, *, author: Author) -> str:
    """Takes a fold away, with every edit of it, so that its originals are in force again; returns the commit.

    The fold stays in the history. Raises InvalidInput when the entry is no fold.
    """
    notes: dict[str, object] = {}

    def edit(base: Base) -> Edit:
        state = State(store, thread, base.oid)
        every = editing.history(state, name)
        if not any(each.folds for each in every):
            named = origin(every[-1])
            if named and not named.entry:
                raise InvalidInput(
                    f"what {name} stands for is no part of {thread}: it stands in {named.thread}",
                    hint=f"kit context expand {name} shows it; to go on there: kit context switch {named.thread}",
                    code="no_fold",
                )
            raise InvalidInput(f"{name} is no fold", hint="kit context show tells the folds", code="no_fold")
        notes["Entry"] = " ".join(each.id for each in every[:10])
        return {each.path: None for each in every}

    return write.commit(
        store, thread, edit, event="context-expand", subject=f"expand {name}", author=author, notes=notes
    )
