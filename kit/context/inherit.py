"""What a child's thread begins with when it is no branch of its parent: what is in force there now, or a part of it.

By the rules of `compile`: edits and folds have taken effect, what is skipped stays behind, a tool's call and its result
come both or not at all, and within a budget pinned entries come first, then important ones, then the newest.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from kit.context import budget as budgets
from kit.context import compile as compiling
from kit.context import edit, installed, pairs, piece
from kit.context.options import Options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.context.entry import Entry
    from kit.context.piece import Piece
    from kit.context.thread import State

FULL, HEAD, SELECT = "full", "head", "select"
HOW = (FULL, HEAD, SELECT)
#: Why an entry that is in force stays behind, beside the reasons of `kit.context.piece`.
UNSELECTED, EXCLUDED = "not-selected", "excluded"


class Selection(NamedTuple):
    """Which entries come: of any of these tags, any of these roles and any of these kinds, and those named by id.

    What is empty asks for nothing. One of the tags in `without` never comes; a pinned one always does unless
    `is_pinned` is false.
    """

    tags: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    is_pinned: bool = True

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing at all."""
        return not any((self.tags, self.roles, self.kinds, self.ids, self.without))


class Inherited(NamedTuple):
    """The entries that come, in order, with what they take; `left` counts the others by the reason.

    `missed` are entries that were named and do not come, each with its reason.
    """

    entries: tuple[Entry, ...]
    tokens: int
    left: Mapping[str, int]
    missed: tuple[tuple[str, str], ...] = ()


def inherit(state: State, *, budget: int = 0, selection: Selection | None = None) -> Inherited:
    """Returns what a thread hands down as it stands: all that is in force, or what a selection says of it.

    Raises Blocked when what is pinned alone exceeds the budget, NotFound for an id that is none.
    """
    named = _named(state, selection.ids) if selection else {}
    picked = compiling.pick(state.entries, Options(counter=installed.best()))
    pieces = sorted(picked.sent, key=lambda each: each.place)
    reasons = {each.id: each.reason for each in picked.cuts}
    units = []
    for unit in pairs.pair(pieces).units:
        reason = _reason(unit, selection, set(named)) if selection else ""
        reasons |= {each.entry.id: reason for each in unit if reason}
        units += [] if reason else [unit]
    fitted = budgets.fit(units, budget) if budget else budgets.Fitted(units, [])
    reasons |= {each.id: each.reason for each in fitted.cuts}
    found = sorted((each for unit in fitted.units for each in unit), key=lambda each: each.place)
    missed = tuple((given, reasons[name]) for name, given in named.items() if name in reasons)
    left = Counter(reasons.values()) + Counter({piece.BROKEN: len(state.broken)})
    return Inherited(tuple(each.entry for each in found), sum(each.cost for each in found), left, missed)


def _named(state: State, names: Sequence[str]) -> dict[str, str]:
    """Returns the ids of the versions in force of the entries that are named, each with the name that was given."""
    return {edit.of(state, name).head.id: name for name in names}


def _reason(unit: Sequence[Piece], selection: Selection, named: set[str]) -> str:
    """Returns why a unit does not come, "" when it does: for both halves of a tool's pair alike."""
    entries = [each.entry for each in unit]
    if any(set(each.tags) & set(selection.without) for each in entries):
        return EXCLUDED
    if any(each.id in named or _is_meant(each, selection) for each in entries):
        return ""
    return "" if selection.is_pinned and any(map(piece.is_pinned, entries)) else UNSELECTED


def _is_meant(each: Entry, selection: Selection) -> bool:
    asked = (
        (selection.tags, bool(set(each.tags) & set(selection.tags))),
        (selection.roles, each.role in selection.roles),
        (selection.kinds, each.kind in selection.kinds),
    )
    if not any(words for words, _ in asked):
        return not selection.ids  # nothing but what is not wanted was said: the rest is
    return all(is_met for words, is_met in asked if words)
