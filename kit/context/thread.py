"""Reads a thread: its record and its entries, in order, as they stood at a commit.

Anyone who may push can write a file that is no entry: it is left out and named, and hides no other.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from kit.context import entry, place, record, rev, tip
from kit.errors import InvalidInput, NotFound
from kit.records import strict_json
from kit.store import tree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.context.entry import Entry
    from kit.context.record import Record
    from kit.store.store import Store

MAX_ENTRIES = 100_000
#: Bytes that the entries of a thread may have together.
MAX_TOTAL = 1 << 30


class State:
    """A thread as it stood at a commit; its entries are read when they are first asked for.

    `folder` is where it stands in the commit's tree; `other` is where the remote's side stands, where the thread has
    gone on there and here apart.
    """

    def __init__(self, store: Store, thread: str, commit: str, *, other: str = "") -> None:
        self._store = store
        self.thread = thread
        self.commit = commit
        self.other = other
        self.folder = place.folder_of(store.objects, commit, thread)
        if not self.folder:
            raise InvalidInput(
                f"commit {commit[:12]} holds no thread", hint="kit context log lists the commits", code="no_thread"
            )

    @cached_property
    def record(self) -> Record:
        """The thread's record. Raises InvalidInput when it is missing or broken."""
        blob = self._store.objects.blob_id(self.commit, f"{self.folder}/{place.RECORD}")
        if not blob:
            raise InvalidInput(
                f"{self.thread} has no {place.RECORD}", hint="git log shows who wrote it", code="broken_record"
            )
        return record.parse(self.thread, self._store.objects.blob(blob, limit=strict_json.MAX_BYTES))

    @property
    def budget(self) -> int:
        """The tokens that its record gives it, 0 for none; also where the record is broken, as what compiles stays."""
        try:
            return self.record.budget
        except InvalidInput:
            return 0

    @cached_property
    def files(self) -> Mapping[str, str]:
        """The files of the thread, by their paths below its folder, as object ids."""
        found = self._store.objects.entries(self.commit, under=self.folder, limit=MAX_ENTRIES)
        cut = len(self.folder) + 1
        return {path[cut:]: oid for path, oid in found.items()}

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries in order, by their time and then their id; edits stand for themselves among them."""
        return self._read[0]

    @property
    def broken(self) -> tuple[str, ...]:
        """The paths of files that stand among the entries and are none."""
        return self._read[1]

    @cached_property
    def _read(self) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
        paths = [path for path in self.files if path.startswith(f"{place.ENTRIES}/")]
        broken = [path for path in paths if not place.id_at(path)]
        named = [path for path in paths if place.id_at(path)]
        found: dict[str, Entry] = {}
        blobs = self._blobs({self.files[path] for path in named})
        for path in named:
            name, data = place.id_at(path), blobs[self.files[path]]
            try:
                if data is None:
                    raise InvalidInput(f"{path} is missing or too large")
                each = entry.parse(name, data, oid=self.files[path], path=path)
            except InvalidInput:
                broken.append(path)
                continue
            if name in found and found[name].oid != each.oid:
                broken.append(path)  # two files of one id: the one that came first stands
            else:
                found.setdefault(name, each)
        return tuple(sorted(found.values(), key=entry.order)), tuple(sorted(broken))

    def _blobs(self, wanted: set[str]) -> dict[str, bytes | None]:
        """Reads each object once: a hostile tree can name one a hundred thousand times."""
        oids = list(wanted)
        read = tree.read_objects(self._store.repository.git, oids, limit=entry.MAX_BYTES, total=MAX_TOTAL)
        return dict(zip(oids, read, strict=True))

    def find(self, name: str) -> Entry:
        """Returns the entry of an id, or of its first characters or its last, if there is but one.

        Raises NotFound, or InvalidInput when several are meant.
        """
        paths = {place.id_at(path): path for path in self.files}
        paths.pop("", None)
        found = [name] if name in paths else [each for each in paths if each.startswith(name) or each.endswith(name)]
        if len(found) > 1:
            raise InvalidInput(
                f"{name!r} can be {len(found)} entries: {', '.join(found[:5])}", hint="name more of it",
                code="ambiguous", value=name,
            )  # fmt: skip
        if not found or not name:
            raise NotFound(
                f"there is no entry {name!r} in {self.thread}", hint="kit context find shows entries", value=name
            )
        path = paths[found[0]]
        data = self._store.objects.blob(self.files[path], limit=entry.MAX_BYTES)
        return entry.parse(found[0], data, oid=self.files[path], path=path)


def read(store: Store, thread: str, at: str = "", *, now: float = 0.0) -> State:
    """Returns a thread as it stood at a revision (`kit.context.rev`), now when none is given.

    Raises NotFound when there is no such thread or revision.
    """
    stands = tip.of(store, thread)
    if not at:
        return State(store, thread, stands.oid, other=stands.other)
    return State(store, thread, rev.resolve(store, thread, at, now=now))
