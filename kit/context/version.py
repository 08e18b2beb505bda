"""Which version of each entry is in force: an edit stands in the place of the entry that it replaces.

Of several edits the one that no other edits stands, the latest of them where there are more. An edit of an entry that
is not there stands for itself; edits that go round in a circle stand for nothing, and are listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.context.entry import Entry


class Version(NamedTuple):
    """An entry (`root`), the one in force for it (`head`), and how many there are of it in all."""

    root: Entry
    head: Entry
    written: int = 1


def versions(entries: Sequence[Entry]) -> list[Version]:
    """Returns every entry that is no edit of another, in order, with the version of it that is in force."""
    rooted = roots(entries)
    of_root: dict[str, list[Entry]] = {}
    for each in entries:
        root = rooted[each.id]
        if root is not None:
            of_root.setdefault(root.id, []).append(each)
    found = []
    for each in entries:
        if each.id in of_root:
            some = of_root[each.id]
            replaced = {one.edits for one in some}
            found.append(Version(each, [one for one in some if one.id not in replaced][-1], len(some)))
    return found


def effective(entries: Sequence[Entry]) -> list[Entry]:
    """Returns the entries in force, in order: the content of each head, with the id and the time of its root."""
    return [head._replace(id=root.id, at=root.at, edits="") for root, head, _ in versions(entries)]


def roots(entries: Sequence[Entry]) -> dict[str, Entry | None]:
    """Returns what `root_of` says of each entry, by its id; in one walk, however long the chains of edits are."""
    known = {each.id: each for each in entries}
    found: dict[str, Entry | None] = {}
    for each in entries:
        way: dict[str, None] = {}
        at = each
        while at.id not in found and at.id not in way and at.edits in known:
            way[at.id] = None
            at = known[at.edits]
        root = found.get(at.id, None if at.id in way else at)
        found |= dict.fromkeys((*way, at.id), root)
    return found


def root_of(each: Entry, known: Mapping[str, Entry]) -> Entry | None:
    """Returns the entry whose place an entry takes, itself where it edits none; None where that is a circle."""
    seen = {each.id}
    while each.edits in known:
        each = known[each.edits]
        if each.id in seen:
            return None
        seen.add(each.id)
    return each
