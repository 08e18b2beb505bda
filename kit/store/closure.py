"""What one commit is made of: itself, its folders and its files, whatever stood before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.errors import InvalidInput
from kit.store import folder
from kit.store.objects import MAX_FILES

if TYPE_CHECKING:
    from kit.store.objects import Objects

_MAX_FOLDER = 8 << 20
_SUBMODULE = b"160000"  # the commit of another repository


def closure(objects: Objects, oid: str) -> list[str]:
    """Returns the ids of a commit, of its trees and of its files.

    Raises InvalidInput beyond MAX_FILES, and when an object is missing or damaged.
    """
    waiting = [objects.commit(oid).tree]
    found = [oid]
    while waiting:
        tree = waiting.pop()
        found.append(tree)
        try:
            entries = folder.parse(objects.raw(tree, limit=_MAX_FOLDER)[1])
        except ValueError as error:
            raise InvalidInput(f"tree {tree[:12]} is damaged: {error}", hint="run git fsck", code="missing") from None
        for entry in entries.values():
            if entry.is_folder:
                waiting.append(entry.oid)
            elif entry.mode != _SUBMODULE:
                found.append(entry.oid)
        if len(found) > 2 * MAX_FILES:
            raise InvalidInput(f"a live tree has more than {MAX_FILES} files", hint="run kit gc")
    return found
