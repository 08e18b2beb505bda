"""Puts entries in their order: by time unless told, an edit in its target's place, folded ones behind their fold."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.context import entry, piece, version
from kit.context.piece import Cut, Warned
from kit.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kit.context.entry import Entry


class Arranged(NamedTuple):
    """Entries in the order in which they are sent, those that others stand for, and what is odd about the order."""

    entries: list[Entry]
    cuts: list[Cut]
    warnings: list[Warned]


def arrange(entries: Iterable[Entry], order: Sequence[str] = ()) -> Arranged:
    """Returns the entries in their order; in which order they are given does not matter.

    Raises NotFound or InvalidInput when `order` names what is not there, or something twice.
    """
    by_time = sorted(entries, key=entry.order)
    ordered = _ordered(by_time, order) if order else by_time
    place = {each.id: at for at, each in enumerate(ordered)}
    heads, cuts = _edited(by_time)
    warnings = [*_edits_first(ordered, place), *(_answers_first(by_time, place, heads) if order else ())]
    folded = _folded(by_time, heads)
    kept: list[Entry] = []
    for each in ordered:
        head = heads.get(each.id)
        if head is None:
            continue
        if (each.id in folded or head.id in folded) and not piece.is_pinned(head):
            cuts.append(Cut(head.id, piece.FOLDED))
        else:
            kept.append(head)
    return Arranged(kept, cuts, warnings)


def _ordered(by_time: list[Entry], order: Sequence[str]) -> list[Entry]:
    known = {each.id: each for each in by_time}
    for name in order:
        if name not in known:
            raise NotFound(f"the order names {name!r}, which is no entry here", hint="kit context log shows the ids")
    if len(set(order)) != len(order):
        twice = next(name for at, name in enumerate(order) if name in order[:at])
        raise InvalidInput(f"the order names {twice!r} twice", hint="name each entry once", code="invalid_order")
    named = set(order)
    moved = iter(order)
    return [known[next(moved)] if each.id in named else each for each in by_time]


def _edited(by_time: list[Entry]) -> tuple[dict[str, Entry], list[Cut]]:
    """Returns what stands in the place of each entry that keeps one, by that entry's id, and what was replaced."""
    rooted = version.roots(by_time)
    heads: dict[str, Entry] = {}
    for root, head, _ in version.versions(by_time):
        heads[root.id] = head._replace(call=head.call or root.call, tool=head.tool or root.tool)
    standing = {head.id for head in heads.values()}
    replaced = [each for each in by_time if each.id not in standing]
    return heads, [Cut(each.id, piece.EDITED if rooted[each.id] else piece.BROKEN) for each in replaced]


def _folded(by_time: list[Entry], heads: Mapping[str, Entry]) -> set[str]:
    """Returns the ids of entries that a fold written after them stands for; one that is skipped stands for none.

    Of a fold that was edited, the version in force is the one that stands for them.
    """
    place = {each.id: at for at, each in enumerate(by_time)}
    return {
        name
        for head in heads.values()
        if head.folds and head.priority != piece.SKIPPED
        for name in head.folds
        if place.get(name, place[head.id]) < place[head.id]
    }


def _edits_first(ordered: list[Entry], place: Mapping[str, int]) -> Iterator[Warned]:
    for at, each in enumerate(ordered):
        if each.edits and each.edits not in place:
            yield Warned(piece.NO_TARGET, each.id, each.edits)
        elif each.edits and at < place[each.edits]:
            yield Warned(piece.EDIT_FIRST, each.id, each.edits)


def _answers_first(by_time: list[Entry], place: Mapping[str, int], heads: Mapping[str, Entry]) -> Iterator[Warned]:
    """Yields what an assistant said to a user that now stands before what the user said; calls are no answers."""
    question = ""
    for each in by_time:
        head = heads.get(each.id)
        if head is None or head.priority == piece.SKIPPED or head.call:
            continue
        who = piece.speaker(head)
        if who == "user":
            question = each.id
        elif who == "assistant" and question and place[each.id] < place[question]:
            yield Warned(piece.ANSWER_FIRST, head.id, heads[question].id)
