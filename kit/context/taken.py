"""Finds what a thread holds of another's entries: the same ones, or copies of them, over however many threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.context import origin, version
from kit.context.thread import State
from kit.errors import InvalidInput
from kit.store import history

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kit.context.entry import Entry
    from kit.context.version import Version
    from kit.store.store import Store

#: Threads that a copy may have gone through, and states that are read for it; whoever may push could name any number.
MAX_CHAIN = 20
MOST_STATES = 50


class Taken:
    """What stands in a thread, looked up by an entry of another; each state on the way is read once."""

    def __init__(self, store: Store, here: State, source: State) -> None:
        self._store = store
        self._here = here
        self._source = source
        self._states: dict[tuple[str, str], dict[str, Entry]] = {}
        self._stands: dict[str, Version] = {}
        self._copies: dict[str, list[Version]] = {}
        own = version.versions(here.entries)
        for each in own:
            for one in (each.root, each.head):
                named = origin.parse(one.origin)
                if named and named.entry:
                    self._stands.setdefault(named.entry, each)
            if each.head.origin:
                self._copies.setdefault(each.head.text, []).append(each)
        self._own = {each.root.id: each for each in own}
        self._stands |= self._own

    def root(self, name: str) -> str:
        """Returns the id that an entry of the source has here, itself or as a copy; "" where it is not here."""
        return self._stands[name].root.id if name in self._stands else ""

    def find(self, each: Version) -> Entry | None:
        """Returns what is in force here for an entry of the source, None where nothing here is of it."""
        for name in (each.root.id, *self._behind(each.root), *self._behind(each.head)):
            if name in self._stands:
                return self._stands[name].head
        same = self._copies.get(each.head.text, ())
        return next((one.head for one in same if each.root.id in self._behind(one.head)), None)

    def before(self, each: Version, mine: Entry) -> Entry | None:
        """Returns what was in force of an entry when it was taken last, or where both threads parted."""
        if each.root.id in self._own:
            fork = history.fork(self._store.objects, self._here.commit, self._source.commit)
            return self._heads(self._here.thread, fork).get(each.root.id) if fork else None
        named = origin.parse(mine.origin)
        return self._heads(named.thread, named.commit).get(named.entry) if named else None

    def _behind(self, each: Entry) -> Iterator[str]:
        """Yields the ids of the entries that one is a copy of, the nearest first."""
        for _ in range(MAX_CHAIN):
            named = origin.parse(each.origin)
            if not named or not named.entry:
                return
            yield named.entry
            heads = self._heads(named.thread, named.commit)
            if named.entry not in heads:
                return
            each = heads[named.entry]

    def _heads(self, thread: str, commit: str) -> dict[str, Entry]:
        """Returns what was in force at a commit, by the ids of all versions; nothing where the commit is not here."""
        key = thread, commit
        if key not in self._states:
            if len(self._states) >= MOST_STATES:
                return {}
            self._states[key] = self._read(thread, commit)
        return self._states[key]

    def _read(self, thread: str, commit: str) -> dict[str, Entry]:
        try:
            entries = State(self._store, thread, commit).entries
        except InvalidInput:
            return {}
        heads = {each.root.id: each.head for each in version.versions(entries)}
        return {name: heads[root.id] for name, root in version.roots(entries).items() if root}
