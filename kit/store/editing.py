"""Edits the folders of a commit: files and whole folders are set or removed, and only what they stand in is made anew.

The objects are made in memory first, so that those of one commit are written, and made durable, together.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from kit.store import folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kit.store.folder import Entry


class Blob(NamedTuple):
    """The bytes of a file that stand in the object store already, by their object id."""

    oid: str


class Folder(NamedTuple):
    """A whole folder that stands in the object store already, by its tree's object id."""

    oid: str


class Made:
    """Objects that are to be written: kind and bytes by object id, each after those it names."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[str, bytes]] = {}
        self.folders: dict[str, dict[str, Entry]] = {}

    def put(self, kind: str, data: bytes) -> str:
        """Returns the object id of what will be written."""
        oid = hashlib.sha1(b"%s %d\0%s" % (kind.encode(), len(data), data), usedforsecurity=False).hexdigest()
        self.objects.setdefault(oid, (kind, data))
        return oid

    def folder(self, entries: dict[str, Entry]) -> str:
        """Returns the object id of a folder that will be written."""
        oid = self.put("tree", folder.dump(entries))
        self.folders[oid] = entries
        return oid


def edited(
    read: Callable[[str], Mapping[str, Entry]],
    tree: str,
    edit: Mapping[str, bytes | Blob | Folder | None],
    made: Made,
) -> str:
    """Returns the id of a tree ("" is the empty one) with the edit applied, "" where nothing is left of it.

    A path and one below it may both be set: the folder first, then what is in it. Raises ValueError for a name that
    no file can have.
    """
    entries = dict(read(tree)) if tree else {}
    below: dict[str, dict[str, bytes | Blob | Folder | None]] = {}
    for path, data in edit.items():
        head, _, rest = path.partition("/")
        folder.check(head)
        if rest:
            below.setdefault(head, {})[rest] = data
        elif data is None:
            entries.pop(head, None)
        elif isinstance(data, Folder):
            entries[head] = folder.folder(data.oid)
        else:
            entries[head] = folder.file(data.oid if isinstance(data, Blob) else made.put("blob", data))
    for head, inner in below.items():
        old = entries.pop(head, None)
        if new := edited(read, old.oid if old and old.is_folder else "", inner, made):
            entries[head] = folder.folder(new)
    return made.folder(entries) if entries else ""
