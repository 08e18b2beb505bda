"""Settles conflicts: makes of what was chosen the entries that say so, beside those of both sides.

No file of either side is dropped for it: the words that were chosen are an edit of their own, written last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.context import conflict, entry, piece, threeway, version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.context.conflict import Conflict
    from kit.context.entry import Entry
    from kit.context.threeway import Entries


class Settled(NamedTuple):
    """The entries that stand, and the edits that are to be added: not dated yet, each with what it edits."""

    entries: dict[str, Entry]
    edits: list[Entry]


def auto(found: Conflict, *, is_ours_later: bool = True) -> Conflict:
    """Returns a conflict with the choice that needs nobody: the edit stays, of two edits the later.

    It is the same whichever side is ours. `is_ours_later` decides where both have noted something on one entry.
    """
    ours, theirs = found.ours, found.theirs
    if ours is None or theirs is None:
        return found._replace(choice=conflict.OURS if ours else conflict.THEIRS)
    if found.kind == conflict.SKIP_AGAINST_EDIT and ours.priority != theirs.priority:
        is_out = ours.priority == piece.SKIPPED
        return found._replace(choice=conflict.THEIRS if is_out else conflict.OURS)
    if found.kind != conflict.BOTH_EDITED:
        old = found.base
        is_ours = conflict.said(ours) != conflict.said(old)
        return found._replace(choice=conflict.OURS if is_ours else conflict.THEIRS)
    is_ours = is_ours_later if ours.id == theirs.id else entry.order(ours) > entry.order(theirs)
    return found._replace(choice=conflict.OURS if is_ours else conflict.THEIRS)


def decided(found: Sequence[Conflict], strategy: str, *, is_ours_later: bool = True) -> list[Conflict]:
    """Returns conflicts with the choice of a strategy: ours, theirs or auto; "" leaves them open."""
    if strategy == "auto":
        return [auto(each, is_ours_later=is_ours_later) for each in found]
    return [each._replace(choice=strategy) if strategy and not each.choice else each for each in found]


def settle(merged: Mapping[str, Entry], found: Sequence[Conflict], ours: Entries, theirs: Entries) -> Settled:
    """Returns the entries with every conflict settled as it was chosen."""
    entries = dict(merged)
    known = {**theirs, **ours}
    roots = {name: version.root_of(each, known) for name, each in known.items()}
    edits: list[Entry] = []
    for each in found:
        wanted = each.chosen()
        of_it = [name for name, root in roots.items() if root is not None and root.id == each.root]
        if wanted is None:
            for name in of_it:
                entries.pop(name, None)
            continue
        if each.root not in entries:  # one side has removed it, and the other's was chosen
            side = ours if each.ours else theirs
            entries |= {name: side[name] for name in of_it if name in side}
        noted = threeway.treated(wanted, each.base, each.ours, each.theirs)
        if each.kind == conflict.SKIP_AGAINST_EDIT:
            noted = noted._replace(priority=wanted.priority)
        _stand(entries, each.root, noted, edits)
    return Settled(entries, edits)


def _stand(entries: dict[str, Entry], root: str, wanted: Entry, edits: list[Entry]) -> None:
    """Makes `wanted` what is in force for a root: by what is noted on the version in force, or by an edit of it."""
    found = [each for each in version.versions(sorted(entries.values(), key=entry.order)) if each.root.id == root]
    if not found:
        return
    head = found[0].head
    if conflict.said(head) == conflict.said(wanted):
        if conflict.treated(head) != conflict.treated(wanted):
            entries[head.id] = head._replace(priority=wanted.priority, tags=wanted.tags, retain=wanted.retain, oid="")
        return
    edits.append(wanted._replace(edits=head.id, oid="", path=""))
