"""Compares two sides of a thread with where they parted, entry by entry: what both can have, and what they cannot.

What one side added, edited or noted stands; what both did alike stands once. Tags and patterns of both are kept. What
is left are the conflicts, by class (`kit.context.conflict`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kit.context import conflict, entry, piece, place, version
from kit.context.conflict import Conflict
from kit.errors import InvalidInput
from kit.store import tree

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from kit.context.entry import Entry
    from kit.context.version import Version
    from kit.store.git import Git

    Entries = dict[str, Entry]


#: What of an entry the places where two sides parted may disagree about.
WORDS, PRIORITY = "words", "priority"


class Threeway(NamedTuple):
    """The entries of both sides together by id, in which the conflicts are not settled yet, and the conflicts."""

    entries: dict[str, Entry]
    conflicts: tuple[Conflict, ...]


def read(git: Git, *sides: Mapping[str, str]) -> list[Entries]:
    """Returns the entries of each side by id, from its files by path (below the thread's folder) as object ids.

    A file that two sides have alike is read once; what is no entry is left out.
    """
    wanted = {(place.id_at(path), oid): path for side in sides for path, oid in side.items() if place.id_at(path)}
    found: dict[tuple[str, str], Entry] = {}
    for (name, oid), data in zip(wanted, tree.read_objects(git, [oid for _, oid in wanted]), strict=True):
        try:
            if data is not None:
                found[name, oid] = entry.parse(name, data, oid=oid)
        except InvalidInput:
            continue
    read_sides: list[Entries] = []
    for side in sides:
        entries: Entries = {}
        for path, oid in sorted(side.items()):
            if each := found.get((place.id_at(path), oid)):
                entries.setdefault(each.id, each._replace(path=path))
        read_sides.append(entries)
    return read_sides


def compare(
    base: Entries, ours: Entries, theirs: Entries, disputed: Collection[tuple[str, str]] = frozenset()
) -> Threeway:
    """Returns what becomes of both sides, and where they disagree. In a conflict `entries` has both or ours.

    `disputed` are roots with WORDS or PRIORITY: there `base` says nothing, and whatever differs is a conflict.
    """
    merged, torn = _files(base, ours, theirs)
    if not disputed and not (_differs(base, ours) and _differs(base, theirs)):
        return Threeway(merged, ())
    known = [{each.root.id: each for each in version.versions(_sorted(side))} for side in (base, ours, theirs)]
    roots = dict.fromkeys([*known[1], *known[2], *(name for name in known[0])])
    went_on = (_went_on(base, ours), _went_on(base, theirs))
    found = [each for name in roots if (each := _conflict(name, known, torn, went_on, disputed))]
    open_ = {each.root for each in found}
    heads = {each.root.id: each.head for each in version.versions(_sorted(merged))}
    for name, head in heads.items():
        if name not in open_:
            noted = treated(head, *(side[name].head if name in side else None for side in known))
            if noted != head:
                merged[head.id] = noted._replace(oid="")
    return Threeway(merged, tuple(found))


def treated(head: Entry, was: Entry | None, mine: Entry | None, other: Entry | None) -> Entry:
    """Returns the version in force, treated as both sides have noted it, whichever version each noted that on.

    Where both have given it another priority, or one has removed it, it keeps its own.
    """
    if mine is None or other is None:
        return head
    old = was or head
    priority = head.priority if is_torn(was, mine, other) else _either(old.priority, mine.priority, other.priority)
    return head._replace(
        priority=priority,
        tags=_both(old.tags if was else (), mine.tags, other.tags),
        retain=_both(old.retain if was else (), mine.retain, other.retain),
    )


def is_torn(was: Entry | None, mine: Entry, other: Entry) -> bool:
    """Whether both sides have given an entry another priority, and not the same."""
    return mine.priority != other.priority and (was is None or was.priority not in (mine.priority, other.priority))


def _either(was: str, mine: str, other: str) -> str:
    return other if mine == was else mine


def _files(base: Entries, ours: Entries, theirs: Entries) -> tuple[Entries, set[str]]:
    """Returns the entries of both by id, and the ids of those that both sides have noted something else on."""
    merged: Entries = {}
    torn: set[str] = set()
    for name in {**ours, **theirs}:
        was, mine, other = base.get(name), ours.get(name), theirs.get(name)
        if mine and (other is None or mine.oid == other.oid or (was and other.oid == was.oid)):
            if other is None and was and was.oid == mine.oid:
                continue  # they removed it, we left it as it was
            merged[name] = mine
        elif other and (mine is None or (was and mine.oid == was.oid)):
            if mine is None and was and was.oid == other.oid:
                continue
            merged[name] = other._replace(path=mine.path if mine else other.path)
        elif mine and other:
            merged[name], is_torn = _noted(was, mine, other)
            if is_torn:
                torn.add(name)
    return merged, torn


def _noted(was: Entry | None, mine: Entry, other: Entry) -> tuple[Entry, bool]:
    """Returns one entry with what both sides noted on it, ours where they disagree, and whether they do."""
    fields: dict[str, Any] = {}
    is_torn = False
    for name in entry.Entry._fields:
        old, one, two = (getattr(each, name) if each else None for each in (was, mine, other))
        if name in ("oid", "path") or one == two:
            continue
        if name in ("tags", "retain"):
            fields[name] = _both(old or (), one or (), two or ())
        elif name == "tokens":
            fields[name] = two if two and two.by == "usage" else one
        elif was is not None and one == old:
            fields[name] = two
        elif was is None or two != old:
            is_torn = True
    return (mine._replace(**fields, oid="") if fields else mine), is_torn


def _both(old: Sequence[Any], one: Sequence[Any], two: Sequence[Any]) -> tuple[Any, ...]:
    """Returns what both lists hold together, without what either took out."""
    everything = [*one, *(each for each in two if each not in one)]
    return tuple(each for each in everything if each not in old or (each in one and each in two))


def _conflict(
    name: str, known: Sequence[Mapping[str, Version]], torn: set[str], went_on: tuple[_GoneOn, _GoneOn],
    disputed: Collection[tuple[str, str]],
) -> Conflict | None:  # fmt: skip
    was, mine, other = (side[name].head if name in side else None for side in known)
    if was is None and (mine is None or other is None):
        return None
    old = was or known[1][name].root
    found = Conflict(name, "", was, mine, other)
    ours, theirs = (_Change.of(old, each) for each in (mine, other))
    is_out = ours.is_out and theirs.is_out and mine is not None and other is not None  # both: then it stays so, edited
    if not is_out and ((ours.is_out and theirs.is_edited) or (theirs.is_out and ours.is_edited)):
        return found._replace(kind=conflict.SKIP_AGAINST_EDIT)
    if mine is None or other is None:
        is_noted = (ours.is_noted or theirs.is_noted) and mine is not other
        return found._replace(kind=conflict.SKIP_AGAINST_EDIT) if is_noted else None
    # By what was written, not only by what it says: one who has gone back to the old words has edited it too.
    is_both = old.id not in (mine.id, other.id) or (ours.is_edited and theirs.is_edited) or (name, WORDS) in disputed
    is_both = is_both and conflict.said(mine) != conflict.said(other)
    is_both = is_both or ((name, PRIORITY) in disputed and mine.priority != other.priority)
    if is_both or (mine.id in torn and mine.id == other.id) or is_torn(was, mine, other):
        return found._replace(kind=conflict.BOTH_EDITED)
    after = went_on[1].after(name) if ours.is_edited else went_on[0].after(name) if theirs.is_edited else ()
    return found._replace(kind=conflict.EDIT_AND_APPEND, answers=after) if after else None


class _Change(NamedTuple):
    """What one side has done to an entry: other words, other notes, or left out."""

    is_edited: bool
    is_noted: bool
    is_out: bool

    @staticmethod
    def of(old: Entry, now: Entry | None) -> _Change:
        if now is None:
            return _Change(is_edited=False, is_noted=False, is_out=True)
        is_out = now.priority == piece.SKIPPED != old.priority
        is_noted = conflict.treated(now) != conflict.treated(old)
        return _Change(conflict.said(now) != conflict.said(old), is_noted, is_out)


class _GoneOn(NamedTuple):
    """What a side has said after which entry: by the entry's id."""

    of: Mapping[str, list[str]]

    def after(self, name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.of.get(name, ())))


def _went_on(base: Entries, side: Entries) -> _GoneOn:
    """Returns what a side added right behind an entry that stood before, as an answer to it, or as its result."""
    found: dict[str, list[str]] = {}
    before = question = ""
    calls: dict[str, str] = {}
    for root, head, _ in version.versions(_sorted(side)):
        is_new = root.id not in base
        if head.priority == piece.SKIPPED:
            continue
        who = piece.speaker(head)
        if is_new and not head.folds:
            targets = [before, calls.get(head.call, "") if piece.is_result(head) else ""]
            targets += [question] if who == "assistant" else []
            for each in targets:
                if each in base:
                    found.setdefault(each, []).append(root.id)
        if who == "user" and not piece.is_result(head):
            question = root.id
        if piece.is_call(head):
            calls[head.call] = root.id
        before = root.id
    return _GoneOn(found)


def _differs(base: Entries, side: Entries) -> bool:
    return {name: each.oid for name, each in base.items()} != {name: each.oid for name, each in side.items()}


def _sorted(entries: Entries) -> list[Entry]:
    return sorted(entries.values(), key=entry.order)
