"""Puts what a thread has added behind all that another holds, and says where that changes what is meant.

Only the time of an entry changes: its id, its file and what it says stay, so that edits, folds and answers still name
what they named. A fold stays behind what it stands for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.context import arrange, conflict, entry, piece, version
from kit.context.piece import Warned

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from kit.context.entry import Entry

#: Seconds between two entries that are put behind others.
_APART = 0.001


class Moved(NamedTuple):
    """The entries of a thread by id with their times, and the ids of those that were moved."""

    entries: dict[str, Entry]
    ids: tuple[str, ...]


def behind(entries: Mapping[str, Entry], own: Collection[str]) -> Moved:
    """Returns entries with those named `own` behind all others, in the order that they have; the others stay."""
    found = dict(entries)
    latest = max((each.at for name, each in entries.items() if name not in own), default=0.0)
    moved: dict[str, float] = {}
    for each in sorted((entries[name] for name in own if name in entries), key=entry.order):
        followed = [moved.get(name, entries[name].at) for name in each.folds if name in entries]
        if followed:
            at = max(followed)
        else:
            latest = max(latest + _APART, each.at)
            at = latest
        moved[each.id] = at
        if at != each.at:
            found[each.id] = each._replace(at=at, oid="")
    ids = tuple(name for name, at in moved.items() if at != entries[name].at)
    return Moved(found, ids)


def warnings(
    entries: Mapping[str, Entry], own: Collection[str], came: Collection[str], ours: Mapping[str, Entry],
    chosen: Collection[str] = (),
) -> list[Warned]:  # fmt: skip
    """Returns what means something else now that what is `own` stands behind what `came` from the other side.

    An answer was given without an instruction that now stands before it, or is no longer next to its question; an
    edit's target is no version in force. `ours` are the entries as they were: what was odd in them already is not told.
    `chosen` are roots for which someone has chosen between both edits, which needs no telling either.
    """
    odd = {*arrange.arrange(ours.values()).warnings}
    return [
        *_uninstructed(entries, own, came),
        *_parted(entries, own, came),
        *_overtaken(entries, own, came, chosen),
        *(each for each in arrange.arrange(entries.values()).warnings if each not in odd),
    ]


def _uninstructed(entries: Mapping[str, Entry], own: Collection[str], came: Collection[str]) -> Iterator[Warned]:
    answers = [each for each in _in_force(entries) if each.id in own and _is_answer(each)]
    if answers:
        for each in _in_force(entries):
            if each.id in came and (each.kind == "instruction" or piece.speaker(each) == "system"):
                yield Warned(piece.UNINSTRUCTED, answers[0].id, each.id)


def _parted(entries: Mapping[str, Entry], own: Collection[str], came: Collection[str]) -> Iterator[Warned]:
    last = mine = ""
    for each in _in_force(entries):
        if each.priority == piece.SKIPPED:
            continue
        if piece.speaker(each) == "user" and not each.call:
            last = each.id
            mine = mine if each.id in came else each.id
        elif each.id in own and _is_answer(each) and not each.folds and mine and last != mine:
            yield Warned(piece.PARTED, each.id, mine)


def _overtaken(
    entries: Mapping[str, Entry], own: Collection[str], came: Collection[str], chosen: Collection[str]
) -> Iterator[Warned]:
    edits: dict[str, list[Entry]] = {}
    for name, root in version.roots(sorted(entries.values(), key=entry.order)).items():
        if root is not None and root.id != name and root.id not in chosen:
            edits.setdefault(root.id, []).append(entries[name])
    for root_id, found in edits.items():
        mine, theirs = ([each for each in found if each.id in side] for side in (own, came))
        if mine and theirs and conflict.said(mine[-1]) != conflict.said(theirs[-1]):
            yield Warned(piece.OVERTAKEN, mine[-1].id, root_id)


def _in_force(entries: Mapping[str, Entry]) -> list[Entry]:
    return version.effective(sorted(entries.values(), key=entry.order))


def _is_answer(each: Entry) -> bool:
    return piece.speaker(each) == "assistant" and not each.call and each.priority != piece.SKIPPED


def said(found: Sequence[Warned]) -> str:
    """Returns warnings in a few words."""
    return "; ".join(each.message for each in found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")
