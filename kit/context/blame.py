"""Says for each sentence that a model is sent who put it there: through edits, folds, picks and children.

A sentence is known again by its words, blanks aside; one that an edit says in other words is the edit's own. What an
entry says of where it comes from is its writer's claim; which commit brought it is git's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.context import entry, fields, log, origin, sentence, version, writes
from kit.context.blamed import Blame, Blamed, Step
from kit.context.thread import State
from kit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kit.context.entry import Entry
    from kit.context.writes import Write
    from kit.store.store import Store

ADDED, EDITED, FOLDED = "added", "edited", "folded"
MAX_CHAIN = 20
_MOST_STATES = 50


def blame(store: Store, state: State, entries: Sequence[Entry], *, only: str = "", limit: int | None = None) -> Blame:
    """Returns who put the sentences of entries there, which are in force in `state`; `only` those that say a text.

    Nothing is fetched: what is not here is said to be missing. Raises InvalidInput when the thread cannot be read.
    """
    sought = " ".join(only.split()).casefold()
    wanted: list[tuple[Entry, sentence.Sentence]] = []
    more = 0
    for each in entries:
        for said in sentence.sentences(each.text):
            if sought and sought not in " ".join(said.text.split()).casefold():
                continue
            if limit is not None and len(wanted) >= limit:
                more += 1
            else:
                wanted.append((each, said))
    look = _Look(store)
    look.prepare(state, [each for each, _ in wanted])
    turns = _turns(state)
    return Blame(tuple(_blamed(look, state, each, said, turns) for each, said in wanted), more)


def _blamed(look: _Look, state: State, each: Entry, said: sentence.Sentence, turns: Mapping[str, int]) -> Blamed:
    text = sentence.same(said.text)
    written = look.first(state, each, text)
    step = look.step(state, written, text)
    known = look.known(state)
    folds = tuple(fold[:21] for fold in written.folds if fields.is_id(fold[:21]))
    quotes = tuple(name for name in folds if name in known and text in look.said(known[name]))
    how = FOLDED if written.folds else EDITED if written.edits else ADDED
    behind = look.behind(state, written, text)
    if quotes and not behind:
        quoted = look.first(state, known[quotes[0]], text)
        behind = [look.step(state, quoted, text), *look.behind(state, quoted, text)]
    return Blamed(
        said.text, said.line, each.id, each.role, turns.get(each.id, 0), how, step, tuple(behind), folds, quotes
    )


def _turns(state: State) -> dict[str, int]:
    """Returns for each entry how many times a user has spoken up to it; an edit has the turn of what it replaces."""
    found: dict[str, int] = {}
    number = 0
    for root, head, _ in version.versions(state.entries):
        number += head.role == "user" and not head.call
        found[root.id] = found[head.id] = number
    return found


class _Look:
    """Threads and commits as they are looked into: each is read once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._states: dict[tuple[str, str], State | None] = {}
        self._known: dict[str, dict[str, Entry]] = {}
        self._writes: dict[str, dict[str, list[Write]]] = {}
        self._said: dict[tuple[str, str], frozenset[str]] = {}

    def prepare(self, state: State, entries: Iterable[Entry]) -> None:
        """Looks up which commits wrote entries, and their versions and folded ones, all at once."""
        known = self.known(state)
        names: set[str] = set()
        for each in entries:
            names |= {each.id, *(fold[:21] for fold in each.folds)}
            names |= {one.id for one in _versions(each, known)}
        self._look_up(state.commit, {name for name in names if fields.is_id(name)})

    def known(self, state: State) -> dict[str, Entry]:
        if state.commit not in self._known:
            self._known[state.commit] = {each.id: each for each in state.entries}
        return self._known[state.commit]

    def said(self, each: Entry) -> frozenset[str]:
        """Returns what an entry says, sentence by sentence."""
        key = each.id, each.oid
        if key not in self._said or not each.oid:
            self._said[key] = frozenset(sentence.same(one.text) for one in sentence.sentences(each.text))
        return self._said[key]

    def first(self, state: State, each: Entry, text: str) -> Entry:
        """Returns the version of an entry that brought a sentence, which every later one has kept."""
        found = known = self.known(state).get(each.id, each)
        for before in _versions(known, self.known(state))[1:]:
            if text not in self.said(before):
                break
            found = before
        return found

    def step(self, state: State, each: Entry, text: str) -> Step:
        """Returns which commit brought a sentence of an entry, and who made it."""
        found = self._write(state, each, text)
        if found is None:
            return Step(state.thread, "", each.id, agent=each.agent, instance=each.instance, at=each.at,
                        source=each.origin, missing="no commit here wrote it")  # fmt: skip
        commit = self._store.objects.commit(found.commit)
        made = log.event(commit)
        is_own = found == self._writes[state.commit][each.id][0] and bool(each.agent)
        agent, instance = (each.agent, each.instance) if is_own else (made.agent, made.instance)
        return Step(
            writes.thread_of(commit.message) or state.thread, commit.oid, each.id, made.event, agent, instance,
            made.agent if made.agent != agent else "", each.at if is_own else made.at, each.origin,
        )  # fmt: skip

    def behind(self, state: State, each: Entry, text: str) -> list[Step]:
        """Returns where a sentence stood before, from thread to thread, as far as entries name it and it is here."""
        found: list[Step] = []
        seen = {(state.commit, each.id)}
        while (named := origin.parse(each.origin)) and len(found) < MAX_CHAIN:
            there = self._state(named.thread, named.commit)
            if there is None:
                found.append(Step(named.thread, named.commit, named.entry, missing="the commit is not here"))
                break
            known = self.known(there)
            other = known.get(named.entry or each.id) or self._saying(there, text)
            if other is None or (there.commit, other.id) in seen:
                if other is None and not each.folds:  # a fold's own words stand nowhere else
                    missing = "nothing there says it word for word"
                    found.append(Step(named.thread, named.commit, named.entry, missing=missing))
                break
            each, state = self.first(there, other, text), there
            seen |= {(there.commit, other.id), (there.commit, each.id)}
            found.append(self.step(there, each, text))
        return found

    def _saying(self, state: State, text: str) -> Entry | None:
        return next((each for each in state.entries if text in self.said(each)), None)

    def _write(self, state: State, each: Entry, text: str) -> Write | None:
        self._look_up(state.commit, {each.id})
        found = self._writes[state.commit].get(each.id, [])
        for write in reversed(found[1:]):  # whoever has changed the file itself
            before = found[found.index(write) - 1]
            if text not in self._said_in(each.id, before):
                return write
        return found[0] if found else None

    def _said_in(self, name: str, write: Write) -> frozenset[str]:
        try:
            return self.said(entry.parse(name, self._store.objects.blob(write.blob), oid=write.blob))
        except InvalidInput:
            return frozenset()

    def _look_up(self, top: str, names: set[str]) -> None:
        known = self._writes.setdefault(top, {})
        lacking = names - known.keys()
        if lacking:
            found = writes.writes(self._store, top, lacking)
            known.update({name: list(found.get(name, [])) for name in lacking})

    def _state(self, thread: str, commit: str) -> State | None:
        key = thread, commit
        if key not in self._states:
            try:
                if len(self._states) >= _MOST_STATES:
                    return None
                self._states[key] = State(self._store, thread, commit)
            except InvalidInput:
                self._states[key] = None
        return self._states[key]


def _versions(each: Entry, known: Mapping[str, Entry]) -> list[Entry]:
    """Returns an entry and what it is an edit of, back to the first; a circle ends where it began."""
    found = [each]
    seen = {each.id}
    while (before := known.get(found[-1].edits)) and before.id not in seen:
        seen.add(before.id)
        found.append(before)
    return found
