"""Says who saw what, and when: from the compile records of threads and from who wrote their entries.

What was compiled without a record left no trace and is not in it. A record says which entries were sent and in which
form; a shortened one was seen in part, and what a fold stands for was seen through the fold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.context import compilation, origin, piece, place, tip, version
from kit.context.thread import State
from kit.errors import InvalidInput
from kit.records import times

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kit.context.compilation import Compilation
    from kit.context.entry import Entry
    from kit.store.store import Store

SAW, WROTE = "saw", "wrote"
#: Compile records that one audit reads, over all threads.
MOST_RECORDS = 2000
#: Seeing an entry: whole, in part (shortened), through a fold that stands for it, an earlier or later version of it,
#: or a copy of any of these that another thread was given.
WHOLE, PART, FOLD, VERSION, COPY = "whole", "in part", "through a fold", "another version", "a copy"


class Wanted(NamedTuple):
    """What is asked about; what is empty is not asked. `since` is in seconds since the epoch."""

    agent: str = ""
    entry: str = ""
    text: str = ""
    since: float = 0.0


class Seen(NamedTuple):
    """Who saw or wrote what: `compilation` is the record that tells it, "" for what was written.

    Where an entry or a text was asked about, `entry` names what was seen of it and `how`; else `entries` counts all.
    """

    at: float
    agent: str
    instance: str
    what: str
    thread: str
    commit: str = ""
    compilation: str = ""
    entry: str = ""
    how: str = ""
    entries: int = 0
    tokens: int = 0

    def record(self) -> dict[str, object]:
        """Returns it as JSON."""
        return {**self._asdict(), "at": times.stamp(self.at)}


class Audit(NamedTuple):
    """What was found, the oldest first; `looked` counts threads and records, `unread` names what could not be read.

    `left` is how many older records were not looked at.
    """

    seen: tuple[Seen, ...]
    threads: int
    records: int
    unread: tuple[str, ...]
    left: int

    @property
    def agents(self) -> list[str]:
        """Who is in it, by name."""
        return sorted({each.agent for each in self.seen})


def audit(store: Store, threads: Sequence[str], wanted: Wanted, *, most: int = MOST_RECORDS) -> Audit:
    """Returns who saw and wrote what in threads; nothing is fetched. A record that two threads share counts once.

    Raises NotFound for a thread that is not known here.
    """
    states: list[State] = []
    unread: list[str] = []
    for name in threads:
        try:
            states.append(State(store, name, tip.of(store, name).oid))
        except InvalidInput as error:
            unread.append(f"{name}: {error.message}")
    found, left = _records(store, states, most, unread)
    entries = _Entries(store, states, wanted)
    rows = [each for each in _seen(found, entries, wanted) if _is_wanted(each, wanted)]
    rows += [each for each in _written(entries, wanted) if _is_wanted(each, wanted)]
    rows.sort(key=lambda each: (each.at, each.what == SAW, each.thread, each.entry))
    return Audit(tuple(rows), len(states), len(found), tuple(unread), left)


def _is_wanted(each: Seen, wanted: Wanted) -> bool:
    return each.at >= wanted.since and wanted.agent in ("", each.agent)


def _records(store: Store, states: Iterable[State], most: int, unread: list[str]) -> tuple[list[Compilation], int]:
    """Returns the compile records of threads, each once, the newest `most` of them, and how many more there are."""
    blobs: dict[str, tuple[str, str]] = {}
    for state in states:
        for path, blob in _ever(store, state.commit):
            blobs.setdefault(path.rpartition("/")[2], (blob, path))
    names = sorted(blobs, reverse=True)
    found: list[Compilation] = []
    for name in names[:most]:
        blob, path = blobs[name]
        try:
            each = compilation.parse(store.objects.blob(blob, limit=compilation.MAX_BYTES))
            if name != f"{each.id}.json":
                raise InvalidInput(f"it says that it is {each.id}")
            found.append(each)
        except InvalidInput as error:
            unread.append(f"{path}: {error.message}")
    return found, max(0, len(names) - most)


def _ever(store: Store, top: str) -> Iterator[tuple[str, str]]:
    """Yields path and object id of every compile record in a history: a reset takes none of them back."""
    answer = store.repository.git.run(
        "log", "--full-history", "--diff-filter=A", "--raw", "--no-abbrev", "--no-renames", "-z", "--format=", top,
        "--", f":(glob){place.FOLDER}/*/{compilation.FOLDER}/*.json",
    )  # fmt: skip
    fields = answer.text.split("\0")
    for told, path in zip(fields[::2], fields[1::2], strict=False):
        words = told.strip("\n:").split(" ")
        if len(words) == 5:
            yield path, words[3]


def _seen(found: Iterable[Compilation], entries: _Entries, wanted: Wanted) -> Iterator[Seen]:
    for each in found:
        row = Seen(each.at, each.agent, each.instance, SAW, each.thread, each.commit, each.id)
        if not wanted.entry and not wanted.text:
            yield row._replace(entries=len(each.entries), tokens=each.tokens)
            continue
        for sent in each.entries:
            how = entries.how(each, sent.id)
            if how:
                is_short = sent.form not in (piece.FULL, piece.FOLD)
                yield row._replace(entry=sent.id, how=PART if how == WHOLE and is_short else how, tokens=sent.tokens)


def _written(entries: _Entries, wanted: Wanted) -> Iterator[Seen]:
    for thread, each in entries.written():
        how = entries.relation(each) if wanted.entry or wanted.text else WHOLE
        if how in (WHOLE, VERSION, COPY):
            tokens = each.tokens.count if each.tokens else 0
            yield Seen(each.at, each.agent, each.instance, WROTE, thread, "", "", each.id, how, 1, tokens)


class _Entries:
    """The entries of the threads as they stand, and as they stood where a record names what is gone since."""

    def __init__(self, store: Store, states: Sequence[State], wanted: Wanted) -> None:
        self._store = store
        self._states = states
        self._text = " ".join(wanted.text.split()).casefold()
        self._known: dict[str, Entry] = {}
        self._thread: dict[str, str] = {}
        self._looked: set[str] = set()
        for state in states:
            self._add(state)
        self._wanted = self._named(wanted.entry) if wanted.entry else ""

    def how(self, record: Compilation, name: str) -> str:
        """Returns how an entry that was sent has to do with what is asked about, "" when it has nothing."""
        each = self._known.get(name) or self._gone(record, name)
        return self.relation(each) if each else WHOLE if name == self._wanted else ""

    def relation(self, each: Entry) -> str:
        if self._text:
            return WHOLE if self._text in " ".join(each.text.split()).casefold() else ""
        if each.id == self._wanted:
            return WHOLE
        if self._wanted in {fold[:21] for fold in each.folds}:
            return FOLD
        if self._root(each.id) == self._root(self._wanted):
            return VERSION
        named = origin.parse(each.origin)
        is_copy = named and named.entry and self._root(named.entry) == self._root(self._wanted)
        return COPY if is_copy else ""

    def written(self) -> Iterator[tuple[str, Entry]]:
        """Yields every entry once, with the thread it was found in."""
        for name, each in self._known.items():
            yield self._thread[name], each

    def _root(self, name: str) -> str:
        each = self._known.get(name)
        root = version.root_of(each, self._known) if each else None
        return root.id if root else name

    def _named(self, name: str) -> str:
        found = [each for each in self._known if each == name] or [
            each for each in self._known if each.startswith(name) or each.endswith(name)
        ]
        if len(found) > 1:
            raise InvalidInput(f"{name!r} can be {len(found)} entries", hint="name more of it", code="ambiguous")
        return found[0] if found else name

    def _gone(self, record: Compilation, name: str) -> Entry | None:
        """Looks up what a record names and no thread holds any more, at the commit that it names."""
        if record.commit not in self._looked and len(self._looked) < 20:
            self._looked.add(record.commit)
            try:
                self._add(State(self._store, record.thread, record.commit))
            except InvalidInput:
                return None
        return self._known.get(name)

    def _add(self, state: State) -> None:
        known: Mapping[str, Entry] = {each.id: each for each in state.entries}
        for name, each in known.items():
            if name not in self._known:
                self._known[name] = each
                self._thread[name] = state.thread
