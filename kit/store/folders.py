"""Finds what stands at the paths of a commit's tree, folder by folder, and keeps in mind those it saw last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.errors import InvalidInput
from kit.store import folder
from kit.store.cat_file import damaged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kit.store.folder import Entry

_MAX_DEPTH = 20
_SMALL = 100
_MOST_KNOWN = 1000


class Folders:
    """The folders of an object store; `read` returns the bytes of a tree by its id."""

    def __init__(self, read: Callable[[str], bytes]) -> None:
        self._read = read
        # Small ones that were read or written last: who adds to one again and again reads none twice.
        self._known: dict[str, Mapping[str, Entry]] = {}

    def folder(self, oid: str) -> Mapping[str, Entry]:
        """Returns what a tree holds, by name. Raises InvalidInput when it is missing, damaged or too large."""
        if oid not in self._known:
            try:
                found = folder.parse(self._read(oid))
            except ValueError as error:
                raise damaged(oid, str(error)) from None
            self.remember(oid, found)
            return found
        return self._known[oid]

    def remember(self, oid: str, entries: Mapping[str, Entry]) -> None:
        """Keeps a folder in mind that will be asked for again."""
        if len(entries) <= _SMALL:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[oid] = entries

    def at(self, tree: str, path: str) -> Entry | None:
        """Returns what stands at a path below a tree, None where nothing does."""
        entry: Entry | None = folder.folder(tree)
        for name in path.split("/"):
            entry = self.folder(entry.oid).get(name) if entry and entry.is_folder else None
        return entry

    def files(self, tree: str, *, prefix: str, limit: int) -> dict[str, str]:
        """Returns path -> object id of the files below a tree; `prefix` stands before each path.

        What a hostile tree can make of few objects is bounded: width, depth, folders. Raises InvalidInput beyond.
        """
        found: dict[str, str] = {}
        waiting = [(tree, prefix, 0)]
        seen = 0
        while waiting:
            oid, prefix, depth = waiting.pop()
            for name, entry in self.folder(oid).items():
                seen += 1
                if seen > 2 * limit or len(found) >= limit or depth > _MAX_DEPTH:
                    raise InvalidInput(f"a live tree has more than {limit} files", hint="run kit gc")
                if entry.is_folder:
                    waiting.append((entry.oid, f"{prefix}{name}/", depth + 1))
                elif entry.is_file:
                    found[prefix + name] = entry.oid
        return found
