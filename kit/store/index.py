"""Finds documents by words: an index of a tree's files that refreshes itself by object ids.

A cache for one machine and one user: it may be deleted at any time, and whatever is missing, damaged or old
in it is built anew. Processes share it, and none that reads waits for one that writes; threads do not.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from kit.errors import KitError
from kit.store import generation
from kit.store.documents import Document, Field, Hit, Hits, Refreshed, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from kit.store.ranking import Opened

__all__ = ["Document", "Field", "Hit", "Hits", "Index", "Refreshed", "Status"]

# `build` and `ranking` are imported where they are used: with Whoosh and filelock they take fifty times as
# long as it takes to see that nothing has changed.


class Index:
    """The search index kept in `folder`, which nothing else may use; opens nothing until it is asked.

    `version` names what else the documents depend on beside their objects, such as the schemas that say
    which section of a file goes into which field: an index of another version is built anew.
    """

    def __init__(self, folder: Path, fields: Sequence[Field], *, version: str = "") -> None:
        self._folder = folder
        self._fields = tuple(fields)
        self._stamp = repr((generation.FORMAT, version, [tuple(field) for field in fields]))
        self._opened: Opened | None = None
        self._again: Callable[[], Refreshed] | None = None

    @property
    def tree_id(self) -> str | None:
        """The id of the tree that the index holds; None when it is missing, damaged or of another stamp."""
        current = self._current()
        return current.tree if current else None

    def refresh(
        self,
        tree_id: str,
        entries: Callable[[], Mapping[str, str]],
        load: Callable[[Sequence[str]], Iterable[Document]],
        *,
        patience: float = 60.0,
    ) -> Refreshed:
        """Makes the index hold a tree; asks `entries` (path to object id) and `load` only for what changed.

        `load` yields at most one document for each path it is given, in any order; a path without one is
        remembered and not asked for again. Documents may be asked for that have not changed. While the
        index holds another tree, a writer elsewhere (`busy`) or a full disk (`failed`) leaves that one to
        answer from; when it holds none, the other writer is waited for.

        Raises TimedOut after `patience` seconds of waiting, KitError when there is nothing to answer from
        and the folder cannot be written, InvalidInput when it is a link or another user's, and whatever
        `entries` and `load` raise.
        """
        self._again = partial(self.refresh, tree_id, entries, load, patience=patience)
        if self.tree_id == tree_id:
            return Refreshed()
        from kit.store.build import Build

        build = Build(self._folder, self._stamp, self._fields, tree_id, entries, load)
        return build.run(patience=patience)

    def search(self, query: str, *, filters: Mapping[str, Collection[str]] | None = None, k: int) -> Hits:
        """Returns the `k` best documents for a text, which is never a syntax: any text is a query.

        With filters, only documents count that hold one of the values in each keyword field named; the
        value "" stands for a document with none. Damage that shows only now is repaired by repeating the
        last refresh of this object; without one, nothing is found in nothing searched.
        """
        keys = self._keys(filters or {})
        for repairs_left in (2, 1, 0):
            while current := self._current():
                try:
                    return self._open(current).search(query, keys=keys, k=k)
                except Exception:  # Whoosh raises whatever comes of reading a damaged file.
                    self._opened = None
                    if self._current() != current:
                        continue  # A writer has gone on and swept it away.
                    if not repairs_left:
                        raise
                    (self._folder / generation.CURRENT).unlink(missing_ok=True)
            if self._again is None:
                return Hits([], 0, 0)
            if repairs_left:
                self._again()
        msg = f"the search index in {self._folder} does not stay as it was written"
        raise KitError(msg, code="index", hint="keep it on a local disk")

    def drop(self, *, patience: float = 60.0) -> None:
        """Deletes the index; raises TimedOut when another process is writing it for so many seconds."""
        from kit.store.build import drop

        self._close()
        drop(self._folder, patience=patience)

    def status(self) -> Status:
        """Returns what the index holds and what it takes on disk."""
        current = self._current() or generation.Generation(0, "", "", ())
        size = 0
        with suppress(FileNotFoundError):  # Files go while another process refreshes.
            for file in self._folder.rglob("*"):
                size += file.lstat().st_size
        return Status(
            generation=current.number,
            tree_id=current.tree or None,
            documents=sum(segment.live for segment in current.segments),
            segments=len(current.segments),
            bytes=size,
            stamp=self._stamp,
        )

    def _current(self) -> generation.Generation | None:
        return generation.current(self._folder, stamp=self._stamp)

    def _open(self, current: generation.Generation) -> Opened:
        from kit.store.ranking import Opened

        if self._opened and self._opened.generation != current:
            self._close()
        if self._opened is None:
            self._opened = Opened(self._folder, current)
        return self._opened

    def _close(self) -> None:
        if self._opened:
            self._opened.close()
            self._opened = None

    def _keys(self, filters: Mapping[str, Collection[str]]) -> list[set[str]]:
        from kit.store.tokens import key

        keywords = {field.name for field in self._fields if field.kind == "keyword"}
        if unknown := sorted(filters.keys() - keywords):
            msg = f"no keyword field of the index: {', '.join(unknown)}"
            raise ValueError(msg)
        return [{key(field, value) for value in values} for field, values in filters.items()]
