"""What files of a thread differ between two commits, by their paths below its folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.context import place
from kit.errors import InvalidInput

if TYPE_CHECKING:
    from kit.store.store import Store

MAX_ENTRIES = 100_000
_NONE = "0" * 40


class Differing(NamedTuple):
    """A file with its object ids before and after, "" where it was not there."""

    path: str
    before: str
    after: str


def between(store: Store, thread: str, before: str, after: str) -> list[Differing]:
    """Returns the files that differ; the folder may have another name in each commit. "" stands for no commit."""
    sides = [_tree(store, thread, oid) for oid in (before, after)]
    if sides[0] == sides[1]:
        return []
    if not all(sides):
        is_new = not sides[0]
        files = store.objects.entries(
            after if is_new else before, under=_folder(store, thread, after if is_new else before)
        )
        cut = {path.split("/", 2)[2]: blob for path, blob in files.items()}
        return [Differing(path, "" if is_new else blob, blob if is_new else "") for path, blob in cut.items()]
    out = store.repository.git.run("diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", *sides).text
    fields = out.split("\0")
    found = []
    for info, path in zip(fields[::2], fields[1::2], strict=False):
        _, _, old, new, _ = info.split(" ")
        found.append(Differing(path, old.replace(_NONE, ""), new.replace(_NONE, "")))
    return found


def _folder(store: Store, thread: str, oid: str) -> str:
    return place.folder_of(store.objects, oid, thread)


def _tree(store: Store, thread: str, oid: str) -> str:
    if not oid:
        return ""
    folder = _folder(store, thread, oid)
    tree = store.objects.folder_id(oid, folder) if folder else ""
    if not tree:
        raise InvalidInput(f"commit {oid[:12]} holds no thread", hint="kit context log lists them", code="no_thread")
    return tree
